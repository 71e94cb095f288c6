/* intake and emit on a real broker, whose address is in AUTOHTTP_TEST_BOOTSTRAP: what the mock cluster cannot show. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "clock.h"
#include "kafka_fixture.h"

#define MANY_COUNT 200000

static const char *bootstrap;

static int set_up(void **state)
{
    static struct kafka_fixture fixture;

    kafka_fixture_open_broker(&fixture, bootstrap);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    kafka_fixture_close(*state);
    return 0;
}

static void record_comes_back_with_header_key_and_append_time(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct record record;
    struct intake_stream *stream;

    assert_int_equal(wait_start(intake, partitions), KAFKA_FIXTURE_PARTITION_COUNT);
    assert_int_equal(send_one(emit, TOPIC_DELAY, 5000, 2, "order:1", "body"), 0);
    stream = intake_get_stream(intake, TOPIC_DELAY, 5000, 2);
    do {
        wait_record(intake, stream, &record);
    } while (record.is_end);
    assert_int_equal(record.kind, TOPIC_DELAY);
    assert_int_equal(record.tier_ms, 5000);
    assert_int_equal(record.partition, 2);
    assert_int_equal(record.offset, 0);
    assert_true(record.append_time_ms > 1600000000000);
    assert_memory_equal(record.key, "order:1", 7);
    assert_memory_equal(record.value, "body", 4);
    assert_int_equal(record.header_bytes, 3);
    assert_memory_equal(record.header, "v=1", 3);
    assert_false(record.has_two_headers);
    intake_release_record(&record);
    intake_close(intake, 5000);
    emit_close(emit, 1000);
}

static void second_member_takes_half_and_gives_it_back(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct intake *one = kafka_fixture_open_intake(fixture, "one");
    struct intake *two;
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_event event;
    struct intake_commit commit;
    int64_t end_offset;
    size_t count;

    for (int i = 0; i < 10; i++) {
        send_one(emit, TOPIC_TASKS, 0, 3, "a:1", "x");
    }
    assert_int_equal(wait_start(one, partitions), 4);
    commit = (struct intake_commit){intake_get_stream(one, TOPIC_TASKS, 0, 3), 4};
    assert_int_equal(intake_stream_get_start_offset(commit.stream), -1);
    assert_int_equal(read_to_end(one, commit.stream, &end_offset), 10);
    intake_commit(one, &commit, 1, 99);
    wait_event(one, INTAKE_COMMITTED, &event);
    assert_int_equal(event.token, 99);
    assert_int_equal(event.rc, RC_OK);

    two = kafka_fixture_open_intake(fixture, "two");
    wait_event(one, INTAKE_REVOKING, &event);
    commit.offset = 6; /* drained meanwhile */
    intake_commit(one, &commit, 1, 100);
    wait_event(one, INTAKE_COMMITTED, &event);
    assert_int_equal(event.rc, RC_OK);
    intake_finish_revoke(one);
    assert_null(intake_get_stream(one, TOPIC_TASKS, 0, 3));

    count = wait_start(two, partitions);
    assert_int_equal(count, 2);
    assert_int_equal(wait_start(one, partitions), 2);
    if (intake_get_stream(one, TOPIC_TASKS, 0, 3) != NULL) {
        struct intake *swap = one;
        one = two;
        two = swap;
    }
    commit.stream = intake_get_stream(two, TOPIC_TASKS, 0, 3);
    assert_int_equal(intake_stream_get_start_offset(commit.stream), 6);
    assert_int_equal(read_to_end(two, commit.stream, &end_offset), 4);
    assert_int_equal(end_offset, 10);
    intake_close(two, 5000);

    wait_event(one, INTAKE_REVOKING, &event);
    intake_finish_revoke(one);
    assert_int_equal(wait_start(one, partitions), 4);
    assert_int_equal(read_to_end(one, intake_get_stream(one, TOPIC_TASKS, 0, 3), &end_offset), 4);
    intake_close(one, 5000);
    emit_close(emit, 1000);
}

static void trimmed_stream_is_read_from_its_log_start(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_commit commit;
    struct intake_event event;
    char name[TOPICS_NAME_MAX_BYTES];
    int64_t end_offset;

    for (int i = 0; i < 8; i++) {
        send_one(emit, TOPIC_DELAY, 1000, 0, "a:1", "x");
    }
    wait_start(intake, partitions);
    commit = (struct intake_commit){intake_get_stream(intake, TOPIC_DELAY, 1000, 0), 2};
    intake_commit(intake, &commit, 1, 1);
    wait_event(intake, INTAKE_COMMITTED, &event);
    intake_close(intake, 5000);
    kafka_fixture_print_name(fixture, TOPIC_DELAY, 1000, name);
    kafka_fixture_trim(fixture, name, 0, 5);

    intake = kafka_fixture_open_intake(fixture, "one");
    wait_start(intake, partitions);
    commit.stream = intake_get_stream(intake, TOPIC_DELAY, 1000, 0);
    assert_int_equal(intake_stream_get_start_offset(commit.stream), 5);
    assert_int_equal(read_to_end(intake, commit.stream, &end_offset), 3);
    intake_close(intake, 5000);
    emit_close(emit, 1000);
}

static void committed_offset_above_the_log_end_is_fatal(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_commit commit;
    struct intake_event event;

    wait_start(intake, partitions);
    commit = (struct intake_commit){intake_get_stream(intake, TOPIC_CONTROL, 0, 1), 17};
    intake_commit(intake, &commit, 1, 1);
    wait_event(intake, INTAKE_COMMITTED, &event);
    intake_close(intake, 5000);
    intake = kafka_fixture_open_intake(fixture, "one");
    wait_event(intake, INTAKE_FATAL, &event);
    assert_non_null(strstr(event.text, ".control, partition 1: committed offset 17 is above the log end 0"));
    intake_close(intake, 5000);
}

static void stream_that_the_log_does_not_go_on_from_is_opened_anew(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    struct intake_position position = {0, 500};
    struct intake_event event = {0};
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_stream *stream;
    struct record record;
    int64_t end_offset;
    struct clock clock;

    clock_init(&clock);
    wait_event(intake, INTAKE_ASSIGNED, &event);
    intake_start(intake, &position, 1);
    stream = intake_get_stream(intake, TOPIC_STATE, 0, 0);
    while (event.kind != INTAKE_REVOKING && clock_read(&clock).mono_ms < KAFKA_FIXTURE_WAIT_MS) {
        assert_false(intake_read(stream, &record));
        intake_take_event(intake, &event);
    }
    assert_int_equal(event.kind, INTAKE_REVOKING);
    intake_seek(intake, stream, 0); /* of no use, and without harm */
    intake_finish_revoke(intake);
    assert_int_equal(wait_start(intake, partitions), KAFKA_FIXTURE_PARTITION_COUNT);
    assert_int_equal(read_to_end(intake, intake_get_stream(intake, TOPIC_STATE, 0, 0), &end_offset), 0);
    intake_close(intake, 5000);
}

static void wait_fd(struct intake *intake)
{
    struct pollfd pollfd = {intake_get_fd(intake), POLLIN, 0};

    poll(&pollfd, 1, 1000);
    intake_clear_fd(intake);
}

static void stream_that_failed_unseen_before_it_is_sought_is_noticed(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    struct intake_position position = {0, 500};
    struct intake_event event = {0};
    struct clock clock;

    clock_init(&clock);
    wait_event(intake, INTAKE_ASSIGNED, &event);
    intake_start(intake, &position, 1);
    while (event.kind != INTAKE_REVOKING && clock_read(&clock).mono_ms < KAFKA_FIXTURE_WAIT_MS) {
        wait_fd(intake); /* for the failure, which is not read */
        intake_seek(intake, intake_get_stream(intake, TOPIC_STATE, 0, 0), 500);
        wait_fd(intake); /* for the answer */
        intake_take_event(intake, &event);
    }
    assert_int_equal(event.kind, INTAKE_REVOKING);
    intake_close(intake, 5000);
}

static void assignment_tells_what_the_logs_of_state_hold(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct intake *intake;
    struct intake_event event;
    char name[TOPICS_NAME_MAX_BYTES];

    for (int i = 0; i < 8; i++) {
        send_one(emit, TOPIC_STATE, 0, 1, "a:1", "x");
    }
    kafka_fixture_print_name(fixture, TOPIC_STATE, 0, name);
    kafka_fixture_trim(fixture, name, 1, 5);
    intake = kafka_fixture_open_intake(fixture, "one");
    wait_event(intake, INTAKE_ASSIGNED, &event);
    for (size_t i = 0; i < event.partition_list_count; i++) {
        bool is_filled = event.partitions[i] == 1;

        assert_int_equal(event.state_ranges[i].start_offset, is_filled ? 5 : 0);
        assert_int_equal(event.state_ranges[i].end_offset, is_filled ? 8 : 0);
    }
    intake_close(intake, 5000);
    emit_close(emit, 1000);
}

static void seek_reads_again_and_only_from_there(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_stream *stream;
    struct record record;
    int64_t end_offset;

    for (int i = 0; i < 10; i++) {
        send_one(emit, TOPIC_TASKS, 0, 1, "a:1", "x");
    }
    wait_start(intake, partitions);
    stream = intake_get_stream(intake, TOPIC_TASKS, 0, 1);
    intake_seek(intake, stream, 7); /* at once, when the fetch has not begun */
    wait_record(intake, stream, &record);
    assert_int_equal(record.offset, 7);
    intake_release_record(&record);
    intake_seek(intake, stream, 3); /* with 8 and 9 in the queue */
    wait_record(intake, stream, &record);
    assert_int_equal(record.offset, 3);
    intake_release_record(&record);
    assert_int_equal(read_to_end(intake, stream, &end_offset), 6);
    intake_seek(intake, stream, -1);
    assert_int_equal(read_to_end(intake, stream, &end_offset), 10);
    assert_int_equal(end_offset, 10);
    intake_close(intake, 5000);
    emit_close(emit, 1000);
}

static void wait_fetched(struct intake *intake, int64_t offset, enum rc rc, struct intake_event *ret_event)
{
    struct coords coords = {COORDS_TASKS, 2, 0, offset};
    struct clock clock;

    clock_init(&clock);
    intake_fetch(intake, &coords, 40);
    wait_event(intake, INTAKE_FETCHED, ret_event);
    print_message("fetch of offset %d: %d ms\n", (int)offset, (int)clock_read(&clock).mono_ms);
    assert_int_equal(ret_event->token, 40);
    assert_int_equal(ret_event->rc, rc);
}

static void fetch_gives_a_record_by_its_coordinates_while_it_is_kept(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    struct intake_event event;
    char name[TOPICS_NAME_MAX_BYTES];

    for (int i = 0; i < 5; i++) {
        char value[2] = {(char)('0' + i), 0};
        send_one(emit, TOPIC_TASKS, 0, 2, "a:1", value);
    }
    for (int i = 4; i >= 0; i--) {
        wait_fetched(intake, i, RC_OK, &event);
        assert_int_equal(event.record.offset, i);
        assert_int_equal(event.record.value[0], '0' + i);
        assert_int_equal(event.record.kind, TOPIC_TASKS);
        assert_int_equal(event.record.header_bytes, 3);
    }
    wait_fetched(intake, 5, RC_NOT_FOUND, &event);
    wait_fetched(intake, 50, RC_NOT_FOUND, &event);
    kafka_fixture_print_name(fixture, TOPIC_TASKS, 0, name);
    kafka_fixture_trim(fixture, name, 2, 3);
    wait_fetched(intake, 1, RC_NOT_FOUND, &event);
    wait_fetched(intake, 3, RC_OK, &event);
    intake_close(intake, 5000);
    emit_close(emit, 1000);
}

static void log_end_is_read_from_the_broker(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    struct intake_event event;

    for (int i = 0; i < 3; i++) {
        assert_int_equal(send_one(emit, TOPIC_TASKS, 0, 0, "a:1", "x"), i);
        intake_query_end(intake, 0, 5);
        wait_event(intake, INTAKE_LOG_END, &event);
        assert_int_equal(event.rc, RC_OK);
        assert_int_equal(event.token, 5);
        assert_int_equal(event.offset, i + 1);
    }
    intake_close(intake, 5000);
    emit_close(emit, 1000);
}

static void membership_is_proven_only_by_a_member(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_event event;

    intake_commit(intake, NULL, 0, 1); /* nothing is assigned yet */
    wait_event(intake, INTAKE_COMMITTED, &event);
    assert_int_equal(event.rc, RC_CLOSED);
    wait_start(intake, partitions);
    intake_commit(intake, NULL, 0, 2);
    wait_event(intake, INTAKE_COMMITTED, &event);
    assert_int_equal(event.token, 2);
    assert_int_equal(event.rc, RC_OK);
    intake_close(intake, 5000);
}

static void large_record_is_refused_and_its_neighbours_are_not(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);
    size_t large_bytes = 3000000;
    char *large = malloc(large_bytes);
    struct emit_record record = {.urgency = EMIT_CARRY, .kind = TOPIC_DEAD, .key = "a:1", .key_bytes = 3};
    struct emit_report report;
    int accepted_count = 0;

    clock_fill_random(large, large_bytes); /* so that it does not shrink */
    for (int i = 0; i < 21; i++) {
        record.token = (uint64_t)i;
        record.value = large;
        record.value_bytes = i == 10 ? large_bytes : 100;
        assert_int_equal(emit_send(emit, &record, NULL, 0), RC_OK);
    }
    assert_int_equal(emit_count_open(emit), 21);
    for (int i = 0; i < 21; i++) {
        wait_report(emit, &report);
        assert_int_equal(report.rc, report.token == 10 ? RC_TOO_LARGE : RC_OK);
        accepted_count += report.rc == RC_OK;
        if (report.rc == RC_OK) {
            assert_true(report.append_time_ms > 1600000000000);
        }
    }
    assert_int_equal(accepted_count, 20);
    assert_int_equal(emit_count_open(emit), 0);
    record.partition = KAFKA_FIXTURE_PARTITION_COUNT;
    record.value_bytes = 1;
    assert_int_equal(emit_send(emit, &record, NULL, 0), RC_INVALID);
    free(large);
    emit_close(emit, 1000);
}

static void compressed_zeros_pass_and_the_next_record_too(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    size_t zeros_bytes = 5000000;
    struct emit_record zeros = {.kind = TOPIC_TASKS, .value = calloc(1, zeros_bytes), .value_bytes = zeros_bytes};
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct emit_report report;
    struct record record;
    struct intake_stream *stream;

    assert_int_equal(emit_send(emit, &zeros, NULL, 0), RC_OK);
    wait_report(emit, &report);
    assert_int_equal(report.rc, RC_OK);
    send_one(emit, TOPIC_TASKS, 0, 0, "a:1", "x");
    wait_start(intake, partitions);
    stream = intake_get_stream(intake, TOPIC_TASKS, 0, 0);
    wait_record(intake, stream, &record);
    assert_int_equal(record.value_bytes, zeros_bytes);
    assert_null(record.key);
    assert_null(record.header);
    intake_release_record(&record);
    wait_record(intake, stream, &record);
    assert_int_equal(record.offset, 1);
    intake_release_record(&record);
    free((void *)(uintptr_t)zeros.value);
    intake_close(intake, 5000);
    emit_close(emit, 1000);
}

static void topic_with_another_partition_count_is_fatal(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake;
    struct intake_event event;
    char name[TOPICS_NAME_MAX_BYTES];

    kafka_fixture_print_name(fixture, TOPIC_DELAY, 9000, name);
    kafka_fixture_create_topic(fixture, name, 2, NULL);
    intake = kafka_fixture_open_intake(fixture, "one");
    wait_event(intake, INTAKE_FATAL, &event);
    assert_non_null(strstr(event.text, "delay.9000ms has 2 partitions, not 4"));
    intake_close(intake, 5000);
}

static void missing_topics_are_fatal_and_say_what_to_do(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct intake *intake;
    struct intake_event event;
    char name[TOPICS_NAME_MAX_BYTES];

    kafka_fixture_print_name(fixture, TOPIC_TASKS, 0, name);
    kafka_fixture_delete_topic(fixture, name);
    intake = kafka_fixture_open_intake(fixture, "one");
    wait_event(intake, INTAKE_FATAL, &event);
    assert_non_null(strstr(event.text, ".tasks does not exist: run `autohttp topics apply --execute`"));
    intake_close(intake, 5000);
}

static double get_cpu_s(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void throughput_is_printed(void **state)
{
    struct kafka_fixture *fixture = *state;
    struct emit *emit = kafka_fixture_open_emit(fixture);
    struct intake *intake = kafka_fixture_open_intake(fixture, "one");
    char body[400] = {0};
    struct emit_record record = {.urgency = EMIT_ROW,
                                 .kind = TOPIC_STATE,
                                 .key = "order:123456",
                                 .key_bytes = 12,
                                 .value = body,
                                 .value_bytes = sizeof body,
                                 .header_count = 1};
    int32_t partitions[KAFKA_FIXTURE_PARTITION_MAX];
    struct emit_report report;
    struct clock clock;
    double cpu_s = get_cpu_s();
    int64_t end_offset;
    int reported = 0;

    clock_init(&clock);
    record.headers[0] = (struct emit_header){"autohttp", "v=1;id=3-1234;n=3;due=1767225600000;ep=12", 41};
    for (int i = 0; i < MANY_COUNT; i++) {
        record.token = (uint64_t)i;
        if (emit_send(emit, &record, NULL, 0) == RC_FULL) {
            i--;
        }
        while (i % 1000 == 0 && emit_take_report(emit, &report)) {
            assert_int_equal(report.rc, RC_OK);
            reported++;
        }
    }
    print_message("emit: taken in %.2f s CPU\n", get_cpu_s() - cpu_s);
    for (; reported < MANY_COUNT; reported++) {
        wait_report(emit, &report);
        assert_int_equal(report.rc, RC_OK);
    }
    print_message("emit: %d records in %d ms, %.2f us CPU each\n", MANY_COUNT, (int)clock_read(&clock).mono_ms,
                  (get_cpu_s() - cpu_s) * 1e6 / MANY_COUNT);
    wait_start(intake, partitions);
    clock_init(&clock);
    cpu_s = get_cpu_s();
    assert_int_equal(read_to_end(intake, intake_get_stream(intake, TOPIC_STATE, 0, 0), &end_offset), MANY_COUNT);
    print_message("intake: %d records in %d ms, %.2f us CPU each\n", MANY_COUNT, (int)clock_read(&clock).mono_ms,
                  (get_cpu_s() - cpu_s) * 1e6 / MANY_COUNT);
    intake_close(intake, 5000);
    emit_close(emit, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(record_comes_back_with_header_key_and_append_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(second_member_takes_half_and_gives_it_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trimmed_stream_is_read_from_its_log_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(committed_offset_above_the_log_end_is_fatal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stream_that_the_log_does_not_go_on_from_is_opened_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stream_that_failed_unseen_before_it_is_sought_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(assignment_tells_what_the_logs_of_state_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(seek_reads_again_and_only_from_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fetch_gives_a_record_by_its_coordinates_while_it_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(log_end_is_read_from_the_broker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(membership_is_proven_only_by_a_member, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_record_is_refused_and_its_neighbours_are_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(compressed_zeros_pass_and_the_next_record_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(topic_with_another_partition_count_is_fatal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing_topics_are_fatal_and_say_what_to_do, set_up, tear_down),
        cmocka_unit_test_setup_teardown(throughput_is_printed, set_up, tear_down),
    };

    bootstrap = getenv("AUTOHTTP_TEST_BOOTSTRAP");
    if (bootstrap == NULL) {
        fprintf(stderr, "test_ports: AUTOHTTP_TEST_BOOTSTRAP names no broker\n");
        return EXIT_FAILURE;
    }
    return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
