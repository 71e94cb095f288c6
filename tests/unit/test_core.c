#include "../support/cmocka_all.h"
#include "core.h"
#include "hand.h"
#include "taken.h"
#include <stdlib.h>

static void token_gives_back_what_was_put_in(void **state)
{
    uint64_t token = token_make(TOKEN_LOG_END, UINT32_MAX, (1u << 24) - 1);

    (void)state;
    assert_int_equal(token_get_kind(token), TOKEN_LOG_END);
    assert_int_equal(token_get_generation(token), UINT32_MAX);
    assert_int_equal(token_get_slot(token), (1u << 24) - 1);
}

static void late_answer_finds_nothing_in_a_slot_used_again(void **state)
{
    struct core core = {0};
    struct hand first = {0};
    struct hand second = {0};
    uint64_t token;

    (void)state;
    core_add_hand(&core, &first);
    token = token_make(TOKEN_ATTEMPT, first.generation, first.slot);
    assert_ptr_equal(core_get_hand(&core, token), &first);
    core_remove_hand(&core, &first);
    assert_null(core_get_hand(&core, token));
    core_add_hand(&core, &second);
    assert_int_equal(second.slot, first.slot);
    assert_null(core_get_hand(&core, token));
    assert_null(core_get_hand(&core, token_make(TOKEN_ATTEMPT, 1, 999999)));
    core_close(&core);
}

static void slots_grow_and_every_hand_keeps_its_own(void **state)
{
    enum { COUNT = 5000 };
    static struct hand hands[COUNT];
    struct core core = {0};

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        core_add_hand(&core, &hands[i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        assert_ptr_equal(core_get_hand(&core, token_make(TOKEN_ROW, hands[i].generation, hands[i].slot)), &hands[i]);
    }
    core_close(&core);
}

static void records_leave_a_list_from_anywhere(void **state)
{
    static struct taken taken[4];
    struct taken_list list = {0};

    (void)state;
    for (size_t i = 1; i < 4; i++) {
        taken_list_push(&list, &taken[i]);
    }
    taken_list_push_first(&list, &taken[0]);
    taken_list_remove(&list, &taken[1]);
    assert_ptr_equal(list.first, &taken[0]);
    assert_ptr_equal(taken[0].next, &taken[2]);
    taken_list_remove(&list, &taken[0]);
    taken_list_remove(&list, &taken[3]);
    assert_ptr_equal(list.first, &taken[2]);
    assert_ptr_equal(list.last, &taken[2]);
    taken_list_remove(&list, &taken[2]);
    assert_null(list.first);
    assert_null(list.last);
    assert_int_equal(list.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_gives_back_what_was_put_in),
        cmocka_unit_test(late_answer_finds_nothing_in_a_slot_used_again),
        cmocka_unit_test(slots_grow_and_every_hand_keeps_its_own),
        cmocka_unit_test(records_leave_a_list_from_anywhere),
    };

    return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
