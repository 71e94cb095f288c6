/* kafka_layout: what there is to read of some partitions, and from where. Asked of the broker by blocking calls.
 *
 * Every topic under the prefix must have as many partitions as `tasks`, and the five topics and the tier of 0 ms must
 * exist. A stream is read on from its committed offset. One below the log start was trimmed meanwhile: it is raised to
 * the log start, what lay between was complete before it was trimmed. One above the log end means that records were
 * lost. Of `state` it only tells what the log holds: its reader knows where it was.
 *
 * Memory:  the caller owns the struct; kafka_layout_close() frees what it holds; a zeroed one is fine.
 * Threads: one at a time; any.
 * Errors:  RC_UNAVAILABLE: ask again. RC_NOT_FOUND (a topic is missing), RC_CONFLICT, with a text for the operator: no
 *          use in asking again before somebody has acted.
 */
#ifndef WORKER_KAFKA_LAYOUT_H
#define WORKER_KAFKA_LAYOUT_H

#include "rc.h"
#include "topics.h"
#include <librdkafka/rdkafka.h>
#include <stddef.h>
#include <stdint.h>

struct intake_place {
    enum topic_kind kind; /* TOPIC_TASKS, _CONTROL, _STATE, _DELAY */
    int64_t tier_ms;
    int32_t partition;
    int64_t committed_offset; /* -1: none; always for _STATE */
    int64_t first_offset;     /* where to read from; -1 for _STATE, whose reader knows */
    int64_t log_start_offset;
    int64_t log_end_offset;
};

struct kafka_layout {
    char *cluster_id;                  /* librdkafka's; NULL: the brokers have none */
    int32_t partition_count;           /* of every topic */
    int64_t tiers_ms[TOPICS_TIER_MAX]; /* rising */
    size_t tier_count;
    struct intake_place *places; /* of the partitions asked for */
    size_t place_count;
};

/* Blocks up to a few times timeout_ms. The client is the group's consumer. */
enum rc kafka_layout_read(rd_kafka_t *consumer, const char *topic_prefix, const int32_t *partitions,
                          size_t partition_list_count, int timeout_ms, struct kafka_layout *ret_layout, char *errstr,
                          size_t errstr_bytes);
void kafka_layout_close(struct kafka_layout *layout);

#endif
