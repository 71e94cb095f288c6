#include "decimal.h"

#include "unit_table.h"

struct number {
    const char *name;
    const char *text;
    uint64_t max;
    enum rc rc;
    uint64_t value;
};

static const struct number numbers[] = {
    {"zero", "0", 10, RC_OK, 0},
    {"value_at_its_limit", "255", 255, RC_OK, 255},
    {"largest_64_bit_value", "18446744073709551615", UINT64_MAX, RC_OK, UINT64_MAX},
    {"exact_beyond_2_to_53", "9007199254740993", UINT64_MAX, RC_OK, UINT64_C(9007199254740993)},
    {"value_above_limit_is_refused", "256", 255, RC_INVALID, 0},
    {"digit_above_a_small_limit_is_refused", "7", 4, RC_INVALID, 0},
    {"value_beyond_64_bits_is_refused", "18446744073709551616", UINT64_MAX, RC_INVALID, 0},
    {"very_long_number_is_refused", "99999999999999999999999999", UINT64_MAX, RC_INVALID, 0},
    {"empty_is_refused", "", 10, RC_INVALID, 0},
    {"leading_zero_is_refused", "05", 10, RC_INVALID, 0},
    {"two_zeros_are_refused", "00", 10, RC_INVALID, 0},
    {"sign_is_refused", "-1", 10, RC_INVALID, 0},
    {"plus_is_refused", "+1", 10, RC_INVALID, 0},
    {"space_is_refused", " 1", 10, RC_INVALID, 0},
    {"letter_is_refused", "1a", UINT64_MAX, RC_INVALID, 0},
    {"fraction_is_refused", "1.0", UINT64_MAX, RC_INVALID, 0},
};

static void number_is_judged(void **state)
{
    const struct number *row = *state;
    uint64_t value = 77;

    assert_int_equal(decimal_parse(row->text, strlen(row->text), row->max, &value), row->rc);
    assert_true(value == (row->rc == RC_OK ? row->value : 77));
}

struct seconds {
    const char *name;
    const char *text;
    int64_t max_ms;
    enum rc rc;
    int64_t value_ms;
};

static const struct seconds seconds[] = {
    {"zero_seconds", "0", 0, RC_OK, 0},
    {"whole_seconds", "60", INT64_MAX, RC_OK, 60000},
    {"one_decimal_is_tenths", "1.5", INT64_MAX, RC_OK, 1500},
    {"three_decimals_are_milliseconds", "0.007", INT64_MAX, RC_OK, 7},
    {"leading_zeros_of_seconds_are_read", "007.250", INT64_MAX, RC_OK, 7250},
    {"seconds_at_their_limit", "9223372036854775.807", INT64_MAX, RC_OK, INT64_MAX},
    {"seconds_above_their_limit_are_refused", "9223372036854775.808", INT64_MAX, RC_INVALID, 0},
    {"millisecond_above_the_limit_is_refused", "1.001", 1000, RC_INVALID, 0},
    {"whole_seconds_above_the_limit_are_refused", "2", 1999, RC_INVALID, 0},
    {"no_seconds_are_refused", "", INT64_MAX, RC_INVALID, 0},
    {"fourth_decimal_is_refused", "1.0000", INT64_MAX, RC_INVALID, 0},
    {"point_without_decimals_is_refused", "1.", INT64_MAX, RC_INVALID, 0},
    {"point_without_seconds_is_refused", ".5", INT64_MAX, RC_INVALID, 0},
    {"point_alone_is_refused", ".", INT64_MAX, RC_INVALID, 0},
    {"second_point_is_refused", "1.5.", INT64_MAX, RC_INVALID, 0},
    {"sign_of_seconds_is_refused", "-1", INT64_MAX, RC_INVALID, 0},
    {"sign_of_decimals_is_refused", "1.-5", INT64_MAX, RC_INVALID, 0},
    {"letter_in_seconds_is_refused", "1s", INT64_MAX, RC_INVALID, 0},
};

static void seconds_are_judged(void **state)
{
    const struct seconds *row = *state;
    int64_t value_ms = 77;

    assert_int_equal(decimal_parse_seconds(row->text, strlen(row->text), row->max_ms, &value_ms), row->rc);
    assert_true(value_ms == (row->rc == RC_OK ? row->value_ms : 77));
}

static void seconds_end_where_they_are_told(void **state)
{
    int64_t value_ms = 0;

    (void)state;
    assert_int_equal(decimal_parse_seconds("12.5", 2, INT64_MAX, &value_ms), RC_OK);
    assert_true(value_ms == 12000);
}

static void printed_number_is_parsed_back(void **state)
{
    static const uint64_t values[] = {0, 9, 10, 1234567890, UINT64_MAX};
    char text[DECIMAL_TEXT_MAX_BYTES];
    uint64_t value = 1;

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        size_t len = decimal_print(values[i], text);

        assert_int_equal(len, strlen(text));
        assert_int_equal(decimal_parse(text, len, UINT64_MAX, &value), RC_OK);
        assert_true(value == values[i]);
    }
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, numbers, number_is_judged);
    UNIT_TABLE_ADD(&table, seconds, seconds_are_judged);
    UNIT_TABLE_TEST(&table, seconds_end_where_they_are_told);
    UNIT_TABLE_TEST(&table, printed_number_is_parsed_back);
    return unit_table_run(&table);
}
