#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "key_filter.h"

#define KEY_COUNT 1000000

static bool add(struct key_filter *filter, const char *kind, int number)
{
    char key[32];
    int key_bytes = snprintf(key, sizeof key, "%s:%d", kind, number);

    return key_filter_add(filter, key, (size_t)key_bytes);
}

static void a_key_that_was_added_is_always_told(void **state)
{
    struct key_filter *filter = key_filter_new();

    (void)state;
    for (int i = 0; i < KEY_COUNT; i++) {
        add(filter, "order", i);
    }
    for (int i = 0; i < KEY_COUNT; i++) {
        assert_true(add(filter, "order", i));
    }
    key_filter_free(filter);
}

static void of_a_million_new_keys_few_are_taken_for_known_ones(void **state)
{
    struct key_filter *filter = key_filter_new();
    int known_count = 0;

    (void)state;
    for (int i = 0; i < KEY_COUNT; i++) {
        known_count += add(filter, "order", i);
    }
    assert_in_range(known_count, 0, KEY_COUNT / 100); /* 2 % only at the end */
    key_filter_free(filter);
}

static void the_first_key_is_new_whatever_it_is(void **state)
{
    struct key_filter *filter = key_filter_new();

    (void)state;
    assert_false(key_filter_add(filter, "", 0));
    assert_true(key_filter_add(filter, "", 0));
    assert_false(key_filter_add(filter, "\0\0", 2));
    key_filter_free(filter);
    key_filter_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_was_added_is_always_told),
        cmocka_unit_test(of_a_million_new_keys_few_are_taken_for_known_ones),
        cmocka_unit_test(the_first_key_is_new_whatever_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
