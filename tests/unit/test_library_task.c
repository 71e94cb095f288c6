/* Building a task: setters, getters, JSON, refusals that name the field, the life of a publish id. */
#include "autohttp.h"
#include "cmocka_all.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T AUTOHTTP_TEXT

static autohttp_task_t *make_task(void)
{
    autohttp_task_t *task = autohttp_task_new();

    assert_non_null(task);
    assert_int_equal(autohttp_task_set_business_key(task, "order", T, "42", T), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_set_url(task, "http://127.0.0.1/x", T), AUTOHTTP_OK);
    return task;
}

static void assert_refused(autohttp_task_t *task, const char *field)
{
    char errstr[512] = "";
    enum autohttp_rc rc = autohttp_task_check(task, errstr, sizeof errstr);

    if (rc == AUTOHTTP_OK || strstr(errstr, field) == NULL) {
        fail_msg("expected a refusal that names %s, got %s \"%s\"", field, autohttp_rc_get_name(rc), errstr);
    }
    autohttp_task_free(task);
}

static void getters_give_back_what_was_set(void **state)
{
    const int64_t wait_ms[] = {1000, 2500};
    size_t body_bytes = 0;
    autohttp_task_t *task = make_task();

    (void)state;
    assert_string_equal(autohttp_task_get_method(task), "GET");
    assert_int_equal(autohttp_task_set_body(task, "a\0b", 3), AUTOHTTP_OK);
    assert_string_equal(autohttp_task_get_method(task), "POST");
    assert_int_equal(autohttp_task_set_method(task, "PUTTER", 3), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_add_header(task, "X-A", T, "1", T), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_add_header(task, "X-B", T, "", 0), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_set_not_before(task, 1700000000123), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_set_timeout(task, 1500), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_set_duplicate(task, "replace", T), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_set_idempotency_key(task, "idem", T), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_set_ladder(task, wait_ms, 2), AUTOHTTP_OK);
    assert_string_equal(autohttp_task_get_business_type(task), "order");
    assert_string_equal(autohttp_task_get_business_id(task), "42");
    assert_string_equal(autohttp_task_get_url(task), "http://127.0.0.1/x");
    assert_string_equal(autohttp_task_get_method(task), "PUT");
    assert_memory_equal(autohttp_task_get_body(task, &body_bytes), "a\0b", 4);
    assert_int_equal(body_bytes, 3);
    assert_int_equal(autohttp_task_get_header_count(task), 2);
    assert_string_equal(autohttp_task_get_header_name(task, 0), "X-A");
    assert_string_equal(autohttp_task_get_header_value(task, 1), "");
    assert_null(autohttp_task_get_header_name(task, 2));
    assert_null(autohttp_task_get_header_value(task, 2));
    assert_int_equal(autohttp_task_is_ladder(task), 1);
    assert_int_equal(autohttp_task_get_ladder_count(task), 2);
    assert_int_equal(autohttp_task_get_ladder_wait(task, 1), 2500);
    assert_int_equal(autohttp_task_get_ladder_wait(task, 2), -1);
    assert_int_equal(autohttp_task_get_not_before(task), 1700000000123);
    assert_int_equal(autohttp_task_get_timeout(task), 1500);
    assert_string_equal(autohttp_task_get_duplicate(task), "replace");
    assert_string_equal(autohttp_task_get_idempotency_key(task), "idem");
    assert_int_equal(autohttp_task_check(task, NULL, 0), AUTOHTTP_OK);
    autohttp_task_free(task);
}

static void defaults_are_the_seeds(void **state)
{
    autohttp_task_t *task = make_task();

    (void)state;
    assert_int_equal(autohttp_task_is_ladder(task), 0);
    assert_int_equal(autohttp_task_get_step_wait(task), 60000);
    assert_int_equal(autohttp_task_get_step_retry_count(task), 0);
    assert_string_equal(autohttp_task_get_duplicate(task), "");
    assert_null(autohttp_task_get_idempotency_key(task));
    assert_null(autohttp_task_get_body(task, NULL));
    autohttp_task_free(task);
}

static void step_after_ladder_forgets_the_ladder(void **state)
{
    const int64_t wait_ms[] = {1000};
    autohttp_task_t *task = make_task();

    (void)state;
    assert_int_equal(autohttp_task_set_ladder(task, wait_ms, 1), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_set_step(task, 500, 3), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_is_ladder(task), 0);
    assert_int_equal(autohttp_task_get_ladder_count(task), 0);
    assert_int_equal(autohttp_task_get_step_wait(task), 500);
    assert_int_equal(autohttp_task_get_step_retry_count(task), 3);
    autohttp_task_free(task);
}

static void cleared_headers_are_gone(void **state)
{
    autohttp_task_t *task = make_task();

    (void)state;
    assert_int_equal(autohttp_task_add_header(task, "X-A", T, "1", T), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_clear_headers(task), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_get_header_count(task), 0);
    assert_int_equal(autohttp_task_set_body(task, "x", 1), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_set_body(task, NULL, 0), AUTOHTTP_OK);
    assert_null(autohttp_task_get_body(task, NULL));
    assert_string_equal(autohttp_task_get_method(task), "GET");
    autohttp_task_free(task);
}

static void what_the_object_cannot_hold_is_refused_at_once(void **state)
{
    static int64_t wait_ms[65];
    autohttp_task_t *task = make_task();
    char *big = calloc(1, (1 << 20) + 1);

    (void)state;
    assert_int_equal(autohttp_task_set_url(task, "http://a\0b", 10), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_task_set_url(task, NULL, 0), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_task_set_business_key(task, "a", 1, "b\0", 2), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_task_set_business_key(task, "a\0", 2, "b", 1), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_task_add_header(task, "a", 1, "\0", 1), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_task_set_duplicate(task, "maybe", T), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_task_set_duplicate(task, NULL, 0), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_task_set_body(task, big, (1 << 20) + 1), AUTOHTTP_TOO_LARGE);
    assert_int_equal(autohttp_task_set_ladder(task, wait_ms, 65), AUTOHTTP_TOO_LARGE);
    assert_int_equal(autohttp_task_set_ladder(task, NULL, 1), AUTOHTTP_INVALID);
    assert_string_equal(autohttp_task_get_url(task), "http://127.0.0.1/x");
    assert_string_equal(autohttp_task_get_business_id(task), "42");
    assert_int_equal(autohttp_task_check(task, NULL, 0), AUTOHTTP_OK);
    autohttp_task_free(task);
    free(big);
}

static autohttp_task_t *with_key(const char *type, const char *id)
{
    autohttp_task_t *task = make_task();

    assert_int_equal(autohttp_task_set_business_key(task, type, T, id, T), AUTOHTTP_OK);
    return task;
}

static autohttp_task_t *with_url(const char *url)
{
    autohttp_task_t *task = make_task();

    assert_int_equal(autohttp_task_set_url(task, url, T), AUTOHTTP_OK);
    return task;
}

static autohttp_task_t *with_method(const char *method)
{
    autohttp_task_t *task = make_task();

    assert_int_equal(autohttp_task_set_method(task, method, T), AUTOHTTP_OK);
    return task;
}

static autohttp_task_t *with_header(const char *name, const char *value)
{
    autohttp_task_t *task = make_task();

    assert_int_equal(autohttp_task_add_header(task, name, T, value, T), AUTOHTTP_OK);
    return task;
}

static void bad_keys_are_refused_by_name(void **state)
{
    char long_text[257];

    (void)state;
    memset(long_text, 'a', 256);
    long_text[256] = '\0';
    assert_refused(with_key("", "1"), "business_type");
    assert_refused(with_key("a:b", "1"), "business_type");
    assert_refused(with_key("a\n", "1"), "business_type");
    assert_refused(with_key("\xff", "1"), "business_type");
    assert_refused(with_key(long_text, "1"), "business_type");
    assert_refused(with_key("a", ""), "business_id");
    assert_refused(with_key("a", "\xc3"), "business_id");
    assert_refused(with_key("a", long_text), "business_id");
    assert_refused(autohttp_task_new(), "business_type");
}

static void bad_urls_are_refused_by_name(void **state)
{
    static const char *const urls[] = {"",
                                       "/x",
                                       "ftp://a/",
                                       "http://",
                                       "http://u:p@a/",
                                       "http://a b/",
                                       "http://a:0/",
                                       "http://a/\r\nX: y",
                                       "http://a/#f",
                                       "javascript:1"};
    autohttp_task_t *task = autohttp_task_new();

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        assert_refused(with_url(urls[i]), "url");
    }
    assert_int_equal(autohttp_task_set_business_key(task, "a", T, "b", T), AUTOHTTP_OK);
    assert_refused(task, "url");
}

static void bad_methods_and_headers_are_refused_by_name(void **state)
{
    autohttp_task_t *crowd = make_task();

    (void)state;
    assert_refused(with_method(""), "method");
    assert_refused(with_method("GET /"), "method");
    assert_refused(with_method("A23456789012345678901234567890123"), "method");
    assert_refused(with_header("", "v"), "header");
    assert_refused(with_header("a b", "v"), "header");
    assert_refused(with_header("X-A", "a\r\nB: c"), "header");
    assert_refused(with_header("Host", "a"), "header");
    assert_refused(with_header("Content-Length", "1"), "header");
    assert_refused(with_header("transfer-encoding", "chunked"), "header");
    assert_refused(with_header("Connection", "close"), "header");
    for (int i = 0; i < 101; i++) {
        assert_int_equal(autohttp_task_add_header(crowd, "X-A", T, "1", T), AUTOHTTP_OK);
    }
    assert_int_equal(autohttp_task_add_header(crowd, "X-A", T, "1", T), AUTOHTTP_TOO_LARGE);
    assert_refused(crowd, "header");
}

static void bad_numbers_are_refused_by_name(void **state)
{
    const int64_t negative_ms[] = {1000, -1};
    const int64_t endless_ms[] = {INT64_MAX};
    autohttp_task_t *task = make_task();

    (void)state;
    assert_int_equal(autohttp_task_set_ladder(task, negative_ms, 2), AUTOHTTP_OK);
    assert_refused(task, "retry_ladder_interval");
    task = make_task();
    assert_int_equal(autohttp_task_set_ladder(task, endless_ms, 1), AUTOHTTP_OK);
    assert_refused(task, "retry_ladder_interval");
    task = make_task();
    assert_int_equal(autohttp_task_set_step(task, 0, 1), AUTOHTTP_OK);
    assert_refused(task, "retry_step_interval");
    task = make_task();
    assert_int_equal(autohttp_task_set_step(task, -5, 1), AUTOHTTP_OK);
    assert_refused(task, "retry_step_interval");
    task = make_task();
    assert_int_equal(autohttp_task_set_step(task, 1000, -1), AUTOHTTP_OK);
    assert_refused(task, "retry_step_time");
    task = make_task();
    assert_int_equal(autohttp_task_set_not_before(task, -1), AUTOHTTP_OK);
    assert_refused(task, "not_before");
    task = make_task();
    assert_int_equal(autohttp_task_set_timeout(task, 600001), AUTOHTTP_OK);
    assert_refused(task, "timeout");
    task = make_task();
    assert_int_equal(autohttp_task_set_timeout(task, -1), AUTOHTTP_OK);
    assert_refused(task, "timeout");
    task = make_task();
    assert_int_equal(autohttp_task_set_idempotency_key(task, "", 0), AUTOHTTP_OK);
    assert_refused(task, "idempotency_key");
}

static void json_goes_in_and_comes_out(void **state)
{
    const char *json = "{\"business_type\":\"order\",\"business_id\":\"7\",\"url\":\"https://a.example/\","
                       "\"header\":{\"X-A\":\"1\"},\"body\":\"hi\",\"retry_type\":\"ladder\","
                       "\"retry_ladder_interval\":[1,2.5],\"timeout\":3,\"duplicate\":\"reject\","
                       "\"idempotency_key\":\"k\"}";
    char text[1024] = "";
    char errstr[256] = "";
    size_t text_bytes = 0;
    autohttp_task_t *task = NULL;
    autohttp_task_t *again = NULL;

    (void)state;
    assert_int_equal(autohttp_task_from_json(json, T, &task, errstr, sizeof errstr), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_get_ladder_wait(task, 1), 2500);
    assert_int_equal(autohttp_task_get_timeout(task), 3000);
    assert_string_equal(autohttp_task_get_body(task, NULL), "hi");
    assert_string_equal(autohttp_task_get_duplicate(task), "reject");
    assert_int_equal(autohttp_task_to_json(task, text, 4, &text_bytes, errstr, sizeof errstr), AUTOHTTP_TOO_LARGE);
    assert_int_equal(autohttp_task_to_json(task, NULL, 0, &text_bytes, errstr, sizeof errstr), AUTOHTTP_TOO_LARGE);
    assert_int_equal(autohttp_task_to_json(task, text, text_bytes, NULL, NULL, 0), AUTOHTTP_TOO_LARGE);
    assert_int_equal(autohttp_task_to_json(task, text, text_bytes + 1, NULL, errstr, sizeof errstr), AUTOHTTP_OK);
    assert_int_equal(strlen(text), text_bytes);
    assert_int_equal(autohttp_task_from_json(text, text_bytes, &again, errstr, sizeof errstr), AUTOHTTP_OK);
    assert_string_equal(autohttp_task_get_header_value(again, 0), "1");
    assert_string_not_equal(autohttp_task_get_publish_id(task), autohttp_task_get_publish_id(again));
    autohttp_task_free(task);
    autohttp_task_free(again);
}

static void bad_json_is_refused_by_field(void **state)
{
    static const struct {
        const char *json;
        const char *field;
        enum autohttp_rc rc;
    } rows[] = {
        {"{\"business_type\":\"a\",\"business_id\":\"1\",\"url\":\"http://a/\",\"colour\":1}", "colour",
         AUTOHTTP_INVALID},
        {"{\"business_type\":\"a\",\"business_id\":\"1\",\"url\":\"http://a/\",\"deadline\":1}", "deadline",
         AUTOHTTP_UNSUPPORTED},
        {"{\"business_type\":\"a\",\"business_id\":1,\"url\":\"http://a/\"}", "business_id", AUTOHTTP_INVALID},
        {"{\"business_type\":\"a\",\"business_id\":\"1\"}", "url", AUTOHTTP_INVALID},
        {"{", "", AUTOHTTP_INVALID},
        {"", "", AUTOHTTP_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char errstr[512] = "";
        autohttp_task_t *task = NULL;
        assert_int_equal(autohttp_task_from_json(rows[i].json, T, &task, errstr, sizeof errstr), rows[i].rc);
        assert_null(task);
        assert_true(errstr[0] != '\0');
        assert_non_null(strstr(errstr, rows[i].field));
    }
}

static void publish_id_is_kept_until_told_otherwise(void **state)
{
    const char *given = "00112233445566778899aabbccddeeff";
    char first[AUTOHTTP_PUBLISH_ID_BYTES + 1];
    autohttp_task_t *task = make_task();

    (void)state;
    assert_int_equal(strlen(autohttp_task_get_publish_id(task)), AUTOHTTP_PUBLISH_ID_BYTES);
    memcpy(first, autohttp_task_get_publish_id(task), sizeof first);
    assert_int_equal(autohttp_task_set_url(task, "http://127.0.0.1/y", T), AUTOHTTP_OK);
    assert_string_equal(autohttp_task_get_publish_id(task), first);
    assert_int_equal(autohttp_task_set_publish_id(task, given, T), AUTOHTTP_OK);
    assert_string_equal(autohttp_task_get_publish_id(task), given);
    assert_int_equal(autohttp_task_set_publish_id(task, "abc", T), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_task_set_publish_id(task, NULL, 0), AUTOHTTP_INVALID);
    assert_string_equal(autohttp_task_get_publish_id(task), given);
    autohttp_task_free(task);
}

/* The task read from one JSON and written again. */
static void assert_json_comes_back(const char *fields)
{
    autohttp_task_t *task = NULL;
    char json[512];
    char text[512] = "";
    size_t text_bytes = 0;

    snprintf(json, sizeof json, "{\"business_type\":\"order\",\"business_id\":\"1\",\"url\":\"http://h/\"%s}", fields);
    assert_int_equal(autohttp_task_from_json(json, AUTOHTTP_TEXT, &task, NULL, 0), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_to_json(task, text, sizeof text, &text_bytes, NULL, 0), AUTOHTTP_OK);
    assert_string_equal(text, json);
    autohttp_task_free(task);
}

static void what_a_json_names_of_its_schedule_is_kept_and_no_more(void **state)
{
    (void)state;
    assert_json_comes_back("");
    assert_json_comes_back(",\"retry_type\":\"ladder\"");
    assert_json_comes_back(",\"retry_type\":\"ladder\",\"retry_ladder_interval\":[]");
    assert_json_comes_back(",\"retry_type\":\"step\"");
    assert_json_comes_back(",\"retry_step_interval\":60");
    assert_json_comes_back(",\"retry_step_time\":0");
}

static void a_step_that_was_set_is_named_also_where_it_is_the_default(void **state)
{
    autohttp_task_t *task = make_task();
    char text[512] = "";
    size_t text_bytes = 0;

    (void)state;
    assert_int_equal(autohttp_task_to_json(task, text, sizeof text, &text_bytes, NULL, 0), AUTOHTTP_OK);
    assert_null(strstr(text, "retry_"));
    assert_int_equal(autohttp_task_set_step(task, 60000, 0), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_to_json(task, text, sizeof text, &text_bytes, NULL, 0), AUTOHTTP_OK);
    assert_non_null(strstr(text, "\"retry_type\":\"step\",\"retry_step_interval\":60,\"retry_step_time\":0"));
    autohttp_task_free(task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_json_names_of_its_schedule_is_kept_and_no_more),
        cmocka_unit_test(a_step_that_was_set_is_named_also_where_it_is_the_default),
        cmocka_unit_test(getters_give_back_what_was_set),
        cmocka_unit_test(defaults_are_the_seeds),
        cmocka_unit_test(step_after_ladder_forgets_the_ladder),
        cmocka_unit_test(cleared_headers_are_gone),
        cmocka_unit_test(what_the_object_cannot_hold_is_refused_at_once),
        cmocka_unit_test(bad_keys_are_refused_by_name),
        cmocka_unit_test(bad_urls_are_refused_by_name),
        cmocka_unit_test(bad_methods_and_headers_are_refused_by_name),
        cmocka_unit_test(bad_numbers_are_refused_by_name),
        cmocka_unit_test(json_goes_in_and_comes_out),
        cmocka_unit_test(bad_json_is_refused_by_field),
        cmocka_unit_test(publish_id_is_kept_until_told_otherwise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
