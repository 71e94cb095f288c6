/* courier_class: what a transfer's end means, from curl's code and what the callbacks saw of the connection and the
 * answer.
 *
 * Memory:  values; names are static.
 * Threads: any.
 */
#ifndef WORKER_COURIER_CLASS_H
#define WORKER_COURIER_CLASS_H

#include "courier.h"
#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

/* What curl's code alone does not tell. */
struct courier_trace {
    bool is_answered;       /* the head of a final answer came whole: nothing later takes that back */
    bool is_head_too_large; /* we gave up while its head was still growing */
    bool is_denied;         /* an address or a reuse was refused by the egress policy */
    bool is_socket_failed;  /* the kernel gave us no socket */
    bool was_opened;        /* at least one address was allowed and got a socket */
};

enum courier_phase {
    COURIER_PHASE_DNS = 0,
    COURIER_PHASE_CONNECT,
    COURIER_PHASE_TLS,
    COURIER_PHASE_SEND,
    COURIER_PHASE_FIRST_BYTE,
    COURIER_PHASE_BODY,
};

enum courier_class courier_class_judge(CURLcode code, const struct courier_trace *trace);
/* How far the transfer came; body_bytes: what it had to send. */
enum courier_phase courier_class_get_phase(CURL *easy, const struct courier_trace *trace, size_t body_bytes);
/* "dns", "connect", ... as in struct courier_result. */
const char *courier_phase_get_name(enum courier_phase phase);
/* Copies text with everything but printable ASCII replaced by ?, cut to fit. */
void courier_class_print_text(const char *text, char *buf, size_t buf_bytes);

#endif
