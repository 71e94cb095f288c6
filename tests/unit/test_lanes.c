#include "../support/cmocka_all.h"
#include "lanes.h"
#include "taken.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TASK_MAX 20000

/* Lanes in which tasks named by their place in an array wait, fly and end. */
static struct lanes lanes;
static struct taken tasks[TASK_MAX];
static size_t task_count;
static int64_t now_ms;
static uint64_t random_state;

static size_t draw(size_t count)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(random_state >> 33) % count;
}

static int open_lanes(void **state)
{
    (void)state;
    memset(tasks, 0, sizeof tasks);
    task_count = 0;
    now_ms = 100000;
    lanes = (struct lanes){.in_flight_max = 64, .task_max = 128};
    return 0;
}

static int close_lanes(void **state)
{
    (void)state;
    lanes_close(&lanes);
    return 0;
}

static struct lane_queue *get_lane(const char *name, int64_t concurrency_max, int64_t interval_us)
{
    struct lane_limits limits = {.concurrency_max = concurrency_max, .interval_us = interval_us};
    struct lane_queue *queue = lanes_find(&lanes, name, strlen(name));

    return queue != NULL ? queue : lanes_add(&lanes, name, strlen(name), &limits, now_ms);
}

static struct taken *push(struct lane_queue *queue)
{
    struct taken *taken = &tasks[task_count++];

    assert_true(task_count <= TASK_MAX);
    taken->queue = queue;
    lanes_push(&lanes, taken, now_ms);
    return taken;
}

static void push_many(struct lane_queue *queue, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        push(queue);
    }
}

/* Starts the next; its lane's name, "" if none may start. */
static const char *start_next(void)
{
    struct taken *taken = lanes_take_next(&lanes, now_ms);

    if (taken == NULL) {
        return "";
    }
    lanes_note_start(&lanes, taken, now_ms);
    return taken->queue->name;
}

static size_t start_all(void)
{
    size_t count = 0;

    while (start_next()[0] != '\0') {
        count++;
    }
    return count;
}

static void end_all(struct lane_queue *queue, enum lane_verdict verdict)
{
    for (size_t i = 0; i < task_count; i++) {
        if (tasks[i].is_flying && tasks[i].queue == queue) {
            lanes_note_end(&lanes, &tasks[i], verdict, -1, now_ms);
        }
    }
}

/* Makes the lane's window at least so wide, and the lane healthy. */
static void widen(struct lane_queue *queue, int64_t window)
{
    while (queue->lane.window < window) {
        push_many(queue, (size_t)queue->lane.window);
        start_all();
        now_ms += 10;
        end_all(queue, LANE_GOOD);
    }
}

static size_t take_all_excess(void)
{
    size_t count = 0;

    while (lanes_take_excess(&lanes, now_ms) != NULL) {
        count++;
    }
    return count;
}

static void hang(int64_t ms)
{
    now_ms += ms;
    lanes_tick(&lanes, now_ms);
}

static void lanes_take_turns_whatever_waits_in_them(void **state)
{
    struct lane_queue *many = get_lane("many", 0, 0);
    struct lane_queue *few = get_lane("few", 0, 0);

    (void)state;
    widen(many, 8);
    widen(few, 8);
    push_many(many, 20);
    push_many(few, 3);
    for (int i = 0; i < 3; i++) {
        const char *first = start_next();

        assert_string_not_equal(first, start_next());
    }
    assert_string_equal(start_next(), "many");
}

static void tasks_of_a_lane_start_in_the_order_they_came(void **state)
{
    struct lane_queue *queue = get_lane("a", 0, 0);

    (void)state;
    widen(queue, 4);
    for (int i = 0; i < 3; i++) {
        push(queue);
    }
    for (size_t i = task_count - 3; i < task_count; i++) {
        struct taken *taken = lanes_take_next(&lanes, now_ms);

        assert_ptr_equal(taken, &tasks[i]);
        lanes_note_start(&lanes, taken, now_ms);
    }
}

static void task_that_is_pushed_back_is_the_next_again(void **state)
{
    struct lane_queue *queue = get_lane("a", 0, 0);
    struct taken *first = push(queue);

    (void)state;
    push(queue);
    assert_ptr_equal(lanes_take_next(&lanes, now_ms), first);
    lanes_push_first(&lanes, first, now_ms);
    assert_ptr_equal(lanes_take_next(&lanes, now_ms), first);
}

static void no_more_start_than_there_are_slots(void **state)
{
    struct lane_queue *queue = get_lane("a", 0, 0);

    (void)state;
    lanes.in_flight_max = 3;
    lanes.task_max = 1000;
    widen(queue, 3);
    push_many(queue, 10);
    for (int i = 0; i < 4; i++) {
        push(get_lane(i % 2 == 0 ? "b" : "c", 0, 0));
    }
    assert_int_equal(start_all(), 3);
    assert_int_equal(lanes.in_flight, 3);
}

static void lanes_that_hang_leave_half_of_the_slots(void **state)
{
    struct lane_queue *healthy = get_lane("healthy", 0, 0);

    (void)state;
    widen(healthy, 32);
    for (int i = 0; i < 100; i++) {
        char name[16];

        snprintf(name, sizeof name, "dead%d", i);
        push(get_lane(name, 0, 0));
    }
    assert_int_equal(start_all(), 32);
    hang(LANE_UNANSWERED_MS);
    push_many(healthy, 40);
    assert_in_range(start_all(), 28, 32);
}

static void lane_that_alone_has_work_leaves_a_ninth_of_the_slots(void **state)
{
    struct lane_queue *queue = get_lane("a", 0, 0);

    (void)state;
    widen(queue, 64);
    push_many(queue, 100);
    start_all();
    assert_in_range(lanes.in_flight, 56, 57);
    push(get_lane("other", 0, 0));
    assert_string_equal(start_next(), "other");
}

static void lane_with_a_rate_waits_for_its_token(void **state)
{
    struct lane_queue *queue = get_lane("a", 0, 250000);

    (void)state;
    push_many(queue, 2);
    assert_int_equal(start_all(), 1);
    end_all(queue, LANE_GOOD);
    assert_int_equal(lanes_get_wake_mono_ms(&lanes), now_ms + 250);
    hang(249);
    assert_int_equal(start_all(), 0);
    hang(1);
    assert_int_equal(start_all(), 1);
}

static void cap_that_is_raised_lets_what_waits_start(void **state)
{
    struct lane_queue *queue = get_lane("a", 1, 0);
    struct lane_limits higher = {.concurrency_max = 3};

    (void)state;
    for (int i = 0; i < 4; i++) {
        push(queue);
        start_all();
        end_all(queue, LANE_GOOD);
    }
    push_many(queue, 5);
    assert_int_equal(start_all(), 1);
    queue->lane.window = 8;
    lanes_set_limits(&lanes, queue, &higher, now_ms);
    assert_int_equal(start_all(), 2);
}

static void open_lane_wakes_for_its_probe(void **state)
{
    struct lane_queue *queue = get_lane("a", 0, 0);

    (void)state;
    push_many(queue, 10);
    for (int i = 0; i < LANE_COHORT_MIN; i++) {
        assert_int_equal(start_all(), 1);
        end_all(queue, LANE_BAD);
    }
    assert_int_equal(lanes.open_count, 1);
    assert_int_equal(start_all(), 0);
    assert_int_equal(lanes_get_wake_mono_ms(&lanes), now_ms + LANE_PAUSE_MIN_MS);
    hang(LANE_PAUSE_MIN_MS);
    assert_int_equal(start_all(), 1);
    end_all(queue, LANE_GOOD);
    assert_int_equal(lanes.open_count, 0);
    assert_int_equal(start_all(), 2);
}

static void hastened_lane_starts_at_once(void **state)
{
    struct lane_queue *queue = get_lane("a", 0, 0);

    (void)state;
    push_many(queue, 10);
    for (int i = 0; i < LANE_COHORT_MIN; i++) {
        start_all();
        end_all(queue, LANE_BAD);
    }
    assert_int_equal(start_all(), 0);
    lanes_hasten(&lanes, queue, now_ms);
    assert_int_equal(start_all(), 1);
}

static void unanswered_attempt_is_noted_while_it_runs(void **state)
{
    struct lane_queue *queue = get_lane("a", 0, 0);

    (void)state;
    widen(queue, 8);
    push_many(queue, 8);
    start_all();
    assert_int_equal(lanes_get_wake_mono_ms(&lanes), now_ms + LANE_UNANSWERED_MS);
    hang(LANE_UNANSWERED_MS);
    assert_int_equal(queue->lane.window, 1);
    assert_true(queue->lane.is_slow);
    assert_int_equal(lanes.slow_in_flight, 8);
    end_all(queue, LANE_BAD);
    assert_int_equal(lanes.slow_in_flight, 0);
}

static void what_hangs_is_excess_but_for_the_next_tasks(void **state)
{
    struct lane_queue *queue = get_lane("a", 0, 0);

    (void)state;
    push_many(queue, 50);
    assert_int_equal(start_all(), 1);
    assert_int_equal(take_all_excess(), 0);
    hang(LANE_UNANSWERED_MS);
    assert_int_equal(take_all_excess(), 46); /* 10 s each: the third waits 20 s */
}

static void last_come_is_the_first_excess(void **state)
{
    struct lane_queue *queue = get_lane("a", 0, 1000000);

    (void)state;
    push_many(queue, 30);
    assert_ptr_equal(lanes_take_excess(&lanes, now_ms), &tasks[29]);
}

static void healthy_lane_has_no_excess_however_much_waits(void **state)
{
    struct lane_queue *queue = get_lane("a", 0, 0);
    struct lane_queue *other = get_lane("b", 0, 0);

    (void)state;
    widen(queue, 4);
    push(other);
    push_many(queue, 1000);
    start_all();
    assert_int_equal(take_all_excess(), 0);
}

static void capped_lane_alone_fills_the_room_and_gives_half_of_it_to_another(void **state)
{
    struct lane_queue *queue = get_lane("a", 1, 0);

    (void)state;
    widen(queue, 1);
    push_many(queue, 128);
    start_all();
    now_ms += 100;
    end_all(queue, LANE_GOOD); /* 100 ms each: the last waits 13 s */
    assert_int_equal(take_all_excess(), 0);
    push(get_lane("b", 0, 0));
    start_all();
    take_all_excess();
    assert_in_range(queue->tasks.count, 63, 65);
}

static void probe_of_an_open_lane_is_no_excess(void **state)
{
    struct lane_queue *queue = get_lane("a", 0, 0);

    (void)state;
    while (queue->lane.pause_ms < LANE_PAUSE_MAX_MS) {
        push(queue);
        hang(LANE_PAUSE_MAX_MS);
        start_all();
        end_all(queue, LANE_BAD);
    }
    push_many(queue, 5);
    assert_int_equal(lanes.open_count, 1);
    assert_true(queue->lane.pause_ms > LANES_WAIT_MAX_MS);
    take_all_excess();
    assert_int_equal(queue->tasks.count, 1);
}

static void idle_lane_is_forgotten(void **state)
{
    (void)state;
    push(get_lane("a", 0, 0));
    assert_int_equal(start_all(), 1);
    hang(LANES_IDLE_MS);
    assert_non_null(lanes_find(&lanes, "a", 1));
    end_all(get_lane("a", 0, 0), LANE_GOOD);
    hang(LANES_IDLE_MS);
    assert_null(lanes_find(&lanes, "a", 1));
    assert_int_equal(lanes.count, 0);
}

static void lane_that_was_just_used_is_kept(void **state)
{
    (void)state;
    push(get_lane("a", 0, 0));
    start_all();
    end_all(get_lane("a", 0, 0), LANE_GOOD);
    hang(LANES_IDLE_MS - 1);
    assert_non_null(lanes_find(&lanes, "a", 1));
}

static void number_of_lanes_is_bounded_whatever_is_called(void **state)
{
    (void)state;
    for (int i = 0; i < 100000; i++) {
        char name[16];

        snprintf(name, sizeof name, "lane%d", i);
        tasks[0].queue = lanes_add(&lanes, name, strlen(name), &(struct lane_limits){0}, now_ms);
        lanes_push(&lanes, &tasks[0], now_ms);
        assert_ptr_equal(lanes_take_next(&lanes, now_ms), &tasks[0]);
        lanes_note_start(&lanes, &tasks[0], now_ms);
        lanes_note_end(&lanes, &tasks[0], LANE_GOOD, -1, now_ms);
        assert_true(lanes.count <= LANES_MAX + 1);
    }
    assert_int_equal(lanes.count, HASH_COUNT(lanes.by_name));
}

/* The totals are those of the lanes, and nothing that may start is forgotten. */
static void check_invariants(void)
{
    struct lane_queue *queue;
    struct lane_queue *next;
    size_t waiting = 0;
    size_t in_flight = 0;
    size_t slow_in_flight = 0;
    size_t busy = 0;

    HASH_ITER(hh, lanes.by_name, queue, next)
    {
        int64_t start_ms = lane_get_start_mono_ms(&queue->lane, now_ms);

        waiting += queue->tasks.count;
        in_flight += (size_t)queue->lane.in_flight;
        slow_in_flight += queue->lane.is_slow ? (size_t)queue->lane.in_flight : 0;
        busy += queue->tasks.count > 0 || queue->lane.in_flight > 0 ? 1 : 0;
        assert_true(queue->ring == NULL || queue->timer.place == 0);
        assert_int_equal(queue->ring != NULL, queue->tasks.count > 0 && start_ms <= now_ms);
        assert_true(queue->tasks.count == 0 || start_ms == LANE_NEVER || start_ms <= now_ms || queue->timer.place > 0);
        assert_true(queue->lane.limits.concurrency_max == 0 ||
                    queue->lane.in_flight <= queue->lane.limits.concurrency_max);
    }
    assert_int_equal(lanes.task_count, waiting);
    assert_int_equal(lanes.in_flight, in_flight);
    assert_int_equal(lanes.slow_in_flight, slow_in_flight);
    assert_int_equal(lanes.busy_count, busy);
    assert_true(lanes.in_flight <= lanes.in_flight_max);
}

static void step(void)
{
    struct taken *taken = &tasks[draw(task_count)];

    if (taken->is_flying) {
        lanes_note_end(&lanes, taken, (enum lane_verdict)(LANE_GOOD + draw(3)), draw(5) == 0 ? 2000 : -1, now_ms);
    } else if (!taken->is_ready) {
        char name = (char)('a' + draw(6));

        taken->queue = get_lane((char[]){name, '\0'}, name == 'a' ? 2 : 0, name == 'b' ? 5000 : 0);
        taken->is_ready = true;
        lanes_push(&lanes, taken, now_ms);
    } else if (draw(10) == 0) {
        taken->is_ready = false;
        lanes_remove(&lanes, taken, now_ms);
    }
    if (draw(20) == 0) {
        hang((int64_t)draw(1500));
    }
    for (taken = lanes_take_next(&lanes, now_ms); taken != NULL; taken = lanes_take_next(&lanes, now_ms)) {
        taken->is_ready = false;
        lanes_note_start(&lanes, taken, now_ms);
    }
    for (taken = lanes_take_excess(&lanes, now_ms); taken != NULL; taken = lanes_take_excess(&lanes, now_ms)) {
        taken->is_ready = false;
    }
}

static void invariants_hold_whatever_comes(void **state)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        random_state = seed;
        print_message("seed %llu\n", (unsigned long long)seed);
        open_lanes(state);
        lanes.in_flight_max = 1 + draw(64);
        lanes.task_max = 2 * lanes.in_flight_max;
        task_count = 1 + draw(300);
        for (int i = 0; i < 3000; i++) {
            step();
            if (draw(5) == 0) {
                hang(0);
                check_invariants();
            }
        }
        close_lanes(state);
    }
}

#define lanes_test(test) cmocka_unit_test_setup_teardown(test, open_lanes, close_lanes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        lanes_test(lanes_take_turns_whatever_waits_in_them),
        lanes_test(tasks_of_a_lane_start_in_the_order_they_came),
        lanes_test(task_that_is_pushed_back_is_the_next_again),
        lanes_test(no_more_start_than_there_are_slots),
        lanes_test(lanes_that_hang_leave_half_of_the_slots),
        lanes_test(lane_that_alone_has_work_leaves_a_ninth_of_the_slots),
        lanes_test(lane_with_a_rate_waits_for_its_token),
        lanes_test(cap_that_is_raised_lets_what_waits_start),
        lanes_test(open_lane_wakes_for_its_probe),
        lanes_test(hastened_lane_starts_at_once),
        lanes_test(unanswered_attempt_is_noted_while_it_runs),
        lanes_test(what_hangs_is_excess_but_for_the_next_tasks),
        lanes_test(last_come_is_the_first_excess),
        lanes_test(healthy_lane_has_no_excess_however_much_waits),
        lanes_test(capped_lane_alone_fills_the_room_and_gives_half_of_it_to_another),
        lanes_test(probe_of_an_open_lane_is_no_excess),
        lanes_test(idle_lane_is_forgotten),
        lanes_test(lane_that_was_just_used_is_kept),
        lanes_test(number_of_lanes_is_bounded_whatever_is_called),
        cmocka_unit_test(invariants_hold_whatever_comes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
