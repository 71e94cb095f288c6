/* kafka_stream: the queue of one assigned partition, read without ever pausing its fetch.
 *
 * librdkafka's own queue of the partition is taken off the consumer's (un-forwarded) before the assignment; what it
 * holds is bounded by queued.max.messages.kbytes. A stream fails for good when its offset is out of range or bytes
 * cannot be decoded. What the broker says of a fetch and librdkafka tries again is only logged.
 *
 * Memory:  the caller owns the struct, which must not move while records of it are out; open/close.
 * Threads: the loop's thread.
 */
#ifndef WORKER_KAFKA_STREAM_H
#define WORKER_KAFKA_STREAM_H

#include "kafka.h"
#include "kafka_layout.h"
#include "topics.h"
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record;

struct intake_stream {
    struct intake_place place;
    char topic[TOPICS_NAME_MAX_BYTES];
    rd_kafka_queue_t *queue; /* NULL: closed */
    int fd;                  /* of the intake, woken when the stream fails */
    size_t *untold_count;    /* of the intake: failures not told yet */
    uint64_t seek_token;     /* of the seek under way, nothing is read until its answer; 0: none */
    bool is_failed;
    bool is_out_of_range; /* failed: the log does not hold what is to be read next */
    bool is_failure_told;
    char failure[KAFKA_ERRSTR_BYTES];
};

/* fd and untold_count outlive the stream. */
void kafka_stream_open(struct intake_stream *stream, rd_kafka_t *consumer, const char *topic_prefix,
                       const struct intake_place *place, int fd, size_t *untold_count);
/* Twice is safe. */
void kafka_stream_close(struct intake_stream *stream);
/* Nothing is read from here on until kafka_stream_end_seek(). */
void kafka_stream_begin_seek(struct intake_stream *stream, uint64_t token);
void kafka_stream_end_seek(struct intake_stream *stream);
/* After a seek that is to be tried again: drops what was read before it. False: the stream has failed meanwhile. */
bool kafka_stream_drop_read(struct intake_stream *stream);
/* Turns a message without error into a record, which borrows from it. */
void kafka_stream_fill_record(rd_kafka_message_t *message, enum topic_kind kind, int64_t tier_ms,
                              struct record *ret_record);

#endif
