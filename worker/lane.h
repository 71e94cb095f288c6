/* lane: how many attempts one destination (scheme, host, port) may have under way, and when the next may start. Pure.
 *
 * What a destination can bear is learnt from what comes of its attempts, as Postfix's queue manager does for mail:
 *
 * Window. It starts at 1. A good answer adds 1 if the window was full while its attempt ran; a failure takes 1; so does
 * an attempt that is unanswered for LANE_UNANSWERED_MS, while it still runs: a bad end takes nothing more, a good one
 * gives it back, so that who is slow but steady is not held at 1. Never below 1.
 *
 *   answers of 200 ms: 1, 2, 4, ... 1024 attempts under way after 2 s; 1024 that hang: 1 after another second
 *
 * Breaker. A cohort is as many attempts as the window is wide, at least LANE_COHORT_MIN. A whole one that fails, with
 * no good answer between, opens it:
 *
 *             cohort failed                      pause over, an attempt starts: the probe
 *   CLOSED ------------------> OPEN ------------------------------------------------> HALF_OPEN
 *     ^                         ^  |                                                    |   |
 *     |<---- good answer -------|--+              probe failed: twice the pause         |   |
 *     |                         +-------------------------------------------------------+   |
 *     +------------------------------- good answer -----------------------------------------+
 *
 * Pauses go from LANE_PAUSE_MIN_MS to LANE_PAUSE_MAX_MS, and the window starts at 1 again. An answer's Retry-After
 * opens it, too, for as long as it says but within LANE_PAUSE_MAX_MS, and leaves the window as it is.
 *
 * Caps. At most `concurrency_max` attempts under way. Attempts start at least interval_us apart, on average: what the
 * loop's clock lost by its grain is made up for, so in t ms at most (t + LANE_GRAIN_MS) / interval + 1 of them start.
 *
 * Slow. A lane is slow until an answer came in less than LANE_UNANSWERED_MS, and again while half of its attempts or
 * more are unanswered for longer. Slow lanes are kept apart from the others: lanes.h, courier.h.
 *
 * Memory:  values, nothing to free.
 * Threads: the loop's.
 * Time:    monotonic, of the caller's turn.
 */
#ifndef WORKER_LANE_H
#define WORKER_LANE_H

#include <stdbool.h>
#include <stdint.h>

#define LANE_UNANSWERED_MS 1000
#define LANE_COHORT_MIN 5
#define LANE_PAUSE_MIN_MS 1000
#define LANE_PAUSE_MAX_MS 30000
#define LANE_GRAIN_MS 10
#define LANE_NEVER INT64_MAX

enum lane_state {
    LANE_CLOSED = 1, /* attempts start as window and caps allow */
    LANE_OPEN,       /* none starts before the pause is over */
    LANE_HALF_OPEN,  /* the probe is under way */
};

enum lane_verdict {
    LANE_GOOD = 1, /* the destination works, whatever it said to this task */
    LANE_BAD,      /* it did not answer, or that it cannot now */
    LANE_NEUTRAL,  /* nothing learnt: not sent, cut off */
};

struct lane_limits {
    int64_t concurrency_max; /* at least 1; 0: no cap */
    int64_t interval_us;     /* between starts; 0: no rate */
};

struct lane {
    enum lane_state state;
    int64_t window;
    int64_t peak; /* the widest window since the breaker closed; a narrower one has shrunk */
    int64_t in_flight;
    int64_t unanswered;     /* of these, for LANE_UNANSWERED_MS or longer */
    int64_t full_mono_ms;   /* when an attempt last filled the window */
    int64_t failures;       /* in a row */
    int64_t pause_ms;       /* the last one; doubles */
    int64_t resume_mono_ms; /* OPEN: when the probe may start */
    int64_t next_mono_us;   /* by the rate, no attempt starts before */
    int64_t duration_ms;    /* of an attempt, a moving average; 0: none has ended */
    bool is_slow;
    struct lane_limits limits;
};

/* One attempt, kept by the caller from start to end. */
struct lane_attempt {
    int64_t start_mono_ms;
    bool is_probe;
    bool is_unanswered;
    bool has_narrowed; /* the window, by being unanswered */
};

void lane_init(struct lane *lane, const struct lane_limits *limits);
void lane_set_limits(struct lane *lane, const struct lane_limits *limits);
/* When the next attempt may start, exact to the next token: now_mono_ms or before: at once; LANE_NEVER: not before one
 * has ended. */
int64_t lane_get_start_mono_ms(const struct lane *lane, int64_t now_mono_ms);
/* How long, as far as is known, a task waits that has `ahead` others before it. 0: the lane itself holds none back. */
int64_t lane_get_wait_ms(const struct lane *lane, int64_t ahead, int64_t now_mono_ms);
/* The probe need not wait for the end of the pause. */
void lane_hasten(struct lane *lane, int64_t now_mono_ms);

/* It must be allowed to start. */
void lane_note_start(struct lane *lane, struct lane_attempt *ret_attempt, int64_t now_mono_ms);
/* It has run for LANE_UNANSWERED_MS. */
void lane_note_unanswered(struct lane *lane, struct lane_attempt *attempt);
/* retry_after_ms: what a LANE_BAD answer asked for; -1: nothing. */
void lane_note_end(struct lane *lane, const struct lane_attempt *attempt, enum lane_verdict verdict,
                   int64_t retry_after_ms, int64_t now_mono_ms);
/* Nothing of it would be missed: no attempt, no pause, and no token spent in advance. */
bool lane_is_forgettable(const struct lane *lane, int64_t now_mono_ms);

#endif
