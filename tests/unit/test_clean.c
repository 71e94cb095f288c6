/* Cleaning: what is asked of the broker, and which rows go when, on a store on disk and without a Kafka: the question
 * for the log end is caught by the linker (--wrap), what is sent is seen in the key's hand. */
#include "../support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auto_clean.h"
#include "clean.h"
#include "stats.h"

#define NOW_MS INT64_C(1800000000000)
#define HOUR_MS INT64_C(3600000)

struct fixture {
    char state_dir[64];
    struct store_cache *cache;
    struct params params;
    struct stats stats;
    struct core core;
    struct partition partition;
    struct stream streams[2];
    struct partition *owned[1];
    int64_t offset; /* of `state`, of the last row put */
};

static uint32_t asked_count;
static uint64_t asked_token;

void __wrap_intake_query_end(struct intake *intake, int32_t partition, uint64_t token);
void __wrap_intake_query_end(struct intake *intake, int32_t partition, uint64_t token)
{
    (void)intake;
    (void)partition;
    asked_count++;
    asked_token = token;
}

static char saved[64]; /* `:offsets` as read back */
static int saved_count;

void __wrap_partition_send_offsets(struct core *core, struct partition *partition);

void __wrap_partition_send_offsets(struct core *core, struct partition *partition)
{
    partition->offsets_mono_ms = core->now.mono_ms;
    saved_count++;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    char text[256];

    snprintf(fixture->state_dir, sizeof fixture->state_dir, "/tmp/test_clean.XXXXXX");
    assert_non_null(mkdtemp(fixture->state_dir));
    fixture->cache = store_cache_new(8 * 1024 * 1024);
    assert_int_equal(params_load(NULL, PARAMS_NO_ENV, &fixture->params, text, sizeof text), RC_OK);
    stats_init(&fixture->stats);
    assert_int_equal(
        store_open(fixture->cache, fixture->state_dir, "test", 0, 1, "", &fixture->partition.store, text, sizeof text),
        RC_OK);
    clock_init(&fixture->core.clock);
    fixture->core.params = &fixture->params;
    fixture->core.stats = &fixture->stats;
    fixture->core.now = (struct now){.time_ms = NOW_MS, .mono_ms = 1000000};
    fixture->core.partition_count = 1;
    fixture->core.owned = fixture->owned;
    fixture->owned[0] = &fixture->partition;
    fixture->partition.phase = PARTITION_RUN;
    fixture->partition.streams = fixture->streams;
    fixture->partition.stream_count = 2;
    tracker_init(&fixture->streams[0].tracker, 10);
    fixture->streams[0].committed_offset = 10;
    fixture->partition.offsets_text = saved;
    snprintf(saved, sizeof saved, "tasks=1000;");
    asked_count = 0;
    saved_count = 0;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[128];
    struct hand *hand;
    struct hand *next;

    HASH_ITER(hh, fixture->partition.hands, hand, next)
    {
        hand_drop(&fixture->core, hand);
    }
    clean_close(&fixture->core, &fixture->partition);
    auto_clean_close(&fixture->partition.auto_clean);
    assert_int_equal(fixture->core.clean_count, 0);
    assert_int_equal(fixture->core.aged_clean_count, 0);
    store_close(fixture->partition.store);
    store_cache_free(fixture->cache);
    fixture->core.owned = NULL;
    core_close(&fixture->core);
    params_close(&fixture->params);
    snprintf(command, sizeof command, "rm -rf '%s'", fixture->state_dir);
    assert_int_equal(system(command), 0);
    free(fixture);
    return 0;
}

/* id 0: a marker. */
static void put_row(struct fixture *fixture, const char *business_id, uint64_t id, enum row_status status,
                    int64_t age_ms)
{
    struct row row = {.id = id,
                      .business_type = "t",
                      .business_id = business_id,
                      .url = id == 0 ? "" : "http://a.example/",
                      .method = id == 0 ? "" : "POST",
                      .retry_type = TASK_RETRY_STEP,
                      .status = status,
                      .request_time_ms = NOW_MS - age_ms,
                      .has_publish_id = id != 0,
                      .entered = id == 0 ? -1 : (int64_t)id,
                      .src = {.topic = COORDS_TASKS, .offset = (int64_t)id},
                      .epoch = 1,
                      .ctl = -1,
                      .last_error = ""};
    struct buffer json = {0};
    char key[64];
    char text[256];

    assert_int_equal(row_encode(&row, &json), RC_OK);
    snprintf(key, sizeof key, "t:%s", business_id);
    store_create_task(fixture->partition.store, key, strlen(key), id, json.data, json.len_bytes);
    assert_int_equal(store_commit_apply(fixture->partition.store, fixture->offset++, NOW_MS, text, sizeof text), RC_OK);
    buffer_close(&json);
}

/* The row that put_row() puts for this id. */
static void add_aged(struct fixture *fixture, const char *key, uint64_t id)
{
    const struct row row = {.id = id, .src = {.topic = COORDS_TASKS, .offset = (int64_t)id}};

    clean_add_aged(&fixture->core, &fixture->partition, key, strlen(key), &row);
}

static void answer(struct fixture *fixture, enum rc rc, int64_t offset)
{
    clean_note_log_end(&fixture->partition, token_get_generation(asked_token), rc, offset);
    clean_send_due(&fixture->core, &fixture->partition);
}

static bool is_going(struct fixture *fixture, const char *key)
{
    const struct hand *hand = hand_find(&fixture->partition, key, strlen(key));

    return hand != NULL && hand->stage == HAND_SEND_ROW && hand->plan.is_tombstone;
}

static void many_decisions_share_one_question(void **state)
{
    struct fixture *fixture = *state;
    char key[32];

    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "t:%d", i);
        add_aged(fixture, key, 1);
    }
    clean_send_due(&fixture->core, &fixture->partition);
    assert_int_equal(asked_count, 1);
    add_aged(fixture, "t:late", 1);
    clean_send_due(&fixture->core, &fixture->partition);
    assert_int_equal(asked_count, 1); /* its question waits for the answer to the first */
    answer(fixture, RC_OK, 10);
    assert_int_equal(asked_count, 2);
}

static void a_turn_sends_a_bounded_number_of_tombstones(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 1; i <= 250; i++) {
        char id[16];
        char key[32];

        snprintf(id, sizeof id, "%d", i);
        snprintf(key, sizeof key, "t:%d", i);
        put_row(fixture, id, (uint64_t)i, ROW_SUCCESS, 0);
        add_aged(fixture, key, (uint64_t)i);
    }
    clean_send_due(&fixture->core, &fixture->partition);
    answer(fixture, RC_OK, 10);
    assert_int_equal(HASH_COUNT(fixture->partition.hands), 100);
    clean_send_due(&fixture->core, &fixture->partition);
    clean_send_due(&fixture->core, &fixture->partition);
    assert_int_equal(HASH_COUNT(fixture->partition.hands), 250);
}

static void a_row_goes_only_when_the_offsets_in_state_cover_the_log_end(void **state)
{
    struct fixture *fixture = *state;

    put_row(fixture, "a", 1, ROW_SUCCESS, 0);
    add_aged(fixture, "t:a", 1);
    clean_send_due(&fixture->core, &fixture->partition);
    snprintf(saved, sizeof saved, "tasks=9;");
    fixture->streams[0].committed_offset = 9;
    answer(fixture, RC_OK, 10);
    assert_false(is_going(fixture, "t:a"));
    assert_int_equal(saved_count, 0); /* nothing new to be said */
    fixture->streams[0].committed_offset = 10;
    clean_send_due(&fixture->core, &fixture->partition);
    assert_false(is_going(fixture, "t:a"));
    assert_int_equal(saved_count, 1); /* it is asked for, */
    clean_send_due(&fixture->core, &fixture->partition);
    assert_int_equal(saved_count, 1); /* not in each turn, */
    fixture->core.now.mono_ms += 1000;
    clean_send_due(&fixture->core, &fixture->partition);
    assert_int_equal(saved_count, 2); /* again if the first was lost, */
    snprintf(saved, sizeof saved, "tasks=10;");
    clean_send_due(&fixture->core, &fixture->partition);
    assert_true(is_going(fixture, "t:a")); /* and counts when it has been read back */
    assert_int_equal(saved_count, 2);
}

static void a_row_goes_only_when_tasks_is_complete_to_the_log_end(void **state)
{
    struct fixture *fixture = *state;

    put_row(fixture, "a", 1, ROW_SUCCESS, 0);
    add_aged(fixture, "t:a", 1);
    clean_send_due(&fixture->core, &fixture->partition);
    assert_false(is_going(fixture, "t:a"));
    answer(fixture, RC_OK, 12);
    assert_false(is_going(fixture, "t:a"));
    tracker_open(&fixture->streams[0].tracker, 11);
    tracker_complete(&fixture->streams[0].tracker, 11);
    clean_send_due(&fixture->core, &fixture->partition);
    assert_true(is_going(fixture, "t:a"));
}

static void a_question_without_an_answer_is_asked_again(void **state)
{
    struct fixture *fixture = *state;

    put_row(fixture, "a", 1, ROW_SUCCESS, 0);
    add_aged(fixture, "t:a", 1);
    clean_send_due(&fixture->core, &fixture->partition);
    answer(fixture, RC_UNAVAILABLE, 0);
    assert_int_equal(asked_count, 2);
    answer(fixture, RC_OK, 10);
    assert_true(is_going(fixture, "t:a"));
}

static void a_dropped_duplicate_decides_anew(void **state)
{
    struct fixture *fixture = *state;

    put_row(fixture, "a", 1, ROW_SUCCESS, 0);
    add_aged(fixture, "t:a", 1);
    clean_send_due(&fixture->core, &fixture->partition);
    clean_renew(&fixture->partition, "t:a", 3);
    answer(fixture, RC_OK, 10);
    assert_false(is_going(fixture, "t:a"));
    assert_int_equal(asked_count, 2);
    answer(fixture, RC_OK, 10);
    assert_true(is_going(fixture, "t:a"));
}

static void an_answer_to_an_earlier_owner_counts_for_nothing(void **state)
{
    struct fixture *fixture = *state;
    uint64_t old_token;

    put_row(fixture, "a", 1, ROW_SUCCESS, 0);
    add_aged(fixture, "t:a", 1);
    clean_send_due(&fixture->core, &fixture->partition);
    old_token = asked_token;
    clean_close(&fixture->core, &fixture->partition);
    add_aged(fixture, "t:a", 1);
    clean_send_due(&fixture->core, &fixture->partition);
    clean_note_log_end(&fixture->partition, token_get_generation(old_token), RC_OK, 10);
    clean_send_due(&fixture->core, &fixture->partition);
    assert_false(is_going(fixture, "t:a"));
}

static void the_row_of_a_task_that_took_the_place_stays(void **state)
{
    struct fixture *fixture = *state;

    put_row(fixture, "a", 2, ROW_SENDING, 0);
    add_aged(fixture, "t:a", 1);
    put_row(fixture, "b", 3, ROW_SUCCESS, 0);
    add_aged(fixture, "t:b", 1);
    clean_send_due(&fixture->core, &fixture->partition);
    answer(fixture, RC_OK, 10);
    assert_int_equal(HASH_COUNT(fixture->partition.hands), 0);
    assert_int_equal(fixture->core.clean_count, 0);
}

/* A copy of a task's record can make it anew, under the same id. */
static void a_later_row_of_the_same_task_stays(void **state)
{
    struct fixture *fixture = *state;
    const struct row row = {.id = 1, .src = {.topic = COORDS_TASKS, .offset = 9}};

    put_row(fixture, "a", 1, ROW_SUCCESS, 0);
    clean_add_aged(&fixture->core, &fixture->partition, "t:a", 3, &row);
    clean_send_due(&fixture->core, &fixture->partition);
    answer(fixture, RC_OK, 10);
    assert_int_equal(HASH_COUNT(fixture->partition.hands), 0);
}

static void an_aged_row_leaves_an_event_that_names_it(void **state)
{
    struct fixture *fixture = *state;
    const struct event *event;

    put_row(fixture, "a", 7, ROW_FAILURE, 0);
    add_aged(fixture, "t:a", 7);
    clean_send_due(&fixture->core, &fixture->partition);
    answer(fixture, RC_OK, 10);
    assert_true(is_going(fixture, "t:a"));
    event = &hand_find(&fixture->partition, "t:a", 3)->plan.events[0];
    assert_int_equal(event->kind, EVENT_CLEANED);
    assert_int_equal(event->status, ROW_FAILURE); /* the event that told it may be lost */
    assert_int_equal(event->id, 7);
    assert_string_equal(event->business_id, "a");
    assert_string_equal(event->detail, "aged");
    assert_int_equal(event->src.offset, 7);
    assert_int_equal(fixture->stats.rows_cleaned_total[STATS_STATUS_FAILURE].value, 1);
}

/* What a pass decides, by status and age in hours; the ages set are 1 h, 2 h, 3 h. */
static const struct {
    const char *business_id;
    uint64_t id;
    enum row_status status;
    int64_t age_ms;
    bool goes;
} aged_rows[] = {
    {"success_young", 1, ROW_SUCCESS, HOUR_MS - 1, false},     {"success_old", 2, ROW_SUCCESS, HOUR_MS, true},
    {"failure_young", 3, ROW_FAILURE, 2 * HOUR_MS - 1, false}, {"failure_old", 4, ROW_FAILURE, 2 * HOUR_MS, true},
    {"stopped_young", 5, ROW_STOPPED, 3 * HOUR_MS - 1, false}, {"stopped_old", 6, ROW_STOPPED, 3 * HOUR_MS, true},
    {"unsettled", 7, ROW_SENDING, 10000 * HOUR_MS, false},     {"marker", 0, ROW_STOPPED, 0, true},
};

#define AGED_ROW_COUNT (sizeof aged_rows / sizeof aged_rows[0])

static void put_aged_rows(struct fixture *fixture)
{
    for (size_t i = 0; i < AGED_ROW_COUNT; i++) {
        put_row(fixture, aged_rows[i].business_id, aged_rows[i].id, aged_rows[i].status, aged_rows[i].age_ms);
    }
    fixture->params.auto_clean_success_time_ms = HOUR_MS;
    fixture->params.auto_clean_failure_time_ms = 2 * HOUR_MS;
    fixture->params.auto_clean_stopped_time_ms = 3 * HOUR_MS;
}

static void run_pass(struct fixture *fixture)
{
    do {
        fixture->core.now.mono_ms += 10;
        auto_clean_turn(&fixture->core);
    } while (fixture->partition.auto_clean.is_scanning);
    clean_send_due(&fixture->core, &fixture->partition);
    answer(fixture, RC_OK, 10);
}

static void check_going(struct fixture *fixture, const char *business_id, bool goes)
{
    char key[64];

    snprintf(key, sizeof key, "t:%s", business_id);
    if (is_going(fixture, key) != goes) {
        fail_msg("%s %s", key, goes ? "stays" : "goes");
    }
}

static void auto_clean_success_time_failure_time_stopped_time_are_each_status_own(void **state)
{
    struct fixture *fixture = *state;

    put_aged_rows(fixture);
    run_pass(fixture);
    for (size_t i = 0; i < AGED_ROW_COUNT; i++) {
        check_going(fixture, aged_rows[i].business_id, aged_rows[i].goes);
    }
}

static void an_age_of_zero_is_off(void **state)
{
    struct fixture *fixture = *state;

    put_aged_rows(fixture);
    fixture->params.auto_clean_failure_time_ms = 0;
    run_pass(fixture);
    check_going(fixture, "failure_old", false);
    check_going(fixture, "success_old", true);
}

static void auto_clean_enable_off_leaves_all_but_markers(void **state)
{
    struct fixture *fixture = *state;

    put_aged_rows(fixture);
    fixture->params.auto_clean_enable = false;
    run_pass(fixture);
    for (size_t i = 0; i < AGED_ROW_COUNT; i++) {
        check_going(fixture, aged_rows[i].business_id, aged_rows[i].id == 0);
    }
}

static void auto_clean_loop_interval_lies_between_two_passes(void **state)
{
    struct fixture *fixture = *state;

    fixture->params.auto_clean_loop_interval_ms = 60000;
    auto_clean_turn(&fixture->core); /* the first at once */
    put_row(fixture, "old", 1, ROW_SUCCESS, 1000 * HOUR_MS);
    fixture->core.now.mono_ms += 59999;
    auto_clean_turn(&fixture->core);
    assert_int_equal(fixture->core.aged_clean_count, 0);
    fixture->core.now.mono_ms += 1;
    auto_clean_turn(&fixture->core);
    assert_int_equal(fixture->core.aged_clean_count, 1);
}

static void a_slice_is_bounded_and_the_next_goes_on_after_it(void **state)
{
    struct fixture *fixture = *state;
    size_t slice_count = 0;

    fixture->params.memory_tasks = 100; /* six may be open */
    for (int i = 1; i <= 300; i++) {
        char id[16];

        snprintf(id, sizeof id, "%03d", i);
        put_row(fixture, id, (uint64_t)i, ROW_SUCCESS, 1000 * HOUR_MS);
    }
    for (; slice_count < 10 && (slice_count == 0 || fixture->partition.auto_clean.is_scanning); slice_count++) {
        fixture->core.now.mono_ms += 10;
        auto_clean_turn(&fixture->core);
        assert_in_range(fixture->core.aged_clean_count, 1, 128); /* a step more than may be open */
        clean_close(&fixture->core, &fixture->partition);
    }
    assert_int_equal(slice_count, 3);
}

static void no_slice_comes_within_10_ms_or_while_many_wait(void **state)
{
    struct fixture *fixture = *state;

    fixture->params.memory_tasks = 100;
    put_row(fixture, "old", 1, ROW_SUCCESS, 1000 * HOUR_MS);
    for (int i = 0; i < 6; i++) {
        add_aged(fixture, "t:other", 2);
    }
    auto_clean_turn(&fixture->core);
    assert_int_equal(fixture->core.aged_clean_count, 6);
    clean_close(&fixture->core, &fixture->partition);
    fixture->core.clean_slice_mono_ms = fixture->core.now.mono_ms + 1;
    auto_clean_turn(&fixture->core);
    assert_int_equal(fixture->core.aged_clean_count, 0);
    fixture->core.now.mono_ms++;
    auto_clean_turn(&fixture->core);
    assert_int_equal(fixture->core.aged_clean_count, 1);
}

static void a_partition_that_does_not_run_is_left_alone(void **state)
{
    struct fixture *fixture = *state;

    put_row(fixture, "old", 1, ROW_SUCCESS, 1000 * HOUR_MS);
    fixture->partition.phase = PARTITION_DRAIN;
    auto_clean_turn(&fixture->core);
    assert_int_equal(fixture->core.aged_clean_count, 0);
    fixture->owned[0] = NULL;
    auto_clean_turn(&fixture->core);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_decisions_share_one_question),
        TEST(a_turn_sends_a_bounded_number_of_tombstones),
        TEST(a_row_goes_only_when_the_offsets_in_state_cover_the_log_end),
        TEST(a_row_goes_only_when_tasks_is_complete_to_the_log_end),
        TEST(a_question_without_an_answer_is_asked_again),
        TEST(a_dropped_duplicate_decides_anew),
        TEST(an_answer_to_an_earlier_owner_counts_for_nothing),
        TEST(the_row_of_a_task_that_took_the_place_stays),
        TEST(a_later_row_of_the_same_task_stays),
        TEST(an_aged_row_leaves_an_event_that_names_it),
        TEST(auto_clean_success_time_failure_time_stopped_time_are_each_status_own),
        TEST(an_age_of_zero_is_off),
        TEST(auto_clean_enable_off_leaves_all_but_markers),
        TEST(auto_clean_loop_interval_lies_between_two_passes),
        TEST(a_slice_is_bounded_and_the_next_goes_on_after_it),
        TEST(no_slice_comes_within_10_ms_or_while_many_wait),
        TEST(a_partition_that_does_not_run_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
