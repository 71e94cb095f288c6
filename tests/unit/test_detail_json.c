#include "detail_json.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit_table.h"

/* A row without its closing brace. */
#define ROW                                                                                                            \
    "{\"id\":\"7\",\"business_type\":\"order\",\"business_id\":\"1\",\"url\":\"http://h/\",\"method\":\"POST\","       \
    "\"retry_type\":\"ladder\",\"retry_ladder_interval\":[1],\"retry_count\":0,\"status\":1,\"attempts\":1,"           \
    "\"request_time\":5,\"last_retry_time\":5,\"next_retry_time\":6,\"success_time\":0,\"entered\":7,"                 \
    "\"src\":\"tasks-0-7\",\"at\":\"tasks-0-7\",\"epoch\":1,\"ctl\":-1,\"last_status\":500,\"last_error\":\"\""

static enum rc decode(const char *json, struct detail *detail)
{
    char errstr[256] = "";
    enum rc rc = detail_decode(json, strlen(json), detail, errstr, sizeof errstr);

    if (rc != RC_OK)
        assert_string_not_equal(errstr, "");
    return rc;
}

static void plain_row_is_a_detail_without_content(void **state)
{
    struct detail detail = {0};

    (void)state;
    assert_int_equal(decode(ROW "}", &detail), RC_OK);
    assert_true(detail.row.id == 7);
    assert_false(detail.has_content);
    assert_null(detail.body);
    assert_null(detail.content_error);
    detail_close(&detail);
}

static void headers_and_body_are_given_in_their_order(void **state)
{
    struct detail detail = {0};

    (void)state;
    assert_int_equal(decode(ROW ",\"content\":{\"header\":{\"X-B\":\"***\",\"X-A\":\"\"},\"body\":\"a\\n\"}}", &detail),
                     RC_OK);
    assert_true(detail.has_content);
    assert_int_equal(detail.header_count, 2);
    assert_string_equal(detail.headers[0].name, "X-B");
    assert_string_equal(detail.headers[0].value, "***");
    assert_string_equal(detail.headers[1].name, "X-A");
    assert_string_equal(detail.headers[1].value, "");
    assert_int_equal(detail.body_bytes, 2);
    assert_string_equal(detail.body, "a\n");
    assert_string_equal(detail.row.business_type, "order");
    detail_close(&detail);
}

static void binary_body_comes_decoded(void **state)
{
    struct detail detail = {0};

    (void)state;
    assert_int_equal(decode(ROW ",\"content\":{\"header\":{},\"body_base64\":\"AP8B\"}}", &detail), RC_OK);
    assert_int_equal(detail.body_bytes, 3);
    assert_memory_equal(detail.body, "\x00\xff\x01", 4); /* and the NUL behind it */
    detail_close(&detail);
}

static void empty_body_is_a_body_and_none_is_none(void **state)
{
    struct detail detail = {0};

    (void)state;
    assert_int_equal(decode(ROW ",\"content\":{\"header\":{},\"body\":\"\"}}", &detail), RC_OK);
    assert_non_null(detail.body);
    assert_int_equal(detail.body_bytes, 0);
    detail_close(&detail);
    assert_int_equal(decode(ROW ",\"content\":{\"header\":{}}}", &detail), RC_OK);
    assert_true(detail.has_content);
    assert_null(detail.body);
    detail_close(&detail);
}

static void content_that_is_gone_says_why(void **state)
{
    struct detail detail = {0};

    (void)state;
    assert_int_equal(decode(ROW ",\"content\":null,\"content_error\":\"no longer kept\"}", &detail), RC_OK);
    assert_false(detail.has_content);
    assert_string_equal(detail.content_error, "no longer kept");
    detail_close(&detail);
}

static void largest_body_of_a_task_fits(void **state)
{
    static const char start[] = ROW ",\"content\":{\"body_base64\":\"";
    const size_t text_bytes = (size_t)TASK_BODY_MAX_BYTES / 3 * 4;
    char *json = malloc(sizeof start + text_bytes + 8);
    struct detail detail = {0};

    (void)state;
    assert_non_null(json);
    memcpy(json, start, sizeof start - 1);
    memset(json + sizeof start - 1, 'A', text_bytes);
    memcpy(json + sizeof start - 1 + text_bytes, "\"}}", sizeof "\"}}");
    assert_int_equal(decode(json, &detail), RC_OK);
    assert_int_equal(detail.body_bytes, text_bytes / 4 * 3);
    detail_close(&detail);
    free(json);
}

struct damage {
    const char *name;
    const char *json;
};

static const struct damage damages[] = {
    {"unknown_member_is_refused", ROW ",\"contents\":null}"},
    {"second_content_is_refused", ROW ",\"content\":null,\"content\":null}"},
    {"content_of_another_type_is_refused", ROW ",\"content\":\"x\"}"},
    {"unknown_member_of_the_content_is_refused", ROW ",\"content\":{\"headers\":{}}}"},
    {"header_value_that_is_no_text_is_refused", ROW ",\"content\":{\"header\":{\"a\":1}}}"},
    {"body_given_twice_is_refused", ROW ",\"content\":{\"body\":\"\",\"body_base64\":\"\"}}"},
    {"body_that_is_not_base64_is_refused", ROW ",\"content\":{\"body_base64\":\"A\"}}"},
    {"empty_error_is_refused", ROW ",\"content_error\":\"\"}"},
    {"error_of_another_type_is_refused", ROW ",\"content\":null,\"content_error\":null}"},
    {"content_without_a_row_is_refused", "{\"content\":null}"},
    {"text_that_ends_early_is_refused", ROW},
};

static void damage_is_refused(void **state)
{
    const struct damage *row = *state;
    struct detail detail = {0};

    assert_int_equal(decode(row->json, &detail), RC_CORRUPT);
    assert_null(detail.block);
    assert_null(detail.row.block);
    detail_close(&detail);
}

static void more_headers_than_a_task_has_are_refused(void **state)
{
    char json[8192] = ROW ",\"content\":{\"header\":{";
    struct detail detail = {0};
    size_t used = strlen(json);

    (void)state;
    for (int i = 0; i <= TASK_HEADER_MAX_COUNT; i++)
        used += (size_t)snprintf(json + used, sizeof json - used, "%s\"n%d\":\"\"", i > 0 ? "," : "", i);
    snprintf(json + used, sizeof json - used, "}}}");
    assert_int_equal(decode(json, &detail), RC_CORRUPT);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, plain_row_is_a_detail_without_content);
    UNIT_TABLE_TEST(&table, headers_and_body_are_given_in_their_order);
    UNIT_TABLE_TEST(&table, binary_body_comes_decoded);
    UNIT_TABLE_TEST(&table, empty_body_is_a_body_and_none_is_none);
    UNIT_TABLE_TEST(&table, content_that_is_gone_says_why);
    UNIT_TABLE_TEST(&table, largest_body_of_a_task_fits);
    UNIT_TABLE_ADD(&table, damages, damage_is_refused);
    UNIT_TABLE_TEST(&table, more_headers_than_a_task_has_are_refused);
    return unit_table_run(&table);
}
