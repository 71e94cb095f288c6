#include "turns.h"

#include "attempt.h"
#include "hand.h"
#include "invariant.h"
#include "judge.h"
#include "lanes.h"
#include "log.h"
#include "url.h"
#include <stdio.h>
#include <string.h>

#define US_PER_HOUR (INT64_C(3600) * 1000 * 1000)
#define NAME_MAX_BYTES (URL_HOST_MAX_BYTES + 32)

static int64_t clamp(int64_t value, int64_t min, int64_t max)
{
    return value < min ? min : value > max ? max : value;
}

/* The URL up to its path. */
static size_t get_prefix_bytes(const char *url)
{
    const char *slashes = strstr(url, "://");

    return slashes == NULL ? 0 : (size_t)(slashes - url) + 3 + strcspn(slashes + 3, "/?#");
}

/* The name of the lane as url_parse() understands the URL, however it is spelled. */
static size_t print_name(const struct url *url, char *buf)
{
    bool is_address = strchr(url->host, ':') != NULL;
    int name_bytes = snprintf(buf, NAME_MAX_BYTES, "%s://%s%s%s", url->is_https ? "https" : "http",
                              is_address ? "[" : "", url->host, is_address ? "]" : "");

    if (url->port != (url->is_https ? 443 : 80)) {
        name_bytes += snprintf(buf + name_bytes, NAME_MAX_BYTES - (size_t)name_bytes, ":%u", (unsigned)url->port);
    }
    return (size_t)name_bytes;
}

/* This worker's share of the caps that `destinations` has for the host. */
static struct lane_limits get_limits(const struct core *core, const char *host)
{
    const struct params_destination *caps = params_get_destination(core->params, host);
    int64_t owned = core->limits_owned > 0 ? core->limits_owned : 1;
    int64_t all = core->partition_count > owned ? core->partition_count : owned;
    struct lane_limits limits = {0};

    if (caps != NULL && caps->max_in_flight > 0) {
        limits.concurrency_max = clamp(caps->max_in_flight * owned / all, 1, INT64_MAX);
    }
    if (caps != NULL && caps->rate_per_h > 0) {
        limits.interval_us = (US_PER_HOUR * all - 1) / (caps->rate_per_h * owned) + 1; /* rounded up */
    }
    return limits;
}

void turns_take_limits(struct core *core)
{
    struct lane_queue *queue;
    struct lane_queue *next;

    HASH_ITER(hh, core->lanes.by_name, queue, next)
    {
        struct url url = {0};
        struct lane_limits limits;

        url_parse(queue->name, &url, NULL, 0);
        limits = get_limits(core, url.host);
        lanes_set_limits(&core->lanes, queue, &limits, core->now.mono_ms);
    }
}

/* What the group gives and takes changes the share. */
static void share_limits(struct core *core)
{
    int32_t owned = 0;

    for (int32_t i = 0; i < core->partition_count; i++) {
        owned += core->owned[i] != NULL ? 1 : 0;
    }
    if (owned != core->limits_owned) {
        core->limits_owned = owned;
        turns_take_limits(core);
    }
}

static struct lane_queue *find_queue(struct core *core, const char *text)
{
    struct lane_limits limits;
    char name[NAME_MAX_BYTES];
    struct url url = {0};
    size_t name_bytes;
    /* Only names that url_parse() made are there: what is found is spelled like one, and need not be parsed. */
    struct lane_queue *queue = lanes_find(&core->lanes, text, get_prefix_bytes(text));

    if (queue != NULL) {
        return queue;
    }
    url_parse(text, &url, NULL, 0); /* what it refuses shares a lane: the courier will refuse it, too */
    name_bytes = print_name(&url, name);
    queue = lanes_find(&core->lanes, name, name_bytes);
    if (queue != NULL) {
        return queue;
    }
    limits = get_limits(core, url.host);
    return lanes_add(&core->lanes, name, name_bytes, &limits, core->now.mono_ms);
}

int64_t turns_get_overdue_ms(const struct core *core, const struct taken *taken)
{
    return core->now.time_ms - taken_get_scheduled_ms(taken);
}

void turns_push(struct core *core, struct taken *taken)
{
    taken->queue = find_queue(core, taken->task.url);
    taken->is_ready = true;
    if (turns_get_overdue_ms(core, taken) >= core->params->defer_max_ms) {
        lanes_hasten(&core->lanes, taken->queue, core->now.mono_ms);
    }
    lanes_push(&core->lanes, taken, core->now.mono_ms);
}

void turns_remove(struct core *core, struct taken *taken)
{
    if (taken->is_ready) {
        taken->is_ready = false;
        lanes_remove(&core->lanes, taken, core->now.mono_ms);
    }
}

bool turns_has_room(const struct core *core)
{
    return core->lanes.task_count < core->lanes.task_max;
}

int64_t turns_get_wake_mono_ms(const struct core *core)
{
    return lanes_get_wake_mono_ms(&core->lanes);
}

static int64_t get_put_back_wait(const struct core *core, const struct taken *taken)
{
    const struct lane_queue *queue = taken->queue;
    int64_t overdue_ms = turns_get_overdue_ms(core, taken);
    /* What is slow has no rate that would tell how long its queue takes. */
    int64_t wait_ms =
        queue->lane.is_slow ? 0 : lane_get_wait_ms(&queue->lane, (int64_t)queue->tasks.count, core->now.mono_ms);

    return clamp(wait_ms > overdue_ms ? wait_ms : overdue_ms, TURNS_WAIT_MIN_MS, TURNS_WAIT_MAX_MS);
}

/* A record that was taken out of its lane may have been overtaken while it waited. True: it is dealt with. */
static bool is_overtaken(struct core *core, struct hand *hand, struct taken *taken)
{
    INVARIANT(hand->held == taken);
    taken->is_ready = false;
    if (hand_is_in_hand(hand)) {
        hand->held = NULL;
        taken_list_push_first(&hand->aside, taken);
        return true;
    }
    if (!taken->is_fresh) {
        hand->held = NULL;
        judge_task(core, hand, taken);
        hand_drop_if_idle(core, hand);
        return true;
    }
    return false;
}

static void put_back(struct core *core, struct taken *taken)
{
    if (!is_overtaken(core, taken->hand, taken)) {
        stats_add(core->stats->put_back_total, 1);
        taken->hand->held = NULL;
        judge_put_back(core, taken->hand, taken, core->now.time_ms + get_put_back_wait(core, taken));
    }
}

void turns_relieve(struct core *core, struct taken *taken)
{
    if (taken->queue->ring == NULL) {
        lanes_remove(&core->lanes, taken, core->now.mono_ms);
        put_back(core, taken);
    }
}

/* False: the courier is full. */
static bool start(struct core *core, struct taken *taken)
{
    if (is_overtaken(core, taken->hand, taken) || attempt_start(core, taken->hand)) {
        return true;
    }
    taken->is_ready = true;
    lanes_push_first(&core->lanes, taken, core->now.mono_ms);
    return false;
}

void turns_run(struct core *core)
{
    size_t limit = core->lanes.task_count; /* a record judged again may queue again */
    struct taken *taken;

    share_limits(core);
    lanes_tick(&core->lanes, core->now.mono_ms);
    while (limit > 0 && (taken = lanes_take_next(&core->lanes, core->now.mono_ms)) != NULL && start(core, taken)) {
        limit--;
    }
    while ((taken = lanes_take_excess(&core->lanes, core->now.mono_ms)) != NULL) {
        put_back(core, taken);
    }
}

void turns_note_start(struct core *core, struct taken *taken)
{
    lanes_note_start(&core->lanes, taken, core->now.mono_ms);
}

/* What says that the destination cannot take more now. A 500 is said of a task: were it held against all the others,
 * one kind of task could stop them. */
static bool is_refusal(int32_t status)
{
    return status == 429 || status == 502 || status == 503 || status == 504;
}

static enum lane_verdict judge_result(const struct courier_result *result)
{
    switch (result->class) {
    case COURIER_ANSWERED:
        return is_refusal(result->status) ? LANE_BAD : LANE_GOOD;
    case COURIER_DENIED:
    case COURIER_INTERNAL:
    case COURIER_TOO_LARGE:
        return LANE_NEUTRAL;
    default:
        return LANE_BAD;
    }
}

/* Once for each stretch of trouble; a Retry-After alone is none. */
static void tell(struct lane_queue *queue)
{
    bool is_open = queue->lane.state != LANE_CLOSED;

    if (is_open == queue->is_told || (is_open && queue->lane.pause_ms == 0)) {
        return;
    }
    queue->is_told = is_open;
    log_info(is_open ? "lane_opened" : "lane_closed", LOG_BYTES("lane", queue->name, queue->name_bytes),
             LOG_INT("failures", queue->lane.failures), LOG_INT("waiting", (int64_t)queue->tasks.count));
}

void turns_note_end(struct core *core, struct taken *taken, const struct courier_result *result)
{
    enum lane_verdict verdict = result == NULL ? LANE_NEUTRAL : judge_result(result);

    if (taken->is_flying) {
        lanes_note_end(&core->lanes, taken, verdict, result == NULL ? -1 : result->retry_after_ms, core->now.mono_ms);
        tell(taken->queue);
    }
}
