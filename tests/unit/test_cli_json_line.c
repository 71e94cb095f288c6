#include "json_line.h"

#include "unit_table.h"

struct text {
    const char *name;
    const char *bytes;
    const char *json;
};

static const struct text texts[] = {
    {"plain_text_is_quoted", "abc", "{\"t\":\"abc\""},
    {"quotes_and_controls_are_escaped", "a\"\n", "{\"t\":\"a\\\"\\n\""},
    {"good_utf8_stays", "\xc3\xa4", "{\"t\":\"\xc3\xa4\""},
    {"bad_byte_is_replaced",
     "a\xff"
     "b",
     "{\"t\":\"a\xef\xbf\xbd"
     "b\""},
    {"cut_sequence_is_replaced", "a\xc3", "{\"t\":\"a\xef\xbf\xbd\""},
};

static void text_becomes_valid_json(void **state)
{
    const struct text *row = *state;
    struct buffer line = {0};

    json_line_begin(&line);
    json_line_add_text(&line, "t", row->bytes);
    assert_string_equal(line.data, row->json);
    buffer_close(&line);
}

static void members_are_set_apart_by_commas(void **state)
{
    struct buffer line = {0};

    (void)state;
    json_line_begin(&line);
    json_line_add_integer(&line, "i", -5);
    json_line_add_bool(&line, "b", true);
    json_line_add_seconds(&line, "s", 1500);
    json_line_add_null(&line, "n");
    assert_string_equal(line.data, "{\"i\":-5,\"b\":true,\"s\":1.5,\"n\":null");
    buffer_close(&line);
}

static void foreign_json_is_put_on_one_line(void **state)
{
    static const char json[] = "{\n\"a\":\r\n1}";
    struct buffer line = {0};

    (void)state;
    json_line_begin(&line);
    json_line_add_json(&line, "v", json, sizeof json - 1);
    assert_string_equal(line.data, "{\"v\":{ \"a\":  1}");
    buffer_close(&line);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, texts, text_becomes_valid_json);
    UNIT_TABLE_TEST(&table, members_are_set_apart_by_commas);
    UNIT_TABLE_TEST(&table, foreign_json_is_put_on_one_line);
    return unit_table_run(&table);
}
