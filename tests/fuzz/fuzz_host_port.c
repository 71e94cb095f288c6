/* Texts that name a server, of settings and of what members of the group tell; and the header that shows a token. One
 * that is valid may stand in a URL as it is; an address prints as what is read as the same; no header but the token's
 * own is let in. */
#include "fuzz.h"

#include <ctype.h>

#include "admin_auth.h"
#include "host_port.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

static void check_valid(const char *text)
{
    if (!host_port_is_valid(text))
        return;
    FUZZ_CHECK(strlen(text) <= HOST_PORT_MAX_BYTES && strchr(text, ':') != NULL);
    for (; *text != '\0'; text++)
        FUZZ_CHECK(isalnum((unsigned char)*text) || strchr(".-_:[]", *text) != NULL);
}

static void check_address(const char *text)
{
    struct host_port_address address = {0};
    struct host_port_address again = {0};
    char first[HOST_PORT_MAX_BYTES + 1];
    char second[HOST_PORT_MAX_BYTES + 1];

    if (!host_port_parse(text, &address))
        return;
    host_port_print(&address, first);
    FUZZ_CHECK(host_port_parse(first, &again));
    host_port_print(&again, second);
    FUZZ_CHECK(strcmp(first, second) == 0);
    FUZZ_CHECK(host_port_is_loopback(&address) == host_port_is_loopback(&again));
    FUZZ_CHECK(!(host_port_is_loopback(&address) && host_port_is_wildcard(&address)));
}

static void check_token(const char *authorization)
{
    const char *shown = strrchr(authorization, ' ');

    if (admin_auth_is_allowed(TOKEN, authorization))
        FUZZ_CHECK(shown != NULL && strcmp(shown + 1, TOKEN) == 0);
    FUZZ_CHECK(admin_auth_is_allowed(NULL, authorization));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy_text(data, size);

    check_valid(text);
    check_address(text);
    check_token(text);
    free(text);
    return 0;
}
