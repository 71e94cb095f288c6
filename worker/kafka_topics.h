/* kafka_topics: whether the topics of the prefix are such that no task can be lost on them. Asked of the broker by
 * blocking calls.
 *
 * They must be there, with one partition count (kafka_layout.h), and no setting may be a flaw (topic_rules.h). It takes
 * the right DescribeConfigs on all of them.
 *
 * Memory:  values.
 * Threads: one at a time; any.
 * Errors:  RC_UNAVAILABLE: ask again. RC_CONFLICT: a flaw, or a partition count; RC_NOT_FOUND: a topic is missing;
 *          RC_DENIED: the right is missing; each with a text for the operator.
 */
#ifndef WORKER_KAFKA_TOPICS_H
#define WORKER_KAFKA_TOPICS_H

#include "rc.h"
#include <librdkafka/rdkafka.h>
#include <stddef.h>
#include <stdint.h>

/* Blocks up to a few times timeout_ms. *ret_compaction_lag_ms: min.compaction.lag.ms of `state`. */
enum rc kafka_topics_check(rd_kafka_t *client, const char *topic_prefix, int64_t audit_window_ms, int timeout_ms,
                           int64_t *ret_compaction_lag_ms, char *errstr, size_t errstr_bytes);

#endif
