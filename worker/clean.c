#include "clean.h"
#include "alloc.h"
#include "command.h"
#include "state_text.h"
#include <stdlib.h>
#include <string.h>

#define CLEAN_SAVE_PERIOD_MS 1000
#define CLEAN_TURN_MAX_COUNT 100 /* tombstones of one partition in one turn: some 10 us each */

static bool is_of_key(const struct clean *clean, const char *key, size_t key_bytes)
{
    return clean->key_bytes == key_bytes && memcmp(clean->key, key, key_bytes) == 0;
}

static void set_undecided(struct partition *partition, struct clean *clean)
{
    clean->question = 0;
    clean->log_end_offset = -1;
    partition->has_unasked_cleans = true;
}

static struct clean *add(struct core *core, struct partition *partition, enum clean_cause cause, const char *key,
                         size_t key_bytes)
{
    struct clean *clean = alloc_zeroed(1, sizeof *clean);

    clean->cause = cause;
    clean->key = alloc_copy(key, key_bytes);
    clean->key_bytes = key_bytes;
    clean->next = partition->cleans;
    partition->cleans = clean;
    core->clean_count++;
    set_undecided(partition, clean);
    return clean;
}

void clean_add(struct core *core, struct partition *partition, const char *key, size_t key_bytes, struct taken *command)
{
    struct clean *clean = add(core, partition, command == NULL ? CLEAN_MARKER : CLEAN_COMMAND, key, key_bytes);

    clean->command = command;
    clean->id = command == NULL ? 0 : command->row.id;
}

void clean_add_aged(struct core *core, struct partition *partition, const char *key, size_t key_bytes,
                    const struct row *row)
{
    struct clean *clean = add(core, partition, CLEAN_AGE, key, key_bytes);

    clean->id = row->id;
    clean->src = row->src;
    core->aged_clean_count++;
}

void clean_renew(struct partition *partition, const char *key, size_t key_bytes)
{
    for (struct clean *clean = partition->cleans; clean != NULL; clean = clean->next) {
        if (is_of_key(clean, key, key_bytes)) {
            set_undecided(partition, clean);
        }
    }
}

/* For all that was decided since the last question; one at a time. */
static void ask_log_end(struct core *core, struct partition *partition)
{
    if (!partition->has_unasked_cleans || partition->is_clean_asked) {
        return;
    }
    partition->question_count++;
    partition->is_clean_asked = true;
    partition->has_unasked_cleans = false;
    for (struct clean *clean = partition->cleans; clean != NULL; clean = clean->next) {
        if (clean->question == 0) {
            clean->question = partition->question_count;
        }
    }
    intake_query_end(core->intake, partition->number,
                     token_make(TOKEN_LOG_END, partition->question_count, (uint32_t)partition->number));
}

void clean_note_log_end(struct partition *partition, uint32_t question, enum rc rc, int64_t offset)
{
    if (!partition->is_clean_asked || question != partition->question_count) {
        return; /* asked before the partition was lost and owned again */
    }
    partition->is_clean_asked = false;
    for (struct clean *clean = partition->cleans; clean != NULL; clean = clean->next) {
        if (clean->question == question && rc == RC_OK) {
            clean->log_end_offset = offset;
        } else if (clean->question == question) {
            set_undecided(partition, clean);
        }
    }
}

/* Up to where `:offsets`, as read back from `state`, says that `tasks` was consumed. */
static int64_t get_saved_offset(const struct partition *partition)
{
    int64_t offset = 0;

    if (partition->offsets_text == NULL ||
        state_text_find_offset(partition->offsets_text, TOPIC_TASKS, 0, &offset) != RC_OK) {
        return 0;
    }
    return offset;
}

/* By this owner; and so said by `:offsets`, which holds what was committed. An empty log has nothing to be read again.
 */
static bool is_safe(struct partition *partition, const struct clean *clean, int64_t saved_offset)
{
    const struct stream *tasks = partition_get_tasks(partition);

    return clean->log_end_offset == 0 || (clean->log_end_offset > 0 && saved_offset >= clean->log_end_offset &&
                                          tracker_is_complete_below(&tasks->tracker, clean->log_end_offset));
}

static bool is_still_wanted(const struct clean *clean, const struct row *row)
{
    bool is_same = clean->cause != CLEAN_AGE || coords_is_equal(&row->src, &clean->src);

    return is_same && row->id == clean->id && row_is_settled(row) &&
           row_is_marker(row) == (clean->cause == CLEAN_MARKER);
}

static struct event make_aged_event(const struct core *core, const struct hand *hand, const struct row *row)
{
    return (struct event){
        .kind = EVENT_CLEANED,
        .id = row->id,
        .business_type = row->business_type,
        .business_id = row->business_id,
        .time_ms = core->now.time_ms,
        .src = row->src,
        .status = row->status,
        .epoch = hand->partition->epoch,
        .duration_ms = -1,
        .error_class = "",
        .error_text = "",
        .remote_address = "",
        .detail = "aged",
    };
}

/* Takes the row, whose texts the event borrows until it is sent. */
static void send_aged_tombstone(struct core *core, struct hand *hand, struct row *row)
{
    struct plan plan = {.writes_row = true, .is_tombstone = true, .event_count = 1, .told_first_count = 1};

    plan.row.id = row->id;
    plan.events[0] = make_aged_event(core, hand, row);
    stats_add(&core->stats->rows_cleaned_total[(size_t)row->status - ROW_SUCCESS], 1);
    hand->fetched = taken_new_row(row);
    hand_start_plan(core, hand, NULL, &plan);
}

static void send_tombstone(struct core *core, struct hand *hand, struct clean *clean, struct row *row)
{
    switch (clean->cause) {
    case CLEAN_MARKER:
        stats_add(core->stats->markers_cleaned_total, 1);
        command_send_tombstone(core, hand, NULL, row);
        break;
    case CLEAN_COMMAND:
        stats_add(&core->stats->rows_cleaned_total[(size_t)row->status - ROW_SUCCESS], 1);
        command_send_tombstone(core, hand, clean->command, row);
        break;
    case CLEAN_AGE:
        send_aged_tombstone(core, hand, row);
        break;
    }
}

/* False: the key is in hand; try again later. */
static bool end_clean(struct core *core, struct partition *partition, struct clean *clean)
{
    struct hand *hand = hand_get(core, partition, clean->key, clean->key_bytes);
    struct row row = {0};

    if (hand_is_in_hand(hand) || hand->held != NULL) {
        return false;
    }
    if (partition_load_row(partition, clean->key, clean->key_bytes, &row) == RC_OK && is_still_wanted(clean, &row)) {
        send_tombstone(core, hand, clean, &row);
    } else if (clean->command != NULL) {
        /* The row is gone, or a new task has taken its place meanwhile. */
        command_send_answer(core, hand, clean->command, "deleted");
    }
    hand_drop_if_idle(core, hand);
    row_close(&row);
    return true;
}

static void free_clean(struct core *core, struct clean *clean)
{
    core->clean_count--;
    core->aged_clean_count -= clean->cause == CLEAN_AGE;
    free(clean->key);
    free(clean);
}

/* For those that wait for nothing else: what they need is committed. */
static void save_offsets(struct core *core, struct partition *partition, int64_t saved_offset)
{
    int64_t committed_offset = partition_get_tasks(partition)->committed_offset;

    if (core->now.mono_ms - partition->offsets_mono_ms < CLEAN_SAVE_PERIOD_MS) {
        return;
    }
    for (const struct clean *clean = partition->cleans; clean != NULL; clean = clean->next) {
        if (clean->log_end_offset > saved_offset && clean->log_end_offset <= committed_offset) {
            partition_send_offsets(core, partition);
            return;
        }
    }
}

void clean_send_due(struct core *core, struct partition *partition)
{
    struct clean **link = &partition->cleans;
    int64_t saved_offset = partition->cleans == NULL ? 0 : get_saved_offset(partition);
    size_t sent_count = 0;

    ask_log_end(core, partition);
    while (*link != NULL && sent_count < CLEAN_TURN_MAX_COUNT) {
        struct clean *clean = *link;

        if (is_safe(partition, clean, saved_offset) && end_clean(core, partition, clean)) {
            *link = clean->next;
            free_clean(core, clean);
            sent_count++;
        } else {
            link = &clean->next;
        }
    }
    save_offsets(core, partition, saved_offset);
}

void clean_close(struct core *core, struct partition *partition)
{
    while (partition->cleans != NULL) {
        struct clean *clean = partition->cleans;

        partition->cleans = clean->next;
        taken_free(core, clean->command);
        free_clean(core, clean);
    }
    partition->is_clean_asked = false;
    partition->has_unasked_cleans = false;
}
