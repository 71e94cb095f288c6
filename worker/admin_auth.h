/* admin_auth: whether a request may ask, by the token it shows (RFC 6750).
 *
 * The comparison takes as long however much of a token is right; only its length shows in time.
 *
 * Memory:  values.
 * Threads: any.
 */
#ifndef WORKER_ADMIN_AUTH_H
#define WORKER_ADMIN_AUTH_H

#include <stdbool.h>

/* token: what must be shown; NULL: nothing. authorization: the header's value, `Bearer TOKEN`; NULL: none came. */
bool admin_auth_is_allowed(const char *token, const char *authorization);

#endif
