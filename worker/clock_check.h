/* clock_check: holds this worker's clock against the broker's, by the append time of each own claim.
 *
 * Now is the wall clock at start plus monotonic time (clock.h): it never steps, so a clock that was wrong at the start
 * stays wrong until the next one. Waits are measured by it alone and are right all the same; points in time
 * (not_before, ages, what an endpoint names in Retry-After) are off by as much.
 *
 * A claim is appended between sending it and reading it back, so that only what lies outside is told as an offset, and
 * a slow broker is not taken for a wrong clock.
 *
 * Memory:  a field of struct core.
 * Threads: the loop's.
 */
#ifndef WORKER_CLOCK_CHECK_H
#define WORKER_CLOCK_CHECK_H

#include <stdint.h>

struct core;

/* How far the clock that told append_time_ms is ahead (negative: behind) of the one that told the other two. */
int64_t clock_check_get_offset(int64_t sent_time_ms, int64_t append_time_ms, int64_t read_time_ms);
/* An own claim has come back: over 1 s off is warned of. */
void clock_check_note_claim(struct core *core, int64_t sent_time_ms, int64_t append_time_ms, int64_t read_time_ms);
/* "", or why the worker is not ready: the last own claim showed more than 30 s. */
const char *clock_check_get_reason(const struct core *core);

#endif
