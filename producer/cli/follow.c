#include "follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(FOLLOW_FROM_START == RD_KAFKA_OFFSET_BEGINNING, "offsets go to librdkafka as they are");
_Static_assert(FOLLOW_FROM_END == RD_KAFKA_OFFSET_END, "offsets go to librdkafka as they are");

struct part {
    rd_kafka_topic_t *topic;
    int32_t partition;
};

struct follow {
    struct link *link;
    rd_kafka_queue_t *queue;
    rd_kafka_message_t *message; /* behind the record given last */
    struct part *parts;
    size_t part_count;
};

enum rc follow_open(struct link *link, struct follow **ret_follow, char *errstr, size_t errstr_bytes)
{
    struct follow *follow = calloc(1, sizeof *follow);

    if (follow == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    }
    follow->link = link;
    follow->queue = rd_kafka_queue_new(link->kafka);
    *ret_follow = follow;
    return RC_OK;
}

static void release_message(struct follow *follow)
{
    if (follow->message != NULL) {
        rd_kafka_message_destroy(follow->message);
        follow->message = NULL;
    }
}

void follow_close(struct follow *follow)
{
    if (follow == NULL) {
        return;
    }
    release_message(follow);
    for (size_t i = 0; i < follow->part_count; i++) {
        rd_kafka_consume_stop(follow->parts[i].topic, follow->parts[i].partition);
        rd_kafka_topic_destroy(follow->parts[i].topic);
    }
    rd_kafka_queue_destroy(follow->queue);
    free(follow->parts);
    free(follow);
}

enum rc follow_add(struct follow *follow, const char *topic, int32_t partition, int64_t offset, char *errstr,
                   size_t errstr_bytes)
{
    char what[256];
    struct part *parts = realloc(follow->parts, (follow->part_count + 1) * sizeof *parts);

    if (parts == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    }
    follow->parts = parts;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(follow->link->kafka, topic, NULL);
    if (handle == NULL || rd_kafka_consume_start_queue(handle, partition, offset, follow->queue) != 0) {
        snprintf(what, sizeof what, "read %.200s/%d", topic, partition);
        if (handle != NULL) {
            rd_kafka_topic_destroy(handle);
        }
        return link_fail(follow->link, rd_kafka_last_error(), what, errstr, errstr_bytes);
    }
    follow->parts[follow->part_count++] = (struct part){handle, partition};
    return RC_OK;
}

static void fill_record(const rd_kafka_message_t *message, struct follow_record *ret_record)
{
    rd_kafka_timestamp_type_t time_type;
    rd_kafka_headers_t *headers = NULL;

    memset(ret_record, 0, sizeof *ret_record);
    ret_record->topic = rd_kafka_topic_name(message->rkt);
    ret_record->partition = message->partition;
    ret_record->offset = message->offset;
    ret_record->is_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (ret_record->is_end) {
        return;
    }
    ret_record->time_ms = rd_kafka_message_timestamp(message, &time_type);
    ret_record->key = message->key;
    ret_record->key_bytes = message->key_len;
    ret_record->value = message->payload;
    ret_record->value_bytes = message->len;
    if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        ret_record->headers = headers;
    }
}

enum rc follow_read(struct follow *follow, int64_t timeout_ms, struct follow_record *ret_record, char *errstr,
                    size_t errstr_bytes)
{
    release_message(follow);
    follow->message = rd_kafka_consume_queue(follow->queue, (int)timeout_ms);
    if (follow->message == NULL) {
        return rc_fail(RC_TIMEOUT, errstr, errstr_bytes, "nothing came in time");
    }
    rd_kafka_resp_err_t error = follow->message->err;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        return link_fail(follow->link, error, "read", errstr, errstr_bytes);
    }
    fill_record(follow->message, ret_record);
    return RC_OK;
}
