/* Publishing and commands, against a mock broker: what lands where, what is answered when it does not. */
#include "autohttp.h"
#include "cmocka_all.h"
#include "coords.h"
#include "test_library_broker.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T AUTOHTTP_TEXT
#define WAIT_MS 20000
#define PRODUCE_KEY 0 /* Kafka's number of the Produce request */

struct reports {
    atomic_int count;
    enum autohttp_rc last_rc;
    uint64_t last_id;
    char last_publish_id[AUTOHTTP_PUBLISH_ID_BYTES + 1];
    char last_errstr[256];
    pthread_t last_thread;
};

static void on_delivery(const autohttp_delivery_t *delivery, void *opaque)
{
    struct reports *reports = opaque;

    reports->last_rc = autohttp_delivery_get_rc(delivery);
    reports->last_id = autohttp_delivery_get_id(delivery);
    reports->last_thread = pthread_self();
    snprintf(reports->last_publish_id, sizeof reports->last_publish_id, "%s",
             autohttp_delivery_get_publish_id(delivery));
    snprintf(reports->last_errstr, sizeof reports->last_errstr, "%s", autohttp_delivery_get_errstr(delivery));
    atomic_fetch_add(&reports->count, 1);
}

static int open_broker(void **state)
{
    struct broker *broker = malloc(sizeof *broker);

    assert_non_null(broker);
    broker_open(broker);
    *state = broker;
    return 0;
}

static int close_broker(void **state)
{
    broker_close(*state);
    free(*state);
    return 0;
}

static int begin_test(void **state)
{
    broker_begin_test(*state);
    return 0;
}

static autohttp_task_t *make_task(const char *business_id)
{
    autohttp_task_t *task = autohttp_task_new();

    assert_non_null(task);
    assert_int_equal(autohttp_task_set_business_key(task, "order", T, business_id, T), AUTOHTTP_OK);
    assert_int_equal(autohttp_task_set_url(task, "http://127.0.0.1/", T), AUTOHTTP_OK);
    return task;
}

static void publish_ok(autohttp_t *handle, autohttp_task_t *task, uint64_t *ret_id)
{
    char errstr[256] = "";
    enum autohttp_rc rc = autohttp_publish_sync(handle, task, WAIT_MS, ret_id, errstr, sizeof errstr);

    if (rc != AUTOHTTP_OK) {
        fail_msg("publish: %s: %s", autohttp_rc_get_name(rc), errstr);
    }
}

static void assert_record(const struct broker_record *record, uint64_t id, const char *publish_id)
{
    char header[128];

    snprintf(header, sizeof header, "v=1;pub=%s;dup=replace", publish_id);
    assert_string_equal(record->header, header);
    assert_int_equal(record->partition, coords_get_home(record->key, strlen(record->key), BROKER_PARTITION_COUNT));
    assert_true(coords_make_id(record->partition, record->offset) == id);
}

static void published_tasks_lie_at_home_with_key_value_and_header(void **state)
{
    enum { COUNT = 40 };
    autohttp_t *handle = broker_make_handle(*state, NULL, NULL);
    uint64_t ids[COUNT] = {0};
    char publish_ids[COUNT][AUTOHTTP_PUBLISH_ID_BYTES + 1];
    struct broker_record records[COUNT];
    char text[64];

    for (int i = 0; i < COUNT; i++) {
        autohttp_task_t *task = NULL;
        snprintf(text, sizeof text, "%d", i);
        task = make_task(text);
        assert_int_equal(autohttp_task_set_duplicate(task, "replace", T), AUTOHTTP_OK);
        publish_ok(handle, task, &ids[i]);
        memcpy(publish_ids[i], autohttp_task_get_publish_id(task), sizeof publish_ids[i]);
        autohttp_task_free(task);
    }
    broker_read(*state, "tasks", records, COUNT);
    for (int i = 0; i < COUNT; i++) {
        int number = atoi(records[i].key + strlen("order:"));
        assert_memory_equal(records[i].key, "order:", 6);
        assert_in_range(number, 0, COUNT - 1);
        assert_record(&records[i], ids[number], publish_ids[number]);
        snprintf(text, sizeof text, "\"business_id\":\"%d\"", number);
        assert_non_null(strstr(records[i].value, text));
        broker_record_close(&records[i]);
    }
    autohttp_free(handle, WAIT_MS);
}

static void value_is_what_to_json_gives(void **state)
{
    autohttp_t *handle = broker_make_handle(*state, NULL, NULL);
    autohttp_task_t *task = make_task("json");
    struct broker_record record;
    char json[512];

    publish_ok(handle, task, NULL);
    assert_int_equal(autohttp_task_to_json(task, json, sizeof json, NULL, NULL, 0), AUTOHTTP_OK);
    broker_read(*state, "tasks", &record, 1);
    assert_string_equal(record.value, json);
    broker_record_close(&record);
    autohttp_task_free(task);
    autohttp_free(handle, WAIT_MS);
}

static void largest_task_is_published(void **state)
{
    autohttp_t *handle = broker_make_handle(*state, NULL, NULL);
    autohttp_task_t *task = make_task("large");
    char *body = malloc(1 << 20);

    for (int i = 0; i < 1 << 20; i++) {
        body[i] = (char)(i * 2654435761u >> 24); /* neither text nor compressible */
    }
    assert_int_equal(autohttp_task_set_body(task, body, 1 << 20), AUTOHTTP_OK);
    publish_ok(handle, task, NULL);
    free(body);
    autohttp_task_free(task);
    autohttp_free(handle, WAIT_MS);
}

static void callback_runs_once_in_the_handles_thread(void **state)
{
    autohttp_t *handle = broker_make_handle(*state, NULL, NULL);
    autohttp_task_t *task = make_task("1");
    struct reports reports = {0};

    assert_int_equal(autohttp_publish(handle, task, on_delivery, &reports, NULL, 0), AUTOHTTP_OK);
    assert_int_equal(autohttp_flush(handle, WAIT_MS), AUTOHTTP_OK);
    assert_int_equal(atomic_load(&reports.count), 1);
    assert_int_equal(autohttp_queue_count(handle), 0);
    assert_int_equal(reports.last_rc, AUTOHTTP_OK);
    assert_string_equal(reports.last_errstr, "");
    assert_string_equal(reports.last_publish_id, autohttp_task_get_publish_id(task));
    assert_false(pthread_equal(reports.last_thread, pthread_self()));
    autohttp_task_free(task);
    autohttp_free(handle, WAIT_MS);
    assert_int_equal(atomic_load(&reports.count), 1);
}

static void callback_may_be_null(void **state)
{
    autohttp_t *handle = broker_make_handle(*state, NULL, NULL);
    autohttp_task_t *task = make_task("1");

    assert_int_equal(autohttp_publish(handle, task, NULL, NULL, NULL, 0), AUTOHTTP_OK);
    autohttp_task_free(task);
    assert_int_equal(autohttp_flush(handle, -1), AUTOHTTP_OK);
    autohttp_free(handle, -1);
}

static void full_queue_is_an_answer(void **state)
{
    struct broker *broker = *state;
    autohttp_t *handle = broker_make_handle(broker, "queue_max_count", "2");
    autohttp_task_t *task = make_task("1");
    struct reports reports = {0};
    char errstr[256] = "";

    rd_kafka_mock_broker_set_rtt(broker->cluster, 1, 200);
    assert_int_equal(autohttp_publish(handle, task, on_delivery, &reports, NULL, 0), AUTOHTTP_OK);
    assert_int_equal(autohttp_publish(handle, task, on_delivery, &reports, NULL, 0), AUTOHTTP_OK);
    assert_int_equal(autohttp_publish(handle, task, on_delivery, &reports, errstr, sizeof errstr), AUTOHTTP_FULL);
    assert_true(errstr[0] != '\0');
    assert_int_equal(autohttp_queue_count(handle), 2);
    assert_int_equal(autohttp_publish_sync(handle, task, 1, NULL, NULL, 0), AUTOHTTP_FULL);
    assert_int_equal(autohttp_flush(handle, WAIT_MS), AUTOHTTP_OK);
    assert_int_equal(atomic_load(&reports.count), 2);
    assert_int_equal(autohttp_publish(handle, task, on_delivery, &reports, NULL, 0), AUTOHTTP_OK);
    autohttp_task_free(task);
    autohttp_free(handle, WAIT_MS);
    assert_int_equal(atomic_load(&reports.count), 3);
}

static void sync_timeout_is_unknown_and_a_repeat_has_the_same_publish_id(void **state)
{
    struct broker *broker = *state;
    autohttp_t *handle = broker_make_handle(broker, NULL, NULL);
    autohttp_task_t *task = make_task("1");
    struct broker_record records[2];
    char errstr[256] = "";

    rd_kafka_mock_broker_set_rtt(broker->cluster, 1, 500);
    assert_int_equal(autohttp_publish_sync(handle, task, 50, NULL, errstr, sizeof errstr), AUTOHTTP_UNKNOWN);
    assert_non_null(strstr(errstr, "50 ms"));
    rd_kafka_mock_broker_set_rtt(broker->cluster, 1, 0);
    publish_ok(handle, task, NULL);
    broker_read(broker, "tasks", records, 2);
    assert_string_equal(records[0].header, records[1].header);
    broker_record_close(&records[0]);
    broker_record_close(&records[1]);
    autohttp_task_free(task);
    autohttp_free(handle, WAIT_MS);
}

static void task_changed_after_a_publish_has_a_new_publish_id(void **state)
{
    autohttp_t *handle = broker_make_handle(*state, NULL, NULL);
    autohttp_task_t *task = make_task("1");
    char first[AUTOHTTP_PUBLISH_ID_BYTES + 1];

    memcpy(first, autohttp_task_get_publish_id(task), sizeof first);
    publish_ok(handle, task, NULL);
    assert_string_equal(autohttp_task_get_publish_id(task), first);
    assert_int_equal(autohttp_task_set_url(task, "no\0url", 6), AUTOHTTP_INVALID);
    assert_string_equal(autohttp_task_get_publish_id(task), first);
    assert_int_equal(autohttp_task_set_timeout(task, 1000), AUTOHTTP_OK);
    assert_string_not_equal(autohttp_task_get_publish_id(task), first);
    autohttp_task_free(task);
    autohttp_free(handle, WAIT_MS);
}

static void refused_task_is_not_queued(void **state)
{
    autohttp_t *handle = broker_make_handle(*state, NULL, NULL);
    autohttp_task_t *task = make_task("1");
    struct reports reports = {0};
    char errstr[256] = "";

    assert_int_equal(autohttp_task_set_url(task, "gopher://a/", T), AUTOHTTP_OK);
    assert_int_equal(autohttp_publish(handle, task, on_delivery, &reports, errstr, sizeof errstr), AUTOHTTP_INVALID);
    assert_non_null(strstr(errstr, "url"));
    assert_int_equal(autohttp_publish_sync(handle, task, WAIT_MS, NULL, errstr, sizeof errstr), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_publish(handle, NULL, NULL, NULL, errstr, sizeof errstr), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_publish(NULL, task, NULL, NULL, errstr, sizeof errstr), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_publish_sync(NULL, task, 0, NULL, errstr, sizeof errstr), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_queue_count(handle), 0);
    autohttp_task_free(task);
    autohttp_free(handle, WAIT_MS);
    assert_int_equal(atomic_load(&reports.count), 0);
}

static void assert_broker_answer(struct broker *broker, rd_kafka_resp_err_t err, enum autohttp_rc expected)
{
    autohttp_t *handle = broker_make_handle(broker, NULL, NULL);
    autohttp_task_t *task = make_task("1");
    char errstr[256] = "";

    rd_kafka_mock_push_request_errors(broker->cluster, PRODUCE_KEY, 1, err);
    assert_int_equal(autohttp_publish_sync(handle, task, WAIT_MS, NULL, errstr, sizeof errstr), expected);
    assert_non_null(strstr(errstr, ".tasks"));
    autohttp_task_free(task);
    autohttp_free(handle, WAIT_MS);
}

static void brokers_refusals_have_codes(void **state)
{
    assert_broker_answer(*state, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, AUTOHTTP_DENIED);
    assert_broker_answer(*state, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, AUTOHTTP_TOO_LARGE);
    assert_broker_answer(*state, RD_KAFKA_RESP_ERR_INVALID_RECORD, AUTOHTTP_INVALID);
}

static void retriable_broker_errors_are_retried(void **state)
{
    struct broker *broker = *state;
    autohttp_t *handle = broker_make_handle(broker, NULL, NULL);
    autohttp_task_t *task = make_task("1");

    rd_kafka_mock_push_request_errors(broker->cluster, PRODUCE_KEY, 2, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    publish_ok(handle, task, NULL);
    autohttp_task_free(task);
    autohttp_free(handle, WAIT_MS);
}

static void missing_topic_is_not_found(void **state)
{
    struct broker *broker = *state;
    autohttp_t *handle = NULL;
    autohttp_task_t *task = make_task("1");
    char errstr[256] = "";
    char topic[64];

    snprintf(topic, sizeof topic, "%s.tasks", broker->prefix);
    rd_kafka_mock_topic_set_error(broker->cluster, topic, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    handle = broker_make_handle(broker, "topic.metadata.propagation.max.ms", "0");
    assert_int_equal(autohttp_publish_sync(handle, task, WAIT_MS, NULL, errstr, sizeof errstr), AUTOHTTP_NOT_FOUND);
    assert_non_null(strstr(errstr, ".tasks"));
    /* By now the client knows: refused before it is queued. */
    assert_int_equal(autohttp_publish_sync(handle, task, WAIT_MS, NULL, errstr, sizeof errstr), AUTOHTTP_NOT_FOUND);
    assert_non_null(strstr(errstr, ".tasks"));
    autohttp_task_free(task);
    autohttp_free(handle, 0);
}

static autohttp_t *make_lingering_handle(const struct broker *broker)
{
    static const char *const settings[][2] = {{"linger.ms", "1000"},
                                              {"topic.metadata.refresh.interval.ms", "100"},
                                              {"topic.metadata.propagation.max.ms", "0"}};
    autohttp_config_t *config = autohttp_config_new();
    autohttp_t *handle = NULL;
    const char *bootstrap = rd_kafka_mock_cluster_bootstraps(broker->cluster);

    assert_int_equal(autohttp_config_set(config, "bootstrap.servers", bootstrap, NULL, 0), AUTOHTTP_OK);
    assert_int_equal(autohttp_config_set(config, "topic_prefix", broker->prefix, NULL, 0), AUTOHTTP_OK);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        assert_int_equal(autohttp_config_set(config, settings[i][0], settings[i][1], NULL, 0), AUTOHTTP_OK);
    }
    handle = autohttp_new(config, NULL, 0);
    assert_non_null(handle);
    autohttp_config_free(config);
    return handle;
}

/* Queued in a partition that is known, it is still there when the client learns that the topic is gone. */
static void topic_that_vanishes_before_the_send_is_not_found(void **state)
{
    struct broker *broker = *state;
    autohttp_t *handle = make_lingering_handle(broker);
    autohttp_task_t *task = make_task("1");
    char errstr[256] = "";
    char topic[64];

    publish_ok(handle, task, NULL);
    snprintf(topic, sizeof topic, "%s.tasks", broker->prefix);
    rd_kafka_mock_topic_set_error(broker->cluster, topic, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    assert_int_equal(autohttp_publish_sync(handle, task, WAIT_MS, NULL, errstr, sizeof errstr), AUTOHTTP_NOT_FOUND);
    assert_non_null(strstr(errstr, ".tasks"));
    autohttp_task_free(task);
    autohttp_free(handle, 0);
}

static void delivery_timeout_before_any_send_is_timeout(void **state)
{
    struct broker *broker = *state;
    autohttp_t *handle = broker_make_handle(broker, "delivery_timeout_ms", "1000");
    autohttp_task_t *task = make_task("1");

    rd_kafka_mock_broker_set_down(broker->cluster, 1);
    assert_int_equal(autohttp_publish_sync(handle, task, WAIT_MS, NULL, NULL, 0), AUTOHTTP_TIMEOUT);
    autohttp_task_free(task);
    autohttp_free(handle, 0);
}

static void delivery_timeout_after_a_send_is_unknown(void **state)
{
    struct broker *broker = *state;
    autohttp_t *handle = broker_make_handle(broker, "delivery_timeout_ms", "1000");
    autohttp_task_t *task = make_task("1");

    publish_ok(handle, task, NULL); /* connected, metadata known */
    rd_kafka_mock_broker_set_rtt(broker->cluster, 1, 5000);
    assert_int_equal(autohttp_publish_sync(handle, task, WAIT_MS, NULL, NULL, 0), AUTOHTTP_UNKNOWN);
    autohttp_task_free(task);
    autohttp_free(handle, 0);
}

static void flush_in_vain_says_timeout(void **state)
{
    struct broker *broker = *state;
    autohttp_t *handle = broker_make_handle(broker, NULL, NULL);
    autohttp_task_t *task = make_task("1");
    struct reports reports = {0};

    rd_kafka_mock_broker_set_down(broker->cluster, 1);
    assert_int_equal(autohttp_publish(handle, task, on_delivery, &reports, NULL, 0), AUTOHTTP_OK);
    assert_int_equal(autohttp_flush(handle, 20), AUTOHTTP_TIMEOUT);
    assert_int_equal(autohttp_queue_count(handle), 1);
    rd_kafka_mock_broker_set_up(broker->cluster, 1);
    assert_int_equal(autohttp_flush(handle, WAIT_MS), AUTOHTTP_OK);
    assert_int_equal(reports.last_rc, AUTOHTTP_OK);
    autohttp_task_free(task);
    autohttp_free(handle, 0);
}

static void free_reports_what_it_gives_up(void **state)
{
    struct broker *broker = *state;
    autohttp_t *handle = broker_make_handle(broker, NULL, NULL);
    autohttp_task_t *task = make_task("1");
    struct reports reports = {0};

    rd_kafka_mock_broker_set_down(broker->cluster, 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(autohttp_publish(handle, task, on_delivery, &reports, NULL, 0), AUTOHTTP_OK);
    }
    autohttp_free(handle, 0);
    assert_int_equal(atomic_load(&reports.count), 3);
    assert_int_equal(reports.last_rc, AUTOHTTP_CLOSED);
    assert_true(reports.last_id == AUTOHTTP_ID_UNKNOWN);
    autohttp_task_free(task);
}

struct nested {
    autohttp_t *handle;
    autohttp_task_t *task;
    struct reports reports;
    enum autohttp_rc publish_rc;
    enum autohttp_rc sync_rc;
    enum autohttp_rc flush_rc;
};

static void on_delivery_publish_again(const autohttp_delivery_t *delivery, void *opaque)
{
    struct nested *nested = opaque;

    (void)delivery;
    nested->publish_rc = autohttp_publish(nested->handle, nested->task, on_delivery, &nested->reports, NULL, 0);
    nested->sync_rc = autohttp_publish_sync(nested->handle, nested->task, -1, NULL, NULL, 0);
    nested->flush_rc = autohttp_flush(nested->handle, -1);
    autohttp_free(nested->handle, -1);
}

static void callback_may_publish_but_not_wait(void **state)
{
    struct nested nested = {.handle = broker_make_handle(*state, NULL, NULL), .task = make_task("1")};

    assert_int_equal(autohttp_publish(nested.handle, nested.task, on_delivery_publish_again, &nested, NULL, 0),
                     AUTOHTTP_OK);
    assert_int_equal(autohttp_flush(nested.handle, WAIT_MS), AUTOHTTP_OK);
    assert_int_equal(nested.publish_rc, AUTOHTTP_OK);
    assert_int_equal(nested.sync_rc, AUTOHTTP_INVALID);
    assert_int_equal(nested.flush_rc, AUTOHTTP_INVALID);
    assert_int_equal(atomic_load(&nested.reports.count), 1);
    autohttp_free(nested.handle, WAIT_MS);
    autohttp_task_free(nested.task);
}

static void publish_during_free_is_closed(void **state)
{
    struct broker *broker = *state;
    struct nested nested = {.handle = broker_make_handle(broker, NULL, NULL), .task = make_task("1")};

    rd_kafka_mock_broker_set_down(broker->cluster, 1);
    assert_int_equal(autohttp_publish(nested.handle, nested.task, on_delivery_publish_again, &nested, NULL, 0),
                     AUTOHTTP_OK);
    autohttp_free(nested.handle, 0);
    assert_int_equal(nested.publish_rc, AUTOHTTP_CLOSED);
    assert_int_equal(atomic_load(&nested.reports.count), 0);
    autohttp_task_free(nested.task);
}

static void commands_lie_at_home_in_control(void **state)
{
    autohttp_t *handle = broker_make_handle(*state, NULL, NULL);
    autohttp_command_t *command = autohttp_command_new("order", T, "42:7", 4);
    struct broker_record records[3];
    struct reports reports = {0};
    int32_t partition = -1;
    int64_t offset = -1;
    int32_t home = coords_get_home("order:42:7", 10, BROKER_PARTITION_COUNT);

    assert_int_equal(autohttp_command_set_reason(command, "customer \"left\"", T), AUTOHTTP_OK);
    autohttp_command_set_force(command, 1);
    assert_int_equal(autohttp_stop_sync(handle, command, WAIT_MS, &partition, &offset, NULL, 0), AUTOHTTP_OK);
    assert_int_equal(partition, home);
    assert_int_equal(offset, 0);
    autohttp_command_set_force(command, 0);
    assert_int_equal(autohttp_retry_sync(handle, command, WAIT_MS, &partition, &offset, NULL, 0), AUTOHTTP_OK);
    assert_int_equal(offset, 1);
    assert_int_equal(autohttp_delete_task(handle, command, on_delivery, &reports, NULL, 0), AUTOHTTP_OK);
    assert_int_equal(autohttp_flush(handle, WAIT_MS), AUTOHTTP_OK);
    assert_int_equal(reports.last_rc, AUTOHTTP_OK);
    assert_true(reports.last_id == AUTOHTTP_ID_UNKNOWN);
    assert_string_equal(reports.last_publish_id, "");
    broker_read(*state, "control", records, 3);
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"\"stop\"", "\"retry\"", "\"delete\""};
        assert_string_equal(records[i].key, "order:42:7");
        assert_int_equal(records[i].partition, home);
        assert_non_null(strstr(records[i].value, names[i]));
        assert_non_null(strstr(records[i].value, "customer \\\"left\\\""));
        broker_record_close(&records[i]);
    }
    autohttp_command_free(command);
    autohttp_free(handle, WAIT_MS);
}

static void assert_command_refused(autohttp_t *handle, const char *type, const char *id, const char *field)
{
    char errstr[256] = "";
    autohttp_command_t *command = autohttp_command_new(type, T, id, T);

    assert_int_equal(autohttp_stop(handle, command, NULL, NULL, errstr, sizeof errstr), AUTOHTTP_INVALID);
    if (strstr(errstr, field) == NULL) {
        fail_msg("\"%s\" does not name %s", errstr, field);
    }
    autohttp_command_free(command);
}

static void bad_commands_are_refused_by_name(void **state)
{
    autohttp_t *handle = broker_make_handle(*state, NULL, NULL);
    autohttp_command_t *command = autohttp_command_new("a", T, "b", T);
    char *reason = calloc(1, 1026);
    char errstr[256] = "";

    assert_command_refused(handle, "", "1", "business_type");
    assert_command_refused(handle, "a:b", "1", "business_type");
    assert_command_refused(handle, "a", "", "business_id");
    assert_null(autohttp_command_new("a\0", 2, "b", 1));
    assert_null(autohttp_command_new("a", 1, NULL, 0));
    autohttp_command_set_force(command, 1);
    assert_int_equal(autohttp_retry(handle, command, NULL, NULL, errstr, sizeof errstr), AUTOHTTP_INVALID);
    assert_non_null(strstr(errstr, "force"));
    memset(reason, 'r', 1025);
    assert_int_equal(autohttp_command_set_reason(command, reason, T), AUTOHTTP_OK);
    assert_int_not_equal(autohttp_stop_sync(handle, command, WAIT_MS, NULL, NULL, errstr, sizeof errstr), AUTOHTTP_OK);
    assert_non_null(strstr(errstr, "reason"));
    assert_int_equal(autohttp_command_set_reason(command, "a\0b", 3), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_delete_task(handle, NULL, NULL, NULL, errstr, sizeof errstr), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_queue_count(handle), 0);
    free(reason);
    autohttp_command_free(command);
    autohttp_free(handle, WAIT_MS);
}

static void on_log(int level, const char *text, void *opaque)
{
    assert_in_range(level, 0, 7);
    assert_non_null(text);
    atomic_fetch_add((atomic_int *)opaque, 1);
}

static void lost_connections_are_told_to_the_log_callback(void **state)
{
    struct broker *broker = *state;
    atomic_int count = 0;
    autohttp_config_t *config = autohttp_config_new();
    autohttp_t *handle = NULL;
    autohttp_task_t *task = make_task("1");

    rd_kafka_mock_broker_set_down(broker->cluster, 1);
    assert_int_equal(
        autohttp_config_set(config, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(broker->cluster), NULL, 0),
        AUTOHTTP_OK);
    assert_int_equal(autohttp_config_set(config, "delivery_timeout_ms", "1000", NULL, 0), AUTOHTTP_OK);
    autohttp_config_set_log_cb(config, on_log, &count);
    handle = autohttp_new(config, NULL, 0);
    autohttp_config_free(config);
    assert_int_equal(autohttp_publish_sync(handle, task, WAIT_MS, NULL, NULL, 0), AUTOHTTP_TIMEOUT);
    autohttp_free(handle, 0);
    assert_true(atomic_load(&count) > 0);
    autohttp_task_free(task);
}

#define BROKER_TEST(name) cmocka_unit_test_setup(name, begin_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(published_tasks_lie_at_home_with_key_value_and_header),
        BROKER_TEST(value_is_what_to_json_gives),
        BROKER_TEST(largest_task_is_published),
        BROKER_TEST(callback_runs_once_in_the_handles_thread),
        BROKER_TEST(callback_may_be_null),
        BROKER_TEST(full_queue_is_an_answer),
        BROKER_TEST(sync_timeout_is_unknown_and_a_repeat_has_the_same_publish_id),
        BROKER_TEST(task_changed_after_a_publish_has_a_new_publish_id),
        BROKER_TEST(refused_task_is_not_queued),
        BROKER_TEST(brokers_refusals_have_codes),
        BROKER_TEST(retriable_broker_errors_are_retried),
        BROKER_TEST(missing_topic_is_not_found),
        BROKER_TEST(topic_that_vanishes_before_the_send_is_not_found),
        BROKER_TEST(delivery_timeout_before_any_send_is_timeout),
        BROKER_TEST(delivery_timeout_after_a_send_is_unknown),
        BROKER_TEST(flush_in_vain_says_timeout),
        BROKER_TEST(free_reports_what_it_gives_up),
        BROKER_TEST(callback_may_publish_but_not_wait),
        BROKER_TEST(publish_during_free_is_closed),
        BROKER_TEST(commands_lie_at_home_in_control),
        BROKER_TEST(bad_commands_are_refused_by_name),
        BROKER_TEST(lost_connections_are_told_to_the_log_callback),
    };

    return cmocka_run_group_tests(tests, open_broker, close_broker);
}
