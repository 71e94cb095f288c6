#include "../support/cmocka_all.h"
#include "schedule.h"

static const int64_t ladder_ms[] = {1000, 5000, 30000};

struct schedule_case {
    const char *name;
    struct task task;
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
        struct schedule schedule = schedule_from_task(&cases[i].task);
        int64_t wait_ms = -7;
        bool has_wait = schedule_get_wait(&schedule, cases[i].attempt, &wait_ms);

        print_message("%s\n", cases[i].name);
        assert_int_equal(has_wait, cases[i].wait_ms >= 0);
        assert_int_equal(wait_ms, has_wait ? cases[i].wait_ms : -7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_case_waits_as_its_name_says)};

    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
