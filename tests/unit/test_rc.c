#include "rc.h"

#include "excerpt.h"
#include "unit_table.h"

static void fail_prints_and_returns_its_code(void **state)
{
    char errstr[64] = "";

    (void)state;
    assert_int_equal(rc_fail(RC_TOO_LARGE, errstr, sizeof errstr, "field %s: %d bytes", "body", 7), RC_TOO_LARGE);
    assert_string_equal(errstr, "field body: 7 bytes");
}

static void fail_does_without_an_errstr(void **state)
{
    (void)state;
    assert_int_equal(rc_fail(RC_INVALID, NULL, 0, "%d", 1), RC_INVALID);
}

static void long_text_is_cut_and_ends_in_nul(void **state)
{
    char errstr[6];

    (void)state;
    memset(errstr, 'x', sizeof errstr);
    rc_fail(RC_INVALID, errstr, sizeof errstr, "abcdefgh");
    assert_string_equal(errstr, "abcde");
}

static void cut_leaves_no_half_character(void **state)
{
    char errstr[6];

    (void)state;
    rc_fail(RC_INVALID, errstr, sizeof errstr,
            "abc\xe2\x82\xac"
            "d");
    assert_string_equal(errstr, "abc");
}

static void every_code_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int a = RC_OK; a <= RC_CLOSED; a++) {
        assert_string_not_equal(rc_get_name((enum rc)a), "unknown");
        for (int b = RC_OK; b < a; b++)
            assert_string_not_equal(rc_get_name((enum rc)a), rc_get_name((enum rc)b));
    }
    assert_string_equal(rc_get_name((enum rc)(RC_CLOSED + 1)), "unknown");
    assert_string_equal(rc_get_name((enum rc) - 1), "unknown");
}

static void excerpt_is_printable_whatever_it_is_of(void **state)
{
    char buf[EXCERPT_BYTES];

    (void)state;
    assert_string_equal(excerpt_print("a\n\0\xc3\xa9z", 6, buf), "a????z");
    assert_string_equal(excerpt_print("", 0, buf), "");
}

static void excerpt_of_a_long_text_ends_in_dots(void **state)
{
    char text[200];
    char buf[EXCERPT_BYTES];

    (void)state;
    memset(text, 'a', sizeof text);
    assert_int_equal(strlen(excerpt_print(text, 64, buf)), 64);
    assert_int_equal(buf[63], 'a');
    assert_int_equal(strlen(excerpt_print(text, 65, buf)), 64);
    assert_string_equal(buf + 60, "a...");
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, fail_prints_and_returns_its_code);
    UNIT_TABLE_TEST(&table, fail_does_without_an_errstr);
    UNIT_TABLE_TEST(&table, long_text_is_cut_and_ends_in_nul);
    UNIT_TABLE_TEST(&table, cut_leaves_no_half_character);
    UNIT_TABLE_TEST(&table, every_code_has_a_name_of_its_own);
    UNIT_TABLE_TEST(&table, excerpt_is_printable_whatever_it_is_of);
    UNIT_TABLE_TEST(&table, excerpt_of_a_long_text_ends_in_dots);
    return unit_table_run(&table);
}
