/* partition: one partition that the group has given us: its claim, its view of `state`, its streams, its keys in hand.
 *
 *   RESTORE --end of state read, membership proven, claim sent--> CLAIM --own claim read back--> RUN
 *      ^                                                            |                             |
 *      +------------ a claim of another, as high or higher ---------+-----------------------------+
 *      +------------ the own claim took too long to come back ------+
 *   RUN --revoked--> DRAIN --nothing in hand, committed, or the time is over--+
 *   any --lost----------------------------------------------------------------+--> AWAY --not given back--> closed
 *                                                         RESTORE <--given back--+
 *
 * AWAY, its memory is kept: attempts under way go on, what they end with waits, nothing starts and nothing is written.
 * Given back, it restores and claims anew, and then goes on from memory. If another's claim lies between, or the own
 * one is lost, it forgets what it kept. A partition that was never in RUN has nothing to keep, and is closed at once.
 *
 * The state log is the truth: applying a record read from it is the only thing that writes the store. Restoring and
 * running are the same code. `tasks`, `control` and the tiers are read in RUN only.
 *
 * Memory:  heap; partition_open() gives, partition_close() takes.
 * Threads: the loop's.
 * Invariants: in RUN epoch == highest epoch seen; hands move on in RUN and DRAIN only; in the other phases keys are in
 * hand only if is_kept, and in RESTORE only then is the epoch not 0: that of the last claim sent.
 */
#ifndef WORKER_PARTITION_H
#define WORKER_PARTITION_H

#include "auto_clean.h"
#include "core.h"
#include "hand.h"
#include "tracker.h"
#include <stdbool.h>
#include <stdint.h>

enum partition_phase {
    PARTITION_RESTORE = 1,
    PARTITION_CLAIM,
    PARTITION_RUN,
    PARTITION_DRAIN,
    PARTITION_AWAY, /* not assigned: it has no streams to read */
};

struct stream {
    struct intake_stream *handle;
    enum topic_kind kind;
    int64_t tier_ms;
    struct tracker tracker;
    int64_t floor_offset;         /* records below were consumed before, says `:offsets`; 0: nothing known */
    int64_t committed_offset;     /* accepted by the group; -1: none */
    int64_t log_start_offset;     /* as the last trim left it; -1: unknown */
    int64_t pending_offset;       /* sent in a commit under way; -1: none */
    int64_t lowest_since_mono_ms; /* since when lowest_offset is the lowest open one */
    int64_t lowest_offset;
    bool is_at_end;     /* the log end was reached once since it was owned */
    struct taken *head; /* of a tier: the record read and not yet released */
};

struct clean;

struct partition {
    int32_t number;
    enum partition_phase phase;
    struct store *store;
    int64_t applied_offset;           /* of `state`; -1: none */
    int64_t epoch;                    /* of the own claim; 0: none */
    int64_t highest_epoch;            /* of any claim or row seen */
    uint64_t nonce;                   /* of the own claim */
    int64_t claim_mono_ms;            /* when it was sent */
    int64_t state_time_ms;            /* append time of the last record of `state` applied; 0: none yet */
    bool is_at_end;                   /* the tail has reached the log end */
    int64_t claim_not_before_mono_ms; /* after writes of unknown outcome: no claim before */
    int64_t claim_wait_ms;            /* the last such wait; doubles */
    bool is_claim_wanted;             /* a proof of membership is under way for it */
    bool must_step_down;              /* met a higher epoch: at the end of the turn, forget and claim anew */
    bool is_kept;                     /* what is in memory is from before it was away */
    int64_t away_mono_ms;             /* AWAY: since when */
    bool is_batch_open;               /* the store has puts to commit */
    bool has_debts;                   /* keys are owed, or were since it was opened */
    bool has_told_reroute;            /* the first record that was not at home is logged */
    bool has_new_debts;               /* keys owed since the batch was opened: write them again after the commit */
    bool is_new_owner;                /* the own claim came back in this turn */
    struct stream *streams;           /* tasks, control, then the tiers; state apart */
    size_t stream_count;
    struct stream state;
    struct hand *hands;   /* uthash by key */
    struct hand *keyless; /* hands without a key */
    struct clean *cleans; /* rows that are to go: clean.h */
    uint32_t question_count;
    bool is_clean_asked;     /* the question of that number is under way */
    bool has_unasked_cleans; /* some were decided since */
    struct auto_clean auto_clean;
    char *offsets_text;       /* value of the last `:offsets` applied; NULL: none */
    int64_t relieved_mono_ms; /* when held tasks were last carried on to spare memory or tasks */
    int64_t offsets_mono_ms;  /* when `:offsets` was last sent */
};

/* Opens the store, or rebuilds it if it is damaged or the log of `state` does not go on from it. NULL never; trouble
 * that cannot be mended dies. */
struct partition *partition_open(struct core *core, struct store_cache *cache, int32_t number,
                                 const struct intake_range *state_range);
/* Whether the log of `state` goes on from what was applied: it can be trimmed, or its topic made anew. */
bool partition_may_read_on(const struct partition *partition, const struct intake_range *state_range);
/* Drops what is in memory and closes the store. */
void partition_close(struct core *core, struct partition *partition);
/* After intake_start(): looks up the streams. */
void partition_start_streams(struct core *core, struct partition *partition);

/* The group has taken it away. True: its memory is kept, its streams may be closed. False: there is nothing to keep. */
bool partition_leave(struct core *core, struct partition *partition);
/* The group has given it back: after intake_start(), in place of partition_start_streams(). */
void partition_return(struct core *core, struct partition *partition);
/* In RUN or DRAIN: its claim holds, its hands may write. */
bool partition_is_live(const struct partition *partition);

/* Restored and proven: sends the claim. */
void partition_send_claim(struct core *core, struct partition *partition);
/* The own claim has come back: the keys owed are written again, the streams may be read, what was kept goes on. */
void partition_begin_owning(struct core *core, struct partition *partition);
/* The store could not be read: says so and ends the process, to be restarted. The next one throws the database away and
 * restores it from `state`; going on would take a row that cannot be read for one that is not there. */
_Noreturn void partition_die_of_store(struct partition *partition, const char *why);
/* Forgets what is in memory and goes back to RESTORE; the streams are read again from their lowest open offset. */
void partition_step_down(struct core *core, struct partition *partition);
/* A write's outcome is unknown: steps down, and claims anew only after a while, longer each time. */
void partition_note_unknown_write(const struct core *core, struct partition *partition);
/* Nothing new is started; what is in hand ends. */
void partition_begin_drain(struct partition *partition);
/* Whether nothing is in hand. */
bool partition_is_quiet(const struct partition *partition);

/* Collects what may be committed; is_all: also what was committed before. Returns the number added to commits, which
 * has room for stream_count + 1. */
size_t partition_collect_commits(struct partition *partition, bool is_all, struct intake_commit *commits);
void partition_note_committed(struct partition *partition, bool is_accepted);
/* The committed offsets go to `state`, too: what lies below is never judged again. */
void partition_send_offsets(struct core *core, struct partition *partition);

/* Writes the row of a key again: a zombie's came after it. */
void partition_reassert(struct core *core, struct partition *partition, const char *key, size_t key_bytes);
struct stream *partition_get_tasks(struct partition *partition);
struct stream *partition_get_control(struct partition *partition);
/* The row as it was last committed to the store; RC_NOT_FOUND if there is none. */
enum rc partition_load_row(struct partition *partition, const char *key, size_t key_bytes, struct row *ret_row);

#endif
