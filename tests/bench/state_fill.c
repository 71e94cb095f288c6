/* state_fill: fills `state`, and a tier, with what a worker would have left there: pending tasks.
 *
 *   state_fill BOOTSTRAP PREFIX PARTITIONS FIRST ROWS [TIER_MS DUE_TIME_MS]
 *
 * ROWS tasks are spread over the partitions from FIRST on by their keys, each with a row that an attempt has left,
 * under a claim of epoch 1. With a tier, each row's task lies in delay.TIER_MS, due at DUE_TIME_MS: the topics must be
 * empty, since a row tells the offset of that record. Prints the bytes of the rows.
 */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "coords.h"
#include "header.h"
#include "row_json.h"
#include "state_text.h"

#define URL "https://pay.example.com/v1/orders/notify?source=autohttp"
#define BODY_BYTES 400
#define WAIT_MS 100
#define SCATTER UINT32_C(2654435761) /* odd: keys differ, and come in no order */
#define PRODUCER_QUEUE "200000"

struct fill {
    rd_kafka_t *producer;
    const char *prefix;
    int32_t partition_count;
    int64_t tier_ms; /* -1: rows only */
    int64_t due_time_ms;
    int64_t now_ms;
    int64_t *offsets; /* of each partition: the next in `tasks` and in the tier */
    uint64_t row_bytes;
    unsigned long failed_count;
};

static void on_report(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct fill *fill = opaque;

    (void)producer;
    fill->failed_count += message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char text[256];

    if (rd_kafka_conf_set(conf, name, value, text, sizeof text) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "state_fill: %s\n", text);
        exit(70);
    }
}

static void open_producer(struct fill *fill, const char *bootstrap)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[256];

    set(conf, "bootstrap.servers", bootstrap);
    set(conf, "acks", "all");
    set(conf, "linger.ms", "20");
    set(conf, "compression.codec", "lz4");
    set(conf, "max.in.flight", "1"); /* the order is that of the offsets foretold */
    set(conf, "queue.buffering.max.messages", PRODUCER_QUEUE);
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    rd_kafka_conf_set_opaque(conf, fill);
    fill->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (fill->producer == NULL) {
        fprintf(stderr, "state_fill: %s\n", text);
        exit(70);
    }
}

static void produce(struct fill *fill, const char *topic, int32_t partition, const char *key, const char *value,
                    size_t value_bytes, const struct header *header)
{
    char header_text[HEADER_TEXT_MAX_BYTES];
    size_t header_bytes = header_print(header, header_text);
    rd_kafka_resp_err_t err;

    while ((err = rd_kafka_producev(fill->producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                                    RD_KAFKA_V_KEY(key, strlen(key)), RD_KAFKA_V_VALUE((void *)value, value_bytes),
                                    RD_KAFKA_V_HEADER(HEADER_NAME, header_text, header_bytes),
                                    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END)) ==
           RD_KAFKA_RESP_ERR__QUEUE_FULL)
        rd_kafka_poll(fill->producer, WAIT_MS);
    fill->failed_count += err != RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_poll(fill->producer, 0);
}

static void claim(struct fill *fill, int32_t partition)
{
    char topic[256];
    char key[STATE_TEXT_CLAIM_MAX_BYTES];
    char value[64];
    int value_bytes = snprintf(value, sizeof value, "{\"partition_count\":%" PRId32 "}", fill->partition_count);

    snprintf(topic, sizeof topic, "%s.state", fill->prefix);
    state_text_print_claim(1, 1, key);
    produce(fill, topic, partition, key, value, (size_t)value_bytes, &(struct header){.epoch = 1});
}

/* The record that carries the task on. */
static void add_delay(struct fill *fill, const struct row *row, const char *key)
{
    char topic[256];
    char body[BODY_BYTES + 1];
    char value[1024];
    struct header header = {.has_id = true,
                            .id = row->id,
                            .attempts = row->attempts,
                            .due_time_ms = fill->due_time_ms,
                            .epoch = 1,
                            .has_publish_id = true};
    int value_bytes;

    memset(body, 'b', BODY_BYTES);
    body[BODY_BYTES] = '\0';
    value_bytes = snprintf(value, sizeof value,
                           "{\"business_type\":\"%s\",\"business_id\":\"%s\",\"url\":\"" URL
                           "\",\"method\":\"POST\",\"body\":\"%s\"}",
                           row->business_type, row->business_id, body);
    memcpy(header.publish_id, row->publish_id, sizeof header.publish_id);
    snprintf(topic, sizeof topic, "%s.delay.%" PRId64 "ms", fill->prefix, fill->tier_ms);
    produce(fill, topic, row->src.partition, key, value, (size_t)value_bytes, &header);
}

static struct row make_row(const struct fill *fill, int32_t partition, const char *business_id, uint64_t number)
{
    int64_t offset = fill->offsets[partition];
    struct row row = {
        .id = coords_make_id(partition, offset),
        .business_type = "bench",
        .business_id = business_id,
        .url = URL,
        .method = "POST",
        .retry_type = TASK_RETRY_STEP,
        .step_interval_ms = fill->tier_ms > 0 ? fill->tier_ms : 60000,
        .status = ROW_SENDING,
        .attempts = 1,
        .request_time_ms = fill->now_ms,
        .last_retry_time_ms = fill->now_ms,
        .next_retry_time_ms = fill->due_time_ms,
        .has_publish_id = true,
        .entered = offset,
        .src = {COORDS_TASKS, partition, 0, offset},
        .at = {COORDS_DELAY, partition, fill->tier_ms > 0 ? fill->tier_ms : 60000, offset},
        .epoch = 1,
        .ctl = -1,
        .last_status = 503,
        .last_error = "status: 503 Service Unavailable",
    };

    memcpy(row.publish_id, &number, sizeof number);
    return row;
}

static void add_task(struct fill *fill, int32_t partition, const char *key, const char *business_id, uint64_t number)
{
    struct row row = make_row(fill, partition, business_id, number);
    struct buffer json = {0};
    char topic[256];

    if (fill->tier_ms >= 0)
        add_delay(fill, &row, key);
    if (row_encode(&row, &json) != RC_OK)
        exit(70);
    snprintf(topic, sizeof topic, "%s.state", fill->prefix);
    produce(fill, topic, partition, key, json.data, json.len_bytes, &(struct header){.epoch = 1});
    fill->row_bytes += json.len_bytes;
    fill->offsets[partition]++;
    buffer_close(&json);
}

int main(int argc, char **argv)
{
    struct fill fill = {.tier_ms = -1};
    int32_t first_partition;
    unsigned long wanted;
    unsigned long count = 0;
    char key[64];

    if (argc != 6 && argc != 8)
        return 64;
    fill.prefix = argv[2];
    fill.partition_count = atoi(argv[3]);
    first_partition = atoi(argv[4]);
    wanted = strtoul(argv[5], NULL, 10);
    fill.now_ms = (int64_t)time(NULL) * 1000;
    fill.due_time_ms = argc == 8 ? strtoll(argv[7], NULL, 10) : fill.now_ms + 60000;
    fill.tier_ms = argc == 8 ? strtoll(argv[6], NULL, 10) : -1;
    fill.offsets = calloc((size_t)fill.partition_count, sizeof *fill.offsets);
    open_producer(&fill, argv[1]);
    for (int32_t i = 0; i < fill.partition_count; i++)
        claim(&fill, i);
    for (uint64_t number = 0; count < wanted; number++) {
        int key_bytes = snprintf(key, sizeof key, "bench:%08" PRIx32, (uint32_t)number * SCATTER);
        int32_t partition = coords_get_home(key, (size_t)key_bytes, fill.partition_count);

        if (partition < first_partition)
            continue;
        add_task(&fill, partition, key, key + strlen("bench:"), number);
        count++;
    }
    rd_kafka_flush(fill.producer, 60000);
    printf("rows=%lu row_bytes=%" PRIu64 " failed=%lu\n", count, fill.row_bytes, fill.failed_count);
    rd_kafka_destroy(fill.producer);
    free(fill.offsets);
    return fill.failed_count == 0 ? 0 : 1;
}
