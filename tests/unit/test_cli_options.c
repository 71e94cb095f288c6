#include "options.h"

#include "unit_table.h"

#define WORD_MAX 16

struct values {
    bool is_wait;
    const char *type;
    int64_t times;
    int64_t delay_ms;
    struct option_list headers;
};

static const struct option_spec specs[] = {
    {"wait", 'w', OPTION_FLAG, offsetof(struct values, is_wait), NULL, "wait", 0, 0, 0},
    {"type", 't', OPTION_TEXT, offsetof(struct values, type), "TEXT", "type", 0, 0, 0},
    {"times", 0, OPTION_NUMBER, offsetof(struct values, times), "N", "times", 0, 10, -1},
    {"delay", 0, OPTION_DURATION, offsetof(struct values, delay_ms), "WAIT", "delay", 0, 60000, -1},
    {"header", 'H', OPTION_LIST, offsetof(struct values, headers), "TEXT", "header", 0, 0, 0},
};

struct parsed {
    struct values values;
    char *words[WORD_MAX];
    int word_count;
    char errstr[256];
    enum rc rc;
};

/* line: words apart by single spaces. */
static void parse(const char *line, bool stop_at_word, struct parsed *ret_parsed)
{
    static char text[256];
    char *argv[WORD_MAX] = {NULL};
    int argc = 0;
    struct option_group group = {specs, sizeof specs / sizeof specs[0], &ret_parsed->values};

    memset(ret_parsed, 0, sizeof *ret_parsed);
    strncpy(text, line, sizeof text - 1);
    for (char *word = text; word != NULL && argc < WORD_MAX - 1; argc++) {
        argv[argc] = word;
        word = strchr(word, ' ');
        if (word != NULL) {
            *word++ = '\0';
        }
    }
    ret_parsed->rc = options_parse(&group, 1, argc, argv, stop_at_word, ret_parsed->words, &ret_parsed->word_count,
                                   ret_parsed->errstr, sizeof ret_parsed->errstr);
}

static void values_follow_a_space_or_an_equals_sign(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("cmd --type order --times=3 --delay 1.5s --wait", false, &parsed);
    assert_int_equal(parsed.rc, RC_OK);
    assert_string_equal(parsed.values.type, "order");
    assert_int_equal(parsed.values.times, 3);
    assert_int_equal(parsed.values.delay_ms, 1500);
    assert_true(parsed.values.is_wait);
}

static void options_not_given_have_their_fallback(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("cmd", false, &parsed);
    assert_int_equal(parsed.rc, RC_OK);
    assert_int_equal(parsed.values.times, -1);
    assert_int_equal(parsed.values.delay_ms, -1);
    assert_null(parsed.values.type);
}

static void only_given_options_are_given(void **state)
{
    static const char *const lines[] = {"cmd --wait", "cmd --type x", "cmd --times 0", "cmd --delay 0", "cmd -H a"};
    const size_t spec_count = sizeof specs / sizeof specs[0];
    struct parsed parsed;

    (void)state;
    for (size_t given = 0; given < spec_count; given++) {
        parse(lines[given], false, &parsed);
        for (size_t i = 0; i < spec_count; i++) {
            assert_int_equal(options_is_given(&specs[i], &parsed.values), i == given);
        }
    }
}

static void words_and_options_may_be_mixed(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("cmd one --wait two -t order three", false, &parsed);
    assert_int_equal(parsed.rc, RC_OK);
    assert_int_equal(parsed.word_count, 3);
    assert_string_equal(parsed.words[0], "one");
    assert_string_equal(parsed.words[2], "three");
    assert_string_equal(parsed.values.type, "order");
}

static void two_dashes_end_the_options(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("cmd --wait -- --type -x", false, &parsed);
    assert_int_equal(parsed.rc, RC_OK);
    assert_int_equal(parsed.word_count, 2);
    assert_string_equal(parsed.words[0], "--type");
    assert_null(parsed.values.type);
}

static void single_dash_is_a_word(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("cmd - --wait", false, &parsed);
    assert_int_equal(parsed.rc, RC_OK);
    assert_int_equal(parsed.word_count, 1);
    assert_string_equal(parsed.words[0], "-");
    assert_true(parsed.values.is_wait);
}

static void value_may_look_like_an_option(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("cmd --type --wait", false, &parsed);
    assert_int_equal(parsed.rc, RC_OK);
    assert_string_equal(parsed.values.type, "--wait");
    assert_false(parsed.values.is_wait);
}

static void parsing_may_stop_at_the_first_word(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("cmd --wait verb --unknown -y", true, &parsed);
    assert_int_equal(parsed.rc, RC_OK);
    assert_int_equal(parsed.word_count, 3);
    assert_string_equal(parsed.words[1], "--unknown");
}

static void list_option_gathers_in_order(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("cmd -H a -Hb --header=c", false, &parsed);
    assert_int_equal(parsed.rc, RC_OK);
    assert_int_equal(parsed.values.headers.count, 3);
    assert_string_equal(parsed.values.headers.items[1], "b");
    assert_string_equal(parsed.values.headers.items[2], "c");
}

static void short_flags_may_be_joined(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("cmd -wt order", false, &parsed);
    assert_int_equal(parsed.rc, RC_OK);
    assert_true(parsed.values.is_wait);
    assert_string_equal(parsed.values.type, "order");
}

static void a_second_parse_forgets_the_first(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("cmd -wx", false, &parsed); /* fails in the middle of a cluster */
    assert_int_equal(parsed.rc, RC_INVALID);
    parse("cmd --times 4 word", false, &parsed);
    assert_int_equal(parsed.rc, RC_OK);
    assert_int_equal(parsed.values.times, 4);
    assert_int_equal(parsed.word_count, 1);
}

struct refusal {
    const char *name;
    const char *line;
    const char *errstr;
};

static const struct refusal refusals[] = {
    {"abbreviation_is_refused", "cmd --del 5", "unknown option --del; did you mean --delay?"},
    {"abbreviation_with_a_value_is_refused", "cmd --typ=x", "unknown option --typ; did you mean --type?"},
    {"typo_gets_a_suggestion", "cmd --tiems 3", "unknown option --tiems; did you mean --times?"},
    {"nothing_near_gets_none", "cmd --verbose", "unknown option --verbose"},
    {"unknown_letter_is_refused", "cmd -x", "unknown option -x"},
    {"missing_value_is_told", "cmd --type", "option --type wants a value"},
    {"missing_value_of_a_letter_is_told", "cmd -t", "option -t wants a value"},
    {"value_for_a_flag_is_refused", "cmd --wait=yes", "option --wait=yes takes no value"},
    {"number_out_of_range_names_the_limits", "cmd --times 11", "--times: 11 is not in 0..10"},
    {"number_that_is_none_is_refused", "cmd --times 1x", "--times: '1x' is not a whole number"},
    {"number_beyond_64_bits_is_refused", "cmd --times 99999999999999999999",
     "--times: 99999999999999999999 is not in 0..10"},
    {"wait_above_its_limit_is_refused", "cmd --delay 2m", "--delay: '2m' is longer than 1m"},
};

static void bad_option_is_refused(void **state)
{
    const struct refusal *row = *state;
    struct parsed parsed;

    parse(row->line, false, &parsed);
    assert_int_equal(parsed.rc, RC_INVALID);
    assert_string_equal(parsed.errstr, row->errstr);
}

static void too_many_list_items_are_refused(void **state)
{
    char *argv[2 * OPTIONS_LIST_MAX + 4];
    char *words[2 * OPTIONS_LIST_MAX + 4];
    char command[] = "cmd";
    char option[] = "-H";
    char value[] = "x";
    char errstr[256] = "";
    int argc = 0;
    int word_count = 0;
    struct values values = {0};
    struct option_group group = {specs, sizeof specs / sizeof specs[0], &values};

    (void)state;
    argv[argc++] = command;
    for (int i = 0; i <= OPTIONS_LIST_MAX; i++) {
        argv[argc++] = option;
        argv[argc++] = value;
    }
    argv[argc] = NULL;
    assert_int_equal(options_parse(&group, 1, argc, argv, false, words, &word_count, errstr, sizeof errstr),
                     RC_INVALID);
    assert_string_equal(errstr, "--header: given more than 128 times");
}

static void help_names_letter_value_and_text(void **state)
{
    struct buffer help = {0};

    (void)state;
    options_print_help(specs, 2, &help);
    assert_string_equal(help.data, "  -w, --wait                       wait\n"
                                   "  -t, --type TEXT                  type\n");
    buffer_close(&help);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, values_follow_a_space_or_an_equals_sign);
    UNIT_TABLE_TEST(&table, options_not_given_have_their_fallback);
    UNIT_TABLE_TEST(&table, only_given_options_are_given);
    UNIT_TABLE_TEST(&table, words_and_options_may_be_mixed);
    UNIT_TABLE_TEST(&table, two_dashes_end_the_options);
    UNIT_TABLE_TEST(&table, single_dash_is_a_word);
    UNIT_TABLE_TEST(&table, value_may_look_like_an_option);
    UNIT_TABLE_TEST(&table, parsing_may_stop_at_the_first_word);
    UNIT_TABLE_TEST(&table, list_option_gathers_in_order);
    UNIT_TABLE_TEST(&table, short_flags_may_be_joined);
    UNIT_TABLE_TEST(&table, a_second_parse_forgets_the_first);
    UNIT_TABLE_ADD(&table, refusals, bad_option_is_refused);
    UNIT_TABLE_TEST(&table, too_many_list_items_are_refused);
    UNIT_TABLE_TEST(&table, help_names_letter_value_and_text);
    return unit_table_run(&table);
}
