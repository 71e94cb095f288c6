#include "audit_ledger.h"

#include <stdlib.h>
#include <string.h>

/* Out of memory a record is left out of the table, which add() notices; uthash would end the process. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct entry {
    uint64_t id;
    char *key;
    size_t key_bytes;
    int64_t time_ms;
    uint8_t publish_id[HEADER_PUB_BYTES];
    bool is_outside;
    bool is_passed;
    bool is_repeat; /* of a publish that was entered before */
    bool is_duplicate;
    bool is_refused;
    bool is_rejected;
    bool has_letter;
    enum row_status row_status; /* 0: no row was met */
    enum row_status end_status; /* what events tell that it ended as; 0: they tell of no end */
    int64_t next_time_ms;
    int64_t late_ms;
    int64_t early_ms;
    uint32_t last_attempt; /* the highest that events tell of, and its start */
    int64_t last_start_time_ms;
    uint32_t repeated_count;
    UT_hash_handle hh;         /* by id */
    UT_hash_handle hh_publish; /* by publish id, the first of each */
};

struct audit_ledger {
    struct entry *by_id;
    struct entry *by_publish;
};

static const char *const state_names[AUDIT_STATE_COUNT] = {
    [AUDIT_SUCCESS] = "success", [AUDIT_FAILURE] = "failure",     [AUDIT_STOPPED] = "stopped",
    [AUDIT_PENDING] = "pending", [AUDIT_DUPLICATE] = "duplicate", [AUDIT_REFUSED] = "refused",
    [AUDIT_LOST] = "lost",
};

const char *audit_state_get_name(enum audit_state state)
{
    return state_names[state];
}

struct audit_ledger *audit_ledger_new(void)
{
    return calloc(1, sizeof(struct audit_ledger));
}

static void free_entry(struct entry *entry)
{
    free(entry->key);
    free(entry);
}

void audit_ledger_free(struct audit_ledger *ledger)
{
    struct entry *entry = NULL;
    struct entry *next = NULL;

    if (ledger == NULL) {
        return;
    }
    HASH_CLEAR(hh_publish, ledger->by_publish);
    HASH_ITER(hh, ledger->by_id, entry, next)
    {
        HASH_DELETE(hh, ledger->by_id, entry);
        free_entry(entry);
    }
    free(ledger);
}

static struct entry *find(const struct audit_ledger *ledger, uint64_t id)
{
    struct entry *entry = NULL;

    HASH_FIND(hh, ledger->by_id, &id, sizeof id, entry);
    return entry;
}

static struct entry *make_entry(const struct audit_record *record)
{
    struct entry *entry = calloc(1, sizeof *entry);

    if (entry == NULL) {
        return NULL;
    }
    entry->id = record->id;
    entry->time_ms = record->time_ms;
    entry->is_passed = record->is_passed;
    entry->is_outside = record->is_outside;
    memcpy(entry->publish_id, record->publish_id, sizeof entry->publish_id);
    if (record->key != NULL) {
        entry->key = malloc(record->key_bytes + 1);
        if (entry->key == NULL) {
            free(entry);
            return NULL;
        }
        memcpy(entry->key, record->key, record->key_bytes);
        entry->key[record->key_bytes] = '\0';
        entry->key_bytes = record->key_bytes;
    }
    return entry;
}

/* The first of a publish id is known by it; whatever comes later with the same one repeats it. */
static enum rc index_publish(struct audit_ledger *ledger, struct entry *entry)
{
    struct entry *first = NULL;

    HASH_FIND(hh_publish, ledger->by_publish, entry->publish_id, sizeof entry->publish_id, first);
    entry->is_repeat = first != NULL;
    if (first == NULL) {
        HASH_ADD(hh_publish, ledger->by_publish, publish_id, sizeof entry->publish_id, entry);
        return entry->hh_publish.tbl != NULL ? RC_OK : RC_NO_MEMORY;
    }
    return RC_OK;
}

enum rc audit_ledger_add_record(struct audit_ledger *ledger, const struct audit_record *record)
{
    struct entry *entry = make_entry(record);

    if (entry == NULL) {
        return RC_NO_MEMORY;
    }
    HASH_ADD(hh, ledger->by_id, id, sizeof entry->id, entry);
    if (entry->hh.tbl == NULL) {
        free_entry(entry);
        return RC_NO_MEMORY;
    }
    return record->has_publish_id ? index_publish(ledger, entry) : RC_OK;
}

void audit_ledger_note_copy(struct audit_ledger *ledger, uint64_t id, bool is_passed)
{
    struct entry *entry = find(ledger, id);

    if (entry != NULL) {
        entry->is_passed = entry->is_passed && is_passed;
    }
}

void audit_ledger_note_row(struct audit_ledger *ledger, const struct row *row)
{
    struct entry *entry = row_is_marker(row) ? NULL : find(ledger, row->id);
    struct entry *replaced = row->has_replaced ? find(ledger, row->replaced_id) : NULL;

    if (entry != NULL) {
        entry->row_status = row->status;
        entry->next_time_ms = row->next_retry_time_ms;
    }
    if (replaced != NULL) {
        replaced->row_status = ROW_STOPPED;
    }
}

static int64_t get_more(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* An event that was written again tells the same start, or none. */
static void note_attempt(struct entry *entry, const struct event *event)
{
    if (event->start_time_ms == 0) {
        return;
    }
    if (event->due_time_ms != 0) {
        entry->late_ms = get_more(entry->late_ms, event->start_time_ms - event->due_time_ms);
        entry->early_ms = get_more(entry->early_ms, event->due_time_ms - event->start_time_ms);
    }
    if (event->attempt == entry->last_attempt && event->start_time_ms != entry->last_start_time_ms) {
        entry->repeated_count++;
    }
    if (event->attempt >= entry->last_attempt) {
        entry->last_attempt = event->attempt;
        entry->last_start_time_ms = event->start_time_ms;
    }
}

/* The record an event is about; that of a refusal is known by its coordinates only. */
static uint64_t get_subject(const struct event *event)
{
    return event->kind == EVENT_REFUSED && event->id == 0 ? coords_make_id(event->src.partition, event->src.offset)
                                                          : event->id;
}

static void note_duplicate(struct entry *entry, const struct event *event)
{
    entry->is_rejected = strcmp(event->detail, "rejected") == 0;
    entry->is_duplicate = entry->is_rejected || strcmp(event->detail, "ignored") == 0;
}

/* With an id the task is known: what carries it on was too large, and it failed. */
static void note_refusal(struct entry *entry, const struct event *event)
{
    if (event->id != 0) {
        entry->end_status = event->status;
    }
    entry->is_refused = event->id == 0;
}

/* A record of another topic that was refused is no task. */
static bool is_about_task(const struct event *event)
{
    return event->kind != EVENT_REFUSED || event->id != 0 || event->src.topic == COORDS_TASKS;
}

void audit_ledger_note_event(struct audit_ledger *ledger, const struct event *event)
{
    struct entry *entry = find(ledger, get_subject(event));

    if (entry == NULL || !is_about_task(event)) {
        return;
    }
    switch (event->kind) {
    case EVENT_ATTEMPT:
        note_attempt(entry, event);
        if (event->status != ROW_SENDING) {
            entry->end_status = event->status;
        }
        break;
    case EVENT_STOPPED:
    case EVENT_REPLACED:
        entry->end_status = ROW_STOPPED;
        break;
    case EVENT_CLEANED:
        entry->end_status = event->status;
        break;
    case EVENT_DUPLICATE:
        note_duplicate(entry, event);
        break;
    case EVENT_REFUSED:
        note_refusal(entry, event);
        break;
    case EVENT_ACCEPTED:
    case EVENT_COMMAND:
        break;
    }
}

void audit_ledger_note_letter(struct audit_ledger *ledger, uint64_t id)
{
    struct entry *entry = find(ledger, id);

    if (entry != NULL) {
        entry->has_letter = true;
    }
}

static enum audit_state get_settled(enum row_status status)
{
    return status == ROW_SUCCESS ? AUDIT_SUCCESS : status == ROW_FAILURE ? AUDIT_FAILURE : AUDIT_STOPPED;
}

static enum audit_state judge_entry(const struct entry *entry)
{
    enum row_status status = entry->row_status != 0 ? entry->row_status : entry->end_status;

    if (entry->is_refused) {
        return AUDIT_REFUSED;
    }
    if (status != 0) {
        return status == ROW_SENDING ? AUDIT_PENDING : get_settled(status);
    }
    if (entry->is_duplicate || entry->is_repeat) {
        return AUDIT_DUPLICATE;
    }
    return entry->is_passed ? AUDIT_LOST : AUDIT_PENDING;
}

static struct audit_verdict make_verdict(const struct entry *entry)
{
    struct audit_verdict verdict = {
        .id = entry->id,
        .key = entry->key,
        .key_bytes = entry->key_bytes,
        .time_ms = entry->time_ms,
        .state = judge_entry(entry),
        .late_ms = entry->late_ms,
        .early_ms = entry->early_ms,
        .repeated_count = entry->repeated_count,
    };

    verdict.next_time_ms = verdict.state == AUDIT_PENDING ? entry->next_time_ms : 0;
    verdict.is_letter_missing =
        !entry->has_letter && (verdict.state == AUDIT_FAILURE || verdict.state == AUDIT_REFUSED ||
                               (verdict.state == AUDIT_DUPLICATE && entry->is_rejected));
    return verdict;
}

void audit_ledger_judge(const struct audit_ledger *ledger, audit_verdict_cb cb, void *opaque)
{
    for (const struct entry *entry = ledger->by_id; entry != NULL; entry = entry->hh.next) {
        if (!entry->is_outside) {
            struct audit_verdict verdict = make_verdict(entry);
            cb(&verdict, opaque);
        }
    }
}
