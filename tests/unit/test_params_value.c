/* params_value: every form of a duration, a size and a number, and that what is printed reads back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "params_value.h"

struct form {
    const char *text;
    int64_t value; /* -1: refused */
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void check(bool (*parse)(const char *text, int64_t *ret_value), const struct form *forms, size_t form_count)
{
    for (size_t i = 0; i < form_count; i++) {
        int64_t value = -1; /* what it stays when the text is refused */

        if (parse(forms[i].text, &value) != (forms[i].value >= 0) || value != forms[i].value)
            fail_msg("\"%s\" gave %lld", forms[i].text, (long long)value);
    }
}

static void durations_read_in_every_form(void **state)
{
    static const struct form forms[] = {
        {"0", 0},
        {"0s", 0},
        {"5", 5000},
        {"5s", 5000},
        {"200ms", 200},
        {"1m30s", 90000},
        {"24h", 86400000},
        {"1h1m1s1ms", 3661001},
        {"90m", 5400000},
        {"1s500ms", 1500},
        {"007s", 7000},
        {"9223372036854775807ms", INT64_MAX},
        {"2562047788015h12m55s807ms", INT64_MAX},
    };

    (void)state;
    check(params_value_parse_duration, forms, COUNT_OF(forms));
}

static void what_is_no_duration_is_refused(void **state)
{
    static const struct form forms[] = {
        {"", -1},
        {"s", -1},
        {"5 s", -1},
        {" 5s", -1},
        {"5s ", -1},
        {"-5s", -1},
        {"+5s", -1},
        {"1.5s", -1},
        {"5S", -1},
        {"30s1m", -1},
        {"1s1s", -1},
        {"1m30", -1},
        {"5sec", -1},
        {"5d", -1},
        {"1ms1s", -1},
        {"1h2", -1},
        {"0x5s", -1},
        {"9223372036854775808ms", -1},
        {"9223372036854775807h", -1},
        {"9223372036854775807", -1},
        {"2562047788015h12m55s808ms", -1},
        {"99999999999999999999s", -1},
    };

    (void)state;
    check(params_value_parse_duration, forms, COUNT_OF(forms));
}

static void sizes_read_in_every_form(void **state)
{
    static const struct form forms[] = {
        {"0", 0},
        {"1", 1},
        {"7B", 7},
        {"64KiB", 65536},
        {"128MiB", 134217728},
        {"1GiB", INT64_C(1) << 30},
        {"2TiB", INT64_C(1) << 41},
        {"8388607TiB", INT64_C(8388607) << 40},
        {"9223372036854775807", INT64_MAX},
    };

    (void)state;
    check(params_value_parse_size, forms, COUNT_OF(forms));
}

static void what_is_no_size_is_refused(void **state)
{
    static const struct form forms[] = {
        {"", -1},    {"1MB", -1},    {"1M", -1},     {"1kB", -1}, {"1kib", -1},       {"1 KiB", -1},
        {"KiB", -1}, {"1KiB1B", -1}, {"1.5MiB", -1}, {"-1", -1},  {"8388608TiB", -1}, {"9223372036854775808", -1},
    };

    (void)state;
    check(params_value_parse_size, forms, COUNT_OF(forms));
}

static void counts_are_digits(void **state)
{
    static const struct form forms[] = {
        {"0", 0},     {"42", 42},    {"9223372036854775807", INT64_MAX},
        {"", -1},     {"-1", -1},    {"+1", -1},
        {" 1", -1},   {"1 ", -1},    {"1e3", -1},
        {"0x10", -1}, {"1_000", -1}, {"9223372036854775808", -1},
    };

    (void)state;
    check(params_value_parse_count, forms, COUNT_OF(forms));
}

static void assert_printed(void (*print)(struct buffer *buffer, int64_t value), int64_t value, const char *expected)
{
    struct buffer buffer = {0};

    print(&buffer, value);
    assert_string_equal(buffer.data, expected);
    buffer_close(&buffer);
}

static void the_shortest_form_is_printed(void **state)
{
    (void)state;
    assert_printed(params_value_print_duration, 0, "0s");
    assert_printed(params_value_print_duration, 1, "1ms");
    assert_printed(params_value_print_duration, 1500, "1s500ms");
    assert_printed(params_value_print_duration, 60000, "1m");
    assert_printed(params_value_print_duration, 90000, "1m30s");
    assert_printed(params_value_print_duration, 86400000, "24h");
    assert_printed(params_value_print_size, 0, "0");
    assert_printed(params_value_print_size, 1023, "1023");
    assert_printed(params_value_print_size, 1024, "1KiB");
    assert_printed(params_value_print_size, 1025, "1025");
    assert_printed(params_value_print_size, 134217728, "128MiB");
    assert_printed(params_value_print_size, INT64_C(3) << 40, "3TiB");
}

static void what_is_printed_reads_back(void **state)
{
    int64_t value = 1;

    (void)state;
    for (int i = 0; i < 200; i++) {
        struct buffer buffer = {0};
        int64_t back = -1;

        value = (value * 48271 + i) % INT64_C(2147483647000);
        params_value_print_duration(&buffer, value);
        assert_true(params_value_parse_duration(buffer.data, &back));
        assert_int_equal(back, value);
        buffer_reset(&buffer);
        params_value_print_size(&buffer, value);
        assert_true(params_value_parse_size(buffer.data, &back));
        assert_int_equal(back, value);
        buffer_close(&buffer);
    }
}

static void rates_read_in_every_form(void **state)
{
    static const struct form forms[] = {
        {"1", 3600},    {"10/s", 36000}, {"100/m", 6000}, {"7/h", 7},    {"0", 0},
        {"", -1},       {"/s", -1},      {"1 /s", -1},    {"1/d", -1},   {"1/s1/m", -1},
        {"1.5/s", -1},  {"-1/s", -1},    {"1s", -1},      {"10/s ", -1}, {"9223372036854775807/s", -1},
        {"0x10/s", -1}, {"1/ms", -1},
    };

    (void)state;
    check(params_value_parse_rate, forms, COUNT_OF(forms));
}

static void printed_rates_read_back_and_are_short(void **state)
{
    static const struct form forms[] = {{"10/s", 36000}, {"100/m", 6000}, {"1/m", 60}, {"7/h", 7}, {"0/h", 0}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct buffer buffer = {0};
        int64_t value = -1;

        params_value_print_rate(&buffer, forms[i].value);
        assert_string_equal(buffer.data, forms[i].text);
        assert_true(params_value_parse_rate(buffer.data, &value));
        assert_int_equal(value, forms[i].value);
        buffer_close(&buffer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_read_in_every_form),
        cmocka_unit_test(what_is_no_duration_is_refused),
        cmocka_unit_test(sizes_read_in_every_form),
        cmocka_unit_test(what_is_no_size_is_refused),
        cmocka_unit_test(counts_are_digits),
        cmocka_unit_test(the_shortest_form_is_printed),
        cmocka_unit_test(what_is_printed_reads_back),
        cmocka_unit_test(rates_read_in_every_form),
        cmocka_unit_test(printed_rates_read_back_and_are_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
