#include "../support/cmocka_all.h"
#include "tier.h"

static const struct tiers generic = {.count = 5, .wait_ms = {0, 1000, 5000, 10000, 30000}};
static const struct tiers with_own = {.count = 6, .wait_ms = {0, 1000, 5000, 10000, 27000, 30000}};

static void wait_goes_to_the_largest_tier_not_longer_than_itself_and_the_slack(void **state)
{
    (void)state;
    assert_int_equal(tier_choose(&generic, 27000), 10000);
    assert_int_equal(tier_choose(&generic, 29499), 10000);
    assert_int_equal(tier_choose(&generic, 29500), 30000);
    assert_int_equal(tier_choose(&generic, INT64_C(86400000)), 30000);
    assert_int_equal(tier_choose(&generic, 999), 1000);
    assert_int_equal(tier_choose(&generic, 499), 0);
    assert_int_equal(tier_choose(&generic, -5), 0);
}

static void wait_that_is_a_tiers_own_goes_there(void **state)
{
    (void)state;
    assert_int_equal(tier_choose(&with_own, 27000), 27000);
    assert_int_equal(tier_choose(&with_own, 26999), 27000);
}

static void record_leaves_its_tier_no_later_than_it_is_due(void **state)
{
    (void)state;
    assert_int_equal(tier_get_release(10000, 1000, 50000), 11000);
    assert_int_equal(tier_get_release(10000, 1000, 10600), 10600);
    assert_int_equal(tier_get_release(0, 1000, 50000), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wait_goes_to_the_largest_tier_not_longer_than_itself_and_the_slack),
        cmocka_unit_test(wait_that_is_a_tiers_own_goes_there),
        cmocka_unit_test(record_leaves_its_tier_no_later_than_it_is_due),
    };

    return cmocka_run_group_tests_name("tier", tests, NULL, NULL);
}
