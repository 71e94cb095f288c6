/* clock: now never steps back, wall clock and monotonic time move together, random bytes differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "clock.h"

static int64_t read_wall_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void now_is_never_ahead_of_the_wall_clock(void **state)
{
    struct clock clock;
    struct now now;
    int64_t wall_ms;

    (void)state;
    clock_init(&clock);
    for (int i = 0; i < 1000; i++) {
        now = clock_read(&clock);
        wall_ms = read_wall_ms();
        assert_true(now.time_ms <= wall_ms);
        assert_true(now.time_ms > wall_ms - 1000);
    }
}

static void monotonic_time_starts_at_zero(void **state)
{
    struct clock clock;

    (void)state;
    clock_init(&clock);
    assert_true(clock_read(&clock).mono_ms < 1000);
}

static void both_times_move_together_and_never_back(void **state)
{
    struct clock clock;
    struct now last;

    (void)state;
    clock_init(&clock);
    last = clock_read(&clock);
    while (last.mono_ms < 20) {
        struct now now = clock_read(&clock);

        assert_true(now.mono_ms >= last.mono_ms);
        assert_int_equal(now.time_ms - now.mono_ms, clock.start_time_ms);
        last = now;
    }
}

static void now_follows_monotonic_time_from_the_given_start(void **state)
{
    struct clock clock;
    struct now now;

    (void)state;
    clock_init(&clock);
    clock.start_time_ms = 1000;
    clock.start_mono_ns -= INT64_C(5000000000);
    now = clock_read(&clock);
    assert_in_range(now.mono_ms, 5000, 6000);
    assert_int_equal(now.time_ms, 1000 + now.mono_ms);
}

static void random_bytes_fill_all_and_differ(void **state)
{
    unsigned char first[1000] = {0};
    unsigned char second[1000] = {0};
    size_t zero_count = 0;

    (void)state;
    clock_fill_random(first, sizeof first);
    clock_fill_random(second, sizeof second);
    assert_memory_not_equal(first, second, sizeof first);
    for (size_t i = 0; i < sizeof first; i++)
        zero_count += first[i] == 0;
    assert_true(zero_count < 50);
}

static void random_bytes_stay_within_their_count(void **state)
{
    unsigned char bytes[18];

    (void)state;
    memset(bytes, 0x5a, sizeof bytes);
    clock_fill_random(bytes + 1, sizeof bytes - 2);
    assert_int_equal(bytes[0], 0x5a);
    assert_int_equal(bytes[17], 0x5a);
    clock_fill_random(bytes, 0);
    assert_int_equal(bytes[0], 0x5a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(now_is_never_ahead_of_the_wall_clock),
        cmocka_unit_test(monotonic_time_starts_at_zero),
        cmocka_unit_test(both_times_move_together_and_never_back),
        cmocka_unit_test(now_follows_monotonic_time_from_the_given_start),
        cmocka_unit_test(random_bytes_fill_all_and_differ),
        cmocka_unit_test(random_bytes_stay_within_their_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
