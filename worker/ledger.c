#include "ledger.h"
#include "alloc.h"
#include "invariant.h"
#include "log.h"
#include "partition.h"
#include <string.h>

#define STATE_HEADER_MAX_BYTES 64

static void add_header(struct emit_record *record, const char *name, const char *value, size_t value_bytes)
{
    INVARIANT(record->header_count < EMIT_HEADER_MAX);
    record->headers[record->header_count++] =
        (struct emit_header){.name = name, .value = value, .value_bytes = value_bytes};
}

/* A topic can seem unknown or forbidden while its broker restarts: what is not taken now is tried again, and said. */
static enum rc send_record(struct core *core, const struct emit_record *record)
{
    char text[256] = "";
    enum rc rc = emit_send(core->emit, record, text, sizeof text);

    if (rc == RC_CLOSED) {
        die("cannot write to Kafka any more: %s", text);
    }
    if (rc == RC_OK || rc == RC_FULL || rc == RC_TOO_LARGE) {
        return rc;
    }
    log_seldom(LOG_LEVEL_ERROR, rc_get_name(rc), "write_refused", LOG_INT("partition", record->partition),
               LOG_TEXT("why", text)); /* at every turn, until it is taken */
    return RC_FULL;
}

/* Where each kind of carried record goes. */
static struct emit_record make_carry(const struct hand *hand)
{
    const struct plan *plan = &hand->plan;
    struct emit_record record = {
        .urgency = plan->carry == CARRY_HOP ? EMIT_HOP : EMIT_CARRY,
        .kind = TOPIC_DELAY,
        .tier_ms = plan->tier_ms,
        .partition = hand->partition->number,
        .key = hand->key,
        .key_bytes = hand->key_bytes,
        .value = plan->bytes,
        .value_bytes = plan->bytes_count,
        .token = token_make(TOKEN_CARRY, hand->generation, hand->slot),
    };

    if (plan->carry == CARRY_DEAD) {
        record.kind = TOPIC_DEAD;
    } else if (plan->carry == CARRY_HOME || plan->carry == CARRY_AGAIN) {
        record.kind = hand->current->is_command && plan->carry == CARRY_HOME ? TOPIC_CONTROL : TOPIC_TASKS;
        record.partition = plan->carry == CARRY_HOME ? hand->current->home : hand->partition->number;
    }
    return record;
}

static void count_carry(struct core *core, const struct plan *plan)
{
    switch (plan->carry) {
    case CARRY_DELAY:
        stats_add(core->stats->delay_records_total, 1);
        break;
    case CARRY_HOP:
        stats_add(core->stats->hops_total, 1);
        break;
    case CARRY_HOME:
        stats_add(core->stats->rerouted_total, 1);
        break;
    case CARRY_DEAD:
        stats_add(&core->stats->dead_letters_total[plan->dead_label], 1);
        break;
    default:
        break;
    }
}

enum rc ledger_send_carry(struct core *core, struct hand *hand)
{
    const struct plan *plan = &hand->plan;
    struct emit_record record = make_carry(hand);
    char header[HEADER_TEXT_MAX_BYTES];
    char source[COORDS_TEXT_MAX_BYTES];
    enum rc rc;

    add_header(&record, HEADER_NAME, header, header_print(&plan->header, header));
    if (record.key == NULL && hand->current->key != NULL) {
        record.key = hand->current->key;
        record.key_bytes = hand->current->key_bytes;
    }
    if (plan->carry == CARRY_DEAD) {
        add_header(&record, "autohttp-reason", plan->reason, strlen(plan->reason));
        add_header(&record, "autohttp-source", source, coords_print(&hand->current->own, source));
    }
    rc = send_record(core, &record);
    if (rc == RC_OK) {
        count_carry(core, plan);
    }
    return rc;
}

static enum rc send_state(struct core *core, struct hand *hand, const char *json, size_t json_bytes)
{
    char header[HEADER_TEXT_MAX_BYTES];
    struct header fields = {.epoch = hand->partition->epoch};
    struct emit_record record = {
        .urgency = EMIT_ROW,
        .kind = TOPIC_STATE,
        .partition = hand->partition->number,
        .key = hand->key,
        .key_bytes = hand->key_bytes,
        .value = json,
        .value_bytes = json_bytes,
        .token = token_make(TOKEN_ROW, hand->generation, hand->slot),
    };
    enum rc rc;

    add_header(&record, HEADER_NAME, header, header_print(&fields, header));
    rc = send_record(core, &record);
    INVARIANT(rc != RC_TOO_LARGE);
    if (rc == RC_OK) {
        hand->rows_unacked++;
    }
    return rc;
}

static enum rc send_row(struct core *core, struct hand *hand)
{
    struct plan *plan = &hand->plan;
    enum rc rc;

    buffer_reset(&hand->sent_row);
    if (!plan->is_tombstone && (row_encode(&plan->row, &hand->sent_row) != RC_OK || !buffer_is_ok(&hand->sent_row))) {
        die("no memory for a row");
    }
    rc = send_state(core, hand, plan->is_tombstone ? NULL : hand->sent_row.data, hand->sent_row.len_bytes);
    if (rc == RC_OK) {
        hand->is_row_applied = false;
        plan->is_row_sent = true;
        stats_add(core->stats->rows_sent_total, 1);
    }
    return rc;
}

static enum rc send_event(struct core *core, struct hand *hand, const struct event *event)
{
    struct buffer json = {0};
    struct emit_record record = {
        .urgency = EMIT_ROW,
        .kind = TOPIC_EVENTS,
        .partition = hand->partition->number,
        .key = hand->key,
        .key_bytes = hand->key_bytes,
        .token = token_make(TOKEN_EVENT, hand->generation, hand->slot),
    };
    enum rc rc;

    if (event_encode(event, &json) != RC_OK || !buffer_is_ok(&json)) {
        die("no memory for an event");
    }
    record.value = json.data;
    record.value_bytes = json.len_bytes;
    rc = send_record(core, &record);
    INVARIANT(rc != RC_TOO_LARGE);
    buffer_close(&json);
    return rc;
}

/* An answer to a command means that its row has landed: sent with the row, it could outlive one that was lost. */
static bool must_row_land_first(const struct hand *hand)
{
    const struct plan *plan = &hand->plan;

    return plan->writes_row && plan->events[plan->events_sent].kind == EVENT_COMMAND && !hand->is_row_applied;
}

static enum rc send_events(struct core *core, struct hand *hand, size_t event_count)
{
    struct plan *plan = &hand->plan;
    enum rc rc = RC_OK;

    while (rc == RC_OK && plan->events_sent < event_count && !must_row_land_first(hand)) {
        rc = send_event(core, hand, &plan->events[plan->events_sent]);
        if (rc == RC_OK) {
            plan->events_sent++;
            hand->events_unacked++;
        }
    }
    return rc;
}

enum rc ledger_send_told_first(struct core *core, struct hand *hand)
{
    return send_events(core, hand, hand->plan.told_first_count);
}

enum rc ledger_send_row(struct core *core, struct hand *hand)
{
    struct plan *plan = &hand->plan;
    enum rc rc = RC_OK;

    if (plan->writes_row && !plan->is_row_sent) {
        rc = send_row(core, hand);
    }
    return rc == RC_OK ? send_events(core, hand, plan->event_count) : rc;
}

enum rc ledger_send_again(struct core *core, struct hand *hand, const char *json, size_t json_bytes)
{
    enum rc rc = send_state(core, hand, json, json_bytes);

    if (rc == RC_OK) {
        stats_add(core->stats->rows_reasserted_total, 1);
    }
    return rc;
}
