#include "item.h"

#include "codes.h"
#include "detail_json.h"
#include <stdlib.h>
#include <string.h>

struct autohttp_item item_from_task(const struct task *task)
{
    return (struct autohttp_item){
        .row = row_from_task(task),
        .headers = task->headers,
        .header_count = task->header_count,
        .body = task->body,
        .body_bytes = task->body_bytes,
    };
}

struct autohttp_item item_from_event(const struct event *event)
{
    return (struct autohttp_item){
        .row =
            {
                .id = event->id,
                .business_type = event->business_type,
                .business_id = event->business_id,
                .url = "",
                .method = "",
                .status = event->status,
                .attempts = event->attempt,
                .last_retry_time_ms = event->start_time_ms,
                .next_retry_time_ms = event->next_time_ms,
                .success_time_ms = event->status == ROW_SUCCESS ? event->time_ms : 0,
            },
    };
}

enum autohttp_rc autohttp_item_from_json(const char *json, size_t json_bytes, autohttp_item_t **ret_item, char *errstr,
                                         size_t errstr_bytes)
{
    enum rc rc = RC_OK;
    struct detail detail = {0};
    autohttp_item_t *item = NULL;

    if (json == NULL || ret_item == NULL) {
        return codes_from_rc(rc_fail(RC_INVALID, errstr, errstr_bytes, "json or ret_item is NULL"));
    }
    item = calloc(1, sizeof *item);
    if (item == NULL) {
        return codes_from_rc(rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory for the item"));
    }
    rc = detail_decode(json, json_bytes == AUTOHTTP_TEXT ? strlen(json) : json_bytes, &detail, errstr, errstr_bytes);
    if (rc != RC_OK) {
        free(item);
        return codes_from_rc(rc);
    }
    *item = (struct autohttp_item){
        .row = detail.row,
        .headers = detail.headers,
        .header_count = detail.header_count,
        .body = detail.body,
        .body_bytes = detail.body_bytes,
        .content_block = detail.block,
    };
    *ret_item = item;
    return AUTOHTTP_OK;
}

void autohttp_item_free(autohttp_item_t *item)
{
    if (item == NULL) {
        return;
    }
    row_close(&item->row);
    free(item->content_block);
    free(item);
}

uint64_t autohttp_item_get_id(const autohttp_item_t *item)
{
    return item->row.id;
}

const char *autohttp_item_get_business_type(const autohttp_item_t *item)
{
    return item->row.business_type;
}

const char *autohttp_item_get_business_id(const autohttp_item_t *item)
{
    return item->row.business_id;
}

const char *autohttp_item_get_url(const autohttp_item_t *item)
{
    return item->row.url;
}

const char *autohttp_item_get_method(const autohttp_item_t *item)
{
    return item->row.method;
}

size_t autohttp_item_get_header_count(const autohttp_item_t *item)
{
    return item->header_count;
}

const char *autohttp_item_get_header_name(const autohttp_item_t *item, size_t index)
{
    return index < item->header_count ? item->headers[index].name : NULL;
}

const char *autohttp_item_get_header_value(const autohttp_item_t *item, size_t index)
{
    return index < item->header_count ? item->headers[index].value : NULL;
}

const void *autohttp_item_get_body(const autohttp_item_t *item, size_t *ret_body_bytes)
{
    if (ret_body_bytes != NULL) {
        *ret_body_bytes = item->body_bytes;
    }
    return item->body;
}

int autohttp_item_get_retry_type(const autohttp_item_t *item)
{
    return item->row.retry_type != TASK_RETRY_LADDER;
}

size_t autohttp_item_get_retry_ladder_count(const autohttp_item_t *item)
{
    return item->row.ladder_count;
}

int64_t autohttp_item_get_retry_ladder_interval(const autohttp_item_t *item, size_t index)
{
    return index < item->row.ladder_count ? item->row.ladder_interval_ms[index] : -1;
}

int64_t autohttp_item_get_retry_step_interval(const autohttp_item_t *item)
{
    return item->row.step_interval_ms;
}

int64_t autohttp_item_get_retry_step_time(const autohttp_item_t *item)
{
    return item->row.step_time;
}

int64_t autohttp_item_get_retry_count(const autohttp_item_t *item)
{
    return item->row.attempts > 0 ? (int64_t)item->row.attempts - 1 : 0;
}

enum autohttp_status autohttp_item_get_status(const autohttp_item_t *item)
{
    return (enum autohttp_status)item->row.status;
}

int64_t autohttp_item_get_request_time(const autohttp_item_t *item)
{
    return item->row.request_time_ms;
}

int64_t autohttp_item_get_last_retry_time(const autohttp_item_t *item)
{
    return item->row.last_retry_time_ms;
}

int64_t autohttp_item_get_next_retry_time(const autohttp_item_t *item)
{
    return item->row.next_retry_time_ms;
}

int64_t autohttp_item_get_success_time(const autohttp_item_t *item)
{
    return item->row.success_time_ms;
}
