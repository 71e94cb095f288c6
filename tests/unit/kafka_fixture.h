/* kafka_fixture: what tests of intake and emit share: a mock cluster or a prefix of its own on a real broker, and
 * waiting.
 *
 * Every wait ends after KAFKA_FIXTURE_WAIT_MS with a failed test.
 */
#ifndef TESTS_KAFKA_FIXTURE_H
#define TESTS_KAFKA_FIXTURE_H

#include "emit.h"
#include "intake.h"
#include "params.h"
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KAFKA_FIXTURE_WAIT_MS 20000
#define KAFKA_FIXTURE_PARTITION_COUNT 4
#define KAFKA_FIXTURE_PARTITION_MAX 16

struct kafka_fixture {
    struct params params;          /* topic_prefix is one that no other fixture has */
    rd_kafka_t *client;            /* creates topics on a real broker */
    rd_kafka_mock_cluster_t *mock; /* NULL on a real broker; shared by all fixtures of a program */
};

/* The topics exist with the tiers 0, 1 s and 5 s, each with KAFKA_FIXTURE_PARTITION_COUNT partitions. */
void kafka_fixture_open_mock(struct kafka_fixture *fixture);
/* At the end of a program that opened one: cmocka's group teardown. */
int kafka_fixture_close_mock(void **state);
void kafka_fixture_open_broker(struct kafka_fixture *fixture, const char *bootstrap);
void kafka_fixture_close(struct kafka_fixture *fixture);
/* cmocka's setup and teardown of a test on the mock: *state is a struct kafka_fixture. */
int kafka_fixture_set_up_mock(void **state);
int kafka_fixture_tear_down(void **state);
/* As if the configuration's `kafka` section had it at line 17. */
void kafka_fixture_set_kafka(struct kafka_fixture *fixture, const char *key, const char *value, bool is_secret);
/* The next request of this kind (a number of Kafka's protocol) is answered with the error. */
void kafka_fixture_push_error(struct kafka_fixture *fixture, int16_t api, rd_kafka_resp_err_t err);
/* On a real broker: configs are name, value pairs ending with NULL; NULL: none. */
void kafka_fixture_create_topic(struct kafka_fixture *fixture, const char *name, int partition_count,
                                const char *const *configs);
void kafka_fixture_delete_topic(struct kafka_fixture *fixture, const char *name);
/* DeleteRecords: moves the log start. */
void kafka_fixture_trim(struct kafka_fixture *fixture, const char *name, int32_t partition, int64_t before_offset);
void kafka_fixture_print_name(const struct kafka_fixture *fixture, enum topic_kind kind, int64_t tier_ms, char *buf);

struct intake *kafka_fixture_open_intake(struct kafka_fixture *fixture, const char *client_id);
struct emit *kafka_fixture_open_emit(struct kafka_fixture *fixture);

/* The next event of that kind; events of other kinds before it are dropped. */
void wait_event(struct intake *intake, enum intake_event_kind kind, struct intake_event *ret_event);
/* Waits for ASSIGNED and starts all its partitions, `state` from its log start. Returns how many there are. */
size_t wait_start(struct intake *intake, int32_t *ret_partitions);
/* The next record of a stream, ends too; to be released. */
void wait_record(struct intake *intake, struct intake_stream *stream, struct record *ret_record);
/* Reads and releases records until the end of the log; returns how many came and the end. */
size_t read_to_end(struct intake *intake, struct intake_stream *stream, int64_t *ret_end_offset);
/* The next report. */
void wait_report(struct emit *emit, struct emit_report *ret_report);
/* Sends one record and waits for its acknowledgement; returns its offset. */
int64_t send_one(struct emit *emit, enum topic_kind kind, int64_t tier_ms, int32_t partition, const char *key,
                 const char *value);

#endif
