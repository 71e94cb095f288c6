#include "admin_content.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "base64.h"
#include "clock.h"
#include "json_print.h"
#include "kafka.h"
#include "kafka_fetcher.h"
#include "task_json.h"
#include "utf8.h"

#define HIDDEN "***"

struct admin_content {
    const struct params *params;
    char *client_id;
    struct clock clock;
    atomic_bool is_shut;
    pthread_mutex_t mutex; /* of all below, and held while the fetcher reads */
    struct kafka_fetcher *fetcher;
    bool has_failed; /* the last read was RC_UNAVAILABLE */
    int64_t failed_mono_ms;
    char failed_text[KAFKA_ERRSTR_BYTES];
};

void admin_content_open(const struct params *params, const char *client_id, struct admin_content **ret_content)
{
    struct admin_content *content = alloc_zeroed(1, sizeof *content);

    content->params = params;
    content->client_id = alloc_copy(client_id, strlen(client_id));
    pthread_mutex_init(&content->mutex, NULL);
    clock_init(&content->clock);
    atomic_init(&content->is_shut, false);
    *ret_content = content;
}

void admin_content_shut(struct admin_content *content)
{
    if (content != NULL)
        atomic_store(&content->is_shut, true);
}

void admin_content_close(struct admin_content *content)
{
    if (content == NULL)
        return;
    kafka_fetcher_close(content->fetcher);
    pthread_mutex_destroy(&content->mutex);
    free(content->client_id);
    free(content);
}

static bool is_text(const char *bytes, size_t byte_count)
{
    size_t i = 0;

    while (i < byte_count && bytes[i] != '\0') {
        size_t sequence_bytes = utf8_get_sequence_bytes(bytes + i, byte_count - i);

        if (sequence_bytes == 0)
            return false;
        i += sequence_bytes;
    }
    return i == byte_count;
}

static void print_headers(const struct task *task, bool reveals, struct buffer *json)
{
    json_print_name(json, "header");
    buffer_append_char(json, '{');
    for (size_t i = 0; i < task->header_count; i++) {
        const struct task_header *header = &task->headers[i];
        const char *value = reveals ? header->value : HIDDEN;

        if (i > 0)
            buffer_append_char(json, ',');
        buffer_append_json_string(json, header->name, strlen(header->name));
        buffer_append_char(json, ':');
        buffer_append_json_string(json, value, strlen(value));
    }
    buffer_append_char(json, '}');
}

static void print_body(const struct task *task, struct buffer *json)
{
    size_t text_bytes = BASE64_TEXT_BYTES(task->body_bytes);
    char *text;

    if (!task->has_body)
        return;
    if (is_text(task->body, task->body_bytes)) {
        json_print_name(json, "body");
        buffer_append_json_string(json, task->body, task->body_bytes);
        return;
    }
    text = alloc_zeroed(text_bytes + 1, 1);
    base64_encode(task->body, task->body_bytes, text);
    json_print_text(json, "body_base64", text);
    free(text);
}

static enum rc print_task(const rd_kafka_message_t *message, const char *key, bool reveals, struct buffer *json,
                          char *errstr, size_t errstr_bytes)
{
    struct task task = {0};
    char why[256] = "it has no value";

    if (message->payload == NULL || task_decode(message->payload, message->len, &task, why, sizeof why) != RC_OK)
        return rc_fail(RC_CORRUPT, errstr, errstr_bytes, "the record cannot be read: %s", why);
    if (strcmp(task.key, key) != 0) {
        task_close(&task);
        return rc_fail(RC_NOT_FOUND, errstr, errstr_bytes, "no longer kept: the record of another task has its place");
    }
    buffer_append_char(json, '{');
    print_headers(&task, reveals, json);
    print_body(&task, json);
    buffer_append_char(json, '}');
    task_close(&task);
    return RC_OK;
}

/* The mutex is held. */
static enum rc read_message(struct admin_content *content, const struct coords *coords,
                            rd_kafka_message_t **ret_message)
{
    char *text = content->failed_text;
    size_t text_bytes = sizeof content->failed_text;
    enum rc rc = RC_OK;

    if (content->has_failed && clock_read(&content->clock).mono_ms - content->failed_mono_ms < ADMIN_CONTENT_PAUSE_MS)
        return RC_UNAVAILABLE;
    if (content->fetcher == NULL)
        rc = kafka_fetcher_open(content->params, content->client_id, &content->fetcher, text, text_bytes);
    if (rc == RC_OK)
        rc = kafka_fetcher_read(content->fetcher, coords, &content->is_shut, ret_message, text, text_bytes);
    else
        rc = RC_UNAVAILABLE;
    content->has_failed = rc == RC_UNAVAILABLE;
    content->failed_mono_ms = clock_read(&content->clock).mono_ms;
    return rc;
}

static enum rc fetch(struct admin_content *content, const struct coords *coords, rd_kafka_message_t **ret_message,
                     char *errstr, size_t errstr_bytes)
{
    enum rc rc;

    if (atomic_load(&content->is_shut))
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "the worker is closing");
    pthread_mutex_lock(&content->mutex);
    rc = read_message(content, coords, ret_message);
    if (rc == RC_NOT_FOUND)
        rc = rc_fail(rc, errstr, errstr_bytes, "no longer kept");
    else if (rc != RC_OK)
        rc = rc_fail(rc, errstr, errstr_bytes, "read the task: %s", content->failed_text);
    pthread_mutex_unlock(&content->mutex);
    return rc;
}

enum rc admin_content_append(struct admin_content *content, const struct coords *coords, const char *key, bool reveals,
                             struct buffer *json, char *errstr, size_t errstr_bytes)
{
    rd_kafka_message_t *message = NULL;
    enum rc rc = fetch(content, coords, &message, errstr, errstr_bytes);

    if (rc != RC_OK)
        return rc;
    rc = print_task(message, key, reveals, json, errstr, errstr_bytes);
    rd_kafka_message_destroy(message);
    return rc;
}
