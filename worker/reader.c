#include "reader.h"
#include "judge.h"
#include "log.h"
#include "turns.h"

#define READER_TURN_MAX_COUNT 512 /* records of one stream in one turn, so that no stream starves another */
#define READER_GAP_MAX_COUNT 64   /* offsets that a log may lack between two records */
#define READER_RELIEVE_SPAN 20000 /* offsets since the lowest open one; at it, held tasks move to a tier */
#define READER_RELIEVE_AGE_MS 30000
#define READER_RELIEVE_PERIOD_MS 1000

static const enum stats_label_TOPIC topic_labels[] = {
    [TOPIC_TASKS] = STATS_TOPIC_TASKS, [TOPIC_CONTROL] = STATS_TOPIC_CONTROL, [TOPIC_DELAY] = STATS_TOPIC_DELAY};

/* Reads one record of the stream into memory. False: none now, no room, or a record that was consumed before (*ret
 * NULL). */
static bool read_one(struct core *core, struct stream *stream, struct taken **ret_taken)
{
    struct record record;
    bool is_new;

    *ret_taken = NULL;
    if (!tracker_has_room(&stream->tracker, READER_GAP_MAX_COUNT) || !intake_read(stream->handle, &record)) {
        return false;
    }
    if (record.is_end && !stream->tracker.is_started) {
        tracker_init(&stream->tracker, record.offset); /* an empty log: all of it is complete */
    }
    stream->is_at_end = stream->is_at_end || record.is_end;
    is_new = !record.is_end && tracker_open(&stream->tracker, record.offset);
    if (is_new && record.offset < stream->floor_offset) {
        tracker_complete(&stream->tracker, record.offset);
        is_new = false;
    }
    if (is_new) {
        stats_add(&core->stats->records_read_total[topic_labels[stream->kind]], 1);
        *ret_taken = taken_new(core, stream, &record);
    }
    intake_release_record(&record);
    return true;
}

static bool has_clean_room(const struct core *core)
{
    return core->clean_count < (size_t)core->params->memory_tasks / 4;
}

/* A new owner reads the commands that are there before the tasks: those answered before and read again then find no
 * task that was published after them. */
static bool may_read_tasks(const struct core *core, struct partition *partition)
{
    return turns_has_room(core) && (partition_get_control(partition)->is_at_end || !has_clean_room(core));
}

static bool read_stream(struct core *core, struct partition *partition, struct stream *stream)
{
    struct taken *taken;

    for (int i = 0; i < READER_TURN_MAX_COUNT; i++) {
        if (partition->must_step_down || !core_has_memory(core)) {
            return false;
        }
        if (stream->kind == TOPIC_TASKS && !may_read_tasks(core, partition)) {
            return false;
        }
        /* Deletes wait until `tasks` is committed far enough: full of them, memory would let no more of `tasks` in. */
        if (stream->kind == TOPIC_CONTROL && !has_clean_room(core)) {
            return false;
        }
        if (!read_one(core, stream, &taken)) {
            return false;
        }
        if (taken != NULL) {
            hand_take(core, partition, taken);
        }
    }
    return true;
}

static bool is_memory_ample(const struct core *core)
{
    return core->taken_count < (size_t)core->params->memory_tasks / 2 &&
           core->taken_bytes < (size_t)core->params->memory_bytes / 2;
}

static int64_t get_take_time(const struct core *core, const struct taken *head)
{
    int64_t due_time_ms = head->header.due_time_ms;
    int64_t release_time_ms = tier_get_release(head->own.tier_ms, head->append_time_ms, due_time_ms);
    int64_t early_time_ms = due_time_ms - (is_memory_ample(core) ? core->params->lookahead_ms : 1000);

    return early_time_ms < release_time_ms ? early_time_ms : release_time_ms;
}

static bool read_tier(struct core *core, struct partition *partition, struct stream *stream)
{
    for (int i = 0; i < READER_TURN_MAX_COUNT; i++) {
        struct taken *head = stream->head;

        if (partition->must_step_down) {
            return false;
        }
        if (head == NULL) {
            if (!read_one(core, stream, &stream->head)) {
                return false;
            }
            if (stream->head != NULL) {
                taken_uncount(core, stream->head);
            }
            continue;
        }
        if (get_take_time(core, head) > core->now.time_ms || !core_has_memory(core)) {
            return false;
        }
        stream->head = NULL;
        taken_count(core, head);
        hand_take(core, partition, head);
    }
    return true;
}

bool reader_read(struct core *core, struct partition *partition)
{
    bool has_more = false;

    for (size_t i = 0; i < partition->stream_count; i++) {
        struct stream *stream = &partition->streams[i];

        if (stream->kind == TOPIC_DELAY) {
            has_more = read_tier(core, partition, stream) || has_more;
        } else {
            has_more = read_stream(core, partition, stream) || has_more;
        }
    }
    return has_more;
}

int64_t reader_get_wake_time_ms(const struct core *core, const struct partition *partition)
{
    int64_t wake_time_ms = INT64_MAX;

    for (size_t i = 0; i < partition->stream_count; i++) {
        const struct taken *head = partition->streams[i].head;

        if (head != NULL && get_take_time(core, head) < wake_time_ms) {
            wake_time_ms = get_take_time(core, head);
        }
    }
    return wake_time_ms;
}

/* Whether held tasks keep too many offsets of the stream from being committed, or the lowest for too long. */
static bool is_blocked(const struct core *core, struct stream *stream)
{
    int64_t lowest = tracker_get_lowest_open(&stream->tracker);

    if (tracker_get_span(&stream->tracker) >= READER_RELIEVE_SPAN) {
        return true;
    }
    if (lowest != stream->lowest_offset || tracker_get_span(&stream->tracker) == 0) {
        stream->lowest_offset = lowest;
        stream->lowest_since_mono_ms = core->now.mono_ms;
        return false;
    }
    return core->now.mono_ms - stream->lowest_since_mono_ms >= READER_RELIEVE_AGE_MS;
}

void reader_relieve(struct core *core, struct partition *partition)
{
    struct hand *hand;
    struct hand *next;
    bool is_full;

    if (core->now.mono_ms - partition->relieved_mono_ms < READER_RELIEVE_PERIOD_MS) {
        return;
    }
    partition->relieved_mono_ms = core->now.mono_ms;
    is_full = !core_has_memory(core);
    if (!is_blocked(core, partition_get_tasks(partition)) && !is_full) {
        return;
    }
    HASH_ITER(hh, partition->hands, hand, next)
    {
        struct taken *held = hand->held;

        if (held != NULL && held->is_ready) {
            turns_relieve(core, held);
            continue;
        }
        if (held == NULL || !held->has_row || hand_is_in_hand(hand) || held->due_time_ms < core->now.time_ms + 1000 ||
            (!is_full && held->is_tier)) {
            continue;
        }
        heap_remove(&core->holds, &held->hold);
        hand->held = NULL;
        judge_hop(core, hand, held);
    }
}
