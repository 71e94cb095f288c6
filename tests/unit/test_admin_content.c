/* Header and body of a task as it lies in Kafka, on a mock cluster. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "admin_content.h"
#include "alloc.h"
#include "clock.h"
#include "kafka_fixture.h"

#define KEY "order:1"
#define START "{\"business_type\":\"order\",\"business_id\":\"1\",\"url\":\"http://pay.example/\""

struct test {
    struct kafka_fixture kafka;
    struct emit *emit;
    struct admin_content *content;
    struct buffer json;
    char errstr[512];
};

static int set_up(void **state)
{
    struct test *test = alloc_zeroed(1, sizeof *test);

    kafka_fixture_open_mock(&test->kafka);
    test->emit = kafka_fixture_open_emit(&test->kafka);
    admin_content_open(&test->kafka.params, "content", &test->content);
    *state = test;
    return 0;
}

static int tear_down(void **state)
{
    struct test *test = *state;

    admin_content_close(test->content);
    emit_close(test->emit, 1000);
    buffer_close(&test->json);
    kafka_fixture_close(&test->kafka);
    free(test);
    return 0;
}

static int empty_json(void **state)
{
    struct test *test = *state;

    buffer_reset(&test->json);
    return 0;
}

static struct coords send_task(struct test *test, const char *value)
{
    return (struct coords){
        .topic = COORDS_TASKS, .partition = 2, .offset = send_one(test->emit, TOPIC_TASKS, 0, 2, KEY, value)};
}

static enum rc append(struct test *test, const struct coords *coords, bool reveals)
{
    test->errstr[0] = '\0';
    return admin_content_append(test->content, coords, KEY, reveals, &test->json, test->errstr, sizeof test->errstr);
}

static void expect(struct test *test, const char *value, bool reveals, const char *json)
{
    struct coords coords = send_task(test, value);

    buffer_reset(&test->json);
    if (append(test, &coords, reveals) != RC_OK)
        fail_msg("%s: %s", value, test->errstr);
    assert_string_equal(test->json.data, json);
}

static void header_and_body_of_the_record_are_shown(void **state)
{
    expect(*state, START ",\"header\":{\"X-A\":\"1\",\"X-B\":\"2\"},\"body\":\"hello\"}", true,
           "{\"header\":{\"X-A\":\"1\",\"X-B\":\"2\"},\"body\":\"hello\"}");
}

static void header_values_are_hidden_unless_revealed(void **state)
{
    expect(*state, START ",\"header\":{\"Authorization\":\"Bearer s3cret\",\"X-B\":\"\"},\"body\":\"hello\"}", false,
           "{\"header\":{\"Authorization\":\"***\",\"X-B\":\"***\"},\"body\":\"hello\"}");
}

static void task_without_either_is_an_empty_header(void **state)
{
    expect(*state, START "}", true, "{\"header\":{}}");
    expect(*state, START ",\"body\":\"\"}", true, "{\"header\":{},\"body\":\"\"}");
}

static void text_is_escaped_and_stays_text(void **state)
{
    expect(*state, START ",\"body\":\"a\\\"\\n\xe2\x82\xac\"}", true,
           "{\"header\":{},\"body\":\"a\\\"\\n\xe2\x82\xac\"}");
    /* Published as base64, but text. */
    expect(*state, START ",\"body_base64\":\"aGVsbG8=\"}", true, "{\"header\":{},\"body\":\"hello\"}");
}

static void body_that_is_no_text_is_base64(void **state)
{
    expect(*state, START ",\"body_base64\":\"//4=\"}", true, "{\"header\":{},\"body_base64\":\"//4=\"}");
    expect(*state, START ",\"body_base64\":\"YQBi\"}", true, "{\"header\":{},\"body_base64\":\"YQBi\"}"); /* a NUL */
    expect(*state, START ",\"body_base64\":\"YeKC\"}", true, "{\"header\":{},\"body_base64\":\"YeKC\"}"); /* cut */
}

static void tier_is_read_like_tasks(void **state)
{
    struct test *test = *state;
    struct coords coords = {.topic = COORDS_DELAY, .partition = 1, .tier_ms = 5000};

    coords.offset = send_one(test->emit, TOPIC_DELAY, 5000, 1, KEY, START ",\"body\":\"later\"}");
    assert_int_equal(append(test, &coords, true), RC_OK);
    assert_string_equal(test->json.data, "{\"header\":{},\"body\":\"later\"}");
}

static void each_offset_is_its_own_record(void **state)
{
    struct test *test = *state;
    struct coords first = send_task(test, START ",\"body\":\"first\"}");
    struct coords second = send_task(test, START ",\"body\":\"second\"}");

    assert_int_equal(append(test, &second, true), RC_OK);
    assert_int_equal(append(test, &first, true), RC_OK);
    assert_string_equal(test->json.data, "{\"header\":{},\"body\":\"second\"}{\"header\":{},\"body\":\"first\"}");
}

static void what_is_not_kept_is_not_found(void **state)
{
    struct test *test = *state;
    struct coords none = {.topic = COORDS_NONE};
    struct coords coords = send_task(test, START "}");

    coords.offset += 100;
    assert_int_equal(append(test, &coords, true), RC_NOT_FOUND);
    assert_string_equal(test->errstr, "no longer kept");
    assert_int_equal(append(test, &none, true), RC_NOT_FOUND);
    assert_int_equal(test->json.len_bytes, 0);
    coords.offset -= 100; /* and the next question is answered */
    assert_int_equal(append(test, &coords, true), RC_OK);
}

static void record_of_another_task_is_not_shown(void **state)
{
    struct test *test = *state;
    struct coords coords = send_task(test, "{\"business_type\":\"order\",\"business_id\":\"10\","
                                           "\"url\":\"http://pay.example/\",\"body\":\"of another\"}");

    assert_int_equal(append(test, &coords, true), RC_NOT_FOUND);
    assert_string_equal(test->errstr, "no longer kept: the record of another task has its place");
    assert_int_equal(test->json.len_bytes, 0);
}

static void record_that_is_no_task_is_corrupt_and_says_why(void **state)
{
    struct test *test = *state;
    struct coords odd = send_task(test, START ",\"colour\":\"red\"}");
    struct coords empty = send_task(test, NULL);

    assert_int_equal(append(test, &odd, true), RC_CORRUPT);
    assert_non_null(strstr(test->errstr, "the record cannot be read: field colour"));
    assert_int_equal(append(test, &empty, true), RC_CORRUPT);
    assert_string_equal(test->errstr, "the record cannot be read: it has no value");
    assert_int_equal(test->json.len_bytes, 0);
}

static void nothing_is_read_after_the_shut(void **state)
{
    struct test *test = *state;
    struct coords coords = send_task(test, START "}");

    admin_content_shut(test->content);
    assert_int_equal(append(test, &coords, true), RC_UNAVAILABLE);
    assert_string_equal(test->errstr, "the worker is closing");
    admin_content_shut(NULL);
    admin_content_close(NULL);
}

struct reader {
    struct test *test;
    struct coords coords;
    pthread_t thread;
    enum rc rc;
    char errstr[512];
};

static void *read_content(void *opaque)
{
    struct reader *reader = opaque;
    struct buffer json = {0};

    reader->rc = admin_content_append(reader->test->content, &reader->coords, KEY, true, &json, reader->errstr,
                                      sizeof reader->errstr);
    if (reader->rc == RC_OK && strcmp(json.data, "{\"header\":{},\"body\":\"hello\"}") != 0)
        reader->rc = RC_CONFLICT;
    buffer_close(&json);
    return NULL;
}

static void start_reader(struct reader *reader, struct test *test, const struct coords *coords)
{
    *reader = (struct reader){.test = test, .coords = *coords};
    assert_int_equal(pthread_create(&reader->thread, NULL, read_content, reader), 0);
}

static void threads_read_one_after_another(void **state)
{
    struct test *test = *state;
    struct coords coords = send_task(test, START ",\"body\":\"hello\"}");
    struct reader readers[4];

    for (size_t i = 0; i < 4; i++)
        start_reader(&readers[i], test, &coords);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
        if (readers[i].rc != RC_OK)
            fail_msg("%d: %s", (int)readers[i].rc, readers[i].errstr);
    }
}

static void silent_brokers_cost_one_wait_for_all_who_ask(void **state)
{
    struct test *test = *state;
    struct coords coords = send_task(test, START ",\"body\":\"hello\"}");
    struct reader readers[4];
    struct clock clock;

    rd_kafka_mock_broker_set_down(test->kafka.mock, 1);
    clock_init(&clock);
    for (size_t i = 0; i < 4; i++)
        start_reader(&readers[i], test, &coords);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
        assert_int_equal(readers[i].rc, RC_UNAVAILABLE);
        assert_int_equal(strncmp(readers[i].errstr, "read the task: ", 15), 0);
    }
    assert_true(clock_read(&clock).mono_ms < 9000); /* two waits are 10 s */
}

static void shut_ends_the_read_under_way(void **state)
{
    struct test *test = *state;
    struct coords coords = send_task(test, START ",\"body\":\"hello\"}");
    struct reader reader;
    struct clock clock;

    rd_kafka_mock_broker_set_down(test->kafka.mock, 1);
    clock_init(&clock);
    start_reader(&reader, test, &coords);
    admin_content_shut(test->content);
    assert_int_equal(pthread_join(reader.thread, NULL), 0);
    assert_int_equal(reader.rc, RC_UNAVAILABLE);
    assert_true(clock_read(&clock).mono_ms < 3000);
}

#define SHARED(name) cmocka_unit_test_setup(name, empty_json)
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    /* Closing a client takes up to a second: those that only read share one. */
    const struct CMUnitTest reading[] = {
        SHARED(header_and_body_of_the_record_are_shown), SHARED(header_values_are_hidden_unless_revealed),
        SHARED(task_without_either_is_an_empty_header),  SHARED(text_is_escaped_and_stays_text),
        SHARED(body_that_is_no_text_is_base64),          SHARED(tier_is_read_like_tasks),
        SHARED(each_offset_is_its_own_record),           SHARED(what_is_not_kept_is_not_found),
        SHARED(record_of_another_task_is_not_shown),     SHARED(record_that_is_no_task_is_corrupt_and_says_why),
        SHARED(threads_read_one_after_another),
    };
    const struct CMUnitTest failing[] = {
        CASE(nothing_is_read_after_the_shut),
        CASE(silent_brokers_cost_one_wait_for_all_who_ask),
        CASE(shut_ends_the_read_under_way),
    };
    int failed_count = cmocka_run_group_tests_name("admin_content reading", reading, set_up, tear_down);

    return failed_count + cmocka_run_group_tests_name("admin_content failing", failing, NULL, kafka_fixture_close_mock);
}
