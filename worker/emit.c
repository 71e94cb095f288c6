/* Three producers, because librdkafka lingers per producer: one for each urgency, the one for hops opened at the first
 * hop.
 *
 * Order: with idempotence off (below 2.3.0) a batch may be appended twice, but a partition's batches are retried in
 * their order. A broker refuses a batch as a whole: batch.size is kept below Kafka's default for max.message.bytes, so
 * that a batch which is too large is one record, and RC_TOO_LARGE never hits a neighbour.
 */
#include "emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "kafka.h"

#define URGENCY_COUNT (EMIT_HOP + 1)
#define TOPIC_SLOT_COUNT ((size_t)TOPIC_DELAY + TOPICS_TIER_MAX)
#define IDEMPOTENCE_MIN_VERSION 0x02030000 /* before it: spurious fatal errors */
#define VALUE_UNIT_MAX (6 + EMIT_HEADER_MAX)
#define WARM_TIMEOUT_MS 3000
#define HURRY_WAIT_MS 2
#define CLOSE_POLL_MS 5

struct topic_slot {
    enum topic_kind kind;
    int64_t tier_ms;
    rd_kafka_topic_t *topic;
};

struct producer {
    rd_kafka_t *client; /* NULL: not opened yet */
    rd_kafka_queue_t *queue;
    struct topic_slot topics[TOPIC_SLOT_COUNT];
    size_t topic_count;
    size_t open_count; /* records taken and not yet reported */
};

/* What one partition waits for, of all producers and topics. */
struct queue {
    size_t open_count;
    int64_t since_mono_ms; /* of the last report, or of the first record; -1: to be set in this turn */
};

struct emit {
    const struct params *params; /* borrowed for good: the hops' producer opens late */
    char *client_id;
    int fd;
    struct producer producers[URGENCY_COUNT];
    rd_kafka_event_t *event; /* whose reports are being taken; NULL: none */
    size_t event_urgency;
    struct queue *queues; /* by partition */
    size_t queue_count;
};

static enum rc open_producer(struct emit *emit, enum emit_urgency urgency, char *errstr, size_t errstr_bytes)
{
    static const char *const LINGER_MS[URGENCY_COUNT] = {"5", "50", "500"};
    const struct kafka_setting settings[] = {
        {"acks", "all"},
        {"message.timeout.ms", "0"}, /* for ever: a record is reported when its fate is known, not before */
        {"enable.idempotence", rd_kafka_version() >= IDEMPOTENCE_MIN_VERSION ? "true" : "false"},
        {"linger.ms", LINGER_MS[urgency]},
        {"compression.type", "lz4"},
        {"message.max.bytes", "1000000000"}, /* the broker's limit counts, and that after compression */
        {"batch.size", "1000000"},
        {"queue.buffering.max.messages", "200000"},
        {"queue.buffering.max.kbytes", "524288"},
        {NULL, NULL},
    };
    struct producer *producer = &emit->producers[urgency];
    enum rc rc = kafka_open(emit->params, RD_KAFKA_PRODUCER, emit->client_id, settings,
                            RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR, &producer->client, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    producer->queue = rd_kafka_queue_get_main(producer->client);
    kafka_watch_queue(producer->queue, emit->fd);
    return RC_OK;
}

static void close_producer(struct producer *producer)
{
    for (size_t i = 0; i < producer->topic_count; i++) {
        rd_kafka_topic_destroy(producer->topics[i].topic);
    }
    if (producer->queue != NULL) {
        kafka_watch_queue(producer->queue, -1);
        rd_kafka_queue_destroy(producer->queue);
    }
    if (producer->client != NULL) {
        rd_kafka_destroy(producer->client);
    }
    memset(producer, 0, sizeof *producer);
}

/* NULL if librdkafka refuses the name. */
static rd_kafka_topic_t *get_topic(const struct emit *emit, struct producer *producer, enum topic_kind kind,
                                   int64_t tier_ms)
{
    char name[TOPICS_NAME_MAX_BYTES];
    rd_kafka_topic_t *topic;

    for (size_t i = 0; i < producer->topic_count; i++) {
        if (producer->topics[i].kind == kind && producer->topics[i].tier_ms == tier_ms) {
            return producer->topics[i].topic;
        }
    }
    if (producer->topic_count == TOPIC_SLOT_COUNT) {
        return NULL;
    }
    topics_print_name(emit->params->topic_prefix, kind, tier_ms, name);
    topic = rd_kafka_topic_new(producer->client, name, NULL);
    if (topic != NULL) {
        producer->topics[producer->topic_count++] = (struct topic_slot){kind, tier_ms, topic};
    }
    return topic;
}

static enum emit_urgency get_usual_urgency(enum topic_kind kind)
{
    return kind == TOPIC_STATE || kind == TOPIC_EVENTS ? EMIT_ROW : EMIT_CARRY;
}

/* Below 2.10.1 the first record to a topic whose leaders are not known yet comes up to 1 s late: ask for them now. */
static void warm_topics(struct emit *emit)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_t *client = emit->producers[EMIT_CARRY].client;

    if (rd_kafka_metadata(client, 1, NULL, &metadata, WARM_TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return; /* no broker yet: records wait in the queue, only the start is slower */
    }
    for (int i = 0; i < metadata->topic_cnt; i++) {
        enum topic_kind kind;
        int64_t tier_ms;

        if (topics_parse_name(emit->params->topic_prefix, metadata->topics[i].topic, &kind, &tier_ms)) {
            get_topic(emit, &emit->producers[get_usual_urgency(kind)], kind, tier_ms);
        }
    }
    rd_kafka_metadata_destroy(metadata);
    for (enum emit_urgency urgency = EMIT_CARRY; urgency <= EMIT_ROW; urgency++) {
        if (rd_kafka_metadata(emit->producers[urgency].client, 0, NULL, &metadata, WARM_TIMEOUT_MS) ==
            RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_metadata_destroy(metadata);
        }
    }
}

enum rc emit_open(const struct params *params, const char *client_id, struct emit **ret_emit, char *errstr,
                  size_t errstr_bytes)
{
    struct emit *emit = alloc_zeroed(1, sizeof *emit);
    enum rc rc;

    emit->params = params;
    emit->client_id = alloc_text(client_id);
    emit->fd = kafka_open_fd();
    if (emit->fd == -1) {
        rc = rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "eventfd: %s", strerror(errno));
        goto out;
    }
    for (enum emit_urgency urgency = EMIT_CARRY; urgency <= EMIT_ROW; urgency++) {
        rc = open_producer(emit, urgency, errstr, errstr_bytes);
        if (rc != RC_OK) {
            goto out;
        }
    }
    warm_topics(emit);
    *ret_emit = emit;
    emit = NULL;
    rc = RC_OK;
out:
    emit_close(emit, 0);
    return rc;
}

/* Sends what lingers now. */
static void hurry(struct emit *emit)
{
    for (size_t i = 0; i < URGENCY_COUNT; i++) {
        if (emit->producers[i].open_count > 0) {
            /* librdkafka sends at once only while a flush is under way: give its threads the time to see that. */
            rd_kafka_flush(emit->producers[i].client, HURRY_WAIT_MS);
        }
    }
}

/* Takes what is reported until nothing is under way or the time is up. */
static void wait_for_reports(struct emit *emit, int64_t timeout_ms)
{
    struct emit_report report;
    struct clock clock;
    size_t i = 0;

    clock_init(&clock);
    while (emit_count_open(emit) > 0 && clock_read(&clock).mono_ms < timeout_ms) {
        if (emit_take_report(emit, &report)) {
            continue;
        }
        hurry(emit);
        if (emit->producers[i].queue != NULL) {
            emit->event = rd_kafka_queue_poll(emit->producers[i].queue, CLOSE_POLL_MS);
            emit->event_urgency = i;
        }
        i = (i + 1) % URGENCY_COUNT;
    }
}

void emit_close(struct emit *emit, int64_t timeout_ms)
{
    if (emit == NULL) {
        return;
    }
    wait_for_reports(emit, timeout_ms);
    rd_kafka_event_destroy(emit->event);
    for (size_t i = 0; i < URGENCY_COUNT; i++) {
        close_producer(&emit->producers[i]);
    }
    if (emit->fd != -1) {
        close(emit->fd);
    }
    free(emit->client_id);
    free(emit->queues);
    free(emit);
}

int emit_get_fd(const struct emit *emit)
{
    return emit->fd;
}

void emit_clear_fd(struct emit *emit)
{
    kafka_clear_fd(emit->fd);
}

/* Made here and not by librdkafka from single ones: 2.0.2 frees those twice when the topic does not exist. */
static rd_kafka_headers_t *make_headers(const struct emit_record *record)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record->header_count);

    for (size_t i = 0; i < record->header_count && i < EMIT_HEADER_MAX; i++) {
        const struct emit_header *header = &record->headers[i];

        rd_kafka_header_add(headers, header->name, -1, header->value, (ssize_t)header->value_bytes);
    }
    return headers;
}

static size_t fill_units(const struct emit_record *record, rd_kafka_topic_t *topic, rd_kafka_headers_t *headers,
                         rd_kafka_vu_t *units)
{
    size_t n = 0;

    units[n].vtype = RD_KAFKA_VTYPE_RKT;
    units[n++].u.rkt = topic;
    units[n].vtype = RD_KAFKA_VTYPE_PARTITION;
    units[n++].u.i32 = record->partition;
    units[n].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    units[n++].u.i = RD_KAFKA_MSG_F_COPY;
    units[n].vtype = RD_KAFKA_VTYPE_KEY;
    units[n].u.mem.ptr = (void *)(uintptr_t)record->key; /* copied, never written to */
    units[n++].u.mem.size = record->key_bytes;
    units[n].vtype = RD_KAFKA_VTYPE_VALUE;
    units[n].u.mem.ptr = (void *)(uintptr_t)record->value;
    units[n++].u.mem.size = record->value_bytes;
    units[n].vtype = RD_KAFKA_VTYPE_OPAQUE;
    units[n++].u.ptr = (void *)(uintptr_t)record->token;
    units[n].vtype = RD_KAFKA_VTYPE_HEADERS;
    units[n++].u.headers = headers;
    return n;
}

static enum rc map_send_error(rd_kafka_resp_err_t err)
{
    switch (err) {
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        return RC_FULL;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        return RC_TOO_LARGE;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        return RC_DENIED;
    case RD_KAFKA_RESP_ERR__FATAL:
        return RC_CLOSED;
    default:
        return RC_INVALID;
    }
}

static void note_sent(struct emit *emit, struct producer *producer, int32_t partition)
{
    size_t count = (size_t)partition + 1;
    struct queue *queue;

    if (count > emit->queue_count) {
        emit->queues = alloc_resize(emit->queues, count, sizeof emit->queues[0]);
        memset(emit->queues + emit->queue_count, 0, (count - emit->queue_count) * sizeof emit->queues[0]);
        emit->queue_count = count;
    }
    queue = &emit->queues[partition];
    if (queue->open_count == 0) {
        queue->since_mono_ms = -1;
    }
    queue->open_count++;
    producer->open_count++;
}

static void note_reported(struct emit *emit, int32_t partition)
{
    struct queue *queue = &emit->queues[partition];

    queue->open_count--;
    queue->since_mono_ms = -1;
    emit->producers[emit->event_urgency].open_count--;
}

int64_t emit_get_wait_ms(struct emit *emit, int64_t mono_ms)
{
    int64_t longest_ms = 0;

    for (size_t i = 0; i < emit->queue_count; i++) {
        struct queue *queue = &emit->queues[i];

        if (queue->since_mono_ms == -1) {
            queue->since_mono_ms = mono_ms;
        }
        if (queue->open_count > 0 && mono_ms - queue->since_mono_ms > longest_ms) {
            longest_ms = mono_ms - queue->since_mono_ms;
        }
    }
    return longest_ms;
}

enum rc emit_send(struct emit *emit, const struct emit_record *record, char *errstr, size_t errstr_bytes)
{
    struct producer *producer = &emit->producers[record->urgency];
    rd_kafka_vu_t units[VALUE_UNIT_MAX];
    rd_kafka_headers_t *headers;
    rd_kafka_topic_t *topic;
    rd_kafka_error_t *error;
    enum rc rc;

    if (producer->client == NULL) {
        rc = open_producer(emit, record->urgency, errstr, errstr_bytes);
        if (rc != RC_OK) {
            return rc;
        }
    }
    topic = get_topic(emit, producer, record->kind, record->tier_ms);
    if (topic == NULL) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "topic of kind %d cannot be written to", (int)record->kind);
    }
    headers = make_headers(record);
    error = rd_kafka_produceva(producer->client, units, fill_units(record, topic, headers, units));
    if (error == NULL) {
        note_sent(emit, producer, record->partition);
        return RC_OK; /* the headers are librdkafka's now */
    }
    rd_kafka_headers_destroy(headers);
    rc = map_send_error(rd_kafka_error_code(error));
    (void)rc_fail(rc, errstr, errstr_bytes, "%s, partition %d: %s", rd_kafka_topic_name(topic), (int)record->partition,
                  rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return rc;
}

static enum rc map_report_error(rd_kafka_resp_err_t err)
{
    switch (err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return RC_OK;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        return RC_TOO_LARGE;
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        return RC_INVALID;
    default:
        return RC_UNAVAILABLE;
    }
}

static void fill_report(const rd_kafka_message_t *message, struct emit_report *ret_report)
{
    rd_kafka_timestamp_type_t type;

    *ret_report = (struct emit_report){
        .token = (uint64_t)(uintptr_t)message->_private,
        .rc = map_report_error(message->err),
        .offset = message->offset,
        .append_time_ms = rd_kafka_message_timestamp(message, &type),
        .text = message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? NULL : rd_kafka_err2str(message->err),
    };
}

/* The next event of any producer; false: there is none. */
static bool take_event(struct emit *emit)
{
    for (size_t i = 0; i < URGENCY_COUNT; i++) {
        if (emit->producers[i].queue == NULL) {
            continue;
        }
        emit->event = rd_kafka_queue_poll(emit->producers[i].queue, 0);
        emit->event_urgency = i;
        if (emit->event != NULL) {
            return true;
        }
    }
    return false;
}

bool emit_take_report(struct emit *emit, struct emit_report *ret_report)
{
    do {
        const rd_kafka_message_t *message = NULL;

        if (emit->event == NULL) {
            continue;
        }
        if (rd_kafka_event_type(emit->event) == RD_KAFKA_EVENT_DR) {
            message = rd_kafka_event_message_next(emit->event);
        } else if (rd_kafka_event_type(emit->event) == RD_KAFKA_EVENT_ERROR) {
            kafka_log_error("emit", rd_kafka_event_error(emit->event), rd_kafka_event_error_string(emit->event));
        }
        if (message != NULL) {
            fill_report(message, ret_report);
            note_reported(emit, message->partition);
            return true;
        }
        rd_kafka_event_destroy(emit->event);
        emit->event = NULL;
    } while (take_event(emit));
    return false;
}

size_t emit_count_open(const struct emit *emit)
{
    size_t count = 0;

    for (size_t i = 0; i < URGENCY_COUNT; i++) {
        count += emit->producers[i].open_count;
    }
    return count;
}
