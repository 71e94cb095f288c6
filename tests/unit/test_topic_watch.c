/* When the topics are checked, and what comes of the answer; what is asked of intake is caught by the linker (--wrap).
 */
#include "../support/cmocka_all.h"

#include <string.h>

#include "core.h"
#include "log.h"
#include "stats.h"
#include "topic_rules.h"
#include "topic_watch.h"

#define MINUTE_MS 60000

struct fixture {
    struct stats stats;
    struct core core;
};

static struct fixture fixture;
static int asked_count;
static int joined_count;

void __wrap_intake_check_topics(struct intake *intake);
void __wrap_intake_check_topics(struct intake *intake)
{
    (void)intake;
    asked_count++;
}

void __wrap_intake_join(struct intake *intake);
void __wrap_intake_join(struct intake *intake)
{
    (void)intake;
    joined_count++;
}

static int set_up(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof fixture);
    stats_init(&fixture.stats);
    log_set_fd(-1);
    fixture.core.stats = &fixture.stats;
    fixture.core.now.mono_ms = 1;
    asked_count = 0;
    joined_count = 0;
    return 0;
}

static void turn_after(int64_t ms)
{
    fixture.core.now.mono_ms += ms;
    topic_watch_turn(&fixture.core);
}

/* Asks, if it is time, and gets that answer at once. */
static bool answer_after(int64_t ms, enum rc rc)
{
    struct intake_event event = {
        .kind = INTAKE_CHECKED, .rc = rc, .compaction_lag_ms = 2 * TOPIC_RULES_STATE_LAG_MIN_MS, .text = "trouble"};

    turn_after(ms);
    return topic_watch_note(&fixture.core, &event);
}

static const char *get_reason(void)
{
    return topic_watch_get_reason(&fixture.core.topic_watch);
}

static void the_group_is_joined_once_and_only_over_topics_that_fit(void **state)
{
    (void)state;
    turn_after(0);
    assert_int_equal(asked_count, 1);
    assert_int_equal(joined_count, 0);
    assert_string_equal(get_reason(), "topics not checked yet");
    assert_true(answer_after(0, RC_OK));
    assert_int_equal(joined_count, 1);
    assert_string_equal(get_reason(), "");
    assert_true(answer_after(MINUTE_MS, RC_OK));
    assert_int_equal(joined_count, 1);
}

static void one_question_is_under_way_at_a_time(void **state)
{
    (void)state;
    turn_after(0);
    turn_after(MINUTE_MS);
    assert_int_equal(asked_count, 1);
}

static void topics_are_checked_again_every_minute(void **state)
{
    (void)state;
    answer_after(0, RC_OK);
    turn_after(MINUTE_MS - 1);
    assert_int_equal(asked_count, 1);
    turn_after(1);
    assert_int_equal(asked_count, 2);
}

static void an_assignment_has_them_checked_at_once(void **state)
{
    (void)state;
    answer_after(0, RC_OK);
    topic_watch_hurry(&fixture.core);
    turn_after(1);
    assert_int_equal(asked_count, 2);
}

static void a_start_over_unfit_topics_ends_after_5_s(void **state)
{
    (void)state;
    assert_true(answer_after(0, RC_CONFLICT));
    assert_true(answer_after(4999, RC_CONFLICT));
    assert_false(answer_after(1, RC_CONFLICT));
    assert_int_equal(joined_count, 0);
}

static void topics_that_are_corrected_in_time_let_a_start_go_on(void **state)
{
    (void)state;
    assert_true(answer_after(0, RC_CONFLICT));
    assert_true(answer_after(1000, RC_OK));
    assert_int_equal(joined_count, 1);
}

static void a_start_without_the_right_to_ask_ends(void **state)
{
    (void)state;
    assert_true(answer_after(0, RC_DENIED));
    assert_false(answer_after(5000, RC_DENIED));
}

static void a_start_waits_for_a_broker_however_long(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_true(answer_after(MINUTE_MS, RC_UNAVAILABLE));
    }
    assert_true(answer_after(MINUTE_MS, RC_OK));
    assert_int_equal(joined_count, 1);
}

static void a_setting_that_goes_bad_makes_a_worker_not_ready_but_does_not_end_it(void **state)
{
    (void)state;
    answer_after(0, RC_OK);
    for (int i = 0; i < 100; i++) {
        assert_true(answer_after(MINUTE_MS, RC_CONFLICT));
    }
    assert_string_equal(get_reason(), "topics unfit: see topics_unfit in the log");
    assert_int_equal(stats_get_gauge(fixture.stats.topics_unfit), 1);
    assert_true(answer_after(MINUTE_MS, RC_OK));
    assert_string_equal(get_reason(), "");
    assert_int_equal(stats_get_gauge(fixture.stats.topics_unfit), 0);
}

static void a_broker_that_does_not_answer_says_nothing_about_the_topics(void **state)
{
    (void)state;
    answer_after(0, RC_OK);
    answer_after(MINUTE_MS, RC_UNAVAILABLE);
    assert_string_equal(get_reason(), "");
    answer_after(MINUTE_MS, RC_CONFLICT);
    answer_after(MINUTE_MS, RC_UNAVAILABLE);
    assert_string_not_equal(get_reason(), "");
}

static void the_compaction_lag_is_the_broker_s_once_it_is_known(void **state)
{
    (void)state;
    assert_int_equal(topic_watch_get_compaction_lag(&fixture.core.topic_watch), TOPIC_RULES_STATE_LAG_MIN_MS);
    answer_after(0, RC_OK);
    assert_int_equal(topic_watch_get_compaction_lag(&fixture.core.topic_watch), 2 * TOPIC_RULES_STATE_LAG_MIN_MS);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_group_is_joined_once_and_only_over_topics_that_fit),
        TEST(one_question_is_under_way_at_a_time),
        TEST(topics_are_checked_again_every_minute),
        TEST(an_assignment_has_them_checked_at_once),
        TEST(a_start_over_unfit_topics_ends_after_5_s),
        TEST(topics_that_are_corrected_in_time_let_a_start_go_on),
        TEST(a_start_without_the_right_to_ask_ends),
        TEST(a_start_waits_for_a_broker_however_long),
        TEST(a_setting_that_goes_bad_makes_a_worker_not_ready_but_does_not_end_it),
        TEST(a_broker_that_does_not_answer_says_nothing_about_the_topics),
        TEST(the_compaction_lag_is_the_broker_s_once_it_is_known),
    };

    return cmocka_run_group_tests_name("topic_watch", tests, NULL, NULL);
}
