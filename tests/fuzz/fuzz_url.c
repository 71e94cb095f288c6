/* URLs: what is taken has a host and a port that read back. */
#include "fuzz.h"

#include "url.h"

static void check_parts(const struct url *url)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    char text[URL_HOST_MAX_BYTES + 64];
    bool is_ipv6 = strchr(url->host, ':') != NULL;
    struct url again;

    FUZZ_CHECK(url->host[0] != '\0' && strlen(url->host) < sizeof url->host && url->port != 0);
    snprintf(text, sizeof text, "%s://%s%s%s:%u/", url->is_https ? "https" : "http", is_ipv6 ? "[" : "", url->host,
             is_ipv6 ? "]" : "", (unsigned)url->port);
    FUZZ_CHECK(url_parse(text, &again, errstr, sizeof errstr) == RC_OK);
    FUZZ_CHECK(again.is_https == url->is_https && again.port == url->port && strcmp(again.host, url->host) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    char *text = fuzz_copy_text(data, size);
    struct url url;

    if (url_parse(text, &url, errstr, sizeof errstr) == RC_OK)
        check_parts(&url);
    else
        fuzz_check_errstr(errstr);
    free(text);
    return 0;
}
