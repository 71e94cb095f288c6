#include "row_table.h"

#include "unit_table.h"

#define HEAD "TASK                             ID                 STATUS   ATTEMPTS NEXT                     URL\n"

static struct row make_row(void)
{
    return (struct row){.id = 281474976710661,
                        .business_type = "order",
                        .business_id = "42",
                        .url = "https://pay.example/charge?token=secret#there",
                        .method = "POST",
                        .status = ROW_SENDING,
                        .attempts = 3,
                        .next_retry_time_ms = INT64_C(1772366400250)};
}

static void expect_line(const struct row *row, const char *line)
{
    struct buffer buffer = {0};

    row_table_print_row(row, &buffer);
    assert_string_equal(buffer.data, line);
    buffer_close(&buffer);
}

static void row_stands_below_its_head_without_the_query(void **state)
{
    struct row row = make_row();
    struct buffer buffer = {0};

    (void)state;
    row_table_print_head(&buffer);
    row_table_print_row(&row, &buffer);
    assert_string_equal(buffer.data, HEAD "order:42                         281474976710661    sending  3        "
                                          "2026-03-01T12:00:00.250Z https://pay.example/charge\n");
    buffer_close(&buffer);
}

static void settled_row_has_no_next_attempt(void **state)
{
    struct row row = make_row();

    (void)state;
    row.status = ROW_STOPPED;
    row.next_retry_time_ms = 0;
    row.url = "";
    expect_line(&row,
                "order:42                         281474976710661    stopped  3        -                        \n");
}

static void characters_are_aligned_and_not_bytes(void **state)
{
    struct row row = make_row();

    (void)state;
    row.business_id = "\xc3\xa4\xe2\x82\xac"; /* two characters, five bytes */
    expect_line(&row, "order:\xc3\xa4\xe2\x82\xac                         281474976710661    sending  3        "
                      "2026-03-01T12:00:00.250Z https://pay.example/charge\n");
}

static void column_that_is_too_narrow_ends_with_one_space(void **state)
{
    struct row row = make_row();

    (void)state;
    row.business_id = "0123456789012345678901234567890";
    row.id = UINT64_MAX;
    expect_line(&row, "order:0123456789012345678901234567890 18446744073709551615 sending  3        "
                      "2026-03-01T12:00:00.250Z https://pay.example/charge\n");
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
    struct row row = make_row();

    (void)state;
    row.business_id = "4\n2\x1b[m\x7f";
    row.url = "http://h/\r";
    expect_line(&row, "order:4?2?[m?                    281474976710661    sending  3        "
                      "2026-03-01T12:00:00.250Z http://h/?\n");
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, row_stands_below_its_head_without_the_query);
    UNIT_TABLE_TEST(&table, settled_row_has_no_next_attempt);
    UNIT_TABLE_TEST(&table, characters_are_aligned_and_not_bytes);
    UNIT_TABLE_TEST(&table, column_that_is_too_narrow_ends_with_one_space);
    UNIT_TABLE_TEST(&table, control_characters_do_not_reach_the_terminal);
    return unit_table_run(&table);
}
