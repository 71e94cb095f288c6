#include "header.h"

#include "unit_table.h"

#define PUB "00112233445566778899aabbccddeeff"

struct refusal {
    const char *name;
    const char *text;
    enum rc rc;
    const char *named; /* stands in the errstr */
};

static const struct refusal refusals[] = {
    {"empty_header_is_refused", "", RC_INVALID, "v="},
    {"header_without_version_is_refused", "n=1", RC_INVALID, "v="},
    {"version_not_first_is_refused", "n=1;v=1", RC_INVALID, "v="},
    {"other_version_is_unsupported", "v=2;zz=1", RC_UNSUPPORTED, "2"},
    {"version_of_two_digits_is_unsupported", "v=11", RC_UNSUPPORTED, "11"},
    {"empty_version_is_unsupported", "v=;n=1", RC_UNSUPPORTED, "version"},
    {"version_twice_is_refused", "v=1;v=1", RC_INVALID, "v=1"},
    {"pair_twice_is_refused", "v=1;n=1;n=1", RC_INVALID, "n comes twice"},
    {"unknown_pair_is_refused", "v=1;x=1", RC_INVALID, "x=1"},
    {"pair_in_other_case_is_refused", "v=1;N=1", RC_INVALID, "N=1"},
    {"pair_without_value_is_refused", "v=1;n=", RC_INVALID, "n="},
    {"pair_without_equals_is_refused", "v=1;n", RC_INVALID, "n"},
    {"semicolon_at_the_end_is_refused", "v=1;n=1;", RC_INVALID, "unknown pair \"\""},
    {"two_semicolons_are_refused", "v=1;;n=1", RC_INVALID, "unknown pair \"\""},
    {"space_after_semicolon_is_refused", "v=1; n=1", RC_INVALID, " n=1"},
    {"id_without_offset_is_refused", "v=1;id=3", RC_INVALID, "id=3"},
    {"id_beyond_its_bits_is_refused", "v=1;id=65536-1", RC_INVALID, "id=65536-1"},
    {"id_offset_beyond_its_bits_is_refused", "v=1;id=1-281474976710656", RC_INVALID, "id=1-"},
    {"negative_attempts_are_refused", "v=1;n=-1", RC_INVALID, "n=-1"},
    {"attempts_beyond_32_bits_are_refused", "v=1;n=4294967296", RC_INVALID, "n=4294967296"},
    {"due_after_year_9999_is_refused", "v=1;due=253402300799001", RC_INVALID, "due="},
    {"due_with_fraction_is_refused", "v=1;due=1.5", RC_INVALID, "due=1.5"},
    {"epoch_that_none_could_follow_is_refused", "v=1;ep=9223372036854775807", RC_INVALID, "ep=9223372036854775807"},
    {"epoch_zero_is_refused", "v=1;ep=0", RC_INVALID, "ep=0"},
    {"publish_id_of_31_digits_is_refused", "v=1;pub=0011223344556677889aabbccddeeff", RC_INVALID, "pub="},
    {"publish_id_in_upper_case_is_refused", "v=1;pub=00112233445566778899AABBCCDDEEFF", RC_INVALID, "pub="},
    {"publish_id_not_hex_is_refused", "v=1;pub=0011223344556677889gaabbccddeeff", RC_INVALID, "pub="},
    {"empty_coordinates_are_refused", "v=1;of=", RC_INVALID, "of="},
    {"coordinates_of_another_topic_are_refused", "v=1;of=state-1-2", RC_INVALID, "of=state-1-2"},
    {"unknown_policy_is_refused", "v=1;dup=merge", RC_INVALID, "dup=merge"},
    {"empty_policy_is_refused", "v=1;dup=", RC_INVALID, "dup="},
    {"status_zero_is_refused", "v=1;st=0", RC_INVALID, "st=0"},
    {"status_five_is_refused", "v=1;st=5", RC_INVALID, "st=5"},
};

static void header_is_refused(void **state)
{
    const struct refusal *row = *state;
    struct header header = {.attempts = 77};
    char errstr[256] = "";

    assert_int_equal(header_parse(row->text, strlen(row->text), &header, errstr, sizeof errstr), row->rc);
    assert_non_null(strstr(errstr, row->named));
    assert_non_null(strstr(errstr, "header autohttp: "));
    assert_int_equal(header.attempts, 77);
}

static struct header make_full_header(void)
{
    struct header header = {
        .has_id = true,
        .id = coords_make_id(65535, COORDS_OFFSET_MAX),
        .attempts = UINT32_MAX,
        .due_time_ms = INT64_C(253402300799000),
        .epoch = HEADER_EPOCH_MAX,
        .has_publish_id = true,
        .of = {COORDS_DELAY, 65535, INT64_C(31536000000), COORDS_OFFSET_MAX},
        .duplicate = DUPLICATE_REPLACE,
        .status = 4,
    };

    assert_int_equal(header_parse_publish_id(PUB, 32, header.publish_id), RC_OK);
    return header;
}

static void assert_header_equal(const struct header *a, const struct header *b)
{
    assert_int_equal(a->has_id, b->has_id);
    assert_true(a->id == b->id);
    assert_int_equal(a->attempts, b->attempts);
    assert_true(a->due_time_ms == b->due_time_ms);
    assert_true(a->epoch == b->epoch);
    assert_int_equal(a->has_publish_id, b->has_publish_id);
    assert_memory_equal(a->publish_id, b->publish_id, HEADER_PUB_BYTES);
    assert_true(coords_is_equal(&a->of, &b->of));
    assert_int_equal(a->duplicate, b->duplicate);
    assert_int_equal(a->status, b->status);
}

static void longest_header_fits_and_is_parsed_back(void **state)
{
    struct header header = make_full_header();
    struct header parsed;
    char text[HEADER_TEXT_MAX_BYTES];
    size_t len = header_print(&header, text);

    (void)state;
    assert_int_equal(len, strlen(text));
    assert_string_equal(text, "v=1;id=65535-281474976710655;n=4294967295;due=253402300799000;ep=9007199254740992;"
                              "pub=" PUB ";of=delay.31536000000ms-65535-281474976710655;dup=replace;st=4");
    assert_int_equal(header_parse(text, len, &parsed, NULL, 0), RC_OK);
    assert_header_equal(&header, &parsed);
}

static void empty_header_is_only_its_version(void **state)
{
    struct header header = {0};
    struct header parsed;
    char text[HEADER_TEXT_MAX_BYTES];

    (void)state;
    assert_int_equal(header_print(&header, text), 3);
    assert_string_equal(text, "v=1");
    assert_int_equal(header_parse(text, 3, &parsed, NULL, 0), RC_OK);
    assert_header_equal(&header, &parsed);
}

static void id_zero_is_told_from_no_id(void **state)
{
    struct header header = {.has_id = true};
    struct header parsed;
    char text[HEADER_TEXT_MAX_BYTES];
    size_t len = header_print(&header, text);

    (void)state;
    assert_string_equal(text, "v=1;id=0-0");
    assert_int_equal(header_parse(text, len, &parsed, NULL, 0), RC_OK);
    assert_true(parsed.has_id);
    assert_true(parsed.id == 0);
}

static void pairs_come_in_any_order(void **state)
{
    static const char text[] = "v=1;st=2;dup=reject;of=tasks-1-2;pub=" PUB ";ep=7;due=5;n=0;id=1-5";
    struct header header;

    (void)state;
    assert_int_equal(header_parse(text, sizeof text - 1, &header, NULL, 0), RC_OK);
    assert_int_equal(header.status, 2);
    assert_int_equal(header.duplicate, DUPLICATE_REJECT);
    assert_int_equal(header.of.topic, COORDS_TASKS);
    assert_true(header.has_publish_id);
    assert_int_equal(header.publish_id[15], 0xff);
    assert_int_equal(header.epoch, 7);
    assert_int_equal(header.due_time_ms, 5);
    assert_int_equal(header.attempts, 0);
    assert_true(header.id == coords_make_id(1, 5));
}

static void header_that_is_too_long_is_refused(void **state)
{
    char text[HEADER_TEXT_MAX_BYTES];
    char errstr[128] = "";
    struct header header;

    (void)state;
    memset(text, '1', sizeof text);
    memcpy(text, "v=1;n=", 6);
    assert_int_equal(header_parse(text, sizeof text, &header, errstr, sizeof errstr), RC_INVALID);
    assert_non_null(strstr(errstr, "512 bytes"));
}

static void nul_inside_is_refused(void **state)
{
    struct header header;

    (void)state;
    assert_int_equal(header_parse("v=1\0", 4, &header, NULL, 0), RC_UNSUPPORTED);
    assert_int_equal(header_parse("v=1;n=1\0", 8, &header, NULL, 0), RC_INVALID);
}

static void policies_have_names(void **state)
{
    static const char *const names[] = {"", "ignore", "replace", "reject"};
    enum duplicate_policy policy;

    (void)state;
    for (int i = DUPLICATE_IGNORE; i <= DUPLICATE_REJECT; i++) {
        assert_string_equal(duplicate_policy_get_name((enum duplicate_policy)i), names[i]);
        assert_int_equal(duplicate_policy_parse(names[i], strlen(names[i]), &policy), RC_OK);
        assert_int_equal(policy, i);
    }
    assert_string_equal(duplicate_policy_get_name(DUPLICATE_UNSET), "");
    assert_int_equal(duplicate_policy_parse("", 0, &policy), RC_INVALID);
    assert_int_equal(duplicate_policy_parse("ignor", 5, &policy), RC_INVALID);
    assert_int_equal(duplicate_policy_parse("Ignore", 6, &policy), RC_INVALID);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, refusals, header_is_refused);
    UNIT_TABLE_TEST(&table, longest_header_fits_and_is_parsed_back);
    UNIT_TABLE_TEST(&table, empty_header_is_only_its_version);
    UNIT_TABLE_TEST(&table, id_zero_is_told_from_no_id);
    UNIT_TABLE_TEST(&table, pairs_come_in_any_order);
    UNIT_TABLE_TEST(&table, header_that_is_too_long_is_refused);
    UNIT_TABLE_TEST(&table, nul_inside_is_refused);
    UNIT_TABLE_TEST(&table, policies_have_names);
    return unit_table_run(&table);
}
