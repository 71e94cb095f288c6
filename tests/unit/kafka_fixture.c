#include "kafka_fixture.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "alloc.h"
#include "clock.h"
#include "topics.h"

#define POLL_MS 20
#define ADMIN_TIMEOUT_MS 10000
#define NAME_BYTES 64

#define LAST_API 12 /* Heartbeat */

static const int64_t TIERS_MS[] = {0, 1000, 5000};

static rd_kafka_t *mock_owner;
static rd_kafka_mock_cluster_t *mock_cluster;

static bool is_in_time(struct clock *clock)
{
    return clock_read(clock).mono_ms < KAFKA_FIXTURE_WAIT_MS;
}

static void init_params(struct kafka_fixture *fixture, const char *bootstrap)
{
    struct params *params = &fixture->params;
    uint64_t random;
    char prefix[NAME_BYTES];

    clock_fill_random(&random, sizeof random);
    snprintf(prefix, sizeof prefix, "test-%016llx", (unsigned long long)random);
    params->topic_prefix = alloc_text(prefix);
    params->group_id = alloc_text("");
    params->instance_id = alloc_text("");
    params->file = alloc_text("test.yaml");
    params->session_timeout_ms = 6000;
    params->heartbeat_interval_ms = 500;
    params->kafka = alloc_zeroed(1, sizeof params->kafka[0]);
    params->kafka_count = 1;
    params->kafka[0].key = alloc_text("bootstrap.servers");
    params->kafka[0].value = alloc_text(bootstrap);
}

void kafka_fixture_print_name(const struct kafka_fixture *fixture, enum topic_kind kind, int64_t tier_ms, char *buf)
{
    topics_print_name(fixture->params.topic_prefix, kind, tier_ms, buf);
}

static void create_all(struct kafka_fixture *fixture)
{
    char name[TOPICS_NAME_MAX_BYTES];

    for (enum topic_kind kind = TOPIC_TASKS; kind < TOPIC_DELAY; kind++) {
        kafka_fixture_print_name(fixture, kind, 0, name);
        kafka_fixture_create_topic(fixture, name, KAFKA_FIXTURE_PARTITION_COUNT, NULL);
    }
    for (size_t i = 0; i < sizeof TIERS_MS / sizeof TIERS_MS[0]; i++) {
        kafka_fixture_print_name(fixture, TOPIC_DELAY, TIERS_MS[i], name);
        kafka_fixture_create_topic(fixture, name, KAFKA_FIXTURE_PARTITION_COUNT, NULL);
    }
}

static rd_kafka_t *open_client(const char *bootstrap)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char errstr[256];

    if (bootstrap == NULL) {
        assert_int_equal(rd_kafka_conf_set(conf, "log_level", "0", errstr, sizeof errstr), RD_KAFKA_CONF_OK);
    } else {
        assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, errstr, sizeof errstr),
                         RD_KAFKA_CONF_OK);
    }
    return rd_kafka_new(RD_KAFKA_PRODUCER, conf, errstr, sizeof errstr);
}

void kafka_fixture_open_mock(struct kafka_fixture *fixture)
{
    if (mock_cluster == NULL) { /* one for all tests: closing a client takes up to a second */
        mock_owner = open_client(NULL);
        mock_cluster = rd_kafka_mock_cluster_new(mock_owner, 1);
    }
    for (int16_t api = 0; api <= LAST_API; api++) {
        rd_kafka_mock_clear_request_errors(mock_cluster, api);
    }
    rd_kafka_mock_broker_set_up(mock_cluster, 1);
    *fixture = (struct kafka_fixture){.mock = mock_cluster};
    init_params(fixture, rd_kafka_mock_cluster_bootstraps(fixture->mock));
    fixture->params.session_timeout_ms = 4000; /* over the 3 s for which the mock holds a first join */
    fixture->params.heartbeat_interval_ms = 300;
    create_all(fixture);
}

int kafka_fixture_close_mock(void **state)
{
    (void)state;
    if (mock_cluster != NULL) {
        rd_kafka_mock_cluster_destroy(mock_cluster);
        rd_kafka_destroy(mock_owner);
        mock_cluster = NULL;
    }
    return 0;
}

void kafka_fixture_open_broker(struct kafka_fixture *fixture, const char *bootstrap)
{
    *fixture = (struct kafka_fixture){.client = open_client(bootstrap)};
    init_params(fixture, bootstrap);
    create_all(fixture);
}

void kafka_fixture_close(struct kafka_fixture *fixture)
{
    if (fixture->client != NULL) {
        rd_kafka_destroy(fixture->client);
    }
    params_close(&fixture->params);
}

int kafka_fixture_set_up_mock(void **state)
{
    static struct kafka_fixture fixture;

    kafka_fixture_open_mock(&fixture);
    *state = &fixture;
    return 0;
}

int kafka_fixture_tear_down(void **state)
{
    kafka_fixture_close(*state);
    return 0;
}

void kafka_fixture_set_kafka(struct kafka_fixture *fixture, const char *key, const char *value, bool is_secret)
{
    struct params *params = &fixture->params;

    params->kafka = alloc_resize(params->kafka, params->kafka_count + 1, sizeof params->kafka[0]);
    params->kafka[params->kafka_count++] = (struct params_kafka_entry){
        .key = alloc_text(key), .value = alloc_text(value), .is_secret = is_secret, .source = {PARAMS_FROM_FILE, 17}};
}

void kafka_fixture_push_error(struct kafka_fixture *fixture, int16_t api, rd_kafka_resp_err_t err)
{
    rd_kafka_mock_push_request_errors(fixture->mock, api, 1, err);
}

static void wait_admin(rd_kafka_queue_t *queue)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ADMIN_TIMEOUT_MS);

    assert_non_null(event);
    assert_int_equal(rd_kafka_event_error(event), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
}

/* A broker answers CreateTopics and DeleteTopics before it knows of the change itself. */
static void wait_topic(rd_kafka_t *client, const char *name, bool is_wanted)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    struct clock clock;
    bool is_there = !is_wanted;

    clock_init(&clock);
    while (is_there != is_wanted && is_in_time(&clock)) {
        const struct rd_kafka_metadata *metadata = NULL;

        if (rd_kafka_metadata(client, 0, topic, &metadata, ADMIN_TIMEOUT_MS) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            is_there = metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;
            rd_kafka_metadata_destroy(metadata);
        }
    }
    rd_kafka_topic_destroy(topic);
    assert_true(is_there == is_wanted);
}

void kafka_fixture_create_topic(struct kafka_fixture *fixture, const char *name, int partition_count,
                                const char *const *configs)
{
    rd_kafka_queue_t *queue;
    rd_kafka_NewTopic_t *topic;
    char errstr[256];

    if (fixture->mock != NULL) {
        assert_int_equal(rd_kafka_mock_topic_create(fixture->mock, name, partition_count, 1), 0);
        return;
    }
    queue = rd_kafka_queue_new(fixture->client);
    topic = rd_kafka_NewTopic_new(name, partition_count, 1, errstr, sizeof errstr);
    rd_kafka_NewTopic_set_config(topic, "message.timestamp.type", "LogAppendTime");
    for (; configs != NULL && configs[0] != NULL; configs += 2) {
        rd_kafka_NewTopic_set_config(topic, configs[0], configs[1]);
    }
    rd_kafka_CreateTopics(fixture->client, &topic, 1, NULL, queue);
    wait_admin(queue);
    wait_topic(fixture->client, name, true);
    rd_kafka_NewTopic_destroy(topic);
}

void kafka_fixture_delete_topic(struct kafka_fixture *fixture, const char *name)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(fixture->client);
    rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(name);

    rd_kafka_DeleteTopics(fixture->client, &topic, 1, NULL, queue);
    wait_admin(queue);
    wait_topic(fixture->client, name, false);
    rd_kafka_DeleteTopic_destroy(topic);
}

void kafka_fixture_trim(struct kafka_fixture *fixture, const char *name, int32_t partition, int64_t before_offset)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(fixture->client);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_DeleteRecords_t *request;

    rd_kafka_topic_partition_list_add(list, name, partition)->offset = before_offset;
    request = rd_kafka_DeleteRecords_new(list);
    rd_kafka_DeleteRecords(fixture->client, &request, 1, NULL, queue);
    wait_admin(queue);
    rd_kafka_DeleteRecords_destroy(request);
    rd_kafka_topic_partition_list_destroy(list);
}

/* Of the group's events, those that came while another was waited for: which comes first is librdkafka's choice. */
static const struct intake *skipping;
static unsigned skipped_kinds;

struct intake *kafka_fixture_open_intake(struct kafka_fixture *fixture, const char *client_id)
{
    struct intake *intake = NULL;
    char errstr[256] = "";

    skipping = NULL; /* an address is used again */
    assert_int_equal(intake_open(&fixture->params, client_id, &intake, errstr, sizeof errstr), RC_OK);
    assert_string_equal(errstr, "");
    intake_join(intake);
    return intake;
}

struct emit *kafka_fixture_open_emit(struct kafka_fixture *fixture)
{
    struct emit *emit = NULL;
    char errstr[256] = "";

    assert_int_equal(emit_open(&fixture->params, "emit", &emit, errstr, sizeof errstr), RC_OK);
    return emit;
}

static void wait_fd(int fd)
{
    struct pollfd pollfd = {fd, POLLIN, 0};

    poll(&pollfd, 1, POLL_MS);
}

static bool was_skipped(const struct intake *intake, enum intake_event_kind kind)
{
    bool is_skipped = skipping == intake && (skipped_kinds & 1u << kind) != 0;

    if (is_skipped) {
        skipped_kinds &= ~(1u << kind);
    }
    return is_skipped;
}

static void note_skipped(const struct intake *intake, enum intake_event_kind kind)
{
    if (skipping != intake) {
        skipping = intake;
        skipped_kinds = 0;
    }
    if (kind == INTAKE_LOST || kind == INTAKE_REVOKING) {
        skipped_kinds |= 1u << kind;
    }
}

void wait_event(struct intake *intake, enum intake_event_kind kind, struct intake_event *ret_event)
{
    struct clock clock;

    if (was_skipped(intake, kind)) {
        *ret_event = (struct intake_event){.kind = kind};
        return;
    }
    clock_init(&clock);
    while (is_in_time(&clock)) {
        while (intake_take_event(intake, ret_event)) {
            if (ret_event->kind == kind) {
                return;
            }
            if (ret_event->kind == INTAKE_FATAL || ret_event->kind == INTAKE_STREAM_FAILED) {
                fail_msg("event %d while waiting for %d: %s", (int)ret_event->kind, (int)kind, ret_event->text);
            }
            note_skipped(intake, ret_event->kind);
        }
        wait_fd(intake_get_fd(intake));
        intake_clear_fd(intake);
    }
    fail_msg("no event of kind %d in time", (int)kind);
}

size_t wait_start(struct intake *intake, int32_t *ret_partitions)
{
    struct intake_position positions[KAFKA_FIXTURE_PARTITION_MAX];
    struct intake_event event;

    wait_event(intake, INTAKE_ASSIGNED, &event);
    assert_true(event.partition_list_count <= KAFKA_FIXTURE_PARTITION_MAX);
    for (size_t i = 0; i < event.partition_list_count; i++) {
        positions[i] = (struct intake_position){event.partitions[i], -1};
        ret_partitions[i] = event.partitions[i];
    }
    intake_start(intake, positions, event.partition_list_count);
    return event.partition_list_count;
}

void wait_record(struct intake *intake, struct intake_stream *stream, struct record *ret_record)
{
    struct intake_event event;
    struct clock clock;

    clock_init(&clock);
    assert_non_null(stream);
    while (is_in_time(&clock)) {
        intake_clear_fd(intake);
        while (intake_take_event(intake, &event)) {
            if (event.kind == INTAKE_FATAL || event.kind == INTAKE_STREAM_FAILED) {
                fail_msg("event %d while reading: %s", (int)event.kind, event.text);
            }
        }
        if (intake_read(stream, ret_record)) {
            return;
        }
        wait_fd(intake_get_fd(intake));
    }
    fail_msg("no record in time");
}

size_t read_to_end(struct intake *intake, struct intake_stream *stream, int64_t *ret_end_offset)
{
    struct record record;
    size_t count = 0;

    for (;;) {
        bool is_end;

        wait_record(intake, stream, &record);
        is_end = record.is_end;
        *ret_end_offset = record.offset;
        intake_release_record(&record);
        if (is_end) {
            return count;
        }
        count++;
    }
}

void wait_report(struct emit *emit, struct emit_report *ret_report)
{
    struct clock clock;

    clock_init(&clock);
    while (is_in_time(&clock)) {
        emit_clear_fd(emit);
        if (emit_take_report(emit, ret_report)) {
            return;
        }
        wait_fd(emit_get_fd(emit));
    }
    fail_msg("no report in time");
}

int64_t send_one(struct emit *emit, enum topic_kind kind, int64_t tier_ms, int32_t partition, const char *key,
                 const char *value)
{
    struct emit_record record = {
        .urgency = EMIT_CARRY,
        .kind = kind,
        .tier_ms = tier_ms,
        .partition = partition,
        .key = key,
        .key_bytes = key == NULL ? 0 : strlen(key),
        .value = value,
        .value_bytes = value == NULL ? 0 : strlen(value),
        .headers = {{"autohttp", "v=1", 3}},
        .header_count = 1,
        .token = 7,
    };
    struct emit_report report;
    char errstr[256] = "";

    assert_int_equal(emit_send(emit, &record, errstr, sizeof errstr), RC_OK);
    wait_report(emit, &report);
    assert_int_equal(report.token, 7);
    assert_int_equal(report.rc, RC_OK);
    return report.offset;
}
