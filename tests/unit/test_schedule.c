#include "../support/cmocka_all.h"
#include "schedule.h"
#include <string.h>

static const int64_t ladder_ms[] = {1000, 5000, 30000};

struct schedule_case {
    const char *name;
    struct row row;
    uint32_t attempt;
    int64_t wait_ms; /* -1: no more */
};

static const struct schedule_case cases[] = {
    {"ladder_waits_its_first_wait_after_attempt_1",
     {.retry_type = TASK_RETRY_LADDER, .ladder_interval_ms = ladder_ms, .ladder_count = 3},
     1,
     1000},
    {"ladder_waits_its_last_wait_after_attempt_3",
     {.retry_type = TASK_RETRY_LADDER, .ladder_interval_ms = ladder_ms, .ladder_count = 3},
     3,
     30000},
    {"ladder_ends_after_its_last_wait",
     {.retry_type = TASK_RETRY_LADDER, .ladder_interval_ms = ladder_ms, .ladder_count = 3},
     4,
     -1},
    {"retry_ladder_interval_empty_allows_one_attempt", {.retry_type = TASK_RETRY_LADDER}, 1, -1},
    {"step_repeats_its_wait", {.retry_type = TASK_RETRY_STEP, .step_interval_ms = 60000, .step_time = 2}, 2, 60000},
    {"retry_step_time_2_allows_3_attempts",
     {.retry_type = TASK_RETRY_STEP, .step_interval_ms = 60000, .step_time = 2},
     3,
     -1},
    {"step_without_count_never_ends", {.retry_type = TASK_RETRY_STEP, .step_interval_ms = 5000}, UINT32_MAX, 5000},
    {"largest_step_count_is_not_for_ever",
     {.retry_type = TASK_RETRY_STEP, .step_interval_ms = 5000, .step_time = TASK_STEP_TIME_MAX},
     (uint32_t)TASK_STEP_TIME_MAX + 1,
     -1},
};

static void every_case_waits_as_its_name_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct schedule schedule = schedule_from_row(&cases[i].row);
        int64_t wait_ms = -7;
        bool has_wait = schedule_get_wait(&schedule, cases[i].attempt, &wait_ms);

        print_message("%s\n", cases[i].name);
        assert_int_equal(has_wait, cases[i].wait_ms >= 0);
        assert_int_equal(wait_ms, has_wait ? cases[i].wait_ms : -7);
    }
}

#define TASK(fields) "{\"business_type\":\"order\",\"business_id\":\"1\",\"url\":\"http://h/\"" fields "}"

static int64_t default_ladder_ms[] = {100, 200, 100};

/* The seed's defaults, as params.def has them. */
static const struct params seed = {.retry_type_default = TASK_RETRY_STEP, .retry_step_default_interval_ms = 60000};
static const struct params steps = {
    .retry_type_default = TASK_RETRY_STEP, .retry_step_default_interval_ms = 7000, .retry_step_default_time = 4};
static const struct params ladders = {.retry_type_default = TASK_RETRY_LADDER,
                                      .retry_ladder_default_interval = {default_ladder_ms, 3},
                                      .retry_step_default_interval_ms = 7000,
                                      .retry_step_default_time = 4};

/* The task of this JSON as the worker has it. */
static struct task read_task(const struct params *params, const char *json)
{
    struct task task = {0};
    char errstr[256] = "";

    if (task_decode(json, strlen(json), &task, errstr, sizeof errstr) != RC_OK) {
        fail_msg("%s: %s", json, errstr);
    }
    schedule_fill_defaults(params, &task);
    return task;
}

static void assert_step(const struct params *params, const char *json, int64_t interval_ms, int64_t time)
{
    struct task task = read_task(params, json);

    assert_int_equal(task.retry_type, TASK_RETRY_STEP);
    assert_int_equal(task.step_interval_ms, interval_ms);
    assert_int_equal(task.step_time, time);
    assert_int_equal(task.ladder_count, 0);
    task_close(&task);
}

static void assert_ladder(const struct params *params, const char *json, const int64_t *wait_ms, uint32_t wait_count)
{
    struct task task = read_task(params, json);

    assert_int_equal(task.retry_type, TASK_RETRY_LADDER);
    assert_int_equal(task.ladder_count, wait_count);
    for (uint32_t i = 0; i < wait_count; i++) {
        assert_int_equal(task.ladder_interval_ms[i], wait_ms[i]);
    }
    assert_int_equal(task.step_interval_ms, 0);
    assert_int_equal(task.step_time, 0);
    task_close(&task);
}

static void DefaultRetryType_is_of_tasks_that_name_no_field_of_a_schedule(void **state)
{
    (void)state;
    assert_step(&seed, TASK(""), 60000, 0);
    assert_step(&steps, TASK(""), 7000, 4);
    assert_ladder(&ladders, TASK(""), default_ladder_ms, 3);
    assert_step(&ladders, TASK(",\"retry_type\":\"step\""), 7000, 4);
    assert_step(&ladders, TASK(",\"retry_step_interval\":1"), 1000, 4);
    assert_step(&ladders, TASK(",\"retry_step_time\":2"), 7000, 2);
}

static void RetryLadderDefaultInterval_is_of_ladders_without_a_list(void **state)
{
    static const int64_t own_ms[] = {5000};

    (void)state;
    assert_ladder(&seed, TASK(",\"retry_type\":\"ladder\""), NULL, 0);
    assert_ladder(&ladders, TASK(",\"retry_type\":\"ladder\""), default_ladder_ms, 3);
    assert_ladder(&ladders, TASK(",\"retry_type\":\"ladder\",\"retry_ladder_interval\":[5]"), own_ms, 1);
    assert_ladder(&ladders, TASK(",\"retry_type\":\"ladder\",\"retry_ladder_interval\":[]"), NULL, 0);
}

static void RetryStepDefaultInterval_is_of_steps_without_an_interval(void **state)
{
    (void)state;
    assert_step(&steps, TASK(",\"retry_step_time\":2"), 7000, 2);
    assert_step(&steps, TASK(",\"retry_step_interval\":60"), 60000, 4); /* although it is the seed's default */
}

static void RetryStepDefaultTime_is_of_steps_without_a_time(void **state)
{
    (void)state;
    assert_step(&steps, TASK(",\"retry_step_interval\":1"), 1000, 4);
    assert_step(&steps, TASK(",\"retry_step_interval\":1,\"retry_step_time\":0"), 1000,
                0); /* no limit, by its own word */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_waits_as_its_name_says),
        cmocka_unit_test(DefaultRetryType_is_of_tasks_that_name_no_field_of_a_schedule),
        cmocka_unit_test(RetryLadderDefaultInterval_is_of_ladders_without_a_list),
        cmocka_unit_test(RetryStepDefaultInterval_is_of_steps_without_an_interval),
        cmocka_unit_test(RetryStepDefaultTime_is_of_steps_without_a_time),
    };

    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
