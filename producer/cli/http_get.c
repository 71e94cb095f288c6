#include "http_get.h"

#include <curl/curl.h>
#include <stdio.h>

#define CONNECT_TIMEOUT_MS 5000L
#define TIMEOUT_MS 15000L

static size_t take_body(char *bytes, size_t size, size_t count, void *opaque)
{
    struct buffer *body = opaque;

    if (body->len_bytes + size * count > HTTP_GET_MAX_BYTES) {
        return 0; /* ends the transfer with CURLE_WRITE_ERROR */
    }
    buffer_append(body, bytes, size * count);
    return buffer_is_ok(body) ? size * count : 0;
}

enum rc http_get(const char *url, const char *token, long *ret_status, struct buffer *body, char *errstr,
                 size_t errstr_bytes)
{
    char why[CURL_ERROR_SIZE] = "";
    CURL *easy = curl_easy_init();

    if (easy == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    }
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");      /* a worker is asked directly, whatever the environment says */
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* an id may be `..` */
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L); /* the token is not for wherever that leads */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
    if (token != NULL) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
        curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, token);
    }
    CURLcode code = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, ret_status);
    curl_easy_cleanup(easy);
    if (code == CURLE_WRITE_ERROR) {
        return rc_fail(RC_TOO_LARGE, errstr, errstr_bytes, "%s: the answer is longer than %zu bytes", url,
                       HTTP_GET_MAX_BYTES);
    }
    if (code != CURLE_OK) {
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "%s: %s", url,
                       why[0] != '\0' ? why : curl_easy_strerror(code));
    }
    return RC_OK;
}

enum rc http_get_print_task_url(const char *base, const char *business_type, const char *business_id, char *ret_url,
                                char *errstr, size_t errstr_bytes)
{
    enum rc rc = RC_OK;
    char *type = curl_easy_escape(NULL, business_type, 0);
    char *id = curl_easy_escape(NULL, business_id, 0);

    if (type == NULL || id == NULL) {
        rc = rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
        goto out;
    }
    int url_bytes = snprintf(ret_url, HTTP_GET_URL_BYTES, "%s/v1/tasks/%s/%s", base, type, id);
    if (url_bytes < 0 || url_bytes >= HTTP_GET_URL_BYTES) {
        rc =
            rc_fail(RC_TOO_LARGE, errstr, errstr_bytes, "the worker's URL is longer than %d bytes", HTTP_GET_URL_BYTES);
    }
out:
    curl_free(type);
    curl_free(id);
    return rc;
}
