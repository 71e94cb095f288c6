/* link: a connection to the cluster for everything but publishing: metadata, log ends, administration, reading.
 *
 * It is a consumer without a group, so it needs no right on any group and never creates a topic by asking for it.
 *
 * Memory:  link_open() gives, link_close() takes; NULL is fine.
 * Threads: one at a time.
 * Errors:  RC_UNAVAILABLE (broker not reachable, with the reason librdkafka logged last), RC_DENIED, RC_NOT_FOUND (with
 *          text: the topic does not exist), RC_TIMEOUT, RC_INVALID (a `kafka` setting librdkafka refuses).
 */
#ifndef CLI_LINK_H
#define CLI_LINK_H

#include "rc.h"
#include "reason.h"
#include "settings.h"
#include <librdkafka/rdkafka.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_TIMEOUT_MS 10000 /* of one request */

struct link {
    rd_kafka_t *kafka;
    struct reason reason;
};

enum rc link_open(const struct settings *settings, struct link **ret_link, char *errstr, size_t errstr_bytes);
void link_close(struct link *link);
/* A failed call as enum rc, with the text "what: why". */
enum rc link_fail(struct link *link, rd_kafka_resp_err_t error, const char *what, char *errstr, size_t errstr_bytes);
/* All topics with their partitions; free with rd_kafka_metadata_destroy(). */
enum rc link_list_topics(struct link *link, const struct rd_kafka_metadata **ret_metadata, char *errstr,
                         size_t errstr_bytes);
/* ret_replica_count, of partition 0, may be NULL. */
enum rc link_get_shape(struct link *link, const char *topic, int32_t *ret_partition_count, int32_t *ret_replica_count,
                       char *errstr, size_t errstr_bytes);
/* The partition count alone: of <prefix>.tasks it is P. */
enum rc link_get_partition_count(struct link *link, const char *topic, int32_t *ret_count, char *errstr,
                                 size_t errstr_bytes);
/* The offset the next record will get. */
enum rc link_get_end(struct link *link, const char *topic, int32_t partition, int64_t *ret_offset, char *errstr,
                     size_t errstr_bytes);

#endif
