#include "task_builder.h"

#include "buffer.h"
#include "codes.h"
#include "header.h"
#include "random.h"
#include "text.h"
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static enum autohttp_rc draw_publish_id(autohttp_task_t *task)
{
    uint8_t publish_id[HEADER_PUB_BYTES];
    enum autohttp_rc rc = random_fill(publish_id, sizeof publish_id);

    if (rc != AUTOHTTP_OK) {
        return rc;
    }
    memcpy(task->publish_id, publish_id, sizeof publish_id);
    header_print_publish_id(publish_id, task->publish_id_text);
    atomic_store(&task->is_published, false);
    return AUTOHTTP_OK;
}

/* Last of a setter's steps that can fail. */
enum autohttp_rc task_builder_begin_change(autohttp_task_t *task)
{
    return atomic_load(&task->is_published) ? draw_publish_id(task) : AUTOHTTP_OK;
}

static void free_headers(autohttp_task_t *task)
{
    for (size_t i = 0; i < task->fields.header_count; i++) {
        free((char *)task->headers[i].name);
        free((char *)task->headers[i].value);
    }
    free(task->headers);
    task->headers = NULL;
    task->fields.headers = NULL;
    task->fields.header_count = 0;
}

autohttp_task_t *autohttp_task_new(void)
{
    autohttp_task_t *task = calloc(1, sizeof *task);

    if (task == NULL) {
        return NULL;
    }
    if (draw_publish_id(task) != AUTOHTTP_OK) {
        free(task);
        return NULL;
    }
    task->fields.retry_type = TASK_RETRY_STEP;
    task->fields.step_interval_ms = TASK_STEP_DEFAULT_INTERVAL_MS;
    return task;
}

void autohttp_task_free(autohttp_task_t *task)
{
    if (task == NULL) {
        return;
    }
    free_headers(task);
    free((char *)task->fields.business_type);
    free((char *)task->fields.business_id);
    free((char *)task->fields.url);
    free((char *)task->fields.method);
    free((char *)task->fields.body);
    free((int64_t *)task->fields.ladder_interval_ms);
    free((char *)task->fields.idempotency_key);
    free(task);
}

static enum autohttp_rc set_text(autohttp_task_t *task, const char **field, const char *text, size_t text_bytes)
{
    char *copy = NULL;
    enum autohttp_rc rc = text_copy(text, text_bytes, &copy);

    if (rc != AUTOHTTP_OK) {
        return rc;
    }
    rc = task_builder_begin_change(task);
    if (rc != AUTOHTTP_OK) {
        free(copy);
        return rc;
    }
    free((char *)*field);
    *field = copy;
    return AUTOHTTP_OK;
}

enum autohttp_rc autohttp_task_set_business_key(autohttp_task_t *task, const char *business_type,
                                                size_t business_type_bytes, const char *business_id,
                                                size_t business_id_bytes)
{
    char *type_copy = NULL;
    char *id_copy = NULL;
    enum autohttp_rc rc = text_copy(business_type, business_type_bytes, &type_copy);

    if (rc == AUTOHTTP_OK) {
        rc = text_copy(business_id, business_id_bytes, &id_copy);
    }
    if (rc == AUTOHTTP_OK) {
        rc = task_builder_begin_change(task);
    }
    if (rc != AUTOHTTP_OK) {
        free(type_copy);
        free(id_copy);
        return rc;
    }
    free((char *)task->fields.business_type);
    free((char *)task->fields.business_id);
    task->fields.business_type = type_copy;
    task->fields.business_id = id_copy;
    return AUTOHTTP_OK;
}

enum autohttp_rc autohttp_task_set_url(autohttp_task_t *task, const char *url, size_t url_bytes)
{
    return set_text(task, &task->fields.url, url, url_bytes);
}

enum autohttp_rc autohttp_task_set_method(autohttp_task_t *task, const char *method, size_t method_bytes)
{
    return set_text(task, &task->fields.method, method, method_bytes);
}

enum autohttp_rc autohttp_task_set_idempotency_key(autohttp_task_t *task, const char *idempotency_key,
                                                   size_t idempotency_key_bytes)
{
    return set_text(task, &task->fields.idempotency_key, idempotency_key, idempotency_key_bytes);
}

static enum autohttp_rc append_header(autohttp_task_t *task, const char *name, const char *value)
{
    size_t count = task->fields.header_count;
    struct task_header *grown = NULL;
    enum autohttp_rc rc = AUTOHTTP_OK;

    /* one more than allowed may be added, so that the check of the whole can name the limit */
    if (count > TASK_HEADER_MAX_COUNT) {
        return AUTOHTTP_TOO_LARGE;
    }
    grown = realloc(task->headers, (count + 1) * sizeof *grown);
    if (grown == NULL) {
        return AUTOHTTP_NO_MEMORY;
    }
    task->headers = grown;
    task->fields.headers = grown;
    rc = task_builder_begin_change(task);
    if (rc != AUTOHTTP_OK) {
        return rc;
    }
    grown[count] = (struct task_header){name, value};
    task->fields.header_count = count + 1;
    return AUTOHTTP_OK;
}

enum autohttp_rc autohttp_task_add_header(autohttp_task_t *task, const char *name, size_t name_bytes, const char *value,
                                          size_t value_bytes)
{
    char *name_copy = NULL;
    char *value_copy = NULL;
    enum autohttp_rc rc = text_copy(name, name_bytes, &name_copy);

    if (rc == AUTOHTTP_OK) {
        rc = text_copy(value, value_bytes, &value_copy);
    }
    if (rc == AUTOHTTP_OK) {
        rc = append_header(task, name_copy, value_copy);
    }
    if (rc != AUTOHTTP_OK) {
        free(name_copy);
        free(value_copy);
    }
    return rc;
}

enum autohttp_rc autohttp_task_clear_headers(autohttp_task_t *task)
{
    enum autohttp_rc rc = task_builder_begin_change(task);

    if (rc == AUTOHTTP_OK) {
        free_headers(task);
    }
    return rc;
}

enum autohttp_rc autohttp_task_set_body(autohttp_task_t *task, const void *body, size_t body_bytes)
{
    char *copy = NULL;
    enum autohttp_rc rc = AUTOHTTP_OK;

    if (body == NULL) {
        body_bytes = 0;
    } else if (body_bytes == AUTOHTTP_TEXT) {
        body_bytes = strlen(body);
    }
    if (body_bytes > TASK_BODY_MAX_BYTES) {
        return AUTOHTTP_TOO_LARGE;
    }
    if (body != NULL && (copy = text_copy_bytes(body, body_bytes)) == NULL) {
        return AUTOHTTP_NO_MEMORY;
    }
    rc = task_builder_begin_change(task);
    if (rc != AUTOHTTP_OK) {
        free(copy);
        return rc;
    }
    free((char *)task->fields.body);
    task->fields.body = copy;
    task->fields.body_bytes = body_bytes;
    task->fields.has_body = body != NULL;
    return AUTOHTTP_OK;
}

enum autohttp_rc autohttp_task_set_ladder(autohttp_task_t *task, const int64_t *wait_ms, size_t wait_count)
{
    int64_t *copy = NULL;
    enum autohttp_rc rc = AUTOHTTP_OK;

    if (wait_ms == NULL && wait_count > 0) {
        return AUTOHTTP_INVALID;
    }
    if (wait_count > TASK_LADDER_MAX) {
        return AUTOHTTP_TOO_LARGE;
    }
    copy = malloc((wait_count + 1) * sizeof *copy); /* + 1: an empty ladder is a ladder, not NULL */
    if (copy == NULL) {
        return AUTOHTTP_NO_MEMORY;
    }
    rc = task_builder_begin_change(task);
    if (rc != AUTOHTTP_OK) {
        free(copy);
        return rc;
    }
    if (wait_count > 0) {
        memcpy(copy, wait_ms, wait_count * sizeof *copy);
    }
    free((int64_t *)task->fields.ladder_interval_ms);
    task->has_schedule = true;
    task->fields.retry_type = TASK_RETRY_LADDER;
    task->fields.ladder_interval_ms = copy;
    task->fields.ladder_count = (uint32_t)wait_count;
    task->fields.step_interval_ms = 0;
    task->fields.step_time = 0;
    task->fields.has_retry_type = true;
    task->fields.has_ladder_interval = true;
    task->fields.has_step_interval = false;
    task->fields.has_step_time = false;
    return AUTOHTTP_OK;
}

enum autohttp_rc autohttp_task_set_step(autohttp_task_t *task, int64_t wait_ms, int64_t retry_count)
{
    enum autohttp_rc rc = task_builder_begin_change(task);

    if (rc != AUTOHTTP_OK) {
        return rc;
    }
    free((int64_t *)task->fields.ladder_interval_ms);
    task->fields.ladder_interval_ms = NULL;
    task->fields.ladder_count = 0;
    task->has_schedule = true;
    task->fields.retry_type = TASK_RETRY_STEP;
    task->fields.step_interval_ms = wait_ms;
    task->fields.step_time = retry_count;
    task->fields.has_retry_type = true;
    task->fields.has_ladder_interval = false;
    task->fields.has_step_interval = true;
    task->fields.has_step_time = true;
    return AUTOHTTP_OK;
}

static enum autohttp_rc set_number(autohttp_task_t *task, int64_t *field, int64_t value)
{
    enum autohttp_rc rc = task_builder_begin_change(task);

    if (rc == AUTOHTTP_OK) {
        *field = value;
    }
    return rc;
}

enum autohttp_rc autohttp_task_set_not_before(autohttp_task_t *task, int64_t time_ms)
{
    return set_number(task, &task->fields.not_before_time_ms, time_ms);
}

enum autohttp_rc autohttp_task_set_timeout(autohttp_task_t *task, int64_t timeout_ms)
{
    return set_number(task, &task->fields.timeout_ms, timeout_ms);
}

enum autohttp_rc autohttp_task_set_duplicate(autohttp_task_t *task, const char *policy, size_t policy_bytes)
{
    enum duplicate_policy duplicate = DUPLICATE_UNSET;
    enum autohttp_rc rc = AUTOHTTP_OK;

    if (policy == NULL) {
        return AUTOHTTP_INVALID;
    }
    if (policy_bytes == AUTOHTTP_TEXT) {
        policy_bytes = strlen(policy);
    }
    if (duplicate_policy_parse(policy, policy_bytes, &duplicate) != RC_OK) {
        return AUTOHTTP_INVALID;
    }
    rc = task_builder_begin_change(task);
    if (rc == AUTOHTTP_OK) {
        task->fields.duplicate = duplicate;
    }
    return rc;
}

enum autohttp_rc autohttp_task_set_publish_id(autohttp_task_t *task, const char *publish_id, size_t publish_id_bytes)
{
    uint8_t bytes[HEADER_PUB_BYTES];

    if (publish_id == NULL) {
        return AUTOHTTP_INVALID;
    }
    if (publish_id_bytes == AUTOHTTP_TEXT) {
        publish_id_bytes = strlen(publish_id);
    }
    if (header_parse_publish_id(publish_id, publish_id_bytes, bytes) != RC_OK) {
        return AUTOHTTP_INVALID;
    }
    memcpy(task->publish_id, bytes, sizeof bytes);
    header_print_publish_id(bytes, task->publish_id_text);
    atomic_store(&task->is_published, false);
    return AUTOHTTP_OK;
}

/* Calls setters in a row; the first failure is the answer. */
static enum autohttp_rc copy_texts(autohttp_task_t *task, const struct task *source)
{
    enum autohttp_rc rc = AUTOHTTP_OK;

    if (source->business_type != NULL) {
        rc = autohttp_task_set_business_key(task, source->business_type, AUTOHTTP_TEXT, source->business_id,
                                            AUTOHTTP_TEXT);
    }
    if (rc == AUTOHTTP_OK && source->url != NULL) {
        rc = autohttp_task_set_url(task, source->url, AUTOHTTP_TEXT);
    }
    if (rc == AUTOHTTP_OK && source->method != NULL) {
        rc = autohttp_task_set_method(task, source->method, AUTOHTTP_TEXT);
    }
    if (rc == AUTOHTTP_OK && source->idempotency_key != NULL) {
        rc = autohttp_task_set_idempotency_key(task, source->idempotency_key, AUTOHTTP_TEXT);
    }
    for (size_t i = 0; rc == AUTOHTTP_OK && i < source->header_count; i++) {
        rc = autohttp_task_add_header(task, source->headers[i].name, AUTOHTTP_TEXT, source->headers[i].value,
                                      AUTOHTTP_TEXT);
    }
    return rc;
}

/* What the source does not name is not named by the copy. */
static enum autohttp_rc copy_schedule(autohttp_task_t *task, const struct task *source)
{
    enum autohttp_rc rc = source->retry_type == TASK_RETRY_LADDER
                              ? autohttp_task_set_ladder(task, source->ladder_interval_ms, source->ladder_count)
                              : autohttp_task_set_step(task, source->step_interval_ms, source->step_time);

    task->fields.has_retry_type = source->has_retry_type;
    task->fields.has_ladder_interval = source->has_ladder_interval;
    task->fields.has_step_interval = source->has_step_interval;
    task->fields.has_step_time = source->has_step_time;
    return rc;
}

static enum autohttp_rc copy_task(autohttp_task_t *task, const struct task *source)
{
    enum autohttp_rc rc = copy_texts(task, source);

    if (rc == AUTOHTTP_OK && source->has_body) {
        rc = autohttp_task_set_body(task, source->body != NULL ? source->body : "", source->body_bytes);
    }
    if (rc == AUTOHTTP_OK) {
        rc = copy_schedule(task, source);
    }
    if (rc == AUTOHTTP_OK) {
        task->fields.not_before_time_ms = source->not_before_time_ms;
        task->fields.timeout_ms = source->timeout_ms;
        task->fields.duplicate = source->duplicate;
    }
    return rc;
}

autohttp_task_t *task_builder_clone(const autohttp_task_t *task)
{
    autohttp_task_t *clone = autohttp_task_new();

    if (clone == NULL || copy_task(clone, &task->fields) != AUTOHTTP_OK) {
        autohttp_task_free(clone);
        return NULL;
    }
    clone->has_schedule = task->has_schedule;
    memcpy(clone->publish_id, task->publish_id, sizeof clone->publish_id);
    memcpy(clone->publish_id_text, task->publish_id_text, sizeof clone->publish_id_text);
    return clone;
}

enum autohttp_rc autohttp_task_from_json(const char *json, size_t json_bytes, autohttp_task_t **ret_task, char *errstr,
                                         size_t errstr_bytes)
{
    enum autohttp_rc rc = AUTOHTTP_OK;
    struct task decoded = {0};
    autohttp_task_t *task = NULL;

    if (json == NULL || ret_task == NULL) {
        rc_fail(RC_INVALID, errstr, errstr_bytes, "json or ret_task is NULL");
        return AUTOHTTP_INVALID;
    }
    if (json_bytes == AUTOHTTP_TEXT) {
        json_bytes = strlen(json);
    }
    rc = codes_from_rc(task_decode(json, json_bytes, &decoded, errstr, errstr_bytes));
    if (rc != AUTOHTTP_OK) {
        return rc;
    }
    task = autohttp_task_new();
    rc = task == NULL ? AUTOHTTP_NO_MEMORY : copy_task(task, &decoded);
    if (rc != AUTOHTTP_OK) {
        rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory for the task");
        autohttp_task_free(task);
        goto out;
    }
    *ret_task = task;
out:
    task_close(&decoded);
    return rc;
}

enum rc task_builder_get_view(const autohttp_task_t *task, struct task *ret_view, char *errstr, size_t errstr_bytes)
{
    enum rc rc = task_check(&task->fields, errstr, errstr_bytes);

    if (rc == RC_OK) {
        *ret_view = task->fields;
    }
    return rc;
}

enum autohttp_rc autohttp_task_check(const autohttp_task_t *task, char *errstr, size_t errstr_bytes)
{
    struct task view;

    return codes_from_rc(task_builder_get_view(task, &view, errstr, errstr_bytes));
}

enum autohttp_rc autohttp_task_to_json(const autohttp_task_t *task, char *buf, size_t buf_bytes, size_t *ret_json_bytes,
                                       char *errstr, size_t errstr_bytes)
{
    struct task view;
    struct buffer json = {0};
    enum rc rc = task_builder_get_view(task, &view, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return codes_from_rc(rc);
    }
    rc = task_encode(&view, &json);
    if (rc != RC_OK) {
        rc_fail(rc, errstr, errstr_bytes, "no memory for the JSON");
        goto out;
    }
    if (ret_json_bytes != NULL) {
        *ret_json_bytes = json.len_bytes;
    }
    if (json.len_bytes >= buf_bytes) {
        rc = rc_fail(RC_TOO_LARGE, errstr, errstr_bytes, "buf has %zu bytes, the JSON needs %zu", buf_bytes,
                     json.len_bytes + 1);
        goto out;
    }
    memcpy(buf, json.data, json.len_bytes + 1);
out:
    buffer_close(&json);
    return codes_from_rc(rc);
}
