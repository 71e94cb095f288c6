/* sim: a world in one process: a broker in memory, a consumer group, endpoints, disks and a virtual clock, around the
 * real worker, whose ports are implemented here. One seed drives every choice, so that a seed repeats a run exactly.
 *
 *   script (publishes, commands, faults) -> broker logs <-> ports <-> worker (several of them)
 *                                               |            |
 *                                               +--> oracle <+   checks the invariants at every append and call
 *
 * A node is a place where a worker runs; each start of a worker on it is an incarnation with a number of its own. A
 * crash leaves the worker's memory behind for good, which is why each seed runs in a process of its own.
 *
 * Memory:  the world is one static struct; all of it lives until the process ends.
 * Threads: one.
 * Time:    sim_now_ms is the broker's wall clock; it never steps. A worker's clock may differ, by another amount each
 * time that it starts.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "params.h"
#include "stats.h"
#include "topics.h"
#include "worker.h"
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_NODE_MAX 3
#define SIM_PARTITION_MAX 4
#define SIM_TIER_COUNT 6
#define SIM_SLOT_COUNT (5 + SIM_TIER_COUNT) /* tasks, control, state, events, dead, then the tiers */
#define SIM_INCARNATION_MAX 1024
#define SIM_HOST_COUNT 3
#define SIM_CAPPED_HOST "h1.sim.test"
#define SIM_CAP 1 /* attempts under way from one node */
#define SIM_RATED_HOST "h2.sim.test"
#define SIM_INTERVAL_MS 500 /* between starts, from all nodes together; from one at least as much */
#define SIM_START_MS INT64_C(1700000000000)

struct sim_record {
    int64_t append_time_ms;
    bool is_compacted; /* gone: readers pass over it */
    char *key;
    size_t key_bytes;
    char *value; /* NULL: a tombstone */
    size_t value_bytes;
    char *header; /* NULL: none */
    size_t header_bytes;
    char *source;    /* of a dead letter: header autohttp-source; NULL: none */
    int writer;      /* incarnation; 0: a client */
    int64_t sent_ms; /* by a worker */
};

struct sim_log {
    enum topic_kind kind;
    int64_t tier_ms;
    int32_t partition;
    struct sim_record *records; /* by offset */
    int64_t count;
    int64_t cap_count;
    int64_t start_offset;     /* records below were trimmed */
    int64_t committed_offset; /* of the group; -1: none */
    int64_t consumed_offset;  /* the highest that ever was; a group that is deleted forgets, and what it led to stays */
};

struct sim_disk; /* what a node has of one partition's database */

struct sim_node {
    int number;
    int incarnation;       /* 0: down */
    int64_t clock_skew_ms; /* its wall clock's, against sim_now_ms */
    struct worker *worker;
    struct params params;
    struct intake *intake;
    struct emit *emit;
    struct courier *courier;
    struct stats *stats;
    struct sim_disk *disks[SIM_PARTITION_MAX];
    int64_t wake_ms;          /* the next turn */
    int64_t frozen_until_ms;  /* no turn before; 0: runs */
    bool is_stopped;          /* frozen as by SIGSTOP: no heartbeat, nothing sent */
    bool is_stopping;         /* told to stop */
    int64_t restart_ms;       /* down until then */
    int64_t crash_countdown;  /* port calls until it crashes; 0: does not */
    int64_t freeze_countdown; /* port calls until it freezes in the middle of a turn; 0: does not */
    bool is_in_turn;
    jmp_buf crash_jump;
    uint64_t port_calls;
};

/* What a seed does, drawn at its start. */
struct sim_profile {
    int node_count;
    int partition_count;
    int key_count;
    int task_count;
    int command_count;
    bool has_crashes;
    bool has_freezes;
    bool has_restarts; /* graceful ones */
    bool has_lost_acks;
    bool has_late_acks;
    bool has_slow_claims;  /* longer on their way than a claim may be */
    bool has_slow_events;  /* their rows land long before them */
    bool has_late_answers; /* to commits */
    bool has_slow_tails;
    bool has_full_queue;
    size_t queue_max;     /* records sent and not reported that a worker may have */
    int64_t memory_tasks; /* the setting's scale is another: worlds are small */
    int64_t memory_bytes;
    bool has_failed_sends; /* reports of unknown outcome */
    bool has_commit_trouble;
    bool has_compaction;
    bool has_deleted_group;
    bool has_lost_disks;
    bool has_auto_clean;
    bool has_refusals;         /* the broker refuses the records of some tasks as too large */
    bool has_dead_endpoints;   /* some tasks' attempts all end without an answer, after seconds */
    int64_t clock_skew_max_ms; /* of a worker's wall clock, either way; 0: none is wrong */
    int64_t clean_ages_ms[3];  /* Success, Failure, Stopped; 0: never */
    int64_t clean_interval_ms;
    int64_t audit_window_ms;
    int64_t trim_interval_ms;
    int slow_host;         /* it answers slowly while there are faults; SIM_HOST_COUNT or more: none */
    int64_t fault_gap_ms;  /* between faults, at most */
    int64_t fault_end_ms;  /* from then on no fault, no publish */
    int64_t settle_end_ms; /* by then all must be settled */
};

struct sim_world {
    uint64_t seed;
    struct sim_profile profile;
    struct sim_node nodes[SIM_NODE_MAX];
    struct sim_log logs[SIM_SLOT_COUNT][SIM_PARTITION_MAX];
    int incarnation_count;
    uint64_t append_count;
    int64_t clock_skews_ms[SIM_INCARNATION_MAX];
    uint64_t crash_count;
    uint64_t freeze_count;
    uint64_t rebalance_count;
    uint64_t call_count;
    uint64_t full_count;       /* turns that ended at the bound of memory */
    uint64_t repeat_count;     /* attempts that arrived more than once */
    uint64_t late_claim_count; /* claims above that of a member, by workers that were members no more */
    bool is_tracing;
};

extern struct sim_world sim;
extern int64_t sim_now_ms;
extern const int64_t sim_tiers_ms[SIM_TIER_COUNT];
extern struct sim_node *sim_current; /* the node whose worker runs now */

/* Random choices: 0..count-1; true in permille of 1000. */
uint64_t sim_random(uint64_t count);
bool sim_chance(unsigned permille);
bool sim_has_faults(void);

/* Says what broke and ends the process with status 1. */
void sim_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void sim_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Broker. The record is copied. Gives the offset. */
struct sim_log *sim_get_log(enum topic_kind kind, int64_t tier_ms, int32_t partition);
int64_t sim_append(struct sim_log *log, const struct sim_record *record);
/* is_final: all has been read by its owner, nothing lags. */
void sim_compact(bool is_final);
/* The group's committed offsets are gone. */
void sim_forget_offsets(void);

/* Nodes. */
void sim_wake(struct sim_node *node, int64_t time_ms);
/* Every port calls it where a crash or a freeze may come; does not return after a crash. */
void sim_pass_port(struct sim_node *node);
/* The world goes on until then or until all is settled; called again from within a turn that is frozen. */
void sim_run_until(int64_t time_ms);
void sim_start_node(struct sim_node *node);
void sim_crash_node(struct sim_node *node);
/* What its wall clock shows now. */
int64_t sim_get_clock_ms(const struct sim_node *node);
bool sim_is_alive(int incarnation);

/* Group: sim_group.c. */
void sim_group_join(struct sim_node *node);
void sim_group_leave(int incarnation);
/* Its heartbeats are lost: it is no member any more, and learns of it late. */
void sim_group_kick(int incarnation);
void sim_group_note_revoked(struct sim_node *node);
/* Session timeouts, rebalances that are complete. */
void sim_group_tick(void);
int64_t sim_group_get_generation(int incarnation); /* -1: not a member */

/* Ports, beyond their headers. */
void sim_intake_assign(struct intake *intake, const int32_t *partitions, size_t partition_count);
void sim_intake_revoke(struct intake *intake);
void sim_intake_lose(struct intake *intake);
/* It has given all up and waits for the next assignment. */
bool sim_intake_is_waiting(const struct intake *intake);
void sim_intake_abandon(struct sim_node *node);
void sim_intake_tick(struct intake *intake);
void sim_emit_tick(struct emit *emit);
void sim_emit_abandon(struct sim_node *node);
void sim_emit_tick_orphans(void);
void sim_disk_crash(struct sim_node *node);
void sim_courier_abandon(struct sim_node *node);
/* Each row of an open store. */
typedef void (*sim_row_cb)(const char *key, size_t key_bytes, const char *json, size_t json_bytes, void *opaque);
void sim_disk_each_row(struct sim_node *node, int32_t partition, sim_row_cb cb, void *opaque);

/* Script: sim_script.c. */
void sim_script_init(void);
void sim_script_tick(void);

/* Records that cannot be read: sim_poison.c. */
void sim_poison_init(void);
void sim_poison_tick(void);
void sim_poison_check_end(void);

/* Oracle: sim_oracle.c. What the endpoint answers attempt `attempt` of a task; started and ended are told as they
 * happen. */
struct sim_answer {
    int32_t status; /* 0: none came */
    int64_t delay_ms;
    int64_t retry_after_ms;
    int class;
};
struct sim_task;
struct sim_task *sim_oracle_start(struct sim_node *node, const char *idempotency_key, uint32_t attempt,
                                  const char *url);
void sim_oracle_end(const struct sim_node *node, struct sim_task *task, uint32_t attempt, int64_t wait_min_ms);
/* The worker has cut the attempt off. */
void sim_oracle_abort(const struct sim_node *node, struct sim_task *task, uint32_t attempt);
void sim_oracle_note_append(struct sim_log *log, int64_t offset);
/* The node's worker is given this record. */
void sim_oracle_note_read(const struct sim_node *node, const struct sim_log *log, int64_t offset);
/* I12: records below are about to be trimmed, as this node asked. */
void sim_oracle_check_trim(const struct sim_node *node, const struct sim_log *log, int64_t offset);
void sim_oracle_note_retry(const char *key);
/* A turn of the node's worker is over. */
void sim_oracle_check_turn(const struct sim_node *node);
bool sim_oracle_is_settled(void);
/* A row may stay that much longer than its age: passes come one after the other, and clocks differ. */
int64_t sim_oracle_get_cleaning_lag_ms(void);
/* All rows old enough have gone, and all markers; in a world where nothing else happens any more. */
void sim_oracle_check_cleaned(void);
void sim_oracle_check_end(void);
struct sim_answer sim_oracle_answer(const struct sim_task *task, uint32_t attempt);

/* What a published task is like. */
struct sim_spec {
    int number;
    int key;
    int host;
    bool is_ladder;
    int64_t waits_ms[8];
    uint32_t wait_count;
    int64_t not_before_ms;
    uint32_t failure_count; /* attempts that fail before one succeeds */
    bool is_gone;           /* the last answer is 410, not 200 */
    int duplicate;          /* enum duplicate_policy */
    bool has_publish_id;
    bool is_refused;    /* no tier takes its record, nor `dead` its bytes */
    bool is_dead;       /* its endpoint never answers */
    int settled_status; /* enum row_status: its publisher's own call has settled it; 0: it is to be called */
};
#define SIM_SPEC_MAX 256
extern struct sim_spec sim_specs[SIM_SPEC_MAX];
extern int sim_spec_count;
/* Of the task in a record's value; NULL: it holds none. */
const struct sim_spec *sim_find_spec(const char *value, size_t value_bytes);

#endif
