#include "http_lines.h"

#include "unit_table.h"

/* The lines as one text, each ended by | in place of its NUL. */
static void print(const struct http_lines_source *source, struct buffer *lines)
{
    size_t count = http_lines_print(source, lines);

    assert_true(buffer_is_ok(lines));
    for (size_t i = 0; i < lines->len_bytes; i++) {
        if (lines->data[i] == '\0') {
            lines->data[i] = '|';
            count--;
        }
    }
    assert_int_equal(count, 0); /* as many lines as it said */
}

static void assert_lines(const struct http_lines_source *source, const char *expected)
{
    struct buffer lines = {0};

    print(source, &lines);
    assert_string_equal(lines.data, expected);
    buffer_close(&lines);
}

static void key_and_attempt_come_before_the_headers_of_the_task(void **state)
{
    static const struct task_header headers[] = {{"X-B", "2"}, {"X-A", "1"}};
    const struct http_lines_source source = {
        .idempotency_key = "k-1", .attempt = UINT32_MAX, .headers = headers, .header_count = 2};

    (void)state;
    assert_lines(&source, "Idempotency-Key: \"k-1\"|Autohttp-Attempt: 4294967295|X-B: 2|X-A: 1|Expect:|");
}

static void quotes_and_backslashes_of_a_key_are_escaped(void **state)
{
    const struct http_lines_source source = {.idempotency_key = "a\"b\\", .attempt = 1};

    (void)state;
    assert_lines(&source, "Idempotency-Key: \"a\\\"b\\\\\"|Autohttp-Attempt: 1|Expect:|");
}

static void header_with_a_blank_value_is_not_left_out(void **state)
{
    static const struct task_header headers[] = {{"X-Empty", ""}, {"X-Blank", " \t"}, {"X-Led", " 1"}};
    const struct http_lines_source source = {
        .idempotency_key = "k", .attempt = 1, .headers = headers, .header_count = 3};

    (void)state;
    assert_lines(&source, "Idempotency-Key: \"k\"|Autohttp-Attempt: 1|X-Empty;|X-Blank;|X-Led:  1|Expect:|");
}

static void content_without_a_type_gets_none(void **state)
{
    static const struct task_header headers[] = {{"content-TYPE", "text/x"}};
    struct http_lines_source source = {.idempotency_key = "k", .attempt = 1, .has_content = true};

    (void)state;
    assert_lines(&source, "Idempotency-Key: \"k\"|Autohttp-Attempt: 1|Expect:|Content-Type:|");
    source.headers = headers;
    source.header_count = 1;
    assert_lines(&source, "Idempotency-Key: \"k\"|Autohttp-Attempt: 1|content-TYPE: text/x|Expect:|");
}

static void a_body_or_its_methods_announce_content(void **state)
{
    static const char *const with[] = {"POST", "PUT", "PATCH"};
    static const char *const without[] = {"GET", "HEAD", "DELETE", "OPTIONS", "POSTS"};

    (void)state;
    for (size_t i = 0; i < sizeof with / sizeof with[0]; i++)
        assert_true(http_lines_announces_content(with[i], false));
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++) {
        assert_false(http_lines_announces_content(without[i], false));
        assert_true(http_lines_announces_content(without[i], true));
    }
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, key_and_attempt_come_before_the_headers_of_the_task);
    UNIT_TABLE_TEST(&table, quotes_and_backslashes_of_a_key_are_escaped);
    UNIT_TABLE_TEST(&table, header_with_a_blank_value_is_not_left_out);
    UNIT_TABLE_TEST(&table, content_without_a_type_gets_none);
    UNIT_TABLE_TEST(&table, a_body_or_its_methods_announce_content);
    return unit_table_run(&table);
}
