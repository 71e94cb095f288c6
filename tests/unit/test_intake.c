/* intake on a mock cluster: assignments, streams, records. test_intake_faults.c has the errors, test_ports.c a real
 * broker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "kafka_fixture.h"

#define CLOSE_TIMEOUT_MS 5000

static void assigned_names_cluster_partitions_and_tiers_rising(void **state)
{
    struct intake *intake = kafka_fixture_open_intake(*state, "one");
    struct intake_event event;

    wait_event(intake, INTAKE_ASSIGNED, &event);
    assert_true(strlen(event.cluster_id) > 0);
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

static void bad_kafka_setting_is_named_with_its_line(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = NULL;
    char errstr[256] = "";

    kafka_fixture_set_kafka(fixture, "socket.timeout.mz", "5", false);
    assert_int_equal(intake_open(&fixture->params, "one", &intake, errstr, sizeof errstr), RC_INVALID);
    assert_non_null(strstr(errstr, "test.yaml:17: kafka: socket.timeout.mz: "));
    assert_null(intake);
}

static void bad_secret_is_not_printed(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = NULL;
    char errstr[256] = "";

    kafka_fixture_set_kafka(fixture, "socket.timeout.ms", "hunter2", true);
    assert_int_equal(intake_open(&fixture->params, "one", &intake, errstr, sizeof errstr), RC_INVALID);
    assert_non_null(strstr(errstr, "socket.timeout.ms"));
    assert_null(strstr(errstr, "hunter2"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(assigned_names_cluster_partitions_and_tiers_rising, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(only_started_partitions_have_streams, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(end_is_told_each_time_it_is_reached, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(state_is_read_from_the_position_given, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(null_key_null_value_and_no_header_are_told_from_empty_ones,
                                        kafka_fixture_set_up_mock, kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(second_header_of_the_name_is_noticed, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(fetch_of_no_coordinates_is_not_found, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(bad_kafka_setting_is_named_with_its_line, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(bad_secret_is_not_printed, kafka_fixture_set_up_mock, kafka_fixture_tear_down),
        cmocka_unit_test_setup_teardown(close_in_the_middle_of_a_rebalance_returns_in_time, kafka_fixture_set_up_mock,
                                        kafka_fixture_tear_down),
    };

    return cmocka_run_group_tests_name("intake", tests, NULL, kafka_fixture_close_mock);
}
