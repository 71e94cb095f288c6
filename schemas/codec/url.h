/* url: what may be called, judged by libcurl's own parser (CURLU), the one that will connect.
 *
 * Accepted: absolute http and https URLs of printable ASCII with a host, at most TASK_URL_MAX_BYTES. Refused, errstr
 * naming the reason: other schemes; user info; fragments, which curl would drop; control characters, spaces, non-ASCII;
 * port 0; IPv6 zone ids; percent-encoding in the host; what curl itself refuses. Scheme "http:/h" with one slash is
 * accepted as curl does.
 *
 * Memory:  a value.
 * Threads: any; curl_global_init() is not needed by CURLU.
 * Errors:  RC_INVALID, RC_NO_MEMORY; *ret_url is written only on success.
 */
#ifndef SCHEMAS_URL_H
#define SCHEMAS_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rc.h"

#define URL_HOST_MAX_BYTES 256

struct url {
    bool is_https;
    char host[URL_HOST_MAX_BYTES]; /* lower case, as curl normalises it; IPv6 without brackets */
    uint16_t port;                 /* explicit or the scheme's */
};

enum rc url_parse(const char *text, struct url *ret_url, char *errstr, size_t errstr_bytes);
#endif
