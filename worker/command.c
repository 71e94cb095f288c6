#include "command.h"
#include "alloc.h"
#include "clean.h"
#include "invariant.h"
#include "judge.h"
#include "log.h"
#include "partition.h"
#include <stdio.h>
#include <string.h>

/* splitmix64's last step: every bit of the result depends on every bit of value. */
static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

/* What the first half of the publish id tells of a task that this command published. */
static uint64_t get_publish_tag(const struct taken *taken)
{
    return mix(coords_make_id(taken->own.partition, taken->own.offset) + UINT64_C(0x9e3779b97f4a7c15));
}

/* The same for every reading of the command, so that a command carried out twice publishes one task; never that of a
 * task before, however often one is published again. */
static void make_second_publish_id(const struct taken *taken, uint8_t *ret_publish_id)
{
    uint64_t halves[2] = {0, 0};

    memcpy(halves, taken->row.publish_id, sizeof halves);
    halves[1] = mix(mix(get_publish_tag(taken) ^ halves[0]) ^ halves[1]);
    halves[0] = get_publish_tag(taken);
    memcpy(ret_publish_id, halves, sizeof halves);
}

/* The row is of the task that an earlier reading of this command published. */
static bool has_published(const struct taken *taken)
{
    uint64_t tag = get_publish_tag(taken);

    return taken->row.has_publish_id && memcmp(taken->row.publish_id, &tag, sizeof tag) == 0;
}

static void count_command(const struct core *core, const struct taken *taken, enum stats_label_RESULT result)
{
    size_t command = (size_t)taken->control.command - CONTROL_STOP + STATS_COMMAND_STOP;

    stats_add(&core->stats->commands_total[STATS_PAIR(command, RESULT, result)], 1);
}

/* A row that has just taken another's place may have lost the event of that: it is written again with whatever a
 * command writes, since the command may keep the task's own record from telling it. */
static void add_replaced(struct core *core, struct hand *hand, struct taken *taken, struct plan *plan)
{
    if (!taken->row.has_replaced) {
        return;
    }
    INVARIANT(plan->event_count < HAND_EVENT_MAX);
    plan->events[plan->event_count] = judge_make_replaced(core, hand, taken, taken->row.replaced_id);
    plan->events[plan->event_count].src =
        (struct coords){.topic = COORDS_TASKS, .partition = hand->partition->number, .offset = taken->row.entered};
    plan->event_count++;
}

static void add_answer(struct core *core, struct hand *hand, struct taken *taken, struct plan *plan, const char *detail)
{
    struct event event = judge_make_event(core, hand, taken, EVENT_COMMAND);

    add_replaced(core, hand, taken, plan);
    INVARIANT(plan->event_count < HAND_EVENT_MAX);
    event.id = plan->writes_row ? plan->row.id : taken->row.id;
    event.status = plan->writes_row ? plan->row.status : taken->row.status;
    event.detail = detail;
    event.error_text = taken->control.reason;
    plan->events[plan->event_count++] = event;
}

static void answer(struct core *core, struct hand *hand, struct taken *taken, enum stats_label_RESULT result,
                   const char *detail)
{
    struct plan plan = {0};

    count_command(core, taken, result);
    add_answer(core, hand, taken, &plan, detail);
    hand_start_plan(core, hand, taken, &plan);
}

/* Settles as Stopped a task of this key that was appended before the stop and is not read yet. */
static void leave_marker(struct core *core, struct hand *hand, struct taken *taken)
{
    struct plan plan = {.writes_row = true, .end = PLAN_MARK};

    plan.row = (struct row){
        .business_type = taken->control.business_type,
        .business_id = taken->control.business_id,
        .url = "",
        .method = "",
        .retry_type = TASK_RETRY_STEP,
        .status = ROW_STOPPED,
        .request_time_ms = taken->append_time_ms,
        .entered = -1,
        .src = taken->own,
        .epoch = hand->partition->epoch,
        .ctl = taken->own.offset,
        .last_error = "",
    };
    count_command(core, taken, STATS_RESULT_NO_EFFECT);
    add_answer(core, hand, taken, &plan, "not_found");
    hand_start_plan(core, hand, taken, &plan);
}

/* The held record is judged again when the command's row has landed. */
static void set_held_aside(struct core *core, struct hand *hand)
{
    struct taken *held = hand_take_held(core, hand);

    if (held != NULL) {
        taken_list_push_first(&hand->aside, held);
    }
}

static void make_stopped_row(struct hand *hand, struct taken *taken, struct plan *plan)
{
    plan->writes_row = true;
    plan->row = taken->row;
    plan->row.status = ROW_STOPPED;
    plan->row.src = taken->own;
    plan->row.at = (struct coords){0};
    plan->row.next_retry_time_ms = 0;
    plan->row.epoch = hand->partition->epoch;
    plan->row.ctl = taken->own.offset;
}

static void stop_task(struct core *core, struct hand *hand, struct taken *taken, enum plan_end end)
{
    struct plan plan = {.end = end};

    make_stopped_row(hand, taken, &plan);
    plan.events[plan.event_count] = judge_make_event(core, hand, taken, EVENT_STOPPED);
    plan.events[plan.event_count].id = taken->row.id;
    plan.events[plan.event_count].status = ROW_STOPPED;
    plan.event_count++;
    stats_add(&core->stats->tasks_settled_total[STATS_STATUS_STOPPED], 1);
    if (end == PLAN_COMPLETE) {
        count_command(core, taken, STATS_RESULT_APPLIED);
        add_answer(core, hand, taken, &plan, "stopped");
    } else {
        add_replaced(core, hand, taken, &plan);
    }
    set_held_aside(core, hand);
    hand_start_plan(core, hand, taken, &plan);
}

/* The row as it is, noting the command: read again, it must not act on a task that has taken the row's place. Its
 * epoch, too: this worker may not have told the task's end. */
static void fill_noted_row(const struct taken *taken, struct plan *plan)
{
    plan->writes_row = true;
    plan->row = taken->row;
    plan->row.ctl = taken->own.offset;
}

static void judge_stop(struct core *core, struct hand *hand, struct taken *taken)
{
    struct plan plan = {0};

    if (row_is_settled(&taken->row)) {
        fill_noted_row(taken, &plan);
        count_command(core, taken, STATS_RESULT_NO_EFFECT);
        add_answer(core, hand, taken, &plan, "already_settled");
        hand_start_plan(core, hand, taken, &plan);
        return;
    }
    stop_task(core, hand, taken, PLAN_COMPLETE);
}

static void ask_record(struct core *core, const struct hand *hand, const struct coords *coords)
{
    intake_fetch(core->intake, coords, token_make(TOKEN_FETCH, hand->generation, hand->slot));
}

static void fetch(struct core *core, struct hand *hand, struct taken *taken, const struct coords *coords)
{
    hand->current = taken;
    hand_set_stage(hand, HAND_FETCH);
    ask_record(core, hand, coords);
}

static void fetch_published(struct core *core, struct hand *hand, struct taken *taken)
{
    struct coords published = {.topic = COORDS_TASKS,
                               .partition = coords_get_id_partition(taken->row.id),
                               .offset = coords_get_id_offset(taken->row.id)};

    if (hand->stage == HAND_FETCH) {
        ask_record(core, hand, &published);
    } else {
        fetch(core, hand, taken, &published);
    }
}

static void judge_retry(struct core *core, struct hand *hand, struct taken *taken)
{
    struct plan plan = {.writes_row = true};

    if (row_is_settled(&taken->row)) {
        fetch_published(core, hand, taken);
        return;
    }
    if (hand->held == NULL) {
        fetch(core, hand, taken, &taken->row.at);
        return;
    }
    plan.row = taken->row;
    plan.row.next_retry_time_ms = core->now.time_ms;
    plan.row.epoch = hand->partition->epoch;
    plan.row.ctl = taken->own.offset;
    count_command(core, taken, STATS_RESULT_APPLIED);
    add_answer(core, hand, taken, &plan, "retried");
    set_held_aside(core, hand);
    hand_start_plan(core, hand, taken, &plan);
}

static void judge_delete(struct core *core, struct hand *hand, struct taken *taken)
{
    struct plan plan = {.end = PLAN_CLEAN};

    if (!row_is_settled(&taken->row)) {
        stop_task(core, hand, taken, PLAN_CLEAN);
        return;
    }
    /* It waits until the row may go; read again meanwhile it must not act on a task that has replaced this one. */
    fill_noted_row(taken, &plan);
    hand_start_plan(core, hand, taken, &plan);
}

/* Whether the row ended by this very stop; noted in it is also a stop that found it settled. */
static bool is_stopped_by(const struct row *row, const struct taken *taken)
{
    return row->status == ROW_STOPPED && coords_is_equal(&row->src, &taken->own);
}

static const char *find_detail(const struct taken *taken)
{
    static const char *const details[] = {
        [CONTROL_STOP] = "stopped", [CONTROL_RETRY] = "retried", [CONTROL_DELETE] = "deleted"};

    if (taken->control.command == CONTROL_STOP && row_is_settled(&taken->row) && !is_stopped_by(&taken->row, taken)) {
        return "already_settled";
    }
    return details[taken->control.command];
}

static void answer_again(struct core *core, struct hand *hand, struct taken *taken)
{
    struct plan plan = {0};

    if (taken->control.command == CONTROL_DELETE && row_is_settled(&taken->row)) {
        /* Noted, or Stopped, by it before a restart; the rest is to be done. */
        clean_add(core, hand->partition, hand->key, hand->key_bytes, taken);
        return;
    }
    if (is_stopped_by(&taken->row, taken)) {
        /* A crash between row and event may have lost what tells that the task ended. */
        plan.events[plan.event_count] = judge_make_event(core, hand, taken, EVENT_STOPPED);
        plan.events[plan.event_count].id = taken->row.id;
        plan.events[plan.event_count].status = ROW_STOPPED;
        plan.event_count++;
    }
    count_command(core, taken, STATS_RESULT_REREAD);
    add_answer(core, hand, taken, &plan, find_detail(taken));
    hand_start_plan(core, hand, taken, &plan);
}

/* A task that waits for its first attempt has no row in the store; what it would say is in memory. */
static bool load_row(const struct hand *hand, struct taken *taken)
{
    if (hand->held != NULL && !hand->held->has_row) {
        taken->row = hand->held->row;
        taken->row.block = NULL; /* the held record's, which outlives the command's plan */
        taken->row.src = hand->held->identity;
        taken->row.at = hand->held->identity;
        taken->row.next_retry_time_ms = hand->held->due_time_ms;
        return true;
    }
    return partition_load_row(hand->partition, hand->key, hand->key_bytes, &taken->row) == RC_OK;
}

void command_judge(struct core *core, struct hand *hand, struct taken *taken)
{
    bool has_row = load_row(hand, taken);

    log_info("command", LOG_TEXT("command", control_command_get_name(taken->control.command)),
             LOG_BYTES("key", hand->key, hand->key_bytes), LOG_INT("offset", taken->own.offset));
    if (!has_row || row_is_marker(&taken->row)) {
        if (taken->control.command == CONTROL_STOP) {
            leave_marker(core, hand, taken);
        } else {
            answer(core, hand, taken, STATS_RESULT_NO_EFFECT, "not_found");
        }
        return;
    }
    if (taken->own.offset <= taken->row.ctl || has_published(taken)) {
        answer_again(core, hand, taken);
        return;
    }
    switch (taken->control.command) {
    case CONTROL_STOP:
        judge_stop(core, hand, taken);
        break;
    case CONTROL_RETRY:
        judge_retry(core, hand, taken);
        break;
    case CONTROL_DELETE:
        judge_delete(core, hand, taken);
        break;
    }
}

static void fill_publish_again(struct core *core, struct hand *hand, struct taken *taken, struct plan *plan)
{
    plan->carry = CARRY_AGAIN;
    fill_noted_row(taken, plan);
    plan->header = (struct header){.has_publish_id = true, .duplicate = DUPLICATE_REPLACE};
    make_second_publish_id(taken, plan->header.publish_id);
    count_command(core, taken, STATS_RESULT_APPLIED);
    add_answer(core, hand, taken, plan, "published_again");
}

static void fill_due_now(struct core *core, struct hand *hand, struct taken *taken, struct plan *plan)
{
    plan->carry = CARRY_DELAY;
    plan->tier_ms = 0;
    plan->due_time_ms = core->now.time_ms;
    plan->writes_row = true;
    plan->row = taken->row;
    plan->row.next_retry_time_ms = core->now.time_ms;
    plan->row.src = taken->own;
    plan->row.epoch = hand->partition->epoch;
    plan->row.ctl = taken->own.offset;
    plan->header = (struct header){
        .has_id = true,
        .id = taken->row.id,
        .attempts = taken->row.attempts,
        .due_time_ms = plan->due_time_ms,
        .epoch = hand->partition->epoch,
        .has_publish_id = true,
    };
    memcpy(plan->header.publish_id, taken->row.publish_id, HEADER_PUB_BYTES);
    count_command(core, taken, STATS_RESULT_APPLIED);
    add_answer(core, hand, taken, plan, "retried");
}

void command_note_fetched(struct core *core, struct hand *hand, enum rc rc, const struct record *record)
{
    struct taken *taken = hand->current;
    struct plan plan = {0};

    if (hand->stage != HAND_FETCH) {
        return;
    }
    if (rc == RC_NOT_FOUND && !row_is_settled(&taken->row) && !taken->is_fetched_again) {
        taken->is_fetched_again = true; /* a hop has carried it on, and what it left was trimmed: as it was published */
        fetch_published(core, hand, taken);
        return;
    }
    if (rc != RC_OK || record->value == NULL) {
        answer(core, hand, taken, STATS_RESULT_NO_EFFECT, rc == RC_NOT_FOUND ? "gone" : "unavailable");
        return;
    }
    hand->fetched = taken_new(core, taken->stream, record);
    plan.bytes = hand->fetched->value;
    plan.bytes_count = hand->fetched->value_bytes;
    if (row_is_settled(&taken->row)) {
        fill_publish_again(core, hand, taken, &plan);
    } else {
        fill_due_now(core, hand, taken, &plan);
    }
    hand_start_plan(core, hand, taken, &plan);
}

void command_send_tombstone(struct core *core, struct hand *hand, struct taken *command, const struct row *row)
{
    struct plan plan = {.writes_row = true, .is_tombstone = true};

    plan.row.id = row->id;
    if (command != NULL) {
        struct event *event = &plan.events[plan.event_count++];

        *event = judge_make_event(core, hand, command, EVENT_CLEANED);
        event->id = row->id;
        event->status = row->status; /* its own event may be lost: see event.schema.json */
        plan.told_first_count = plan.event_count;
        count_command(core, command, STATS_RESULT_APPLIED);
        command->row.id = row->id;
        add_answer(core, hand, command, &plan, "deleted");
        plan.events[plan.event_count - 1].status = 0;
    }
    hand_start_plan(core, hand, command, &plan);
}

void command_send_answer(struct core *core, struct hand *hand, struct taken *command, const char *detail)
{
    answer(core, hand, command, STATS_RESULT_APPLIED, detail);
}
