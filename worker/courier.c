#include "courier.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "courier_destination.h"
#include "courier_multi.h"
#include "courier_sockets.h"
#include "courier_transfer.h"

#define EVENTS_MAX 256
#define ERROR_MAX_BYTES 256

struct courier {
    struct courier_environment environment;
    struct courier_sockets sockets;
    struct courier_destinations destinations;
    int64_t now_mono_ms; /* of the last call that was given one */
    struct courier_multi **multis;
    size_t multi_count;
    struct courier_transfer **transfers; /* all that were made, up to max_in_flight; made when needed */
    size_t transfer_count;
    size_t transfer_max;
    size_t in_flight_count;
    struct courier_transfer *free_transfers;
    struct courier_transfer *first_result;
    struct courier_transfer *last_result;
    struct courier_transfer **buckets; /* by token */
    size_t bucket_count;               /* a power of two */
    bool is_global_open;
};

static void open_tables(struct courier *courier, size_t transfer_max)
{
    courier->transfer_max = transfer_max;
    courier->transfers = alloc_zeroed(transfer_max, sizeof *courier->transfers);
    courier->multis = alloc_zeroed(2 * (transfer_max / COURIER_MULTI_ACTIVE_MAX + 1), sizeof *courier->multis);
    courier->bucket_count = 1;
    while (courier->bucket_count < transfer_max)
        courier->bucket_count *= 2;
    courier->buckets = alloc_zeroed(courier->bucket_count, sizeof *courier->buckets);
}

static enum rc open_curl(struct courier *courier, char *errstr, size_t errstr_bytes)
{
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

    if (code != CURLE_OK)
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "curl_global_init: %s", curl_easy_strerror(code));
    courier->is_global_open = true;
    courier->environment.share = curl_share_init();
    if (courier->environment.share == NULL)
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "curl_share_init failed");
    /* One thread uses it, so it needs no lock. */
    curl_share_setopt(courier->environment.share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    courier->environment.ca_file = curl_version_info(CURLVERSION_NOW)->cainfo;
    return RC_OK;
}

enum rc courier_open(const struct params *params, const struct egress *egress, struct courier **ret_courier,
                     char *errstr, size_t errstr_bytes)
{
    struct courier *courier = alloc_zeroed(1, sizeof *courier);
    enum rc rc;

    courier->environment = (struct courier_environment){
        .params = params,
        .egress = egress,
        .sockets = &courier->sockets,
    };
    rc = courier_sockets_open(&courier->sockets, errstr, errstr_bytes);
    if (rc != RC_OK) {
        free(courier);
        return rc;
    }
    open_tables(courier, (size_t)params->max_in_flight);
    rc = open_curl(courier, errstr, errstr_bytes);
    if (rc != RC_OK) {
        courier_close(courier);
        return rc;
    }
    *ret_courier = courier;
    return RC_OK;
}

static void close_curl(struct courier *courier)
{
    for (size_t i = 0; i < courier->transfer_count; i++) {
        struct courier_transfer *transfer = courier->transfers[i];

        if (transfer->multi != NULL)
            courier_multi_remove(transfer->multi, transfer->easy);
        courier_transfer_free(transfer);
    }
    for (size_t i = 0; i < courier->multi_count; i++)
        courier_multi_free(courier->multis[i]);
    if (courier->environment.share != NULL)
        curl_share_cleanup(courier->environment.share);
    if (courier->is_global_open)
        curl_global_cleanup();
}

void courier_close(struct courier *courier)
{
    if (courier == NULL)
        return;
    close_curl(courier);
    courier_destinations_close(&courier->destinations);
    courier_sockets_close(&courier->sockets);
    free(courier->transfers);
    free(courier->multis);
    free(courier->buckets);
    free(courier);
}

int courier_get_fd(const struct courier *courier)
{
    return courier->sockets.epoll_fd;
}

int64_t courier_get_deadline_mono_ms(const struct courier *courier)
{
    int64_t deadline_mono_ms = INT64_MAX;

    if (courier->first_result != NULL)
        return courier->now_mono_ms;
    for (size_t i = 0; i < courier->multi_count; i++) {
        if (courier->multis[i]->deadline_mono_ms < deadline_mono_ms)
            deadline_mono_ms = courier->multis[i]->deadline_mono_ms;
    }
    return deadline_mono_ms;
}

size_t courier_count_in_flight(const struct courier *courier)
{
    return courier->in_flight_count;
}

static struct courier_transfer **get_bucket(struct courier *courier, uint64_t token)
{
    /* Fibonacci hashing: tokens may well be aligned addresses. */
    return &courier->buckets[(token * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (courier->bucket_count - 1)];
}

static void link_token(struct courier *courier, struct courier_transfer *transfer)
{
    struct courier_transfer **bucket = get_bucket(courier, transfer->token);

    transfer->next_in_bucket = *bucket;
    *bucket = transfer;
}

static void unlink_token(struct courier *courier, struct courier_transfer *transfer)
{
    struct courier_transfer **at = get_bucket(courier, transfer->token);

    while (*at != transfer)
        at = &(*at)->next_in_bucket;
    *at = transfer->next_in_bucket;
}

static void push_result(struct courier *courier, struct courier_transfer *transfer)
{
    transfer->next = NULL;
    if (courier->last_result != NULL)
        courier->last_result->next = transfer;
    else
        courier->first_result = transfer;
    courier->last_result = transfer;
}

static void unlink_result(struct courier *courier, struct courier_transfer *transfer)
{
    struct courier_transfer *previous = NULL;

    for (struct courier_transfer *at = courier->first_result; at != transfer; at = at->next)
        previous = at;
    if (previous == NULL)
        courier->first_result = transfer->next;
    else
        previous->next = transfer->next;
    if (courier->last_result == transfer)
        courier->last_result = previous;
}

/* The last one used is the first used again: its memory is warm. */
static struct courier_transfer *take_transfer(struct courier *courier)
{
    struct courier_transfer *transfer = courier->free_transfers;

    if (transfer != NULL) {
        courier->free_transfers = transfer->next;
        return transfer;
    }
    transfer = courier_transfer_new(&courier->environment);
    if (transfer == NULL)
        die("curl_easy_init failed");
    courier->transfers[courier->transfer_count++] = transfer;
    return transfer;
}

static void release_transfer(struct courier *courier, struct courier_transfer *transfer)
{
    unlink_token(courier, transfer);
    courier_destination_release(transfer->destination);
    transfer->destination = NULL;
    transfer->next = courier->free_transfers;
    courier->free_transfers = transfer;
    courier->in_flight_count--;
}

static struct courier_multi *add_multi(struct courier *courier, bool is_slow)
{
    struct courier_multi *multi =
        courier_multi_new(&courier->sockets, &courier->now_mono_ms, (uint16_t)courier->multi_count);

    if (multi == NULL)
        die("curl_multi_init failed");
    multi->is_slow = is_slow;
    courier->multis[courier->multi_count++] = multi;
    return multi;
}

/* The first with room from where the destination began: always in the same order, so that its connections are found. */
static struct courier_multi *pick_multi(struct courier *courier, uint16_t first_number, bool is_slow)
{
    for (size_t i = 0; i < courier->multi_count; i++) {
        struct courier_multi *multi = courier->multis[(first_number + i) % courier->multi_count];

        if (multi->is_slow == is_slow && multi->active_count < COURIER_MULTI_ACTIVE_MAX)
            return multi;
    }
    return add_multi(courier, is_slow);
}

static void start(struct courier *courier, struct courier_transfer *transfer, const struct courier_request *request)
{
    uint16_t *number = &transfer->destination->multi_number[request->is_slow ? 1 : 0];
    struct courier_multi *multi = pick_multi(courier, *number, request->is_slow);
    CURLMcode code;

    if (transfer->destination->use_count == 1)
        *number = multi->number;
    courier_transfer_prepare(transfer, request);
    code = courier_multi_add(multi, transfer->easy);
    if (code == CURLM_OK) {
        transfer->multi = multi;
        return;
    }
    courier_transfer_refuse(transfer, curl_multi_strerror(code));
    push_result(courier, transfer);
}

enum rc courier_send(struct courier *courier, const struct courier_request *request, const struct now *now)
{
    char error[ERROR_MAX_BYTES] = "";
    struct courier_transfer *transfer;
    enum rc rc;

    if (courier->in_flight_count >= courier->transfer_max)
        return RC_FULL;
    courier->now_mono_ms = now->mono_ms;
    transfer = take_transfer(courier);
    transfer->token = request->token;
    link_token(courier, transfer);
    courier->in_flight_count++;
    rc = courier_destinations_get(&courier->destinations, courier->environment.params, request->url,
                                  &transfer->destination, error, sizeof error);
    if (rc == RC_OK) {
        start(courier, transfer, request);
    } else {
        courier_transfer_refuse(transfer, error);
        push_result(courier, transfer);
    }
    return RC_OK;
}

static void collect_ended(struct courier *courier, struct courier_multi *multi)
{
    CURLcode code = CURLE_OK;
    CURL *easy;

    while ((easy = courier_multi_take_ended(multi, &code)) != NULL) {
        struct courier_transfer *transfer = NULL;

        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
        courier_transfer_finish(transfer, code);
        courier_multi_remove(multi, easy);
        transfer->multi = NULL;
        push_result(courier, transfer);
    }
}

void courier_turn(struct courier *courier, const struct now *now)
{
    struct courier_sockets_event events[EVENTS_MAX];
    size_t event_count;

    courier->now_mono_ms = now->mono_ms;
    event_count = courier_sockets_collect(&courier->sockets, events, EVENTS_MAX);
    for (size_t i = 0; i < event_count; i++)
        courier_multi_act(courier->multis[events[i].owner], &events[i]);
    for (size_t i = 0; i < courier->multi_count; i++) {
        courier_multi_tick(courier->multis[i]);
        collect_ended(courier, courier->multis[i]);
    }
}

bool courier_take_result(struct courier *courier, struct courier_result *ret_result)
{
    struct courier_transfer *transfer = courier->first_result;

    if (transfer == NULL)
        return false;
    *ret_result = transfer->result;
    unlink_result(courier, transfer);
    release_transfer(courier, transfer);
    return true;
}

bool courier_cancel(struct courier *courier, uint64_t token)
{
    struct courier_transfer *transfer = *get_bucket(courier, token);

    while (transfer != NULL && transfer->token != token)
        transfer = transfer->next_in_bucket;
    if (transfer == NULL)
        return false;
    if (transfer->multi != NULL)
        courier_multi_remove(transfer->multi, transfer->easy);
    else
        unlink_result(courier, transfer);
    transfer->multi = NULL;
    release_transfer(courier, transfer);
    return true;
}
