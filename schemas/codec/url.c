#include "url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "decimal.h"
#include "excerpt.h"
#include "task_json.h"

/* What curl would take away (a fragment) or send as it is into the request line is refused before it is asked. */
static enum rc check_bytes(const char *text, char *errstr, size_t errstr_bytes)
{
    size_t text_bytes = strnlen(text, TASK_URL_MAX_BYTES + 1);

    if (text_bytes == 0)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "empty");
    if (text_bytes > TASK_URL_MAX_BYTES)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "over %d bytes", TASK_URL_MAX_BYTES);
    for (size_t i = 0; i < text_bytes; i++) {
        if (text[i] <= 0x20 || text[i] >= 0x7f)
            return rc_fail(RC_INVALID, errstr, errstr_bytes,
                           "byte 0x%02x at %zu: spaces, controls and non-ASCII must be percent-encoded",
                           (unsigned int)(unsigned char)text[i], i);
        if (text[i] == '#')
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "has a fragment (#), which is never sent");
    }
    return RC_OK;
}

/* A part that could not be had: by the URL's fault, reason says which, or for lack of memory. */
static enum rc fail_part(CURLUcode code, const char *reason, char *errstr, size_t errstr_bytes)
{
    if (code == CURLUE_OUT_OF_MEMORY)
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory");
    return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s", reason);
}

static enum rc read_scheme(CURLU *handle, struct url *url, char *errstr, size_t errstr_bytes)
{
    char excerpt[EXCERPT_BYTES];
    enum rc rc = RC_OK;
    char *scheme = NULL;
    CURLUcode code = curl_url_get(handle, CURLUPART_SCHEME, &scheme, 0);

    if (code != CURLUE_OK)
        return fail_part(code, "no scheme", errstr, errstr_bytes);
    url->is_https = strcasecmp(scheme, "https") == 0;
    if (!url->is_https && strcasecmp(scheme, "http") != 0)
        rc = rc_fail(RC_INVALID, errstr, errstr_bytes, "scheme \"%s\" is neither http nor https",
                     excerpt_print(scheme, strlen(scheme), excerpt));
    curl_free(scheme);
    return rc;
}

static enum rc check_zone(CURLU *handle, char *errstr, size_t errstr_bytes)
{
    char *zone = NULL;
    CURLUcode code = curl_url_get(handle, CURLUPART_ZONEID, &zone, 0);

    curl_free(zone);
    if (code == CURLUE_NO_ZONEID)
        return RC_OK;
    return fail_part(code, "an IPv6 zone id means nothing on another machine", errstr, errstr_bytes);
}

/* Lower case and without the brackets of IPv6, as lanes and egress rules compare it. */
static enum rc copy_host(const char *host, struct url *url, char *errstr, size_t errstr_bytes)
{
    const char *first = host[0] == '[' ? host + 1 : host;
    size_t host_bytes = strcspn(first, "]");

    if (host_bytes == 0)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "no host");
    if (host_bytes >= sizeof url->host)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "host over %zu bytes", sizeof url->host - 1);
    for (size_t i = 0; i < host_bytes; i++)
        url->host[i] = (char)tolower((unsigned char)first[i]);
    url->host[host_bytes] = '\0';
    return RC_OK;
}

static enum rc read_host(CURLU *handle, struct url *url, char *errstr, size_t errstr_bytes)
{
    char *host = NULL;
    CURLUcode code = curl_url_get(handle, CURLUPART_HOST, &host, 0);
    enum rc rc;

    if (code != CURLUE_OK)
        return fail_part(code, "no host", errstr, errstr_bytes);
    rc = check_zone(handle, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = copy_host(host, url, errstr, errstr_bytes);
    curl_free(host);
    return rc;
}

static enum rc read_port(CURLU *handle, struct url *url, char *errstr, size_t errstr_bytes)
{
    enum rc rc = RC_OK;
    char *port = NULL;
    uint64_t number = 0;
    CURLUcode code = curl_url_get(handle, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);

    if (code != CURLUE_OK)
        return fail_part(code, "no port", errstr, errstr_bytes);
    if (decimal_parse(port, strlen(port), UINT16_MAX, &number) != RC_OK || number == 0)
        rc = rc_fail(RC_INVALID, errstr, errstr_bytes, "port %s is not 1..65535", port);
    url->port = (uint16_t)number;
    curl_free(port);
    return rc;
}

/* curl decodes %xx in a host and then takes it as it is: h%DF is no name, and %3127.1 a second spelling that egress
 * rules and lanes, which compare hosts, would not know. An IPv6 zone has been refused before, under its own name. */
static enum rc check_host_spelling(const char *text, char *errstr, size_t errstr_bytes)
{
    const char *host = text + strcspn(text, ":");

    host += strspn(host, ":/");
    if (memchr(host, '%', strcspn(host, "/?")) != NULL)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "host is percent-encoded");
    return RC_OK;
}

/* curl gives no part of a URL with a port that it does not take. */
static enum rc fail_port(const char *text, char *errstr, size_t errstr_bytes)
{
    char excerpt[EXCERPT_BYTES];
    const char *slashes = strstr(text, "//");
    const char *host = slashes != NULL ? slashes + 2 : text;
    size_t host_bytes = strcspn(host, "/?");
    const char *colon = memrchr(host, ':', host_bytes);
    const char *port = colon != NULL ? colon + 1 : host;

    return rc_fail(RC_INVALID, errstr, errstr_bytes, "port %s is not 1..65535",
                   excerpt_print(port, (size_t)(host + host_bytes - port), excerpt));
}

static enum rc read_parts(CURLU *handle, const char *text, struct url *url, char *errstr, size_t errstr_bytes)
{
    CURLUcode code = curl_url_set(handle, CURLUPART_URL, text, CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME);
    enum rc rc;

    if (code == CURLUE_USER_NOT_ALLOWED)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "holds user info; use an Authorization header");
    if (code == CURLUE_BAD_PORT_NUMBER)
        return fail_port(text, errstr, errstr_bytes);
    if (code != CURLUE_OK)
        return fail_part(code, curl_url_strerror(code), errstr, errstr_bytes);
    rc = read_scheme(handle, url, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = read_host(handle, url, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = check_host_spelling(text, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = read_port(handle, url, errstr, errstr_bytes);
    return rc;
}

enum rc url_parse(const char *text, struct url *ret_url, char *errstr, size_t errstr_bytes)
{
    enum rc rc = check_bytes(text, errstr, errstr_bytes);
    struct url url = {0};
    CURLU *handle;

    if (rc != RC_OK)
        return rc;
    handle = curl_url();
    if (handle == NULL)
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory");
    rc = read_parts(handle, text, &url, errstr, errstr_bytes);
    curl_url_cleanup(handle);
    if (rc == RC_OK)
        *ret_url = url;
    return rc;
}
