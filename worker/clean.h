/* clean: rows that are to go, each when that is safe.
 *
 * A settled row goes only when `tasks` of its partition is complete in this owner's tracker, and committed, up to the
 * log end that was read after it was decided: then no record of its key that could be read again lies before. A
 * duplicate dropped since decides anew. That it is committed must be in `state`, too (`:offsets`, read back), else a
 * group that is deleted would have the task read again with no row to tell that it was settled: when rows wait for
 * nothing else, `:offsets` is written, at most once a second. The tombstone is sent when its event, which says as what
 * the task ended, is acknowledged.
 *
 *   decided --the next question is sent--> asked --log end known--> safe when committed that far --> tombstone sent
 *      ^                                     |                          |
 *      +--no answer was to be had------------+--a duplicate was dropped-+
 *
 * One question is under way for a partition at a time. It stands for all that was decided before it was sent, so that
 * many rows cost one.
 *
 * Memory:  the list belongs to the partition; a clean owns its command, whose offset completes with the tombstone.
 * Threads: the loop's.
 */
#ifndef WORKER_CLEAN_H
#define WORKER_CLEAN_H

#include "partition.h"

enum clean_cause {
    CLEAN_COMMAND = 1, /* a delete */
    CLEAN_MARKER,      /* a stop's marker that is no longer needed */
    CLEAN_AGE,         /* auto_clean_*: the row is old enough */
};

struct clean {
    struct clean *next;
    enum clean_cause cause;
    char *key;
    size_t key_bytes;
    uint64_t id;            /* of the task; its row only is to go, not that of one which has taken its place */
    struct coords src;      /* CLEAN_AGE: of that row */
    int64_t log_end_offset; /* -1: not known yet */
    uint32_t question;      /* number of the question for it, only its answer counts; 0: to be asked */
    struct taken *command;  /* CLEAN_COMMAND: the delete that it answers */
};

/* Takes command; NULL: the key's row is a marker. A key whose clean is decided already: the later command waits for the
 * same end. */
void clean_add(struct core *core, struct partition *partition, const char *key, size_t key_bytes,
               struct taken *command);
/* This settled row is old enough; no other of the key is meant, be it of the same task, published again. Counts in
 * core->aged_clean_count until it has gone. */
void clean_add_aged(struct core *core, struct partition *partition, const char *key, size_t key_bytes,
                    const struct row *row);
/* A duplicate of the key was dropped: what was decided is decided anew. */
void clean_renew(struct partition *partition, const char *key, size_t key_bytes);
void clean_note_log_end(struct partition *partition, uint32_t question, enum rc rc, int64_t offset);
/* Asks for what was decided, and sends the tombstones whose time has come, a bounded number in a turn. */
void clean_send_due(struct core *core, struct partition *partition);
/* Drops all: the partition is lost. */
void clean_close(struct core *core, struct partition *partition);

#endif
