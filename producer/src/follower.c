#include "follower.h"

#include "config.h"
#include "event_json.h"
#include "item.h"
#include "topics.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#define POLL_MS 500
#define METADATA_WAIT_MS 100
#define METADATA_PAUSE_MS 100

struct follower {
    const struct settings *settings;
    rd_kafka_t *kafka;
    rd_kafka_queue_t *queue; /* all partitions' records */
    rd_kafka_topic_t *topic;
    int32_t partition_count; /* followed so far */
    pthread_t thread;
    bool is_thread_started;
    atomic_bool is_stopping;
};

/* These tell what became of a row; a duplicate, a refusal and a command's answer leave it alone. */
static bool is_update(const struct event *event)
{
    return event->status != 0 && (event->kind == EVENT_ACCEPTED || event->kind == EVENT_ATTEMPT ||
                                  event->kind == EVENT_STOPPED || event->kind == EVENT_REPLACED);
}

static void tell(const struct follower *follower, const rd_kafka_message_t *message)
{
    struct event event = {0};
    struct autohttp_item item;

    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR || message->payload == NULL ||
        event_decode(message->payload, message->len, &event, NULL, 0) != RC_OK) {
        return;
    }
    if (is_update(&event)) {
        item = item_from_event(&event);
        follower->settings->update_cb(&item, event.error_text, follower->settings->update_opaque);
    }
    event_close(&event);
}

/* Starts all partitions at their ends; false until a broker has told how many there are. */
static bool start_partitions(struct follower *follower)
{
    const struct rd_kafka_metadata *metadata = NULL;

    if (rd_kafka_metadata(follower->kafka, 0, follower->topic, &metadata, METADATA_WAIT_MS) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    if (metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        int32_t count = metadata->topics[0].partition_cnt;
        while (follower->partition_count < count &&
               rd_kafka_consume_start_queue(follower->topic, follower->partition_count, RD_KAFKA_OFFSET_END,
                                            follower->queue) == 0) {
            follower->partition_count++;
        }
    }
    rd_kafka_metadata_destroy(metadata);
    return follower->partition_count > 0;
}

static void *run_thread(void *opaque)
{
    struct follower *follower = opaque;

    while (!atomic_load(&follower->is_stopping)) {
        bool is_started = follower->partition_count > 0 || start_partitions(follower);
        rd_kafka_message_t *message = rd_kafka_consume_queue(follower->queue, is_started ? POLL_MS : METADATA_PAUSE_MS);

        if (message != NULL) {
            tell(follower, message);
            rd_kafka_message_destroy(message);
        }
    }
    return NULL;
}

static enum rc open_kafka(struct follower *follower, const autohttp_config_t *config, char *errstr, size_t errstr_bytes)
{
    char name[TOPICS_NAME_MAX_BYTES];
    char why[256] = "";
    rd_kafka_conf_t *conf = config_make_kafka(config);

    /* The producer tells of lost connections; what it says twice helps nobody. */
    rd_kafka_conf_set(conf, "log.queue", "false", why, sizeof why);
    rd_kafka_conf_set(conf, "log_level", "0", why, sizeof why);
    rd_kafka_conf_set(conf, "fetch.wait.max.ms", "100", why, sizeof why);
    rd_kafka_conf_set_events(conf, 0);
    follower->kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (follower->kafka == NULL) {
        rd_kafka_conf_destroy(conf); /* taken on success only */
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "status_updates: librdkafka: %s", why);
    }
    topics_print_name(config->topic_prefix, TOPIC_EVENTS, 0, name);
    follower->queue = rd_kafka_queue_new(follower->kafka);
    follower->topic = rd_kafka_topic_new(follower->kafka, name, NULL);
    if (follower->queue == NULL || follower->topic == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "status_updates: no memory to follow %s", name);
    }
    return RC_OK;
}

/* All signals blocked: the application's handlers never run in a thread it does not know. */
static enum rc start_thread(struct follower *follower, char *errstr, size_t errstr_bytes)
{
    sigset_t all_signals;
    sigset_t old_signals;

    sigfillset(&all_signals);
    pthread_sigmask(SIG_SETMASK, &all_signals, &old_signals);
    follower->is_thread_started = pthread_create(&follower->thread, NULL, run_thread, follower) == 0;
    pthread_sigmask(SIG_SETMASK, &old_signals, NULL);
    if (!follower->is_thread_started) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "status_updates: the thread cannot be started");
    }
    return RC_OK;
}

enum rc follower_open(const autohttp_config_t *config, const struct settings *settings, struct follower **ret_follower,
                      char *errstr, size_t errstr_bytes)
{
    enum rc rc = RC_OK;
    struct follower *follower = NULL;

    if (settings->update_cb == NULL) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes,
                       "status_updates is events, but no on_task_status_update is set");
    }
    follower = calloc(1, sizeof *follower);
    if (follower == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "status_updates: no memory");
    }
    follower->settings = settings;
    rc = open_kafka(follower, config, errstr, errstr_bytes);
    if (rc == RC_OK) {
        rc = start_thread(follower, errstr, errstr_bytes);
    }
    if (rc != RC_OK) {
        follower_close(follower);
        return rc;
    }
    *ret_follower = follower;
    return RC_OK;
}

void follower_close(struct follower *follower)
{
    if (follower == NULL) {
        return;
    }
    if (follower->is_thread_started) {
        atomic_store(&follower->is_stopping, true);
        rd_kafka_queue_yield(follower->queue);
        pthread_join(follower->thread, NULL);
    }
    for (int32_t i = 0; i < follower->partition_count; i++) {
        rd_kafka_consume_stop(follower->topic, i);
    }
    if (follower->topic != NULL) {
        rd_kafka_topic_destroy(follower->topic);
    }
    if (follower->queue != NULL) {
        rd_kafka_queue_destroy(follower->queue);
    }
    if (follower->kafka != NULL) {
        rd_kafka_destroy(follower->kafka);
    }
    free(follower);
}

bool follower_is_own_thread(const struct follower *follower)
{
    return follower != NULL && pthread_equal(follower->thread, pthread_self()) != 0;
}
