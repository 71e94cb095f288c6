/* courier_multi: one curl multi with its timer, its share of the sockets, and a bound on its active transfers.
 *
 * curl's cost for a request grows with the transfers that are active in the same multi, hung ones too, so that many
 * small multis are used, and others for slow lanes than for healthy ones. A connection belongs to the multi that opened
 * it.
 *
 * Memory:  courier_multi_new() gives, courier_multi_free() takes; the sockets and the clock value are the courier's and
 *          outlive it. Easy handles are the caller's.
 * Threads: the loop's.
 */
#ifndef WORKER_COURIER_MULTI_H
#define WORKER_COURIER_MULTI_H

#include "courier_sockets.h"
#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COURIER_MULTI_ACTIVE_MAX 256
/* Kept open beside those in use; the oldest goes first. */
#define COURIER_MULTI_IDLE_MAX 256

struct courier_multi {
    CURLM *curl_multi;
    struct courier_sockets *sockets;
    const int64_t *now_mono_ms; /* the courier's, of this turn */
    uint16_t number;
    bool is_slow; /* for attempts of slow lanes, and no others */
    size_t active_count;
    int64_t deadline_mono_ms; /* of curl's timer; INT64_MAX: none */
    bool has_news;            /* something was done that may have ended a transfer */
};

/* NULL if curl refuses. */
struct courier_multi *courier_multi_new(struct courier_sockets *sockets, const int64_t *now_mono_ms, uint16_t number);
/* No transfer may be in it any more. Closes its connections. NULL is fine. */
void courier_multi_free(struct courier_multi *multi);
CURLMcode courier_multi_add(struct courier_multi *multi, CURL *easy);
/* Ended or not; an unfinished one's connection is closed. */
void courier_multi_remove(struct courier_multi *multi, CURL *easy);
void courier_multi_act(struct courier_multi *multi, const struct courier_sockets_event *event);
/* Runs curl's timer if it is due. */
void courier_multi_tick(struct courier_multi *multi);
/* The next transfer that ended, NULL if there is none; it must be removed by the caller. */
CURL *courier_multi_take_ended(struct courier_multi *multi, CURLcode *ret_code);

#endif
