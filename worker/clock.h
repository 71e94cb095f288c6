/* clock: the only module that reads a clock or draws random numbers.
 *
 * Now is the wall clock at start plus monotonic time since, so that a step of the wall clock never makes a task early.
 * A turn of the loop reads it once and hands the value on.
 *
 * Memory:  the caller owns the struct.
 * Threads: clock_read() any, after init; clock_fill_random() any.
 */
#ifndef WORKER_CLOCK_H
#define WORKER_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct clock {
    int64_t start_time_ms; /* wall clock at init */
    int64_t start_mono_ns;
};

struct now {
    int64_t time_ms; /* wall clock since 1970, never steps; what due times are compared with */
    int64_t mono_ms; /* since clock_init(); what durations are taken from */
};

void clock_init(struct clock *clock);
struct now clock_read(const struct clock *clock);
/* Microseconds since clock_init(), for measuring only. */
int64_t clock_read_mono_us(const struct clock *clock);
/* Unpredictable bytes, for nonces and ids. */
void clock_fill_random(void *bytes, size_t byte_count);

#endif
