/* emit on a mock cluster, whose brokers answer with the errors that a test asks for. test_ports.c has a real one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "kafka_fixture.h"

#define API_PRODUCE 0
#define CLOSE_TIMEOUT_MS 1000

static const struct emit_record SMALL = {.urgency = EMIT_CARRY,
                                         .kind = TOPIC_DEAD,
                                         .partition = 1,
                                         .key = "a:1",
                                         .key_bytes = 3,
                                         .value = "x",
                                         .value_bytes = 1,
                                         .token = 11};

static void records_of_a_partition_get_rising_offsets_in_the_order_sent(void **state)
{
    struct emit *emit = kafka_fixture_open_emit(*state);
    struct emit_record record = SMALL;
    struct emit_report report;

    for (uint64_t i = 0; i < 100; i++) {
        record.token = UINT64_MAX - i;
        assert_int_equal(emit_send(emit, &record, NULL, 0), RC_OK);
        assert_int_equal(emit_count_open(emit), i + 1);
    }
    for (uint64_t i = 0; i < 100; i++) {
        wait_report(emit, &report);
        assert_int_equal(report.rc, RC_OK);
        assert_true(report.token == UINT64_MAX - i);
        assert_int_equal(report.offset, i);
        assert_null(report.text);
    }
    assert_int_equal(emit_count_open(emit), 0);
    assert_false(emit_take_report(emit, &report));
    emit_close(emit, CLOSE_TIMEOUT_MS);
}

static void passing_trouble_of_the_broker_delays_and_nothing_else(void **state)
{
    static const rd_kafka_resp_err_t ERRORS[] = {
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,     RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
    };
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);

    for (size_t i = 0; i < sizeof ERRORS / sizeof ERRORS[0]; i++) {
        kafka_fixture_push_error(fixture, API_PRODUCE, ERRORS[i]);
        send_one(emit, TOPIC_DEAD, 0, 0, "a:1", "x");
    }
    emit_close(emit, CLOSE_TIMEOUT_MS);
}

static void refusals_are_told_from_what_is_unknown(void **state)
{
    static const struct {
        rd_kafka_resp_err_t err;
        enum rc rc;
    } ROWS[] = {
        {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RC_TOO_LARGE},
        {RD_KAFKA_RESP_ERR_INVALID_RECORD, RC_INVALID},
        {RD_KAFKA_RESP_ERR_INVALID_MSG, RC_UNAVAILABLE}, /* damaged on its way */
        {RD_KAFKA_RESP_ERR_UNKNOWN, RC_UNAVAILABLE},
        {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RC_UNAVAILABLE},
    };
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct emit_report report;

    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        kafka_fixture_push_error(fixture, API_PRODUCE, ROWS[i].err);
        assert_int_equal(emit_send(emit, &SMALL, NULL, 0), RC_OK);
        wait_report(emit, &report);
        assert_int_equal(report.rc, ROWS[i].rc);
        assert_int_equal(report.token, SMALL.token);
        assert_string_equal(report.text, rd_kafka_err2str(ROWS[i].err)); /* not what was in the record */
    }
    assert_int_equal(emit_send(emit, &SMALL, NULL, 0), RC_DENIED); /* known by now */
    emit_close(emit, CLOSE_TIMEOUT_MS);
}

static void unknown_topic_or_partition_is_refused_at_once(void **state)
{
    struct emit *emit = kafka_fixture_open_emit(*state);
    struct emit_record record = SMALL;
    char errstr[256] = "";

    record.partition = KAFKA_FIXTURE_PARTITION_COUNT;
    assert_int_equal(emit_send(emit, &record, errstr, sizeof errstr), RC_INVALID);
    assert_non_null(strstr(errstr, ".dead, partition 4: "));
    assert_int_equal(emit_count_open(emit), 0);
    emit_close(emit, CLOSE_TIMEOUT_MS);
}

static void full_queue_takes_nothing_and_says_so(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit_record record = SMALL;
    struct emit_report report;
    struct emit *emit;
    uint64_t taken_count = 0;

    kafka_fixture_set_kafka(fixture, "queue.buffering.max.messages", "10", false);
    emit = kafka_fixture_open_emit(fixture);
    rd_kafka_mock_broker_set_down(fixture->mock, 1);
    while (taken_count < 100 && emit_send(emit, &record, NULL, 0) == RC_OK) {
        record.token = ++taken_count;
    }
    assert_int_equal(taken_count, 10);
    assert_int_equal(emit_send(emit, &record, NULL, 0), RC_FULL);
    assert_int_equal(emit_count_open(emit), 10);
    rd_kafka_mock_broker_set_up(fixture->mock, 1); /* what was taken waited and is not lost */
    for (; taken_count > 0; taken_count--) {
        wait_report(emit, &report);
        assert_int_equal(report.rc, RC_OK);
    }
    assert_false(emit_take_report(emit, &report));
    assert_int_equal(emit_send(emit, &record, NULL, 0), RC_OK);
    emit_close(emit, CLOSE_TIMEOUT_MS);
}

static void record_over_the_clients_own_limit_is_refused_at_once(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit_record record = SMALL;
    char body[3000] = {0};
    struct emit *emit;

    kafka_fixture_set_kafka(fixture, "message.max.bytes", "2000", false);
    emit = kafka_fixture_open_emit(fixture);
    record.value = body;
    record.value_bytes = sizeof body;
    assert_int_equal(emit_send(emit, &record, NULL, 0), RC_TOO_LARGE);
    emit_close(emit, CLOSE_TIMEOUT_MS);
}

static int64_t time_hop(struct emit *emit)
{
    struct emit_record record = SMALL;
    struct emit_report report;
    struct clock clock;

    record.urgency = EMIT_HOP;
    record.kind = TOPIC_DELAY;
    record.tier_ms = 1000;
    clock_init(&clock);
    assert_int_equal(emit_send(emit, &record, NULL, 0), RC_OK);
    wait_report(emit, &report);
    assert_int_equal(report.rc, RC_OK);
    return clock_read(&clock).mono_ms;
}

static void hops_linger(void **state)
{
    struct emit *emit = kafka_fixture_open_emit(*state);

    time_hop(emit); /* opens the producer */
    assert_true(time_hop(emit) >= 400);
    emit_close(emit, CLOSE_TIMEOUT_MS);
}

static void close_waits_for_what_is_under_way(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct emit_record record = SMALL;
    struct intake *intake;
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    int64_t end_offset;

    record.urgency = EMIT_HOP;
    record.kind = TOPIC_TASKS;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(emit_send(emit, &record, NULL, 0), RC_OK);
    }
    emit_close(emit, KAFKA_FIXTURE_WAIT_MS);
    intake = kafka_fixture_open_intake(fixture, "one");
    wait_start(intake, partitions);
    assert_int_equal(read_to_end(intake, intake_get_stream(intake, TOPIC_TASKS, 0, 1), &end_offset), 10);
    intake_close(intake, CLOSE_TIMEOUT_MS);
}

static void wait_of_a_partition_is_told_until_its_next_report(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct emit_record other = SMALL;
    struct emit_report report;

    other.partition = 3;
    assert_int_equal(emit_get_wait_ms(emit, 1000), 0);
    rd_kafka_mock_broker_set_down(fixture->mock, 1);
    assert_int_equal(emit_send(emit, &SMALL, NULL, 0), RC_OK);
    assert_int_equal(emit_get_wait_ms(emit, 2000), 0); /* the turn in which it was sent */
    assert_int_equal(emit_send(emit, &other, NULL, 0), RC_OK);
    assert_int_equal(emit_get_wait_ms(emit, 2500), 500);
    assert_int_equal(emit_get_wait_ms(emit, 9000), 7000);
    rd_kafka_mock_broker_set_up(fixture->mock, 1);
    wait_report(emit, &report);
    wait_report(emit, &report);
    assert_int_equal(emit_get_wait_ms(emit, 20000), 0);
    assert_int_equal(emit_send(emit, &SMALL, NULL, 0), RC_OK); /* it begins anew */
    assert_int_equal(emit_get_wait_ms(emit, 30000), 0);
    emit_close(emit, CLOSE_TIMEOUT_MS);
}

static void close_without_a_broker_returns_in_time(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct clock clock;

    rd_kafka_mock_broker_set_down(fixture->mock, 1);
    assert_int_equal(emit_send(emit, &SMALL, NULL, 0), RC_OK);
    clock_init(&clock);
    emit_close(emit, 300);
    assert_in_range(clock_read(&clock).mono_ms, 300, 3000);
    emit_close(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_of_a_partition_get_rising_offsets_in_the_order_sent,
                                        kafka_fixture_set_up_mock, kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(passing_trouble_of_the_broker_delays_and_nothing_else,
                                        kafka_fixture_set_up_mock, kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(refusals_are_told_from_what_is_unknown, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(unknown_topic_or_partition_is_refused_at_once, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(full_queue_takes_nothing_and_says_so, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(record_over_the_clients_own_limit_is_refused_at_once, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(hops_linger, kafka_fixture_set_up_mock, kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(close_waits_for_what_is_under_way, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(wait_of_a_partition_is_told_until_its_next_report, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(close_without_a_broker_returns_in_time, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
    };

    return cmocka_run_group_tests_name("emit", tests, NULL, kafka_fixture_close_mock);
}
