/* topic_rules: which settings of the topics on a broker could lose a task, or keep a worker from writing one on.
 *
 * They are asked of what the broker has, not of what was once applied: somebody may have altered a topic since. What
 * breaks a rule is a *flaw*; no worker starts over one, and `autohttp topics check` names it. A setting that only
 * differs from what topics.h wants is none.
 *
 *   topic_facts_init() for each topic -> topic_facts_note() for each setting that the broker tells ->
 * topic_rules_judge()
 *
 * A topic's max.message.bytes is asked for as it is in effect, so the broker's own message.max.bytes is in it. Its
 * replica.fetch.max.bytes stops no record: a first batch is always fetched whole (KIP-74).
 *
 * Memory:  values; a flaw borrows from the facts, for the call only.
 * Threads: any.
 */
#ifndef SCHEMAS_TOPIC_RULES_H
#define SCHEMAS_TOPIC_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "topics.h"

#define TOPIC_RULES_VALUE_BYTES 64
#define TOPIC_RULES_TEXT_BYTES 512
/* Compaction takes nothing from `state` before: longer than a partition may stay without an owner. */
#define TOPIC_RULES_STATE_LAG_MIN_MS (INT64_C(24) * 60 * 60 * 1000)

enum topic_setting {
    TOPIC_CLEANUP_POLICY = 0,
    TOPIC_RETENTION_MS,
    TOPIC_RETENTION_BYTES,
    TOPIC_TIMESTAMP_TYPE,
    TOPIC_COMPACTION_LAG_MS,
    TOPIC_DELETE_RETENTION_MS,
    TOPIC_MAX_MESSAGE_BYTES,
    TOPIC_SEGMENT_BYTES,
    TOPIC_SETTING_COUNT,
};

/* What a broker has of one topic. */
struct topic_facts {
    enum topic_kind kind;
    char name[TOPICS_NAME_MAX_BYTES];
    char values[TOPIC_SETTING_COUNT][TOPIC_RULES_VALUE_BYTES]; /* "": not told */
};

struct topic_flaw {
    const char *topic;
    const char *setting; /* Kafka's name of it */
    const char *found;   /* "": not told */
    const char *needed;
    const char *why; /* what could happen */
};

typedef void (*topic_flaw_cb)(const struct topic_flaw *flaw, void *opaque);

/* False if the name is none under the prefix. */
bool topic_facts_init(const char *prefix, const char *name, struct topic_facts *ret_facts);
/* A setting that no rule is about is passed over. value NULL: not told. */
void topic_facts_note(struct topic_facts *facts, const char *setting, const char *value);
/* A number that was told, else -1. */
int64_t topic_facts_get_number(const struct topic_facts *facts, enum topic_setting setting);

/* All topics of one prefix together: what a tier must carry depends on what `tasks` takes. Events need not be kept for
 * longer than audit_window_ms. Calls cb for each flaw, in the order of the topics, and returns their number. */
size_t topic_rules_judge(const struct topic_facts *facts, size_t count, int64_t audit_window_ms, topic_flaw_cb cb,
                         void *opaque);
/* "autohttp.tasks: retention.ms is 60000, must be -1: ...; `autohttp topics apply --execute` sets it". */
void topic_flaw_print(const struct topic_flaw *flaw, char buf[TOPIC_RULES_TEXT_BYTES]);

#endif
