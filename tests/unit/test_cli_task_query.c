#include "task_query.h"

#include "unit_table.h"

struct question {
    const char *name;
    struct task_query_options options;
    const char *url;
};

static const struct question questions[] = {
    {"all_tasks_without_options", {0}, "/v1/tasks?limit=7"},
    {"incomplete", {.is_incomplete = true}, "/v1/tasks?limit=7&list=incomplete"},
    {"incomplete_until_a_unix_time_with_decimals",
     {.is_incomplete = true, .until = "1772366400.25"},
     "/v1/tasks?limit=7&list=incomplete&until=1772366400.25"},
    {"incomplete_until_a_date",
     {.is_incomplete = true, .until = "2026-03-01T12:00:00.001Z"},
     "/v1/tasks?limit=7&list=incomplete&until=1772366400.001"},
    {"time_zero_is_a_time", {.since = "0"}, "/v1/tasks?limit=7&since=0"},
    {"to_clean", {.is_to_clean = true, .status = "success"}, "/v1/tasks?limit=7&list=to_clean&status=success"},
    {"to_clean_before",
     {.is_to_clean = true, .status = "stopped", .before = "5"},
     "/v1/tasks?limit=7&list=to_clean&status=stopped&before=5"},
    {"filters_together",
     {.status = "sending", .type = "order", .host = "pay.example", .since = "9"},
     "/v1/tasks?limit=7&status=sending&type=order&host=pay.example&since=9"},
    {"values_are_percent_encoded",
     {.type = "a&b=c \xc3\xa4", .host = "[::1]"},
     "/v1/tasks?limit=7&type=a%26b%3Dc%20%C3%A4&host=%5B%3A%3A1%5D"},
};

static void options_become_parameters(void **state)
{
    const struct question *row = *state;
    struct task_query query;
    struct buffer url = {0};
    char errstr[256] = "";

    assert_int_equal(task_query_read(&row->options, &query, errstr, sizeof errstr), RC_OK);
    assert_int_equal(task_query_append_url(&query, 7, NULL, &url), RC_OK);
    assert_string_equal(url.data, row->url);
    buffer_close(&url);
}

static void cursor_goes_back_as_it_came(void **state)
{
    struct task_query_options options = {0};
    struct task_query query;
    struct buffer url = {0};
    char errstr[256] = "";

    (void)state;
    buffer_append_text(&url, "http://h:1");
    assert_int_equal(task_query_read(&options, &query, errstr, sizeof errstr), RC_OK);
    assert_int_equal(task_query_append_url(&query, 1, "3:order:a b+/=", &url), RC_OK);
    assert_string_equal(url.data, "http://h:1/v1/tasks?limit=1&cursor=3%3Aorder%3Aa%20b%2B%2F%3D");
    buffer_close(&url);
}

struct refusal {
    const char *name;
    struct task_query_options options;
    const char *errstr;
};

static const struct refusal refusals[] = {
    {"two_lists",
     {.is_incomplete = true, .is_to_clean = true, .status = "success"},
     "give --incomplete or --to-clean, not both"},
    {"until_without_incomplete", {.until = "1"}, "--until goes only with --incomplete"},
    {"until_with_to_clean",
     {.is_to_clean = true, .status = "success", .until = "1"},
     "--until goes only with --incomplete"},
    {"before_without_to_clean", {.before = "1"}, "--before goes only with --to-clean"},
    {"status_with_incomplete",
     {.is_incomplete = true, .status = "sending"},
     "--status goes with --to-clean or alone, not with --incomplete"},
    {"type_with_incomplete",
     {.is_incomplete = true, .type = "order"},
     "--type goes neither with --incomplete nor with --to-clean"},
    {"host_with_to_clean",
     {.is_to_clean = true, .status = "success", .host = "h"},
     "--host goes neither with --incomplete nor with --to-clean"},
    {"since_with_to_clean",
     {.is_to_clean = true, .status = "success", .since = "1"},
     "--since goes neither with --incomplete nor with --to-clean"},
    {"to_clean_without_status", {.is_to_clean = true}, "--to-clean wants --status success, failure or stopped"},
    {"to_clean_of_unsettled_tasks",
     {.is_to_clean = true, .status = "sending"},
     "--status: 'sending' is not one of success, failure, stopped"},
    {"unknown_status", {.status = "Success"}, "--status: 'Success' is not one of sending, success, failure, stopped"},
    {"empty_type", {.type = ""}, "--type: empty"},
    {"time_that_is_none",
     {.is_incomplete = true, .until = "soon"},
     "--until: 'soon' is not a point in time: write 2026-03-01T12:00:00Z or Unix seconds"},
    {"time_finer_than_a_millisecond",
     {.since = "1.0001"},
     "--since: '1.0001' is not a point in time: write 2026-03-01T12:00:00Z or Unix seconds"},
};

static void wrong_options_are_refused_by_name(void **state)
{
    const struct refusal *row = *state;
    struct task_query query;
    char errstr[256] = "";

    assert_int_equal(task_query_read(&row->options, &query, errstr, sizeof errstr), RC_INVALID);
    assert_string_equal(errstr, row->errstr);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, questions, options_become_parameters);
    UNIT_TABLE_TEST(&table, cursor_goes_back_as_it_came);
    UNIT_TABLE_ADD(&table, refusals, wrong_options_are_refused_by_name);
    return unit_table_run(&table);
}
