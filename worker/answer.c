#include "answer.h"
#include "alloc.h"
#include "hand.h"
#include "partition.h"
#include "url.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SLICE_US 2000
#define STEP_COUNT 64 /* rows between two looks at the clock: 150 us, if all have to be decoded */
#define PAGE_MAX_BYTES ((size_t)1024 * 1024)
#define HTTP_OK 200
#define HTTP_NOT_FOUND 404
#define HTTP_MISDIRECTED 421
#define HTTP_INTERNAL_ERROR 500
#define HTTP_UNAVAILABLE 503

static void __attribute__((format(printf, 3, 4)))
say(struct admin_answer *answer, int http_status, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    answer->http_status = http_status;
    buffer_reset(&answer->text);
    buffer_append_text(&answer->text, text);
}

/* The partition if it can be asked; else the answer says why not. */
static struct partition *get_partition(struct core *core, int32_t number, struct admin_answer *answer)
{
    struct partition *partition = number >= 0 && number < core->partition_count ? core->owned[number] : NULL;

    if (core->partition_count == 0) {
        say(answer, HTTP_UNAVAILABLE, "the worker has no partitions yet");
    } else if (number < 0 || number >= core->partition_count) {
        say(answer, HTTP_NOT_FOUND, "there is no partition %d: there are %d", (int)number, (int)core->partition_count);
    } else if (partition == NULL || partition->phase == PARTITION_AWAY) {
        partition = NULL;
        say(answer, HTTP_MISDIRECTED, "partition %d is not owned by this worker", (int)number);
    } else if (!partition_is_live(partition)) {
        say(answer, HTTP_UNAVAILABLE, "partition %d is being restored", (int)number);
        partition = NULL;
    }
    return partition;
}

/* Before its first attempt has ended a task may have no row; what it would say is known. */
static const struct row *get_row_in_memory(const struct hand *hand)
{
    if (hand->held != NULL && !hand->held->is_command) {
        return &hand->held->row;
    }
    return hand->stage == HAND_CALL ? &hand->current->row : NULL;
}

static void answer_row(const struct row *row, const char *what, struct admin_answer *answer)
{
    if (row == NULL) {
        say(answer, HTTP_NOT_FOUND, "no task of this %s", what);
    } else if (row_encode(row, &answer->text) == RC_OK) {
        answer->http_status = HTTP_OK;
    } else {
        say(answer, HTTP_INTERNAL_ERROR, "the row cannot be printed");
    }
}

static void answer_key(struct core *core, const struct admin_ask *ask, struct admin_answer *answer)
{
    int32_t home = core->partition_count == 0 ? -1 : coords_get_home(ask->key, ask->key_bytes, core->partition_count);
    struct partition *partition = get_partition(core, home, answer);
    const struct hand *hand;
    char text[256] = "";
    enum rc rc;

    answer->partition = home;
    if (partition == NULL) {
        return;
    }
    rc = store_task_detail_by_business(partition->store, ask->key, ask->key_bytes, &answer->text, text, sizeof text);
    if (rc == RC_OK) {
        answer->http_status = HTTP_OK;
    } else if (rc == RC_NOT_FOUND) {
        hand = hand_find(partition, ask->key, ask->key_bytes);
        answer_row(hand == NULL ? NULL : get_row_in_memory(hand), "business key", answer);
    } else {
        partition_die_of_store(partition, text);
    }
}

static const struct row *find_id_in_memory(const struct partition *partition, uint64_t id)
{
    for (const struct hand *hand = partition->hands; hand != NULL; hand = hand->hh.next) {
        const struct row *row = get_row_in_memory(hand);

        if (row != NULL && row->id == id) {
            return row;
        }
    }
    return NULL;
}

static void answer_id(struct core *core, const struct admin_ask *ask, struct admin_answer *answer)
{
    struct partition *partition = get_partition(core, ask->partition, answer);
    char text[256] = "";
    enum rc rc;

    if (partition == NULL) {
        return;
    }
    rc = store_task_detail(partition->store, ask->id, &answer->text, text, sizeof text);
    if (rc == RC_OK) {
        answer->http_status = HTTP_OK;
    } else if (rc == RC_NOT_FOUND) {
        answer_row(find_id_in_memory(partition, ask->id), "id in its partition", answer);
    } else {
        partition_die_of_store(partition, text);
    }
}

static bool has_host(const struct row *row, const char *host)
{
    struct url url;

    return url_parse(row->url, &url, NULL, 0) == RC_OK && strcasecmp(url.host, host) == 0;
}

static bool passes(const struct admin_filter *filter, const struct row *row)
{
    return !row_is_marker(row) && (filter->statuses & (1u << (unsigned)row->status)) != 0 &&
           (filter->next_until_ms == INT64_MAX || row->next_retry_time_ms <= filter->next_until_ms) &&
           row->request_time_ms >= filter->request_min_ms && row->request_time_ms <= filter->request_max_ms &&
           (filter->type[0] == '\0' || strcmp(row->business_type, filter->type) == 0) &&
           (filter->host[0] == '\0' || has_host(row, filter->host));
}

struct page {
    const struct admin_ask *ask;
    struct admin_answer *answer;
    uint32_t count;
    enum rc rc; /* RC_CORRUPT: a row cannot be read */
    char text[256];
};

static bool is_full(const struct page *page)
{
    return page->count >= page->ask->limit || page->answer->text.len_bytes >= PAGE_MAX_BYTES;
}

static bool add_row(const char *json, size_t json_bytes, void *opaque)
{
    struct page *page = opaque;
    struct row row = {0};

    page->rc = row_decode(json, json_bytes, &row, page->text, sizeof page->text);
    if (page->rc == RC_OK && passes(&page->ask->filter, &row)) {
        if (page->count > 0) {
            buffer_append_char(&page->answer->text, ',');
        }
        buffer_append(&page->answer->text, json, json_bytes);
        page->count++;
    }
    row_close(&row);
    return page->rc == RC_OK && !is_full(page);
}

static enum rc fill_page(struct core *core, struct partition *partition, struct page *page, struct buffer *position)
{
    int64_t end_us = clock_read_mono_us(&core->clock) + SLICE_US;
    enum rc rc = RC_OK;

    while (rc == RC_OK && !page->answer->is_end && !is_full(page) && clock_read_mono_us(&core->clock) < end_us) {
        rc = store_scan_rows(partition->store, position, STEP_COUNT, add_row, page, &page->answer->is_end, page->text,
                             sizeof page->text);
        rc = rc == RC_OK ? page->rc : rc;
    }
    return rc;
}

static void answer_list(struct core *core, const struct admin_ask *ask, struct admin_answer *answer)
{
    struct partition *partition = get_partition(core, ask->partition, answer);
    struct page page = {.ask = ask, .answer = answer};
    struct buffer position = {0};

    if (partition == NULL) {
        return;
    }
    buffer_append(&position, ask->key, ask->key_bytes);
    if (fill_page(core, partition, &page, &position) != RC_OK) {
        partition_die_of_store(partition, page.text);
    }
    answer->http_status = HTTP_OK;
    answer->position_bytes = position.len_bytes < sizeof answer->position ? position.len_bytes : 0;
    memcpy(answer->position, position.data == NULL ? "" : position.data, answer->position_bytes);
    buffer_close(&position);
}

void answer_ask(struct core *core, const struct admin_ask *ask, struct admin_answer *ret_answer)
{
    *ret_answer = (struct admin_answer){.partition = ask->partition, .partition_count = core->partition_count};
    switch (ask->kind) {
    case ADMIN_ASK_KEY:
        answer_key(core, ask, ret_answer);
        break;
    case ADMIN_ASK_ID:
        answer_id(core, ask, ret_answer);
        break;
    case ADMIN_ASK_LIST:
        answer_list(core, ask, ret_answer);
        break;
    }
}
