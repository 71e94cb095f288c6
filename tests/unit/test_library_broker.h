/* test_library_broker: a mock Kafka in this process, for the tests of libautohttp.
 *
 * Topics autohttp.tasks and autohttp.control exist with BROKER_PARTITION_COUNT partitions each. Failures end the test.
 *
 * Memory:  broker_open() fills, broker_close() frees; records are freed with broker_record_close().
 * Threads: one.
 */
#ifndef TEST_LIBRARY_BROKER_H
#define TEST_LIBRARY_BROKER_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdint.h>
#include "autohttp.h"

#define BROKER_PARTITION_COUNT 16

struct broker {
    rd_kafka_t *host; /* a client that only carries the cluster */
    rd_kafka_mock_cluster_t *cluster;
};

struct broker_record {
    int32_t partition;
    int64_t offset;
    char *key;
    char *value;
    char *header; /* `autohttp`; NULL if there is none */
};

void broker_open(struct broker *broker);
void broker_close(struct broker *broker);
/* A handle on this broker; name and value: one setting more, or NULL. */
autohttp_t *broker_make_handle(const struct broker *broker, const char *name, const char *value);
/* Reads the first `count` records of a topic, waiting for them, in no order across partitions. */
void broker_read(const struct broker *broker, const char *topic, struct broker_record *ret_records, size_t count);
void broker_record_close(struct broker_record *record);

#endif
