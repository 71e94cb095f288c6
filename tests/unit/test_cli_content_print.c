#include "content_print.h"

#include "unit_table.h"

static const struct task_header headers[] = {{"Content-Type", "***"}, {"X-A", ""}};

struct content {
    const char *name;
    struct detail detail;
    const char *text;
};

#define HAS_BODY(text) .has_content = true, .body = (text), .body_bytes = sizeof(text) - 1

static const struct content contents[] = {
    {"answer_without_content_prints_nothing", {.has_content = false}, ""},
    {"reason_why_there_is_none", {.content_error = "no longer kept"}, "content    no longer kept\n"},
    {"task_without_a_body", {.has_content = true}, "body       none\n"},
    {"empty_body", {HAS_BODY("")}, "body       0 bytes\n"},
    {"headers_then_the_body_with_a_line_end",
     {.headers = headers, .header_count = 2, HAS_BODY("{\"a\":\t1}")},
     "header     Content-Type: ***\nheader     X-A: \nbody       8 bytes\n\n{\"a\":\t1}\n"},
    {"line_end_is_not_doubled", {HAS_BODY("a\r\nb\n")}, "body       5 bytes\n\na\r\nb\n"},
    {"utf8_is_text", {HAS_BODY("\xc3\xa4\xe2\x82\xac")}, "body       5 bytes\n\n\xc3\xa4\xe2\x82\xac\n"},
    {"bytes_are_base64", {HAS_BODY("\xff\x01")}, "body       2 bytes, here as base64\n\n/wE=\n"},
    {"nul_is_no_text", {HAS_BODY("a\0b")}, "body       3 bytes, here as base64\n\nYQBi\n"},
    {"escape_is_kept_from_the_terminal", {HAS_BODY("\x1b[2J")}, "body       4 bytes, here as base64\n\nG1sySg==\n"},
    {"escape_of_two_bytes_is_kept_from_it", {HAS_BODY("\xc2\x9b")}, "body       2 bytes, here as base64\n\nwps=\n"},
    {"delete_is_kept_from_it", {HAS_BODY("\x7f")}, "body       1 byte, here as base64\n\nfw==\n"},
};

static void content_is_printed(void **state)
{
    const struct content *row = *state;
    struct buffer buffer = {0};

    content_print(&row->detail, &buffer);
    assert_string_equal(buffer.data != NULL ? buffer.data : "", row->text);
    buffer_close(&buffer);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, contents, content_is_printed);
    return unit_table_run(&table);
}
