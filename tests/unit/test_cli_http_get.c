#include "http_get.h"

#include <stdio.h>

#include "unit_table.h"

struct url {
    const char *name;
    const char *type;
    const char *id;
    const char *url;
};

static const struct url urls[] = {
    {"plain_key", "order", "42", "http://h:1/v1/tasks/order/42"},
    {"slash_does_not_split_the_path", "order", "a/b", "http://h:1/v1/tasks/order/a%2Fb"},
    {"question_mark_starts_no_query", "order", "a?b#c", "http://h:1/v1/tasks/order/a%3Fb%23c"},
    {"percent_is_encoded_itself", "order", "100%", "http://h:1/v1/tasks/order/100%25"},
    {"utf8_is_encoded_by_bytes", "\xc3\xa4", "1", "http://h:1/v1/tasks/%C3%A4/1"},
    {"dots_that_would_climb_stay_a_name", "order", "..", "http://h:1/v1/tasks/order/.."},
};

static void url_is_percent_encoded(void **state)
{
    const struct url *row = *state;
    char url[HTTP_GET_URL_BYTES];
    char errstr[256] = "";

    assert_int_equal(http_get_print_task_url("http://h:1", row->type, row->id, url, errstr, sizeof errstr), RC_OK);
    assert_string_equal(url, row->url);
}

static void longest_key_fits(void **state)
{
    char part[256];
    char url[HTTP_GET_URL_BYTES];
    char errstr[256] = "";

    (void)state;
    memset(part, '/', sizeof part - 1);
    part[sizeof part - 1] = '\0';
    assert_int_equal(http_get_print_task_url("http://127.0.0.1:65535", part, part, url, errstr, sizeof errstr), RC_OK);
}

static void overlong_base_is_refused(void **state)
{
    char base[HTTP_GET_URL_BYTES + 1];
    char url[HTTP_GET_URL_BYTES];
    char errstr[256] = "";

    (void)state;
    memset(base, 'a', sizeof base - 1);
    base[sizeof base - 1] = '\0';
    assert_int_equal(http_get_print_task_url(base, "t", "1", url, errstr, sizeof errstr), RC_TOO_LARGE);
}

static void other_schemes_are_not_fetched(void **state)
{
    struct buffer body = {0};
    long status = 0;
    char errstr[512] = "";

    (void)state;
    assert_int_equal(http_get("file:///etc/hostname", &status, &body, errstr, sizeof errstr), RC_UNAVAILABLE);
    assert_int_equal(body.len_bytes, 0);
    buffer_close(&body);
}

static void failed_connection_names_the_url(void **state)
{
    struct buffer body = {0};
    long status = 0;
    char errstr[512] = "";

    (void)state;
    assert_int_equal(http_get("http://127.0.0.1:1/x", &status, &body, errstr, sizeof errstr), RC_UNAVAILABLE);
    assert_true(strncmp(errstr, "http://127.0.0.1:1/x: ", 22) == 0);
    buffer_close(&body);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, urls, url_is_percent_encoded);
    UNIT_TABLE_TEST(&table, longest_key_fits);
    UNIT_TABLE_TEST(&table, overlong_base_is_refused);
    UNIT_TABLE_TEST(&table, other_schemes_are_not_fetched);
    UNIT_TABLE_TEST(&table, failed_connection_names_the_url);
    return unit_table_run(&table);
}
