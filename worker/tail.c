#include "tail.h"
#include "alloc.h"
#include "clock_check.h"
#include "invariant.h"
#include "log.h"
#include "state_text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_BATCH_MAX_COUNT 256 /* puts; committing more would take too much of a turn */

static bool has_prefix(const struct record *record, const char *prefix)
{
    size_t prefix_bytes = strlen(prefix);

    return record->key_bytes >= prefix_bytes && memcmp(record->key, prefix, prefix_bytes) == 0;
}

static void set_epoch(struct partition *partition, int64_t epoch)
{
    if (epoch > partition->highest_epoch) {
        partition->highest_epoch = epoch;
        store_set_epoch(partition->store, epoch);
    }
}

static void forget_claim(struct partition *partition)
{
    partition->phase = PARTITION_RESTORE;
    partition->epoch = 0;
    partition->must_step_down = partition->is_kept; /* another may have owned what is in memory */
}

/* An owner writes at least its offsets, every hour: what is longer was a time without one. Compaction may have begun to
 * drop what such a partition's next owner should have met, a zombie's rows and those that pay for them. */
static void tell_gap(const struct core *core, const struct partition *partition, int64_t append_time_ms)
{
    int64_t gap_ms = append_time_ms - partition->state_time_ms;
    int64_t lag_ms = topic_watch_get_compaction_lag(&core->topic_watch);

    if (partition->state_time_ms > 0 && gap_ms > lag_ms) {
        log_warn("partition_long_unowned", LOG_INT("partition", partition->number), LOG_INT("gap_ms", gap_ms),
                 LOG_INT("min_compaction_lag_ms", lag_ms));
    }
}

static void meet_own_claim(struct core *core, struct partition *partition, int64_t append_time_ms)
{
    struct now now = clock_read(&core->clock); /* not the turn's: the process may have been stopped since */
    int64_t age_ms = now.mono_ms - partition->claim_mono_ms;

    if (partition->phase != PARTITION_CLAIM) {
        return; /* a second copy of it */
    }
    if (age_ms > TAIL_CLAIM_AGE_MAX_MS) {
        log_warn("claim_slow", LOG_INT("partition", partition->number), LOG_INT("epoch", partition->epoch),
                 LOG_INT("age_ms", age_ms));
        forget_claim(partition);
        return;
    }
    clock_check_note_claim(core, now.time_ms - age_ms, append_time_ms, now.time_ms);
    tell_gap(core, partition, append_time_ms);
    partition->phase = PARTITION_RUN;
    partition->is_new_owner = true;
    partition->has_new_debts = partition->has_debts; /* what was sent again before stepping down may be lost */
}

/* Another's claim as high as the own or higher: whoever was first with the highest epoch owns. */
static void meet_higher_claim(struct partition *partition, int64_t epoch)
{
    if (partition->phase == PARTITION_CLAIM) {
        forget_claim(partition);
    } else {
        log_warn("claim_lost", LOG_INT("partition", partition->number), LOG_INT("epoch", partition->epoch),
                 LOG_INT("claimed", epoch));
        partition->must_step_down = true;
    }
}

/* Keys are at home by the partition count: under another one their rows and commands would be looked for elsewhere. */
static void check_partition_count(const struct core *core, const struct partition *partition,
                                  const struct record *record)
{
    int32_t partition_count = 0;

    if (record->value != NULL &&
        state_text_parse_claim_count(record->value, record->value_bytes, &partition_count) == RC_OK &&
        partition_count != core->partition_count) {
        die_of_config("the topics of %s have %d partitions, but partition %d was claimed when they had %d: the count "
                      "stands for the life of a prefix",
                      core->params->topic_prefix, (int)core->partition_count, (int)partition->number,
                      (int)partition_count);
    }
}

static void apply_claim(struct core *core, struct partition *partition, const struct record *record)
{
    int64_t epoch = 0;
    uint64_t nonce = 0;

    if (state_text_parse_claim(record->key, record->key_bytes, &epoch, &nonce) != RC_OK) {
        log_error("claim_unreadable", LOG_INT("partition", partition->number), LOG_INT("offset", record->offset));
        return;
    }
    check_partition_count(core, partition, record);
    set_epoch(partition, epoch);
    if (epoch == partition->epoch && nonce == partition->nonce) {
        meet_own_claim(core, partition, record->append_time_ms);
    } else if (partition->epoch != 0 && epoch >= partition->epoch) {
        meet_higher_claim(partition, epoch);
    }
}

static void apply_offsets(struct partition *partition, const struct record *record, int64_t epoch)
{
    if (record->value == NULL || epoch < partition->highest_epoch) {
        return;
    }
    free(partition->offsets_text);
    partition->offsets_text = alloc_copy(record->value, record->value_bytes);
    store_set_offsets(partition->store, record->value, record->value_bytes);
}

/* The id in a row that is not known from memory. */
static bool read_row_id(const struct partition *partition, const struct record *record, uint64_t *ret_id)
{
    struct row row = {0};
    char text[256];

    if (row_decode(record->value, record->value_bytes, &row, text, sizeof text) != RC_OK) {
        log_error("row_unreadable", LOG_INT("partition", partition->number), LOG_INT("offset", record->offset),
                  LOG_TEXT("why", text));
        return false;
    }
    *ret_id = row_is_marker(&row) ? STORE_NO_ID : row.id;
    row_close(&row);
    return true;
}

static bool is_own_row(const struct hand *hand, const struct record *record)
{
    return hand != NULL && hand_has_row_sent(hand) && record->value_bytes == hand->sent_row.len_bytes &&
           memcmp(record->value, hand->sent_row.data, record->value_bytes) == 0;
}

static void put_row(struct partition *partition, const struct hand *hand, const struct record *record)
{
    char text[256] = "";
    enum rc rc = RC_OK;
    uint64_t id = STORE_NO_ID;

    if (record->value == NULL) {
        rc = store_delete_task(partition->store, record->key, record->key_bytes, text, sizeof text);
    } else if (is_own_row(hand, record) && !row_is_marker(&hand->plan.row)) {
        rc = store_update_task(partition->store, record->key, record->key_bytes, hand->plan.row.id, record->value,
                               record->value_bytes, text, sizeof text);
    } else if (read_row_id(partition, record, &id)) {
        rc = store_update_task(partition->store, record->key, record->key_bytes, id, record->value, record->value_bytes,
                               text, sizeof text);
    }
    if (rc != RC_OK) {
        partition_die_of_store(partition, text);
    }
}

static void apply_row(struct core *core, struct partition *partition, const struct record *record, int64_t epoch)
{
    struct hand *hand = hand_find(partition, record->key, record->key_bytes);

    if (epoch < partition->highest_epoch) {
        stats_add(core->stats->zombie_rows_total, 1);
        store_set_debt(partition->store, record->key, record->key_bytes, true);
        partition->has_debts = true;
        partition->has_new_debts = true;
        return;
    }
    set_epoch(partition, epoch);
    put_row(partition, hand, record);
    if (partition->has_debts) {
        store_set_debt(partition->store, record->key, record->key_bytes, false);
    }
    stats_add(core->stats->rows_applied_total, 1);
    if (hand != NULL) {
        hand_note_applied(core, hand, record->value, record->value_bytes);
    }
}

static void apply_record(struct core *core, struct partition *partition, const struct record *record)
{
    struct header header = {0};
    char text[256] = "no header";

    partition->is_at_end = false;
    partition->is_batch_open = true;
    partition->applied_offset = record->offset;
    if (record->key == NULL || record->header == NULL ||
        header_parse(record->header, record->header_bytes, &header, text, sizeof text) != RC_OK) {
        log_error("state_unreadable", LOG_INT("partition", partition->number), LOG_INT("offset", record->offset),
                  LOG_TEXT("why", text));
        return;
    }
    if (has_prefix(record, STATE_TEXT_CLAIM_PREFIX)) {
        apply_claim(core, partition, record);
    } else if (record->key_bytes == strlen(TAIL_OFFSETS_KEY) && has_prefix(record, TAIL_OFFSETS_KEY)) {
        apply_offsets(partition, record, header.epoch);
    } else {
        apply_row(core, partition, record, header.epoch);
    }
}

bool tail_read(struct core *core, struct partition *partition, int64_t deadline_mono_ms)
{
    struct record record;
    uint32_t count = 0;

    while (!partition->must_step_down && intake_read(partition->state.handle, &record)) {
        if (record.is_end) {
            partition->is_at_end = true;
            store_end_load(partition->store);
        } else {
            stats_add(&core->stats->records_read_total[STATS_TOPIC_STATE], 1);
            apply_record(core, partition, &record);
            partition->state_time_ms = record.append_time_ms;
        }
        intake_release_record(&record);
        if (store_count_batch(partition->store) >= TAIL_BATCH_MAX_COUNT) {
            return true;
        }
        count++;
        if (count % 64 == 0 && clock_read(&core->clock).mono_ms >= deadline_mono_ms) {
            return true;
        }
    }
    return false;
}

static bool reassert_debt(const char *key, size_t key_bytes, void *opaque)
{
    struct {
        struct core *core;
        struct partition *partition;
    } *context = opaque;

    partition_reassert(context->core, context->partition, key, key_bytes);
    return true;
}

static void reassert_debts(struct core *core, struct partition *partition)
{
    struct {
        struct core *core;
        struct partition *partition;
    } context = {core, partition};
    char text[256] = "";

    if (store_each_debt(partition->store, reassert_debt, &context, text, sizeof text) != RC_OK) {
        partition_die_of_store(partition, text);
    }
}

void tail_commit(struct core *core, struct partition *partition)
{
    char text[256] = "";

    if (partition->is_batch_open && store_commit_apply(partition->store, partition->applied_offset, core->now.time_ms,
                                                       text, sizeof text) != RC_OK) {
        /* Nothing is lost: what is not in the view is read from `state` again. Restarted, it opens the database as it
         * was last written, or, if that cannot be done, throws it away, which frees its space. */
        die("partition %d: %s", (int)partition->number, text);
    }
    partition->is_batch_open = false;
    if (partition->must_step_down) {
        return;
    }
    if (partition->is_new_owner) {
        partition->is_new_owner = false;
        partition_begin_owning(core, partition);
    }
    if (partition->has_new_debts && partition->phase == PARTITION_RUN) {
        partition->has_new_debts = false; /* before: a full queue sets it again */
        reassert_debts(core, partition);
    }
}
