/* core: what the modules that hold the worker's state share: the ports, this turn's now, and the bounds.
 *
 * One thread owns everything here. Pointers between the structs below are plain; what crosses a port is a token: the
 * slot and generation of a hand, so that a late answer finds nothing instead of freed memory.
 *
 * Memory:  one struct in worker.c; the ports are borrowed.
 * Threads: the loop's.
 */
#ifndef WORKER_CORE_H
#define WORKER_CORE_H

#include "clock.h"
#include "courier.h"
#include "emit.h"
#include "heap.h"
#include "intake.h"
#include "lanes.h"
#include "params.h"
#include "stats.h"
#include "store.h"
#include "taken_list.h"
#include "tier.h"
#include "topic_watch.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hand;
struct partition;
struct plugin;

/* What a token stands for; it comes back in a port's answer. */
enum token_kind {
    TOKEN_CARRY = 1, /* a hand's delay, dead or tasks record */
    TOKEN_ROW,       /* a hand's row, or a row written again */
    TOKEN_EVENT,     /* a hand's event */
    TOKEN_ATTEMPT,   /* a hand's transfer */
    TOKEN_FETCH,     /* a hand's record, by coordinates */
    TOKEN_CLAIM,     /* a partition's claim */
    TOKEN_OFFSETS,   /* a partition's `:offsets` */
    TOKEN_COMMIT,    /* the worker's commit */
    TOKEN_PROOF,     /* the worker's proof of membership */
    TOKEN_LOG_END,   /* a partition's question for the end of tasks */
    TOKEN_TRIM,      /* the worker's trim */
};

/* kind << 56 | generation << 24 | slot; slot is a hand's, or a partition number. */
uint64_t token_make(enum token_kind kind, uint32_t generation, uint32_t slot);
enum token_kind token_get_kind(uint64_t token);
uint32_t token_get_generation(uint64_t token);
uint32_t token_get_slot(uint64_t token);

struct core {
    const struct params *params;
    struct stats *stats;
    struct intake *intake;
    struct emit *emit;
    struct courier *courier;
    struct plugin *plugin; /* NULL: none */
    struct clock clock;
    struct now now;
    struct tiers tiers;       /* found on the broker at the last assignment */
    char *cluster_id;         /* of the last assignment; NULL before the first */
    int32_t partition_count;  /* P; 0 before the first assignment */
    struct partition **owned; /* P of them, NULL where not assigned */
    struct hand **slots;      /* by slot; NULL: free */
    uint32_t *slot_generations;
    uint32_t slot_count;
    uint32_t free_slot;   /* lowest slot that may be free */
    struct heap holds;    /* struct taken.hold, by due time */
    struct lanes lanes;   /* tasks that are due, by destination: turns.h */
    int32_t limits_owned; /* number of partitions by which the caps of lanes are shared */
    uint64_t *wakes;      /* tokens of hands to look at when this turn's rows are in the store */
    size_t wake_count;
    size_t wake_cap_count;
    size_t taken_count; /* records in memory */
    size_t taken_bytes;
    size_t clean_count;          /* rows that are to go: clean.h */
    size_t aged_clean_count;     /* of these: found by auto_clean.h */
    int32_t clean_partition;     /* whose rows auto_clean.h looks at, or the one before the next */
    int64_t clean_slice_mono_ms; /* when it may look again */
    bool is_trim_open;           /* one is under way: trim.h */
    bool has_told_trim;          /* that it fails is logged */
    int64_t trim_mono_ms;        /* not before this is the next */
    struct topic_watch topic_watch;
    int64_t clock_offset_ms; /* of the last own claim: clock_check.h */
    bool is_proven;   /* the group has accepted a commit since the last long gap: attempts and writes are allowed */
    bool is_stopping; /* nothing new is started */
};

bool core_has_memory(const struct core *core);
/* The hand of a slot if it is still of that generation, else NULL. */
struct hand *core_get_hand(const struct core *core, uint64_t token);
/* Gives the hand a slot; its token parts are then hand->slot and hand->generation. */
void core_add_hand(struct core *core, struct hand *hand);
void core_remove_hand(struct core *core, struct hand *hand);
void core_close(struct core *core);

#endif
