/* admin_ask: what an admin thread asks the loop, and what the loop says: values without pointers but for the text.
 *
 * Memory:  copy them freely; an answer's text belongs to who holds the answer.
 * Threads: values.
 */
#ifndef WORKER_ADMIN_ASK_H
#define WORKER_ADMIN_ASK_H

#include "buffer.h"
#include "row_json.h"
#include "task_json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADMIN_KEY_MAX_BYTES (2 * TASK_KEY_PART_MAX_BYTES + 1)
#define ADMIN_HOST_MAX_BYTES 255
#define ADMIN_LIMIT_MAX 1000

enum admin_ask_kind {
    ADMIN_ASK_KEY = 1, /* the row of `key` */
    ADMIN_ASK_ID,      /* the row of `id`, if `partition` has it */
    ADMIN_ASK_LIST,    /* rows of `partition` after `key` that pass the filter, in key order */
};

/* Which rows a list shows; markers of stops are no tasks and in no list. */
struct admin_filter {
    unsigned statuses;                      /* a bit 1 << enum row_status for each that passes */
    int64_t next_until_ms;                  /* next attempt due at or before; INT64_MAX: any */
    int64_t request_min_ms;                 /* request time; INT64_MIN: any */
    int64_t request_max_ms;                 /* request time; INT64_MAX: any */
    char type[TASK_KEY_PART_MAX_BYTES + 1]; /* business type; "": any */
    char host[ADMIN_HOST_MAX_BYTES + 1];    /* host of the URL, without port, whatever its case; "": any */
};

struct admin_ask {
    enum admin_ask_kind kind;
    char key[ADMIN_KEY_MAX_BYTES + 1];
    size_t key_bytes; /* of a list 0: from its partition's first row on */
    uint64_t id;
    int32_t partition; /* of ADMIN_ASK_KEY: nothing */
    struct admin_filter filter;
    uint32_t limit; /* rows of a page, 1..ADMIN_LIMIT_MAX */
};

/* 421: another worker owns the partition. 503: it is not read completely yet, or no partition is known. 200 and 404 as
 * one expects. */
struct admin_answer {
    int http_status;
    int32_t partition;                      /* that the question was about; -1: not known */
    int32_t partition_count;                /* P; 0: not known yet */
    bool is_end;                            /* of a list: the partition has no more rows */
    char position[ADMIN_KEY_MAX_BYTES + 1]; /* of a list: the last key looked at */
    size_t position_bytes;
    struct buffer text; /* a row's JSON; a list's, with commas between; else why not */
};

#endif
