#include "partition.h"
#include "alloc.h"
#include "clean.h"
#include "invariant.h"
#include "ledger.h"
#include "log.h"
#include "state_text.h"
#include "tail.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLAIM_WAIT_MIN_MS 1000
#define CLAIM_WAIT_MAX_MS 60000
#define CLAIM_WAIT_FORGOTTEN_MS 600000
#define STATE_DELETE_RETENTION_MS (INT64_C(24) * 60 * 60 * 1000) /* delete.retention.ms of `state` */

/* Throws a database away that cannot be read, or that missed tombstones which compaction has dropped since. */
static struct store *rebuild_store(struct core *core, struct store_cache *cache, int32_t number, const char *why)
{
    struct store *store = NULL;
    char text[256] = "";

    log_warn("store_discarded", LOG_INT("partition", number), LOG_TEXT("why", why));
    stats_add(core->stats->restores_total, 1);
    if (store_destroy(core->params->state_dir, core->params->topic_prefix, number, text, sizeof text) != RC_OK ||
        store_open(cache, core->params->state_dir, core->params->topic_prefix, number, core->partition_count,
                   core->cluster_id, &store, text, sizeof text) != RC_OK) {
        die("partition %d: %s", (int)number, text);
    }
    return store;
}

static bool note_debt(const char *key, size_t key_bytes, void *opaque)
{
    struct partition *partition = opaque;

    (void)key;
    (void)key_bytes;
    partition->has_debts = true;
    partition->has_new_debts = true; /* those of earlier owners are this one's, once it owns */
    return false;
}

/* A database that was kept has applied `:offsets` before: it is not read again. */
static enum rc read_offsets(struct partition *partition, char *text, size_t text_bytes)
{
    struct buffer offsets = {0};
    enum rc rc = store_get_offsets(partition->store, &offsets, text, text_bytes);

    free(partition->offsets_text);
    partition->offsets_text = rc == RC_OK ? alloc_copy(offsets.data, offsets.len_bytes) : NULL;
    buffer_close(&offsets);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

bool partition_may_read_on(const struct partition *partition, const struct intake_range *state_range)
{
    int64_t next_offset = partition->applied_offset + 1;

    return next_offset >= state_range->start_offset && next_offset <= state_range->end_offset;
}

/* RC_CORRUPT: the view cannot be brought up to date. It missed tombstones that compaction has dropped since, or the log
 * was trimmed beyond it, or has lost what was read from it (its topic may be another, too). */
static enum rc check_view(const struct core *core, const struct partition *partition, int64_t written_time_ms,
                          const struct intake_range *state_range, char *text, size_t text_bytes)
{
    if (core->now.time_ms - written_time_ms > STATE_DELETE_RETENTION_MS) {
        return rc_fail(RC_CORRUPT, text, text_bytes, "it was last written longer ago than tombstones are kept");
    }
    if (!partition_may_read_on(partition, state_range)) {
        return rc_fail(RC_CORRUPT, text, text_bytes,
                       "it would be read on at offset %" PRId64 ", but the log of state holds %" PRId64 " to %" PRId64,
                       partition->applied_offset + 1, state_range->start_offset, state_range->end_offset);
    }
    return RC_OK;
}

/* What the view says of itself: the applied offset, the highest epoch, `:offsets`, whether keys are owed. RC_CORRUPT
 * also if it cannot be brought up to date. */
static enum rc read_view(struct core *core, struct partition *partition, const struct intake_range *state_range,
                         char *text, size_t text_bytes)
{
    int64_t time_ms = 0;
    enum rc rc = store_get_applied_offset(partition->store, &partition->applied_offset, &time_ms, text, text_bytes);

    if (rc == RC_NOT_FOUND) {
        partition->applied_offset = -1;
        rc = RC_OK;
    } else if (rc == RC_OK) {
        rc = check_view(core, partition, time_ms, state_range, text, text_bytes);
    }
    if (rc != RC_OK) {
        return rc;
    }
    partition->state_time_ms = time_ms; /* near enough: a view is written soon after its records are appended */
    rc = store_get_epoch(partition->store, &partition->highest_epoch, text, text_bytes);
    if (rc == RC_OK) {
        rc = read_offsets(partition, text, text_bytes);
    }
    if (rc != RC_OK) {
        return rc;
    }
    return store_each_debt(partition->store, note_debt, partition, text, text_bytes);
}

static void open_store(struct core *core, struct store_cache *cache, struct partition *partition,
                       const struct intake_range *state_range)
{
    char text[256] = "";

    if (store_open(cache, core->params->state_dir, core->params->topic_prefix, partition->number, core->partition_count,
                   core->cluster_id, &partition->store, text, sizeof text) != RC_OK) {
        partition->store = rebuild_store(core, cache, partition->number, text);
    } else if (read_view(core, partition, state_range, text, sizeof text) != RC_OK) {
        store_close(partition->store);
        partition->store = rebuild_store(core, cache, partition->number, text);
    }
    if (read_view(core, partition, state_range, text, sizeof text) != RC_OK) {
        die("partition %d: %s", (int)partition->number, text);
    }
}

struct partition *partition_open(struct core *core, struct store_cache *cache, int32_t number,
                                 const struct intake_range *state_range)
{
    struct partition *partition = alloc_zeroed(1, sizeof *partition);

    partition->number = number;
    partition->phase = PARTITION_RESTORE;
    open_store(core, cache, partition, state_range);
    return partition;
}

_Noreturn void partition_die_of_store(struct partition *partition, const char *why)
{
    store_condemn(partition->store);
    die("partition %d: its database is thrown away at the next start: %s", (int)partition->number, why);
}

static void find_stream(struct core *core, struct stream *stream, int32_t number)
{
    stream->handle = intake_get_stream(core->intake, stream->kind, stream->tier_ms, number);
    if (stream->handle == NULL) {
        die("partition %d: topic kind %d, tier %" PRId64 " ms is not assigned", (int)number, (int)stream->kind,
            stream->tier_ms);
    }
    stream->committed_offset = intake_stream_get_start_offset(stream->handle);
    stream->pending_offset = -1;
}

static void init_stream(struct core *core, struct stream *stream, enum topic_kind kind, int64_t tier_ms, int32_t number)
{
    stream->kind = kind;
    stream->tier_ms = tier_ms;
    find_stream(core, stream, number);
    stream->log_start_offset = -1;
    stream->lowest_offset = -1;
    tracker_init(&stream->tracker, stream->committed_offset);
}

void partition_start_streams(struct core *core, struct partition *partition)
{
    int32_t number = partition->number;

    partition->stream_count = 2 + core->tiers.count;
    partition->streams = alloc_zeroed(partition->stream_count, sizeof *partition->streams);
    init_stream(core, &partition->streams[0], TOPIC_TASKS, 0, number);
    init_stream(core, &partition->streams[1], TOPIC_CONTROL, 0, number);
    for (size_t i = 0; i < core->tiers.count; i++) {
        init_stream(core, &partition->streams[2 + i], TOPIC_DELAY, core->tiers.wait_ms[i], number);
    }
    init_stream(core, &partition->state, TOPIC_STATE, 0, number);
}

static void drop_memory(struct core *core, struct partition *partition)
{
    struct hand *hand;
    struct hand *next;

    HASH_ITER(hh, partition->hands, hand, next)
    {
        hand_drop(core, hand);
    }
    while (partition->keyless != NULL) {
        hand_drop(core, partition->keyless);
    }
    for (size_t i = 0; i < partition->stream_count; i++) {
        taken_free(core, partition->streams[i].head);
        partition->streams[i].head = NULL;
    }
    clean_close(core, partition);
    auto_clean_close(&partition->auto_clean);
}

void partition_close(struct core *core, struct partition *partition)
{
    drop_memory(core, partition);
    store_close(partition->store);
    free(partition->offsets_text);
    free(partition->streams);
    free(partition);
}

bool partition_is_live(const struct partition *partition)
{
    return partition->phase == PARTITION_RUN || partition->phase == PARTITION_DRAIN;
}

bool partition_leave(struct core *core, struct partition *partition)
{
    struct hand *hand;

    if (partition->phase == PARTITION_AWAY) {
        return true;
    }
    if (partition->must_step_down || (!partition_is_live(partition) && !partition->is_kept)) {
        return false;
    }
    for (hand = partition->hands; hand != NULL; hand = hand->hh.next) {
        hand_set_held_aside(core, hand);
    }
    partition->phase = PARTITION_AWAY;
    partition->is_kept = true;
    partition->away_mono_ms = core->now.mono_ms;
    partition->is_at_end = false;
    partition->is_claim_wanted = false;
    return true;
}

void partition_return(struct core *core, struct partition *partition)
{
    partition->phase = PARTITION_RESTORE;
    for (size_t i = 0; i < partition->stream_count; i++) {
        find_stream(core, &partition->streams[i], partition->number);
    }
    find_stream(core, &partition->state, partition->number);
}

/* The claim was renewed, and no other lies between: what is in memory goes on, and what was read is not read again. */
static void resume(struct core *core, struct partition *partition)
{
    struct hand *hand;

    partition->is_kept = false;
    for (size_t i = 0; i < partition->stream_count; i++) {
        struct stream *stream = &partition->streams[i];

        if (stream->tracker.is_started && stream->tracker.next > stream->committed_offset) {
            intake_seek(core->intake, stream->handle, stream->tracker.next);
        }
    }
    for (hand = partition->hands; hand != NULL; hand = hand->hh.next) {
        hand_wake(core, hand);
    }
    for (hand = partition->keyless; hand != NULL; hand = hand->next_keyless) {
        hand_wake(core, hand);
    }
}

void partition_send_claim(struct core *core, struct partition *partition)
{
    char key[STATE_TEXT_CLAIM_MAX_BYTES];
    char value[64];
    char header_text[HEADER_TEXT_MAX_BYTES];
    struct header header = {0};
    struct emit_record record = {.urgency = EMIT_ROW, .kind = TOPIC_STATE, .partition = partition->number, .key = key};
    int64_t kept_epoch = partition->epoch;
    char text[256] = "";

    clock_fill_random(&partition->nonce, sizeof partition->nonce);
    partition->epoch = partition->highest_epoch + 1;
    header.epoch = partition->epoch;
    record.key_bytes = state_text_print_claim(partition->epoch, partition->nonce, key);
    record.value = value;
    record.value_bytes = (size_t)snprintf(value, sizeof value, "{\"partition_count\":%d}", (int)core->partition_count);
    record.headers[0] = (struct emit_header){HEADER_NAME, header_text, header_print(&header, header_text)};
    record.header_count = 1;
    record.token = token_make(TOKEN_CLAIM, 0, (uint32_t)partition->number);
    if (emit_send(core->emit, &record, text, sizeof text) != RC_OK) {
        partition->epoch = kept_epoch; /* the queue is full: at the end of state still, it asks again */
        return;
    }
    partition->phase = PARTITION_CLAIM;
    partition->claim_mono_ms = core->now.mono_ms;
    stats_add(core->stats->claims_total, 1);
}

/* Records below what `:offsets` says were consumed, whatever the group says: it may have lost its offsets, and a member
 * that is late reads from those it was given when it still was one. */
static void set_floors(struct partition *partition)
{
    for (size_t i = 0; partition->offsets_text != NULL && i < partition->stream_count; i++) {
        struct stream *stream = &partition->streams[i];
        char name[STATE_TEXT_NAME_MAX_BYTES];
        enum rc rc =
            state_text_find_offset(partition->offsets_text, stream->kind, stream->tier_ms, &stream->floor_offset);

        state_text_print_name(stream->kind, stream->tier_ms, name);
        if (rc == RC_CORRUPT) {
            /* Read from where the group is, then: the fence drops what was done. */
            log_error("offsets_unreadable", LOG_INT("partition", partition->number), LOG_TEXT("stream", name));
        } else if (rc == RC_OK && stream->committed_offset < 0) {
            log_warn("group_offset_lost", LOG_INT("partition", partition->number), LOG_TEXT("stream", name),
                     LOG_INT("offset", stream->floor_offset));
        }
    }
}

void partition_begin_owning(struct core *core, struct partition *partition)
{
    log_info("partition_owned", LOG_INT("partition", partition->number), LOG_INT("epoch", partition->epoch),
             LOG_INT("applied", partition->applied_offset), LOG_BOOL("from_memory", partition->is_kept));
    set_floors(partition);
    if (partition->is_kept) {
        resume(core, partition);
    }
    partition_send_offsets(core, partition);
}

/* From the lowest open offset; what another has consumed meanwhile may be trimmed. */
static void read_again(struct core *core, struct stream *stream)
{
    int64_t lowest = tracker_get_lowest_open(&stream->tracker);

    if (lowest < stream->committed_offset) {
        lowest = stream->committed_offset;
    }
    tracker_init(&stream->tracker, lowest);
    stream->is_at_end = false;
    intake_seek(core->intake, stream->handle, lowest);
}

void partition_step_down(struct core *core, struct partition *partition)
{
    partition->must_step_down = false;
    partition->is_new_owner = false;
    partition->is_kept = false;
    drop_memory(core, partition);
    partition->phase = PARTITION_RESTORE;
    partition->epoch = 0;
    for (size_t i = 0; i < partition->stream_count; i++) {
        read_again(core, &partition->streams[i]);
    }
}

void partition_note_unknown_write(const struct core *core, struct partition *partition)
{
    if (partition->must_step_down) {
        return; /* of the same trouble */
    }
    partition->must_step_down = true;
    if (core->now.mono_ms - partition->claim_not_before_mono_ms > CLAIM_WAIT_FORGOTTEN_MS) {
        partition->claim_wait_ms = 0;
    }
    partition->claim_wait_ms = partition->claim_wait_ms == 0 ? CLAIM_WAIT_MIN_MS : 2 * partition->claim_wait_ms;
    if (partition->claim_wait_ms > CLAIM_WAIT_MAX_MS) {
        partition->claim_wait_ms = CLAIM_WAIT_MAX_MS;
    }
    partition->claim_not_before_mono_ms = core->now.mono_ms + partition->claim_wait_ms;
}

void partition_begin_drain(struct partition *partition)
{
    if (partition->phase == PARTITION_RUN) {
        partition->phase = PARTITION_DRAIN;
    }
}

bool partition_is_quiet(const struct partition *partition)
{
    const struct hand *hand;

    if (!partition_is_live(partition)) {
        return true;
    }
    for (hand = partition->hands; hand != NULL; hand = hand->hh.next) {
        if (hand_is_in_hand(hand)) {
            return false;
        }
    }
    return partition->keyless == NULL;
}

static size_t collect_stream(struct stream *stream, int64_t offset, bool is_all, struct intake_commit *commit)
{
    if (offset < 0 || offset < stream->committed_offset || (offset == stream->committed_offset && !is_all)) {
        return 0;
    }
    stream->pending_offset = offset;
    *commit = (struct intake_commit){.stream = stream->handle, .offset = offset};
    return 1;
}

size_t partition_collect_commits(struct partition *partition, bool is_all, struct intake_commit *commits)
{
    size_t count = 0;

    if (!partition_is_live(partition)) {
        return 0;
    }
    for (size_t i = 0; i < partition->stream_count; i++) {
        struct stream *stream = &partition->streams[i];

        count += collect_stream(stream, tracker_get_lowest_open(&stream->tracker), is_all, &commits[count]);
    }
    return count;
}

void partition_note_committed(struct partition *partition, bool is_accepted)
{
    for (size_t i = 0; i < partition->stream_count; i++) {
        struct stream *stream = &partition->streams[i];

        if (is_accepted && stream->pending_offset > stream->committed_offset) {
            stream->committed_offset = stream->pending_offset;
        }
        stream->pending_offset = -1;
    }
}

void partition_send_offsets(struct core *core, struct partition *partition)
{
    struct buffer value = {0};
    struct header header = {.epoch = partition->epoch};
    char header_text[HEADER_TEXT_MAX_BYTES];
    char text[256] = "";
    struct emit_record record = {.urgency = EMIT_ROW,
                                 .kind = TOPIC_STATE,
                                 .partition = partition->number,
                                 .key = TAIL_OFFSETS_KEY,
                                 .key_bytes = strlen(TAIL_OFFSETS_KEY)};

    for (size_t i = 0; i < partition->stream_count; i++) {
        const struct stream *stream = &partition->streams[i];
        int64_t offset =
            stream->committed_offset > stream->floor_offset ? stream->committed_offset : stream->floor_offset;

        if (offset > 0) {
            state_text_append_offset(&value, stream->kind, stream->tier_ms, offset);
        }
    }
    partition->offsets_mono_ms = core->now.mono_ms;
    record.value = value.data == NULL ? "" : value.data;
    record.value_bytes = value.len_bytes;
    record.headers[0] = (struct emit_header){HEADER_NAME, header_text, header_print(&header, header_text)};
    record.header_count = 1;
    record.token = token_make(TOKEN_OFFSETS, 0, (uint32_t)partition->number);
    if (emit_send(core->emit, &record, text, sizeof text) != RC_OK) {
        log_warn("offsets_not_sent", LOG_INT("partition", partition->number), LOG_TEXT("why", text));
    }
    buffer_close(&value);
}

void partition_reassert(struct core *core, struct partition *partition, const char *key, size_t key_bytes)
{
    struct hand *hand = hand_get(core, partition, key, key_bytes);
    struct buffer json = {0};
    char text[256] = "";
    enum rc rc = RC_OK;

    if (hand_has_row_sent(hand)) {
        /* The view alone would undo a newer row that is on its way. */
        rc = ledger_send_again(core, hand, hand->plan.is_tombstone ? NULL : hand->sent_row.data,
                               hand->sent_row.len_bytes);
    } else {
        rc = store_task_detail_by_business(partition->store, key, key_bytes, &json, text, sizeof text);
        if (rc != RC_OK && rc != RC_NOT_FOUND) {
            partition_die_of_store(partition, text); /* a tombstone would delete the row that cannot be read */
        }
        rc = ledger_send_again(core, hand, rc == RC_OK ? json.data : NULL, json.len_bytes);
    }
    if (rc != RC_OK) {
        partition->has_new_debts = true; /* the queue is full: with the next batch */
    }
    buffer_close(&json);
    hand_drop_if_idle(core, hand);
}

struct stream *partition_get_tasks(struct partition *partition)
{
    return &partition->streams[0];
}

struct stream *partition_get_control(struct partition *partition)
{
    return &partition->streams[1];
}

enum rc partition_load_row(struct partition *partition, const char *key, size_t key_bytes, struct row *ret_row)
{
    struct buffer json = {0};
    char text[256] = "";
    enum rc rc = store_task_detail_by_business(partition->store, key, key_bytes, &json, text, sizeof text);

    if (rc == RC_OK) {
        rc = row_decode(json.data, json.len_bytes, ret_row, text, sizeof text);
    }
    if (rc != RC_OK && rc != RC_NOT_FOUND) {
        partition_die_of_store(partition, text);
    }
    buffer_close(&json);
    return rc;
}
