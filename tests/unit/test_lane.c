#include "../support/cmocka_all.h"
#include "lane.h"
#include <stdlib.h>
#include <string.h>

#define ATTEMPT_MAX 4096

/* A lane and its attempts under way, oldest first. */
struct road {
    struct lane lane;
    struct lane_attempt attempts[ATTEMPT_MAX];
    int64_t count;
    int64_t now_ms;
};

static uint64_t random_state;

static int64_t draw(int64_t count)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((random_state >> 33) % (uint64_t)count);
}

static struct road *open_road(int64_t concurrency_max, int64_t interval_us)
{
    static struct road road;
    struct lane_limits limits = {.concurrency_max = concurrency_max, .interval_us = interval_us};

    memset(&road, 0, sizeof road);
    road.now_ms = 100000;
    lane_init(&road.lane, &limits);
    return &road;
}

static bool may_start(const struct road *road)
{
    return lane_get_start_mono_ms(&road->lane, road->now_ms) <= road->now_ms;
}

static void start(struct road *road)
{
    assert_true(may_start(road));
    assert_true(road->count < ATTEMPT_MAX);
    lane_note_start(&road->lane, &road->attempts[road->count++], road->now_ms);
}

static int64_t start_all(struct road *road)
{
    int64_t started = 0;

    while (may_start(road)) {
        start(road);
        started++;
    }
    return started;
}

static void end_at(struct road *road, int64_t at, enum lane_verdict verdict, int64_t retry_after_ms)
{
    struct lane_attempt attempt = road->attempts[at];

    road->count--;
    memmove(&road->attempts[at], &road->attempts[at + 1], (size_t)(road->count - at) * sizeof attempt);
    lane_note_end(&road->lane, &attempt, verdict, retry_after_ms, road->now_ms);
}

static void end(struct road *road, enum lane_verdict verdict)
{
    end_at(road, 0, verdict, -1);
}

/* Rounds of attempts that are all started, take so long, and end as told. */
static void run_rounds(struct road *road, int rounds, int64_t duration_ms, enum lane_verdict verdict)
{
    for (int i = 0; i < rounds; i++) {
        start_all(road);
        road->now_ms += duration_ms;
        while (road->count > 0) {
            end(road, verdict);
        }
    }
}

static void note_all_unanswered(struct road *road)
{
    road->now_ms += LANE_UNANSWERED_MS;
    for (int64_t i = 0; i < road->count; i++) {
        lane_note_unanswered(&road->lane, &road->attempts[i]);
    }
}

static void open_breaker(struct road *road)
{
    run_rounds(road, LANE_COHORT_MIN, 10, LANE_BAD);
    assert_int_equal(road->lane.state, LANE_OPEN);
}

static void new_lane_starts_one_attempt(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    assert_int_equal(start_all(road), 1);
    assert_true(lane_get_start_mono_ms(&road->lane, road->now_ms) == LANE_NEVER);
}

static void window_doubles_with_each_round_of_good_answers(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    run_rounds(road, 10, 200, LANE_GOOD);
    assert_int_equal(road->lane.window, 1024);
    assert_int_equal(start_all(road), 1024);
}

static void window_does_not_grow_while_most_of_it_is_unused(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    run_rounds(road, 4, 10, LANE_GOOD);
    for (int i = 0; i < 100; i++) {
        start(road);
        end(road, LANE_GOOD);
    }
    assert_int_equal(road->lane.window, 16);
}

static void failures_take_from_the_window_what_successes_gave(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    run_rounds(road, 5, 10, LANE_GOOD);
    start_all(road);
    for (int i = 0; i < 10; i++) {
        end(road, LANE_BAD);
    }
    assert_int_equal(road->lane.window, 22);
}

static void window_that_hangs_closes_while_the_attempts_still_run(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    run_rounds(road, 8, 50, LANE_GOOD);
    assert_int_equal(start_all(road), 256);
    note_all_unanswered(road);
    assert_int_equal(road->lane.window, 1);
    assert_false(may_start(road));
}

static void attempt_that_was_unanswered_shrinks_the_window_once(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    run_rounds(road, 4, 50, LANE_GOOD);
    start(road);
    note_all_unanswered(road);
    assert_int_equal(road->lane.window, 15);
    end(road, LANE_BAD);
    assert_int_equal(road->lane.window, 15);
}

static void slow_but_steady_answers_widen_the_window_too(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    for (int i = 0; i < 6; i++) {
        start_all(road);
        note_all_unanswered(road);
        road->now_ms += 4000;
        while (road->count > 0) {
            end(road, LANE_GOOD);
        }
    }
    assert_true(road->lane.window >= 32);
    start_all(road);
    note_all_unanswered(road);
    assert_int_equal(road->lane.window, 1); /* they might hang */
}

static void lane_is_slow_until_an_answer_came_quickly(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    assert_true(road->lane.is_slow);
    start(road);
    note_all_unanswered(road);
    end(road, LANE_GOOD);
    assert_true(road->lane.is_slow);
    run_rounds(road, 1, 999, LANE_GOOD);
    assert_false(road->lane.is_slow);
}

static void lane_is_slow_again_when_half_of_its_attempts_hang(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    run_rounds(road, 3, 10, LANE_GOOD);
    assert_int_equal(start_all(road), 8);
    for (int i = 0; i < 3; i++) {
        lane_note_unanswered(&road->lane, &road->attempts[i]);
    }
    assert_false(road->lane.is_slow);
    lane_note_unanswered(&road->lane, &road->attempts[3]);
    assert_true(road->lane.is_slow);
}

static void refused_attempts_do_not_make_a_lane_healthy(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    run_rounds(road, 3, 1, LANE_BAD);
    assert_true(road->lane.is_slow);
}

static void breaker_opens_when_a_cohort_failed_in_a_row(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    run_rounds(road, LANE_COHORT_MIN - 1, 10, LANE_BAD);
    assert_int_equal(road->lane.state, LANE_CLOSED);
    run_rounds(road, 1, 10, LANE_GOOD);
    run_rounds(road, LANE_COHORT_MIN - 1, 10, LANE_BAD);
    assert_int_equal(road->lane.state, LANE_OPEN);
    assert_int_equal(lane_get_start_mono_ms(&road->lane, road->now_ms), road->now_ms + LANE_PAUSE_MIN_MS);
}

static void few_failures_among_many_do_not_open_the_breaker(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    run_rounds(road, 6, 10, LANE_GOOD);
    start_all(road);
    for (int i = 0; i < 20; i++) {
        end(road, LANE_BAD); /* in a row, yet less than a window */
    }
    assert_int_equal(road->lane.state, LANE_CLOSED);
}

static void one_probe_starts_when_the_pause_is_over(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    open_breaker(road);
    road->now_ms += LANE_PAUSE_MIN_MS - 1;
    assert_false(may_start(road));
    road->now_ms++;
    assert_int_equal(start_all(road), 1);
    assert_int_equal(road->lane.state, LANE_HALF_OPEN);
}

static void good_probe_closes_the_breaker(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    open_breaker(road);
    road->now_ms += LANE_PAUSE_MIN_MS;
    run_rounds(road, 1, 10, LANE_GOOD);
    assert_int_equal(road->lane.state, LANE_CLOSED);
    assert_int_equal(start_all(road), 2);
}

static void failed_probes_double_the_pause_up_to_its_limit(void **state)
{
    static const int64_t pauses_ms[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};
    struct road *road = open_road(0, 0);

    (void)state;
    open_breaker(road);
    for (size_t i = 0; i < sizeof pauses_ms / sizeof pauses_ms[0]; i++) {
        assert_int_equal(lane_get_start_mono_ms(&road->lane, road->now_ms), road->now_ms + pauses_ms[i]);
        road->now_ms += pauses_ms[i];
        run_rounds(road, 1, 10, LANE_BAD);
    }
}

static void probe_that_was_cut_off_is_followed_by_another_at_once(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    open_breaker(road);
    road->now_ms += LANE_PAUSE_MIN_MS;
    start(road);
    end(road, LANE_NEUTRAL);
    assert_int_equal(road->lane.state, LANE_OPEN);
    assert_int_equal(start_all(road), 1);
}

static void answer_of_an_older_attempt_closes_the_breaker(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    run_rounds(road, 3, 10, LANE_GOOD);
    start_all(road);
    while (road->count > 1) {
        end(road, LANE_BAD);
    }
    assert_int_equal(road->lane.state, LANE_OPEN);
    end(road, LANE_GOOD);
    assert_int_equal(road->lane.state, LANE_CLOSED);
}

static void probe_need_not_wait_when_it_is_hastened(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    open_breaker(road);
    assert_false(may_start(road));
    lane_hasten(&road->lane, road->now_ms);
    assert_int_equal(start_all(road), 1);
}

static void retry_after_opens_the_lane_for_as_long_as_it_says(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    run_rounds(road, 3, 10, LANE_GOOD);
    start(road);
    end_at(road, 0, LANE_BAD, 7000);
    assert_int_equal(lane_get_start_mono_ms(&road->lane, road->now_ms), road->now_ms + 7000);
    road->now_ms += 7000;
    run_rounds(road, 1, 10, LANE_GOOD);
    assert_true(road->lane.window > 3);
}

static void retry_after_never_stops_a_lane_for_longer_than_a_pause(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    start(road);
    end_at(road, 0, LANE_BAD, INT64_MAX);
    assert_int_equal(lane_get_start_mono_ms(&road->lane, road->now_ms), road->now_ms + LANE_PAUSE_MAX_MS);
}

static void shorter_retry_after_does_not_cut_a_pause(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    run_rounds(road, 1, 10, LANE_GOOD);
    assert_int_equal(start_all(road), 2);
    end_at(road, 0, LANE_BAD, 7000);
    end_at(road, 0, LANE_BAD, 1000);
    assert_int_equal(lane_get_start_mono_ms(&road->lane, road->now_ms), road->now_ms + 7000);
}

static void cap_bounds_what_the_window_allows(void **state)
{
    struct road *road = open_road(3, 0);

    (void)state;
    run_rounds(road, 8, 10, LANE_GOOD);
    assert_int_equal(start_all(road), 3);
}

static void cap_holds_for_the_probe_too(void **state)
{
    struct road *road = open_road(4, 0);
    struct lane_limits lower = {.concurrency_max = 3};

    (void)state;
    run_rounds(road, 6, 10, LANE_GOOD);
    assert_int_equal(start_all(road), 4);
    end_at(road, 0, LANE_BAD, 1000);
    assert_int_equal(road->lane.state, LANE_OPEN);
    road->now_ms += 1000;
    assert_true(may_start(road));
    lane_set_limits(&road->lane, &lower);
    assert_false(may_start(road));
    end(road, LANE_NEUTRAL);
    assert_int_equal(start_all(road), 1);
}

static void next_attempt_may_start_exactly_when_its_token_is_there(void **state)
{
    struct road *road = open_road(0, 333333);

    (void)state;
    run_rounds(road, 1, 0, LANE_GOOD);
    assert_int_equal(lane_get_start_mono_ms(&road->lane, road->now_ms), road->now_ms + 334);
    road->now_ms += 334;
    run_rounds(road, 1, 0, LANE_GOOD);
    assert_int_equal(lane_get_start_mono_ms(&road->lane, road->now_ms), 100000 + 667);
}

static void rate_is_kept_up_by_a_clock_of_milliseconds(void **state)
{
    struct road *road = open_road(0, 300); /* 3,333 a second */
    int64_t started = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        road->now_ms++;
        while (may_start(road)) {
            start(road);
            end(road, LANE_GOOD);
            started++;
        }
    }
    assert_in_range(started, 3330, 3336);
}

static void lane_that_was_idle_has_saved_no_tokens(void **state)
{
    struct road *road = open_road(0, 100000);

    (void)state;
    run_rounds(road, 1, 0, LANE_GOOD);
    road->now_ms += 60000;
    start(road);
    end(road, LANE_GOOD);
    assert_int_equal(lane_get_start_mono_ms(&road->lane, road->now_ms), road->now_ms + 100);
}

static void growing_lane_makes_nobody_wait(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    assert_int_equal(lane_get_wait_ms(&road->lane, 1000, road->now_ms), 0);
    run_rounds(road, 3, 100, LANE_GOOD);
    assert_int_equal(lane_get_wait_ms(&road->lane, 1000, road->now_ms), 0);
}

static void wait_in_a_lane_with_a_rate_is_its_queue_over_the_rate(void **state)
{
    struct road *road = open_road(0, 50000);

    (void)state;
    assert_int_equal(lane_get_wait_ms(&road->lane, 0, road->now_ms), 0);
    assert_int_equal(lane_get_wait_ms(&road->lane, 100, road->now_ms), 5000);
}

static void wait_in_a_capped_lane_counts_rounds_of_its_width(void **state)
{
    struct road *road = open_road(4, 0);

    (void)state;
    run_rounds(road, 3, 200, LANE_GOOD);
    assert_in_range(lane_get_wait_ms(&road->lane, 100, road->now_ms), 4900, 5100);
}

static void wait_in_an_open_lane_includes_its_pause(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    open_breaker(road);
    assert_int_equal(lane_get_wait_ms(&road->lane, 0, road->now_ms + 100), LANE_PAUSE_MIN_MS - 100);
}

static void lane_that_hangs_makes_everybody_wait(void **state)
{
    struct road *road = open_road(0, 0);

    (void)state;
    start(road);
    note_all_unanswered(road);
    assert_true(lane_get_wait_ms(&road->lane, 3, road->now_ms) >= 30000);
}

static void lane_is_forgotten_only_when_nothing_of_it_would_be_missed(void **state)
{
    struct road *road = open_road(0, 5000000);

    (void)state;
    assert_true(lane_is_forgettable(&road->lane, road->now_ms));
    start(road);
    assert_false(lane_is_forgettable(&road->lane, road->now_ms + 5000));
    end(road, LANE_GOOD);
    assert_false(lane_is_forgettable(&road->lane, road->now_ms + 4999));
    assert_true(lane_is_forgettable(&road->lane, road->now_ms + 5000));
}

/* What holds whatever comes: caps, one probe, a window of at least 1. */
static void check_invariants(const struct road *road)
{
    const struct lane *lane = &road->lane;
    int64_t unanswered = 0;

    for (int64_t i = 0; i < road->count; i++) {
        unanswered += road->attempts[i].is_unanswered ? 1 : 0;
    }
    assert_int_equal(lane->in_flight, road->count);
    assert_int_equal(lane->unanswered, unanswered);
    assert_true(lane->window >= 1 && lane->window <= lane->peak);
    assert_true(lane->limits.concurrency_max == 0 || lane->in_flight <= lane->limits.concurrency_max);
    assert_true(lane->state != LANE_HALF_OPEN || !may_start(road));
    assert_true(lane_get_wait_ms(lane, draw(1000), road->now_ms) >= 0);
}

static void step(struct road *road)
{
    switch (draw(4)) {
    case 0:
        road->now_ms += draw(draw(10) == 0 ? 40000 : 50);
        break;
    case 1:
        if (may_start(road) && road->count < ATTEMPT_MAX) {
            start(road);
        }
        break;
    case 2:
        if (road->count > 0) {
            struct lane_attempt *attempt = &road->attempts[draw(road->count)];

            if (!attempt->is_unanswered && road->now_ms - attempt->start_mono_ms >= LANE_UNANSWERED_MS) {
                lane_note_unanswered(&road->lane, attempt);
            }
        }
        break;
    default:
        if (road->count > 0) {
            end_at(road, draw(road->count), (enum lane_verdict)(LANE_GOOD + draw(3)), draw(5) == 0 ? draw(60000) : -1);
        }
        break;
    }
}

static void invariants_hold_whatever_comes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct road *road;

        random_state = seed;
        print_message("seed %llu\n", (unsigned long long)seed);
        road = open_road(draw(3) == 0 ? 1 + draw(20) : 0, draw(3) == 0 ? 1 + draw(200000) : 0);
        for (int i = 0; i < 2000; i++) {
            step(road);
            check_invariants(road);
        }
    }
}

/* In any t ms at most (t + grain) / interval + 1 attempts start, whatever the turns of the loop are like. */
static void rate_holds_over_any_stretch_of_time(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        static int64_t starts_ms[4000];
        int64_t interval_us;
        struct road *road;
        size_t count = 0;

        random_state = seed;
        print_message("seed %llu\n", (unsigned long long)seed);
        interval_us = 100 + draw(draw(2) == 0 ? 5000 : 200000);
        road = open_road(0, interval_us);
        for (int i = 0; i < 1000 && count < 3000; i++) {
            road->now_ms += draw(draw(20) == 0 ? 3000 : 8);
            while (may_start(road) && count < 3990) {
                starts_ms[count++] = road->now_ms;
                start(road);
                end(road, LANE_GOOD);
            }
        }
        for (size_t first = 0; first < count; first += 1 + (size_t)draw(20)) {
            size_t last = first + (size_t)draw((int64_t)(count - first));
            int64_t span_ms = starts_ms[last] - starts_ms[first];

            assert_true((int64_t)(last - first) <= (span_ms + LANE_GRAIN_MS) * 1000 / interval_us + 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_lane_starts_one_attempt),
        cmocka_unit_test(window_doubles_with_each_round_of_good_answers),
        cmocka_unit_test(window_does_not_grow_while_most_of_it_is_unused),
        cmocka_unit_test(failures_take_from_the_window_what_successes_gave),
        cmocka_unit_test(window_that_hangs_closes_while_the_attempts_still_run),
        cmocka_unit_test(attempt_that_was_unanswered_shrinks_the_window_once),
        cmocka_unit_test(slow_but_steady_answers_widen_the_window_too),
        cmocka_unit_test(lane_is_slow_until_an_answer_came_quickly),
        cmocka_unit_test(lane_is_slow_again_when_half_of_its_attempts_hang),
        cmocka_unit_test(refused_attempts_do_not_make_a_lane_healthy),
        cmocka_unit_test(breaker_opens_when_a_cohort_failed_in_a_row),
        cmocka_unit_test(few_failures_among_many_do_not_open_the_breaker),
        cmocka_unit_test(one_probe_starts_when_the_pause_is_over),
        cmocka_unit_test(good_probe_closes_the_breaker),
        cmocka_unit_test(failed_probes_double_the_pause_up_to_its_limit),
        cmocka_unit_test(probe_that_was_cut_off_is_followed_by_another_at_once),
        cmocka_unit_test(answer_of_an_older_attempt_closes_the_breaker),
        cmocka_unit_test(probe_need_not_wait_when_it_is_hastened),
        cmocka_unit_test(retry_after_opens_the_lane_for_as_long_as_it_says),
        cmocka_unit_test(retry_after_never_stops_a_lane_for_longer_than_a_pause),
        cmocka_unit_test(shorter_retry_after_does_not_cut_a_pause),
        cmocka_unit_test(cap_bounds_what_the_window_allows),
        cmocka_unit_test(cap_holds_for_the_probe_too),
        cmocka_unit_test(next_attempt_may_start_exactly_when_its_token_is_there),
        cmocka_unit_test(rate_is_kept_up_by_a_clock_of_milliseconds),
        cmocka_unit_test(lane_that_was_idle_has_saved_no_tokens),
        cmocka_unit_test(growing_lane_makes_nobody_wait),
        cmocka_unit_test(wait_in_a_lane_with_a_rate_is_its_queue_over_the_rate),
        cmocka_unit_test(wait_in_a_capped_lane_counts_rounds_of_its_width),
        cmocka_unit_test(wait_in_an_open_lane_includes_its_pause),
        cmocka_unit_test(lane_that_hangs_makes_everybody_wait),
        cmocka_unit_test(lane_is_forgotten_only_when_nothing_of_it_would_be_missed),
        cmocka_unit_test(invariants_hold_whatever_comes),
        cmocka_unit_test(rate_holds_over_any_stretch_of_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
