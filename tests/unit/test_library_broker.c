#include "test_library_broker.h"
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_WAIT_MS 20000

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char errstr[256];

    assert_int_equal(rd_kafka_conf_set(conf, name, value, errstr, sizeof errstr), RD_KAFKA_CONF_OK);
}

void broker_open(struct broker *broker)
{
    char errstr[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    set(conf, "log_level", "0"); /* it would warn that it has no broker to connect to */
    broker->host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, errstr, sizeof errstr);
    assert_non_null(broker->host);
    broker->cluster = rd_kafka_mock_cluster_new(broker->host, 1);
    assert_non_null(broker->cluster);
    broker->test_number = 0;
    broker_begin_test(broker);
}

static void create_topic(const struct broker *broker, const char *kind)
{
    char name[64];

    snprintf(name, sizeof name, "%s.%s", broker->prefix, kind);
    rd_kafka_mock_topic_create(broker->cluster, name, BROKER_PARTITION_COUNT, 1);
}

void broker_begin_test(struct broker *broker)
{
    snprintf(broker->prefix, sizeof broker->prefix, "test%d", ++broker->test_number);
    create_topic(broker, "tasks");
    create_topic(broker, "control");
    rd_kafka_mock_broker_set_up(broker->cluster, 1);
    rd_kafka_mock_broker_set_rtt(broker->cluster, 1, 0);
}

void broker_close(struct broker *broker)
{
    rd_kafka_mock_cluster_destroy(broker->cluster);
    rd_kafka_destroy(broker->host);
}

autohttp_t *broker_make_handle(const struct broker *broker, const char *name, const char *value)
{
    char errstr[256] = "";
    autohttp_config_t *config = autohttp_config_new();
    autohttp_t *handle = NULL;

    assert_int_equal(autohttp_config_set(config, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(broker->cluster),
                                         errstr, sizeof errstr),
                     AUTOHTTP_OK);
    assert_int_equal(autohttp_config_set(config, "topic_prefix", broker->prefix, errstr, sizeof errstr), AUTOHTTP_OK);
    if (name != NULL) {
        assert_int_equal(autohttp_config_set(config, name, value, errstr, sizeof errstr), AUTOHTTP_OK);
    }
    handle = autohttp_new(config, errstr, sizeof errstr);
    assert_non_null(handle);
    autohttp_config_free(config);
    return handle;
}

static rd_kafka_t *make_consumer(const struct broker *broker, const char *kind)
{
    char errstr[256];
    char topic[64];
    rd_kafka_topic_partition_list_t *partitions = rd_kafka_topic_partition_list_new(BROKER_PARTITION_COUNT);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *consumer = NULL;

    snprintf(topic, sizeof topic, "%s.%s", broker->prefix, kind);
    set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(broker->cluster));
    set(conf, "group.id", "test");
    set(conf, "auto.offset.reset", "earliest");
    set(conf, "fetch.wait.max.ms", "20");
    consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, errstr, sizeof errstr);
    assert_non_null(consumer);
    for (int32_t i = 0; i < BROKER_PARTITION_COUNT; i++) {
        rd_kafka_topic_partition_list_add(partitions, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    assert_int_equal(rd_kafka_assign(consumer, partitions), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(partitions);
    return consumer;
}

static char *copy(const void *bytes, size_t byte_count)
{
    char *text = malloc(byte_count + 1);

    assert_non_null(text);
    memcpy(text, bytes, byte_count);
    text[byte_count] = '\0';
    return text;
}

static char *copy_header(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    const char *name = NULL;
    size_t value_bytes = 0;

    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return NULL;
    }
    assert_int_equal(rd_kafka_header_cnt(headers), 1);
    assert_int_equal(rd_kafka_header_get_all(headers, 0, &name, &value, &value_bytes), RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_string_equal(name, "autohttp");
    return copy(value, value_bytes);
}

void broker_read(const struct broker *broker, const char *kind, struct broker_record *ret_records, size_t count)
{
    rd_kafka_t *consumer = make_consumer(broker, kind);

    for (size_t i = 0; i < count; i++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, READ_WAIT_MS);
        assert_non_null(message);
        assert_int_equal(message->err, RD_KAFKA_RESP_ERR_NO_ERROR);
        ret_records[i] =
            (struct broker_record){message->partition, message->offset, copy(message->key, message->key_len),
                                   copy(message->payload, message->len), copy_header(message)};
        rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}

void broker_record_close(struct broker_record *record)
{
    free(record->key);
    free(record->value);
    free(record->header);
}
