/* admin_forward: asks the admin server of another worker, for a request that came to a worker which does not own the
 * key.
 *
 * The request carries `Autohttp-Forwarded: 1`, so that the other answers from what it has itself and two workers that
 * each take the other for the owner cannot send a request round for ever.
 *
 * Memory:  appends to the caller's buffer; borrows the rest.
 * Threads: any, each with its own buffer; blocks. After curl_global_init().
 * Errors:  RC_UNAVAILABLE, errstr with address and reason; what the body gained is then a torso.
 */
#ifndef WORKER_ADMIN_FORWARD_H
#define WORKER_ADMIN_FORWARD_H

#include "buffer.h"
#include "rc.h"
#include <stddef.h>
#include <stdint.h>

#define ADMIN_FORWARD_HEADER "Autohttp-Forwarded"
#define ADMIN_FORWARD_MAX_BYTES ((size_t)16 * 1024 * 1024)

/* GET, straight to address (host:port or [host]:port; anything else is RC_UNAVAILABLE), no proxy and no redirect.
 * path_and_query starts with a slash and is sent as it is. token: of the Authorization header; NULL: none. RC_OK with
 * whatever status the other answered. */
enum rc admin_forward_get(const char *address, const char *path_and_query, const char *token, int64_t timeout_ms,
                          long *ret_http_status, struct buffer *body, char *errstr, size_t errstr_bytes);

#endif
