/* courier: the port that makes HTTP calls, with libcurl; one attempt is one transfer.
 *
 * All of it is asynchronous: courier_send() starts a transfer, courier_take_result() gives its end. Handles are pooled;
 * whatever depends on a task is set anew, so that nothing of one task is carried to the next. Redirects are answers,
 * never followed. Names resolve without blocking; the numeric address is judged by the egress policy on every new and
 * every reused connection. What goes out beside the task's headers: http_lines.h.
 *
 * The status is judged once the head of a final answer is whole: a body that is cut short, late or endless (over 1 MiB)
 * changes nothing. The process must ignore SIGPIPE: a TLS write to a closed connection raises it.
 *
 * Memory:  courier_open() gives, courier_close() takes. courier_send() copies or keeps no pointer after it returns, but
 *          `body`, which it borrows until the result was taken or courier_cancel() returned.
 * Threads: the loop's thread only.
 */
#ifndef WORKER_COURIER_H
#define WORKER_COURIER_H

#include "clock.h"
#include "egress.h"
#include "params.h"
#include "rc.h"
#include "task_json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct courier;

enum courier_class { /* why there is no usable answer; the order is that of the metric's label values */
                     COURIER_ANSWERED = 0, /* an HTTP status came */
                     COURIER_DNS,
                     COURIER_CONNECT,
                     COURIER_TLS,
                     COURIER_TIMEOUT,
                     COURIER_RESET,     /* closed or reset before a complete answer's head */
                     COURIER_TOO_LARGE, /* response headers over the cap */
                     COURIER_DENIED,    /* egress policy; final */
                     COURIER_PROTOCOL,  /* the answer is not HTTP */
                     COURIER_INTERNAL,  /* not even started: out of descriptors, a URL that cannot be called */
};

struct courier_request {
    uint64_t token; /* comes back in the result */
    const char *url;
    const char *method;
    const struct task_header *headers;
    size_t header_count;
    const char *body; /* borrowed until the result; NULL without a body */
    size_t body_bytes;
    bool has_body;
    const char *idempotency_key; /* without its quotes; sent as Idempotency-Key: "..." */
    uint32_t attempt;            /* sent as Autohttp-Attempt: n */
    int64_t timeout_ms;          /* whole transfer; 0: the destination's, else the setting's */
    bool is_slow;                /* such attempts are kept apart: those that hang cost all others in their multi */
    size_t keep_body_bytes;      /* how much of the response's body the result shall give; 0: none, at no cost */
};

#define COURIER_TEXT_MAX_BYTES 256
#define COURIER_ADDRESS_MAX_BYTES 64

struct courier_result {
    uint64_t token;
    enum courier_class class;
    int32_t status;         /* 0 unless COURIER_ANSWERED */
    int64_t retry_after_ms; /* -1 if the answer has none; from both forms of Retry-After */
    int64_t duration_ms;
    char text[COURIER_TEXT_MAX_BYTES]; /* what went wrong, without URL query or credentials; "" if answered */
    const char *phase;                 /* "dns", "connect", "tls", "send", "first_byte", "body"; static */
    char remote_address[COURIER_ADDRESS_MAX_BYTES]; /* numeric address:port; "" if there was none */
    const char *body; /* its beginning, if keep_body_bytes asked for it; borrowed until the next call of the courier */
    size_t body_bytes;
    size_t body_received_bytes; /* all that came, whether kept or not */
    bool is_body_whole;         /* it ended as it should */
};

enum rc courier_open(const struct params *params, const struct egress *egress, struct courier **ret_courier,
                     char *errstr, size_t errstr_bytes);
/* Aborts what is under way; no results come. NULL is fine. */
void courier_close(struct courier *courier);
/* An epoll fd: readable when courier_turn() has something to do. */
int courier_get_fd(const struct courier *courier);
/* The earliest monotonic time at which courier_turn() must run, INT64_MAX if none. */
int64_t courier_get_deadline_mono_ms(const struct courier *courier);
/* Moves transfers on; never blocks. */
void courier_turn(struct courier *courier, const struct now *now);
/* RC_FULL: max_in_flight transfers are under way, nothing was started. Any other trouble comes as a result. */
enum rc courier_send(struct courier *courier, const struct courier_request *request, const struct now *now);
bool courier_take_result(struct courier *courier, struct courier_result *ret_result);
/* Aborts a transfer, or drops its result if not taken yet: none comes for the token. False: neither is there. */
bool courier_cancel(struct courier *courier, uint64_t token);
/* Those with a result to be taken count, too. */
size_t courier_count_in_flight(const struct courier *courier);
const char *courier_class_get_name(enum courier_class class);

#endif
