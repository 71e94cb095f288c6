#include "../support/cmocka_all.h"
#include "tracker.h"
#include <stdlib.h>
#include <string.h>

static void nothing_may_be_committed_before_a_record_was_read(void **state)
{
    static struct tracker tracker;

    (void)state;
    tracker_init(&tracker, -1);
    assert_int_equal(tracker_get_lowest_open(&tracker), -1);
    tracker_init(&tracker, 40);
    assert_int_equal(tracker_get_lowest_open(&tracker), 40);
}

static void lowest_open_offset_moves_only_over_complete_ones(void **state)
{
    static struct tracker tracker;

    (void)state;
    tracker_init(&tracker, 10);
    for (int64_t offset = 10; offset < 14; offset++) {
        assert_true(tracker_open(&tracker, offset));
    }
    tracker_complete(&tracker, 11);
    tracker_complete(&tracker, 13);
    assert_int_equal(tracker_get_lowest_open(&tracker), 10);
    assert_int_equal(tracker_get_span(&tracker), 4);
    tracker_complete(&tracker, 10);
    assert_int_equal(tracker_get_lowest_open(&tracker), 12);
    assert_false(tracker_is_complete_below(&tracker, 13));
    tracker_complete(&tracker, 12);
    assert_int_equal(tracker_get_lowest_open(&tracker), 14);
    assert_true(tracker_is_complete_below(&tracker, 14));
}

static void repeat_of_a_record_read_before_is_told(void **state)
{
    static struct tracker tracker;

    (void)state;
    tracker_init(&tracker, 10);
    assert_true(tracker_open(&tracker, 10));
    assert_false(tracker_open(&tracker, 10));
    tracker_complete(&tracker, 10);
    assert_false(tracker_open(&tracker, 10));
    assert_false(tracker_open(&tracker, 3));
}

static void offsets_the_log_lacks_count_as_complete(void **state)
{
    static struct tracker tracker;

    (void)state;
    tracker_init(&tracker, 10);
    tracker_open(&tracker, 12);
    tracker_open(&tracker, 20);
    tracker_complete(&tracker, 12);
    assert_int_equal(tracker_get_lowest_open(&tracker), 20);
}

static void span_is_bounded(void **state)
{
    static struct tracker tracker;

    (void)state;
    tracker_init(&tracker, 0);
    for (int64_t offset = 0; offset < TRACKER_SPAN_MAX; offset++) {
        assert_true(tracker_has_room(&tracker, 0));
        assert_true(tracker_open(&tracker, offset));
    }
    assert_false(tracker_has_room(&tracker, 0));
    tracker_complete(&tracker, 0);
    assert_true(tracker_has_room(&tracker, 0));
    assert_false(tracker_has_room(&tracker, 1));
}

/* A plain array of flags as the second opinion. */
static void random_completions_agree_with_a_plain_model(void **state)
{
    enum { COUNT = 200000 };
    static struct tracker tracker;
    static bool is_done[COUNT + 1];
    unsigned seed = 4711;
    int64_t next = 0;
    int64_t lowest = 0;

    (void)state;
    print_message("seed %u\n", seed);
    tracker_init(&tracker, 0);
    while (lowest < COUNT) {
        if (next < COUNT && tracker_has_room(&tracker, 0) && rand_r(&seed) % 3 != 0) {
            assert_true(tracker_open(&tracker, next++));
        } else if (next > lowest) {
            /* Mostly near the low end, so that it moves. */
            int64_t offset =
                lowest + rand_r(&seed) % (rand_r(&seed) % 8 == 0 ? next - lowest : 1 + (next - lowest) / 64);

            is_done[offset] = true;
            tracker_complete(&tracker, offset);
        }
        while (lowest < next && is_done[lowest]) {
            lowest++;
        }
        assert_int_equal(tracker_get_lowest_open(&tracker), lowest);
        assert_int_equal(tracker_get_span(&tracker), next - lowest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_may_be_committed_before_a_record_was_read),
        cmocka_unit_test(lowest_open_offset_moves_only_over_complete_ones),
        cmocka_unit_test(repeat_of_a_record_read_before_is_told),
        cmocka_unit_test(offsets_the_log_lacks_count_as_complete),
        cmocka_unit_test(span_is_bounded),
        cmocka_unit_test(random_completions_agree_with_a_plain_model),
    };

    return cmocka_run_group_tests_name("tracker", tests, NULL, NULL);
}
