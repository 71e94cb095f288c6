/* What a plan writes, in which order, without a Kafka: the records sent are caught by the linker (--wrap). */
#include "../support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_json.h"
#include "hand.h"
#include "partition.h"
#include "stats.h"

#define KEY "t:1"
#define OLD_ID 7
#define NEW_ID 9
#define SENT_MAX 16

struct fixture {
    struct params params;
    struct stats stats;
    struct core core;
    struct partition partition;
    struct hand *hand;
};

static struct {
    enum topic_kind kind;
    uint64_t token;
    char value[2048];
} sent[SENT_MAX];
static size_t sent_count;

enum rc __wrap_emit_send(struct emit *emit, const struct emit_record *record, char *errstr, size_t errstr_bytes);
enum rc __wrap_emit_send(struct emit *emit, const struct emit_record *record, char *errstr, size_t errstr_bytes)
{
    (void)emit;
    (void)errstr;
    (void)errstr_bytes;
    assert_true(sent_count < SENT_MAX);
    sent[sent_count].kind = record->kind;
    sent[sent_count].token = record->token;
    snprintf(sent[sent_count].value, sizeof sent[sent_count].value, "%.*s", (int)record->value_bytes,
             record->value == NULL ? "" : record->value);
    sent_count++;
    return RC_OK;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    char text[256];

    assert_int_equal(params_load(NULL, PARAMS_NO_ENV, &fixture->params, text, sizeof text), RC_OK);
    stats_init(&fixture->stats);
    fixture->core.params = &fixture->params;
    fixture->core.stats = &fixture->stats;
    fixture->partition.epoch = 3;
    fixture->partition.phase = PARTITION_RUN;
    fixture->hand = hand_get(&fixture->core, &fixture->partition, KEY, strlen(KEY));
    sent_count = 0;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    hand_drop(&fixture->core, fixture->hand);
    core_close(&fixture->core);
    params_close(&fixture->params);
    free(fixture);
    return 0;
}

static struct event make_event(enum event_kind kind, uint64_t id, enum row_status status)
{
    return (struct event){.kind = kind,
                          .id = id,
                          .business_type = "t",
                          .business_id = "1",
                          .status = status,
                          .duration_ms = -1,
                          .error_class = "",
                          .error_text = "",
                          .remote_address = "",
                          .detail = ""};
}

static void acknowledge(struct fixture *fixture, size_t i, enum rc rc)
{
    const struct emit_report report = {.token = sent[i].token, .rc = rc, .offset = 5, .text = "said by the test"};

    hand_note_report(&fixture->core, fixture->hand, token_get_kind(sent[i].token), &report);
    hand_advance_all(&fixture->core);
}

static void start(struct fixture *fixture, struct taken *current, const struct plan *plan)
{
    hand_start_plan(&fixture->core, fixture->hand, current, plan);
    hand_advance_all(&fixture->core);
}

static void what_takes_a_row_away_waits_for_the_event_of_its_end(void **state)
{
    struct fixture *fixture = *state;
    struct plan plan = {.writes_row = true, .is_tombstone = true, .event_count = 2, .told_first_count = 1};

    plan.events[0] = make_event(EVENT_CLEANED, OLD_ID, ROW_SUCCESS);
    plan.events[1] = make_event(EVENT_COMMAND, OLD_ID, ROW_SUCCESS);
    start(fixture, NULL, &plan);
    assert_int_equal(sent_count, 1);
    assert_int_equal(sent[0].kind, TOPIC_EVENTS);
    hand_wake(&fixture->core, fixture->hand); /* by whatever else */
    hand_advance_all(&fixture->core);
    assert_int_equal(sent_count, 1);
    acknowledge(fixture, 0, RC_OK);
    assert_int_equal(sent_count, 2);
    assert_int_equal(sent[1].kind, TOPIC_STATE);
}

static void a_row_that_takes_none_away_does_not_wait(void **state)
{
    struct fixture *fixture = *state;
    struct plan plan = {.writes_row = true, .is_tombstone = true, .event_count = 1};

    plan.events[0] = make_event(EVENT_ATTEMPT, OLD_ID, ROW_SUCCESS);
    start(fixture, NULL, &plan);
    assert_int_equal(sent_count, 2);
    assert_int_equal(sent[0].kind, TOPIC_STATE);
    assert_int_equal(sent[1].kind, TOPIC_EVENTS);
}

static struct taken *make_taken(void)
{
    struct row row = {.id = NEW_ID,
                      .business_type = "t",
                      .business_id = "1",
                      .url = "http://a.example/",
                      .method = "POST",
                      .retry_type = TASK_RETRY_STEP,
                      .status = ROW_SENDING,
                      .last_error = ""};
    struct taken *taken = taken_new_row(&row);

    taken->id = NEW_ID;
    taken->task.business_type = "t";
    taken->task.business_id = "1";
    return taken;
}

static const char *find_event(const char *id)
{
    const char *found = NULL;

    for (size_t i = 0; i < sent_count; i++) {
        if (sent[i].kind == TOPIC_EVENTS && strstr(sent[i].value, id) != NULL) {
            assert_null(found);
            found = sent[i].value;
        }
    }
    assert_non_null(found);
    return found;
}

/* The first row of a task that is not due yet and took another's place, whose record for the tier is too large. */
static void start_too_large(struct fixture *fixture, struct event first, size_t told_first_count)
{
    struct taken *taken = make_taken();
    struct plan plan = {.carry = CARRY_DELAY,
                        .tier_ms = 5000,
                        .bytes = "x",
                        .bytes_count = 1,
                        .writes_row = true,
                        .row = taken->row,
                        .event_count = 1,
                        .told_first_count = told_first_count};

    plan.events[0] = first;
    start(fixture, taken, &plan);
    assert_int_equal(sent[0].kind, TOPIC_DELAY);
    acknowledge(fixture, 0, RC_TOO_LARGE);
    assert_int_equal(sent[1].kind, TOPIC_DEAD);
    acknowledge(fixture, 1, RC_OK);
}

static void a_task_too_large_to_wait_does_not_fail_the_one_it_replaces(void **state)
{
    struct fixture *fixture = *state;

    start_too_large(fixture, make_event(EVENT_REPLACED, OLD_ID, ROW_STOPPED), 0);
    assert_non_null(strstr(find_event("\"id\":\"7\""), "\"status\":4"));
    assert_non_null(strstr(find_event("\"id\":\"9\""), "\"status\":3"));
}

static void a_task_too_large_to_wait_tells_the_end_before_it_first(void **state)
{
    struct fixture *fixture = *state;

    start_too_large(fixture, make_event(EVENT_ATTEMPT, OLD_ID, ROW_SUCCESS), 1);
    assert_int_equal(sent_count, 3);
    assert_non_null(strstr(sent[2].value, "\"status\":2"));
    acknowledge(fixture, 2, RC_OK);
    assert_int_equal(sent[3].kind, TOPIC_STATE);
    assert_non_null(strstr(find_event("\"id\":\"9\""), "\"status\":3"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_takes_a_row_away_waits_for_the_event_of_its_end),
        TEST(a_row_that_takes_none_away_does_not_wait),
        TEST(a_task_too_large_to_wait_does_not_fail_the_one_it_replaces),
        TEST(a_task_too_large_to_wait_tells_the_end_before_it_first),
    };

    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
