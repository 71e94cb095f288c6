#include "kafka_helper.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <utlist.h>

#include "alloc.h"
#include "kafka_fetcher.h"
#include "kafka_topics.h"
#include "kafka_trim.h"
#include "topics.h"

#define CALL_TIMEOUT_MS 2000
#define PAUSE_SLICE_NS 20000000L
#define PAUSE_SLICE_COUNT 10

struct kafka_helper {
    const struct params *params; /* borrowed for good */
    char *client_id;
    rd_kafka_t *consumer;
    int fd;
    struct kafka_fetcher *fetch; /* the thread's; opened at the first record asked for */
    atomic_bool is_closing;
    pthread_t thread;
    bool is_started;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    struct intake_question *questions; /* under mutex, as the next */
    struct intake_question *answers;
};

struct intake_question *intake_question_new(enum intake_question_kind kind, uint64_t token)
{
    struct intake_question *question = alloc_zeroed(1, sizeof *question);

    question->kind = kind;
    question->token = token;
    return question;
}

void intake_question_free(struct intake_question *question)
{
    if (question == NULL) {
        return;
    }
    if (question->message != NULL) {
        rd_kafka_message_destroy(question->message);
    }
    kafka_layout_close(&question->layout);
    free(question->partitions);
    free(question->trims);
    free(question);
}

static enum rc answer_log_end(const struct kafka_helper *helper, struct intake_question *question)
{
    char name[TOPICS_NAME_MAX_BYTES];
    int64_t start_offset;
    rd_kafka_resp_err_t err;

    topics_print_name(helper->params->topic_prefix, TOPIC_TASKS, 0, name);
    err = rd_kafka_query_watermark_offsets(helper->consumer, name, question->partitions[0], &start_offset,
                                           &question->offset, CALL_TIMEOUT_MS);
    return err == RD_KAFKA_RESP_ERR_NO_ERROR
               ? RC_OK
               : rc_fail(RC_UNAVAILABLE, question->text, sizeof question->text, "log end: %s", rd_kafka_err2str(err));
}

static enum rc answer_record(struct kafka_helper *helper, struct intake_question *question)
{
    enum rc rc = RC_OK;

    if (helper->fetch == NULL) {
        rc = kafka_fetcher_open(helper->params, helper->client_id, &helper->fetch, question->text,
                                sizeof question->text);
    }
    if (rc == RC_OK) {
        rc = kafka_fetcher_read(helper->fetch, &question->coords, &helper->is_closing, &question->message,
                                question->text, sizeof question->text);
    }
    return rc;
}

static enum rc answer_brokers(const struct kafka_helper *helper, struct intake_question *question)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t err = rd_kafka_metadata(helper->consumer, 0, NULL, &metadata, CALL_TIMEOUT_MS);

    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return rc_fail(RC_UNAVAILABLE, question->text, sizeof question->text, "brokers: %s", rd_kafka_err2str(err));
    }
    rd_kafka_metadata_destroy(metadata);
    return RC_OK;
}

/* Waits for the reply: librdkafka forgets a seek of a partition whose fetch has not begun yet. */
static enum rc answer_seek(const struct kafka_helper *helper, struct intake_question *question)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *place =
        rd_kafka_topic_partition_list_add(list, question->topic, question->partitions[0]);
    rd_kafka_resp_err_t err;
    rd_kafka_error_t *error;

    place->offset = question->offset;
    error = rd_kafka_seek_partitions(helper->consumer, list, CALL_TIMEOUT_MS);
    err = error == NULL ? place->err : rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    rd_kafka_topic_partition_list_destroy(list);
    return err == RD_KAFKA_RESP_ERR_NO_ERROR
               ? RC_OK
               : rc_fail(RC_UNAVAILABLE, question->text, sizeof question->text, "seek: %s", rd_kafka_err2str(err));
}

static enum rc answer(struct kafka_helper *helper, struct intake_question *question)
{
    switch (question->kind) {
    case INTAKE_ASK_LAYOUT:
        return kafka_layout_read(helper->consumer, helper->params->topic_prefix, question->partitions,
                                 question->partition_list_count, CALL_TIMEOUT_MS, &question->layout, question->text,
                                 sizeof question->text);
    case INTAKE_ASK_LOG_END:
        return answer_log_end(helper, question);
    case INTAKE_ASK_RECORD:
        return answer_record(helper, question);
    case INTAKE_ASK_BROKERS:
        return answer_brokers(helper, question);
    case INTAKE_ASK_TRIM:
        return kafka_trim(helper->consumer, helper->params->topic_prefix, question->trims, question->trim_count,
                          CALL_TIMEOUT_MS, question->text, sizeof question->text);
    case INTAKE_ASK_TOPICS:
        return kafka_topics_check(helper->consumer, helper->params->topic_prefix, question->audit_window_ms,
                                  CALL_TIMEOUT_MS, &question->offset, question->text, sizeof question->text);
    case INTAKE_ASK_SEEK:
        return answer_seek(helper, question);
    }
    return RC_INVALID;
}

/* Not on the condition variable: it needs no clock this way. */
static void pause_unless_closing(const struct kafka_helper *helper)
{
    const struct timespec slice = {0, PAUSE_SLICE_NS};

    for (int i = 0; i < PAUSE_SLICE_COUNT && !atomic_load(&helper->is_closing); i++) {
        nanosleep(&slice, NULL);
    }
}

/* Whoever gets such an answer asks again at once. */
static bool wants_pause(const struct intake_question *question)
{
    return question->rc == RC_UNAVAILABLE || question->rc == RC_CONFLICT || question->rc == RC_DENIED ||
           (question->rc == RC_NOT_FOUND && question->kind != INTAKE_ASK_RECORD);
}

static void *run(void *opaque)
{
    struct kafka_helper *helper = opaque;

    pthread_mutex_lock(&helper->mutex);
    while (!atomic_load(&helper->is_closing)) {
        struct intake_question *question = helper->questions;

        if (question == NULL) {
            pthread_cond_wait(&helper->cond, &helper->mutex);
            continue;
        }
        DL_DELETE(helper->questions, question);
        pthread_mutex_unlock(&helper->mutex);
        question->rc = answer(helper, question);
        if (wants_pause(question)) {
            pause_unless_closing(helper);
        }
        pthread_mutex_lock(&helper->mutex);
        DL_APPEND(helper->answers, question);
        kafka_wake_fd(helper->fd);
    }
    pthread_mutex_unlock(&helper->mutex);
    return NULL;
}

enum rc kafka_helper_open(const struct params *params, const char *client_id, rd_kafka_t *consumer, int fd,
                          struct kafka_helper **ret_helper, char *errstr, size_t errstr_bytes)
{
    struct kafka_helper *helper = alloc_zeroed(1, sizeof *helper);
    int err;

    helper->params = params;
    helper->client_id = alloc_text(client_id);
    helper->consumer = consumer;
    helper->fd = fd;
    pthread_mutex_init(&helper->mutex, NULL);
    pthread_cond_init(&helper->cond, NULL);
    err = pthread_create(&helper->thread, NULL, run, helper);
    if (err != 0) {
        kafka_helper_close(helper);
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "thread: %s", strerror(err));
    }
    helper->is_started = true;
    *ret_helper = helper;
    return RC_OK;
}

static void free_list(struct intake_question *list)
{
    while (list != NULL) {
        struct intake_question *first = list;

        DL_DELETE(list, first);
        intake_question_free(first);
    }
}

void kafka_helper_close(struct kafka_helper *helper)
{
    if (helper == NULL) {
        return;
    }
    if (helper->is_started) {
        pthread_mutex_lock(&helper->mutex);
        atomic_store(&helper->is_closing, true);
        pthread_cond_signal(&helper->cond);
        pthread_mutex_unlock(&helper->mutex);
        pthread_join(helper->thread, NULL);
    }
    free_list(helper->questions);
    free_list(helper->answers); /* messages go before the client they came from */
    kafka_fetcher_close(helper->fetch);
    pthread_cond_destroy(&helper->cond);
    pthread_mutex_destroy(&helper->mutex);
    free(helper->client_id);
    free(helper);
}

void kafka_helper_ask(struct kafka_helper *helper, struct intake_question *question)
{
    pthread_mutex_lock(&helper->mutex);
    DL_APPEND(helper->questions, question);
    pthread_cond_signal(&helper->cond);
    pthread_mutex_unlock(&helper->mutex);
}

struct intake_question *kafka_helper_take_answer(struct kafka_helper *helper)
{
    struct intake_question *question;

    pthread_mutex_lock(&helper->mutex);
    question = helper->answers;
    if (question != NULL) {
        DL_DELETE(helper->answers, question);
    }
    pthread_mutex_unlock(&helper->mutex);
    return question;
}
