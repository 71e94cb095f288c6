#include "../support/cmocka_all.h"
#include "task.h"
#include <string.h>

#define TASKS(o)                                                                                                       \
    {                                                                                                                  \
        .topic = COORDS_TASKS, .partition = 3, .offset = (o)                                                           \
    }
#define DELAY(o)                                                                                                       \
    {                                                                                                                  \
        .topic = COORDS_DELAY, .partition = 3, .tier_ms = 5000, .offset = (o)                                          \
    }
#define CONTROL(o)                                                                                                     \
    {                                                                                                                  \
        .topic = COORDS_CONTROL, .partition = 3, .offset = (o)                                                         \
    }

enum { OWN_EPOCH = 7 };

struct fence_case {
    const char *name;
    bool has_row;
    struct row row;
    struct fence_record record;
    enum fence_verdict verdict;
};

static const struct fence_case cases[] = {
    {"record_of_a_higher_epoch_is_never_dropped",
     false,
     {0},
     {.identity = DELAY(5), .is_tier = true, .epoch = OWN_EPOCH + 1},
     FENCE_BEHIND},
    {"record_of_a_higher_epoch_counts_before_the_row",
     true,
     {.id = 1, .at = DELAY(5)},
     {.identity = DELAY(5), .is_tier = true, .epoch = OWN_EPOCH + 1, .id = 1},
     FENCE_BEHIND},
    {"record_of_the_own_epoch_is_judged",
     true,
     {.id = 1, .at = DELAY(5)},
     {.identity = DELAY(5), .is_tier = true, .epoch = OWN_EPOCH, .id = 1},
     FENCE_CARRY},
    {"tasks_record_without_a_row_is_a_new_task", false, {0}, {.identity = TASKS(9), .id = 9}, FENCE_NEW},
    {"tier_record_without_a_row_was_deleted",
     false,
     {0},
     {.identity = DELAY(9), .is_tier = true, .id = 9},
     FENCE_DELETED},
    {"held_task_read_again_carries_on",
     true,
     {.id = 9, .at = TASKS(9), .src = TASKS(9)},
     {.identity = TASKS(9), .id = 9},
     FENCE_CARRY},
    {"record_whose_outcome_is_written_is_told",
     true,
     {.id = 9, .at = DELAY(1), .src = TASKS(9)},
     {.identity = TASKS(9), .id = 9},
     FENCE_WRITTEN},
    {"tier_record_whose_outcome_is_written_is_told",
     true,
     {.id = 9, .at = DELAY(2), .src = DELAY(1)},
     {.identity = DELAY(1), .is_tier = true, .id = 9},
     FENCE_WRITTEN},
    {"older_tier_record_is_stale",
     true,
     {.id = 9, .at = DELAY(3), .src = DELAY(2)},
     {.identity = DELAY(1), .is_tier = true, .id = 9},
     FENCE_STALE},
    {"tier_record_of_a_settled_task_is_stale",
     true,
     {.id = 9, .status = ROW_STOPPED, .src = CONTROL(1)},
     {.identity = DELAY(1), .is_tier = true, .id = 9},
     FENCE_STALE},
    {"same_offset_in_another_tier_is_another_record",
     true,
     {.id = 9, .at = {.topic = COORDS_DELAY, .partition = 3, .tier_ms = 1000, .offset = 5}},
     {.identity = DELAY(5), .is_tier = true, .id = 9},
     FENCE_STALE},
    {"record_of_a_displaced_task_is_a_reread",
     true,
     {.id = 9, .entered = 9, .has_publish_id = true, .publish_id = {1}, .displaced_count = 2, .displaced = {{3}, {2}}},
     {.identity = TASKS(12), .id = 12, .has_publish_id = true, .publish_id = {2}},
     FENCE_REREAD},
    {"record_of_a_task_that_was_never_displaced_is_a_duplicate",
     true,
     {.id = 9, .entered = 9, .has_publish_id = true, .publish_id = {1}, .displaced_count = 1, .displaced = {{3}, {2}}},
     {.identity = TASKS(12), .id = 12, .has_publish_id = true, .publish_id = {2}},
     FENCE_DUPLICATE},
    {"tasks_record_with_the_same_id_is_a_reread",
     true,
     {.id = 9, .status = ROW_SUCCESS, .src = DELAY(4), .entered = 9},
     {.identity = TASKS(9), .id = 9},
     FENCE_REREAD},
    {"tasks_record_with_the_same_publish_id_is_a_repeated_append",
     true,
     {.id = 9, .has_publish_id = true, .publish_id = {1, 2}, .entered = 9},
     {.identity = TASKS(10), .id = 10, .has_publish_id = true, .publish_id = {1, 2}},
     FENCE_REREAD},
    {"tasks_record_below_the_one_that_entered_is_a_reread",
     true,
     {.id = 12, .entered = 12},
     {.identity = TASKS(10), .id = 10},
     FENCE_REREAD},
    {"tasks_record_of_a_key_that_exists_is_a_duplicate",
     true,
     {.id = 9, .entered = 9, .at = DELAY(1), .src = TASKS(9)},
     {.identity = TASKS(10), .id = 10, .has_publish_id = true, .publish_id = {3}},
     FENCE_DUPLICATE},
    {"tasks_record_of_a_key_that_is_settled_is_a_duplicate_too",
     true,
     {.id = 9, .entered = 9, .status = ROW_SUCCESS},
     {.identity = TASKS(10), .id = 10},
     FENCE_DUPLICATE},
    {"task_published_before_a_stop_that_was_read_first_is_marked",
     true,
     {.id = 0, .status = ROW_STOPPED, .request_time_ms = 500, .entered = -1},
     {.identity = TASKS(10), .id = 10, .append_time_ms = 500},
     FENCE_MARKED},
    {"the_task_whose_id_is_0_is_no_marker",
     true,
     {.id = 0, .has_publish_id = true, .publish_id = {5}, .status = ROW_SUCCESS, .request_time_ms = 500},
     {.identity = TASKS(10), .id = 10, .append_time_ms = 400},
     FENCE_DUPLICATE},
    {"task_published_after_that_stop_is_new",
     true,
     {.id = 0, .status = ROW_STOPPED, .request_time_ms = 500, .entered = -1},
     {.identity = TASKS(10), .id = 10, .append_time_ms = 501},
     FENCE_NEW},
};

static void every_line_of_the_fence_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum fence_verdict verdict =
            task_judge_fence(cases[i].has_row ? &cases[i].row : NULL, &cases[i].record, OWN_EPOCH);

        print_message("%s\n", cases[i].name);
        assert_int_equal(verdict, cases[i].verdict);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_line_of_the_fence_holds)};

    return cmocka_run_group_tests_name("task", tests, NULL, NULL);
}
