/* tier: which delay topic takes a wait, and when a record read from one may leave it.
 *
 * A wait w that memory does not hold goes to the largest tier <= w + TIER_SLACK_MS. A record leaves its tier at
 * min(due, appended + tier), so the slack makes no task late; if it is not due then, the rest of its wait goes to a
 * shorter tier (a hop) or to the hold.
 *
 *   tiers 0 s, 1 s, 5 s, 10 s: a wait of 27 s goes 10 s -> 10 s -> 5 s -> hold (2 s)
 *   with a tier of 27 s: 27 s -> hold (0 s)
 *
 * Memory:  values.
 * Threads: any.
 */
#ifndef WORKER_TIER_H
#define WORKER_TIER_H

#include "topics.h"
#include <stddef.h>
#include <stdint.h>

#define TIER_SLACK_MS 500

struct tiers {
    size_t count;                     /* at least 1 */
    int64_t wait_ms[TOPICS_TIER_MAX]; /* rising; the first is 0 */
};

/* wait_ms below 0 counts as 0. */
int64_t tier_choose(const struct tiers *tiers, int64_t wait_ms);
/* When a record leaves the tier. */
int64_t tier_get_release(int64_t tier_ms, int64_t append_time_ms, int64_t due_time_ms);

#endif
