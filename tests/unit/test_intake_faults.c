/* intake on a mock cluster, whose brokers answer with the errors that a test asks for. */
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

static enum rc commit_one(struct intake *intake, int64_t offset)
{
    struct intake_commit commit = {intake_get_stream(intake, TOPIC_TASKS, 0, 0), offset};
    struct intake_event event;

    intake_commit(intake, &commit, 1, UINT64_MAX);
    wait_event(intake, INTAKE_COMMITTED, &event);
    assert_true(event.token == UINT64_MAX);
    return event.rc;
}

static void commit_of_no_member_is_closed_and_the_membership_lost(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_event event;

    assert_int_equal(wait_start(intake, partitions), KAFKA_FIXTURE_PARTITION_COUNT);
    kafka_fixture_push_error(fixture, API_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION);
    assert_int_equal(commit_one(intake, 0), RC_CLOSED);
    wait_event(intake, INTAKE_LOST, &event);
    assert_int_equal(commit_one(intake, 0), RC_CLOSED); /* not even asked: the broker could take it as nobody's */
    intake_finish_revoke(intake);
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
    kafka_fixture_push_error(fixture, API_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
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
    kafka_fixture_push_error(fixture, API_HEARTBEAT, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
    wait_event(intake, INTAKE_FATAL, &event);
    assert_non_null(event.text);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void layout_is_asked_for_until_the_broker_tells(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake;
    struct intake_event event;

    kafka_fixture_push_error(fixture, API_LIST_OFFSETS, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
    kafka_fixture_push_error(fixture, API_OFFSET_FETCH, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
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
    assert_non_null(strstr(event.text, "127.0.0.1")); /* the connection that was lost */
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
    kafka_fixture_push_error(fixture, API_FETCH, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    kafka_fixture_push_error(fixture, API_FETCH, RD_KAFKA_RESP_ERR_UNKNOWN);
    kafka_fixture_push_error(fixture, API_FETCH, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    send_one(emit, TOPIC_TASKS, 0, 1, "a:1", "x");
    assert_int_equal(read_to_end(intake, stream, &end_offset), 1);
    emit_close(emit, 1000);
    intake_close(intake, CLOSE_TIMEOUT_MS);
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

static void start_after_a_revoke_does_nothing(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    struct intake_position position = {0, -1};
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_event event;

    intake_finish_revoke(intake); /* nothing is revoked */
    wait_start(intake, partitions);
    kafka_fixture_push_error(fixture, API_HEARTBEAT, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
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
        cmocka_unit_test_setup_teardown(commit_of_no_member_is_closed_and_the_membership_lost,
                                        kafka_fixture_set_up_mock, kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(commit_that_failed_for_another_reason_can_be_tried_again,
                                        kafka_fixture_set_up_mock, kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(heartbeat_of_a_fenced_instance_is_fatal, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(layout_is_asked_for_until_the_broker_tells, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(brokers_down_is_said_once_and_up_when_one_answers, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(fetch_while_no_broker_answers_is_unavailable, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(fetch_refused_for_a_while_loses_no_record, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(close_without_a_broker_returns_in_time, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(start_after_a_revoke_does_nothing, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
    };

    return cmocka_run_group_tests_name("intake_faults", tests, NULL, kafka_fixture_close_mock);
}
