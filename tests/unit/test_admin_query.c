/* admin_query: what is read is what is printed for another worker, and nothing wrong passes. */
#include "../support/cmocka_all.h"
#include "admin_query.h"
#include <stdio.h>
#include <string.h>

#define NOW_MS INT64_C(1700000000123)

struct parameter {
    const char *name;
    const char *value;
};

static struct admin_query read_list(const struct parameter *parameters)
{
    struct admin_query query;

    admin_query_init(&query);
    for (; parameters->name != NULL; parameters++) {
        admin_query_add(&query, parameters->name, parameters->value);
    }
    admin_query_finish_list(&query, NOW_MS);
    return query;
}

/* Reads a printed list again. */
static struct admin_query read_again(const struct admin_query *query)
{
    struct parameter parameters[16] = {{NULL, NULL}};
    struct buffer path = {0};
    struct admin_query again;
    size_t count = 0;

    admin_query_print_list(query, &path);
    assert_int_equal(strncmp(path.data, "/v1/tasks?", strlen("/v1/tasks?")), 0);
    char *part = path.data + strlen("/v1/tasks?");
    while (part != NULL) {
        char *equals = strchr(part, '=');
        char *end = strchr(equals, '&');

        *equals = '\0';
        if (end != NULL) {
            *end = '\0';
        }
        parameters[count++] = (struct parameter){part, equals + 1};
        part = end == NULL ? NULL : end + 1;
    }
    again = read_list(parameters);
    buffer_close(&path);
    return again;
}

static void assert_same_ask(const struct admin_query *query)
{
    struct admin_query again = read_again(query);

    assert_string_equal(again.fault, "");
    assert_int_equal(again.ask.partition, query->ask.partition);
    assert_int_equal(again.ask.limit, query->ask.limit);
    assert_int_equal(again.ask.key_bytes, query->ask.key_bytes);
    assert_memory_equal(again.ask.key, query->ask.key, query->ask.key_bytes);
    assert_memory_equal(&again.ask.filter, &query->ask.filter, sizeof query->ask.filter);
}

static void list_without_parameters_shows_every_task(void **state)
{
    struct admin_query query = read_list((const struct parameter[]){{NULL, NULL}});

    (void)state;
    assert_string_equal(query.fault, "");
    assert_int_equal(query.ask.limit, 100);
    assert_int_equal(query.ask.filter.statuses, 0x1e);
    assert_same_ask(&query);
}

static void incomplete_list_shows_what_is_due(void **state)
{
    struct admin_query query =
        read_list((const struct parameter[]){{"list", "incomplete"}, {"until", "1700000001.5"}, {NULL, NULL}});

    (void)state;
    assert_string_equal(query.fault, "");
    assert_int_equal(query.ask.filter.statuses, 1u << ROW_SENDING);
    assert_int_equal(query.ask.filter.next_until_ms, INT64_C(1700000001500));
    assert_same_ask(&query);
}

static void list_to_clean_goes_up_to_now(void **state)
{
    struct admin_query query =
        read_list((const struct parameter[]){{"list", "to_clean"}, {"status", "failure"}, {NULL, NULL}});

    (void)state;
    assert_string_equal(query.fault, "");
    assert_int_equal(query.ask.filter.request_max_ms, NOW_MS);
    assert_int_equal(query.ask.filter.statuses, 1u << ROW_FAILURE);
    assert_same_ask(&query);
}

static void filters_and_cursor_come_through_escaping(void **state)
{
    struct admin_query query = read_list((const struct parameter[]){{"type", "a%26b%3D%20c%E2%82%AC"},
                                                                    {"host", "pay.example"},
                                                                    {"since", "12.001"},
                                                                    {"status", "stopped"},
                                                                    {"limit", "7"},
                                                                    {"cursor", "3.743a26ff"},
                                                                    {NULL, NULL}});

    (void)state;
    assert_string_equal(query.fault, "");
    assert_string_equal(query.ask.filter.type, "a&b= c\xe2\x82\xac");
    assert_int_equal(query.ask.filter.request_min_ms, 12001);
    assert_int_equal(query.ask.partition, 3);
    assert_int_equal(query.ask.key_bytes, 4);
    assert_memory_equal(query.ask.key, "t:&\xff", 4);
    assert_same_ask(&query);
}

static void first_wrong_parameter_is_named(void **state)
{
    static const struct {
        struct parameter parameters[4];
        const char *fault;
    } cases[] = {
        {{{"lmit", "1"}}, "unknown parameter \"lmit\""},
        {{{"limit", NULL}}, "parameter limit is not 1..1000"},
        {{{"limit", "01"}}, "parameter limit is not 1..1000"},
        {{{"type", ""}}, "parameter type is not 1..255 bytes"},
        {{{"type", "%zz"}}, "parameter type is not 1..255 bytes"},
        {{{"since", "1."}}, "parameter since is not Unix seconds with up to three decimals"},
        {{{"since", "-1"}}, "parameter since is not Unix seconds with up to three decimals"},
        {{{"since", "1.2x"}}, "parameter since is not Unix seconds with up to three decimals"},
        {{{"since", "99999999999999"}}, "parameter since is not Unix seconds with up to three decimals"},
        {{{"cursor", "1."}}, "parameter cursor is not the next_cursor of an answer"},
        {{{"cursor", "1.7"}}, "parameter cursor is not the next_cursor of an answer"},
        {{{"cursor", "x"}}, "parameter cursor is not the next_cursor of an answer"},
        {{{"status", "done"}}, "parameter status is not sending, success, failure or stopped"},
        {{{"list", "to_clean"}, {"status", "sending"}}, "list=to_clean: a task that is sending is never cleaned"},
        {{{"before", "1"}}, "parameter before has no meaning for a list without list="},
        {{{"content", "true"}}, "parameter content has no meaning for a list without list="},
        {{{"partition", "1"}}, "parameter partition has no meaning for a list without list="},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct admin_query query = read_list(cases[i].parameters);

        assert_string_equal(query.fault, cases[i].fault);
    }
}

static void cursor_longer_than_any_key_is_refused(void **state)
{
    char text[2 * (ADMIN_KEY_MAX_BYTES + 1) + 3] = "0.";
    struct admin_query query;

    (void)state;
    memset(text + 2, '6', 2 * (ADMIN_KEY_MAX_BYTES + 1));
    query = read_list((const struct parameter[]){{"cursor", text}, {NULL, NULL}});
    assert_string_equal(query.fault, "parameter cursor is not the next_cursor of an answer");
    text[2 + 2 * ADMIN_KEY_MAX_BYTES] = '\0';
    query = read_list((const struct parameter[]){{"cursor", text}, {NULL, NULL}});
    assert_string_equal(query.fault, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_without_parameters_shows_every_task),
        cmocka_unit_test(incomplete_list_shows_what_is_due),
        cmocka_unit_test(list_to_clean_goes_up_to_now),
        cmocka_unit_test(filters_and_cursor_come_through_escaping),
        cmocka_unit_test(first_wrong_parameter_is_named),
        cmocka_unit_test(cursor_longer_than_any_key_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
