#include "clock.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "alloc.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

static int64_t read_ns(clockid_t clockid)
{
    struct timespec ts;

    /* Both clocks exist on every Linux and ts is ours, so it cannot fail. */
    (void)clock_gettime(clockid, &ts);
    return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

void clock_init(struct clock *clock)
{
    clock->start_time_ms = read_ns(CLOCK_REALTIME) / NS_PER_MS;
    clock->start_mono_ns = read_ns(CLOCK_MONOTONIC);
}

struct now clock_read(const struct clock *clock)
{
    /* Both parts are rounded down: at most 2 ms behind the wall clock and never ahead, so nothing is started early. */
    int64_t mono_ms = (read_ns(CLOCK_MONOTONIC) - clock->start_mono_ns) / NS_PER_MS;

    return (struct now){.time_ms = clock->start_time_ms + mono_ms, .mono_ms = mono_ms};
}

void clock_fill_random(void *bytes, size_t byte_count)
{
    char *at = bytes;

    while (byte_count > 0) {
        ssize_t got = getrandom(at, byte_count, 0);

        if (got < 0 && errno != EINTR)
            die("getrandom: errno %d", errno);
        if (got > 0) {
            at += got;
            byte_count -= (size_t)got;
        }
    }
}

int64_t clock_read_mono_us(const struct clock *clock)
{
    return (read_ns(CLOCK_MONOTONIC) - clock->start_mono_ns) / 1000;
}
