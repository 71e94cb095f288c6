/* intake on a mock cluster, whose brokers answer with the errors that a test asks for. test_ports.c has a real one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc.h"
#include "clock.h"
#include "kafka_fixture.h"

/* Numbers of Kafka's protocol. */
#define API_FETCH 1
#define API_LIST_OFFSETS 2
#define API_OFFSET_COMMIT 8
#define API_OFFSET_FETCH 9
#define API_HEARTBEAT 12

#define CLOSE_TIMEOUT_MS 5000

static int set_up(void **state)
{
    static struct kafka_fixture fixture;

    kafka_fixture_open_mock(&fixture);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    kafka_fixture_close(*state);
    return 0;
}

static void push_error(struct kafka_fixture *fixture, int16_t api, rd_kafka_resp_err_t err)
{
    rd_kafka_mock_push_request_errors(fixture->mock, api, 1, err);
}

static enum rc commit_one(struct intake *intake, int64_t offset)
{
    struct intake_commit commit = {intake_get_stream(intake, TOPIC_TASKS, 0, 0), offset};
    struct intake_event event;

    intake_commit(intake, &commit, 1, UINT64_MAX);
    wait_event(intake, INTAKE_COMMITTED, &event);
    assert_true(event.token == UINT64_MAX);
    return event.rc;
}

static void assigned_names_partitions_and_tiers_rising(void **state)
{
    struct intake *intake = kafka_fixture_open_intake(*state, "one");
    struct intake_event event;

    wait_event(intake, INTAKE_ASSIGNED, &event);
    assert_int_equal(event.partition_list_count, KAFKA_FIXTURE_PARTITION_COUNT);
    assert_int_equal(event.partition_count, KAFKA_FIXTURE_PARTITION_COUNT);
    assert_int_equal(event.tier_count, 3);
    assert_int_equal(event.tiers_ms[0], 0);
    assert_int_equal(event.tiers_ms[1], 1000);
    assert_int_equal(event.tiers_ms[2], 5000);
    assert_null(intake_get_stream(intake, TOPIC_TASKS, 0, 0)); /* not before intake_start() */
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void only_started_partitions_have_streams(void **state)
{
    struct intake *intake = kafka_fixture_open_intake(*state, "one");
    struct intake_position position = {2, -1};
    struct intake_event event;

    wait_event(intake, INTAKE_ASSIGNED, &event);
    intake_start(intake, &position, 1);
    assert_non_null(intake_get_stream(intake, TOPIC_TASKS, 0, 2));
    assert_non_null(intake_get_stream(intake, TOPIC_DELAY, 5000, 2));
    assert_null(intake_get_stream(intake, TOPIC_DELAY, 6000, 2));
    assert_null(intake_get_stream(intake, TOPIC_EVENTS, 0, 2));
    assert_null(intake_get_stream(intake, TOPIC_TASKS, 0, 1));
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void end_is_told_each_time_it_is_reached(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    struct emit *emit = kafka_fixture_open_emit(fixture);
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_stream *stream;
    int64_t end_offset;

    wait_start(intake, partitions);
    stream = intake_get_stream(intake, TOPIC_TASKS, 0, 1);
    assert_int_equal(read_to_end(intake, stream, &end_offset), 0);
    assert_int_equal(end_offset, 0);
    send_one(emit, TOPIC_TASKS, 0, 1, "a:1", "x");
    assert_int_equal(read_to_end(intake, stream, &end_offset), 1);
    assert_int_equal(end_offset, 1);
    emit_close(emit, 1000);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void state_is_read_from_the_position_given(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct intake_position position = {0, 2};
    struct intake_event event;
    int64_t end_offset;

    for (int i = 0; i < 5; i++) {
        send_one(emit, TOPIC_STATE, 0, 0, "a:1", NULL);
    }
    wait_event(intake, INTAKE_ASSIGNED, &event);
    intake_start(intake, &position, 1);
    assert_int_equal(read_to_end(intake, intake_get_stream(intake, TOPIC_STATE, 0, 0), &end_offset), 3);
    emit_close(emit, 1000);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void null_key_null_value_and_no_header_are_told_from_empty_ones(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct emit_record nothing = {.kind = TOPIC_TASKS};
    struct emit_record empty = {.kind = TOPIC_TASKS, .key = "", .value = "", .header_count = 1};
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_stream *stream;
    struct record record;

    empty.headers[0] = (struct emit_header){"autohttp", "", 0};
    assert_int_equal(emit_send(emit, &nothing, NULL, 0), RC_OK);
    assert_int_equal(emit_send(emit, &empty, NULL, 0), RC_OK);
    wait_start(intake, partitions);
    stream = intake_get_stream(intake, TOPIC_TASKS, 0, 0);
    do {
        wait_record(intake, stream, &record);
    } while (record.is_end);
    assert_null(record.key);
    assert_null(record.value);
    assert_null(record.header);
    intake_release_record(&record);
    wait_record(intake, stream, &record);
    assert_non_null(record.key);
    assert_non_null(record.value);
    assert_non_null(record.header);
    assert_int_equal(record.key_bytes + record.value_bytes + record.header_bytes, 0);
    intake_release_record(&record);
    emit_close(emit, 1000);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void second_header_of_the_name_is_noticed(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct emit_record sent = {.kind = TOPIC_TASKS, .header_count = 3};
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct record record;

    sent.headers[0] = (struct emit_header){"other", "o", 1};
    sent.headers[1] = (struct emit_header){"autohttp", "first", 5};
    sent.headers[2] = (struct emit_header){"autohttp", "second", 6};
    assert_int_equal(emit_send(emit, &sent, NULL, 0), RC_OK);
    wait_start(intake, partitions);
    do {
        wait_record(intake, intake_get_stream(intake, TOPIC_TASKS, 0, 0), &record);
    } while (record.is_end);
    assert_true(record.has_two_headers);
    assert_int_equal(record.header_bytes, 5);
    assert_memory_equal(record.header, "first", 5);
    intake_release_record(&record);
    emit_close(emit, 1000);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void refused_commit_of_no_member_is_closed_and_the_membership_lost(void **state)
{
    static const rd_kafka_resp_err_t ERRORS[] = {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
                                                 RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID};
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_event event;

    for (size_t i = 0; i < sizeof ERRORS / sizeof ERRORS[0]; i++) {
        assert_int_equal(wait_start(intake, partitions), KAFKA_FIXTURE_PARTITION_COUNT);
        push_error(fixture, API_OFFSET_COMMIT, ERRORS[i]);
        assert_int_equal(commit_one(intake, 0), RC_CLOSED);
        push_error(fixture, API_HEARTBEAT, ERRORS[i]);
        wait_event(intake, INTAKE_LOST, &event);
        assert_int_equal(commit_one(intake, 0), RC_CLOSED); /* not even asked: the broker could take it as nobody's */
        intake_finish_revoke(intake);
    }
    assert_int_equal(wait_start(intake, partitions), KAFKA_FIXTURE_PARTITION_COUNT);
    assert_int_equal(commit_one(intake, 0), RC_OK);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void commit_that_failed_for_another_reason_can_be_tried_again(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];

    wait_start(intake, partitions);
    push_error(fixture, API_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
    assert_int_equal(commit_one(intake, 0), RC_UNAVAILABLE);
    assert_int_equal(commit_one(intake, 0), RC_OK);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void heartbeat_of_a_fenced_instance_is_fatal(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake;
    struct intake_event event;
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];

    free(fixture->params.instance_id);
    fixture->params.instance_id = alloc_text("worker-0");
    intake = kafka_fixture_open_intake(fixture, "one");
    wait_start(intake, partitions);
    push_error(fixture, API_HEARTBEAT, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
    wait_event(intake, INTAKE_FATAL, &event);
    assert_non_null(event.text);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void layout_is_asked_for_until_the_broker_tells(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake;
    struct intake_event event;

    push_error(fixture, API_LIST_OFFSETS, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
    push_error(fixture, API_OFFSET_FETCH, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
    intake = kafka_fixture_open_intake(fixture, "one");
    wait_event(intake, INTAKE_ASSIGNED, &event);
    assert_int_equal(event.partition_list_count, KAFKA_FIXTURE_PARTITION_COUNT);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void brokers_down_is_said_once_and_up_when_one_answers(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_event event;
    struct clock clock;

    wait_start(intake, partitions);
    rd_kafka_mock_broker_set_down(fixture->mock, 1);
    wait_event(intake, INTAKE_BROKERS_DOWN, &event);
    clock_init(&clock);
    while (clock_read(&clock).mono_ms < 3000) {
        assert_false(intake_take_event(intake, &event) && event.kind == INTAKE_BROKERS_DOWN);
    }
    rd_kafka_mock_broker_set_up(fixture->mock, 1);
    wait_event(intake, INTAKE_BROKERS_UP, &event);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void fetch_while_no_broker_answers_is_unavailable(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct coords coords = {COORDS_TASKS, 0, 0, 0};
    struct intake *intake;
    struct intake_event event;

    rd_kafka_mock_broker_set_down(fixture->mock, 1);
    intake = kafka_fixture_open_intake(fixture, "one");
    intake_fetch(intake, &coords, 3);
    wait_event(intake, INTAKE_FETCHED, &event);
    assert_int_equal(event.rc, RC_UNAVAILABLE);
    assert_int_equal(event.token, 3);
    assert_null(event.record.handle);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void fetch_of_no_coordinates_is_not_found(void **state)
{
    struct intake *intake = kafka_fixture_open_intake(*state, "one");
    struct coords coords = {0};
    struct intake_event event;

    intake_fetch(intake, &coords, 3);
    wait_event(intake, INTAKE_FETCHED, &event);
    assert_int_equal(event.rc, RC_NOT_FOUND);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void fetch_refused_for_a_while_loses_no_record(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    struct emit *emit = kafka_fixture_open_emit(fixture);
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_stream *stream;
    int64_t end_offset;

    wait_start(intake, partitions);
    stream = intake_get_stream(intake, TOPIC_TASKS, 0, 1);
    read_to_end(intake, stream, &end_offset);
    push_error(fixture, API_FETCH, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    push_error(fixture, API_FETCH, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    send_one(emit, TOPIC_TASKS, 0, 1, "a:1", "x");
    assert_int_equal(read_to_end(intake, stream, &end_offset), 1);
    emit_close(emit, 1000);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void set_kafka(struct kafka_fixture *fixture, const char *key, const char *value, bool is_secret)
{
    struct params *params = &fixture->params;
    struct params_kafka_entry *entry;

    params->kafka = alloc_resize(params->kafka, params->kafka_count + 1, sizeof params->kafka[0]);
    entry = &params->kafka[params->kafka_count++];
    *entry = (struct params_kafka_entry){.key = alloc_text(key),
                                         .value = alloc_text(value),
                                         .is_secret = is_secret,
                                         .source = {PARAMS_FROM_FILE, 17}};
}

static void bad_kafka_setting_is_named_with_its_line(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = NULL;
    char errstr[256] = "";

    set_kafka(fixture, "socket.timeout.mz", "5", false);
    assert_int_equal(intake_open(&fixture->params, "one", &intake, errstr, sizeof errstr), RC_INVALID);
    assert_non_null(strstr(errstr, "test.yaml:17: kafka: socket.timeout.mz: "));
    assert_null(intake);
}

static void bad_secret_is_not_printed(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = NULL;
    char errstr[256] = "";

    set_kafka(fixture, "socket.timeout.ms", "hunter2", true);
    assert_int_equal(intake_open(&fixture->params, "one", &intake, errstr, sizeof errstr), RC_INVALID);
    assert_non_null(strstr(errstr, "socket.timeout.ms"));
    assert_null(strstr(errstr, "hunter2"));
}

static void close_without_a_broker_returns_in_time(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake;
    struct clock clock;

    rd_kafka_mock_broker_set_down(fixture->mock, 1);
    intake = kafka_fixture_open_intake(fixture, "one");
    clock_init(&clock);
    intake_close(intake, 200);
    assert_true(clock_read(&clock).mono_ms < 5000);
    intake_close(NULL, 0);
}

static void close_in_the_middle_of_a_rebalance_returns_in_time(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *one = kafka_fixture_open_intake(fixture, "one");
    struct intake *two;
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_event event;
    struct clock clock;

    wait_start(one, partitions);
    two = kafka_fixture_open_intake(fixture, "two");
    wait_event(one, INTAKE_REVOKING, &event);
    clock_init(&clock);
    intake_close(one, CLOSE_TIMEOUT_MS);
    assert_true(clock_read(&clock).mono_ms < CLOSE_TIMEOUT_MS + 1000);
    assert_int_equal(wait_start(two, partitions), KAFKA_FIXTURE_PARTITION_COUNT);
    intake_close(two, CLOSE_TIMEOUT_MS);
}

static void start_after_a_revoke_does_nothing(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    struct intake_position position = {0, -1};
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_event event;

    intake_finish_revoke(intake); /* nothing is revoked */
    wait_start(intake, partitions);
    push_error(fixture, API_HEARTBEAT, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
    wait_event(intake, INTAKE_LOST, &event);
    intake_start(intake, &position, 1);
    intake_finish_revoke(intake);
    assert_null(intake_get_stream(intake, TOPIC_TASKS, 0, 0));
    assert_int_equal(wait_start(intake, partitions), KAFKA_FIXTURE_PARTITION_COUNT);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(assigned_names_partitions_and_tiers_rising, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_started_partitions_have_streams, set_up, tear_down),
        cmocka_unit_test_setup_teardown(end_is_told_each_time_it_is_reached, set_up, tear_down),
        cmocka_unit_test_setup_teardown(state_is_read_from_the_position_given, set_up, tear_down),
        cmocka_unit_test_setup_teardown(null_key_null_value_and_no_header_are_told_from_empty_ones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(second_header_of_the_name_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refused_commit_of_no_member_is_closed_and_the_membership_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(commit_that_failed_for_another_reason_can_be_tried_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(heartbeat_of_a_fenced_instance_is_fatal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(layout_is_asked_for_until_the_broker_tells, set_up, tear_down),
        cmocka_unit_test_setup_teardown(brokers_down_is_said_once_and_up_when_one_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fetch_while_no_broker_answers_is_unavailable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fetch_of_no_coordinates_is_not_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fetch_refused_for_a_while_loses_no_record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_kafka_setting_is_named_with_its_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_secret_is_not_printed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(close_without_a_broker_returns_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(close_in_the_middle_of_a_rebalance_returns_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(start_after_a_revoke_does_nothing, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
