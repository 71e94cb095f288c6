#include "lane.h"

#include "invariant.h"

/* How long an attempt is thought to take, at least, while those under way hang. */
#define HANGING_DURATION_MS 10000
#define DURATION_WEIGHT 4 /* of the moving average: a new value counts a quarter */

static int64_t get_max(int64_t left, int64_t right)
{
    return left > right ? left : right;
}

static int64_t get_min(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

/* [from][to]: the arrows of the drawing in lane.h. */
static void set_state(struct lane *lane, enum lane_state state)
{
    static const bool moves[LANE_HALF_OPEN + 1][LANE_HALF_OPEN + 1] = {
        [LANE_CLOSED] = {[LANE_OPEN] = true},
        [LANE_OPEN] = {[LANE_HALF_OPEN] = true, [LANE_CLOSED] = true},
        [LANE_HALF_OPEN] = {[LANE_OPEN] = true, [LANE_CLOSED] = true},
    };

    INVARIANT(moves[lane->state][state]);
    lane->state = state;
}

void lane_init(struct lane *lane, const struct lane_limits *limits)
{
    *lane = (struct lane){
        .state = LANE_CLOSED, .window = 1, .peak = 1, .full_mono_ms = INT64_MIN, .is_slow = true, .limits = *limits};
}

void lane_set_limits(struct lane *lane, const struct lane_limits *limits)
{
    lane->limits = *limits;
}

/* Window and cap together. */
static int64_t get_width(const struct lane *lane)
{
    return lane->limits.concurrency_max > 0 ? get_min(lane->window, lane->limits.concurrency_max) : lane->window;
}

/* Rounded up: a token is not there before its time. */
static int64_t get_token_mono_ms(const struct lane *lane)
{
    return lane->limits.interval_us > 0 ? (lane->next_mono_us + 999) / 1000 : 0;
}

int64_t lane_get_start_mono_ms(const struct lane *lane, int64_t now_mono_ms)
{
    int64_t start_mono_ms = get_max(now_mono_ms, get_token_mono_ms(lane));

    if (lane->state == LANE_HALF_OPEN) {
        return LANE_NEVER;
    }
    if (lane->state == LANE_OPEN) {
        /* Those under way before it opened may hang: the probe does not wait for them, but the cap holds. */
        return lane->limits.concurrency_max > 0 && lane->in_flight >= lane->limits.concurrency_max
                   ? LANE_NEVER
                   : get_max(start_mono_ms, lane->resume_mono_ms);
    }
    return lane->in_flight < get_width(lane) ? start_mono_ms : LANE_NEVER;
}

static bool is_hanging(const struct lane *lane)
{
    return lane->is_slow && lane->unanswered > 0;
}

/* A lane that only has not grown yet holds nothing back for long. */
static bool is_limited(const struct lane *lane)
{
    bool is_capped = lane->limits.concurrency_max > 0 && lane->window >= lane->limits.concurrency_max;

    return is_capped || lane->limits.interval_us > 0 || lane->window < lane->peak || is_hanging(lane);
}

int64_t lane_get_wait_ms(const struct lane *lane, int64_t ahead, int64_t now_mono_ms)
{
    int64_t pause_ms = 0;
    int64_t by_rate_ms = ahead * lane->limits.interval_us / 1000;
    int64_t duration_ms = is_hanging(lane) ? get_max(lane->duration_ms, HANGING_DURATION_MS) : lane->duration_ms;
    int64_t by_width_ms = ahead * duration_ms / get_width(lane);

    if (lane->state == LANE_OPEN) {
        pause_ms = get_max(0, lane->resume_mono_ms - now_mono_ms);
    } else if (lane->state == LANE_HALF_OPEN) {
        pause_ms = lane->pause_ms;
    } else if (!is_limited(lane)) {
        return 0;
    }
    return pause_ms + get_max(by_rate_ms, by_width_ms);
}

void lane_hasten(struct lane *lane, int64_t now_mono_ms)
{
    if (lane->state == LANE_OPEN) {
        lane->resume_mono_ms = get_min(lane->resume_mono_ms, now_mono_ms);
    }
}

static void spend_token(struct lane *lane, int64_t now_mono_ms)
{
    int64_t earliest_us = (now_mono_ms - LANE_GRAIN_MS) * 1000;

    if (lane->limits.interval_us == 0) {
        return;
    }
    /* One that was idle starts anew; one that is late by the clock's grain only keeps its pace. */
    if (lane->next_mono_us < earliest_us) {
        lane->next_mono_us = now_mono_ms * 1000;
    }
    lane->next_mono_us += lane->limits.interval_us;
}

void lane_note_start(struct lane *lane, struct lane_attempt *ret_attempt, int64_t now_mono_ms)
{
    INVARIANT(lane_get_start_mono_ms(lane, now_mono_ms) <= now_mono_ms);
    *ret_attempt = (struct lane_attempt){.start_mono_ms = now_mono_ms, .is_probe = lane->state == LANE_OPEN};
    if (ret_attempt->is_probe) {
        set_state(lane, LANE_HALF_OPEN);
    }
    lane->in_flight++;
    if (lane->in_flight >= lane->window) {
        lane->full_mono_ms = now_mono_ms;
    }
    spend_token(lane, now_mono_ms);
}

static void shrink(struct lane *lane)
{
    lane->window = get_max(1, lane->window - 1);
}

static void open_for(struct lane *lane, int64_t pause_ms, int64_t now_mono_ms)
{
    set_state(lane, LANE_OPEN);
    lane->resume_mono_ms = now_mono_ms + pause_ms;
}

/* Who comes back is not met by as many attempts at once as broke it. */
static void open_again(struct lane *lane, int64_t now_mono_ms)
{
    lane->window = 1;
    lane->pause_ms = get_min(LANE_PAUSE_MAX_MS, get_max(LANE_PAUSE_MIN_MS, 2 * lane->pause_ms));
    open_for(lane, lane->pause_ms, now_mono_ms);
}

static void note_good(struct lane *lane, const struct lane_attempt *attempt)
{
    if (lane->state != LANE_CLOSED) {
        set_state(lane, LANE_CLOSED);
        lane->peak = lane->window;
    }
    lane->pause_ms = 0;
    lane->failures = 0;
    lane->window += attempt->has_narrowed ? 1 : 0;
    if (lane->full_mono_ms >= attempt->start_mono_ms) { /* more would have been started while it ran */
        lane->window++;
    }
    lane->peak = get_max(lane->peak, lane->window);
}

/* The breaker waits for this one. */
static bool is_probe_end(const struct lane *lane, const struct lane_attempt *attempt)
{
    return attempt->is_probe && lane->state == LANE_HALF_OPEN;
}

static void note_neutral(struct lane *lane, const struct lane_attempt *attempt, int64_t now_mono_ms)
{
    if (is_probe_end(lane, attempt)) {
        open_for(lane, 0, now_mono_ms); /* the next one is the probe */
    }
}

static bool is_cohort_failed(const struct lane *lane)
{
    return lane->state == LANE_CLOSED && lane->failures >= get_max(LANE_COHORT_MIN, lane->window);
}

static void note_bad(struct lane *lane, const struct lane_attempt *attempt, int64_t retry_after_ms, int64_t now_mono_ms)
{
    int64_t asked_ms = get_min(retry_after_ms, LANE_PAUSE_MAX_MS);

    if (!attempt->is_unanswered) {
        shrink(lane);
    }
    lane->failures++;
    if (is_probe_end(lane, attempt) || is_cohort_failed(lane)) {
        open_again(lane, now_mono_ms);
    }
    if (asked_ms > 0 && lane->state == LANE_CLOSED) {
        open_for(lane, asked_ms, now_mono_ms);
    } else if (lane->state == LANE_OPEN) {
        lane->resume_mono_ms = get_max(lane->resume_mono_ms, now_mono_ms + asked_ms);
    }
}

static void note_duration(struct lane *lane, int64_t duration_ms)
{
    int64_t change_ms = lane->duration_ms == 0 ? duration_ms : (duration_ms - lane->duration_ms) / DURATION_WEIGHT;

    lane->duration_ms = get_max(1, lane->duration_ms + change_ms);
}

void lane_note_unanswered(struct lane *lane, struct lane_attempt *attempt)
{
    attempt->is_unanswered = true;
    attempt->has_narrowed = lane->window > 1;
    lane->unanswered++;
    shrink(lane);
    lane->is_slow = lane->is_slow || 2 * lane->unanswered >= lane->in_flight;
}

void lane_note_end(struct lane *lane, const struct lane_attempt *attempt, enum lane_verdict verdict,
                   int64_t retry_after_ms, int64_t now_mono_ms)
{
    INVARIANT(lane->in_flight > 0);
    lane->in_flight--;
    lane->unanswered -= attempt->is_unanswered ? 1 : 0;
    if (verdict == LANE_NEUTRAL) {
        note_neutral(lane, attempt, now_mono_ms);
        return;
    }
    note_duration(lane, now_mono_ms - attempt->start_mono_ms);
    if (verdict == LANE_BAD) {
        note_bad(lane, attempt, retry_after_ms, now_mono_ms);
        return;
    }
    note_good(lane, attempt);
    if (!attempt->is_unanswered && 2 * lane->unanswered <= lane->in_flight) {
        lane->is_slow = false;
    }
}

bool lane_is_forgettable(const struct lane *lane, int64_t now_mono_ms)
{
    return lane->in_flight == 0 && get_token_mono_ms(lane) <= now_mono_ms &&
           (lane->state == LANE_CLOSED || lane->resume_mono_ms <= now_mono_ms);
}
