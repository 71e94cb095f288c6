#include "json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit_table.h"

enum field { FIELD_TEXT, FIELD_WHOLE, FIELD_TIME, FIELD_FLAG, FIELD_MAP, FIELD_LIST, FIELD_LATER, FIELD_COUNT };

static const struct json_field fields[FIELD_COUNT] = {
    [FIELD_TEXT] = {"text", JSON_TEXT, true, 1, 8},
    [FIELD_WHOLE] = {"whole", JSON_INTEGER, false, -JSON_NUMBER_MAX, JSON_NUMBER_MAX},
    [FIELD_TIME] = {"time", JSON_SECONDS, false, 0, INT64_C(253402300799000)},
    [FIELD_FLAG] = {"flag", JSON_BOOL, false, 0, 0},
    [FIELD_MAP] = {"map", JSON_OBJECT, false, 0, 0},
    [FIELD_LIST] = {"list", JSON_ARRAY, false, 1, 3},
    [FIELD_LATER] = {"later", JSON_UNBUILT, false, 0, 0},
};

/* Parses and reads; the caller closes the tree. */
static enum rc read_text(const char *text, size_t text_bytes, struct cJSON **ret_root, struct json_value *values,
                         char *errstr, size_t errstr_bytes)
{
    enum rc rc = json_parse(text, text_bytes, 4096, ret_root, errstr, errstr_bytes);

    return rc != RC_OK ? rc : json_read_object(*ret_root, fields, FIELD_COUNT, values, errstr, errstr_bytes);
}

struct refused {
    const char *name;
    const char *text;
    size_t text_bytes;
    const char *named;
};

#define TEXT(literal) literal, sizeof(literal) - 1

static const struct refused refused[] = {
    /* grammar */
    {"nothing_is_refused", TEXT(""), "not JSON"},
    {"white_space_alone_is_refused", TEXT(" \n"), "not JSON"},
    {"array_at_the_top_is_refused", TEXT("[]"), "an object must come first"},
    {"string_at_the_top_is_refused", TEXT("\"a\""), "an object must come first"},
    {"null_at_the_top_is_refused", TEXT("null"), "an object must come first"},
    {"open_object_is_refused", TEXT("{\"text\":\"a\""), "field text: comma or closing bracket"},
    {"open_string_is_refused", TEXT("{\"text\":\"a"), "field text: string without its end"},
    {"open_name_is_refused", TEXT("{\"te"), "string without its end"},
    {"open_array_is_refused", TEXT("{\"list\":[1"), "field list: comma or closing bracket"},
    {"brackets_crossed_are_refused", TEXT("{\"list\":[1}"), "field list: comma or closing bracket"},
    {"comma_at_the_end_of_an_object_is_refused", TEXT("{\"text\":\"a\",}"), "string expected"},
    {"comma_at_the_end_of_an_array_is_refused", TEXT("{\"list\":[1,]}"), "value expected"},
    {"missing_colon_is_refused", TEXT("{\"text\" \"a\"}"), "field text: colon expected"},
    {"missing_value_is_refused", TEXT("{\"text\":}"), "field text: value expected"},
    {"missing_comma_is_refused", TEXT("{\"text\":\"a\" \"flag\":true}"), "comma or closing bracket"},
    {"name_without_quotes_is_refused", TEXT("{text:\"a\"}"), "string expected"},
    {"single_quotes_are_refused", TEXT("{'text':'a'}"), "string expected"},
    {"comment_is_refused", TEXT("{/**/}"), "string expected"},
    {"literal_in_capitals_is_refused", TEXT("{\"flag\":True}"), "field flag: value expected"},
    {"cut_literal_is_refused", TEXT("{\"flag\":tru"), "field flag: value expected"},
    {"nan_is_refused", TEXT("{\"time\":NaN}"), "field time: value expected"},
    {"infinity_is_refused", TEXT("{\"time\":-Infinity}"), "field time: value expected"},
    /* what cJSON lets through */
    {"byte_order_mark_is_refused", TEXT("\xef\xbb\xbf{\"text\":\"a\"}"), "an object must come first"},
    {"trailing_garbage_is_refused", TEXT("{\"text\":\"a\"} x"), "something follows"},
    {"second_object_is_refused", TEXT("{\"text\":\"a\"}{}"), "something follows"},
    {"nul_after_the_object_is_refused", TEXT("{\"text\":\"a\"}\0"), "something follows"},
    {"vertical_tab_is_no_white_space", TEXT("{\"text\":\v\"a\"}"), "value expected"},
    {"escaped_nul_is_refused", TEXT("{\"text\":\"a\\u0000b\"}"), "field text: \\u0000"},
    {"escaped_nul_in_a_name_is_refused", TEXT("{\"text\\u0000\":\"a\"}"), "\\u0000"},
    {"raw_nul_is_refused", TEXT("{\"text\":\"a\0b\"}"), "field text: raw control"},
    {"raw_newline_is_refused", TEXT("{\"text\":\"a\nb\"}"), "field text: raw control"},
    {"raw_tab_is_refused", TEXT("{\"text\":\"a\tb\"}"), "field text: raw control"},
    {"raw_control_in_a_name_is_refused", TEXT("{\"te\x01xt\":\"a\"}"), "raw control"},
    {"overlong_utf8_is_refused", TEXT("{\"text\":\"\xc0\xaf\"}"), "field text: invalid UTF-8"},
    {"surrogate_in_utf8_is_refused", TEXT("{\"text\":\"\xed\xa0\x80\"}"), "field text: invalid UTF-8"},
    {"utf8_beyond_10ffff_is_refused", TEXT("{\"text\":\"\xf4\x90\x80\x80\"}"), "field text: invalid UTF-8"},
    {"cut_utf8_is_refused", TEXT("{\"text\":\"\xe2\x82\"}"), "field text: invalid UTF-8"},
    {"cut_utf8_at_the_end_of_the_text_is_refused", TEXT("{\"text\":\"\xe2\x82"), "field text: invalid UTF-8"},
    {"latin_1_is_refused", TEXT("{\"text\":\"\xe9\"}"), "field text: invalid UTF-8"},
    {"invalid_utf8_in_a_name_is_refused", TEXT("{\"te\xffxt\":\"a\"}"), "invalid UTF-8"},
    {"high_surrogate_alone_is_refused", TEXT("{\"text\":\"\\ud800\"}"), "field text: half a surrogate"},
    {"high_surrogate_before_text_is_refused", TEXT("{\"text\":\"\\ud800a\"}"), "field text: half a surrogate"},
    {"high_surrogate_before_a_letter_is_refused", TEXT("{\"text\":\"\\ud800\\u0041\"}"), "half a surrogate"},
    {"two_high_surrogates_are_refused", TEXT("{\"text\":\"\\ud800\\ud800\"}"), "half a surrogate"},
    {"low_surrogate_alone_is_refused", TEXT("{\"text\":\"\\uDC00\"}"), "field text: half a surrogate"},
    {"unknown_escape_is_refused", TEXT("{\"text\":\"\\x41\"}"), "field text: unknown escape"},
    {"escape_of_a_raw_nul_is_refused", TEXT("{\"text\":\"\\\0\"}"), "field text: unknown escape"},
    {"short_unicode_escape_is_refused", TEXT("{\"text\":\"\\u12\"}"), "field text: \\u needs four"},
    {"cut_escape_is_refused", TEXT("{\"text\":\"\\"), "field text: unknown escape"},
    {"cut_unicode_escape_is_refused", TEXT("{\"text\":\"\\u00"), "field text: \\u needs four"},
    {"leading_zero_is_refused", TEXT("{\"whole\":0123}"), "field whole: number with a leading zero"},
    {"two_zeros_are_refused", TEXT("{\"whole\":00}"), "leading zero"},
    {"negative_leading_zero_is_refused", TEXT("{\"whole\":-01}"), "leading zero"},
    {"plus_sign_is_refused", TEXT("{\"whole\":+1}"), "field whole: value expected"},
    {"minus_alone_is_refused", TEXT("{\"whole\":-}"), "field whole: value expected"},
    {"point_without_digits_is_refused", TEXT("{\"time\":1.}"), "digit expected"},
    {"point_at_the_start_is_refused", TEXT("{\"time\":.5}"), "field time: value expected"},
    {"hex_number_is_refused", TEXT("{\"whole\":0x10}"), "comma or closing bracket"},
    {"exponent_is_refused", TEXT("{\"whole\":1e3}"), "field whole: number with an exponent"},
    {"exponent_after_decimals_is_refused", TEXT("{\"time\":1.5E3}"), "field time: number with an exponent"},
    {"integer_a_double_cannot_hold_is_refused", TEXT("{\"whole\":9007199254740993}"), "beyond 9007199254740992"},
    {"negative_one_too_is_refused", TEXT("{\"whole\":-9007199254740993}"), "beyond 9007199254740992"},
    {"integer_of_64_bits_is_refused", TEXT("{\"whole\":18446744073709551616}"), "beyond 9007199254740992"},
    {"endless_integer_is_refused", TEXT("{\"whole\":99999999999999999999999999999999999999999}"), "beyond"},
    {"four_decimals_are_refused", TEXT("{\"time\":1.0001}"), "field time: more than three decimals"},
    {"decimals_of_a_huge_number_are_refused", TEXT("{\"time\":9007199254741.5}"), "too large for its decimals"},
    {"number_of_many_zeros_is_refused", TEXT("{\"time\":1.00000000000000000000000000000000000000}"), "too many digits"},
    /* names and types */
    {"name_twice_is_refused", TEXT("{\"text\":\"a\",\"text\":\"a\"}"), "field text: comes twice"},
    {"name_twice_by_escape_is_refused", TEXT("{\"text\":\"a\",\"te\\u0078t\":\"a\"}"), "field text: comes twice"},
    {"name_twice_with_another_type_is_refused", TEXT("{\"text\":\"a\",\"text\":1}"), "field text: comes twice"},
    {"unknown_name_is_refused", TEXT("{\"text\":\"a\",\"extra\":1}"), "field extra: unknown"},
    {"empty_name_is_refused", TEXT("{\"text\":\"a\",\"\":1}"), "field : unknown"},
    {"name_in_other_case_is_refused", TEXT("{\"TEXT\":\"a\"}"), "field TEXT: unknown"},
    {"missing_name_is_refused", TEXT("{\"flag\":true}"), "field text: missing"},
    {"empty_object_lacks_its_names", TEXT("{}"), "field text: missing"},
    {"null_is_no_string", TEXT("{\"text\":null}"), "field text: must be a string"},
    {"number_is_no_string", TEXT("{\"text\":1}"), "field text: must be a string"},
    {"string_is_no_number", TEXT("{\"text\":\"a\",\"whole\":\"1\"}"), "field whole: must be a whole number"},
    {"fraction_is_no_whole_number", TEXT("{\"text\":\"a\",\"whole\":1.5}"), "field whole: must be a whole number"},
    {"string_is_no_time", TEXT("{\"text\":\"a\",\"time\":\"1\"}"), "field time: must be a number of seconds"},
    {"number_is_no_flag", TEXT("{\"text\":\"a\",\"flag\":1}"), "field flag: must be true or false"},
    {"array_is_no_map", TEXT("{\"text\":\"a\",\"map\":[]}"), "field map: must be an object"},
    {"map_is_no_array", TEXT("{\"text\":\"a\",\"list\":{}}"), "field list: must be an array"},
    {"unbuilt_field_is_refused_by_name", TEXT("{\"text\":\"a\",\"later\":null}"),
     "field later: its effect is not built"},
    /* ranges */
    {"short_text_is_refused", TEXT("{\"text\":\"\"}"), "field text: empty"},
    {"long_text_is_refused", TEXT("{\"text\":\"123456789\"}"), "field text: 9 bytes, at most 8"},
    {"time_below_its_range_is_refused", TEXT("{\"text\":\"a\",\"time\":-0.001}"),
     "field time: below the minimum of 0 s"},
    {"time_above_its_range_is_refused", TEXT("{\"text\":\"a\",\"time\":253402300799.001}"),
     "field time: above the maximum of 253402300799 s"},
    {"short_list_is_refused", TEXT("{\"text\":\"a\",\"list\":[]}"), "field list: 0 items, must have 1..3"},
    {"long_list_is_refused", TEXT("{\"text\":\"a\",\"list\":[1,2,3,4]}"), "field list: 4 items"},
};

static void text_is_refused(void **state)
{
    const struct refused *row = *state;
    /* An exact copy without a NUL, so that a sanitizer sees a byte read too many. */
    char *text = malloc(row->text_bytes + (row->text_bytes == 0));
    struct json_value values[FIELD_COUNT];
    struct cJSON *root = NULL;
    char errstr[160] = "";
    enum rc rc;

    assert_non_null(text);
    memcpy(text, row->text, row->text_bytes);
    rc = read_text(text, row->text_bytes, &root, values, errstr, sizeof errstr);
    assert_int_equal(rc, strstr(row->text, "later") != NULL ? RC_UNSUPPORTED : RC_INVALID);
    if (strstr(errstr, row->named) == NULL)
        fail_msg("errstr \"%s\" does not say \"%s\"", errstr, row->named);
    json_close(root);
    free(text);
}

struct number {
    const char *name;
    const char *text;
    enum field field;
    int64_t wanted;
};

static const struct number numbers[] = {
    {"zero", "0", FIELD_WHOLE, 0},
    {"minus_zero_is_zero", "-0", FIELD_WHOLE, 0},
    {"whole_number_with_zeros_behind_the_point", "3.000", FIELD_WHOLE, 3},
    {"largest_integer", "9007199254740992", FIELD_WHOLE, JSON_NUMBER_MAX},
    {"next_to_largest_integer_is_exact", "9007199254740991", FIELD_WHOLE, JSON_NUMBER_MAX - 1},
    {"smallest_integer", "-9007199254740992", FIELD_WHOLE, -JSON_NUMBER_MAX},
    {"millisecond", "0.001", FIELD_TIME, 1},
    {"tenth_of_a_second", "0.1", FIELD_TIME, 100},
    {"time_that_no_double_holds", "1.005", FIELD_TIME, 1005},
    {"time_of_another_that_no_double_holds", "4.35", FIELD_TIME, 4350},
    {"unix_time_with_milliseconds", "1800000000.123", FIELD_TIME, INT64_C(1800000000123)},
    {"latest_time", "253402300799.000", FIELD_TIME, INT64_C(253402300799000)},
    {"time_just_before_the_latest", "253402300798.999", FIELD_TIME, INT64_C(253402300798999)},
    {"zeros_behind_three_decimals", "1.2340000", FIELD_TIME, 1234},
};

static void number_is_exact(void **state)
{
    const struct number *row = *state;
    struct json_value values[FIELD_COUNT];
    struct cJSON *root = NULL;
    char text[128];
    char errstr[160] = "";

    snprintf(text, sizeof text, "{\"text\":\"a\",\"%s\":%s}", fields[row->field].name, row->text);
    assert_int_equal(read_text(text, strlen(text), &root, values, errstr, sizeof errstr), RC_OK);
    assert_true(values[row->field].number == row->wanted);
    json_close(root);
}

static void every_millisecond_of_many_seconds_is_exact(void **state)
{
    static const int64_t bases[] = {0, 1, 59, 86399, 1800000000, INT64_C(253402300798)};
    struct json_value values[FIELD_COUNT];

    (void)state;
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        for (int ms = 0; ms < 1000; ms++) {
            struct cJSON *root = NULL;
            char text[128];

            snprintf(text, sizeof text, "{\"text\":\"a\",\"time\":%lld.%03d}", (long long)bases[i], ms);
            assert_int_equal(read_text(text, strlen(text), &root, values, NULL, 0), RC_OK);
            assert_true(values[FIELD_TIME].number == bases[i] * 1000 + ms);
            json_close(root);
        }
    }
}

static void all_types_are_read(void **state)
{
    static const char text[] =
        " {\"map\" : {\"k\":\"v\"}, \"list\":[1,[],{}],\r\n\t\"flag\":true,\"text\":\"\\u00e9\\ud83d\\ude00\","
        "\"whole\":-5} ";
    struct json_value values[FIELD_COUNT];
    struct cJSON *root = NULL;

    (void)state;
    assert_int_equal(read_text(text, sizeof text - 1, &root, values, NULL, 0), RC_OK);
    assert_string_equal(values[FIELD_TEXT].text, "\xc3\xa9\xf0\x9f\x98\x80");
    assert_int_equal(values[FIELD_TEXT].text_bytes, 6);
    assert_int_equal(values[FIELD_FLAG].number, 1);
    assert_int_equal(values[FIELD_WHOLE].number, -5);
    assert_false(values[FIELD_TIME].is_given);
    assert_int_equal(json_count(values[FIELD_LIST].node), 3);
    assert_string_equal(json_get_name(json_get_first(values[FIELD_MAP].node)), "k");
    assert_string_equal(json_get_text(json_get_first(values[FIELD_MAP].node)), "v");
    assert_null(json_get_text(json_get_first(values[FIELD_LIST].node)));
    assert_null(json_get_next(json_get_first(values[FIELD_MAP].node)));
    json_close(root);
}

/* {"map":{"a":{"a":...1...}}} with that many levels in all. */
static enum rc scan_nested(unsigned int level_count)
{
    char text[512] = "";
    char *at = text;

    for (unsigned int i = 0; i < level_count; i++)
        at = stpcpy(at, "{\"a\":");
    at = stpcpy(at, "1");
    memset(at, '}', level_count);
    return json_scan(text, strlen(text), NULL, 0);
}

static void depth_is_limited(void **state)
{
    (void)state;
    assert_int_equal(scan_nested(JSON_DEPTH_MAX), RC_OK);
    assert_int_equal(scan_nested(JSON_DEPTH_MAX + 1), RC_INVALID);
}

static void many_opening_brackets_do_not_exhaust_the_stack(void **state)
{
    size_t text_bytes = 1000000;
    char *text = malloc(text_bytes);
    char errstr[160] = "";

    (void)state;
    assert_non_null(text);
    memset(text, '[', text_bytes);
    memcpy(text, "{\"a\":", 5);
    assert_int_equal(json_scan(text, text_bytes, errstr, sizeof errstr), RC_INVALID);
    assert_non_null(strstr(errstr, "field a: nested too deeply"));
    free(text);
}

/* {"a":[0,0,...]}: the object and the array count too. */
static enum rc scan_list(unsigned int item_count)
{
    char text[4 * JSON_VALUE_MAX] = "{\"a\":[0";
    char *at = text + strlen(text);

    for (unsigned int i = 1; i < item_count; i++)
        at = stpcpy(at, ",0");
    stpcpy(at, "]}");
    return json_scan(text, strlen(text), NULL, 0);
}

static void number_of_values_is_limited(void **state)
{
    (void)state;
    assert_int_equal(scan_list(JSON_VALUE_MAX - 2), RC_OK);
    assert_int_equal(scan_list(JSON_VALUE_MAX - 1), RC_INVALID);
}

static void size_is_limited_before_anything_is_read(void **state)
{
    struct cJSON *root = NULL;
    char errstr[160] = "";

    (void)state;
    assert_int_equal(json_parse("{}", 2, 1, &root, errstr, sizeof errstr), RC_TOO_LARGE);
    assert_string_equal(errstr, "2 bytes of JSON, at most 1");
    assert_null(root);
    assert_int_equal(json_parse("{}", 2, 2, &root, errstr, sizeof errstr), RC_OK);
    json_close(root);
}

static void long_foreign_name_is_cut_in_the_errstr(void **state)
{
    char text[300] = "{\"";
    char errstr[160] = "";
    struct json_value values[FIELD_COUNT];
    struct cJSON *root = NULL;

    (void)state;
    memset(text + 2, 'n', 200);
    strcpy(text + 202, "\":1}");
    assert_int_equal(read_text(text, strlen(text), &root, values, errstr, sizeof errstr), RC_INVALID);
    assert_non_null(strstr(errstr, "nnn...: unknown"));
    json_close(root);
}

/* What the scan accepts cJSON must accept too, or want of memory would be the wrong report. Bytes changed at random. */
static void what_the_scan_accepts_is_parsed(void **state)
{
    static const char seed_text[] =
        "{\"text\":\"a\\u00e9\\n\xc3\xa9\",\"whole\":-12.50,\"flag\":[true,false,null],\"map\":{\"a\":\"\"},\"n\":0}";
    static const char alphabet[] = "{}[]\",:\\u0019aeE.-+ \n\xc3\xa9\x00tfn";
    uint32_t random = 20240229;
    unsigned int accepted_count = 0;

    (void)state;
    for (int round = 0; round < 200000; round++) {
        char text[sizeof seed_text];
        struct cJSON *root = NULL;
        enum rc rc;

        memcpy(text, seed_text, sizeof text);
        for (int change = 0; change < 1 + round % 4; change++) {
            random = random * 1664525 + 1013904223;
            text[(random >> 8) % (sizeof text - 1)] = alphabet[(random >> 20) % (sizeof alphabet - 1)];
        }
        rc = json_parse(text, sizeof text - 1, sizeof text, &root, NULL, 0);
        assert_true(rc == RC_OK || rc == RC_INVALID);
        accepted_count += rc == RC_OK;
        json_close(root);
    }
    assert_true(accepted_count > 1000);
}

static void *refuse_memory(size_t byte_count)
{
    (void)byte_count;
    return NULL;
}

static void want_of_memory_is_reported(void **state)
{
    cJSON_Hooks hooks = {.malloc_fn = refuse_memory, .free_fn = free};
    struct cJSON *root = NULL;
    enum rc rc;

    (void)state;
    cJSON_InitHooks(&hooks);
    rc = json_parse("{}", 2, 10, &root, NULL, 0);
    cJSON_InitHooks(NULL);
    assert_int_equal(rc, RC_NO_MEMORY);
    assert_null(root);
}

static void copy_bytes_cover_every_text(void **state)
{
    static const char text[] = "{\"text\":\"abc\",\"list\":[\"de\",{\"fgh\":\"\"}]}";
    struct cJSON *root = NULL;

    (void)state;
    assert_int_equal(json_parse(text, sizeof text - 1, 100, &root, NULL, 0), RC_OK);
    /* text abc list de fgh and an empty one with their NULs, and 6 values */
    assert_int_equal(json_get_copy_bytes(root), 5 + 4 + 5 + 3 + 4 + 1 + 6 * 2 * sizeof(void *));
    json_close(root);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, refused, text_is_refused);
    UNIT_TABLE_ADD(&table, numbers, number_is_exact);
    UNIT_TABLE_TEST(&table, every_millisecond_of_many_seconds_is_exact);
    UNIT_TABLE_TEST(&table, all_types_are_read);
    UNIT_TABLE_TEST(&table, depth_is_limited);
    UNIT_TABLE_TEST(&table, many_opening_brackets_do_not_exhaust_the_stack);
    UNIT_TABLE_TEST(&table, number_of_values_is_limited);
    UNIT_TABLE_TEST(&table, size_is_limited_before_anything_is_read);
    UNIT_TABLE_TEST(&table, long_foreign_name_is_cut_in_the_errstr);
    UNIT_TABLE_TEST(&table, what_the_scan_accepts_is_parsed);
    UNIT_TABLE_TEST(&table, want_of_memory_is_reported);
    UNIT_TABLE_TEST(&table, copy_bytes_cover_every_text);
    return unit_table_run(&table);
}
