/* transfer: one HTTP request, made in the caller's thread, and the pool of connections that such requests share.
 *
 * The pool keeps curl's multi handles, each with its open connections; a transfer takes one, last used first, and gives
 * it back. The easy handle is new for each transfer: nothing of one call is carried to the next.
 *
 * What goes out and what counts as an answer are the worker's too (http_lines.h, worker/courier.h): no redirects, no
 * proxy, no netrc, no cookies, certificates verified. An answer stands once its head is whole; whether its body came
 * whole is told apart.
 *
 * Memory:  transfer_pool_new() gives, transfer_pool_free() takes. transfer_run() borrows the request and fills an
 *          answer, freed by transfer_answer_close(); a zeroed one may be closed.
 * Threads: a pool is for any number at once; a cancel may come from any.
 */
#ifndef PRODUCER_TRANSFER_H
#define PRODUCER_TRANSFER_H

#include "buffer.h"
#include "task_json.h"
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSFER_ERROR_BYTES 256

struct transfer_pool;

/* Ends a transfer from another thread, or one that has not begun yet. */
struct transfer_cancel {
    pthread_mutex_t mutex; /* for all below */
    bool is_cancelled;
    void *multi; /* of the transfer under way; NULL: none */
};

struct transfer_request {
    const struct task *task; /* method and URL are set */
    const char *idempotency_key;
    int64_t timeout_ms;
    int64_t connect_timeout_ms;
    int64_t response_max_bytes;
    const char *ca_file;            /* NULL: the system's */
    struct transfer_cancel *cancel; /* NULL: none */
};

struct transfer_answer {
    int32_t status;          /* 0: no answer came */
    int64_t retry_after_ms;  /* -1: none */
    struct buffer body;      /* complete if error_class is "" */
    const char *error_class; /* "": the answer came whole; else why not: dns, connect, tls, timeout, reset, too_large,
                                protocol, cancelled, internal */
    char error_text[TRANSFER_ERROR_BYTES];
};

/* NULL if there is no memory. */
struct transfer_pool *transfer_pool_new(void);
void transfer_pool_free(struct transfer_pool *pool);
void transfer_run(struct transfer_pool *pool, const struct transfer_request *request,
                  struct transfer_answer *ret_answer);
void transfer_cancel(struct transfer_cancel *cancel);
void transfer_answer_close(struct transfer_answer *answer);

#endif
