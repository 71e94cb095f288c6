#include "utf8.h"

#include "unit_table.h"

struct sequence {
    const char *name;
    const char *bytes;
    size_t byte_count;
    size_t wanted;
};

static const struct sequence sequences[] = {
    {"ascii_is_one_byte", "a", 1, 1},
    {"nul_is_one_byte", "\0", 1, 1},
    {"two_bytes_first", "\xc2\x80", 2, 2},
    {"two_bytes_last", "\xdf\xbf", 2, 2},
    {"three_bytes_first", "\xe0\xa0\x80", 3, 3},
    {"three_bytes_before_surrogates", "\xed\x9f\xbf", 3, 3},
    {"three_bytes_after_surrogates", "\xee\x80\x80", 3, 3},
    {"three_bytes_last", "\xef\xbf\xbf", 3, 3},
    {"four_bytes_first", "\xf0\x90\x80\x80", 4, 4},
    {"four_bytes_last", "\xf4\x8f\xbf\xbf", 4, 4},
    {"empty_is_refused", "", 0, 0},
    {"continuation_alone_is_refused", "\x80", 1, 0},
    {"overlong_slash_is_refused", "\xc0\xaf", 2, 0},
    {"overlong_two_bytes_is_refused", "\xc1\xbf", 2, 0},
    {"overlong_three_bytes_is_refused", "\xe0\x9f\xbf", 3, 0},
    {"overlong_four_bytes_is_refused", "\xf0\x8f\xbf\xbf", 4, 0},
    {"surrogate_is_refused", "\xed\xa0\x80", 3, 0},
    {"last_surrogate_is_refused", "\xed\xbf\xbf", 3, 0},
    {"beyond_10ffff_is_refused", "\xf4\x90\x80\x80", 4, 0},
    {"five_byte_form_is_refused", "\xf8\x88\x80\x80\x80", 5, 0},
    {"ff_is_refused", "\xff", 1, 0},
    {"two_bytes_cut_is_refused", "\xc3", 1, 0},
    {"three_bytes_cut_is_refused", "\xe2\x82", 2, 0},
    {"four_bytes_cut_is_refused", "\xf0\x9f\x98", 3, 0},
    {"second_byte_ascii_is_refused",
     "\xc3"
     "a",
     2, 0},
    {"third_byte_ascii_is_refused",
     "\xe2\x82"
     "a",
     3, 0},
    {"fourth_byte_ascii_is_refused",
     "\xf0\x9f\x98"
     "a",
     4, 0},
};

static void sequence_has_its_length(void **state)
{
    const struct sequence *row = *state;

    assert_int_equal(utf8_get_sequence_bytes(row->bytes, row->byte_count), row->wanted);
}

static void cut_never_splits_a_character(void **state)
{
    const char *text = "a\xc3\xa9\xe2\x82\xac"; /* 1 + 2 + 3 bytes */
    static const size_t wanted[] = {0, 1, 1, 3, 3, 3, 6, 6};

    (void)state;
    for (size_t max_bytes = 0; max_bytes < sizeof wanted / sizeof wanted[0]; max_bytes++)
        assert_int_equal(utf8_get_cut_bytes(text, 6, max_bytes), wanted[max_bytes]);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, sequences, sequence_has_its_length);
    UNIT_TABLE_TEST(&table, cut_never_splits_a_character);
    return unit_table_run(&table);
}
