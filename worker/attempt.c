#include "attempt.h"
#include "invariant.h"
#include "judge.h"
#include "log.h"
#include "outcome.h"
#include "partition.h"
#include "schedule.h"
#include "url.h"
#include <stdio.h>
#include <string.h>

bool attempt_start(struct core *core, struct hand *hand)
{
    struct taken *taken = hand->held;
    const struct task *task = &taken->task;
    char idempotency_key[TASK_IDEMPOTENCY_KEY_MAX_BYTES + 1];
    struct courier_request request = {
        .token = token_make(TOKEN_ATTEMPT, hand->generation, hand->slot),
        .url = task->url,
        .method = task->method,
        .headers = task->headers,
        .header_count = task->header_count,
        .body = task->body,
        .body_bytes = task->body_bytes,
        .has_body = task->has_body,
        .idempotency_key = idempotency_key,
        .attempt = taken->row.attempts + 1,
        .timeout_ms = task->timeout_ms,
    };

    INVARIANT(taken->due_time_ms <= core->now.time_ms);
    taken_print_idempotency_key(taken, idempotency_key);
    if (courier_send(core->courier, &request, &core->now) == RC_FULL) {
        return false;
    }
    hand->held = NULL;
    hand->current = taken;
    hand->start_time_ms = core->now.time_ms;
    hand_set_stage(hand, HAND_CALL);
    stats_observe(&core->stats->lateness_seconds, (core->now.time_ms - taken->due_time_ms) * 1000);
    return true;
}

static size_t get_class_label(const struct courier_result *result, const struct outcome *outcome)
{
    if (result->class != COURIER_ANSWERED) {
        /* The label's values stand in the order of the classes, after success and status. */
        return (size_t)STATS_CLASS_STATUS + (size_t)result->class;
    }
    return outcome->kind == OUTCOME_SUCCESS ? STATS_CLASS_SUCCESS : STATS_CLASS_STATUS;
}

static struct row make_row(const struct core *core, const struct hand *hand, const struct courier_result *result,
                           const struct outcome *outcome)
{
    struct taken *taken = hand->current;
    struct row row = taken->row;

    if (row.attempts == 0) {
        row.request_time_ms = hand->start_time_ms;
    }
    row.attempts++;
    row.has_replaced = false;
    row.last_retry_time_ms = hand->start_time_ms;
    row.next_retry_time_ms = 0;
    row.src = taken->identity;
    row.at = (struct coords){0};
    row.epoch = hand->partition->epoch;
    row.last_status = result->status;
    row.success_time_ms = outcome->kind == OUTCOME_SUCCESS ? core->now.time_ms : 0;
    taken->last_error[0] = '\0';
    if (outcome->kind != OUTCOME_SUCCESS && result->class == COURIER_ANSWERED) {
        snprintf(taken->last_error, sizeof taken->last_error, "status %d", (int)result->status);
    } else if (outcome->kind != OUTCOME_SUCCESS) {
        snprintf(taken->last_error, sizeof taken->last_error, "%s: %.200s", outcome->error_class, result->text);
    }
    row.last_error = taken->last_error;
    return row;
}

static struct event make_event(const struct core *core, const struct hand *hand, struct courier_result *result,
                               const struct outcome *outcome)
{
    struct event event = judge_make_event(core, hand, hand->current, EVENT_ATTEMPT);

    event.attempt = hand->plan.row.attempts;
    event.due_time_ms = hand->current->due_time_ms;
    event.start_time_ms = hand->start_time_ms;
    event.duration_ms = result->duration_ms;
    event.http_status = result->status;
    event.error_class = outcome->error_class;
    event.error_text = hand->current->last_error;
    event.status = hand->plan.row.status;
    event.next_time_ms = hand->plan.row.next_retry_time_ms;
    return event;
}

static void plan_settled(struct plan *plan, enum row_status status)
{
    plan->row.status = status;
    plan->end = PLAN_COMPLETE;
}

static void plan_failure(struct hand *hand, struct plan *plan, enum stats_label_DEAD label, const char *why)
{
    const struct taken *taken = hand->current;

    plan_settled(plan, ROW_FAILURE);
    plan->carry = CARRY_DEAD;
    plan->dead_label = label;
    plan->bytes = taken->value;
    plan->bytes_count = taken->value_bytes;
    plan->header = taken_make_header(taken, plan->row.attempts, 0, hand->partition->epoch);
    snprintf(plan->reason, sizeof plan->reason, "%s: %.230s", why, taken->last_error);
}

static void plan_wait(const struct core *core, struct hand *hand, struct plan *plan, int64_t wait_ms)
{
    const struct taken *taken = hand->current;

    plan->row.status = ROW_SENDING;
    plan->row.next_retry_time_ms = core->now.time_ms + wait_ms;
    if (wait_ms <= core->params->hold_ms && core_has_memory(core)) {
        plan->row.at = taken->identity;
        plan->end = PLAN_HOLD;
        return;
    }
    plan->carry = CARRY_DELAY;
    plan->tier_ms = tier_choose(&core->tiers, wait_ms);
    plan->due_time_ms = plan->row.next_retry_time_ms;
    plan->bytes = taken->value;
    plan->bytes_count = taken->value_bytes;
    plan->header = taken_make_header(taken, plan->row.attempts, plan->due_time_ms, hand->partition->epoch);
    plan->end = PLAN_COMPLETE;
}

static void plan_outcome(const struct core *core, struct hand *hand, struct plan *plan, const struct outcome *outcome)
{
    struct schedule schedule = schedule_from_task(&hand->current->task);
    int64_t wait_ms = 0;

    if (outcome->kind == OUTCOME_SUCCESS) {
        plan_settled(plan, ROW_SUCCESS);
    } else if (outcome->kind == OUTCOME_FAILURE) {
        bool is_denied = strcmp(outcome->error_class, "denied") == 0;

        plan_failure(hand, plan, is_denied ? STATS_DEAD_DENIED : STATS_DEAD_FINAL, is_denied ? "refused" : "final");
    } else if (!schedule_get_wait(&schedule, plan->row.attempts, &wait_ms)) {
        plan_failure(hand, plan, STATS_DEAD_EXHAUSTED, "schedule used up");
    } else {
        plan_wait(core, hand, plan, wait_ms > outcome->wait_min_ms ? wait_ms : outcome->wait_min_ms);
    }
}

static void note_settled(const struct core *core, const struct hand *hand)
{
    const struct row *row = &hand->plan.row;
    struct url url = {0};

    if (!row_is_settled(row)) {
        return;
    }
    stats_add(
        &core->stats->tasks_settled_total[row->status == ROW_SUCCESS ? STATS_STATUS_SUCCESS : STATS_STATUS_FAILURE], 1);
    if (row->status == ROW_FAILURE) {
        url_parse(row->url, &url, NULL, 0);
        log_info("task_failed", LOG_UINT("id", row->id), LOG_BYTES("key", hand->key, hand->key_bytes),
                 LOG_TEXT("host", url.host), LOG_INT("attempt", row->attempts), LOG_TEXT("why", hand->plan.reason));
    }
}

void attempt_end(struct core *core, struct hand *hand, const struct courier_result *result)
{
    struct outcome outcome = outcome_judge(result, core->params->retry_after_max_ms);
    struct courier_result copy = *result;

    if (hand->stage != HAND_CALL) {
        return;
    }
    /* The wait counts from here: by the turn's now, which may be old, the next attempt would be early. */
    core->now = clock_read(&core->clock);
    stats_add(&core->stats->attempts_total[get_class_label(result, &outcome)], 1);
    stats_observe(&core->stats->attempt_duration_seconds, result->duration_ms * 1000);
    hand->plan = (struct plan){.writes_row = true, .event_count = 1};
    hand->plan.row = make_row(core, hand, result, &outcome);
    plan_outcome(core, hand, &hand->plan, &outcome);
    hand->plan.events[0] = make_event(core, hand, &copy, &outcome);
    snprintf(hand->current->remote_address, sizeof hand->current->remote_address, "%s", result->remote_address);
    hand->plan.events[0].remote_address = hand->current->remote_address;
    note_settled(core, hand);
    log_debug("attempt_end", LOG_UINT("id", hand->plan.row.id), LOG_INT("attempt", hand->plan.row.attempts),
              LOG_INT("status", result->status), LOG_TEXT("class", outcome.error_class),
              LOG_INT("dur_ms", result->duration_ms));
    hand_set_stage(hand, hand->plan.carry == CARRY_NONE ? HAND_SEND_ROW : HAND_SEND_CARRY);
    hand_wake(core, hand);
}

void attempt_abort(struct core *core, struct hand *hand)
{
    struct courier_result result = {
        .token = token_make(TOKEN_ATTEMPT, hand->generation, hand->slot),
        .class = COURIER_RESET,
        .retry_after_ms = -1,
        .duration_ms = core->now.time_ms - hand->start_time_ms,
        .phase = "",
    };

    snprintf(result.text, sizeof result.text, "aborted by a forced command");
    if (courier_cancel(core->courier, result.token)) {
        attempt_end(core, hand, &result);
    }
}
