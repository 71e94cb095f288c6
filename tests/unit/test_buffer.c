#include "buffer.h"

#include "unit_table.h"

struct seconds {
    const char *name;
    int64_t value_ms;
    const char *wanted;
};

static const struct seconds seconds[] = {
    {"zero_seconds", 0, "0"},
    {"one_millisecond", 1, "0.001"},
    {"ten_milliseconds_drop_their_zero", 10, "0.01"},
    {"half_a_second", 500, "0.5"},
    {"one_and_a_half_seconds", 1500, "1.5"},
    {"whole_seconds_have_no_point", 60000, "60"},
    {"three_decimals_at_most", 1234567, "1234.567"},
    {"unix_time", INT64_C(1800000000123), "1800000000.123"},
    {"negative_seconds", -1500, "-1.5"},
    {"negative_below_a_second", -1, "-0.001"},
    {"largest_value", INT64_MAX, "9223372036854775.807"},
    {"smallest_value", INT64_MIN, "-9223372036854775.808"},
};

struct text {
    const char *name;
    const char *text;
    size_t text_bytes;
    const char *wanted;
};

static const struct text texts[] = {
    {"empty_text", "", 0, "\"\""},
    {"plain_text_is_unchanged", "a/b <c>", 7, "\"a/b <c>\""},
    {"quote_and_backslash_are_escaped", "\"\\", 2, "\"\\\"\\\\\""},
    {"usual_controls_have_short_escapes", "\n\r\t", 3, "\"\\n\\r\\t\""},
    {"other_controls_are_escaped_as_hex", "\x01\x1f\b", 3, "\"\\u0001\\u001f\\u0008\""},
    {"nul_is_escaped", "a\0b", 3, "\"a\\u0000b\""},
    {"delete_is_left_alone", "\x7f", 1, "\"\x7f\""},
    {"utf8_is_left_alone", "\xc3\xa9\xf0\x9f\x98\x80", 6, "\"\xc3\xa9\xf0\x9f\x98\x80\""},
    {"invalid_byte_is_replaced",
     "a\xff"
     "b",
     3,
     "\"a\xef\xbf\xbd"
     "b\""},
    {"cut_sequence_is_replaced_byte_by_byte", "\xe2\x82", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
};

static void seconds_are_printed(void **state)
{
    const struct seconds *row = *state;
    struct buffer buffer = {0};

    buffer_append_json_seconds(&buffer, row->value_ms);
    assert_string_equal(buffer.data, row->wanted);
    buffer_close(&buffer);
}

static void json_string_is_printed(void **state)
{
    const struct text *row = *state;
    struct buffer buffer = {0};

    buffer_append_json_string(&buffer, row->text, row->text_bytes);
    assert_string_equal(buffer.data, row->wanted);
    assert_int_equal(buffer.len_bytes, strlen(row->wanted));
    buffer_close(&buffer);
}

static void integers_are_printed_at_their_limits(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    buffer_append_int64(&buffer, INT64_MIN);
    buffer_append_char(&buffer, ' ');
    buffer_append_int64(&buffer, INT64_MAX);
    buffer_append_char(&buffer, ' ');
    buffer_append_uint64(&buffer, UINT64_MAX);
    buffer_append_char(&buffer, ' ');
    buffer_append_int64(&buffer, 0);
    assert_string_equal(buffer.data, "-9223372036854775808 9223372036854775807 18446744073709551615 0");
    buffer_close(&buffer);
}

static void bytes_grow_past_every_capacity(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    for (size_t i = 0; i < 5000; i++)
        buffer_append_char(&buffer, (char)('a' + i % 26));
    assert_true(buffer_is_ok(&buffer));
    assert_int_equal(buffer.len_bytes, 5000);
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(buffer.data[i], 'a' + i % 26);
    assert_int_equal(buffer.data[5000], '\0');
    buffer_close(&buffer);
}

static void reset_empties_and_keeps_the_memory(void **state)
{
    struct buffer buffer = {0};
    char *data;

    (void)state;
    buffer_reset(&buffer);
    buffer_append_text(&buffer, "abc");
    data = buffer.data;
    buffer_reset(&buffer);
    assert_int_equal(buffer.len_bytes, 0);
    assert_string_equal(buffer.data, "");
    buffer_append(&buffer, "de", 2);
    assert_ptr_equal(buffer.data, data);
    assert_string_equal(buffer.data, "de");
    buffer_close(&buffer);
}

static void impossible_size_marks_the_buffer_and_later_appends_do_nothing(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    buffer_append_text(&buffer, "ab");
    buffer_append(&buffer, "x", SIZE_MAX - 1);
    assert_false(buffer_is_ok(&buffer));
    buffer_append_text(&buffer, "cd");
    assert_int_equal(buffer.len_bytes, 2);
    buffer_reset(&buffer);
    assert_true(buffer_is_ok(&buffer));
    buffer_close(&buffer);
}

static void closing_twice_is_safe(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    buffer_close(&buffer);
    buffer_append_text(&buffer, "x");
    buffer_close(&buffer);
    buffer_close(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.cap_bytes, 0);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, seconds, seconds_are_printed);
    UNIT_TABLE_ADD(&table, texts, json_string_is_printed);
    UNIT_TABLE_TEST(&table, integers_are_printed_at_their_limits);
    UNIT_TABLE_TEST(&table, bytes_grow_past_every_capacity);
    UNIT_TABLE_TEST(&table, reset_empties_and_keeps_the_memory);
    UNIT_TABLE_TEST(&table, impossible_size_marks_the_buffer_and_later_appends_do_nothing);
    UNIT_TABLE_TEST(&table, closing_twice_is_safe);
    return unit_table_run(&table);
}
