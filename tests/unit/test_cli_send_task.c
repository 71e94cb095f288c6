#include "send_task.h"

#include "unit_table.h"

#define URL "https://pay.example/charge"

static struct send_values get_defaults(void)
{
    return (struct send_values){.step_ms = -1, .times = -1, .delay_ms = -1};
}

static autohttp_task_t *make(const struct send_values *values)
{
    char errstr[256] = "";
    autohttp_task_t *task = NULL;

    assert_int_equal(send_task_new(values, URL, &task, errstr, sizeof errstr), RC_OK);
    assert_int_equal(send_task_complete(values, task, errstr, sizeof errstr), RC_OK);
    return task;
}

static void bare_url_is_a_get_with_a_drawn_id(void **state)
{
    struct send_values values = get_defaults();
    autohttp_task_t *task = make(&values);
    char json[512] = "";
    char errstr[256] = "";

    (void)state;
    assert_string_equal(autohttp_task_get_method(task), "GET");
    assert_string_equal(autohttp_task_get_business_type(task), "manual");
    assert_int_equal(strlen(autohttp_task_get_business_id(task)), 16);
    assert_false(autohttp_task_is_ladder(task));
    assert_int_equal(autohttp_task_to_json(task, json, sizeof json, NULL, errstr, sizeof errstr), AUTOHTTP_OK);
    assert_null(strstr(json, "retry_")); /* the worker's default */
    autohttp_task_free(task);
}

static void two_drawn_ids_differ(void **state)
{
    struct send_values values = get_defaults();
    autohttp_task_t *first = make(&values);
    autohttp_task_t *second = make(&values);

    (void)state;
    assert_string_not_equal(autohttp_task_get_business_id(first), autohttp_task_get_business_id(second));
    autohttp_task_free(first);
    autohttp_task_free(second);
}

static void body_makes_it_a_post(void **state)
{
    struct send_values values = get_defaults();
    size_t body_bytes = 0;

    (void)state;
    values.data = "x=1";
    autohttp_task_t *task = make(&values);
    assert_string_equal(autohttp_task_get_method(task), "POST");
    assert_memory_equal(autohttp_task_get_body(task, &body_bytes), "x=1", 3);
    assert_int_equal(body_bytes, 3);
    autohttp_task_free(task);
}

static void header_is_split_at_its_first_colon(void **state)
{
    struct send_values values = get_defaults();

    (void)state;
    values.headers.items[0] = "X-Time:  12:00";
    values.headers.count = 1;
    autohttp_task_t *task = make(&values);
    assert_string_equal(autohttp_task_get_header_name(task, 0), "X-Time");
    assert_string_equal(autohttp_task_get_header_value(task, 0), "12:00");
    autohttp_task_free(task);
}

static void ladder_is_read_in_order(void **state)
{
    struct send_values values = get_defaults();

    (void)state;
    values.ladder = "1m,5m";
    autohttp_task_t *task = make(&values);
    assert_true(autohttp_task_is_ladder(task));
    assert_int_equal(autohttp_task_get_ladder_count(task), 2);
    assert_true(autohttp_task_get_ladder_wait(task, 1) == 300000);
    autohttp_task_free(task);
}

static void empty_ladder_is_one_attempt(void **state)
{
    struct send_values values = get_defaults();

    (void)state;
    values.ladder = "";
    autohttp_task_t *task = make(&values);
    assert_true(autohttp_task_is_ladder(task));
    assert_int_equal(autohttp_task_get_ladder_count(task), 0);
    autohttp_task_free(task);
}

static void not_before_is_kept(void **state)
{
    struct send_values values = get_defaults();

    (void)state;
    values.not_before = "2026-03-01T12:00:00Z";
    autohttp_task_t *task = make(&values);
    assert_true(autohttp_task_get_not_before(task) == INT64_C(1772366400000));
    autohttp_task_free(task);
}

struct refusal {
    const char *name;
    struct send_values values;
    const char *errstr;
};

static const struct refusal refusals[] = {
    {"ladder_with_step_is_refused",
     {.ladder = "1m", .step_ms = 1000, .times = -1, .delay_ms = -1},
     "--ladder goes with neither --step nor --times"},
    {"ladder_with_times_is_refused",
     {.ladder = "1m", .step_ms = -1, .times = 3, .delay_ms = -1},
     "--ladder goes with neither --step nor --times"},
    {"bad_wait_names_the_option",
     {.ladder = "1m,x", .step_ms = -1, .times = -1, .delay_ms = -1},
     "--ladder: 'x' is not a wait: write 500ms, 1.5s, 30, 5m, 1h30m or 1d"},
    {"delay_with_not_before_is_refused",
     {.not_before = "5", .step_ms = -1, .times = -1, .delay_ms = 5},
     "--delay does not go with --not-before"},
    {"header_without_a_colon_is_refused",
     {.headers = {{"X-Time"}, 1}, .step_ms = -1, .times = -1, .delay_ms = -1},
     "--header 'X-Time': write 'Name: value'"},
    {"unknown_policy_is_refused",
     {.duplicate = "keep", .step_ms = -1, .times = -1, .delay_ms = -1},
     "--duplicate: 'keep' is not ignore, replace or reject"},
};

static void bad_options_are_refused(void **state)
{
    const struct refusal *row = *state;
    char errstr[256] = "";
    autohttp_task_t *task = NULL;

    assert_int_equal(send_task_new(&row->values, URL, &task, errstr, sizeof errstr), RC_INVALID);
    assert_string_equal(errstr, row->errstr);
    assert_null(task);
}

static void complete_badly(const struct send_values *values, const char *url, char *errstr, size_t errstr_bytes)
{
    autohttp_task_t *task = NULL;

    assert_int_equal(send_task_new(values, url, &task, errstr, errstr_bytes), RC_OK);
    assert_int_equal(send_task_complete(values, task, errstr, errstr_bytes), RC_INVALID);
    autohttp_task_free(task);
}

static void missing_body_file_is_named_as_bad_data(void **state)
{
    struct send_values values = get_defaults();
    char errstr[256] = "";

    (void)state;
    values.data = "@/nonexistent/file";
    complete_badly(&values, URL, errstr, sizeof errstr);
    assert_string_equal(errstr, "/nonexistent/file: No such file or directory");
}

static void url_without_a_scheme_gets_a_hint(void **state)
{
    static const char *const urls[] = {"ftp://x/", "x.example/"};
    static const char hint[] = "; write http:// or https://";
    struct send_values values = get_defaults();
    char errstr[256] = "";

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        complete_badly(&values, urls[i], errstr, sizeof errstr);
        assert_true(strncmp(errstr, "field url: ", 11) == 0);
        assert_string_equal(errstr + strlen(errstr) - strlen(hint), hint);
    }
}

static void bad_url_with_a_scheme_gets_no_hint(void **state)
{
    struct send_values values = get_defaults();
    char errstr[256] = "";

    (void)state;
    complete_badly(&values, "http://", errstr, sizeof errstr);
    assert_true(strncmp(errstr, "field url: ", 11) == 0);
    assert_null(strstr(errstr, "write http"));
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, bare_url_is_a_get_with_a_drawn_id);
    UNIT_TABLE_TEST(&table, two_drawn_ids_differ);
    UNIT_TABLE_TEST(&table, body_makes_it_a_post);
    UNIT_TABLE_TEST(&table, header_is_split_at_its_first_colon);
    UNIT_TABLE_TEST(&table, ladder_is_read_in_order);
    UNIT_TABLE_TEST(&table, empty_ladder_is_one_attempt);
    UNIT_TABLE_TEST(&table, not_before_is_kept);
    UNIT_TABLE_ADD(&table, refusals, bad_options_are_refused);
    UNIT_TABLE_TEST(&table, missing_body_file_is_named_as_bad_data);
    UNIT_TABLE_TEST(&table, url_without_a_scheme_gets_a_hint);
    UNIT_TABLE_TEST(&table, bad_url_with_a_scheme_gets_no_hint);
    return unit_table_run(&table);
}
