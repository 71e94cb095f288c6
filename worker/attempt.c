#include "attempt.h"
#include "invariant.h"
#include "judge.h"
#include "log.h"
#include "outcome.h"
#include "partition.h"
#include "plugin.h"
#include "schedule.h"
#include "turns.h"
#include "url.h"
#include <stdio.h>
#include <string.h>

/* What an attempt came to: its outcome, and the words for row, event and log. */
struct ending {
    struct outcome outcome;
    char text[COURIER_TEXT_MAX_BYTES]; /* "" on success */
};

static struct courier_request make_request(const struct hand *hand, const struct taken *taken, char *idempotency_key)
{
    const struct task *task = &taken->task;

    taken_print_idempotency_key(taken, idempotency_key);
    return (struct courier_request){
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
        .is_slow = taken->queue->lane.is_slow,
    };
}

static void begin_call(struct core *core, struct hand *hand)
{
    struct taken *taken = hand->held;

    hand->held = NULL;
    hand->current = taken;
    hand->start_time_ms = core->now.time_ms;
    hand_set_stage(hand, HAND_CALL);
    turns_note_start(core, taken);
    stats_observe(&core->stats->lateness_seconds, turns_get_overdue_ms(core, taken) * 1000);
}

static void finish(struct core *core, struct hand *hand, const struct courier_result *result,
                   const struct ending *ending);

/* The attempt has been made as far as it could be: nothing was sent. */
static void end_unsent(struct core *core, struct hand *hand, const char *why)
{
    struct courier_result result = {
        .token = token_make(TOKEN_ATTEMPT, hand->generation, hand->slot),
        .class = COURIER_INTERNAL,
        .retry_after_ms = -1,
        .phase = "",
    };
    struct ending ending = {.outcome = {.kind = OUTCOME_RETRY, .error_class = OUTCOME_CLASS_PLUGIN}};

    snprintf(ending.text, sizeof ending.text, OUTCOME_CLASS_PLUGIN ": %.200s", why);
    begin_call(core, hand);
    finish(core, hand, &result, &ending);
}

static enum rc send_built(struct core *core, struct taken *taken, struct courier_request *request,
                          autohttp_plugin_item_t *item)
{
    enum rc rc;

    request->url = item->sent.url;
    request->method = item->sent.method;
    request->headers = item->sent.headers;
    request->header_count = item->sent.header_count;
    request->body = item->sent.body;
    request->body_bytes = item->sent.body_bytes;
    request->has_body = item->sent.has_body;
    rc = courier_send(core->courier, request, &core->now);
    if (rc != RC_FULL) {
        taken->is_url_changed = item->is_url_changed;
        taken_set_sent_body(core, taken, plugin_item_take_body(item), item->sent.body_bytes);
    }
    return rc;
}

/* on_task_building first. The plugin is not asked while the courier is full: it would be for nothing. */
static bool start_built(struct core *core, struct hand *hand, struct courier_request *request)
{
    struct taken *taken = hand->held;
    autohttp_plugin_item_t item;
    char why[COURIER_TEXT_MAX_BYTES] = "";
    bool is_full = courier_count_in_flight(core->courier) >= (size_t)core->params->max_in_flight;

    if (is_full) {
        return false;
    }
    plugin_item_init(&item, &taken->row, &taken->task, request->attempt, request->idempotency_key);
    if (plugin_build(core->plugin, &item, why, sizeof why) != RC_OK) {
        end_unsent(core, hand, why);
    } else if (send_built(core, taken, request, &item) == RC_FULL) {
        is_full = true;
    } else {
        begin_call(core, hand);
    }
    plugin_item_close(&item);
    return !is_full;
}

bool attempt_start(struct core *core, struct hand *hand)
{
    char idempotency_key[TASK_IDEMPOTENCY_KEY_MAX_BYTES + 1];
    struct courier_request request = make_request(hand, hand->held, idempotency_key);

    INVARIANT(hand->held->due_time_ms <= core->now.time_ms);
    if (plugin_has_result_valid(core->plugin)) {
        request.keep_body_bytes = AUTOHTTP_PLUGIN_BODY_MAX_BYTES;
    }
    if (plugin_has_building(core->plugin)) {
        return start_built(core, hand, &request);
    }
    if (courier_send(core->courier, &request, &core->now) == RC_FULL) {
        return false;
    }
    begin_call(core, hand);
    return true;
}

static size_t get_class_label(const struct courier_result *result, const struct outcome *outcome)
{
    if (strcmp(outcome->error_class, OUTCOME_CLASS_PLUGIN) == 0) {
        return STATS_CLASS_PLUGIN;
    }
    if (strcmp(outcome->error_class, OUTCOME_CLASS_BODY_CHECK) == 0) {
        return STATS_CLASS_BODY_CHECK;
    }
    if (result->class != COURIER_ANSWERED) {
        /* The label's values stand in the order of the classes, after success and status. */
        return (size_t)STATS_CLASS_STATUS + (size_t)result->class;
    }
    return outcome->kind == OUTCOME_SUCCESS ? STATS_CLASS_SUCCESS : STATS_CLASS_STATUS;
}

static struct row make_row(const struct core *core, const struct hand *hand, const struct courier_result *result,
                           const struct ending *ending)
{
    const struct outcome *outcome = &ending->outcome;
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
    if (outcome->kind != OUTCOME_SUCCESS) {
        snprintf(taken->last_error, sizeof taken->last_error, "%.220s", ending->text);
    }
    row.last_error = taken->last_error;
    return row;
}

static struct event make_event(const struct core *core, const struct hand *hand, struct courier_result *result,
                               const struct outcome *outcome)
{
    struct event event = judge_make_event(core, hand, hand->current, EVENT_ATTEMPT);

    event.attempt = hand->plan.row.attempts;
    event.due_time_ms = taken_get_scheduled_ms(hand->current);
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
    struct schedule schedule = schedule_from_row(&plan->row);
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

/* The plugin's answer takes the place of the rules, except that Retry-After remains a minimum wait. */
static void judge_by_plugin(const struct core *core, const struct hand *hand, const struct courier_result *result,
                            struct ending *ending)
{
    const struct taken *taken = hand->current;
    const autohttp_plugin_response_t response = {
        .bytes = sizeof response,
        .status = result->status,
        .body = result->body,
        .body_bytes = result->body_bytes,
        .body_received_bytes = result->body_received_bytes,
        .is_body_whole = result->is_body_whole,
    };
    autohttp_plugin_item_t item;
    char idempotency_key[TASK_IDEMPOTENCY_KEY_MAX_BYTES + 1];
    char why[COURIER_TEXT_MAX_BYTES] = "";
    enum plugin_verdict verdict;

    taken_print_idempotency_key(taken, idempotency_key);
    plugin_item_init(&item, &taken->row, &taken->task, taken->row.attempts + 1, idempotency_key);
    verdict = plugin_judge(core->plugin, &item, &response, why, sizeof why);
    plugin_item_close(&item);
    ending->text[0] = '\0';
    if (verdict == PLUGIN_VALID) {
        ending->outcome = (struct outcome){.kind = OUTCOME_SUCCESS, .error_class = ""};
        return;
    }
    ending->outcome.kind = OUTCOME_RETRY;
    ending->outcome.error_class = verdict == PLUGIN_INVALID ? OUTCOME_CLASS_BODY_CHECK : OUTCOME_CLASS_PLUGIN;
    snprintf(ending->text, sizeof ending->text, "%s: status %d: %.200s", ending->outcome.error_class,
             (int)result->status, why);
}

static struct ending judge(const struct core *core, const struct hand *hand, const struct courier_result *result)
{
    struct ending ending = {.outcome = outcome_judge(result, core->params->retry_after_max_ms)};

    if (result->class == COURIER_ANSWERED) {
        snprintf(ending.text, sizeof ending.text, "status %d", (int)result->status);
        if (plugin_has_result_valid(core->plugin)) {
            judge_by_plugin(core, hand, result, &ending);
        }
        return ending;
    }
    snprintf(ending.text, sizeof ending.text, "%s: %.200s", ending.outcome.error_class, result->text);
    if (result->class == COURIER_DENIED && hand->current->is_url_changed) {
        ending.outcome.kind = OUTCOME_RETRY; /* the task's own URL may be allowed */
    }
    return ending;
}

static void finish(struct core *core, struct hand *hand, const struct courier_result *result,
                   const struct ending *ending)
{
    const struct outcome *outcome = &ending->outcome;
    struct courier_result copy = *result;

    /* The wait counts from here: by the turn's now, which may be old, the next attempt would be early. */
    core->now = clock_read(&core->clock);
    stats_add(&core->stats->attempts_total[get_class_label(result, outcome)], 1);
    stats_observe(&core->stats->attempt_duration_seconds, result->duration_ms * 1000);
    turns_note_end(core, hand->current, result);
    taken_set_sent_body(core, hand->current, NULL, 0);
    hand->plan = (struct plan){.writes_row = true, .event_count = 1};
    hand->plan.row = make_row(core, hand, result, ending);
    plan_outcome(core, hand, &hand->plan, outcome);
    hand->plan.events[0] = make_event(core, hand, &copy, outcome);
    snprintf(hand->current->remote_address, sizeof hand->current->remote_address, "%s", result->remote_address);
    hand->plan.events[0].remote_address = hand->current->remote_address;
    note_settled(core, hand);
    log_debug("attempt_end", LOG_UINT("id", hand->plan.row.id), LOG_INT("attempt", hand->plan.row.attempts),
              LOG_INT("status", result->status), LOG_TEXT("class", outcome->error_class),
              LOG_INT("dur_ms", result->duration_ms));
    hand_set_stage(hand, hand->plan.carry == CARRY_NONE ? HAND_SEND_ROW : HAND_SEND_CARRY);
    hand_wake(core, hand);
}

void attempt_end(struct core *core, struct hand *hand, const struct courier_result *result)
{
    struct ending ending;

    if (hand->stage != HAND_CALL) {
        return;
    }
    ending = judge(core, hand, result);
    finish(core, hand, result, &ending);
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
        turns_note_end(core, hand->current, NULL);
        attempt_end(core, hand, &result);
    }
}
