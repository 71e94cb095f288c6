/* clean: rows that are to go, each when that is safe.
 *
 * A settled row goes only when `tasks` of its partition is committed, and complete in this owner's tracker, up to the
 * log end that was read after it was decided: then no record of its key that could be read again lies before. A
 * duplicate dropped since decides anew.
 *
 * Memory:  the list belongs to the partition; a clean owns its command, whose offset completes with the tombstone.
 * Threads: the loop's.
 */
#ifndef WORKER_CLEAN_H
#define WORKER_CLEAN_H

#include "partition.h"

struct clean {
    struct clean *next;
    char *key;
    size_t key_bytes;
    int64_t log_end_offset; /* -1: asked, not answered */
    uint32_t question;      /* number of the question for it; only its answer counts */
    struct taken *command;  /* the delete it answers; NULL: a marker that is no longer needed */
};

/* Takes command (may be NULL). A key whose clean is decided already: the later command waits for the same end. */
void clean_add(struct core *core, struct partition *partition, const char *key, size_t key_bytes,
               struct taken *command);
/* A duplicate of the key was dropped: what was decided is decided anew. */
void clean_renew(struct core *core, struct partition *partition, const char *key, size_t key_bytes);
void clean_note_log_end(struct core *core, struct partition *partition, uint32_t question, enum rc rc, int64_t offset);
/* Sends the tombstones whose time has come. */
void clean_send_due(struct core *core, struct partition *partition);
/* Drops all: the partition is lost. */
void clean_close(struct core *core, struct partition *partition);

#endif
