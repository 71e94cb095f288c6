/* taken: a record of `tasks`, a tier or `control` that was taken into memory, with what it says decoded.
 *
 * taken_new() copies the record, so the fetch response it came in can go. What cannot be decoded is taken too: then
 * `refusal` says why, and the record goes to `dead` with its raw bytes.
 *
 * Memory:  heap; counted in core->taken_count and taken_bytes until taken_free(). Texts of `task`, `control` and `row`
 *          lie in blocks that it owns.
 * Threads: the loop's.
 */
#ifndef WORKER_TAKEN_H
#define WORKER_TAKEN_H

#include "control_json.h"
#include "core.h"
#include "header.h"
#include "heap.h"
#include "lane.h"
#include "row_json.h"
#include "task.h"
#include "task_json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAKEN_TEXT_MAX_BYTES 256

struct lane_queue;
struct stream;

struct taken {
    struct heap_item hold; /* first: the heap gives it back. In core->holds while held; when_ms is the due time */
    struct taken *prev;    /* in one taken_list at most */
    struct taken *next;
    struct hand *hand;     /* whose key it is; NULL until hand_take() */
    struct stream *stream; /* where its offset completes */
    bool is_command;       /* control is set, else task */
    bool is_tier;
    struct coords own;      /* its own coordinates */
    struct coords identity; /* `of` if it is a hop, else its own: what the fence compares */
    int64_t append_time_ms;
    struct header header;                 /* zeroed if the record has none */
    uint64_t id;                          /* of the task */
    uint8_t publish_id[HEADER_PUB_BYTES]; /* of the task; derived when a client gave none */
    char *key;                            /* the record's, copied; NULL if it had none */
    size_t key_bytes;
    char *value; /* the record's, copied; NULL for a tombstone */
    size_t value_bytes;
    struct task task;
    struct control control;
    char refusal[TAKEN_TEXT_MAX_BYTES]; /* "" if well-formed */
    int32_t home;                       /* partition of its business key; its own if unknown */
    /* What the fence found: */
    struct row row;        /* the task's state so far; a template of a first row when has_row is false */
    bool has_row;          /* a row of this very task has been written */
    bool is_ready;         /* waits in its lane: turns.h */
    bool is_judged;        /* by the fence, since it was read */
    bool is_fetched_again; /* a command: what its row names was gone, the task as published was asked for */
    bool is_fresh;         /* no row of the key was applied since it was judged */
    int64_t due_time_ms;
    /* While it waits in its lane, or its attempt is under way: */
    struct lane_queue *queue;
    struct lane_attempt attempt;
    bool is_flying;                                 /* the attempt is under way */
    bool is_young;                                  /* and in lanes->young */
    char last_error[TAKEN_TEXT_MAX_BYTES];          /* what row.last_error points to after an attempt */
    char remote_address[COURIER_ADDRESS_MAX_BYTES]; /* what the attempt's event points to */
    char *sent_body;     /* what a plugin put in place of the task's body, until the attempt has ended; else NULL */
    size_t sent_bytes;   /* of it */
    bool is_url_changed; /* by a plugin, for the attempt under way */
    size_t memory_bytes;
    bool is_counted; /* in core->taken_count and taken_bytes */
};

/* partition_count: P. */
struct taken *taken_new(struct core *core, struct stream *stream, const struct record *record);
/* Holds only a row, which it takes: for what is written about a task of which no record was read. Never counted. */
struct taken *taken_new_row(struct row *row);
/* Heads of tiers wait outside the bound: memory full of them would never empty. A new one is counted. */
void taken_uncount(struct core *core, struct taken *taken);
void taken_count(struct core *core, struct taken *taken);
/* Takes the body (heap) that the courier borrows during the attempt, in place of one it had; NULL: none. Counted. */
void taken_set_sent_body(struct core *core, struct taken *taken, char *body, size_t body_bytes);
void taken_free(struct core *core, struct taken *taken);
/* What the fence asks about it. */
struct fence_record taken_get_fence(const struct taken *taken);
/* When its attempt is due by its schedule; due_time_ms is later if its lane has put it back. */
int64_t taken_get_scheduled_ms(const struct taken *taken);
/* The header for a record that carries the task on. of: COORDS_NONE unless it is a hop. */
struct header taken_make_header(const struct taken *taken, uint32_t attempts, int64_t due_time_ms, int64_t epoch);
/* Fills taken->row with the first row of a task that has none; ctl: of the row it takes the place of, else -1. */
void taken_init_row(struct taken *taken, int64_t ctl);
/* Idempotency-Key of every attempt of it; buf has TASK_IDEMPOTENCY_KEY_MAX_BYTES + 1. */
void taken_print_idempotency_key(const struct taken *taken, char *buf);

#endif
