/* topics: names and settings of the topics under one prefix.
 *
 * Every topic has the same partition count; LogAppendTime; segments 64 MiB and 1 h.
 *
 * Memory:  values; topics_init() fills the caller's struct.
 * Threads: read-only after init.
 */
#ifndef SCHEMAS_TOPICS_H
#define SCHEMAS_TOPICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rc.h"

#define TOPICS_PREFIX_MAX_BYTES 100
#define TOPICS_NAME_MAX_BYTES 160
#define TOPICS_TIER_MAX 64
#define TOPICS_CONFIG_MAX 16
#define TOPICS_TASKS_MAX_MESSAGE_BYTES (2 * 1024 * 1024 + 64 * 1024)
#define TOPICS_CARRY_MAX_MESSAGE_BYTES (TOPICS_TASKS_MAX_MESSAGE_BYTES + 64 * 1024)

enum topic_kind {
    TOPIC_TASKS = 0,
    TOPIC_CONTROL,
    TOPIC_STATE,
    TOPIC_EVENTS,
    TOPIC_DEAD,
    TOPIC_DELAY, /* one for each tier */
};

struct topic_config {
    const char *name; /* Kafka's topic configuration name */
    char value[32];
};

struct topic {
    enum topic_kind kind;
    int64_t tier_ms; /* TOPIC_DELAY only, else 0 */
    char name[TOPICS_NAME_MAX_BYTES];
    struct topic_config configs[TOPICS_CONFIG_MAX];
    size_t config_count;
};

struct topics {
    char prefix[TOPICS_PREFIX_MAX_BYTES];
    int32_t partition_count;
    int16_t replication_factor;
    struct topic list[TOPIC_DELAY + TOPICS_TIER_MAX]; /* the five, then tiers by rising wait */
    size_t count;
};

/* Generic tiers (0 1s 5s 10s 30s 1m 2m 5m 10m 30m 1h 2h 6h 12h 24h) and wait_ms of the configured schedules, each once;
 * waits over 24 h get no tier of their own. audit_window_ms sets retention of `events`. RC_INVALID naming the setting:
 * prefix not [a-zA-Z0-9._-]+ or too long, partition_count not 1..65535, too many tiers, a wait under 1 ms. */
enum rc topics_init(const char *prefix, int32_t partition_count, int16_t replication_factor, const int64_t *wait_ms,
                    size_t wait_count, int64_t audit_window_ms, struct topics *ret_topics, char *errstr,
                    size_t errstr_bytes);
/* <prefix>.tasks, <prefix>.delay.5000ms. buf has TOPICS_NAME_MAX_BYTES. */
void topics_print_name(const char *prefix, enum topic_kind kind, int64_t tier_ms, char *buf);
/* Whether a broker's topic name is one under prefix, and which. */
bool topics_parse_name(const char *prefix, const char *name, enum topic_kind *ret_kind, int64_t *ret_tier_ms);

#endif
