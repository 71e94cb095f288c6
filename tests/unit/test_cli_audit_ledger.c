#include "audit_ledger.h"

#include <stdlib.h>
#include <string.h>

#include "unit_table.h"

#define ID 7
#define TIME_MS INT64_C(1800000000000)

struct fixture {
    struct audit_ledger *ledger;
    struct audit_verdict verdicts[4];
    size_t count;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    fixture->ledger = audit_ledger_new();
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    audit_ledger_free(fixture->ledger);
    free(fixture);
    return 0;
}

static struct audit_ledger *get_ledger(void **state)
{
    return ((struct fixture *)*state)->ledger;
}

static void add(struct fixture *fixture, uint64_t id, uint8_t publish_byte, bool is_passed)
{
    struct audit_record record = {.id = id,
                                  .time_ms = TIME_MS,
                                  .key = "order:42",
                                  .key_bytes = 8,
                                  .has_publish_id = true,
                                  .is_passed = is_passed};

    memset(record.publish_id, publish_byte, sizeof record.publish_id);
    assert_int_equal(audit_ledger_add_record(fixture->ledger, &record), RC_OK);
}

static void note_row(struct fixture *fixture, uint64_t id, enum row_status status)
{
    struct row row = {.id = id, .has_publish_id = true, .status = status, .next_retry_time_ms = TIME_MS + 5};

    audit_ledger_note_row(fixture->ledger, &row);
}

static void note_event(struct fixture *fixture, enum event_kind kind, enum row_status status, const char *detail)
{
    struct event event = {.kind = kind, .id = ID, .status = status, .detail = detail};

    audit_ledger_note_event(fixture->ledger, &event);
}

static void note_attempt(struct fixture *fixture, uint32_t attempt, int64_t due_ms, int64_t start_ms)
{
    struct event event = {.kind = EVENT_ATTEMPT,
                          .id = ID,
                          .status = ROW_SENDING,
                          .attempt = attempt,
                          .due_time_ms = due_ms,
                          .start_time_ms = start_ms,
                          .detail = ""};

    audit_ledger_note_event(fixture->ledger, &event);
}

static void keep_verdict(const struct audit_verdict *verdict, void *opaque)
{
    struct fixture *fixture = opaque;

    assert_true(fixture->count < 4);
    fixture->verdicts[fixture->count++] = *verdict;
}

static const struct audit_verdict *judge(struct fixture *fixture, size_t index)
{
    fixture->count = 0;
    audit_ledger_judge(fixture->ledger, keep_verdict, fixture);
    assert_true(index < fixture->count);
    return &fixture->verdicts[index];
}

static void record_that_workers_have_passed_and_nothing_tells_of_is_lost(void **state)
{
    struct fixture *fixture = *state;
    const struct audit_verdict *verdict;

    add(fixture, ID, 1, true);
    verdict = judge(fixture, 0);
    assert_int_equal(verdict->state, AUDIT_LOST);
    assert_int_equal(verdict->id, ID);
    assert_int_equal(verdict->time_ms, TIME_MS);
    assert_memory_equal(verdict->key, "order:42", verdict->key_bytes);
}

static void record_that_workers_have_not_passed_is_pending(void **state)
{
    add(*state, ID, 1, false);
    assert_int_equal(judge(*state, 0)->state, AUDIT_PENDING);
}

static void record_that_went_home_is_pending_until_its_copy_is_passed_too(void **state)
{
    add(*state, ID, 1, true);
    audit_ledger_note_copy(get_ledger(state), ID, false);
    assert_int_equal(judge(*state, 0)->state, AUDIT_PENDING);
}

static void row_says_what_became_of_its_task(void **state)
{
    static const enum audit_state wanted[] = {
        [ROW_SENDING] = AUDIT_PENDING,
        [ROW_SUCCESS] = AUDIT_SUCCESS,
        [ROW_FAILURE] = AUDIT_FAILURE,
        [ROW_STOPPED] = AUDIT_STOPPED,
    };

    add(*state, ID, 1, true);
    for (enum row_status status = ROW_SENDING; status <= ROW_STOPPED; status++) {
        note_row(*state, ID, status);
        assert_int_equal(judge(*state, 0)->state, wanted[status]);
    }
}

static void pending_task_tells_when_it_is_due(void **state)
{
    add(*state, ID, 1, true);
    note_row(*state, ID, ROW_SENDING);
    assert_int_equal(judge(*state, 0)->next_time_ms, TIME_MS + 5);
}

static void row_outranks_an_event_that_does_not_count(void **state)
{
    add(*state, ID, 1, true);
    note_event(*state, EVENT_ATTEMPT, ROW_SUCCESS, "");
    note_row(*state, ID, ROW_SENDING);
    assert_int_equal(judge(*state, 0)->state, AUDIT_PENDING);
}

static void event_tells_the_end_when_the_row_is_gone(void **state)
{
    static const struct {
        enum event_kind kind;
        enum row_status status;
        enum audit_state wanted;
    } ends[] = {
        {EVENT_STOPPED, ROW_STOPPED, AUDIT_STOPPED},
        {EVENT_REPLACED, ROW_STOPPED, AUDIT_STOPPED},
        {EVENT_CLEANED, ROW_FAILURE, AUDIT_FAILURE},
        {EVENT_ATTEMPT, ROW_SUCCESS, AUDIT_SUCCESS},
    };

    add(*state, ID, 1, true);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        note_event(*state, ends[i].kind, ends[i].status, "");
        assert_int_equal(judge(*state, 0)->state, ends[i].wanted);
    }
}

static void task_whose_row_names_it_as_replaced_is_stopped(void **state)
{
    struct row row = {
        .id = ID + 1, .has_publish_id = true, .status = ROW_SENDING, .has_replaced = true, .replaced_id = ID};

    add(*state, ID, 1, true);
    note_row(*state, ID, ROW_SENDING);
    audit_ledger_note_row(get_ledger(state), &row);
    assert_int_equal(judge(*state, 0)->state, AUDIT_STOPPED);
}

static void marker_of_a_stop_is_nobodys_row(void **state)
{
    struct row marker = {.status = ROW_STOPPED};

    add(*state, 0, 1, true); /* the id of the first record of partition 0 */
    audit_ledger_note_row(get_ledger(state), &marker);
    assert_int_equal(judge(*state, 0)->state, AUDIT_LOST);
}

static void ignored_and_rejected_records_are_duplicates_and_a_successor_is_not(void **state)
{
    add(*state, ID, 1, true);
    note_event(*state, EVENT_DUPLICATE, 0, "replaced");
    assert_int_equal(judge(*state, 0)->state, AUDIT_LOST);
    note_event(*state, EVENT_DUPLICATE, 0, "ignored");
    assert_int_equal(judge(*state, 0)->state, AUDIT_DUPLICATE);
    assert_false(judge(*state, 0)->is_letter_missing);
    note_event(*state, EVENT_DUPLICATE, 0, "rejected");
    assert_int_equal(judge(*state, 0)->state, AUDIT_DUPLICATE);
    assert_true(judge(*state, 0)->is_letter_missing);
    audit_ledger_note_letter(get_ledger(state), ID);
    assert_false(judge(*state, 0)->is_letter_missing);
}

static void second_record_of_a_publish_is_a_duplicate_also_of_one_before_the_range(void **state)
{
    struct fixture *fixture = *state;
    struct audit_record before = {.id = 1, .has_publish_id = true, .is_passed = true, .is_outside = true};

    memset(before.publish_id, 1, sizeof before.publish_id);
    assert_int_equal(audit_ledger_add_record(fixture->ledger, &before), RC_OK);
    add(fixture, ID, 1, true);
    add(fixture, ID + 1, 2, true);
    assert_int_equal(judge(fixture, 0)->state, AUDIT_DUPLICATE);
    assert_int_equal(judge(fixture, 1)->state, AUDIT_LOST);
    assert_int_equal(fixture->count, 2);
}

static void refused_record_is_known_by_its_coordinates_and_needs_its_letter(void **state)
{
    struct event event = {
        .kind = EVENT_REFUSED, .src = {.topic = COORDS_TASKS, .partition = 1, .offset = 9}, .detail = "x"};
    uint64_t id = coords_make_id(1, 9);

    add(*state, id, 1, true);
    audit_ledger_note_event(get_ledger(state), &event);
    assert_int_equal(judge(*state, 0)->state, AUDIT_REFUSED);
    assert_true(judge(*state, 0)->is_letter_missing);
    audit_ledger_note_letter(get_ledger(state), id);
    assert_false(judge(*state, 0)->is_letter_missing);
}

static void refused_command_is_no_task(void **state)
{
    struct event event = {
        .kind = EVENT_REFUSED, .src = {.topic = COORDS_CONTROL, .partition = 1, .offset = 9}, .detail = "x"};

    add(*state, coords_make_id(1, 9), 1, true);
    audit_ledger_note_event(get_ledger(state), &event);
    assert_int_equal(judge(*state, 0)->state, AUDIT_LOST);
}

static void failure_without_its_letter_is_found(void **state)
{
    add(*state, ID, 1, true);
    note_row(*state, ID, ROW_FAILURE);
    assert_true(judge(*state, 0)->is_letter_missing);
    audit_ledger_note_letter(get_ledger(state), ID);
    assert_false(judge(*state, 0)->is_letter_missing);
}

static void attempts_tell_the_most_that_they_were_late_and_early(void **state)
{
    add(*state, ID, 1, true);
    note_attempt(*state, 1, 1000, 1000);
    assert_int_equal(judge(*state, 0)->late_ms, 0);
    assert_int_equal(judge(*state, 0)->early_ms, 0);
    note_attempt(*state, 2, 2000, 2300);
    note_attempt(*state, 3, 3000, 3100);
    note_attempt(*state, 4, 4000, 3999);
    assert_int_equal(judge(*state, 0)->late_ms, 300);
    assert_int_equal(judge(*state, 0)->early_ms, 1);
}

static void attempt_with_two_starts_was_repeated_and_an_event_written_again_is_none(void **state)
{
    add(*state, ID, 1, true);
    note_attempt(*state, 1, 1000, 1000);
    note_attempt(*state, 1, 1000, 1000);
    note_attempt(*state, 1, 0, 0); /* by a successor who knows the row only */
    note_attempt(*state, 2, 2000, 2000);
    assert_int_equal(judge(*state, 0)->repeated_count, 0);
    note_attempt(*state, 2, 2000, 2500);
    assert_int_equal(judge(*state, 0)->repeated_count, 1);
}

static void what_was_not_published_in_the_range_is_passed_over(void **state)
{
    note_row(*state, ID, ROW_SENDING);
    note_event(*state, EVENT_STOPPED, ROW_STOPPED, "");
    audit_ledger_note_letter(get_ledger(state), ID);
    audit_ledger_note_copy(get_ledger(state), ID, true);
    add(*state, ID + 1, 1, false);
    assert_int_equal(judge(*state, 0)->state, AUDIT_PENDING);
    assert_int_equal(((struct fixture *)*state)->count, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(record_that_workers_have_passed_and_nothing_tells_of_is_lost),
        CASE(record_that_workers_have_not_passed_is_pending),
        CASE(record_that_went_home_is_pending_until_its_copy_is_passed_too),
        CASE(row_says_what_became_of_its_task),
        CASE(pending_task_tells_when_it_is_due),
        CASE(row_outranks_an_event_that_does_not_count),
        CASE(event_tells_the_end_when_the_row_is_gone),
        CASE(task_whose_row_names_it_as_replaced_is_stopped),
        CASE(marker_of_a_stop_is_nobodys_row),
        CASE(ignored_and_rejected_records_are_duplicates_and_a_successor_is_not),
        CASE(second_record_of_a_publish_is_a_duplicate_also_of_one_before_the_range),
        CASE(refused_record_is_known_by_its_coordinates_and_needs_its_letter),
        CASE(refused_command_is_no_task),
        CASE(failure_without_its_letter_is_found),
        CASE(attempts_tell_the_most_that_they_were_late_and_early),
        CASE(attempt_with_two_starts_was_repeated_and_an_event_written_again_is_none),
        CASE(what_was_not_published_in_the_range_is_passed_over),
    };

    return cmocka_run_group_tests_name("cli_audit_ledger", tests, NULL, NULL);
}
