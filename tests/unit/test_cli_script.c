#include "script.h"

#include "unit_table.h"

static void init(struct script *script, const char *text)
{
    char errstr[256] = "";

    assert_int_equal(script_init(text, script, errstr, sizeof errstr), RC_OK);
}

static void last_answer_repeats(void **state)
{
    struct script script;

    (void)state;
    init(&script, "500,503,200");
    assert_int_equal(script_get_status(&script, "/", 1), 500);
    assert_int_equal(script_get_status(&script, "/", 2), 503);
    assert_int_equal(script_get_status(&script, "/", 3), 200);
    assert_int_equal(script_get_status(&script, "/", 1000), 200);
    script_close(&script);
}

static void answer_without_a_script_is_200(void **state)
{
    struct script script;

    (void)state;
    init(&script, NULL);
    assert_int_equal(script_get_status(&script, "/", 1), 200);
    script_close(&script);
}

static void status_path_stands_above_the_script(void **state)
{
    struct script script;

    (void)state;
    init(&script, "500");
    assert_int_equal(script_get_status(&script, "/status/404", 1), 404);
    assert_int_equal(script_get_status(&script, "/status/4040", 1), 500);
    assert_int_equal(script_get_status(&script, "/status/", 1), 500);
    script_close(&script);
}

static void delay_path_tells_its_milliseconds(void **state)
{
    (void)state;
    assert_true(script_get_delay_ms("/delay/250") == 250);
    assert_true(script_get_delay_ms("/delay/x") == 0);
    assert_true(script_get_delay_ms("/other") == 0);
    assert_true(script_get_delay_ms("/delay/999999999") == 0);
}

static void attempt_header_outranks_counting(void **state)
{
    struct script script;

    (void)state;
    init(&script, "500");
    assert_int_equal(script_count_call(&script, "7", "key"), 7);
    assert_int_equal(script_count_call(&script, NULL, "key"), 1);
    script_close(&script);
}

static void calls_are_counted_for_each_key(void **state)
{
    struct script script;

    (void)state;
    init(&script, "500");
    assert_int_equal(script_count_call(&script, NULL, "a"), 1);
    assert_int_equal(script_count_call(&script, NULL, "b"), 1);
    assert_int_equal(script_count_call(&script, "nonsense", "a"), 2);
    assert_int_equal(script_count_call(&script, NULL, NULL), 1);
    assert_int_equal(script_count_call(&script, NULL, NULL), 2);
    script_close(&script);
}

struct refusal {
    const char *name;
    const char *text;
};

static const struct refusal refusals[] = {
    {"empty_is_refused", ""},
    {"hole_is_refused", "500,,200"},
    {"interim_status_is_refused", "100"},
    {"status_600_is_refused", "600"},
    {"word_is_refused", "ok"},
    {"very_long_number_is_refused", "20000000000000000000000"},
};

static void bad_script_is_refused(void **state)
{
    const struct refusal *row = *state;
    struct script script;
    char errstr[256] = "";

    assert_int_equal(script_init(row->text, &script, errstr, sizeof errstr), RC_INVALID);
    assert_true(strncmp(errstr, "status: ", 8) == 0);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, last_answer_repeats);
    UNIT_TABLE_TEST(&table, answer_without_a_script_is_200);
    UNIT_TABLE_TEST(&table, status_path_stands_above_the_script);
    UNIT_TABLE_TEST(&table, delay_path_tells_its_milliseconds);
    UNIT_TABLE_TEST(&table, attempt_header_outranks_counting);
    UNIT_TABLE_TEST(&table, calls_are_counted_for_each_key);
    UNIT_TABLE_ADD(&table, refusals, bad_script_is_refused);
    return unit_table_run(&table);
}
