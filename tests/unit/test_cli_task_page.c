#include "task_page.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit_table.h"

static enum rc read_page(const char *json, struct task_page *page)
{
    char errstr[256] = "";
    enum rc rc = task_page_read(json, strlen(json), page, errstr, sizeof errstr);

    if (rc != RC_OK)
        assert_string_not_equal(errstr, "");
    return rc;
}

static void assert_row(const struct task_page *page, size_t index, const char *json)
{
    assert_true(index < page->row_count);
    assert_int_equal(page->rows[index].json_bytes, strlen(json));
    assert_memory_equal(page->rows[index].json, json, strlen(json));
}

static struct task_page page; /* too large for the stack */

static int set_up(void **state)
{
    (void)state;
    memset(&page, 0, sizeof page);
    return 0;
}

static void rows_are_cut_whatever_their_texts_hold(void **state)
{
    (void)state;
    assert_int_equal(read_page("{\"tasks\":[{\"a\":\"]}\\\"},{\"},{\"b\":[{}],\"c\":\"\\\\\"} , {}],"
                               "\"next_cursor\":null,\"missing_partitions\":[]}",
                               &page),
                     RC_OK);
    assert_int_equal(page.row_count, 3);
    assert_row(&page, 0, "{\"a\":\"]}\\\"},{\"}");
    assert_row(&page, 1, "{\"b\":[{}],\"c\":\"\\\\\"}");
    assert_row(&page, 2, "{}");
    assert_string_equal(page.next_cursor, "");
    assert_int_equal(page.missing_count, 0);
    task_page_close(&page);
}

static void members_may_come_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(
        read_page(" { \"missing_partitions\" : [3, 0] , \"next_cursor\":\"tasks\",\n\"tasks\" : [ {} ] } ", &page),
        RC_OK);
    assert_row(&page, 0, "{}");
    assert_string_equal(page.next_cursor, "tasks");
    assert_int_equal(page.missing_count, 2);
    assert_int_equal(page.missing[0], 3);
    assert_int_equal(page.missing[1], 0);
    task_page_close(&page);
}

static void empty_page_may_have_a_next_one(void **state)
{
    (void)state;
    assert_int_equal(read_page("{\"tasks\":[],\"next_cursor\":\"x\",\"missing_partitions\":[]}", &page), RC_OK);
    assert_int_equal(page.row_count, 0);
    assert_string_equal(page.next_cursor, "x");
    task_page_close(&page);
}

/* `count` rows of more values than one JSON text may have here. */
static char *print_rows(size_t count)
{
    static const char row[] = "{\"a\":[1,2,3,4,5,6,7,8]}";
    char *json = malloc(count * sizeof row + 128);
    size_t used = 0;

    assert_non_null(json);
    used += (size_t)sprintf(json, "{\"tasks\":[");
    for (size_t i = 0; i < count; i++)
        used += (size_t)sprintf(json + used, "%s%s", i > 0 ? "," : "", row);
    sprintf(json + used, "],\"next_cursor\":null,\"missing_partitions\":[]}");
    return json;
}

static void largest_page_is_read(void **state)
{
    char *json = print_rows(TASK_PAGE_ROW_MAX);

    (void)state;
    assert_int_equal(read_page(json, &page), RC_OK);
    assert_int_equal(page.row_count, TASK_PAGE_ROW_MAX);
    assert_row(&page, TASK_PAGE_ROW_MAX - 1, "{\"a\":[1,2,3,4,5,6,7,8]}");
    task_page_close(&page);
    free(json);
}

static void larger_page_is_refused(void **state)
{
    char *json = print_rows(TASK_PAGE_ROW_MAX + 1);

    (void)state;
    assert_int_equal(read_page(json, &page), RC_CORRUPT);
    task_page_close(&page);
    free(json);
}

#define REST ",\"next_cursor\":null,\"missing_partitions\":[]}"

struct damage {
    const char *name;
    const char *json;
};

static const struct damage damages[] = {
    {"nothing", ""},
    {"another_text", "<html>"},
    {"no_tasks", "{\"next_cursor\":null,\"missing_partitions\":[]}"},
    {"no_cursor", "{\"tasks\":[],\"missing_partitions\":[]}"},
    {"no_missing_partitions", "{\"tasks\":[],\"next_cursor\":null}"},
    {"unknown_member", "{\"tasks\":[],\"more\":1" REST},
    {"tasks_deeper_than_the_top", "{\"x\":{\"tasks\":[{}]}" REST},
    {"tasks_of_another_type", "{\"tasks\":{}" REST},
    {"tasks_that_are_no_objects", "{\"tasks\":[1]" REST},
    {"comma_without_a_row", "{\"tasks\":[{},]" REST},
    {"rows_without_a_comma", "{\"tasks\":[{}{}]" REST},
    {"tasks_twice", "{\"tasks\":[],\"tasks\":[]" REST},
    {"end_within_a_row", "{\"tasks\":[{\"a\":1"},
    {"end_within_a_text", "{\"tasks\":[{\"a\":\"\\"},
    {"end_behind_the_rows", "{\"tasks\":[{}]"},
    {"empty_cursor", "{\"tasks\":[],\"next_cursor\":\"\",\"missing_partitions\":[]}"},
    {"cursor_of_another_type", "{\"tasks\":[],\"next_cursor\":1,\"missing_partitions\":[]}"},
    {"cursor_twice", "{\"tasks\":[],\"next_cursor\":null" REST},
    {"negative_partition", "{\"tasks\":[],\"next_cursor\":null,\"missing_partitions\":[-1]}"},
    {"partition_of_another_type", "{\"tasks\":[],\"next_cursor\":null,\"missing_partitions\":[\"1\"]}"},
};

static void damage_is_refused(void **state)
{
    const struct damage *row = *state;

    memset(&page, 0, sizeof page);
    assert_int_equal(read_page(row->json, &page), RC_CORRUPT);
    task_page_close(&page);
}

static void longest_cursor_is_kept_and_a_longer_one_refused(void **state)
{
    char json[TASK_PAGE_CURSOR_MAX_BYTES + 128];
    char cursor[TASK_PAGE_CURSOR_MAX_BYTES + 2];

    (void)state;
    memset(cursor, 'c', sizeof cursor - 1);
    cursor[TASK_PAGE_CURSOR_MAX_BYTES] = '\0';
    snprintf(json, sizeof json, "{\"tasks\":[],\"next_cursor\":\"%s\",\"missing_partitions\":[]}", cursor);
    assert_int_equal(read_page(json, &page), RC_OK);
    assert_string_equal(page.next_cursor, cursor);
    task_page_close(&page);
    cursor[TASK_PAGE_CURSOR_MAX_BYTES] = 'c';
    cursor[TASK_PAGE_CURSOR_MAX_BYTES + 1] = '\0';
    snprintf(json, sizeof json, "{\"tasks\":[],\"next_cursor\":\"%s\",\"missing_partitions\":[]}", cursor);
    assert_int_equal(read_page(json, &page), RC_CORRUPT);
    task_page_close(&page);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, rows_are_cut_whatever_their_texts_hold);
    UNIT_TABLE_TEST(&table, members_may_come_in_any_order);
    UNIT_TABLE_TEST(&table, empty_page_may_have_a_next_one);
    UNIT_TABLE_TEST(&table, largest_page_is_read);
    UNIT_TABLE_TEST(&table, larger_page_is_refused);
    UNIT_TABLE_ADD(&table, damages, damage_is_refused);
    UNIT_TABLE_TEST(&table, longest_cursor_is_kept_and_a_longer_one_refused);
    for (size_t i = 0; i < table.count; i++)
        table.tests[i].setup_func = table.tests[i].initial_state == NULL ? set_up : NULL;
    return unit_table_run(&table);
}
