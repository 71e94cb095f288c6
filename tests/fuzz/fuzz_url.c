/* URLs: what is taken has a host and a port that read back; what is logged of any text holds no query value. */
#include "fuzz.h"

#include "url.h"

#define SECRET "s3cr3t"

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

/* The text with a secret value of its last query parameter: it never shows. */
static void check_redacted(const char *text)
{
    size_t text_bytes = strlen(text);
    char *with_secret = malloc(text_bytes + sizeof "?a=" SECRET);
    char shown[128];

    FUZZ_CHECK(with_secret != NULL);
    snprintf(with_secret, text_bytes + sizeof "?a=" SECRET, "%s%sa=" SECRET, text,
             strchr(text, '?') != NULL ? "&" : "?");
    for (size_t buf_bytes = 1; buf_bytes <= sizeof shown; buf_bytes += 31) {
        url_print_redacted(with_secret, shown, buf_bytes);
        FUZZ_CHECK(strlen(shown) < buf_bytes);
        FUZZ_CHECK(strcasestr(text, SECRET) != NULL || strstr(shown, SECRET) == NULL);
    }
    free(with_secret);
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
    check_redacted(text);
    free(text);
    return 0;
}
