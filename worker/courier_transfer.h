/* courier_transfer: one attempt on a pooled easy handle: its options, what its callbacks see, its result.
 *
 * What holds for all tasks is set once, when the handle is made; everything that depends on a task is set anew by each
 * courier_transfer_prepare(), so that nothing of one task is carried to the next.
 *
 * Memory:  courier_transfer_new() gives, courier_transfer_free() takes. It borrows the environment for its whole life,
 *          and the request's body until it is finished or prepared again.
 * Threads: the loop's.
 */
#ifndef WORKER_COURIER_TRANSFER_H
#define WORKER_COURIER_TRANSFER_H

#include "buffer.h"
#include "courier.h"
#include "courier_class.h"
#include "courier_destination.h"
#include "courier_headers.h"
#include "courier_multi.h"
#include "courier_sockets.h"
#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define COURIER_HEAD_MAX_BYTES ((size_t)64 * 1024)    /* all response headers, of 1xx answers and trailers too */
#define COURIER_DRAIN_MAX_BYTES ((size_t)1024 * 1024) /* of a response body, to keep the connection */

/* What all transfers share. */
struct courier_environment {
    const struct params *params;
    const struct egress *egress;
    struct courier_sockets *sockets;
    CURLSH *share;       /* of resolved names */
    const char *ca_file; /* the system's; NULL if curl knows only a folder */
};

struct courier_transfer {
    struct courier_transfer *next_in_bucket; /* by token, while under way or with a result */
    struct courier_transfer *next;           /* among the free or among those with a result */
    struct courier_environment *environment;
    CURL *easy;
    bool was_used;               /* a request was prepared on it */
    struct courier_multi *multi; /* NULL: not under way */
    struct courier_destination *destination;
    uint64_t token;
    struct courier_headers headers;
    const char *ca_file; /* what the handle was told last */
    size_t request_body_bytes;
    bool is_head_with_body; /* method HEAD, but curl takes it for a POST */
    size_t head_bytes;      /* of the answer, so far */
    size_t body_bytes;
    size_t keep_body_bytes; /* as the request asked */
    struct buffer kept_body;
    struct courier_trace trace;
    int socket_errno;                     /* if trace.is_socket_failed */
    char denial[EGRESS_REASON_MAX_BYTES]; /* if trace.is_denied */
    struct sockaddr_storage address;      /* tried last; ss_family 0: none */
    char error[CURL_ERROR_SIZE];
    struct courier_result result;
};

/* NULL if curl refuses. */
struct courier_transfer *courier_transfer_new(struct courier_environment *environment);
/* It must be in no multi. NULL is fine. */
void courier_transfer_free(struct courier_transfer *transfer);
/* Makes the handle ready for a request to its destination, which must be set. */
void courier_transfer_prepare(struct courier_transfer *transfer, const struct courier_request *request);
/* Fills the result, before the handle leaves its multi. */
void courier_transfer_finish(struct courier_transfer *transfer, CURLcode code);
/* The result of one that never started. */
void courier_transfer_refuse(struct courier_transfer *transfer, const char *why);

#endif
