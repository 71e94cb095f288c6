#include "kafka_fetcher.h"

#include <stdlib.h>

#include "alloc.h"
#include "kafka.h"

#define SLICE_MS 100
#define SLICE_COUNT 50

struct kafka_fetcher {
    const char *topic_prefix;
    rd_kafka_t *client;
};

enum rc kafka_fetcher_open(const struct params *params, const char *client_id, struct kafka_fetcher **ret_fetch,
                           char *errstr, size_t errstr_bytes)
{
    const struct kafka_setting settings[] = {
        {"enable.partition.eof", "true"},
        {"auto.offset.reset", "error"},
        {"fetch.wait.max.ms", "10"},
        {"fetch.message.max.bytes", "65536"}, /* one record is wanted; a larger one comes whole all the same */
        {"fetch.error.backoff.ms", "10"},     /* of an offset that is gone; the next question must not wait for it */
        {NULL, NULL},
    };
    rd_kafka_t *client = NULL;
    enum rc rc = kafka_open(params, RD_KAFKA_CONSUMER, client_id, settings, 0, &client, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    *ret_fetch = alloc_zeroed(1, sizeof **ret_fetch);
    (*ret_fetch)->topic_prefix = params->topic_prefix;
    (*ret_fetch)->client = client;
    return RC_OK;
}

void kafka_fetcher_close(struct kafka_fetcher *fetch)
{
    if (fetch == NULL) {
        return;
    }
    rd_kafka_destroy(fetch->client);
    free(fetch);
}

enum topic_kind kafka_fetcher_get_kind(enum coords_topic topic)
{
    switch (topic) {
    case COORDS_CONTROL:
        return TOPIC_CONTROL;
    case COORDS_DELAY:
        return TOPIC_DELAY;
    default:
        return TOPIC_TASKS;
    }
}

static rd_kafka_topic_t *open_topic(const struct kafka_fetcher *fetch, const struct coords *coords)
{
    char name[TOPICS_NAME_MAX_BYTES];

    topics_print_name(fetch->topic_prefix, kafka_fetcher_get_kind(coords->topic), coords->tier_ms, name);
    return rd_kafka_topic_new(fetch->client, name, NULL);
}

static enum rc map_error(rd_kafka_resp_err_t err)
{
    switch (err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: /* below the log start or above its end */
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return RC_NOT_FOUND;
    default:
        return RC_UNAVAILABLE;
    }
}

static enum rc judge_message(rd_kafka_message_t *message, const struct coords *coords, char *errstr,
                             size_t errstr_bytes)
{
    if (message == NULL) {
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "no answer in time");
    }
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return message->offset == coords->offset ? RC_OK : RC_NOT_FOUND; /* another: ours is gone */
    }
    return rc_fail(map_error(message->err), errstr, errstr_bytes, "%s", rd_kafka_message_errstr(message));
}

enum rc kafka_fetcher_read(struct kafka_fetcher *fetch, const struct coords *coords, const atomic_bool *is_closing,
                           rd_kafka_message_t **ret_message, char *errstr, size_t errstr_bytes)
{
    rd_kafka_topic_t *topic = coords->topic == COORDS_NONE ? NULL : open_topic(fetch, coords);
    rd_kafka_message_t *message = NULL;
    enum rc rc;

    if (topic == NULL) {
        return RC_NOT_FOUND;
    }
    if (rd_kafka_consume_start(topic, coords->partition, coords->offset) == -1) {
        rc = rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "%s", rd_kafka_err2str(rd_kafka_last_error()));
        goto out;
    }
    for (int i = 0; i < SLICE_COUNT && message == NULL && !atomic_load(is_closing); i++) {
        message = rd_kafka_consume(topic, coords->partition, SLICE_MS);
    }
    rc = judge_message(message, coords, errstr, errstr_bytes);
    if (rc == RC_OK) {
        *ret_message = message;
        message = NULL;
    }
    rd_kafka_consume_stop(topic, coords->partition);
out:
    if (message != NULL) {
        rd_kafka_message_destroy(message);
    }
    rd_kafka_topic_destroy(topic);
    return rc;
}
