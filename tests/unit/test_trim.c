/* Trimming: what is asked of the broker and when; the request is caught by the linker (--wrap). */
#include "../support/cmocka_all.h"

#include <string.h>

#include "log.h"
#include "partition.h"
#include "stats.h"
#include "trim.h"

#define NOW_MS INT64_C(1800000000000)
#define WINDOW_MS INT64_C(600000)
#define TRIM_MAX 8

struct fixture {
    struct params params;
    struct stats stats;
    struct core core;
    struct partition partition;
    struct stream streams[3];
    struct partition *owned[1];
};

static struct fixture fixture;
static struct intake_trim asked[TRIM_MAX];
static size_t asked_trim_count;
static int asked_count;

void __wrap_intake_trim(struct intake *intake, const struct intake_trim *trims, size_t trim_count, uint64_t token);
void __wrap_intake_trim(struct intake *intake, const struct intake_trim *trims, size_t trim_count, uint64_t token)
{
    (void)intake;
    assert_int_equal(token_get_kind(token), TOKEN_TRIM);
    assert_in_range(trim_count, 1, TRIM_MAX);
    memcpy(asked, trims, trim_count * sizeof *trims);
    asked_trim_count = trim_count;
    asked_count++;
}

static void init_stream(struct stream *stream, enum topic_kind kind, int64_t tier_ms, int64_t offset)
{
    stream->kind = kind;
    stream->tier_ms = tier_ms;
    stream->committed_offset = offset;
    stream->log_start_offset = -1;
    tracker_init(&stream->tracker, offset);
}

static int set_up(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof fixture);
    stats_init(&fixture.stats);
    log_set_fd(-1);
    fixture.params.audit_window_ms = WINDOW_MS;
    fixture.params.trim_interval_ms = 60000;
    fixture.core.params = &fixture.params;
    fixture.core.stats = &fixture.stats;
    fixture.core.now = (struct now){.time_ms = NOW_MS, .mono_ms = 1000000};
    fixture.core.partition_count = 1;
    fixture.core.tiers.count = 1;
    fixture.core.owned = fixture.owned;
    fixture.owned[0] = &fixture.partition;
    fixture.partition.phase = PARTITION_RUN;
    fixture.partition.streams = fixture.streams;
    fixture.partition.stream_count = 3;
    init_stream(&fixture.streams[0], TOPIC_TASKS, 0, 10);
    init_stream(&fixture.streams[1], TOPIC_CONTROL, 0, 20);
    init_stream(&fixture.streams[2], TOPIC_DELAY, 5000, 30);
    asked_count = 0;
    asked_trim_count = 0;
    return 0;
}

static void answer(enum rc rc, int64_t tasks_start, int64_t delay_start)
{
    struct intake_event event = {
        .kind = INTAKE_TRIMMED, .rc = rc, .trims = asked, .trim_count = asked_trim_count, .text = "trouble"};

    for (size_t i = 0; i < asked_trim_count; i++) {
        asked[i].log_start_offset = asked[i].kind == TOPIC_TASKS ? tasks_start : delay_start;
    }
    trim_note_done(&fixture.core, &event);
}

static void turn_after(int64_t wait_ms)
{
    fixture.core.now.mono_ms += wait_ms;
    fixture.core.now.time_ms += wait_ms;
    trim_turn(&fixture.core);
}

static void tiers_are_trimmed_at_once_and_tasks_by_age(void **state)
{
    (void)state;
    turn_after(0);
    assert_int_equal(asked_trim_count, 2);
    assert_int_equal(asked[0].kind, TOPIC_TASKS);
    assert_int_equal(asked[0].offset, 10);
    assert_int_equal(asked[0].before_time_ms, NOW_MS - WINDOW_MS);
    assert_int_equal(asked[1].kind, TOPIC_DELAY);
    assert_int_equal(asked[1].tier_ms, 5000);
    assert_int_equal(asked[1].offset, 30);
    assert_int_equal(asked[1].before_time_ms, INT64_MAX);
}

static void nothing_above_the_committed_or_the_lowest_open_offset_is_trimmed(void **state)
{
    (void)state;
    tracker_open(&fixture.streams[0].tracker, 10);
    tracker_complete(&fixture.streams[0].tracker, 10); /* complete, not committed */
    fixture.streams[2].committed_offset = 40;          /* committed, but 30 is open here */
    tracker_open(&fixture.streams[2].tracker, 30);
    turn_after(0);
    assert_int_equal(asked[0].offset, 10);
    assert_int_equal(asked[1].offset, 30);
}

static void a_stream_that_was_never_committed_is_left_alone(void **state)
{
    (void)state;
    fixture.streams[0].committed_offset = -1;
    fixture.streams[2].committed_offset = -1;
    turn_after(0);
    assert_int_equal(asked_count, 0);
}

static void trim_interval_lies_between_two_trims_and_one_is_under_way_at_a_time(void **state)
{
    (void)state;
    turn_after(0);
    turn_after(60000);
    assert_int_equal(asked_count, 1); /* not answered yet */
    answer(RC_OK, 5, 30);
    turn_after(0);
    assert_int_equal(asked_count, 2);
    answer(RC_OK, 5, 30);
    turn_after(59999);
    assert_int_equal(asked_count, 2);
    turn_after(1);
    assert_int_equal(asked_count, 3);
}

static void what_is_trimmed_already_is_not_asked_again(void **state)
{
    (void)state;
    turn_after(0);
    answer(RC_OK, 5, 30);
    turn_after(60000);
    assert_int_equal(asked_trim_count, 1); /* five records of tasks were too young */
    assert_int_equal(asked[0].kind, TOPIC_TASKS);
    answer(RC_OK, 10, 30);
    turn_after(60000);
    assert_int_equal(asked_count, 2);
    assert_int_equal(fixture.stats.trimmed_offsets_total[STATS_TOPIC_TASKS].value, 5);
}

static void a_trim_that_fails_is_tried_again(void **state)
{
    (void)state;
    turn_after(0);
    answer(RC_UNAVAILABLE, -1, -1);
    assert_int_equal(fixture.streams[0].log_start_offset, -1);
    turn_after(60000);
    assert_int_equal(asked_count, 2);
    assert_int_equal(asked_trim_count, 2);
}

static void only_a_partition_that_runs_is_trimmed(void **state)
{
    (void)state;
    fixture.partition.phase = PARTITION_DRAIN;
    turn_after(0);
    fixture.owned[0] = NULL;
    turn_after(60000);
    assert_int_equal(asked_count, 0);
}

static void an_answer_after_the_partition_was_lost_is_passed_over(void **state)
{
    (void)state;
    turn_after(0);
    fixture.owned[0] = NULL;
    answer(RC_OK, 10, 30);
    assert_int_equal(fixture.streams[0].log_start_offset, -1);
    assert_false(fixture.core.is_trim_open);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tiers_are_trimmed_at_once_and_tasks_by_age),
        TEST(nothing_above_the_committed_or_the_lowest_open_offset_is_trimmed),
        TEST(a_stream_that_was_never_committed_is_left_alone),
        TEST(trim_interval_lies_between_two_trims_and_one_is_under_way_at_a_time),
        TEST(what_is_trimmed_already_is_not_asked_again),
        TEST(a_trim_that_fails_is_tried_again),
        TEST(only_a_partition_that_runs_is_trimmed),
        TEST(an_answer_after_the_partition_was_lost_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
