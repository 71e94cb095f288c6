#include "plugin_item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"

struct plugin_item_node {
    struct plugin_item_node *next;
    char text[];
};

void plugin_item_init(autohttp_plugin_item_t *item, const struct row *row, const struct task *task, uint32_t attempt,
                      const char *idempotency_key)
{
    *item = (autohttp_plugin_item_t){
        .row = row,
        .idempotency_key = idempotency_key,
        .attempt = attempt,
        .has_task = task != NULL,
    };
    if (task != NULL) {
        item->sent = *task;
    } else {
        item->sent.url = row->url;
        item->sent.method = row->method;
    }
}

void plugin_item_close(autohttp_plugin_item_t *item)
{
    while (item->nodes != NULL) {
        struct plugin_item_node *node = item->nodes;

        item->nodes = node->next;
        free(node);
    }
    free(item->body);
    item->body = NULL;
}

char *plugin_item_take_body(autohttp_plugin_item_t *item)
{
    char *body = item->body;

    item->body = NULL;
    return body;
}

enum rc plugin_item_check(const autohttp_plugin_item_t *item, char *errstr, size_t errstr_bytes)
{
    if (item->why[0] != '\0') {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s", item->why);
    }
    return item->is_changed ? task_check(&item->sent, errstr, errstr_bytes) : RC_OK;
}

/* A plugin that does not look at what a setter returns must not send half of what it meant to. */
static int refuse(autohttp_plugin_item_t *item, const char *setter, const char *why)
{
    if (item->may_change && item->why[0] == '\0') {
        snprintf(item->why, sizeof item->why, "%s: %s", setter, why);
    }
    return AUTOHTTP_PLUGIN_INVALID;
}

/* NULL, the reason noted, if it is missing or longer than anything a task may hold. */
static const char *keep_text(autohttp_plugin_item_t *item, const char *setter, const char *text, size_t max_bytes)
{
    size_t text_bytes = text != NULL ? strnlen(text, max_bytes + 1) : 0;
    struct plugin_item_node *node;

    if (!item->may_change || text == NULL || text_bytes > max_bytes ||
        item->kept_bytes + text_bytes > PLUGIN_ITEM_KEPT_MAX_BYTES) {
        refuse(item, setter, text == NULL ? "a text is NULL" : "a text is too long");
        return NULL;
    }
    node = alloc_bytes(sizeof *node + text_bytes + 1);
    memcpy(node->text, text, text_bytes);
    node->text[text_bytes] = '\0';
    node->next = item->nodes;
    item->nodes = node;
    item->kept_bytes += sizeof *node + text_bytes + 1;
    item->is_changed = true;
    return node->text;
}

static int set_url(autohttp_plugin_item_t *item, const char *url)
{
    const char *kept = keep_text(item, "set_url", url, TASK_URL_MAX_BYTES);

    if (kept == NULL) {
        return AUTOHTTP_PLUGIN_INVALID;
    }
    item->sent.url = kept;
    item->is_url_changed = true;
    return AUTOHTTP_PLUGIN_OK;
}

static int set_method(autohttp_plugin_item_t *item, const char *method)
{
    const char *kept = keep_text(item, "set_method", method, TASK_METHOD_MAX_BYTES);

    if (kept == NULL) {
        return AUTOHTTP_PLUGIN_INVALID;
    }
    item->sent.method = kept;
    return AUTOHTTP_PLUGIN_OK;
}

static size_t find_header(const struct task *task, const char *name)
{
    size_t i = 0;

    while (i < task->header_count && strcasecmp(task->headers[i].name, name) != 0) {
        i++;
    }
    return i;
}

static void own_headers(autohttp_plugin_item_t *item)
{
    if (item->sent.headers == item->headers) {
        return;
    }
    if (item->sent.header_count > 0) {
        memcpy(item->headers, item->sent.headers, item->sent.header_count * sizeof item->headers[0]);
    }
    item->sent.headers = item->headers;
}

static int remove_header(autohttp_plugin_item_t *item, size_t i)
{
    struct task *sent = &item->sent;

    if (i < sent->header_count) {
        sent->header_count--;
        memmove(&item->headers[i], &item->headers[i + 1], (sent->header_count - i) * sizeof item->headers[0]);
        item->is_changed = true;
    }
    return AUTOHTTP_PLUGIN_OK;
}

static int set_header(autohttp_plugin_item_t *item, const char *name, const char *value)
{
    struct task_header header;
    size_t i;

    if (!item->may_change || name == NULL) {
        return refuse(item, "set_header", "the name is NULL");
    }
    own_headers(item);
    i = find_header(&item->sent, name);
    if (value == NULL) {
        return remove_header(item, i);
    }
    if (i == TASK_HEADER_MAX_COUNT) {
        return refuse(item, "set_header", "too many headers");
    }
    header.name = keep_text(item, "set_header", name, TASK_HEADERS_MAX_BYTES);
    header.value = keep_text(item, "set_header", value, TASK_HEADERS_MAX_BYTES);
    if (header.name == NULL || header.value == NULL) {
        return AUTOHTTP_PLUGIN_INVALID;
    }
    item->headers[i] = header;
    item->sent.header_count += i == item->sent.header_count ? 1 : 0;
    return AUTOHTTP_PLUGIN_OK;
}

static int set_body(autohttp_plugin_item_t *item, const void *body, size_t body_bytes)
{
    char *copy;

    if (!item->may_change || body_bytes > TASK_BODY_MAX_BYTES) {
        return refuse(item, "set_body", "the body is too long");
    }
    copy = body != NULL ? alloc_copy(body, body_bytes) : NULL; /* before: it may be a part of the one there is */
    free(item->body);
    item->body = copy;
    item->sent.body = copy;
    item->sent.body_bytes = body != NULL ? body_bytes : 0;
    item->sent.has_body = body != NULL;
    item->is_changed = true;
    return AUTOHTTP_PLUGIN_OK;
}

static uint64_t get_id(const autohttp_plugin_item_t *item)
{
    return item->row->id;
}

static const char *get_business_type(const autohttp_plugin_item_t *item)
{
    return item->row->business_type;
}

static const char *get_business_id(const autohttp_plugin_item_t *item)
{
    return item->row->business_id;
}

static const char *get_url(const autohttp_plugin_item_t *item)
{
    return item->sent.url;
}

static const char *get_method(const autohttp_plugin_item_t *item)
{
    return item->sent.method;
}

static size_t get_header_count(const autohttp_plugin_item_t *item)
{
    return item->sent.header_count;
}

static const char *get_header_name(const autohttp_plugin_item_t *item, size_t i)
{
    return i < item->sent.header_count ? item->sent.headers[i].name : NULL;
}

static const char *get_header_value(const autohttp_plugin_item_t *item, size_t i)
{
    return i < item->sent.header_count ? item->sent.headers[i].value : NULL;
}

static const void *get_body(const autohttp_plugin_item_t *item, size_t *ret_bytes)
{
    *ret_bytes = item->sent.has_body ? item->sent.body_bytes : 0;
    return item->sent.has_body ? item->sent.body : NULL;
}

static int get_retry_type(const autohttp_plugin_item_t *item)
{
    return item->row->retry_type == TASK_RETRY_LADDER ? AUTOHTTP_PLUGIN_LADDER : AUTOHTTP_PLUGIN_STEP;
}

static size_t get_retry_ladder_count(const autohttp_plugin_item_t *item)
{
    return item->row->ladder_count;
}

static int64_t get_retry_ladder_interval_ms(const autohttp_plugin_item_t *item, size_t i)
{
    return i < item->row->ladder_count ? item->row->ladder_interval_ms[i] : -1;
}

static int64_t get_retry_step_interval_ms(const autohttp_plugin_item_t *item)
{
    return item->row->step_interval_ms;
}

static int64_t get_retry_step_time(const autohttp_plugin_item_t *item)
{
    return item->row->step_time;
}

static int64_t get_retry_count(const autohttp_plugin_item_t *item)
{
    return item->row->attempts > 0 ? (int64_t)item->row->attempts - 1 : 0;
}

static int get_status(const autohttp_plugin_item_t *item)
{
    return (int)item->row->status; /* autohttp_plugin.h has the same numbers */
}

static int64_t get_request_time_ms(const autohttp_plugin_item_t *item)
{
    return item->row->request_time_ms;
}

static int64_t get_last_retry_time_ms(const autohttp_plugin_item_t *item)
{
    return item->row->last_retry_time_ms;
}

static int64_t get_next_retry_time_ms(const autohttp_plugin_item_t *item)
{
    return item->row->next_retry_time_ms;
}

static int64_t get_success_time_ms(const autohttp_plugin_item_t *item)
{
    return item->row->success_time_ms;
}

static uint32_t get_attempt(const autohttp_plugin_item_t *item)
{
    return item->attempt;
}

static const char *get_idempotency_key(const autohttp_plugin_item_t *item)
{
    return item->idempotency_key;
}

const autohttp_plugin_host_t plugin_item_host = {
    .bytes = sizeof plugin_item_host,
    .abi = AUTOHTTP_PLUGIN_ABI,
    .get_id = get_id,
    .get_business_type = get_business_type,
    .get_business_id = get_business_id,
    .get_url = get_url,
    .get_method = get_method,
    .get_header_count = get_header_count,
    .get_header_name = get_header_name,
    .get_header_value = get_header_value,
    .get_body = get_body,
    .get_retry_type = get_retry_type,
    .get_retry_ladder_count = get_retry_ladder_count,
    .get_retry_ladder_interval_ms = get_retry_ladder_interval_ms,
    .get_retry_step_interval_ms = get_retry_step_interval_ms,
    .get_retry_step_time = get_retry_step_time,
    .get_retry_count = get_retry_count,
    .get_status = get_status,
    .get_request_time_ms = get_request_time_ms,
    .get_last_retry_time_ms = get_last_retry_time_ms,
    .get_next_retry_time_ms = get_next_retry_time_ms,
    .get_success_time_ms = get_success_time_ms,
    .get_attempt = get_attempt,
    .get_idempotency_key = get_idempotency_key,
    .set_url = set_url,
    .set_method = set_method,
    .set_header = set_header,
    .set_body = set_body,
};
