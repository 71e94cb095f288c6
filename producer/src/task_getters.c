/* The reading half of task_builder.h. */
#include "task_builder.h"

#include "header.h"

const char *autohttp_task_get_business_type(const autohttp_task_t *task)
{
    return task->fields.business_type;
}

const char *autohttp_task_get_business_id(const autohttp_task_t *task)
{
    return task->fields.business_id;
}

const char *autohttp_task_get_url(const autohttp_task_t *task)
{
    return task->fields.url;
}

const char *autohttp_task_get_method(const autohttp_task_t *task)
{
    if (task->fields.method != NULL) {
        return task->fields.method;
    }
    return task->fields.has_body ? "POST" : "GET";
}

size_t autohttp_task_get_header_count(const autohttp_task_t *task)
{
    return task->fields.header_count;
}

const char *autohttp_task_get_header_name(const autohttp_task_t *task, size_t index)
{
    return index < task->fields.header_count ? task->headers[index].name : NULL;
}

const char *autohttp_task_get_header_value(const autohttp_task_t *task, size_t index)
{
    return index < task->fields.header_count ? task->headers[index].value : NULL;
}

const void *autohttp_task_get_body(const autohttp_task_t *task, size_t *ret_body_bytes)
{
    if (ret_body_bytes != NULL) {
        *ret_body_bytes = task->fields.body_bytes;
    }
    return task->fields.body;
}

int autohttp_task_is_ladder(const autohttp_task_t *task)
{
    return task->fields.retry_type == TASK_RETRY_LADDER;
}

size_t autohttp_task_get_ladder_count(const autohttp_task_t *task)
{
    return task->fields.ladder_count;
}

int64_t autohttp_task_get_ladder_wait(const autohttp_task_t *task, size_t index)
{
    return index < task->fields.ladder_count ? task->fields.ladder_interval_ms[index] : -1;
}

int64_t autohttp_task_get_step_wait(const autohttp_task_t *task)
{
    return task->fields.step_interval_ms;
}

int64_t autohttp_task_get_step_retry_count(const autohttp_task_t *task)
{
    return task->fields.step_time;
}

int64_t autohttp_task_get_not_before(const autohttp_task_t *task)
{
    return task->fields.not_before_time_ms;
}

int64_t autohttp_task_get_timeout(const autohttp_task_t *task)
{
    return task->fields.timeout_ms;
}

const char *autohttp_task_get_duplicate(const autohttp_task_t *task)
{
    return duplicate_policy_get_name(task->fields.duplicate);
}

const char *autohttp_task_get_idempotency_key(const autohttp_task_t *task)
{
    return task->fields.idempotency_key;
}

const char *autohttp_task_get_publish_id(const autohttp_task_t *task)
{
    return task->publish_id_text;
}
