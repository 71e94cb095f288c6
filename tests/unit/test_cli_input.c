#include "input.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit_table.h"

static char path[64];

static void write_file(const char *bytes, size_t byte_count)
{
    snprintf(path, sizeof path, "/tmp/test_cli_input.XXXXXX");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_true(write(fd, bytes, byte_count) == (ssize_t)byte_count);
    close(fd);
}

static void remove_file(void)
{
    unlink(path);
}

static void read_line(struct input *input, enum rc rc)
{
    char errstr[256] = "";

    assert_int_equal(input_read_line(input, 5, errstr, sizeof errstr), rc);
}

static void lines_are_numbered_from_1(void **state)
{
    char errstr[256] = "";
    struct input input = {0};

    (void)state;
    write_file("ab\n\ncd", 6);
    assert_int_equal(input_open(path, &input, errstr, sizeof errstr), RC_OK);
    read_line(&input, RC_OK);
    assert_string_equal(input.line.data, "ab");
    assert_int_equal(input.line_number, 1);
    read_line(&input, RC_OK);
    assert_int_equal(input.line.len_bytes, 0);
    read_line(&input, RC_OK);
    assert_string_equal(input.line.data, "cd");
    assert_int_equal(input.line_number, 3);
    read_line(&input, RC_NOT_FOUND);
    input_close(&input);
    remove_file();
}

static void reading_goes_on_after_an_overlong_line(void **state)
{
    char errstr[256] = "";
    struct input input = {0};

    (void)state;
    write_file("12345678\nok\n", 12);
    assert_int_equal(input_open(path, &input, errstr, sizeof errstr), RC_OK);
    assert_int_equal(input_read_line(&input, 5, errstr, sizeof errstr), RC_TOO_LARGE);
    assert_string_equal(errstr, "8 bytes, more than 5");
    read_line(&input, RC_OK);
    assert_string_equal(input.line.data, "ok");
    assert_int_equal(input.line_number, 2);
    input_close(&input);
    remove_file();
}

static void file_is_read_whole_with_its_nul_bytes(void **state)
{
    char errstr[256] = "";
    struct buffer buffer = {0};

    (void)state;
    write_file("a\0b\n", 4);
    assert_int_equal(input_read_file(path, 4, &buffer, errstr, sizeof errstr), RC_OK);
    assert_int_equal(buffer.len_bytes, 4);
    assert_memory_equal(buffer.data, "a\0b\n", 4);
    buffer_close(&buffer);
    remove_file();
}

static void file_above_the_limit_is_refused(void **state)
{
    char errstr[256] = "";
    struct buffer buffer = {0};

    (void)state;
    write_file("12345", 5);
    assert_int_equal(input_read_file(path, 4, &buffer, errstr, sizeof errstr), RC_TOO_LARGE);
    buffer_close(&buffer);
    remove_file();
}

static void missing_file_is_named(void **state)
{
    char errstr[256] = "";
    struct buffer buffer = {0};

    (void)state;
    assert_int_equal(input_read_file("/nonexistent/file", 4, &buffer, errstr, sizeof errstr), RC_INVALID);
    assert_string_equal(errstr, "/nonexistent/file: No such file or directory");
    buffer_close(&buffer);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, lines_are_numbered_from_1);
    UNIT_TABLE_TEST(&table, reading_goes_on_after_an_overlong_line);
    UNIT_TABLE_TEST(&table, file_is_read_whole_with_its_nul_bytes);
    UNIT_TABLE_TEST(&table, file_above_the_limit_is_refused);
    UNIT_TABLE_TEST(&table, missing_file_is_named);
    return unit_table_run(&table);
}
