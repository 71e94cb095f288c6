/* The courier port: endpoints that answer as the task's specification says. */
#include "alloc.h"
#include "courier.h"
#include "lane.h"
#include "sim.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct call {
    struct call *next;
    uint64_t token;
    uint32_t attempt;
    struct sim_task *task;
    struct sim_answer answer;
    int64_t end_ms;
    bool is_capped;
};

struct courier {
    struct sim_node *node;
    int fd;
    struct call *calls;
    size_t count;
    int64_t rated_ms; /* when an attempt last started at SIM_RATED_HOST */
};

enum rc courier_open(const struct params *params, const struct egress *egress, struct courier **ret_courier,
                     char *errstr, size_t errstr_bytes)
{
    (void)params;
    (void)egress;
    (void)errstr;
    (void)errstr_bytes;
    *ret_courier = alloc_zeroed(1, sizeof **ret_courier);
    (*ret_courier)->node = sim_current;
    (*ret_courier)->fd = eventfd(0, EFD_CLOEXEC);
    sim_current->courier = *ret_courier;
    return RC_OK;
}

void sim_courier_abandon(struct sim_node *node)
{
    if (node->courier != NULL) {
        close(node->courier->fd);
    }
    node->courier = NULL;
}

void courier_close(struct courier *courier)
{
    if (courier != NULL) {
        sim_courier_abandon(courier->node);
    }
}

int courier_get_fd(const struct courier *courier)
{
    return courier->fd;
}

int64_t courier_get_deadline_mono_ms(const struct courier *courier)
{
    (void)courier;
    return INT64_MAX;
}

void courier_turn(struct courier *courier, const struct now *now)
{
    (void)now;
    sim_pass_port(courier->node);
}

/* I14: the caps of destinations hold. A worker's share of them is at most the whole, and its clock has a grain; one
 * that freezes within a turn starts what the turn's beginning allowed. */
static void check_caps(struct courier *courier, const char *url)
{
    int capped_count = 1;

    if (strstr(url, SIM_CAPPED_HOST) != NULL) {
        for (const struct call *call = courier->calls; call != NULL; call = call->next) {
            capped_count += call->is_capped ? 1 : 0;
        }
        if (capped_count > SIM_CAP) {
            sim_fail("I14: %d attempts under way at %s", capped_count, url);
        }
    }
    if (strstr(url, SIM_RATED_HOST) != NULL && !sim.profile.has_freezes) {
        if (sim_now_ms < courier->rated_ms + SIM_INTERVAL_MS - LANE_GRAIN_MS) {
            sim_fail("I14: an attempt at %s, %lld ms after the last", url, (long long)(sim_now_ms - courier->rated_ms));
        }
        courier->rated_ms = sim_now_ms;
    }
}

enum rc courier_send(struct courier *courier, const struct courier_request *request, const struct now *now)
{
    struct call *call;

    (void)now;
    sim_pass_port(courier->node);
    if (courier->count >= (size_t)courier->node->params.max_in_flight) {
        return RC_FULL;
    }
    check_caps(courier, request->url);
    call = alloc_zeroed(1, sizeof *call);
    call->token = request->token;
    call->attempt = request->attempt;
    call->is_capped = strstr(request->url, SIM_CAPPED_HOST) != NULL;
    call->task = sim_oracle_start(courier->node, request->idempotency_key, request->attempt, request->url);
    call->answer = sim_oracle_answer(call->task, request->attempt);
    call->end_ms = sim_now_ms + call->answer.delay_ms;
    call->next = courier->calls;
    courier->calls = call;
    courier->count++;
    sim_wake(courier->node, call->end_ms);
    sim_pass_port(courier->node);
    return RC_OK;
}

static void fill_result(const struct call *call, struct courier_result *result)
{
    *result = (struct courier_result){.token = call->token,
                                      .class = (enum courier_class)call->answer.class,
                                      .status = call->answer.status,
                                      .retry_after_ms = call->answer.retry_after_ms,
                                      .duration_ms = call->answer.delay_ms,
                                      .phase = "body"};
    if (result->class != COURIER_ANSWERED) {
        snprintf(result->text, sizeof result->text, "no answer");
    }
}

bool courier_take_result(struct courier *courier, struct courier_result *ret_result)
{
    sim_pass_port(courier->node);
    for (struct call **link = &courier->calls; *link != NULL; link = &(*link)->next) {
        struct call *call = *link;

        if (call->end_ms > sim_now_ms) {
            continue;
        }
        *link = call->next;
        courier->count--;
        sim_oracle_end(courier->node, call->task, call->attempt, call->answer.retry_after_ms);
        fill_result(call, ret_result);
        free(call);
        return true;
    }
    return false;
}

bool courier_cancel(struct courier *courier, uint64_t token)
{
    sim_pass_port(courier->node);
    for (struct call **link = &courier->calls; *link != NULL; link = &(*link)->next) {
        struct call *call = *link;

        if (call->token == token) {
            *link = call->next;
            courier->count--;
            sim_oracle_abort(courier->node, call->task, call->attempt);
            free(call);
            return true;
        }
    }
    return false;
}

size_t courier_count_in_flight(const struct courier *courier)
{
    return courier->count;
}

const char *courier_class_get_name(enum courier_class class)
{
    static const char *const names[] = {"answered", "dns",       "connect", "tls",      "timeout",
                                        "reset",    "too_large", "denied",  "protocol", "internal"};

    return names[class];
}
