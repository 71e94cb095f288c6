/* rc: what a call that can fail returns, and the text that says why.
 *
 * Every fallible function returns enum rc. At an edge (codec, configuration, ports, public library) it also takes
 * `errstr, errstr_bytes`; on failure that text names the field or file, the value and the limit, and is always
 * NUL-terminated (truncated if it must be). errstr may be NULL when errstr_bytes is 0. On success it is left as it was.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef SCHEMAS_RC_H
#define SCHEMAS_RC_H

#include <stddef.h>

enum rc {
    RC_OK = 0,
    RC_INVALID,     /* what the caller or the record gave breaks a rule; errstr names it */
    RC_UNSUPPORTED, /* well-formed, but its effect is not built: refused by name */
    RC_NOT_FOUND,   /* no such thing; no errstr */
    RC_CORRUPT,     /* stored bytes make no sense */
    RC_STORAGE,     /* disk or database said no */
    RC_NO_MEMORY,   /* producer and codec only: an allocation failed, nothing changed */
    RC_FULL,        /* a bounded queue is full; try again later */
    RC_TIMEOUT,     /* the time given ran out; the outcome may be unknown, the caller's header says */
    RC_UNAVAILABLE, /* broker, worker or endpoint cannot be reached */
    RC_TOO_LARGE,   /* over a size limit, ours or the broker's */
    RC_DENIED,      /* not allowed: ACL, egress policy */
    RC_CONFLICT,    /* what exists differs from what is wanted */
    RC_CLOSED,      /* the object is closing or a newer owner exists */
};

/* Prints into errstr and returns rc, so that a failure is one statement: return rc_fail(RC_INVALID, ..., "..."). */
enum rc rc_fail(enum rc rc, char *errstr, size_t errstr_bytes, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "ok", "invalid", ...; "unknown" for a number outside the enum. Static storage. */
const char *rc_get_name(enum rc rc);

#endif
