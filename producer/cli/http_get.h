/* http_get: one GET to a worker's admin port, its answer in memory.
 *
 * Memory:  appends to the caller's buffer.
 * Threads: one at a time.
 * Errors:  RC_UNAVAILABLE: no answer, errstr with URL and reason; RC_TOO_LARGE.
 */
#ifndef CLI_HTTP_GET_H
#define CLI_HTTP_GET_H

#include "buffer.h"
#include "rc.h"
#include <stddef.h>

#define HTTP_GET_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define HTTP_GET_URL_BYTES 2048

/* token: of the Authorization header; NULL: none. It goes to this URL only: no redirect is followed. RC_OK with
 * whatever status the worker answered. */
enum rc http_get(const char *url, const char *token, long *ret_status, struct buffer *body, char *errstr,
                 size_t errstr_bytes);
/* <base>/v1/tasks/<type>/<id>, percent-encoded; RC_TOO_LARGE if it does not fit into HTTP_GET_URL_BYTES. */
enum rc http_get_print_task_url(const char *base, const char *business_type, const char *business_id, char *ret_url,
                                char *errstr, size_t errstr_bytes);

#endif
