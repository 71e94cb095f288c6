/* hand: one business key that the worker has in memory, and the commit protocol of whatever is done about it.
 *
 * A plan says what is to be written for one record read (an attempt's outcome, a command, a duplicate, a hop, ...): at
 * most one record that carries the task on, one row, and the events. hand_start_plan() walks it, always in this order,
 * that of the commit protocol (ARCHITECTURE.md):
 *
 *            attempt                     plan
 *   IDLE ----------------> CALL ---+--------------> SEND_CARRY --sent--> CARRY --acknowledged--+
 *    ^ ^                           |                                                          |
 *    | |                           +--(nothing to carry)--------------> SEND_ROW <------------+
 *    | |                                                                   | sent
 *    | +--complete: the source offset, or hold, or admit <---------- ROW <-+
 *    |                 (row applied from the tail, every row and event acknowledged)
 *    |   (a record that is too large to be carried goes back to SEND_CARRY as a dead letter, or on to SEND_ROW without)
 *    +-- FETCH: a record by coordinates, for a command; then a plan follows
 *
 * SEND_CARRY and SEND_ROW wait until every row sent of the key, one written again too, is acknowledged, and for room in
 * the local queue. A row that takes a settled one away, or a tombstone, is sent when the event that tells that one's
 * end is acknowledged: no record of the task would find the row any more, and tell it. While the stage is not IDLE, or
 * a row is not acknowledged, the key is *in hand*: records of it wait aside. A record that waits in memory for its due
 * time (the hold) or for its turn (its lane) is `held`; the key is IDLE then.
 *
 * Memory:  heap; hand_take() makes it, it frees itself when nothing is left to do. Owns its records (struct taken).
 * Threads: the loop's.
 * Invariants: stage CALL..ROW has `current` (or is a row written again); `held` is in holds or a lane, never both; a
 * hand without a key (a record that cannot be decoded, or is not at home) never has a row.
 */
#ifndef WORKER_HAND_H
#define WORKER_HAND_H

#include "buffer.h"
#include "core.h"
#include "event_json.h"
#include "row_json.h"
#include "taken.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#define HAND_EVENT_MAX 3

enum hand_stage {
    HAND_IDLE = 0,
    HAND_CALL,
    HAND_FETCH,
    HAND_SEND_CARRY,
    HAND_CARRY,
    HAND_SEND_ROW,
    HAND_ROW,
    HAND_STAGE_COUNT,
};

enum plan_carry {
    CARRY_NONE = 0,
    CARRY_DELAY, /* to a tier; the row's `at` becomes its coordinates */
    CARRY_HOP,   /* to a shorter tier with `of`; no row */
    CARRY_DEAD,  /* to dead */
    CARRY_HOME,  /* to `tasks` of its home: it was not there */
    CARRY_AGAIN, /* to `tasks` of its own partition, as a new publication (retry of a settled task) */
};

enum plan_end {
    PLAN_COMPLETE = 0, /* the source offset is complete; the record is freed */
    PLAN_HOLD,         /* the record stays in memory until it is due; its offset stays open */
    PLAN_ADMIT,        /* the record goes on carrying its task: held, hopped or attempted as its due time says */
    PLAN_MARK,         /* as PLAN_COMPLETE; the row is a stop's marker, which goes when it is no longer needed */
    PLAN_CLEAN,        /* the row is gone once `tasks` is committed that far; the command completes then */
};

struct plan {
    enum plan_carry carry;
    int64_t tier_ms;     /* CARRY_DELAY, CARRY_HOP */
    int64_t due_time_ms; /* CARRY_DELAY, CARRY_HOP */
    const char *bytes;   /* value carried; borrowed from a record of the hand; NULL: coordinates in its place */
    size_t bytes_count;
    struct header header;              /* of the record carried */
    char reason[TAKEN_TEXT_MAX_BYTES]; /* CARRY_DEAD: why */
    enum stats_label_DEAD dead_label;  /* CARRY_DEAD: the same for the metric */
    bool writes_row;
    bool is_tombstone;
    bool is_row_sent;
    struct row row; /* borrows from `current` */
    struct event events[HAND_EVENT_MAX];
    size_t event_count;
    size_t events_sent;
    size_t told_first_count; /* of the events, from the first: acknowledged before the row is sent */
    enum plan_end end;
};

struct hand {
    UT_hash_handle hh; /* in partition->hands by key */
    struct partition *partition;
    char *key; /* NULL: a record without a known key, not in the table */
    size_t key_bytes;
    uint32_t slot;
    uint32_t generation;
    enum hand_stage stage;
    struct taken *held;      /* waits for its due time or its turn */
    struct taken *current;   /* what the stage is about */
    struct taken *fetched;   /* a record read by coordinates for `current`, a command; or the row that is taken away */
    struct taken_list aside; /* records of the key that wait until it is not in hand */
    struct plan plan;
    struct buffer sent_row; /* JSON of the row last sent; empty: a tombstone */
    bool is_row_applied;
    uint32_t rows_unacked;
    uint32_t events_unacked;
    int64_t start_time_ms;     /* of the attempt under way */
    bool is_woken;             /* in core->wakes */
    struct hand *next_keyless; /* in partition->keyless */
    struct hand *prev_keyless;
};

/* Takes a record just read into the hand of its key: judged at once, or aside. Takes the record. */
void hand_take(struct core *core, struct partition *partition, struct taken *taken);
/* Walks a plan; the stage must be IDLE, CALL or FETCH. Moves the plan's struct. */
void hand_start_plan(struct core *core, struct hand *hand, struct taken *current, const struct plan *plan);
/* Looks at the hand again when this turn's rows are in the store: sends what waits, ends what is done. */
void hand_wake(struct core *core, struct hand *hand);
/* For each hand woken: moves it on. Called after the stores committed. */
void hand_advance_all(struct core *core);
bool hand_is_in_hand(const struct hand *hand);
/* Its plan's row is on its way: sent_row holds it. */
bool hand_has_row_sent(const struct hand *hand);
/* Takes the held record out of the hold or its lane; NULL if none is held. The caller's from then on. */
struct taken *hand_take_held(struct core *core, struct hand *hand);
/* The held record, if there is one, waits aside before all others, to be judged again. */
void hand_set_held_aside(struct core *core, struct hand *hand);
/* Frees a hand that has nothing to do. */
void hand_drop_if_idle(struct core *core, struct hand *hand);
/* Frees it whatever it does: the partition is lost. */
void hand_drop(struct core *core, struct hand *hand);
struct hand *hand_find(struct partition *partition, const char *key, size_t key_bytes);
/* Finds or makes it. */
struct hand *hand_get(struct core *core, struct partition *partition, const char *key, size_t key_bytes);

/* What the ports answer. */
void hand_note_report(struct core *core, struct hand *hand, enum token_kind kind, const struct emit_report *report);
/* A row of this key, of our own epoch, came back from the tail. value NULL: a tombstone. */
void hand_note_applied(struct core *core, struct hand *hand, const char *value, size_t value_bytes);

/* Completes a record's offset and frees it. */
void hand_complete(struct core *core, struct taken *taken);
/* Moves the hand; checks that the move is one of the drawing's. */
void hand_set_stage(struct hand *hand, enum hand_stage stage);

#endif
