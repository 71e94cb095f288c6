#include "moment.h"

#include "unit_table.h"

struct moment {
    const char *name;
    const char *text;
    enum rc rc;
    int64_t time_ms;
};

static const struct moment moments[] = {
    {"rfc_3339_in_utc", "2026-03-01T12:00:00Z", RC_OK, INT64_C(1772366400000)},
    {"rfc_3339_with_decimals", "2026-03-01T12:00:00.25Z", RC_OK, INT64_C(1772366400250)},
    {"unix_seconds", "1772366400", RC_OK, INT64_C(1772366400000)},
    {"unix_seconds_with_decimals", "1772366400.125", RC_OK, INT64_C(1772366400125)},
    {"other_time_zone_is_refused", "2026-03-01T12:00:00+01:00", RC_INVALID, 0},
    {"no_time_zone_is_refused", "2026-03-01T12:00:00", RC_INVALID, 0},
    {"date_alone_is_refused", "2026-03-01", RC_INVALID, 0},
    {"month_13_is_refused", "2026-13-01T12:00:00Z", RC_INVALID, 0},
    {"second_of_three_digits_is_refused", "2026-03-01T12:00:005Z", RC_INVALID, 0},
    {"rfc_3339_with_a_dot_and_no_decimals_is_refused", "2026-03-01T12:00:00.Z", RC_INVALID, 0},
    {"four_decimals_are_refused", "1772366400.1234", RC_INVALID, 0},
    {"dot_without_decimals_is_refused", "1772366400.", RC_INVALID, 0},
    {"empty_is_refused", "", RC_INVALID, 0},
    {"word_is_refused", "tomorrow", RC_INVALID, 0},
    {"thirteen_digits_are_no_seconds", "1772366400000", RC_INVALID, 0},
};

static void moment_is_judged(void **state)
{
    const struct moment *row = *state;
    char errstr[256] = "";
    int64_t time_ms = -7;

    assert_int_equal(moment_parse(row->text, &time_ms, errstr, sizeof errstr), row->rc);
    assert_true(time_ms == (row->rc == RC_OK ? row->time_ms : -7));
}

static void prints_utc_with_milliseconds(void **state)
{
    char text[MOMENT_TEXT_BYTES];

    (void)state;
    assert_string_equal(moment_print(INT64_C(1772366400007), text), "2026-03-01T12:00:00.007Z");
    assert_string_equal(moment_print_clock(INT64_C(1772366400007), text), "12:00:00.007");
}

static void prints_a_dash_for_no_time(void **state)
{
    char text[MOMENT_TEXT_BYTES];

    (void)state;
    assert_string_equal(moment_print(0, text), "-");
    assert_string_equal(moment_print(INT64_MAX, text), "-");
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, moments, moment_is_judged);
    UNIT_TABLE_TEST(&table, prints_utc_with_milliseconds);
    UNIT_TABLE_TEST(&table, prints_a_dash_for_no_time);
    return unit_table_run(&table);
}
