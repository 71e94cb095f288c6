#include "judge.h"
#include "clean.h"
#include "invariant.h"
#include "log.h"
#include "partition.h"
#include "turns.h"
#include <stdio.h>
#include <string.h>

struct event judge_make_event(const struct core *core, const struct hand *hand, const struct taken *taken,
                              enum event_kind kind)
{
    bool is_known = taken->refusal[0] == '\0';
    struct event event = {
        .kind = kind,
        .business_type = "",
        .business_id = "",
        .time_ms = core->now.time_ms,
        .src = taken->identity,
        .epoch = hand->partition->epoch,
        .duration_ms = -1,
        .error_class = "",
        .error_text = "",
        .remote_address = "",
        .detail = "",
    };

    if (!is_known) {
        return event;
    }
    event.id = taken->is_command ? 0 : taken->id;
    event.business_type = taken->is_command ? taken->control.business_type : taken->task.business_type;
    event.business_id = taken->is_command ? taken->control.business_id : taken->task.business_id;
    return event;
}

void judge_hold(struct core *core, struct hand *hand, struct taken *taken)
{
    INVARIANT(hand->held == NULL);
    hand->held = taken;
    if (taken->due_time_ms <= core->now.time_ms) {
        turns_push(core, taken);
        return;
    }
    taken->hold.when_ms = taken->due_time_ms;
    heap_push(&core->holds, &taken->hold);
}

/* The plan's record goes on to a tier and comes back at that time. */
static void carry_until(const struct core *core, const struct hand *hand, const struct taken *taken, int64_t time_ms,
                        struct plan *plan)
{
    plan->carry = plan->writes_row ? CARRY_DELAY : CARRY_HOP;
    plan->tier_ms = tier_choose(&core->tiers, time_ms - core->now.time_ms);
    plan->due_time_ms = time_ms;
    plan->bytes = taken->value;
    plan->bytes_count = taken->value_bytes;
    plan->header = taken_make_header(taken, taken->row.attempts, time_ms, hand->partition->epoch);
    plan->end = PLAN_COMPLETE;
}

static void hop_until(struct core *core, struct hand *hand, struct taken *taken, int64_t time_ms)
{
    struct plan plan = {0};

    carry_until(core, hand, taken, time_ms, &plan);
    plan.header.of = taken->identity;
    hand_start_plan(core, hand, taken, &plan);
}

void judge_hop(struct core *core, struct hand *hand, struct taken *taken)
{
    hop_until(core, hand, taken, taken->due_time_ms);
}

/* Whether the publisher's own call has settled the task: there is nothing left to call. */
static bool is_settled_inline(const struct taken *taken)
{
    return taken->header.status == ROW_SUCCESS || taken->header.status == ROW_FAILURE ||
           taken->header.status == ROW_STOPPED;
}

/* The only row of a task that its publisher has settled. Its attempt ended when it was appended, as far as we know. */
static struct plan make_settled_row(const struct core *core, const struct hand *hand, const struct taken *taken)
{
    struct plan plan = {.writes_row = true, .row = taken->row, .event_count = 1, .end = PLAN_COMPLETE};

    plan.row.status = (enum row_status)taken->header.status;
    plan.row.src = taken->identity;
    plan.row.epoch = hand->partition->epoch;
    plan.row.last_retry_time_ms = plan.row.attempts > 0 ? taken->append_time_ms : 0;
    plan.row.success_time_ms = plan.row.status == ROW_SUCCESS ? taken->append_time_ms : 0;
    if (plan.row.status == ROW_FAILURE) {
        plan.carry = CARRY_DEAD;
        plan.dead_label = STATS_DEAD_FINAL;
        plan.bytes = taken->value;
        plan.bytes_count = taken->value_bytes;
        plan.header = taken_make_header(taken, plan.row.attempts, 0, hand->partition->epoch);
        snprintf(plan.reason, sizeof plan.reason, "final: settled by its publisher's own call");
    }
    stats_add(&core->stats->tasks_settled_total[plan.row.status == ROW_SUCCESS   ? STATS_STATUS_SUCCESS
                                                : plan.row.status == ROW_FAILURE ? STATS_STATUS_FAILURE
                                                                                 : STATS_STATUS_STOPPED],
              1);
    return plan;
}

static struct event make_settled_event(const struct core *core, const struct hand *hand, const struct taken *taken,
                                       const struct row *row)
{
    enum event_kind kind = row->status == ROW_STOPPED ? EVENT_STOPPED : EVENT_ATTEMPT;
    struct event event = judge_make_event(core, hand, taken, kind);

    event.status = row->status;
    event.attempt = kind == EVENT_ATTEMPT ? row->attempts : 0;
    return event;
}

static void settle_inline(struct core *core, struct hand *hand, struct taken *taken)
{
    struct plan plan = make_settled_row(core, hand, taken);

    plan.events[0] = make_settled_event(core, hand, taken, &plan.row);
    hand_start_plan(core, hand, taken, &plan);
}

/* The first row of a task before its first attempt: it waits in memory or in a tier. */
static struct plan make_first_row(const struct core *core, const struct hand *hand, const struct taken *taken)
{
    struct plan plan = {.writes_row = true, .row = taken->row, .event_count = 1, .end = PLAN_HOLD};
    int64_t wait_ms = taken->due_time_ms - core->now.time_ms;

    plan.row.src = taken->identity;
    plan.row.at = taken->identity;
    plan.row.next_retry_time_ms = taken->due_time_ms;
    plan.row.epoch = hand->partition->epoch;
    if (wait_ms > core->params->hold_ms) {
        carry_until(core, hand, taken, taken->due_time_ms, &plan);
    }
    return plan;
}

/* So that a task which waits for its first attempt can be seen and stopped. */
static void accept(struct core *core, struct hand *hand, struct taken *taken, struct plan *plan)
{
    plan->events[0] = judge_make_event(core, hand, taken, EVENT_ACCEPTED);
    plan->events[0].status = ROW_SENDING;
    plan->events[0].next_time_ms = taken->due_time_ms;
    hand_start_plan(core, hand, taken, plan);
}

void judge_put_back(struct core *core, struct hand *hand, struct taken *taken, int64_t time_ms)
{
    struct plan plan;

    if (taken->has_row) {
        hop_until(core, hand, taken, time_ms);
        return;
    }
    plan = make_first_row(core, hand, taken);
    carry_until(core, hand, taken, time_ms, &plan);
    accept(core, hand, taken, &plan);
}

/* It was due when it went into the tier: its lane had put it back, and the row does not tell until when. */
static bool is_put_back(const struct taken *taken)
{
    return taken->is_tier && taken->row.next_retry_time_ms <= taken->append_time_ms &&
           taken->row.next_retry_time_ms < taken->header.due_time_ms;
}

/* How long before its due time a task may wait in memory: a tier's head was let in by lookahead already. */
static int64_t get_hold_limit(const struct core *core, const struct taken *taken)
{
    int64_t lookahead_ms = taken->is_tier ? core->params->lookahead_ms : 0;

    return lookahead_ms > core->params->hold_ms ? lookahead_ms : core->params->hold_ms;
}

void judge_admit(struct core *core, struct hand *hand, struct taken *taken)
{
    int64_t wait_ms = taken->due_time_ms - core->now.time_ms;
    struct plan plan;

    taken->is_fresh = true;
    if (wait_ms <= 0) {
        judge_hold(core, hand, taken);
    } else if (!taken->has_row) {
        plan = make_first_row(core, hand, taken);
        accept(core, hand, taken, &plan);
    } else if (wait_ms <= get_hold_limit(core, taken)) {
        judge_hold(core, hand, taken);
    } else {
        judge_hop(core, hand, taken);
    }
}

/* The first row of a task that has none yet, and when its first attempt is due. */
static void init_new(const struct core *core, struct taken *taken, int64_t ctl)
{
    int64_t due_time_ms = taken->header.due_time_ms;

    taken_init_row(taken, ctl);
    taken->has_row = false;
    if (taken->task.not_before_time_ms > due_time_ms) {
        due_time_ms = taken->task.not_before_time_ms;
    }
    /* Published to be called at once: due when it was appended, and in no case later than now by a broker's fast clock.
     */
    taken->due_time_ms = due_time_ms > taken->append_time_ms         ? due_time_ms
                         : taken->append_time_ms < core->now.time_ms ? taken->append_time_ms
                                                                     : core->now.time_ms;
}

/* Commands of the key up to here were judged before this task came in: read again, they do not concern it. */
static int64_t get_ctl(const struct hand *hand, int64_t ctl)
{
    int64_t judged = partition_get_control(hand->partition)->tracker.next - 1;

    for (const struct taken *taken = hand->aside.first; taken != NULL; taken = taken->next) {
        if (taken->is_command && taken->own.offset <= judged) {
            judged = taken->own.offset - 1;
        }
    }
    return judged > ctl ? judged : ctl;
}

static void admit_new(struct core *core, struct hand *hand, struct taken *taken, int64_t ctl)
{
    init_new(core, taken, ctl);
    taken->is_judged = true;
    if (is_settled_inline(taken)) {
        settle_inline(core, hand, taken);
    } else {
        judge_admit(core, hand, taken);
    }
}

static void drop(struct core *core, struct taken *taken, size_t label)
{
    stats_add(&core->stats->fence_drops_total[label], 1);
    hand_complete(core, taken);
}

struct event judge_make_replaced(const struct core *core, const struct hand *hand, const struct taken *taken,
                                 uint64_t replaced_id)
{
    struct event event = judge_make_event(core, hand, taken, EVENT_REPLACED);

    event.id = replaced_id;
    event.status = ROW_STOPPED;
    event.detail = "replaced";
    return event;
}

/* The event of a row, as far as the row tells; consumers drop it if they have it. */
static struct event make_row_event(const struct core *core, const struct hand *hand, const struct taken *taken,
                                   const struct row *row)
{
    struct event event = judge_make_event(core, hand, taken, EVENT_ATTEMPT);

    event.status = row->status;
    event.id = row->id;
    event.src = row->src;
    event.next_time_ms = row->next_retry_time_ms;
    if (row->status == ROW_STOPPED) {
        event.kind = EVENT_STOPPED;
    } else if (row->attempts == 0) {
        event.kind = EVENT_ACCEPTED;
    } else {
        event.attempt = row->attempts;
        event.start_time_ms = row->last_retry_time_ms;
        event.http_status = row->last_status;
        event.error_text = row->last_error;
    }
    return event;
}

/* Of the row that this record led to. */
static struct event make_event_again(const struct core *core, const struct hand *hand, const struct taken *taken)
{
    const struct row *row = &taken->row;

    /* also of one that its publisher had stopped: the other's end must be told */
    return row->has_replaced ? judge_make_replaced(core, hand, taken, row->replaced_id)
                             : make_row_event(core, hand, taken, row);
}

static void take_row(struct taken *taken, struct row *row)
{
    row_close(&taken->row);
    taken->row = *row;
    *row = (struct row){0};
}

/* What a new owner reads: a row has landed, its event may be missing. */
static void admit_again(struct core *core, struct hand *hand, struct taken *taken)
{
    struct plan plan = {.event_count = 1, .end = PLAN_ADMIT};

    plan.events[0] = make_event_again(core, hand, taken);
    hand_start_plan(core, hand, taken, &plan);
}

/* Whether the event of the row that the record carries on may be missing: its writer is gone, and the record that led
 * to it is this one, or, read again later than this one, finds that the row went on. A command's row has only its
 * answer. */
static bool may_lack_event(const struct hand *hand, const struct taken *taken, const struct row *row)
{
    return !taken->is_judged && (coords_is_equal(&row->at, &row->src) || row->has_replaced ||
                                 (row->epoch < hand->partition->epoch && row->src.topic != COORDS_CONTROL));
}

static void admit_carried(struct core *core, struct hand *hand, struct taken *taken, struct row *row)
{
    bool is_told_again = may_lack_event(hand, taken, row);

    take_row(taken, row);
    taken->has_row = true;
    taken->is_judged = true;
    taken->due_time_ms = is_put_back(taken) ? taken->header.due_time_ms : taken->row.next_retry_time_ms;
    if (is_told_again) {
        admit_again(core, hand, taken);
    } else {
        judge_admit(core, hand, taken);
    }
}

/* The row says that the outcome of this record is written; its event may be missing. */
static void write_event_again(struct core *core, struct hand *hand, struct taken *taken, struct row *row)
{
    struct plan plan = {.event_count = 1};

    take_row(taken, row); /* the event borrows its texts */
    plan.events[0] = make_event_again(core, hand, taken);
    if (plan.events[0].kind == EVENT_REPLACED && row_is_settled(&taken->row)) {
        plan.events[plan.event_count++] = make_settled_event(core, hand, taken, &taken->row);
    }
    stats_add(&core->stats->fence_drops_total[STATS_DROP_WRITTEN], 1);
    hand_start_plan(core, hand, taken, &plan);
}

static void reject_duplicate(struct core *core, struct hand *hand, struct taken *taken)
{
    struct plan plan = {
        .carry = CARRY_DEAD,
        .bytes = taken->value,
        .bytes_count = taken->value_bytes,
        .header = taken_make_header(taken, 0, 0, hand->partition->epoch),
        .dead_label = STATS_DEAD_DUPLICATE,
        .event_count = 1,
    };

    snprintf(plan.reason, sizeof plan.reason, "duplicate: a task of this business key exists and the policy is reject");
    plan.events[0] = judge_make_event(core, hand, taken, EVENT_DUPLICATE);
    plan.events[0].detail = "rejected";
    hand_start_plan(core, hand, taken, &plan);
}

/* That the record took the place of a settled task, whose row it takes. If another worker wrote that row, the event of
 * the task's end may be missing, and what would tell it finds the row no more; our own rows are told before the key is
 * free again. */
static void tell_taken_place(struct core *core, struct hand *hand, struct taken *taken, struct row *old,
                             struct plan *plan)
{
    struct event *event;

    if (old->epoch != hand->partition->epoch) {
        INVARIANT(hand->fetched == NULL);
        hand->fetched = taken_new_row(old); /* the event borrows its texts */
        plan->events[plan->event_count++] = make_row_event(core, hand, taken, &hand->fetched->row);
        plan->told_first_count = 1;
    }
    event = &plan->events[plan->event_count++];
    *event = judge_make_event(core, hand, taken, EVENT_DUPLICATE);
    event->detail = "replaced";
}

/* The old task ends in its event, and the new one's row takes the place of its row at once: else the old one could be
 * called once more after a crash. */
static void replace_task(struct core *core, struct hand *hand, struct taken *taken, struct row *old)
{
    struct taken *held = hand_take_held(core, hand);
    struct plan plan;

    if (held != NULL) {
        /* It is judged again, and found stale, when the new row has landed; its offset stays open until then. */
        taken_list_push(&hand->aside, held);
    }
    init_new(core, taken, get_ctl(hand, old->ctl));
    row_displace(&taken->row, old);
    taken->is_judged = true;
    plan = is_settled_inline(taken) ? make_settled_row(core, hand, taken) : make_first_row(core, hand, taken);
    plan.event_count = 0;
    if (row_is_settled(old)) {
        tell_taken_place(core, hand, taken, old, &plan);
    } else {
        plan.row.has_replaced = true;
        plan.row.replaced_id = old->id;
        plan.events[plan.event_count++] = judge_make_replaced(core, hand, taken, old->id);
        stats_add(&core->stats->tasks_settled_total[STATS_STATUS_STOPPED], 1);
    }
    if (row_is_settled(&plan.row)) { /* no attempt will tell of it */
        plan.events[plan.event_count++] = make_settled_event(core, hand, taken, &plan.row);
    }
    hand_start_plan(core, hand, taken, &plan);
}

static void judge_duplicate(struct core *core, struct hand *hand, struct taken *taken, struct row *row)
{
    enum duplicate_policy policy = taken->header.duplicate;
    struct plan plan = {.event_count = 1};

    if (policy == DUPLICATE_UNSET) {
        policy = taken->task.duplicate;
    }
    if (policy == DUPLICATE_REPLACE) {
        replace_task(core, hand, taken, row);
        return;
    }
    stats_add(&core->stats->fence_drops_total[STATS_DROP_DUPLICATE], 1);
    clean_renew(hand->partition, hand->key, hand->key_bytes);
    if (policy == DUPLICATE_REJECT) {
        reject_duplicate(core, hand, taken);
        return;
    }
    plan.events[0] = judge_make_event(core, hand, taken, EVENT_DUPLICATE);
    plan.events[0].detail = "ignored";
    hand_start_plan(core, hand, taken, &plan);
}

/* A stop came for this key before the task was appended, and was read first. */
static void settle_marked(struct core *core, struct hand *hand, struct taken *taken, const struct row *marker)
{
    struct plan plan = {.writes_row = true, .event_count = 1};

    taken_init_row(taken, marker->ctl);
    plan.row = taken->row;
    plan.row.status = ROW_STOPPED;
    plan.row.src = taken->identity;
    plan.row.epoch = hand->partition->epoch;
    plan.events[0] = judge_make_event(core, hand, taken, EVENT_STOPPED);
    plan.events[0].status = ROW_STOPPED;
    stats_add(&core->stats->tasks_settled_total[STATS_STATUS_STOPPED], 1);
    hand_start_plan(core, hand, taken, &plan);
}

static void step_down(struct core *core, struct hand *hand, struct taken *taken)
{
    log_warn("claim_behind", LOG_INT("partition", hand->partition->number), LOG_INT("epoch", hand->partition->epoch),
             LOG_INT("record_epoch", taken->header.epoch));
    hand->partition->must_step_down = true;
    taken_free(core, taken);
}

static void act_on_verdict(struct core *core, struct hand *hand, struct taken *taken, enum fence_verdict verdict,
                           struct row *row)
{
    switch (verdict) {
    case FENCE_BEHIND:
        step_down(core, hand, taken);
        break;
    case FENCE_NEW:
        admit_new(core, hand, taken, get_ctl(hand, row->status != 0 ? row->ctl : -1));
        break;
    case FENCE_CARRY:
        admit_carried(core, hand, taken, row);
        break;
    case FENCE_WRITTEN:
        write_event_again(core, hand, taken, row);
        break;
    case FENCE_DUPLICATE:
        judge_duplicate(core, hand, taken, row);
        break;
    case FENCE_MARKED:
        settle_marked(core, hand, taken, row);
        break;
    case FENCE_REREAD:
        clean_renew(hand->partition, hand->key, hand->key_bytes);
        drop(core, taken, STATS_DROP_REREAD);
        break;
    case FENCE_DELETED:
        drop(core, taken, STATS_DROP_DELETED);
        break;
    case FENCE_STALE:
        drop(core, taken, STATS_DROP_STALE);
        break;
    }
}

void judge_task(struct core *core, struct hand *hand, struct taken *taken)
{
    struct row row = {0};
    struct fence_record fence = taken_get_fence(taken);
    bool has_row = partition_load_row(hand->partition, hand->key, hand->key_bytes, &row) == RC_OK;
    enum fence_verdict verdict = task_judge_fence(has_row ? &row : NULL, &fence, hand->partition->epoch);

    act_on_verdict(core, hand, taken, verdict, &row);
    row_close(&row);
}

static void reroute(struct core *core, struct hand *hand, struct taken *taken)
{
    struct plan plan = {
        .carry = CARRY_HOME,
        .bytes = taken->value,
        .bytes_count = taken->value_bytes,
        .header = taken->header,
        .end = PLAN_COMPLETE,
    };

    if (!hand->partition->has_told_reroute) {
        hand->partition->has_told_reroute = true; /* once; the metric counts the others */
        log_warn("record_not_at_home", LOG_INT("partition", taken->own.partition), LOG_INT("home", taken->home),
                 LOG_INT("offset", taken->own.offset));
    }
    if (!taken->is_command) {
        plan.header.has_id = true;
        plan.header.id = taken->id;
        plan.header.of = taken->own;
        plan.header.has_publish_id = true;
        memcpy(plan.header.publish_id, taken->publish_id, HEADER_PUB_BYTES);
    }
    plan.header.epoch = hand->partition->epoch;
    hand_start_plan(core, hand, taken, &plan);
}

static void refuse(struct core *core, struct hand *hand, struct taken *taken)
{
    struct plan plan = {
        .carry = CARRY_DEAD,
        .bytes = taken->value,
        .bytes_count = taken->value_bytes,
        .header = {.epoch = hand->partition->epoch},
        .dead_label = STATS_DEAD_INVALID,
        .event_count = 1,
    };

    log_warn("record_refused", LOG_INT("partition", taken->own.partition), LOG_INT("offset", taken->own.offset),
             LOG_TEXT("topic", taken->is_command ? "control"
                               : taken->is_tier  ? "delay"
                                                 : "tasks"),
             LOG_TEXT("why", taken->refusal));
    snprintf(plan.reason, sizeof plan.reason, "%s", taken->refusal);
    plan.events[0] = judge_make_event(core, hand, taken, EVENT_REFUSED);
    plan.events[0].detail = taken->refusal;
    if (taken->is_command) {
        stats_add(&core->stats->commands_total[STATS_PAIR(STATS_COMMAND_UNKNOWN, RESULT, STATS_RESULT_INVALID)], 1);
    }
    hand_start_plan(core, hand, taken, &plan);
}

void judge_keyless(struct core *core, struct hand *hand, struct taken *taken)
{
    if (taken->refusal[0] != '\0') {
        refuse(core, hand, taken);
    } else {
        reroute(core, hand, taken);
    }
}
