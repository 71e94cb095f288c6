#include "topics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decimal.h"
#include "excerpt.h"
#include "task_json.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define PARTITION_COUNT_MAX 65535

#define CONTROL_RETENTION_MS (7 * DAY_MS)
#define DEAD_RETENTION_MS (30 * DAY_MS)
#define TIER_LONGEST_MS DAY_MS

static const char *const kind_names[] = {
    [TOPIC_TASKS] = "tasks",   [TOPIC_CONTROL] = "control", [TOPIC_STATE] = "state",
    [TOPIC_EVENTS] = "events", [TOPIC_DEAD] = "dead",
};

static const int64_t generic_tier_ms[] = {
    0,
    1 * SECOND_MS,
    5 * SECOND_MS,
    10 * SECOND_MS,
    30 * SECOND_MS,
    1 * MINUTE_MS,
    2 * MINUTE_MS,
    5 * MINUTE_MS,
    10 * MINUTE_MS,
    30 * MINUTE_MS,
    1 * HOUR_MS,
    2 * HOUR_MS,
    6 * HOUR_MS,
    12 * HOUR_MS,
    24 * HOUR_MS,
};

#define GENERIC_TIER_COUNT (sizeof generic_tier_ms / sizeof generic_tier_ms[0])

void topics_print_name(const char *prefix, enum topic_kind kind, int64_t tier_ms, char *buf)
{
    if (kind == TOPIC_DELAY)
        snprintf(buf, TOPICS_NAME_MAX_BYTES, "%s.delay.%" PRId64 "ms", prefix, tier_ms);
    else
        snprintf(buf, TOPICS_NAME_MAX_BYTES, "%s.%s", prefix, kind_names[kind]);
}

/* delay.<n>ms */
static bool parse_delay_name(const char *name, int64_t *ret_tier_ms)
{
    static const char start[] = "delay.";
    size_t name_bytes = strlen(name);
    size_t start_bytes = sizeof start - 1;
    uint64_t tier_ms;

    if (name_bytes < start_bytes + 2 || memcmp(name, start, start_bytes) != 0 ||
        strcmp(name + name_bytes - 2, "ms") != 0)
        return false;
    if (decimal_parse(name + start_bytes, name_bytes - start_bytes - 2, TASK_WAIT_MAX_MS, &tier_ms) != RC_OK)
        return false;
    *ret_tier_ms = (int64_t)tier_ms;
    return true;
}

bool topics_parse_name(const char *prefix, const char *name, enum topic_kind *ret_kind, int64_t *ret_tier_ms)
{
    size_t prefix_bytes = strlen(prefix);

    if (strncmp(name, prefix, prefix_bytes) != 0 || name[prefix_bytes] != '.')
        return false;
    name += prefix_bytes + 1;
    for (int kind = TOPIC_TASKS; kind < TOPIC_DELAY; kind++) {
        if (strcmp(name, kind_names[kind]) == 0) {
            *ret_kind = (enum topic_kind)kind;
            *ret_tier_ms = 0;
            return true;
        }
    }
    if (!parse_delay_name(name, ret_tier_ms))
        return false;
    *ret_kind = TOPIC_DELAY;
    return true;
}

static void add_text(struct topic *topic, const char *name, const char *value)
{
    struct topic_config *config = &topic->configs[topic->config_count++];

    config->name = name;
    snprintf(config->value, sizeof config->value, "%s", value);
}

static void add_number(struct topic *topic, const char *name, int64_t value)
{
    struct topic_config *config = &topic->configs[topic->config_count++];

    config->name = name;
    snprintf(config->value, sizeof config->value, "%" PRId64, value);
}

/* -1: never expires: an unsettled task must not. */
static int64_t get_retention_ms(enum topic_kind kind, int64_t audit_window_ms)
{
    switch (kind) {
    case TOPIC_CONTROL:
        return CONTROL_RETENTION_MS;
    case TOPIC_EVENTS:
        return audit_window_ms;
    case TOPIC_DEAD:
        return DEAD_RETENTION_MS;
    case TOPIC_TASKS:
    case TOPIC_STATE:
    case TOPIC_DELAY:
        break;
    }
    return -1;
}

/* Compaction must keep what a partition without an owner has not read yet, and tombstones as long. */
static void add_compaction(struct topic *topic)
{
    add_text(topic, "cleanup.policy", "compact");
    add_number(topic, "min.compaction.lag.ms", DAY_MS);
    add_number(topic, "delete.retention.ms", DAY_MS);
    add_text(topic, "min.cleanable.dirty.ratio", "0.1");
}

static void fill_topic(const struct topics *topics, enum topic_kind kind, int64_t tier_ms, int64_t audit_window_ms,
                       struct topic *topic)
{
    bool is_carrier = kind == TOPIC_DELAY || kind == TOPIC_DEAD;

    topic->kind = kind;
    topic->tier_ms = tier_ms;
    topic->config_count = 0;
    topics_print_name(topics->prefix, kind, tier_ms, topic->name);
    if (kind == TOPIC_STATE)
        add_compaction(topic);
    else
        add_text(topic, "cleanup.policy", "delete");
    add_number(topic, "retention.ms", get_retention_ms(kind, audit_window_ms));
    add_number(topic, "retention.bytes", -1);
    add_text(topic, "message.timestamp.type", "LogAppendTime");
    add_number(topic, "segment.bytes", 64 * 1024 * 1024);
    add_number(topic, "segment.ms", HOUR_MS);
    /* Also a limit on a batch, and producers batch 1 MB whatever the record: no topic may have less than that. */
    add_number(topic, "max.message.bytes",
               is_carrier ? TOPICS_CARRY_MAX_MESSAGE_BYTES : TOPICS_TASKS_MAX_MESSAGE_BYTES);
    add_number(topic, "min.insync.replicas", topics->replication_factor >= 3 ? 2 : 1);
    add_text(topic, "unclean.leader.election.enable", "false");
}

static enum rc check_prefix(const char *prefix, char *errstr, size_t errstr_bytes)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    char excerpt[EXCERPT_BYTES];
    size_t prefix_bytes = strlen(prefix);

    if (prefix_bytes == 0 || prefix_bytes >= TOPICS_PREFIX_MAX_BYTES)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "topic_prefix has %zu bytes, must have 1..%d", prefix_bytes,
                       TOPICS_PREFIX_MAX_BYTES - 1);
    if (strspn(prefix, allowed) != prefix_bytes)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "topic_prefix \"%s\": only letters, digits, . _ - are allowed",
                       excerpt_print(prefix, prefix_bytes, excerpt));
    return RC_OK;
}

static int compare_waits(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static bool has_wait(const int64_t *tier_ms, size_t count, int64_t wait_ms)
{
    for (size_t i = 0; i < count; i++) {
        if (tier_ms[i] == wait_ms)
            return true;
    }
    return false;
}

/* The tiers' waits, rising, each once. */
static enum rc collect_tiers(const int64_t *wait_ms, size_t wait_count, int64_t ret_tier_ms[TOPICS_TIER_MAX],
                             size_t *ret_count, char *errstr, size_t errstr_bytes)
{
    size_t count = GENERIC_TIER_COUNT;

    memcpy(ret_tier_ms, generic_tier_ms, sizeof generic_tier_ms);
    for (size_t i = 0; i < wait_count; i++) {
        if (wait_ms[i] < 1)
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "schedules: a wait of %" PRId64 " ms, at least 1",
                           wait_ms[i]);
        if (wait_ms[i] > TIER_LONGEST_MS || has_wait(ret_tier_ms, count, wait_ms[i]))
            continue;
        if (count == TOPICS_TIER_MAX)
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "schedules: more than %d different waits",
                           TOPICS_TIER_MAX - (int)GENERIC_TIER_COUNT);
        ret_tier_ms[count++] = wait_ms[i];
    }
    qsort(ret_tier_ms, count, sizeof *ret_tier_ms, compare_waits);
    *ret_count = count;
    return RC_OK;
}

static enum rc check_numbers(int32_t partition_count, int16_t replication_factor, int64_t audit_window_ms, char *errstr,
                             size_t errstr_bytes)
{
    if (partition_count < 1 || partition_count > PARTITION_COUNT_MAX)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "partition_count %" PRId32 " is not 1..%d", partition_count,
                       PARTITION_COUNT_MAX);
    if (replication_factor < 1)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "replication_factor %d is below 1", replication_factor);
    if (audit_window_ms < 1)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "audit_window is below 1 ms");
    return RC_OK;
}

enum rc topics_init(const char *prefix, int32_t partition_count, int16_t replication_factor, const int64_t *wait_ms,
                    size_t wait_count, int64_t audit_window_ms, struct topics *ret_topics, char *errstr,
                    size_t errstr_bytes)
{
    int64_t tier_ms[TOPICS_TIER_MAX];
    size_t tier_count = 0;
    enum rc rc = check_prefix(prefix, errstr, errstr_bytes);

    if (rc == RC_OK)
        rc = check_numbers(partition_count, replication_factor, audit_window_ms, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = collect_tiers(wait_ms, wait_count, tier_ms, &tier_count, errstr, errstr_bytes);
    if (rc != RC_OK)
        return rc;
    snprintf(ret_topics->prefix, sizeof ret_topics->prefix, "%s", prefix);
    ret_topics->partition_count = partition_count;
    ret_topics->replication_factor = replication_factor;
    for (int kind = TOPIC_TASKS; kind < TOPIC_DELAY; kind++)
        fill_topic(ret_topics, (enum topic_kind)kind, 0, audit_window_ms, &ret_topics->list[kind]);
    for (size_t i = 0; i < tier_count; i++)
        fill_topic(ret_topics, TOPIC_DELAY, tier_ms[i], audit_window_ms, &ret_topics->list[TOPIC_DELAY + i]);
    ret_topics->count = TOPIC_DELAY + tier_count;
    return RC_OK;
}
