/* admin_reply: what one request is answered with, before it is sent.
 *
 * Memory:  the caller's struct; admin_reply_close() frees its body.
 * Threads: values.
 */
#ifndef WORKER_ADMIN_REPLY_H
#define WORKER_ADMIN_REPLY_H

#include "buffer.h"
#include <stdbool.h>
#include <stddef.h>

#define ADMIN_JSON_TYPE "application/json"

struct admin_reply {
    int http_status;
    const char *content_type;
    struct buffer body;
    bool closes; /* the connection: what else it may carry is not to be trusted */
};

/* An application/problem+json (RFC 9457) in place of what the body held. */
void admin_reply_set_problem(struct admin_reply *reply, int http_status, const char *detail, size_t detail_bytes);
void admin_reply_set_problem_text(struct admin_reply *reply, int http_status, const char *detail);
void admin_reply_close(struct admin_reply *reply);

#endif
