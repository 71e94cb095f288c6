/* task: the fence, which drops a record that no longer carries its task. Pure.
 *
 * A task's life, by its row:
 *
 *              (no row) --first attempt or wait--> Sending --> Success | Failure | Stopped
 *   Sending -> Sending: another attempt's outcome, with a later `at`;  settled -> (no row): cleaned
 *   any -> Sending of another id: replaced
 *
 * The fence is asked when a record is released and again before its attempt; that a key is in hand is the caller's to
 * know.
 *
 * Memory:  values, borrows.
 * Threads: any.
 */
#ifndef WORKER_TASK_H
#define WORKER_TASK_H

#include "coords.h"
#include "header.h"
#include "row_json.h"
#include <stdbool.h>
#include <stdint.h>

enum fence_verdict {
    FENCE_BEHIND = 1, /* written under a higher epoch: drop nothing, stop, claim anew */
    FENCE_NEW,        /* a new task: attempt 1 (or the header's n + 1), when due */
    FENCE_CARRY,      /* carries the task: go on with attempt `attempts` + 1, when due */
    FENCE_WRITTEN,    /* its outcome is written: write its event again, complete */
    FENCE_REREAD,     /* a re-read or a repeated append, also of a task whose place the row's took: drop */
    FENCE_DUPLICATE,  /* another task of the same business key: by policy */
    FENCE_MARKED,     /* a stop came before the task: it settles as Stopped */
    FENCE_DELETED,    /* the task was deleted: drop */
    FENCE_STALE,      /* anything else: drop, count */
};

struct fence_record {
    struct coords identity; /* the record's own coordinates, or `of` if it is a hop */
    bool is_tier;           /* read from a tier, else from `tasks` */
    int64_t epoch;          /* header's ep; 0 from a producer */
    uint64_t id;
    bool has_publish_id;
    uint8_t publish_id[HEADER_PUB_BYTES];
    int64_t append_time_ms;
};

/* row NULL: the key has none. */
enum fence_verdict task_judge_fence(const struct row *row, const struct fence_record *record, int64_t own_epoch);

#endif
