#include "alloc.h"
#include "sim.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMPACTION_LAG_MS 40000

struct sim_world sim;
int64_t sim_now_ms;
struct sim_node *sim_current;
const int64_t sim_tiers_ms[SIM_TIER_COUNT] = {0, 1000, 3000, 5000, 10000, 30000};
static uint64_t random_state;

/* splitmix64 */
static uint64_t draw(void)
{
    uint64_t z;

    if (random_state == 0) {
        random_state = sim.seed * 2 + 1;
    }
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = random_state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t sim_random(uint64_t count)
{
    return count == 0 ? 0 : draw() % count;
}

bool sim_chance(unsigned permille)
{
    return sim_random(1000) < permille;
}

bool sim_has_faults(void)
{
    return sim_now_ms < sim.profile.fault_end_ms;
}

void sim_fail(const char *format, ...)
{
    va_list args;

    fprintf(stdout, "seed %llu at %.3f s: ", (unsigned long long)sim.seed, (double)(sim_now_ms - SIM_START_MS) / 1000);
    va_start(args, format);
    vfprintf(stdout, format, args);
    va_end(args);
    fputc('\n', stdout);
    fflush(stdout);
    _exit(1);
}

void sim_trace(const char *format, ...)
{
    va_list args;

    if (!sim.is_tracing) {
        return;
    }
    fprintf(stderr, "%9.3f ", (double)(sim_now_ms - SIM_START_MS) / 1000);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

static size_t get_slot(enum topic_kind kind, int64_t tier_ms)
{
    if (kind != TOPIC_DELAY) {
        return (size_t)kind;
    }
    for (size_t i = 0; i < SIM_TIER_COUNT; i++) {
        if (sim_tiers_ms[i] == tier_ms) {
            return 5 + i;
        }
    }
    sim_fail("no tier of %lld ms", (long long)tier_ms);
}

struct sim_log *sim_get_log(enum topic_kind kind, int64_t tier_ms, int32_t partition)
{
    struct sim_log *log = &sim.logs[get_slot(kind, tier_ms)][partition];

    if (log->cap_count == 0) {
        log->kind = kind;
        log->tier_ms = tier_ms;
        log->partition = partition;
        log->committed_offset = -1;
        log->cap_count = 64;
        log->records = alloc_zeroed((size_t)log->cap_count, sizeof *log->records);
    }
    return log;
}

static char *copy(const char *bytes, size_t byte_count)
{
    return bytes == NULL ? NULL : alloc_copy(bytes, byte_count);
}

static const char *const kind_names[] = {"tasks", "control", "state", "events", "dead", "delay"};

int64_t sim_append(struct sim_log *log, const struct sim_record *record)
{
    struct sim_record *mine;

    if (log->count == log->cap_count) {
        log->cap_count *= 2;
        log->records = alloc_resize(log->records, (size_t)log->cap_count, sizeof *log->records);
    }
    mine = &log->records[log->count++];
    *mine = *record;
    mine->append_time_ms = sim_now_ms;
    mine->key = copy(record->key, record->key_bytes);
    mine->value = copy(record->value, record->value_bytes);
    mine->header = copy(record->header, record->header_bytes);
    mine->source = record->source;
    sim.append_count++;
    sim_trace("append %s%lld-%d-%lld by %d key=%.*s {%s} %.300s", kind_names[log->kind], (long long)log->tier_ms,
              (int)log->partition, (long long)log->count - 1, record->writer, (int)record->key_bytes,
              record->key == NULL ? "" : record->key, mine->header == NULL ? "" : mine->header,
              log->kind == TOPIC_STATE || log->kind == TOPIC_EVENTS ? mine->value == NULL ? "tombstone" : mine->value
                                                                    : "");
    for (int i = 0; i < SIM_NODE_MAX; i++) {
        sim_wake(&sim.nodes[i], sim_now_ms + 1 + (int64_t)sim_random(30));
    }
    sim_oracle_note_append(log, log->count - 1);
    return log->count - 1;
}

static bool is_same_key(const struct sim_record *a, const struct sim_record *b)
{
    return a->key_bytes == b->key_bytes && memcmp(a->key, b->key, a->key_bytes) == 0;
}

/* Of each key the last record stays, among those that are older than the lag. */
static void compact_log(struct sim_log *log, int64_t lag_ms)
{
    int64_t end = 0;

    while (end < log->count && log->records[end].append_time_ms <= sim_now_ms - lag_ms) {
        end++;
    }
    for (int64_t i = 0; i < end; i++) {
        for (int64_t j = i + 1; j < end && !log->records[i].is_compacted; j++) {
            log->records[i].is_compacted = is_same_key(&log->records[i], &log->records[j]);
        }
    }
}

void sim_compact(bool is_final)
{
    for (int32_t i = 0; i < sim.profile.partition_count; i++) {
        compact_log(sim_get_log(TOPIC_STATE, 0, i), is_final ? 0 : COMPACTION_LAG_MS);
    }
}

void sim_forget_offsets(void)
{
    for (size_t slot = 0; slot < SIM_SLOT_COUNT; slot++) {
        for (int32_t i = 0; i < SIM_PARTITION_MAX; i++) {
            sim.logs[slot][i].committed_offset = -1;
        }
    }
}

void sim_wake(struct sim_node *node, int64_t time_ms)
{
    if (time_ms < node->wake_ms) {
        node->wake_ms = time_ms;
    }
}

/* The rest of the world goes on while this node stands still in the middle of its turn. */
static void freeze(struct sim_node *node)
{
    int64_t end_ms = sim_now_ms + 200 + (int64_t)sim_random(8000);

    sim_trace("node %d freezes within its turn", node->number);
    sim.freeze_count++;
    node->is_stopped = true;
    node->frozen_until_ms = end_ms;
    sim_run_until(end_ms);
    sim_current = node;
    node->is_stopped = false;
    node->frozen_until_ms = 0;
    sim_trace("node %d goes on", node->number);
}

void sim_pass_port(struct sim_node *node)
{
    node->port_calls++;
    if (!node->is_in_turn || !sim_has_faults()) {
        return;
    }
    if (node->crash_countdown > 0 && --node->crash_countdown == 0) {
        longjmp(node->crash_jump, 1);
    }
    if (node->freeze_countdown > 0 && --node->freeze_countdown == 0) {
        freeze(node);
    }
}

int64_t sim_get_clock_ms(const struct sim_node *node)
{
    return sim_now_ms + node->clock_skew_ms;
}

bool sim_is_alive(int incarnation)
{
    for (int i = 0; i < SIM_NODE_MAX; i++) {
        const struct sim_node *node = &sim.nodes[i];

        if (node->incarnation == incarnation) {
            return !(node->is_stopped && sim_now_ms < node->frozen_until_ms);
        }
    }
    return false;
}
