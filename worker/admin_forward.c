#include "admin_forward.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>

#include "host_port.h"
#include "invariant.h"

struct answer {
    struct buffer *body;
    size_t taken_bytes;
    bool is_too_long;
};

static size_t take_body(char *bytes, size_t size, size_t count, void *opaque)
{
    struct answer *answer = opaque;

    answer->taken_bytes += size * count;
    answer->is_too_long = answer->taken_bytes > ADMIN_FORWARD_MAX_BYTES;
    if (answer->is_too_long)
        return 0; /* ends the transfer */
    buffer_append(answer->body, bytes, size * count);
    return buffer_is_ok(answer->body) ? size * count : 0;
}

/* A whole line; free with curl_slist_free_all() whatever is returned. */
static bool add_headers(const char *token, struct curl_slist **headers)
{
    struct buffer line = {0};
    struct curl_slist *longer = curl_slist_append(NULL, ADMIN_FORWARD_HEADER ": 1");
    bool is_whole = longer != NULL;

    *headers = longer;
    if (is_whole && token != NULL) {
        buffer_append_text(&line, "Authorization: Bearer ");
        buffer_append_text(&line, token);
        longer = buffer_is_ok(&line) ? curl_slist_append(*headers, line.data) : NULL;
        is_whole = longer != NULL; /* on failure the list is as it was */
    }
    buffer_close(&line);
    return is_whole;
}

static void set_options(CURL *easy, const char *url, const struct curl_slist *headers, int64_t timeout_ms,
                        struct answer *answer, char *why)
{
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");      /* a worker is asked directly, whatever the environment says */
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* an id may be `..` */
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);   /* other threads run */
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
}

static enum rc perform(CURL *easy, const char *address, const struct answer *answer, const char *why,
                       long *ret_http_status, char *errstr, size_t errstr_bytes)
{
    CURLcode code = curl_easy_perform(easy);
    long http_status = 0;

    if (answer->is_too_long)
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "worker at %s: the answer is longer than %zu bytes",
                       address, ADMIN_FORWARD_MAX_BYTES);
    if (code != CURLE_OK)
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "worker at %s: %s", address,
                       why[0] != '\0' ? why : curl_easy_strerror(code));
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http_status);
    *ret_http_status = http_status;
    return RC_OK;
}

enum rc admin_forward_get(const char *address, const char *path_and_query, const char *token, int64_t timeout_ms,
                          long *ret_http_status, struct buffer *body, char *errstr, size_t errstr_bytes)
{
    struct answer answer = {.body = body};
    struct curl_slist *headers = NULL;
    struct buffer url = {0};
    char why[CURL_ERROR_SIZE] = "";
    CURL *easy = NULL;
    enum rc rc;

    INVARIANT(path_and_query[0] == '/');
    /* Whoever may join the consumer group chooses it: it must not become another path, user or host. */
    if (!host_port_is_valid(address))
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "worker at %.255s: this is not host:port", address);
    buffer_append_text(&url, "http://");
    buffer_append_text(&url, address);
    buffer_append_text(&url, path_and_query);
    easy = curl_easy_init();
    if (easy == NULL || !buffer_is_ok(&url) || !add_headers(token, &headers)) {
        rc = rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "worker at %s: out of memory", address);
        goto out;
    }
    set_options(easy, url.data, headers, timeout_ms, &answer, why);
    rc = perform(easy, address, &answer, why, ret_http_status, errstr, errstr_bytes);
out:
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    buffer_close(&url);
    return rc;
}
