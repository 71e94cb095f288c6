#include "cmocka_all.h"
#include "form.h"

static void pairs_are_encoded_as_a_browser_does(void **state)
{
    static const char *const pairs[] = {"a b", "c&d=e", "\xc3\xa9", "*-._~+%", "empty", ""};
    struct buffer form = {0};

    (void)state;
    assert_true(form_encode(pairs, 3, &form));
    assert_string_equal(form.data, "a+b=c%26d%3De&%C3%A9=*-._%7E%2B%25&empty=");
    buffer_close(&form);
}

static void no_pairs_are_an_empty_form_and_null_is_refused(void **state)
{
    static const char *const pairs[] = {"a", NULL};
    struct buffer form = {0};

    (void)state;
    assert_true(form_encode(NULL, 0, &form));
    assert_int_equal(form.len_bytes, 0);
    assert_false(form_encode(NULL, 1, &form));
    assert_false(form_encode(pairs, 1, &form));
    buffer_close(&form);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_encoded_as_a_browser_does),
        cmocka_unit_test(no_pairs_are_an_empty_form_and_null_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
