/* ownership: which partitions this worker has: the group's events, the proof of membership, claims, commits and
 * draining.
 *
 * Memory:  inside struct worker; partitions are in core->owned.
 * Threads: the loop's.
 */
#ifndef WORKER_OWNERSHIP_H
#define WORKER_OWNERSHIP_H

#include "core.h"
#include "outage.h"

#define OWNERSHIP_EXIT_UNAVAILABLE 69 /* EX_UNAVAILABLE: restart me */

struct ownership {
    struct store_cache *cache;
    bool is_revoking; /* the group has asked for the partitions back */
    bool is_draining; /* revoked, or the process is stopping */
    int64_t drain_deadline_mono_ms;
    uint32_t question_number; /* of the last proof asked for: only its answer counts */
    uint32_t commit_number;   /* of the last commit */
    bool is_proof_open;       /* a commit that proves the membership is under way */
    int64_t proof_mono_ms;    /* not before this is another tried */
    bool is_commit_open;
    int64_t commit_mono_ms;     /* when the last was sent */
    int64_t commit_all_mono_ms; /* when the last was sent that had all offsets */
    int64_t last_turn_mono_ms;
    struct intake_commit *commits; /* room for all streams */
    bool has_gap;                  /* a long gap was not followed by a proof yet */
    struct outage outage;
    int exit_status; /* 0, or the process's: the client cannot go on */
};

/* The group's events of this turn. */
void ownership_take_events(struct ownership *ownership, struct core *core);
/* Claims what is restored, commits four times a second, ends a drain that is done. */
void ownership_turn(struct ownership *ownership, struct core *core);
/* Partitions that met a higher epoch forget what they have, at once. */
void ownership_step_down(struct core *core);
/* Nothing new starts; true again and again until ownership_is_drained(). */
void ownership_begin_drain(struct ownership *ownership, struct core *core, int64_t timeout_ms);
/* Nothing in hand and all committed, or the time is over. */
bool ownership_is_drained(const struct ownership *ownership, const struct core *core);
/* The topics and the clock are fit, all partitions restored, claimed and run. why: what is missing. */
bool ownership_is_ready(const struct ownership *ownership, const struct core *core, const char **ret_why);
void ownership_close(struct ownership *ownership, struct core *core);

#endif
