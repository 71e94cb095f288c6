#include "kafka_stream.h"

#include <inttypes.h>

#include "intake.h"

#define HEADER_NAME "autohttp"

void kafka_stream_open(struct intake_stream *stream, rd_kafka_t *consumer, const char *topic_prefix,
                       const struct intake_place *place, int fd, size_t *untold_count)
{
    *stream = (struct intake_stream){.place = *place, .fd = fd, .untold_count = untold_count};
    topics_print_name(topic_prefix, place->kind, place->tier_ms, stream->topic);
    stream->queue = rd_kafka_queue_get_partition(consumer, stream->topic, place->partition);
    rd_kafka_queue_forward(stream->queue, NULL);
    kafka_watch_queue(stream->queue, fd);
}

void kafka_stream_close(struct intake_stream *stream)
{
    if (stream->queue != NULL) {
        kafka_watch_queue(stream->queue, -1);
        rd_kafka_queue_destroy(stream->queue);
        stream->queue = NULL;
    }
}

void kafka_stream_begin_seek(struct intake_stream *stream, uint64_t token)
{
    stream->seek_token = token;
}

void kafka_stream_end_seek(struct intake_stream *stream)
{
    stream->seek_token = 0;
    kafka_wake_fd(stream->fd); /* it may have been read in vain meanwhile */
}

int64_t intake_stream_get_start_offset(const struct intake_stream *stream)
{
    return stream->place.committed_offset == -1 ? -1 : stream->place.first_offset;
}

static void fill_header(const rd_kafka_message_t *message, struct record *record)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    size_t value_bytes = 0;

    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get(headers, 0, HEADER_NAME, &value, &value_bytes) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return;
    }
    record->header = value == NULL ? "" : value; /* a header may be null; it is there */
    record->header_bytes = value_bytes;
    record->has_two_headers =
        rd_kafka_header_get(headers, 1, HEADER_NAME, &value, &value_bytes) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void kafka_stream_fill_record(rd_kafka_message_t *message, enum topic_kind kind, int64_t tier_ms,
                              struct record *ret_record)
{
    rd_kafka_timestamp_type_t type;

    *ret_record = (struct record){
        .kind = kind,
        .tier_ms = tier_ms,
        .partition = message->partition,
        .offset = message->offset,
        .append_time_ms = rd_kafka_message_timestamp(message, &type),
        .key = message->key,
        .key_bytes = message->key_len,
        .value = message->payload,
        .value_bytes = message->len,
        .handle = message,
    };
    fill_header(message, ret_record);
}

/* Errors up to RD_KAFKA_RESP_ERR__END are librdkafka's own: it does not go on reading, or has skipped what it could not
 * decode. The others, -1 too, are a broker's. */
static void take_error(struct intake_stream *stream, const rd_kafka_message_t *message)
{
    if (message->err > RD_KAFKA_RESP_ERR__END) {
        kafka_log_error(stream->topic, message->err, rd_kafka_message_errstr(message));
        return;
    }
    stream->is_failed = true;
    stream->is_out_of_range = message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET;
    (void)rc_fail(RC_UNAVAILABLE, stream->failure, sizeof stream->failure, "%s, partition %" PRId32 ": %s",
                  stream->topic, stream->place.partition, rd_kafka_message_errstr(message));
    (*stream->untold_count)++;
    kafka_wake_fd(stream->fd);
}

bool kafka_stream_drop_read(struct intake_stream *stream)
{
    rd_kafka_message_t *message;

    while (!stream->is_failed && (message = rd_kafka_consume_queue(stream->queue, 0)) != NULL) {
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            take_error(stream, message);
        }
        rd_kafka_message_destroy(message);
    }
    return !stream->is_failed;
}

bool intake_read(struct intake_stream *stream, struct record *ret_record)
{
    rd_kafka_message_t *message;
    bool is_read = false;

    while (!is_read && stream->queue != NULL && stream->seek_token == 0 && !stream->is_failed &&
           (message = rd_kafka_consume_queue(stream->queue, 0)) != NULL) {
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            kafka_stream_fill_record(message, stream->place.kind, stream->place.tier_ms, ret_record);
            return true;
        }
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            *ret_record = (struct record){.is_end = true, .offset = message->offset};
            is_read = true;
        } else {
            take_error(stream, message);
        }
        rd_kafka_message_destroy(message);
    }
    return is_read;
}

void intake_release_record(struct record *record)
{
    if (record->handle != NULL) {
        rd_kafka_message_destroy(record->handle);
    }
    *record = (struct record){0};
}
