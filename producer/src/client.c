#include "client.h"

#include "codes.h"
#include "config.h"
#include "follower.h"
#include "header.h"
#include "rc.h"
#include "topics.h"
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS 1000
#define METADATA_WAIT_MS 100
#define METADATA_TRY_COUNT 10
#define PURGE_WAIT_MS 10000 /* a purge is answered from memory; this is for a starved machine */
#define LOG_LEVEL_ERROR 3

struct autohttp {
    rd_kafka_t *kafka;
    rd_kafka_queue_t *queue; /* reports, messages, errors */
    rd_kafka_topic_t *topics[CLIENT_TOPIC_COUNT];
    pthread_t thread;
    bool is_thread_started;
    atomic_bool is_closing;
    atomic_bool is_stopping; /* the thread shall end */
    atomic_size_t queue_count;
    autohttp_log_cb log_cb;
    void *log_opaque;
    struct settings settings;
    struct transfer_pool *pool; /* of inline calls */
    struct follower *follower;  /* of `events`; NULL: not followed */
};

static const enum topic_kind TOPIC_KINDS[CLIENT_TOPIC_COUNT] = {
    [CLIENT_TASKS] = TOPIC_TASKS,
    [CLIENT_CONTROL] = TOPIC_CONTROL,
};

static void serve_reports(autohttp_t *client, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message = NULL;

    while ((message = rd_kafka_event_message_next(event)) != NULL) {
        struct autohttp_delivery *delivery = message->_private;
        delivery_set_report(delivery, message, atomic_load(&client->is_closing));
        delivery_call(delivery);
        delivery_free(delivery);
        atomic_fetch_sub(&client->queue_count, 1);
    }
}

static void serve_message(const autohttp_t *client, rd_kafka_event_t *event)
{
    const char *facility = "";
    const char *text = "";
    int level = LOG_LEVEL_ERROR;

    if (client->log_cb == NULL) {
        return;
    }
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR) {
        text = rd_kafka_event_error_string(event);
    } else if (rd_kafka_event_log(event, &facility, &text, &level) != 0) {
        return;
    }
    client->log_cb(level, text, client->log_opaque);
}

/* Asks for both topics' leaders at once: librdkafka would look a second after the first publish. It delays no report,
 * for none can come before the leaders are known; tried in slices, so that a free need not wait for an absent broker.
 */
static void learn_leaders(autohttp_t *client)
{
    const struct rd_kafka_metadata *metadata = NULL;

    for (int i = 0; i < METADATA_TRY_COUNT && !atomic_load(&client->is_closing); i++) {
        if (rd_kafka_metadata(client->kafka, 0, NULL, &metadata, METADATA_WAIT_MS) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_metadata_destroy(metadata);
            return;
        }
    }
}

static void *run_thread(void *opaque)
{
    autohttp_t *client = opaque;

    learn_leaders(client);
    while (!atomic_load(&client->is_stopping)) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(client->queue, POLL_MS);
        switch (rd_kafka_event_type(event)) {
        case RD_KAFKA_EVENT_DR:
            serve_reports(client, event);
            break;
        case RD_KAFKA_EVENT_ERROR:
        case RD_KAFKA_EVENT_LOG:
            serve_message(client, event);
            break;
        default: /* none within POLL_MS */
            break;
        }
        /* Only now does librdkafka's count go down, so a flush returns after the callbacks. */
        rd_kafka_event_destroy(event);
    }
    return NULL;
}

/* All signals blocked: the application's handlers never run in a thread it does not know. */
static bool start_thread(autohttp_t *client)
{
    sigset_t all_signals;
    sigset_t old_signals;

    sigfillset(&all_signals);
    pthread_sigmask(SIG_SETMASK, &all_signals, &old_signals);
    client->is_thread_started = pthread_create(&client->thread, NULL, run_thread, client) == 0;
    pthread_sigmask(SIG_SETMASK, &old_signals, NULL);
    return client->is_thread_started;
}

static void stop_thread(autohttp_t *client)
{
    if (!client->is_thread_started) {
        return;
    }
    atomic_store(&client->is_stopping, true);
    rd_kafka_queue_yield(client->queue);
    pthread_join(client->thread, NULL);
}

static enum rc open_topic(autohttp_t *client, const char *prefix, enum client_topic topic, char *errstr,
                          size_t errstr_bytes)
{
    char name[TOPICS_NAME_MAX_BYTES];

    topics_print_name(prefix, TOPIC_KINDS[topic], 0, name);
    client->topics[topic] = rd_kafka_topic_new(client->kafka, name, NULL);
    if (client->topics[topic] == NULL) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "topic %s: %s", name, rd_kafka_err2str(rd_kafka_last_error()));
    }
    return RC_OK;
}

static enum rc open_kafka(autohttp_t *client, const autohttp_config_t *config, char *errstr, size_t errstr_bytes)
{
    char kafka_errstr[256] = "";
    rd_kafka_conf_t *conf = config_make_kafka(config);

    client->kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, kafka_errstr, sizeof kafka_errstr);
    if (client->kafka == NULL) {
        rd_kafka_conf_destroy(conf); /* taken on success only */
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "librdkafka: %s", kafka_errstr);
    }
    client->queue = rd_kafka_queue_get_main(client->kafka);
    rd_kafka_set_log_queue(client->kafka, NULL); /* NULL: the main queue */
    return RC_OK;
}

static enum rc open_client(autohttp_t *client, const autohttp_config_t *config, char *errstr, size_t errstr_bytes)
{
    enum rc rc = open_kafka(client, config, errstr, errstr_bytes);

    for (int i = 0; rc == RC_OK && i < CLIENT_TOPIC_COUNT; i++) {
        rc = open_topic(client, config->topic_prefix, (enum client_topic)i, errstr, errstr_bytes);
    }
    if (rc == RC_OK && (client->pool = transfer_pool_new()) == NULL) {
        rc = rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory for connections");
    }
    if (rc == RC_OK && client->settings.follows_events) {
        rc = follower_open(config, &client->settings, &client->follower, errstr, errstr_bytes);
    }
    if (rc == RC_OK && !start_thread(client)) {
        rc = rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "the handle's thread cannot be started");
    }
    return rc;
}

static void close_client(autohttp_t *client)
{
    stop_thread(client);
    follower_close(client->follower);
    for (int i = 0; i < CLIENT_TOPIC_COUNT; i++) {
        if (client->topics[i] != NULL) {
            rd_kafka_topic_destroy(client->topics[i]);
        }
    }
    if (client->kafka != NULL) {
        rd_kafka_queue_destroy(client->queue);
        rd_kafka_destroy(client->kafka);
    }
    transfer_pool_free(client->pool);
    settings_close(&client->settings);
    free(client);
}

autohttp_t *autohttp_new(const autohttp_config_t *config, char *errstr, size_t errstr_bytes)
{
    autohttp_t *client = NULL;

    if (config == NULL) {
        rc_fail(RC_INVALID, errstr, errstr_bytes, "config is NULL");
        return NULL;
    }
    client = calloc(1, sizeof *client);
    if (client == NULL) {
        rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory for a handle");
        return NULL;
    }
    if (settings_copy(&config->settings, &client->settings) != RC_OK) {
        rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory for a handle");
        free(client);
        return NULL;
    }
    client->log_cb = config->log_cb;
    client->log_opaque = config->log_opaque;
    if (open_client(client, config, errstr, errstr_bytes) != RC_OK) {
        close_client(client);
        return NULL;
    }
    return client;
}

void autohttp_free(autohttp_t *handle, int timeout_ms)
{
    if (handle == NULL || client_is_own_thread(handle) || follower_is_own_thread(handle->follower)) {
        return;
    }
    atomic_store(&handle->is_closing, true);
    /* Before the flush: a callback of its that is in a publish waits for a report of the handle's thread. */
    follower_close(handle->follower);
    handle->follower = NULL;
    if (autohttp_flush(handle, timeout_ms) != AUTOHTTP_OK) {
        rd_kafka_purge(handle->kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        autohttp_flush(handle, PURGE_WAIT_MS);
    }
    close_client(handle);
}

enum autohttp_rc autohttp_flush(autohttp_t *handle, int timeout_ms)
{
    if (handle == NULL || client_is_own_thread(handle)) {
        return AUTOHTTP_INVALID;
    }
    if (rd_kafka_flush(handle->kafka, timeout_ms < 0 ? -1 : timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return AUTOHTTP_TIMEOUT;
    }
    return AUTOHTTP_OK;
}

size_t autohttp_queue_count(const autohttp_t *handle)
{
    return handle == NULL ? 0 : atomic_load(&handle->queue_count);
}

const struct settings *client_get_settings(const autohttp_t *client)
{
    return &client->settings;
}

struct transfer_pool *client_get_pool(autohttp_t *client)
{
    return client->pool;
}

bool client_is_own_thread(const autohttp_t *client)
{
    return pthread_equal(client->thread, pthread_self()) != 0;
}

/* Made here and not by librdkafka from a single one: 2.0.2 frees that twice when the topic does not exist. */
static rd_kafka_headers_t *make_headers(const struct client_record *record)
{
    rd_kafka_headers_t *headers = record->header == NULL ? NULL : rd_kafka_headers_new(1);

    if (headers != NULL) {
        rd_kafka_header_add(headers, HEADER_NAME, -1, record->header, (ssize_t)record->header_bytes);
    }
    return headers;
}

/* librdkafka copies all of it but the topic, the headers and the opaque; its types know no const. */
static size_t fill_arguments(const autohttp_t *client, const struct client_record *record, rd_kafka_headers_t *headers,
                             struct autohttp_delivery *delivery, rd_kafka_vu_t arguments[6])
{
    size_t count = 0;

    arguments[count++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = client->topics[record->topic]};
    arguments[count++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY};
    arguments[count++] =
        (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {.ptr = (void *)record->key, .size = record->key_bytes}};
    arguments[count++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_VALUE,
                                         .u.mem = {.ptr = (void *)record->value, .size = record->value_bytes}};
    arguments[count++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = delivery};
    if (headers != NULL) {
        arguments[count++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers};
    }
    return count;
}

static enum autohttp_rc fail_produce(autohttp_t *client, enum client_topic topic, rd_kafka_error_t *error, char *errstr,
                                     size_t errstr_bytes)
{
    char fatal_errstr[DELIVERY_ERRSTR_BYTES] = "";
    enum autohttp_rc rc = codes_from_kafka(rd_kafka_error_code(error), false);
    const char *reason = rd_kafka_error_string(error);

    if (rc == AUTOHTTP_FATAL &&
        rd_kafka_fatal_error(client->kafka, fatal_errstr, sizeof fatal_errstr) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        reason = fatal_errstr;
    }
    rc_fail(RC_INVALID, errstr, errstr_bytes, "topic %s: %s", rd_kafka_topic_name(client->topics[topic]), reason);
    rd_kafka_error_destroy(error);
    return rc;
}

enum autohttp_rc client_produce(autohttp_t *client, const struct client_record *record,
                                struct autohttp_delivery *delivery, char *errstr, size_t errstr_bytes)
{
    rd_kafka_vu_t arguments[6];
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_error_t *error = NULL;

    if (atomic_load(&client->is_closing)) {
        rc_fail(RC_CLOSED, errstr, errstr_bytes, "publish: the handle is being freed");
        return AUTOHTTP_CLOSED;
    }
    /* Before the produce: its report may come first and must not take the count below zero. */
    atomic_fetch_add(&client->queue_count, 1);
    headers = make_headers(record);
    error = rd_kafka_produceva(client->kafka, arguments, fill_arguments(client, record, headers, delivery, arguments));
    if (error != NULL) {
        if (headers != NULL) {
            rd_kafka_headers_destroy(headers); /* else librdkafka's now */
        }
        atomic_fetch_sub(&client->queue_count, 1);
        return fail_produce(client, record->topic, error, errstr, errstr_bytes);
    }
    return AUTOHTTP_OK;
}
