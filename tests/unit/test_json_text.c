#include "cmocka_all.h"
#include "json_text.h"
#include <string.h>

static void every_value_of_the_grammar_is_json(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        " null ",
        "true",
        "false",
        "\"\"",
        "-0",
        "0.123456789",
        "1e400",
        "1E-2",
        "9007199254740993",
        "[1,[2,{\"a\":[]}],\"\\u0000\\n\\\"\"]",
        "{\"a\":1,\"a\":2}",
        "\"\xc3\xa9\"",
        "\t\r\n[ 1 , 2 ]\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(json_text_check(texts[i], strlen(texts[i]), NULL, 0), RC_OK);
    }
}

static void what_is_not_of_the_grammar_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "nul",
        "truex",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\x01\"",
        "\"",
        "[1 2]",
        "1 2",
        "'a'",
        "\xef\xbb\xbf{}",
        "\"\xff\"",
        "{\"a\":1,}",
        "NaN",
        "//\n1",
        "[1}",
        "\"\\",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(json_text_check(texts[i], strlen(texts[i]), NULL, 0), RC_INVALID);
    }
    assert_int_equal(json_text_check("1\0", 2, NULL, 0), RC_INVALID);
}

static void depth_is_bounded(void **state)
{
    char text[2 * JSON_TEXT_DEPTH_MAX + 2];

    (void)state;
    memset(text, '[', JSON_TEXT_DEPTH_MAX + 1);
    memset(text + JSON_TEXT_DEPTH_MAX + 1, ']', JSON_TEXT_DEPTH_MAX + 1);
    assert_int_equal(json_text_check(text, sizeof text, NULL, 0), RC_INVALID);
    assert_int_equal(json_text_check(text + 1, sizeof text - 2, NULL, 0), RC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_of_the_grammar_is_json),
        cmocka_unit_test(what_is_not_of_the_grammar_is_refused),
        cmocka_unit_test(depth_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
