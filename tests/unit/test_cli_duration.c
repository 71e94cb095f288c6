#include "duration.h"

#include "unit_table.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

struct wait {
    const char *name;
    const char *text;
    enum rc rc;
    int64_t ms;
};

static const struct wait waits[] = {
    {"bare_number_is_seconds", "30", RC_OK, 30000},
    {"milliseconds", "250ms", RC_OK, 250},
    {"seconds", "5s", RC_OK, 5000},
    {"minutes", "5m", RC_OK, 300000},
    {"hours", "2h", RC_OK, 7200000},
    {"days", "1d", RC_OK, DAY_MS},
    {"decimals_of_seconds", "1.5s", RC_OK, 1500},
    {"three_decimals", "0.125", RC_OK, 125},
    {"decimals_of_minutes", "0.5m", RC_OK, 30000},
    {"zero", "0", RC_OK, 0},
    {"limit_itself_is_allowed", "365d", RC_OK, 365 * DAY_MS},
    {"above_the_limit_is_refused", "366d", RC_TOO_LARGE, 0},
    {"finer_than_a_millisecond_is_refused", "0.5ms", RC_INVALID, 0},
    {"four_decimals_are_refused", "0.1250", RC_INVALID, 0},
    {"no_digit_behind_the_dot_is_refused", "1.s", RC_INVALID, 0},
    {"no_digit_before_the_dot_is_refused", ".5s", RC_INVALID, 0},
    {"empty_is_refused", "", RC_INVALID, 0},
    {"unit_alone_is_refused", "s", RC_INVALID, 0},
    {"unknown_unit_is_refused", "5w", RC_INVALID, 0},
    {"upper_case_unit_is_refused", "5M", RC_INVALID, 0},
    {"negative_is_refused", "-5s", RC_INVALID, 0},
    {"space_is_refused", "5 s", RC_INVALID, 0},
    {"minutes_and_seconds", "1m30s", RC_OK, 90000},
    {"hours_and_minutes", "1h5m", RC_OK, 3900000},
    {"all_units", "1d1h1m1s1ms", RC_OK, DAY_MS + 3661001},
    {"decimals_in_the_last_of_several", "1m1.5s", RC_OK, 61500},
    {"shorter_unit_first_is_refused", "30s1m", RC_INVALID, 0},
    {"same_unit_twice_is_refused", "1m1m", RC_INVALID, 0},
    {"several_without_the_last_unit_are_refused", "1m30", RC_INVALID, 0},
    {"sum_above_the_limit_is_refused", "365d1ms", RC_TOO_LARGE, 0},
    {"large_sum_does_not_wrap", "10000000000d100000000000h", RC_TOO_LARGE, 0},
    {"very_long_number_does_not_wrap", "99999999999999999999999d", RC_INVALID, 0},
    {"large_number_does_not_wrap", "999999999999d", RC_INVALID, 0},
};

static void wait_is_judged(void **state)
{
    const struct wait *row = *state;
    char errstr[256] = "";
    int64_t ms = -7;

    assert_int_equal(duration_parse(row->text, 365 * DAY_MS, &ms, errstr, sizeof errstr), row->rc);
    assert_true(ms == (row->rc == RC_OK ? row->ms : -7));
    assert_true((errstr[0] == '\0') == (row->rc == RC_OK));
}

static void refusal_quotes_the_text(void **state)
{
    char errstr[256] = "";
    int64_t ms = 0;

    (void)state;
    duration_parse("5w", DAY_MS, &ms, errstr, sizeof errstr);
    assert_string_equal(errstr, "'5w' is not a wait: write 500ms, 1.5s, 30, 5m, 1h30m or 1d");
    duration_parse("2d", DAY_MS, &ms, errstr, sizeof errstr);
    assert_string_equal(errstr, "'2d' is longer than 1d");
}

static void list_keeps_its_order(void **state)
{
    char errstr[256] = "";
    int64_t ms[3] = {0};
    size_t count = 0;

    (void)state;
    assert_int_equal(duration_parse_list("1m,500ms,30", DAY_MS, 3, ms, &count, errstr, sizeof errstr), RC_OK);
    assert_int_equal(count, 3);
    assert_true(ms[0] == 60000 && ms[1] == 500 && ms[2] == 30000);
}

static void list_with_a_hole_is_refused(void **state)
{
    char errstr[256] = "";
    int64_t ms[3] = {0};
    size_t count = 0;

    (void)state;
    assert_int_equal(duration_parse_list("1m,,5m", DAY_MS, 3, ms, &count, errstr, sizeof errstr), RC_INVALID);
    assert_int_equal(duration_parse_list("1m,", DAY_MS, 3, ms, &count, errstr, sizeof errstr), RC_INVALID);
}

static void list_longer_than_its_room_is_refused(void **state)
{
    char errstr[256] = "";
    int64_t ms[2] = {0};
    size_t count = 0;

    (void)state;
    assert_int_equal(duration_parse_list("1,2,3", DAY_MS, 2, ms, &count, errstr, sizeof errstr), RC_TOO_LARGE);
    assert_string_equal(errstr, "'1,2,3' has more than 2 waits");
}

struct printed {
    const char *name;
    int64_t ms;
    const char *text;
};

static const struct printed printed[] = {
    {"prints_zero", 0, "0s"},
    {"prints_milliseconds_below_a_second", 250, "250ms"},
    {"prints_whole_seconds", 5000, "5s"},
    {"prints_decimals_without_zeros_at_the_end", 1500, "1.5s"},
    {"prints_three_decimals", 61234, "61.234s"},
    {"prints_minutes_only_when_whole", 90000, "90s"},
    {"prints_minutes", 300000, "5m"},
    {"prints_days", 2 * DAY_MS, "2d"},
};

static void printed_wait_reads_back(void **state)
{
    const struct printed *row = *state;
    char text[DURATION_TEXT_BYTES];
    char errstr[256] = "";
    int64_t ms = -1;

    assert_string_equal(duration_print(row->ms, text), row->text);
    assert_int_equal(duration_parse(text, 365 * DAY_MS, &ms, errstr, sizeof errstr), RC_OK);
    assert_true(ms == row->ms);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, waits, wait_is_judged);
    UNIT_TABLE_ADD(&table, printed, printed_wait_reads_back);
    UNIT_TABLE_TEST(&table, refusal_quotes_the_text);
    UNIT_TABLE_TEST(&table, list_keeps_its_order);
    UNIT_TABLE_TEST(&table, list_with_a_hole_is_refused);
    UNIT_TABLE_TEST(&table, list_longer_than_its_room_is_refused);
    return unit_table_run(&table);
}
