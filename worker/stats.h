/* stats: the worker's counters, gauges and histograms, and their Prometheus text.
 *
 * stats.def is the list; each row becomes a field here, always an array with one element for each label value:
 *
 *   stats_add(stats->hops_total, 1);
 *   stats_add(&stats->attempts_total[STATS_CLASS_DNS], 1);
 *   stats_add(&stats->commands_total[STATS_PAIR(STATS_COMMAND_STOP, RESULT, STATS_RESULT_APPLIED)], 1);
 *   stats_set(&stats->partitions[STATS_PHASE_RUN], 16);
 *   stats_observe(&stats->lateness_seconds, lateness_us);
 *
 * Memory:  the caller owns the struct; stats_init() before use, nothing to free.
 * Threads: one thread writes, any thread reads and prints meanwhile: single values are exact, a histogram's sum and
 *          count may be one observation apart.
 * Time:    durations in microseconds.
 */
#ifndef WORKER_STATS_H
#define WORKER_STATS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

#define STATS_NONE_VALUES(V) V(NONE, ONE, "")
/* success: judged a success. status: an answer that is none. body_check: one that the plugin did not let pass. plugin:
 * a hook of it failed. The others: why there was no usable answer. */
#define STATS_CLASS_VALUES(V)                                                                                          \
    V(CLASS, SUCCESS, "success")                                                                                       \
    V(CLASS, STATUS, "status")                                                                                         \
    V(CLASS, DNS, "dns")                                                                                               \
    V(CLASS, CONNECT, "connect")                                                                                       \
    V(CLASS, TLS, "tls")                                                                                               \
    V(CLASS, TIMEOUT, "timeout")                                                                                       \
    V(CLASS, RESET, "reset")                                                                                           \
    V(CLASS, TOO_LARGE, "too_large")                                                                                   \
    V(CLASS, DENIED, "denied")                                                                                         \
    V(CLASS, PROTOCOL, "protocol")                                                                                     \
    V(CLASS, INTERNAL, "internal")                                                                                     \
    V(CLASS, BODY_CHECK, "body_check")                                                                                 \
    V(CLASS, PLUGIN, "plugin")
#define STATS_STATUS_VALUES(V)                                                                                         \
    V(STATUS, SUCCESS, "success")                                                                                      \
    V(STATUS, FAILURE, "failure")                                                                                      \
    V(STATUS, STOPPED, "stopped")
/* The fence's lines: stale, outcome already written, a re-read or repeated append, another task's key, task deleted. */
#define STATS_DROP_VALUES(V)                                                                                           \
    V(DROP, STALE, "stale")                                                                                            \
    V(DROP, WRITTEN, "written")                                                                                        \
    V(DROP, REREAD, "reread")                                                                                          \
    V(DROP, DUPLICATE, "duplicate")                                                                                    \
    V(DROP, DELETED, "deleted")
/* In the order of enum topic_kind where a worker reads. */
#define STATS_TOPIC_VALUES(V)                                                                                          \
    V(TOPIC, TASKS, "tasks")                                                                                           \
    V(TOPIC, CONTROL, "control")                                                                                       \
    V(TOPIC, STATE, "state")                                                                                           \
    V(TOPIC, DELAY, "delay")
#define STATS_DEAD_VALUES(V)                                                                                           \
    V(DEAD, EXHAUSTED, "exhausted")     /* the schedule allows no more attempts */                                     \
    V(DEAD, FINAL, "final")             /* an answer after which none may follow: 410 */                               \
    V(DEAD, DENIED, "denied")           /* the egress policy */                                                        \
    V(DEAD, DEADLINE, "deadline")       /* the task's deadline is past */                                              \
    V(DEAD, INVALID, "invalid")         /* undecodable, or breaks the contract */                                      \
    V(DEAD, UNSUPPORTED, "unsupported") /* a field whose effect is not built */                                        \
    V(DEAD, DUPLICATE, "duplicate")     /* the policy is reject */                                                     \
    V(DEAD, TOO_LARGE, "too_large")     /* the broker refused its record */
#define STATS_COMMAND_VALUES(V)                                                                                        \
    V(COMMAND, STOP, "stop")                                                                                           \
    V(COMMAND, RETRY, "retry")                                                                                         \
    V(COMMAND, DELETE, "delete")                                                                                       \
    V(COMMAND, UNKNOWN, "unknown") /* not to be decoded */
#define STATS_RESULT_VALUES(V)                                                                                         \
    V(RESULT, APPLIED, "applied")                                                                                      \
    V(RESULT, NO_EFFECT, "no_effect") /* already so, or no such task */                                                \
    V(RESULT, REREAD, "reread")       /* at or below the row's last command */                                         \
    V(RESULT, INVALID, "invalid")
#define STATS_COMMIT_VALUES(V)                                                                                         \
    V(COMMIT, OK, "ok")                                                                                                \
    V(COMMIT, RETRY, "retry")     /* unavailable; tried again */                                                       \
    V(COMMIT, REFUSED, "refused") /* no longer a member */
#define STATS_PHASE_VALUES(V)                                                                                          \
    V(PHASE, RESTORE, "restore") /* reading state up to the own claim */                                               \
    V(PHASE, RUN, "run")         /* claimed and caught up */                                                           \
    V(PHASE, DRAIN, "drain")     /* being given up */
#define STATS_HOOK_VALUES(V)                                                                                           \
    V(HOOK, BUILDING, "on_task_building")                                                                              \
    V(HOOK, RESULT_VALID, "on_task_result_valid")                                                                      \
    V(HOOK, STATUS_UPDATE, "on_task_status_update")

/* STATS_CLASS_DNS, ..., STATS_CLASS_COUNT for each label. */
#define STATS_VALUE_ENUM(ID, VALUE, text) STATS_##ID##_##VALUE,
#define STATS_LABEL(ID, label, VALUES) enum stats_label_##ID{VALUES(STATS_VALUE_ENUM) STATS_##ID##_COUNT};
#include "stats.def"
#undef STATS_VALUE_ENUM

/* Index of a counter with two labels; B is the id of the second label. */
#define STATS_PAIR(value_a, B, value_b) ((size_t)(value_a)*STATS_##B##_COUNT + (size_t)(value_b))

#define STATS_BUCKET_MAX 20

struct stats_counter {
    _Atomic uint64_t value;
};

struct stats_gauge {
    _Atomic int64_t value;
};

struct stats_histogram {
    const int64_t *bounds_us; /* bucket i counts observations <= bounds_us[i] that fit no lower one */
    size_t bound_count;       /* at most STATS_BUCKET_MAX; bucket bound_count counts what is above all */
    _Atomic uint64_t counts[STATS_BUCKET_MAX + 1];
    _Atomic uint64_t sum_us;
};

struct stats {
#define STATS_COUNTER(name, LABEL_A, LABEL_B, help)                                                                    \
    struct stats_counter name[(size_t)STATS_##LABEL_A##_COUNT * STATS_##LABEL_B##_COUNT];
#define STATS_GAUGE(name, LABEL, help) struct stats_gauge name[STATS_##LABEL##_COUNT];
#define STATS_SECONDS(name, help) struct stats_gauge name[1];
#define STATS_HISTOGRAM(name, BUCKETS, help) struct stats_histogram name;
#include "stats.def"
};

/* All zero, histograms with their buckets. */
void stats_init(struct stats *stats);

/* One writer: a plain read and write without a locked instruction. */
static inline void stats_add(struct stats_counter *counter, uint64_t count)
{
    uint64_t value = atomic_load_explicit(&counter->value, memory_order_relaxed);
    atomic_store_explicit(&counter->value, value + count, memory_order_relaxed);
}

static inline uint64_t stats_get(const struct stats_counter *counter)
{
    return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

static inline void stats_set(struct stats_gauge *gauge, int64_t value)
{
    atomic_store_explicit(&gauge->value, value, memory_order_relaxed);
}

static inline int64_t stats_get_gauge(const struct stats_gauge *gauge)
{
    return atomic_load_explicit(&gauge->value, memory_order_relaxed);
}

/* Sets it if value is above what it has. */
void stats_raise(struct stats_gauge *gauge, int64_t value);
/* A negative duration counts as 0. */
void stats_observe(struct stats_histogram *histogram, int64_t duration_us);
uint64_t stats_get_count(const struct stats_histogram *histogram);
/* Appends the whole exposition (text format 0.0.4), with autohttp_build_info{version}. */
void stats_print_prometheus(const struct stats *stats, struct buffer *buffer);

#endif
