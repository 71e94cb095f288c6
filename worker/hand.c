#include "hand.h"
#include "alloc.h"
#include "announce.h"
#include "attempt.h"
#include "clean.h"
#include "command.h"
#include "invariant.h"
#include "judge.h"
#include "ledger.h"
#include "log.h"
#include "partition.h"
#include "turns.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* [from][to]: the arrows of the drawing in hand.h. */
static const bool stage_moves[HAND_STAGE_COUNT][HAND_STAGE_COUNT] = {
    [HAND_IDLE] = {[HAND_CALL] = true, [HAND_FETCH] = true, [HAND_SEND_CARRY] = true, [HAND_SEND_ROW] = true},
    [HAND_CALL] = {[HAND_SEND_CARRY] = true, [HAND_SEND_ROW] = true},
    [HAND_FETCH] = {[HAND_SEND_CARRY] = true, [HAND_SEND_ROW] = true},
    [HAND_SEND_CARRY] = {[HAND_CARRY] = true, [HAND_SEND_CARRY] = true, [HAND_SEND_ROW] = true},
    [HAND_CARRY] = {[HAND_SEND_ROW] = true, [HAND_SEND_CARRY] = true},
    [HAND_SEND_ROW] = {[HAND_ROW] = true},
    [HAND_ROW] = {[HAND_IDLE] = true},
};

void hand_set_stage(struct hand *hand, enum hand_stage stage)
{
    INVARIANT(stage_moves[hand->stage][stage]);
    hand->stage = stage;
}

bool hand_has_row_sent(const struct hand *hand)
{
    return (hand->stage == HAND_SEND_ROW || hand->stage == HAND_ROW) && hand->plan.is_row_sent;
}

bool hand_is_in_hand(const struct hand *hand)
{
    return hand->stage != HAND_IDLE || hand->rows_unacked > 0;
}

struct hand *hand_find(struct partition *partition, const char *key, size_t key_bytes)
{
    struct hand *hand = NULL;

    HASH_FIND(hh, partition->hands, key, key_bytes, hand);
    return hand;
}

static struct hand *make_hand(struct core *core, struct partition *partition)
{
    struct hand *hand = alloc_zeroed(1, sizeof *hand);

    hand->partition = partition;
    core_add_hand(core, hand);
    return hand;
}

struct hand *hand_get(struct core *core, struct partition *partition, const char *key, size_t key_bytes)
{
    struct hand *hand = hand_find(partition, key, key_bytes);

    if (hand != NULL) {
        return hand;
    }
    hand = make_hand(core, partition);
    hand->key = alloc_copy(key, key_bytes);
    hand->key_bytes = key_bytes;
    HASH_ADD_KEYPTR(hh, partition->hands, hand->key, hand->key_bytes, hand);
    return hand;
}

static struct hand *make_keyless(struct core *core, struct partition *partition)
{
    struct hand *hand = make_hand(core, partition);

    hand->next_keyless = partition->keyless;
    if (hand->next_keyless != NULL) {
        hand->next_keyless->prev_keyless = hand;
    }
    partition->keyless = hand;
    return hand;
}

static void unlink_hand(struct hand *hand)
{
    struct partition *partition = hand->partition;

    if (hand->key != NULL) {
        HASH_DELETE(hh, partition->hands, hand);
        return;
    }
    if (hand->prev_keyless != NULL) {
        hand->prev_keyless->next_keyless = hand->next_keyless;
    } else {
        partition->keyless = hand->next_keyless;
    }
    if (hand->next_keyless != NULL) {
        hand->next_keyless->prev_keyless = hand->prev_keyless;
    }
}

static void free_hand(struct core *core, struct hand *hand)
{
    unlink_hand(hand);
    core_remove_hand(core, hand);
    buffer_close(&hand->sent_row);
    free(hand->key);
    free(hand);
}

void hand_drop_if_idle(struct core *core, struct hand *hand)
{
    if (!hand_is_in_hand(hand) && hand->held == NULL && hand->aside.count == 0) {
        free_hand(core, hand);
    }
}

struct taken *hand_take_held(struct core *core, struct hand *hand)
{
    struct taken *held = hand->held;

    if (held == NULL) {
        return NULL;
    }
    heap_remove(&core->holds, &held->hold);
    turns_remove(core, held);
    hand->held = NULL;
    return held;
}

void hand_set_held_aside(struct core *core, struct hand *hand)
{
    struct taken *held = hand_take_held(core, hand);

    if (held != NULL) {
        taken_list_push_first(&hand->aside, held);
    }
}

void hand_drop(struct core *core, struct hand *hand)
{
    if (hand->stage == HAND_CALL) {
        courier_cancel(core->courier, token_make(TOKEN_ATTEMPT, hand->generation, hand->slot));
        turns_note_end(core, hand->current, NULL);
    }
    taken_free(core, hand_take_held(core, hand));
    taken_free(core, hand->current);
    taken_free(core, hand->fetched);
    while (hand->aside.first != NULL) {
        struct taken *taken = hand->aside.first;

        taken_list_remove(&hand->aside, taken);
        taken_free(core, taken);
    }
    free_hand(core, hand);
}

void hand_complete(struct core *core, struct taken *taken)
{
    tracker_complete(&taken->stream->tracker, taken->own.offset);
    taken_free(core, taken);
}

/* The hold counts as in hand for tier records, and for a second copy of what is held. A held task without a row of its
 * own counts for all: by the rows alone another record of its key would look like a new task. */
static bool must_wait(const struct hand *hand, const struct taken *taken)
{
    if (hand_is_in_hand(hand)) {
        return true;
    }
    return hand->held != NULL && (taken->is_tier || (!hand->held->has_row && !taken->is_command) ||
                                  coords_is_equal(&hand->held->identity, &taken->identity));
}

static void judge(struct core *core, struct hand *hand, struct taken *taken)
{
    if (taken->is_command) {
        command_judge(core, hand, taken);
    } else {
        judge_task(core, hand, taken);
    }
}

void hand_take(struct core *core, struct partition *partition, struct taken *taken)
{
    struct hand *hand;

    if (taken->refusal[0] != '\0' || taken->home != partition->number) {
        hand = make_keyless(core, partition);
        taken->hand = hand;
        judge_keyless(core, hand, taken);
        return;
    }
    hand = taken->is_command ? hand_get(core, partition, taken->control.key, taken->control.key_bytes)
                             : hand_get(core, partition, taken->task.key, taken->task.key_bytes);
    taken->hand = hand;
    if (must_wait(hand, taken)) {
        taken_list_push(&hand->aside, taken);
        if (taken->is_command && taken->control.force && hand->stage == HAND_CALL) {
            attempt_abort(core, hand);
        }
        return;
    }
    judge(core, hand, taken);
    hand_drop_if_idle(core, hand);
}

void hand_wake(struct core *core, struct hand *hand)
{
    if (hand->is_woken) {
        return;
    }
    hand->is_woken = true;
    if (core->wake_count == core->wake_cap_count) {
        core->wake_cap_count = core->wake_cap_count == 0 ? 256 : 2 * core->wake_cap_count;
        core->wakes = alloc_resize(core->wakes, core->wake_cap_count, sizeof *core->wakes);
    }
    core->wakes[core->wake_count++] = token_make(TOKEN_ROW, hand->generation, hand->slot);
}

void hand_start_plan(struct core *core, struct hand *hand, struct taken *current, const struct plan *plan)
{
    hand->plan = *plan;
    hand->current = current;
    hand_set_stage(hand, plan->carry == CARRY_NONE ? HAND_SEND_ROW : HAND_SEND_CARRY);
    hand_wake(core, hand);
}

/* A command cannot do what it should: its answer says so, nothing else changes. */
static void answer_too_large(struct hand *hand)
{
    struct plan *plan = &hand->plan;

    plan->carry = CARRY_NONE;
    plan->writes_row = false;
    for (size_t i = 0; i < plan->event_count; i++) {
        plan->events[i].detail = "too_large";
    }
    hand_set_stage(hand, HAND_SEND_ROW);
}

/* In the event that tells of the task, or one of its own: that of a task whose place it takes stays as it is. */
static void tell_too_large(struct core *core, struct hand *hand)
{
    struct plan *plan = &hand->plan;
    bool is_told = false;

    for (size_t i = 0; i < plan->event_count; i++) {
        struct event *event = &plan->events[i];

        if (event->id == plan->row.id && (event->kind == EVENT_ACCEPTED || event->kind == EVENT_ATTEMPT)) {
            event->status = ROW_FAILURE;
            event->next_time_ms = 0;
            event->error_class = "too_large";
            is_told = true;
        }
    }
    if (!is_told) {
        struct event event = judge_make_event(core, hand, hand->current, EVENT_REFUSED);

        INVARIANT(plan->event_count < HAND_EVENT_MAX);
        event.status = ROW_FAILURE;
        event.error_class = "too_large";
        event.detail = plan->reason;
        plan->events[plan->event_count++] = event;
    }
}

/* The task ends, its dead letter carrying coordinates in place of bytes. */
static void fail_too_large(struct core *core, struct hand *hand)
{
    struct plan *plan = &hand->plan;
    struct taken *taken = hand->current;

    plan->end = PLAN_COMPLETE;
    if (!plan->writes_row) {
        plan->row = taken->row;
        plan->row.src = taken->identity;
        plan->row.epoch = hand->partition->epoch;
        plan->writes_row = true;
    }
    plan->row.status = ROW_FAILURE;
    plan->row.at = (struct coords){0};
    plan->row.next_retry_time_ms = 0;
    plan->row.last_error = plan->reason;
    tell_too_large(core, hand);
    stats_add(&core->stats->tasks_settled_total[STATS_STATUS_FAILURE], 1);
}

/* The topic's limit refused the record that was to be carried. */
static void settle_too_large(struct core *core, struct hand *hand)
{
    struct plan *plan = &hand->plan;
    bool was_dead = plan->carry == CARRY_DEAD;

    if (was_dead && plan->bytes == NULL) {
        log_error("dead_letter_refused", LOG_INT("partition", hand->partition->number), LOG_TEXT("why", plan->reason));
        hand_set_stage(hand, HAND_SEND_ROW);
        return;
    }
    if (hand->current->is_command && hand->key != NULL) {
        answer_too_large(hand);
        return;
    }
    hand_set_stage(hand, HAND_SEND_CARRY);
    plan->bytes = NULL;
    plan->bytes_count = 0;
    if (was_dead) {
        return; /* the same letter without the bytes */
    }
    plan->carry = CARRY_DEAD;
    plan->dead_label = STATS_DEAD_TOO_LARGE;
    snprintf(plan->reason, sizeof plan->reason, "too_large: the broker refused the record that carries the task");
    if (hand->key != NULL) {
        fail_too_large(core, hand);
    }
}

/* False: blocked, look again in a later turn. */
static bool send_carry(struct core *core, struct hand *hand)
{
    enum rc rc;

    if (hand->rows_unacked > 0) {
        return true; /* its acknowledgement wakes the hand */
    }
    rc = ledger_send_carry(core, hand);
    if (rc == RC_TOO_LARGE) {
        settle_too_large(core, hand);
        hand_wake(core, hand);
        return true;
    }
    if (rc != RC_OK) {
        return false;
    }
    hand_set_stage(hand, HAND_CARRY);
    return true;
}

static void take_aside(struct core *core, struct hand *hand)
{
    struct taken *taken = hand->aside.first;

    while (taken != NULL && !hand_is_in_hand(hand)) {
        struct taken *next = taken->next;

        if (!must_wait(hand, taken)) {
            taken_list_remove(&hand->aside, taken);
            judge(core, hand, taken);
            next = hand->aside.first;
        }
        taken = next;
    }
}

static void end_plan(struct core *core, struct hand *hand)
{
    struct taken *taken = hand->current;
    enum plan_end end = hand->plan.end;

    if (core->plugin != NULL) {
        announce_plan(core, hand); /* before the offset is complete: a crash in between tells it again */
    }
    hand->current = NULL;
    taken_free(core, hand->fetched);
    hand->fetched = NULL;
    hand_set_stage(hand, HAND_IDLE);
    if (end == PLAN_HOLD) {
        taken->row = hand->plan.row;
        taken->has_row = true;
        taken->is_fresh = true;
        taken->due_time_ms = taken->row.next_retry_time_ms;
        judge_hold(core, hand, taken);
    } else if (end == PLAN_ADMIT) {
        judge_admit(core, hand, taken);
    } else if (end == PLAN_CLEAN) {
        clean_add(core, hand->partition, hand->key, hand->key_bytes, taken);
    } else if (taken != NULL) {
        hand_complete(core, taken);
    }
    if (end == PLAN_MARK) {
        clean_add(core, hand->partition, hand->key, hand->key_bytes, NULL);
    }
}

static bool is_row_done(const struct hand *hand)
{
    return (!hand->plan.writes_row || hand->is_row_applied) && hand->rows_unacked == 0 && hand->events_unacked == 0;
}

static bool send_row(struct core *core, struct hand *hand)
{
    /* A resent batch may append twice: the key's next row must not be overtaken by a copy of an earlier one. */
    if (hand->rows_unacked > 0 && !hand->plan.is_row_sent) {
        return true;
    }
    if (ledger_send_told_first(core, hand) != RC_OK) {
        return false;
    }
    if (hand->plan.told_first_count > 0 && !hand->plan.is_row_sent && hand->events_unacked > 0) {
        return true; /* its acknowledgement wakes the hand */
    }
    if (ledger_send_row(core, hand) != RC_OK) {
        return false;
    }
    hand_set_stage(hand, HAND_ROW);
    return true;
}

static bool advance(struct core *core, struct hand *hand)
{
    if (hand->stage == HAND_SEND_CARRY && !send_carry(core, hand)) {
        return false;
    }
    if (hand->stage == HAND_SEND_ROW && !send_row(core, hand)) {
        return false;
    }
    if (hand->stage == HAND_ROW && is_row_done(hand) && ledger_send_row(core, hand) != RC_OK) {
        return false; /* the answer to a command, which had to wait for the row */
    }
    if (hand->stage == HAND_ROW && is_row_done(hand)) {
        end_plan(core, hand);
    }
    if (hand->stage == HAND_IDLE) {
        take_aside(core, hand);
        hand_drop_if_idle(core, hand);
    }
    return true;
}

void hand_advance_all(struct core *core)
{
    size_t blocked_count = 0;

    /* Hands woken meanwhile are appended; those blocked by a full queue move to the front and stay for the next turn.
     */
    for (size_t i = 0; i < core->wake_count; i++) {
        struct hand *hand = core_get_hand(core, core->wakes[i]);
        uint64_t token = core->wakes[i];

        if (hand == NULL || !hand->is_woken) {
            continue;
        }
        hand->is_woken = false;
        if (!partition_is_live(hand->partition)) {
            continue; /* woken again when the partition is, if it ever is */
        }
        if (!advance(core, hand)) {
            hand->is_woken = true;
            core->wakes[blocked_count++] = token;
        }
    }
    core->wake_count = blocked_count;
}

/* The record that carries the task has its coordinates. */
static void note_carried(struct core *core, struct hand *hand, const struct emit_report *report)
{
    struct plan *plan = &hand->plan;

    if (hand->stage != HAND_CARRY) {
        return; /* a second report of a batch sent twice cannot come; a late one of an old plan can */
    }
    if (report->rc == RC_TOO_LARGE || report->rc == RC_INVALID) {
        settle_too_large(core, hand);
        hand_wake(core, hand);
        return;
    }
    if (plan->carry == CARRY_DELAY && plan->writes_row) {
        plan->row.at = (struct coords){
            .topic = COORDS_DELAY,
            .partition = hand->partition->number,
            .tier_ms = plan->tier_ms,
            .offset = report->offset,
        };
    }
    hand_set_stage(hand, HAND_SEND_ROW);
    hand_wake(core, hand);
}

void hand_note_report(struct core *core, struct hand *hand, enum token_kind kind, const struct emit_report *report)
{
    bool is_refused = report->rc == RC_TOO_LARGE || report->rc == RC_INVALID;

    if (report->rc != RC_OK && !(is_refused && kind == TOKEN_CARRY)) {
        log_error("write_unknown", LOG_INT("partition", hand->partition->number), LOG_TEXT("why", report->text));
        partition_note_unknown_write(core, hand->partition);
        return;
    }
    if (kind == TOKEN_CARRY) {
        note_carried(core, hand, report);
        return;
    }
    if (kind == TOKEN_ROW) {
        INVARIANT(hand->rows_unacked > 0);
        hand->rows_unacked--;
    } else {
        INVARIANT(hand->events_unacked > 0);
        hand->events_unacked--;
    }
    hand_wake(core, hand);
}

void hand_note_applied(struct core *core, struct hand *hand, const char *value, size_t value_bytes)
{
    if (hand->held != NULL) {
        hand->held->is_fresh = false;
    }
    if (!hand_has_row_sent(hand) || value_bytes != hand->sent_row.len_bytes) {
        return;
    }
    if (value_bytes == 0 || memcmp(value, hand->sent_row.data, value_bytes) == 0) {
        hand->is_row_applied = true;
        hand_wake(core, hand);
    }
}
