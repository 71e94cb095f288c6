/* The oracle: what must be true, held against every record appended and every call made.
 *
 * It replays `state` by the rule of the design, not by the worker's code: a row counts if its epoch is not below the
 * last claim before it; the writer of the first claim of the highest epoch is the true owner.
 */
#include "alloc.h"
#include "courier.h"
#include "event_json.h"
#include "header.h"
#include "row_json.h"
#include "sim.h"
#include "sim_view.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define TASK_MAX 1024
#define ATTEMPT_MAX 16
#define CLAIM_AGE_MAX_MS 60000
#define RECORD_MEMORY_MAX_BYTES 2048 /* what a worker counts for one record here, at most */

struct attempt {
    uint32_t count; /* arrivals */
    bool is_ended;
    int64_t next_ms; /* the next attempt is not due before, by the clock of the worker that saw this one end */
    int incarnation; /* of the last arrival */
    int64_t epoch;   /* of its last claim then */
};

struct sim_task {
    const struct sim_spec *spec;
    uint8_t publish_id[HEADER_PUB_BYTES];
    char idempotency_key[2 * HEADER_PUB_BYTES + 1];
    uint64_t id;
    int32_t partition;
    enum row_status status; /* of the last row that counts; 0: none */
    bool is_known;          /* a record of it was appended before */
    bool is_settled;
    bool is_duplicate; /* an event says that it was ignored or rejected */
    bool has_copies;   /* its record was appended again: after a clean it is new, as of a key that is tangled */
    bool is_dropped;   /* said so by the owner */
    bool is_replaced;
    bool is_clean_told; /* an event says that its row is deleted */
    bool is_stop_answered;
    bool has_row;            /* one that counts has landed */
    unsigned event_statuses; /* a bit for each that an event told */
    uint64_t event_attempts; /* likewise, by number */
    bool is_told_otherwise;  /* a command found its row, or it was cleaned */
    uint64_t row_attempts;   /* those that a row that counts was written after */
    int64_t offset;          /* the highest at which it lies in `tasks` of its home */
    int settled_status;      /* by its publisher's own call, of one attempt; 0: it is to be called */
    bool is_aborted;         /* an attempt was cut off by a forced command */
    uint32_t attempt_count;
    struct attempt attempts[ATTEMPT_MAX + 1]; /* by number, from 1 */
};

static struct sim_task tasks[TASK_MAX];
static size_t task_count;
static struct sim_task **task_at[SIM_PARTITION_MAX]; /* by offset in `tasks` */
static size_t task_at_count[SIM_PARTITION_MAX];
static bool is_answered[SIM_PARTITION_MAX][1024]; /* commands, by offset */
/* Answered, and noted in a row: read again it must not act. A row that is gone notes nothing, so keys that were cleaned
 * are not held to it. */
static bool is_acted[SIM_PARTITION_MAX][1024];
static bool is_retried[64]; /* by key number */
static bool is_cleaned[64]; /* by key number: a tombstone of it counted */
static bool is_deleted[64]; /* by key number: a delete was commanded */
/* A copy of a task's record was appended when its row was cleaned, or may have been since (a stray record is carried
 * home twice if a worker dies): no row remembers the first, so it may be called anew. Known, and no fault of an owner;
 * nothing more is asked of such a key. */
static bool is_tangled[64];
static struct view views[SIM_PARTITION_MAX];
static int64_t read_epochs[SIM_INCARNATION_MAX][SIM_PARTITION_MAX]; /* of the highest claim that it has read */
static int64_t own_epochs[SIM_INCARNATION_MAX][SIM_PARTITION_MAX];  /* of the last of its own that it has read */
static int64_t slow_epochs[SIM_INCARNATION_MAX][SIM_PARTITION_MAX]; /* of the last of those that was too old then */

static const char *print_task(const struct sim_task *task)
{
    static char text[96];

    snprintf(text, sizeof text, "task %d of key %d (id %d-%lld)", task->spec->number, task->spec->key,
             (int)task->partition, (long long)coords_get_id_offset(task->id));
    return text;
}

static struct sim_task *find_task(const uint8_t *publish_id)
{
    for (size_t i = 0; i < task_count; i++) {
        if (memcmp(tasks[i].publish_id, publish_id, HEADER_PUB_BYTES) == 0) {
            return &tasks[i];
        }
    }
    return NULL;
}

/* As ARCHITECTURE.md says: from prefix, id, append time and key. */
static void derive_publish_id(const struct sim_record *record, uint64_t id, uint8_t *ret_publish_id)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digest_bytes = 0;
    char text[512];
    int text_bytes = snprintf(text, sizeof text, "autohttp\n%llu\n%lld\n%.*s", (unsigned long long)id,
                              (long long)record->append_time_ms, (int)record->key_bytes, record->key);

    EVP_Digest(text, (size_t)text_bytes, digest, &digest_bytes, EVP_sha256(), NULL);
    memcpy(ret_publish_id, digest, HEADER_PUB_BYTES);
}

static void note_copy(const struct sim_task *task)
{
    int key = task->spec->key;

    bool may_be_cleaned = task->is_settled && (sim.profile.has_auto_clean || sim.profile.command_count > 0);

    if (task->is_known && (is_cleaned[key] || may_be_cleaned)) {
        is_tangled[key] = true;
    }
}

static void note_task(struct sim_log *log, int64_t offset)
{
    const struct sim_record *record = &log->records[offset];
    const struct sim_spec *spec = sim_find_spec(record->value, record->value_bytes);
    struct header header = {0};
    uint64_t id = coords_make_id(log->partition, offset);
    struct sim_task *task = NULL;
    int32_t home;

    if (spec == NULL) {
        return; /* not a task */
    }
    if (record->header != NULL) {
        header_parse(record->header, record->header_bytes, &header, NULL, 0);
    }
    id = header.has_id ? header.id : id;
    if (!header.has_publish_id) {
        derive_publish_id(record, id, header.publish_id);
    }
    task = find_task(header.publish_id);
    if (task == NULL) {
        char key[32];

        task = &tasks[task_count++];
        if (task_count == TASK_MAX) {
            sim_fail("too many tasks");
        }
        home = coords_get_home(key, (size_t)snprintf(key, sizeof key, "t:%d", spec->key), sim.profile.partition_count);
        *task = (struct sim_task){.spec = spec, .id = id, .partition = home, .settled_status = header.status};
        memcpy(task->publish_id, header.publish_id, HEADER_PUB_BYTES);
        header_print_publish_id(task->publish_id, task->idempotency_key);
    }
    note_copy(task);
    task->has_copies = task->is_known;
    task->is_known = true;
    if (task_at_count[log->partition] <= (size_t)offset) {
        task_at[log->partition] = alloc_resize(task_at[log->partition], (size_t)offset + 1, sizeof(struct sim_task *));
        while (task_at_count[log->partition] <= (size_t)offset) {
            task_at[log->partition][task_at_count[log->partition]++] = NULL; /* what lies between is no task */
        }
    }
    task_at[log->partition][offset] = task;
    task->offset = log->partition == task->partition ? offset : task->offset;
}

static long get_key_number(const struct sim_record *record)
{
    return strtol((const char *)memchr(record->key, ':', record->key_bytes) + 1, NULL, 10);
}

static struct sim_task *get_task_at(int32_t partition, int64_t offset)
{
    return offset >= 0 && (size_t)offset < task_at_count[partition] ? task_at[partition][offset] : NULL;
}

static struct sim_task *get_task_by_id(uint64_t id)
{
    return get_task_at(coords_get_id_partition(id), coords_get_id_offset(id));
}

static bool is_owner(int incarnation, int32_t partition)
{
    return views[partition].owner == incarnation;
}

/* I1, I3: what a task may end as, by its schedule. */
static void check_outcome(const struct sim_task *task, const struct row *row)
{
    const struct sim_spec *spec = task->spec;
    bool is_exhausted = spec->failure_count > spec->wait_count;
    enum row_status expected = spec->is_gone || is_exhausted ? ROW_FAILURE : ROW_SUCCESS;
    uint32_t attempts = is_exhausted ? spec->wait_count + 1 : spec->failure_count + 1;

    if (task->settled_status != 0) {
        expected = (enum row_status)task->settled_status;
        attempts = 1;
    }
    if (spec->is_refused && row->status == ROW_FAILURE && row->attempts <= attempts) {
        return; /* where it had to be carried */
    }
    if ((row->status == ROW_STOPPED && sim.profile.command_count > 0) || task->is_aborted || is_tangled[spec->key]) {
        return;
    }
    if (row->status != expected || row->attempts != attempts) {
        sim_fail("I1: %s ends as %d after %u attempts, not as %d after %u", print_task(task), (int)row->status,
                 row->attempts, (int)expected, attempts);
    }
}

/* A row that counts: a task never goes back. */
static void note_row(struct sim_log *log, int64_t offset, const struct row *row)
{
    struct sim_task *task = find_task(row->publish_id);

    if (!is_owner(log->records[offset].writer, log->partition)) {
        sim_fail("P3: state-%d-%lld counts, but its writer %d is not the owner", (int)log->partition, (long long)offset,
                 log->records[offset].writer);
    }
    if (row_is_marker(row)) {
        return;
    }
    if (task == NULL) {
        sim_fail("I2: state-%d-%lld is of a task that nobody published", (int)log->partition, (long long)offset);
    }
    if (task->is_settled && row->status != task->status && !is_tangled[task->spec->key]) {
        sim_fail("P3: %s goes from %d to %d at state-%d-%lld", print_task(task), (int)task->status, (int)row->status,
                 (int)log->partition, (long long)offset);
    }
    if (row->attempts > task->attempt_count && task->settled_status == 0) {
        sim_fail("I3: %s has a row of %u attempts, but %u were made", print_task(task), row->attempts,
                 task->attempt_count);
    }
    if (row->status == ROW_STOPPED && !task->is_settled && row->src.topic == COORDS_CONTROL &&
        is_acted[row->src.partition][row->src.offset]) {
        sim_fail("I6: command control-%d-%lld, answered before, stops %s", (int)row->src.partition,
                 (long long)row->src.offset, print_task(task));
    }
    if (task->settled_status != 0 && !row_is_settled(row)) {
        sim_fail("I13: %s, which its publisher had settled, has an open row at state-%d-%lld", print_task(task),
                 (int)log->partition, (long long)offset);
    }
    task->has_row = true;
    task->row_attempts |= row->attempts > 0 && row->attempts < 64 ? UINT64_C(1) << row->attempts : 0;
    task->status = row->status;
    if (row_is_settled(row) && !task->is_settled) {
        check_outcome(task, row);
        task->is_settled = true;
    }
}

/* How old a settled row must be; INT64_MAX: it stays. */
static int64_t get_clean_age_ms(const struct row *row)
{
    int64_t age_ms = row_is_settled(row) ? sim.profile.clean_ages_ms[row->status - ROW_SUCCESS] : 0;

    return sim.profile.has_auto_clean && age_ms > 0 ? age_ms : INT64_MAX;
}

/* I11: a row goes when it is settled, and old enough unless a command said so. */
static void check_tombstone(const struct sim_log *log, int64_t offset)
{
    const struct sim_record *record = &log->records[offset];
    size_t json_bytes = 0;
    const char *json = view_get_row(&views[log->partition], record->key, record->key_bytes, &json_bytes);
    struct row row = {0};
    int64_t age_ms;

    if (json == NULL || row_decode(json, json_bytes, &row, NULL, 0) != RC_OK) {
        return; /* the tombstone of one that has gone, written again */
    }
    if (!row_is_settled(&row)) {
        sim_fail("I11: state-%d-%lld deletes the row of an unsettled task", (int)log->partition, (long long)offset);
    }
    if (!row_is_marker(&row) && !find_task(row.publish_id)->is_clean_told) {
        sim_fail("I14: state-%d-%lld deletes a row before an event says so", (int)log->partition, (long long)offset);
    }
    age_ms = record->append_time_ms + sim.clock_skews_ms[record->writer] - row.request_time_ms;
    if (!row_is_marker(&row) && !is_deleted[get_key_number(record)] && age_ms < get_clean_age_ms(&row)) {
        sim_fail("I11: state-%d-%lld deletes a row that is %lld ms old", (int)log->partition, (long long)offset,
                 (long long)age_ms);
    }
    row_close(&row);
}

/* Of a worker that was in the group no more when it came, above the claim of one that is. */
static bool is_late_claim(int32_t partition, const struct sim_record *record)
{
    return strncmp(record->key, ":claim:", 7) == 0 && sim_is_alive(record->writer) &&
           sim_group_get_generation(record->writer) < 0 && sim_group_get_generation(views[partition].owner) >= 0;
}

/* I14: what takes a settled task's row away comes after an event that tells how it ended. */
static void check_told(const struct sim_log *log, int64_t offset)
{
    const struct sim_record *record = &log->records[offset];
    size_t json_bytes = 0;
    const char *json = view_get_row(&views[log->partition], record->key, record->key_bytes, &json_bytes);
    struct row old = {0};
    struct row row = {0};
    const struct sim_task *task;
    bool is_same = false;

    if (json == NULL || row_decode(json, json_bytes, &old, NULL, 0) != RC_OK) {
        return;
    }
    task = find_task(old.publish_id);
    if (record->value != NULL && row_decode(record->value, record->value_bytes, &row, NULL, 0) == RC_OK) {
        is_same = memcmp(row.publish_id, old.publish_id, HEADER_PUB_BYTES) == 0;
    }
    if (row_is_settled(&old) && !row_is_marker(&old) && !is_same && (task->event_statuses & 1u << old.status) == 0) {
        sim_fail("I14: state-%d-%lld takes away the row of %s, and no event has told that it ended as %d",
                 (int)log->partition, (long long)offset, print_task(task), (int)old.status);
    }
    row_close(&row);
    row_close(&old);
}

static void note_state(struct sim_log *log, int64_t offset)
{
    struct row row = {0};
    const struct sim_record *record = &log->records[offset];

    sim.late_claim_count += is_late_claim(log->partition, record);
    if (view_counts(&views[log->partition], record)) {
        check_told(log, offset);
    }
    if (record->value == NULL && view_counts(&views[log->partition], record)) {
        check_tombstone(log, offset);
    }
    if (!view_apply(&views[log->partition], record)) {
        return;
    }
    if (record->value == NULL) {
        is_cleaned[get_key_number(record)] = true;
    } else {
        if (row_decode(record->value, record->value_bytes, &row, NULL, 0) != RC_OK) {
            sim_fail("state-%d-%lld is no row", (int)log->partition, (long long)offset);
        }
        note_row(log, offset, &row);
        row_close(&row);
    }
}

static void note_duplicate(const struct sim_record *record, const struct event *event)
{
    struct sim_task *task = get_task_at(event->src.partition, event->src.offset);

    if (task != NULL && strcmp(event->detail, "replaced") != 0) {
        task->is_duplicate = true;
        task->is_dropped = task->is_dropped || is_owner(record->writer, event->src.partition);
    }
}

static void note_command_answer(const struct sim_record *record, const struct event *event)
{
    struct sim_task *task = event->id == 0 && event->status == 0 ? NULL : get_task_by_id(event->id);

    is_answered[event->src.partition][event->src.offset] = true;
    if (strcmp(event->detail, "not_found") != 0 && strcmp(event->detail, "deleted") != 0) {
        is_acted[event->src.partition][event->src.offset] = true;
    }
    if (task != NULL &&
        ((event->status == ROW_STOPPED && strcmp(event->detail, "stopped") == 0) ||
         strcmp(event->detail, "already_settled") == 0) &&
        is_owner(record->writer, event->src.partition)) {
        task->is_stop_answered = true;
    }
}

/* Accepted, or refused in a tier: a task that ends because no topic takes its record. */
static bool tells_status(const struct event *event)
{
    return event->kind == EVENT_ATTEMPT || event->kind == EVENT_STOPPED || event->kind == EVENT_ACCEPTED ||
           event->kind == EVENT_REFUSED || event->kind == EVENT_CLEANED;
}

static void note_attempt_told(const struct event *event)
{
    struct sim_task *task = get_task_by_id(event->id);

    if (task != NULL && event->kind == EVENT_ATTEMPT && event->attempt < 64) {
        task->event_attempts |= UINT64_C(1) << event->attempt;
    } else if (task != NULL &&
               (event->kind == EVENT_COMMAND || event->kind == EVENT_STOPPED || event->kind == EVENT_CLEANED)) {
        task->is_told_otherwise = true;
    }
}

static void note_event(struct sim_log *log, int64_t offset)
{
    const struct sim_record *record = &log->records[offset];
    struct event event = {0};

    if (event_decode(record->value, record->value_bytes, &event, NULL, 0) != RC_OK) {
        sim_fail("events-%d-%lld is no event", (int)log->partition, (long long)offset);
    }
    if (get_task_by_id(event.id) != NULL && tells_status(&event)) {
        get_task_by_id(event.id)->event_statuses |= 1u << event.status;
    }
    note_attempt_told(&event);
    if (event.kind == EVENT_DUPLICATE) {
        note_duplicate(record, &event);
    } else if (event.kind == EVENT_REPLACED && get_task_by_id(event.id) != NULL) {
        get_task_by_id(event.id)->is_replaced = true;
    } else if (event.kind == EVENT_REFUSED && event.src.topic == COORDS_CONTROL) {
        is_answered[event.src.partition][event.src.offset] = true;
    } else if (event.kind == EVENT_CLEANED && get_task_by_id(event.id) != NULL) {
        get_task_by_id(event.id)->is_clean_told = true;
    } else if (event.kind == EVENT_COMMAND) {
        note_command_answer(record, &event);
    }
    event_close(&event);
}

static void note_command(const struct sim_record *record)
{
    if (record->value != NULL &&
        memmem(record->value, record->value_bytes, "\"delete\"", strlen("\"delete\"")) != NULL) {
        is_deleted[get_key_number(record)] = true;
    }
}

void sim_oracle_note_append(struct sim_log *log, int64_t offset)
{
    if (log->kind == TOPIC_TASKS) {
        note_task(log, offset);
    } else if (log->kind == TOPIC_CONTROL) {
        note_command(&log->records[offset]);
    } else if (log->kind == TOPIC_STATE) {
        note_state(log, offset);
    } else if (log->kind == TOPIC_EVENTS) {
        note_event(log, offset);
    }
}

void sim_oracle_check_trim(const struct sim_node *node, const struct sim_log *log, int64_t offset)
{
    if (offset > log->start_offset && offset > log->consumed_offset) {
        sim_fail("I12: slot %d of partition %d is trimmed to %lld, but committed to %lld", (int)log->kind,
                 (int)log->partition, (long long)offset, (long long)log->consumed_offset);
    }
    if (log->kind == TOPIC_TASKS && offset > log->start_offset &&
        sim_get_clock_ms(node) - log->records[offset - 1].append_time_ms < sim.profile.audit_window_ms) {
        sim_fail("I12: tasks-%d-%lld is trimmed within the audit window", (int)log->partition, (long long)offset - 1);
    }
}

void sim_oracle_note_retry(const char *key)
{
    is_retried[strtol(strchr(key, ':') + 1, NULL, 10)] = true;
}

/* By the worker's clock, since no other tells it when a task is due; of a first attempt the broker's, which stands in
 * the record, may tell it, too. */
static void check_due(const struct sim_node *node, const struct sim_task *task, uint32_t attempt)
{
    int64_t due_ms = attempt == 1 ? task->spec->not_before_ms : task->attempts[attempt - 1].next_ms;
    int64_t clock_ms = sim_get_clock_ms(node);

    if (attempt == 1 && sim_now_ms > clock_ms) {
        clock_ms = sim_now_ms;
    }
    if (attempt > 1 && !task->attempts[attempt - 1].is_ended) {
        sim_fail("I3: attempt %u of %s starts before the one before has ended", attempt, print_task(task));
    }
    if (clock_ms < due_ms && !is_retried[task->spec->key]) {
        sim_fail("I4: attempt %u of %s is %lld ms early", attempt, print_task(task), (long long)(due_ms - clock_ms));
    }
}

/* I5: a repeat needs another claim, and a fault. */
static void check_repeat(const struct sim_node *node, const struct sim_task *task, uint32_t attempt)
{
    const struct attempt *before = &task->attempts[attempt];
    const struct sim_profile *profile = &sim.profile;

    if (before->count == 0 || is_tangled[task->spec->key]) {
        return;
    }
    sim.repeat_count++;
    if (before->incarnation == node->incarnation &&
        before->epoch == view_get_epoch(&views[task->partition], node->incarnation)) {
        sim_fail("I5: attempt %u of %s is made twice under one claim", attempt, print_task(task));
    }
    if (!profile->has_crashes && !profile->has_freezes && !profile->has_failed_sends && !profile->has_late_acks &&
        !profile->has_dead_endpoints) {
        sim_fail("I5: attempt %u of %s is made twice without a fault", attempt, print_task(task));
    }
}

/* What the owner may do, by the row of the key: its own rows were read back before it goes on. */
static void check_row(const struct sim_node *node, const struct sim_task *task, uint32_t attempt)
{
    char key[32];
    size_t json_bytes = 0;
    const char *json = view_get_row(&views[task->partition], key,
                                    (size_t)snprintf(key, sizeof key, "t:%d", task->spec->key), &json_bytes);
    struct row row = {0};

    if (json == NULL) {
        if (attempt != 1 || task->has_row) {
            sim_fail("P3: attempt %u of %s, whose row is gone", attempt, print_task(task));
        }
        return;
    }
    row_decode(json, json_bytes, &row, NULL, 0);
    if (row_is_marker(&row)) {
        if (attempt != 1) {
            sim_fail("I3: attempt %u of %s at a marker", attempt, print_task(task));
        }
        if (sim_get_log(TOPIC_TASKS, 0, task->partition)->records[task->offset].append_time_ms < row.request_time_ms) {
            sim_fail("I6: attempt 1 of %s, published before the stop that found no task", print_task(task));
        }
    } else if (memcmp(row.publish_id, task->publish_id, HEADER_PUB_BYTES) != 0) {
        if (attempt != 1 || task->offset <= row.entered) {
            sim_fail("P3: attempt %u of %s, which entered at %lld, but the row is of one that entered at %lld", attempt,
                     print_task(task), (long long)task->offset, (long long)row.entered);
        }
    } else if (attempt != row.attempts + 1) {
        sim_fail("I3: attempt %u of %s, but its row has %u", attempt, print_task(task), row.attempts);
    } else if (sim_get_clock_ms(node) < row.next_retry_time_ms) {
        sim_fail("I4: attempt %u of %s is %lld ms before its row's", attempt, print_task(task),
                 (long long)(row.next_retry_time_ms - sim_get_clock_ms(node)));
    }
    row_close(&row);
}

/* The first copy counts. */
static void note_own_claim(const struct sim_record *record, int64_t epoch, int32_t partition)
{
    int64_t *own = &own_epochs[record->writer][partition];

    if (epoch != *own && sim_now_ms - record->sent_ms > CLAIM_AGE_MAX_MS) {
        slow_epochs[record->writer][partition] = epoch;
    }
    *own = epoch;
}

void sim_oracle_note_read(const struct sim_node *node, const struct sim_log *log, int64_t offset)
{
    const struct sim_record *record = &log->records[offset];
    int64_t *epoch = &read_epochs[node->incarnation][log->partition];

    if (log->kind == TOPIC_STATE && strncmp(record->key, ":claim:", 7) == 0) {
        int64_t claimed = strtoll(record->key + 7, NULL, 10);

        *epoch = claimed > *epoch ? claimed : *epoch;
        if (record->writer == node->incarnation) {
            note_own_claim(record, claimed, log->partition);
        }
    }
}

/* Who has read a claim above its own begins nothing more. */
static void check_claims(const struct sim_node *node, const struct sim_task *task, uint32_t attempt)
{
    int64_t own = view_get_epoch(&views[task->partition], node->incarnation);
    int64_t read = read_epochs[node->incarnation][task->partition];

    if (read > own) {
        sim_fail("P1: attempt %u of %s begun under claim %lld after claim %lld was read", attempt, print_task(task),
                 (long long)own, (long long)read);
    }
    if (own == slow_epochs[node->incarnation][task->partition]) {
        sim_fail("P1: attempt %u of %s begun under claim %lld, which was too long on its way", attempt,
                 print_task(task), (long long)own);
    }
}

struct sim_task *sim_oracle_start(struct sim_node *node, const char *idempotency_key, uint32_t attempt, const char *url)
{
    struct sim_task *task = NULL;

    for (size_t i = 0; i < task_count; i++) {
        if (strcmp(tasks[i].idempotency_key, idempotency_key) == 0) {
            task = &tasks[i];
        }
    }
    if (task == NULL) {
        sim_fail("I2: a call to %s with an unknown Idempotency-Key", url);
    }
    sim.call_count++;
    sim_trace("node %d (%d) starts attempt %u of %s, %s", node->number, node->incarnation, attempt, print_task(task),
              idempotency_key);
    if (task->settled_status != 0) {
        sim_fail("I13: attempt %u of %s, which its publisher had settled", attempt, print_task(task));
    }
    if (attempt == 0 || attempt > task->attempt_count + 1 || attempt > task->spec->wait_count + 1) {
        sim_fail("I3: attempt %u of %s after %u, of %u", attempt, print_task(task), task->attempt_count,
                 task->spec->wait_count + 1);
    }
    check_due(node, task, attempt);
    check_claims(node, task, attempt);
    check_repeat(node, task, attempt);
    if (is_owner(node->incarnation, task->partition) && !is_tangled[task->spec->key] &&
        (task->is_settled || task->is_stop_answered || (task->is_dropped && !task->has_copies))) {
        sim_fail("I6: attempt %u of %s after it was %s", attempt, print_task(task),
                 task->is_settled         ? "settled"
                 : task->is_stop_answered ? "said to be stopped"
                                          : "said to be a duplicate");
    }
    if (is_owner(node->incarnation, task->partition) && !is_tangled[task->spec->key]) {
        check_row(node, task, attempt);
    }
    task->attempts[attempt].count++;
    task->attempts[attempt].incarnation = node->incarnation;
    task->attempts[attempt].epoch = view_get_epoch(&views[task->partition], node->incarnation);
    task->attempt_count = attempt > task->attempt_count ? attempt : task->attempt_count;
    return task;
}

void sim_oracle_abort(const struct sim_node *node, struct sim_task *task, uint32_t attempt)
{
    task->is_aborted = true;
    sim_oracle_end(node, task, attempt, -1);
}

void sim_oracle_end(const struct sim_node *node, struct sim_task *task, uint32_t attempt, int64_t wait_min_ms)
{
    struct attempt *mine = &task->attempts[attempt];
    int64_t wait_ms = attempt <= task->spec->wait_count ? task->spec->waits_ms[attempt - 1] : 0;

    wait_ms = wait_min_ms > wait_ms ? wait_min_ms : wait_ms;
    wait_ms += sim_get_clock_ms(node);
    if (!mine->is_ended || wait_ms < mine->next_ms) {
        mine->next_ms = wait_ms;
    }
    mine->is_ended = true;
    sim_trace("attempt %u of %s ends", attempt, print_task(task));
}

struct sim_answer sim_oracle_answer(const struct sim_task *task, uint32_t attempt)
{
    static const struct sim_answer failures[] = {
        {.status = 500, .retry_after_ms = -1},
        {.status = 503, .retry_after_ms = 2000},
        {.class = COURIER_CONNECT, .retry_after_ms = -1},
        {.class = COURIER_RESET, .retry_after_ms = -1},
        {.class = COURIER_TIMEOUT, .retry_after_ms = -1},
    };
    struct sim_answer answer = {.status = task->spec->is_gone ? 410 : 200, .retry_after_ms = -1};

    if (task->spec->is_dead) {
        return (struct sim_answer){
            .class = COURIER_TIMEOUT, .retry_after_ms = -1, .delay_ms = 3000 + (int64_t)sim_random(9000)};
    }
    if (attempt <= task->spec->failure_count) {
        answer = failures[(task->spec->number + attempt) % 5];
    }
    answer.delay_ms = 1 + (int64_t)sim_random(sim_chance(150) ? 2500 : 80);
    if (task->spec->host == sim.profile.slow_host && sim_has_faults()) {
        answer.delay_ms += 1000 + (int64_t)sim_random(2000); /* within revoke_timeout: it is not cut off */
    }
    return answer;
}

static bool is_task_done(const struct sim_task *task)
{
    return task->is_settled || task->is_duplicate || task->is_replaced;
}

static const char *find_open(void)
{
    static char text[128];

    for (size_t i = 0; i < task_count; i++) {
        if (!is_task_done(&tasks[i])) {
            return print_task(&tasks[i]);
        }
    }
    for (int32_t i = 0; i < sim.profile.partition_count; i++) {
        for (int64_t j = 0; j < sim_get_log(TOPIC_CONTROL, 0, i)->count; j++) {
            if (!is_answered[i][j]) {
                snprintf(text, sizeof text, "command control-%d-%lld", (int)i, (long long)j);
                return text;
            }
        }
        for (size_t slot = 0; slot < SIM_SLOT_COUNT; slot++) {
            const struct sim_log *log = &sim.logs[slot][i];

            if (log->count > 0 && slot != TOPIC_STATE && slot != TOPIC_EVENTS && slot != TOPIC_DEAD &&
                log->committed_offset != log->count) {
                snprintf(text, sizeof text, "slot %zu partition %d: committed %lld of %lld", slot, (int)i,
                         (long long)log->committed_offset, (long long)log->count);
                return text;
            }
        }
    }
    return NULL;
}

/* I14: a bound of memory holds but for the record that reached it. A command may have fetched the record of its task,
 * too: as many again. */
void sim_oracle_check_turn(const struct sim_node *node)
{
    int64_t factor = sim.profile.command_count > 0 ? 2 : 1;
    int64_t tasks_bytes = sim.profile.memory_tasks * RECORD_MEMORY_MAX_BYTES;
    int64_t bound_bytes = tasks_bytes < sim.profile.memory_bytes ? tasks_bytes : sim.profile.memory_bytes;
    int64_t used_bytes = node->stats->memory_used_bytes[0].value;

    sim.full_count += used_bytes >= bound_bytes / 2;
    if (used_bytes > factor * (bound_bytes + RECORD_MEMORY_MAX_BYTES)) {
        sim_fail("I14: node %d holds %lld bytes of tasks, bound %lld", node->number, (long long)used_bytes,
                 (long long)bound_bytes);
    }
}

static bool has_idle_memory(const struct sim_node *node)
{
    return node->stats != NULL && node->stats->in_hand_keys[0].value == 0 && node->stats->held_tasks[0].value == 0 &&
           node->stats->in_flight_attempts[0].value == 0 && node->stats->memory_used_bytes[0].value == 0;
}

bool sim_oracle_is_settled(void)
{
    if (find_open() != NULL) {
        return false;
    }
    for (int i = 0; i < sim.profile.node_count; i++) {
        if (sim.nodes[i].incarnation == 0 || !has_idle_memory(&sim.nodes[i])) {
            return false;
        }
    }
    return true;
}

/* I7: the store of the owner, and `state` read from zero after compaction, show the same rows. */
static void check_views(int32_t partition)
{
    struct view again = {0};
    struct sim_log *log = sim_get_log(TOPIC_STATE, 0, partition);

    for (int64_t i = 0; i < log->count; i++) {
        if (!log->records[i].is_compacted) {
            view_apply(&again, &log->records[i]);
        }
    }
    view_compare(&views[partition], &again, "state read from zero", partition);
    for (int i = 0; i < sim.profile.node_count; i++) {
        if (sim.nodes[i].incarnation == views[partition].owner) {
            struct view store = {0};

            sim_disk_each_row(&sim.nodes[i], partition, view_put, &store);
            view_compare(&views[partition], &store, "the owner's store", partition);
        }
    }
}

int64_t sim_oracle_get_cleaning_lag_ms(void)
{
    return 2 * sim.profile.clean_interval_ms + 5000 + 2 * sim.profile.clock_skew_max_ms;
}

static void check_cleaned(const char *key, size_t key_bytes, const char *json, size_t json_bytes, void *opaque)
{
    struct row row = {0};
    int64_t age_max_ms;

    (void)opaque;
    if (row_decode(json, json_bytes, &row, NULL, 0) != RC_OK) {
        sim_fail("a row that cannot be read");
    }
    /* It may have come of age after the last pass but one. */
    age_max_ms = get_clean_age_ms(&row);
    age_max_ms = age_max_ms == INT64_MAX ? age_max_ms : age_max_ms + sim_oracle_get_cleaning_lag_ms();
    if (row_is_marker(&row) || sim_now_ms - row.request_time_ms > age_max_ms) {
        sim_fail("I11: the row of %.*s has not gone: %.*s", (int)key_bytes, key, (int)json_bytes, json);
    }
    row_close(&row);
}

void sim_oracle_check_cleaned(void)
{
    for (int32_t i = 0; i < sim.profile.partition_count; i++) {
        view_each(&views[i], check_cleaned, NULL);
    }
}

/* Every attempt leaves an event, once its row has landed; unless a command or a clean found that row before its
 * writer's successor did: then their event tells what became of the task. */
static void check_attempts_told(const struct sim_task *task)
{
    uint64_t missing = task->row_attempts & ~task->event_attempts;

    /* A task that its publisher has stopped had an attempt of which no worker tells. */
    if (missing != 0 && task->settled_status == 0 && !task->is_told_otherwise && !is_tangled[task->spec->key]) {
        sim_fail("I7: no event tells of attempt %d of %s", __builtin_ctzll(missing), print_task(task));
    }
}

void sim_oracle_check_end(void)
{
    const char *open = find_open();

    if (open != NULL) {
        sim_fail("I9: not settled in time: %s", open);
    }
    for (int i = 0; i < sim.profile.node_count; i++) {
        if (!has_idle_memory(&sim.nodes[i])) {
            sim_fail("I10: node %d is idle but holds memory", i);
        }
    }
    sim_compact(true);
    for (size_t i = 0; i < task_count; i++) {
        check_attempts_told(&tasks[i]);
        if (tasks[i].is_settled && (tasks[i].event_statuses & 1u << tasks[i].status) == 0 &&
            !is_tangled[tasks[i].spec->key]) {
            sim_fail("I7: no event says that %s settled", print_task(&tasks[i]));
        }
    }
    sim_poison_check_end();
    for (int32_t i = 0; i < sim.profile.partition_count; i++) {
        check_views(i);
    }
}
