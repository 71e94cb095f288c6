#include "call_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "input.h"
#include "unit_table.h"

static char path[64];

static void open_log(struct call_log *log)
{
    char errstr[256] = "";

    assert_int_equal(call_log_open(path, false, true, log, errstr, sizeof errstr), RC_OK);
}

static void start_file(void)
{
    snprintf(path, sizeof path, "/tmp/test_cli_call_log.XXXXXX");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
}

static void expect_file(const char *text)
{
    struct buffer buffer = {0};
    char errstr[256] = "";

    assert_int_equal(input_read_file(path, 65536, &buffer, errstr, sizeof errstr), RC_OK);
    assert_string_equal(buffer.data, text);
    buffer_close(&buffer);
}

static struct call_log_entry get_entry(const char *idempotency_key)
{
    return (struct call_log_entry){.arrived_time_us = INT64_C(1772366400000007),
                                   .method = "POST",
                                   .path = "/pay",
                                   .attempt = 2,
                                   .idempotency_key = idempotency_key,
                                   .body_bytes = 5,
                                   .body_sha256 = "ab",
                                   .status = 503};
}

#define LINE_START "{\"arrived_ms\":1772366400000.007,\"method\":\"POST\",\"path\":\"/pay\",\"attempt\":2,"
#define LINE_END ",\"body_bytes\":5,\"body_sha256\":\"ab\",\"status\":503}\n"

struct key {
    const char *name;
    const char *header;
    const char *json;
};

static const struct key keys[] = {
    {"quotes_of_the_header_are_taken_off", "\"k1\"", "\"k1\""},
    {"key_without_quotes_stays", "k1", "\"k1\""},
    {"single_quote_mark_stays", "\"", "\"\\\"\""},
    {"empty_key_is_empty", "\"\"", "\"\""},
    {"no_header_is_null", NULL, "null"},
};

static void key_is_logged_as_it_names_the_task(void **state)
{
    const struct key *row = *state;
    struct call_log log = {0};
    struct call_log_entry entry = get_entry(row->header);
    char line[512];

    start_file();
    open_log(&log);
    call_log_add(&log, &entry);
    snprintf(line, sizeof line, LINE_START "\"idempotency_key\":%s" LINE_END, row->json);
    expect_file(line); /* before it is closed: a checker reads along */
    call_log_close(&log);
    unlink(path);
}

static void existing_file_is_appended_to(void **state)
{
    struct call_log log = {0};
    struct call_log_entry entry = get_entry(NULL);

    (void)state;
    start_file();
    for (int i = 0; i < 2; i++) {
        open_log(&log);
        call_log_add(&log, &entry);
        call_log_close(&log);
    }
    expect_file(LINE_START "\"idempotency_key\":null" LINE_END LINE_START "\"idempotency_key\":null" LINE_END);
    unlink(path);
}

static void file_that_cannot_be_opened_is_named(void **state)
{
    struct call_log log = {0};
    char errstr[256] = "";

    (void)state;
    assert_int_equal(call_log_open("/nonexistent/log", false, true, &log, errstr, sizeof errstr), RC_INVALID);
    assert_string_equal(errstr, "/nonexistent/log: No such file or directory");
    call_log_close(&log);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, keys, key_is_logged_as_it_names_the_task);
    UNIT_TABLE_TEST(&table, existing_file_is_appended_to);
    UNIT_TABLE_TEST(&table, file_that_cannot_be_opened_is_named);
    return unit_table_run(&table);
}
