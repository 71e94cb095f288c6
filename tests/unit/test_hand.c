#include "../support/cmocka_all.h"
#include "hand.h"
#include "log.h"
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The drawing in hand.h, arrow by arrow. */
static const struct {
    enum hand_stage from;
    enum hand_stage to;
} arrows[] = {
    {HAND_IDLE, HAND_CALL},
    {HAND_IDLE, HAND_FETCH},
    {HAND_IDLE, HAND_SEND_CARRY},
    {HAND_IDLE, HAND_SEND_ROW},
    {HAND_CALL, HAND_SEND_CARRY},
    {HAND_CALL, HAND_SEND_ROW},
    {HAND_FETCH, HAND_SEND_CARRY},
    {HAND_FETCH, HAND_SEND_ROW},
    {HAND_SEND_CARRY, HAND_CARRY},
    {HAND_CARRY, HAND_SEND_ROW},
    {HAND_SEND_ROW, HAND_ROW},
    {HAND_ROW, HAND_IDLE},
    {HAND_CARRY, HAND_SEND_CARRY}, /* refused as too large: its dead letter */
    {HAND_SEND_CARRY, HAND_SEND_CARRY},
    {HAND_SEND_CARRY, HAND_SEND_ROW}, /* refused, and nothing to send in its place */
};

static bool is_arrow(int from, int to)
{
    for (size_t i = 0; i < sizeof arrows / sizeof *arrows; i++) {
        if ((int)arrows[i].from == from && (int)arrows[i].to == to) {
            return true;
        }
    }
    return false;
}

/* In a process of its own: a move that is not allowed aborts. */
static bool does_move(int from, int to)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        struct hand hand = {.stage = (enum hand_stage)from};

        log_set_fd(-1);
        hand_set_stage(&hand, (enum hand_stage)to);
        _exit(hand.stage == (enum hand_stage)to ? 0 : 1);
    }
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void every_pair_of_stages_moves_as_the_drawing_says(void **state)
{
    (void)state;
    for (int from = 0; from < HAND_STAGE_COUNT; from++) {
        for (int to = 0; to < HAND_STAGE_COUNT; to++) {
            if (does_move(from, to) != is_arrow(from, to)) {
                fail_msg("stage %d to %d", from, to);
            }
        }
    }
}

static void key_is_in_hand_while_a_row_is_not_acknowledged(void **state)
{
    struct hand hand = {.stage = HAND_IDLE};

    (void)state;
    assert_false(hand_is_in_hand(&hand));
    hand.rows_unacked = 1;
    assert_true(hand_is_in_hand(&hand));
    hand = (struct hand){.stage = HAND_CALL};
    assert_true(hand_is_in_hand(&hand));
}

static void row_counts_as_sent_only_in_the_stages_that_send_it(void **state)
{
    struct hand hand = {.stage = HAND_IDLE, .plan = {.writes_row = true, .is_row_sent = true}};

    (void)state;
    assert_false(hand_has_row_sent(&hand));
    hand.stage = HAND_SEND_ROW;
    assert_true(hand_has_row_sent(&hand));
    hand.stage = HAND_ROW;
    assert_true(hand_has_row_sent(&hand));
    hand.plan.is_row_sent = false;
    assert_false(hand_has_row_sent(&hand));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_stages_moves_as_the_drawing_says),
        cmocka_unit_test(key_is_in_hand_while_a_row_is_not_acknowledged),
        cmocka_unit_test(row_counts_as_sent_only_in_the_stages_that_send_it),
    };

    return cmocka_run_group_tests_name("hand", tests, NULL, NULL);
}
