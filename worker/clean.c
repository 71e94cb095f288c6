#include "clean.h"
#include "alloc.h"
#include "command.h"
#include <stdlib.h>
#include <string.h>

static void ask_log_end(struct core *core, struct partition *partition, struct clean *clean)
{
    partition->question_count++;
    clean->question = partition->question_count;
    clean->log_end_offset = -1;
    intake_query_end(core->intake, partition->number,
                     token_make(TOKEN_LOG_END, clean->question, (uint32_t)partition->number));
}

static bool is_of_key(const struct clean *clean, const char *key, size_t key_bytes)
{
    return clean->key_bytes == key_bytes && memcmp(clean->key, key, key_bytes) == 0;
}

void clean_add(struct core *core, struct partition *partition, const char *key, size_t key_bytes, struct taken *command)
{
    struct clean *clean = alloc_zeroed(1, sizeof *clean);

    clean->key = alloc_copy(key, key_bytes);
    clean->key_bytes = key_bytes;
    clean->command = command;
    clean->next = partition->cleans;
    partition->cleans = clean;
    core->clean_count++;
    ask_log_end(core, partition, clean);
}

void clean_renew(struct core *core, struct partition *partition, const char *key, size_t key_bytes)
{
    for (struct clean *clean = partition->cleans; clean != NULL; clean = clean->next) {
        if (is_of_key(clean, key, key_bytes)) {
            ask_log_end(core, partition, clean);
        }
    }
}

void clean_note_log_end(struct core *core, struct partition *partition, uint32_t question, enum rc rc, int64_t offset)
{
    for (struct clean *clean = partition->cleans; clean != NULL; clean = clean->next) {
        if (clean->question != question) {
            continue;
        }
        if (rc == RC_OK) {
            clean->log_end_offset = offset;
        } else {
            ask_log_end(core, partition, clean);
        }
    }
}

static bool is_safe(struct partition *partition, const struct clean *clean)
{
    struct stream *tasks = partition_get_tasks(partition);

    if (clean->log_end_offset < 0) {
        return false;
    }
    /* An empty log has nothing to be read again. */
    return clean->log_end_offset == 0 || (tasks->committed_offset >= clean->log_end_offset &&
                                          tracker_is_complete_below(&tasks->tracker, clean->log_end_offset));
}

/* False: the key is in hand; try again later. */
static bool send_tombstone(struct core *core, struct partition *partition, struct clean *clean)
{
    struct hand *hand = hand_get(core, partition, clean->key, clean->key_bytes);
    uint64_t id = clean->command == NULL ? 0 : clean->command->row.id;
    struct row row = {0};
    bool has_row;

    if (hand_is_in_hand(hand) || hand->held != NULL) {
        return false;
    }
    has_row = partition_load_row(partition, clean->key, clean->key_bytes, &row) == RC_OK;
    if (has_row && row.id == id && row_is_settled(&row) && row_is_marker(&row) == (clean->command == NULL)) {
        command_send_tombstone(core, hand, clean->command, id);
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
    free(clean->key);
    free(clean);
}

void clean_send_due(struct core *core, struct partition *partition)
{
    struct clean **link = &partition->cleans;

    while (*link != NULL) {
        struct clean *clean = *link;

        if (is_safe(partition, clean) && send_tombstone(core, partition, clean)) {
            *link = clean->next;
            free_clean(core, clean);
        } else {
            link = &clean->next;
        }
    }
}

void clean_close(struct core *core, struct partition *partition)
{
    while (partition->cleans != NULL) {
        struct clean *clean = partition->cleans;

        partition->cleans = clean->next;
        taken_free(core, clean->command);
        free_clean(core, clean);
    }
}
