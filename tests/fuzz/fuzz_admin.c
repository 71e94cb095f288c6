/* What comes to the admin port: a path names a key, and the path that the command makes of that key names it again; a
 * host is allowed only if it is this server's; framing is counted. Lines of the input are header lines. */
#include "fuzz.h"

#include <strings.h>

#include "admin_request.h"
#include "http_get.h"

#define LISTEN "127.0.0.1:8080"

static void check_path(const char *path)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    char url[HTTP_GET_URL_BYTES];
    struct buffer key = {0};
    struct buffer again = {0};
    const char *fault = NULL;
    char *colon;

    if (!admin_path_parse_key(path, &key, &fault))
        goto out;
    FUZZ_CHECK(fault == NULL && strlen(key.data) == key.len_bytes);
    colon = strchr(key.data, ':');
    FUZZ_CHECK(colon != NULL && colon != key.data && colon[1] != '\0');
    buffer_append_text(&again, key.data);
    *colon = '\0';
    if (http_get_print_task_url("", key.data, colon + 1, url, errstr, sizeof errstr) != RC_OK)
        goto out;
    *colon = ':';
    buffer_reset(&again);
    FUZZ_CHECK(admin_path_parse_key(url, &again, &fault));
    FUZZ_CHECK(again.len_bytes == key.len_bytes && memcmp(again.data, key.data, key.len_bytes) == 0);
out:
    buffer_close(&key);
    buffer_close(&again);
}

static void check_host(const char *host)
{
    if (admin_host_is_allowed(host, LISTEN))
        FUZZ_CHECK(strcasecmp(host, "localhost:8080") == 0 || strcmp(host, LISTEN) == 0 ||
                   strcmp(host, "[::1]:8080") == 0);
}

static void check_framing(char *text)
{
    struct admin_framing framing = {0};
    char *rest = NULL;
    unsigned counted = 0;

    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        char *value = strchr(line, ':');

        if (value != NULL)
            *value++ = '\0';
        admin_framing_add(&framing, line, value);
        counted++;
    }
    FUZZ_CHECK(framing.host_count + framing.content_length_count + framing.transfer_encoding_count <= counted);
    if (admin_framing_get_fault(&framing) == NULL)
        FUZZ_CHECK(framing.host_count == 1 && framing.transfer_encoding_count == 0 && !framing.has_body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy_text(data, size);

    check_path(text);
    check_host(text);
    check_framing(text);
    free(text);
    return 0;
}
