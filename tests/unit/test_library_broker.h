/* test_library_broker: a mock Kafka in this process, for the tests of libautohttp.
 *
 * Opening and closing a mock takes a second each, so tests share one: each begins with topics of its own, under a
 * prefix of its own, with BROKER_PARTITION_COUNT partitions. Failures end the test.
 *
 * Memory:  broker_open() fills, broker_close() frees; records are freed with broker_record_close().
 * Threads: one.
 */
#ifndef TEST_LIBRARY_BROKER_H
#define TEST_LIBRARY_BROKER_H

#include "autohttp.h"
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdint.h>

#define BROKER_PARTITION_COUNT 16

struct broker {
    rd_kafka_t *host; /* a client that only carries the cluster */
    rd_kafka_mock_cluster_t *cluster;
    int test_number;
    char prefix[32]; /* of this test's topics */
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
/* New topics; the broker is up and answers at once. broker_open() has done it for the first test. */
void broker_begin_test(struct broker *broker);
/* A handle on this broker; name and value: one setting more, or NULL. */
autohttp_t *broker_make_handle(const struct broker *broker, const char *name, const char *value);
/* Reads the first `count` records of `tasks` or `control`, waiting for them, in no order across partitions. */
void broker_read(const struct broker *broker, const char *kind, struct broker_record *ret_records, size_t count);
void broker_record_close(struct broker_record *record);

#endif
