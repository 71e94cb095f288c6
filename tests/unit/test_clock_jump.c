/* The wall clock is set while a worker runs, and was wrong when it started: what a wait and the check of the clock make
 * of it. Both system clocks are the linker's (--wrap). */
#include <time.h>

#include "clock.h"
#include "clock_check.h"
#include "core.h"
#include "log.h"
#include "unit_table.h"

#define START_MS INT64_C(1800000000000)
#define HOUR_MS INT64_C(3600000)
#define YEAR_MS (365 * 24 * HOUR_MS)
#define WAIT_MS INT64_C(5000)

static int64_t wall_ms;
static int64_t mono_ms;

int __wrap_clock_gettime(clockid_t clockid, struct timespec *ret_time);
int __wrap_clock_gettime(clockid_t clockid, struct timespec *ret_time)
{
    int64_t ms = clockid == CLOCK_REALTIME ? wall_ms : mono_ms;

    ret_time->tv_sec = ms / 1000;
    ret_time->tv_nsec = ms % 1000 * 1000000;
    return 0;
}

struct jump {
    const char *name; /* of the test */
    int64_t jump_ms;
};

static const struct jump jumps[] = {
    {"a_wait_ends_in_time_when_the_wall_clock_goes_an_hour_ahead", HOUR_MS},
    {"a_wait_ends_in_time_when_the_wall_clock_goes_an_hour_back", -HOUR_MS},
    {"a_wait_ends_in_time_when_the_wall_clock_goes_10_years_ahead", 10 * YEAR_MS},
    {"a_wait_ends_in_time_when_the_wall_clock_goes_10_years_back", -10 * YEAR_MS},
};

static const struct jump wrong_starts[] = {
    {"a_start_an_hour_ahead_is_not_ready", HOUR_MS},        {"a_start_an_hour_behind_is_not_ready", -HOUR_MS},
    {"a_start_10_years_ahead_is_not_ready", 10 * YEAR_MS},  {"a_start_10_years_behind_is_not_ready", -10 * YEAR_MS},
    {"a_start_that_is_30001_ms_ahead_is_not_ready", 30001}, {"a_start_that_is_30001_ms_behind_is_not_ready", -30001},
};

static const struct jump right_starts[] = {
    {"a_start_that_is_right_is_ready", 0},
    {"a_start_that_is_2_s_ahead_is_ready", 2000},
    {"a_start_that_is_30_s_ahead_is_ready", 30000},
    {"a_start_that_is_30_s_behind_is_ready", -30000},
};

static void start(struct clock *clock, int64_t offset_ms)
{
    wall_ms = START_MS + offset_ms;
    mono_ms = 7000;
    clock_init(clock);
}

static void pass(int64_t ms)
{
    wall_ms += ms;
    mono_ms += ms;
}

static void wait_is_not_moved(void **state)
{
    const struct jump *row = *state;
    struct clock clock;
    int64_t due_time_ms;

    start(&clock, 0);
    due_time_ms = clock_read(&clock).time_ms + WAIT_MS;
    pass(WAIT_MS / 2);
    wall_ms += row->jump_ms;
    assert_int_equal(clock_read(&clock).time_ms, START_MS + WAIT_MS / 2);
    pass(WAIT_MS / 2 - 1);
    assert_true(clock_read(&clock).time_ms < due_time_ms);
    pass(1);
    assert_true(clock_read(&clock).time_ms == due_time_ms);
    assert_int_equal(clock_read(&clock).mono_ms, WAIT_MS);
}

/* Claims by a worker whose clock is off by so much, to a broker whose clock is right. */
static struct stats stats;

static void claim(struct core *core, int64_t offset_ms)
{
    struct now sent;
    struct now read;

    memset(core, 0, sizeof *core);
    stats_init(&stats);
    core->stats = &stats;
    log_set_fd(-1);
    start(&core->clock, offset_ms);
    sent = clock_read(&core->clock);
    pass(700); /* a slow broker is not a wrong clock */
    read = clock_read(&core->clock);
    clock_check_note_claim(core, sent.time_ms, START_MS + 300, read.time_ms);
}

static void start_is_not_ready(void **state)
{
    const struct jump *row = *state;
    struct core core;

    claim(&core, row->jump_ms + (row->jump_ms > 0 ? 300 : -400));
    assert_int_equal(core.clock_offset_ms, -row->jump_ms);
    assert_int_equal(stats_get_gauge(stats.clock_offset_seconds), -row->jump_ms * 1000);
    assert_string_equal(clock_check_get_reason(&core), "the clock is over 30 s off the broker's");
}

static void start_is_ready(void **state)
{
    const struct jump *row = *state;
    struct core core;

    claim(&core, row->jump_ms);
    assert_string_equal(clock_check_get_reason(&core), "");
}

static void the_next_claim_tells_that_the_clock_is_right(void **state)
{
    struct core core;

    (void)state;
    claim(&core, HOUR_MS);
    assert_string_not_equal(clock_check_get_reason(&core), "");
    clock_check_note_claim(&core, START_MS, START_MS, START_MS);
    assert_string_equal(clock_check_get_reason(&core), "");
    assert_int_equal(stats_get_gauge(stats.clock_offset_seconds), 0);
}

static void only_what_lies_outside_sending_and_reading_is_an_offset(void **state)
{
    (void)state;
    assert_int_equal(clock_check_get_offset(1000, 1000, 5000), 0);
    assert_int_equal(clock_check_get_offset(1000, 5000, 5000), 0);
    assert_int_equal(clock_check_get_offset(1000, 999, 5000), -1);
    assert_int_equal(clock_check_get_offset(1000, 5002, 5000), 2);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, jumps, wait_is_not_moved);
    UNIT_TABLE_ADD(&table, wrong_starts, start_is_not_ready);
    UNIT_TABLE_ADD(&table, right_starts, start_is_ready);
    UNIT_TABLE_TEST(&table, the_next_claim_tells_that_the_clock_is_right);
    UNIT_TABLE_TEST(&table, only_what_lies_outside_sending_and_reading_is_an_offset);
    return unit_table_run(&table);
}
