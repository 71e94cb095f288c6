/* status_updates = events: what workers tell reaches the callback; autohttp_free() waits for a callback that publishes.
 * The argument: an event as schemas/examples/valid has it. The linker's --wrap shows when librdkafka's flush has
 * returned and holds a publish back until then. */
#include "autohttp.h"
#include "cmocka_all.h"
#include "test_library_broker.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define T AUTOHTTP_TEXT
#define WAIT_MS 20000
#define HOLD_MS 500
#define MARGIN_MS 100
#define REST_MS 10
#define HANG_S 60

static const char *event_path;
static char event_json[4096];
static size_t event_bytes;
static atomic_int update_count;
static atomic_bool is_flushed;
static atomic_bool holds_publish;
static atomic_bool is_held;
static atomic_bool is_freeing;
static atomic_int publish_rc;
static autohttp_t *shared_handle;
static char seen[256];

rd_kafka_resp_err_t __real_rd_kafka_flush(rd_kafka_t *kafka, int timeout_ms);
rd_kafka_error_t *__real_rd_kafka_produceva(rd_kafka_t *kafka, const rd_kafka_vu_t *arguments, size_t count);
rd_kafka_resp_err_t __wrap_rd_kafka_flush(rd_kafka_t *kafka, int timeout_ms);
rd_kafka_error_t *__wrap_rd_kafka_produceva(rd_kafka_t *kafka, const rd_kafka_vu_t *arguments, size_t count);

static void rest(void)
{
    const struct timespec pause = {.tv_nsec = REST_MS * 1000000L};

    nanosleep(&pause, NULL);
}

rd_kafka_resp_err_t __wrap_rd_kafka_flush(rd_kafka_t *kafka, int timeout_ms)
{
    rd_kafka_resp_err_t err = __real_rd_kafka_flush(kafka, timeout_ms);

    atomic_store(&is_flushed, true);
    return err;
}

/* Held until the free's flush has returned and a little longer, or for HOLD_MS of the free if none comes before. */
rd_kafka_error_t *__wrap_rd_kafka_produceva(rd_kafka_t *kafka, const rd_kafka_vu_t *arguments, size_t count)
{
    if (atomic_load(&holds_publish)) {
        atomic_store(&is_held, true);
        for (int i = 0; i < WAIT_MS / REST_MS && !atomic_load(&is_freeing); i++) {
            rest();
        }
        for (int i = 0; i < HOLD_MS / REST_MS && !atomic_load(&is_flushed); i++) {
            rest();
        }
        for (int i = 0; i < MARGIN_MS / REST_MS; i++) {
            rest();
        }
    }
    return __real_rd_kafka_produceva(kafka, arguments, count);
}

static void wait_for(atomic_bool *condition)
{
    for (int i = 0; i < WAIT_MS / REST_MS && !atomic_load(condition); i++) {
        rest();
    }
    assert_true(atomic_load(condition));
}

static int setup_group(void **state)
{
    static struct broker broker;
    FILE *file = fopen(event_path, "re");

    if (file == NULL) {
        return -1;
    }
    event_bytes = fread(event_json, 1, sizeof event_json, file);
    fclose(file);
    broker_open(&broker);
    *state = &broker;
    return 0;
}

static int teardown_group(void **state)
{
    broker_close(*state);
    return 0;
}

static void on_update(const autohttp_item_t *item, const char *err_message, void *opaque)
{
    (void)opaque;
    if (atomic_fetch_add(&update_count, 1) > 0) {
        return;
    }
    snprintf(seen, sizeof seen, "%s:%s %llu %d %lld %lld %s", autohttp_item_get_business_type(item),
             autohttp_item_get_business_id(item), (unsigned long long)autohttp_item_get_id(item),
             (int)autohttp_item_get_status(item), (long long)autohttp_item_get_retry_count(item),
             (long long)autohttp_item_get_next_retry_time(item), err_message);
}

static void on_update_publish(const autohttp_item_t *item, const char *err_message, void *opaque)
{
    autohttp_task_t *task = NULL;

    (void)item;
    (void)err_message;
    (void)opaque;
    if (atomic_fetch_add(&update_count, 1) > 0) {
        return;
    }
    task = autohttp_task_new();
    autohttp_task_set_business_key(task, "order", T, "1", T);
    autohttp_task_set_url(task, "http://127.0.0.1/", T);
    atomic_store(&holds_publish, true);
    atomic_store(&publish_rc, autohttp_publish_sync(shared_handle, task, -1, NULL, NULL, 0));
    autohttp_task_free(task);
}

static autohttp_t *open_follower(struct broker *broker, autohttp_task_status_update_cb cb)
{
    char errstr[256] = "";
    char name[64];
    autohttp_config_t *config = autohttp_config_new();

    broker_begin_test(broker);
    snprintf(name, sizeof name, "%s.events", broker->prefix);
    rd_kafka_mock_topic_create(broker->cluster, name, BROKER_PARTITION_COUNT, 1);
    atomic_store(&update_count, 0);
    autohttp_config_set(config, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(broker->cluster), NULL, 0);
    autohttp_config_set(config, "topic_prefix", broker->prefix, NULL, 0);
    autohttp_config_set(config, "status_updates", "events", NULL, 0);
    autohttp_config_set_task_status_update_cb(config, cb, NULL);
    shared_handle = autohttp_new(config, errstr, sizeof errstr);
    assert_string_equal(errstr, "");
    autohttp_config_free(config);
    return shared_handle;
}

/* It follows from when it has found the topic's end: events are written until one is told. */
static void write_events_until_told(const struct broker *broker)
{
    char errstr[256];
    char name[64];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *producer = NULL;

    rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(broker->cluster), errstr,
                      sizeof errstr);
    producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, errstr, sizeof errstr);
    assert_non_null(producer);
    snprintf(name, sizeof name, "%s.events", broker->prefix);
    for (int i = 0; i < WAIT_MS / 100 && atomic_load(&update_count) == 0; i++) {
        rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(name), RD_KAFKA_V_KEY("order:1001", 10),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE(event_json, event_bytes),
                          RD_KAFKA_V_END);
        rd_kafka_poll(producer, 100);
    }
    rd_kafka_destroy(producer);
    assert_true(atomic_load(&update_count) > 0);
}

static void on_task_status_update_hears_what_workers_do(void **state)
{
    autohttp_t *handle = open_follower(*state, on_update);

    write_events_until_told(*state);
    autohttp_free(handle, 1000);
    assert_string_equal(seen, "order:1001 844424930132969 1 1 1800000360900 503 Service Unavailable");
}

static void a_free_waits_for_a_callback_that_publishes(void **state)
{
    autohttp_t *handle = open_follower(*state, on_update_publish);

    atomic_store(&publish_rc, -1);
    write_events_until_told(*state);
    wait_for(&is_held);
    atomic_store(&is_flushed, false);
    atomic_store(&is_freeing, true);
    alarm(HANG_S); /* SIGALRM ends a free that never returns */
    autohttp_free(handle, 1000);
    alarm(0);
    assert_int_equal(atomic_load(&publish_rc), AUTOHTTP_OK);
    atomic_store(&holds_publish, false);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_task_status_update_hears_what_workers_do),
        cmocka_unit_test(a_free_waits_for_a_callback_that_publishes),
    };

    if (argc != 2) {
        return 2;
    }
    event_path = argv[1];
    return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
