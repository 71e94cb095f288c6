/* follow: reading partitions of topics from given offsets on, without a group and without committing anything.
 *
 * Records of different partitions come in no order; those of one partition in theirs.
 *
 * Memory:  follow_open() gives, follow_close() takes; NULL is fine. The link must outlive it. A record is borrowed
 *          until the next follow_read() or follow_close().
 * Threads: one at a time.
 * Errors:  as link.h; follow_read(): RC_TIMEOUT if nothing came in time.
 */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include "link.h"
#include "rc.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOLLOW_FROM_START INT64_C(-2)
#define FOLLOW_FROM_END INT64_C(-1)

struct follow;

struct follow_record {
    bool is_end; /* the reader has reached the log end of topic/partition; no field below is set */
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t time_ms; /* of the append */
    const char *key; /* NULL: none */
    size_t key_bytes;
    const char *value; /* NULL: a tombstone */
    size_t value_bytes;
    const rd_kafka_headers_t *headers; /* NULL: none */
};

enum rc follow_open(struct link *link, struct follow **ret_follow, char *errstr, size_t errstr_bytes);
void follow_close(struct follow *follow);
/* offset: one of the log's, FOLLOW_FROM_START or FOLLOW_FROM_END. Reading begins at once. */
enum rc follow_add(struct follow *follow, const char *topic, int32_t partition, int64_t offset, char *errstr,
                   size_t errstr_bytes);
enum rc follow_read(struct follow *follow, int64_t timeout_ms, struct follow_record *ret_record, char *errstr,
                    size_t errstr_bytes);

#endif
