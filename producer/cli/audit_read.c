#include "audit_read.h"

#include <stdlib.h>
#include <string.h>

#include "follow.h"
#include "link.h"
#include "state_text.h"
#include "topics.h"

#define CONTEXT_MS (INT64_C(10) * 60 * 1000)
#define READ_SLICE_MS 1000
#define PROGRESS_RECORDS 1000
#define HEADER_SOURCE "autohttp-source"

enum part { PART_TASKS, PART_STATE, PART_EVENTS, PART_DEAD, PART_COUNT };

static const enum topic_kind part_kinds[PART_COUNT] = {TOPIC_TASKS, TOPIC_STATE, TOPIC_EVENTS, TOPIC_DEAD};

struct span { /* offsets of one partition */
    int64_t start;
    int64_t end; /* not included */
};

struct copy { /* at home, of a record that was not */
    uint64_t id;
    bool is_passed;
};

struct reading {
    const struct audit_request *request;
    struct audit_ledger *ledger;
    struct link *link;
    int32_t partition_count;
    char names[PART_COUNT][TOPICS_NAME_MAX_BYTES];
    struct span *spans[PART_COUNT]; /* partition_count of each */
    int64_t *committed;             /* by partition of `tasks`; -1: nothing */
    int64_t *epochs;                /* by partition of `state`: the highest claimed so far */
    struct copy *copies;
    size_t copy_count;
    int64_t unreadable_count;
    struct audit_progress progress;
};

/* What is to be read */

static enum rc open_reading(struct reading *reading, char *errstr, size_t errstr_bytes)
{
    const struct settings *settings = reading->request->settings;
    enum rc rc = link_open(settings, &reading->link, errstr, errstr_bytes);

    for (size_t part = 0; part < PART_COUNT; part++) {
        topics_print_name(settings->topic_prefix, part_kinds[part], 0, reading->names[part]);
    }
    if (rc == RC_OK) {
        rc = link_get_partition_count(reading->link, reading->names[PART_TASKS], &reading->partition_count, errstr,
                                      errstr_bytes);
    }
    if (rc != RC_OK) {
        return rc;
    }
    for (size_t part = 0; part < PART_COUNT; part++) {
        reading->spans[part] = calloc((size_t)reading->partition_count, sizeof *reading->spans[part]);
        rc = reading->spans[part] == NULL ? RC_NO_MEMORY : rc;
    }
    reading->committed = calloc((size_t)reading->partition_count, sizeof *reading->committed);
    reading->epochs = calloc((size_t)reading->partition_count, sizeof *reading->epochs);
    if (rc != RC_OK || reading->committed == NULL || reading->epochs == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    }
    return RC_OK;
}

static void close_reading(struct reading *reading)
{
    for (size_t part = 0; part < PART_COUNT; part++) {
        free(reading->spans[part]);
    }
    free(reading->committed);
    free(reading->epochs);
    free(reading->copies);
    link_close(reading->link);
}

static rd_kafka_topic_partition_list_t *list_partitions(const struct reading *reading, enum part part, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(reading->partition_count);

    for (int32_t i = 0; i < reading->partition_count; i++) {
        rd_kafka_topic_partition_list_add(list, reading->names[part], i)->offset = offset;
    }
    return list;
}

static enum rc take_committed(struct reading *reading, rd_kafka_event_t *event, char *errstr, size_t errstr_bytes)
{
    size_t group_count = 0;
    const rd_kafka_group_result_t **groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(event), &group_count);
    const rd_kafka_topic_partition_list_t *list = NULL;

    if (group_count != 1) {
        return rc_fail(RC_CORRUPT, errstr, errstr_bytes, "offsets of the group: no answer in the answer");
    }
    if (rd_kafka_group_result_error(groups[0]) != NULL) {
        return link_fail(reading->link, rd_kafka_error_code(rd_kafka_group_result_error(groups[0])),
                         "offsets of the group", errstr, errstr_bytes);
    }
    list = rd_kafka_group_result_partitions(groups[0]);
    for (int i = 0; list != NULL && i < list->cnt; i++) {
        reading->committed[list->elems[i].partition] = list->elems[i].offset < 0 ? -1 : list->elems[i].offset;
    }
    return RC_OK;
}

/* Up to where the workers have committed `tasks`. */
static enum rc read_committed(struct reading *reading, char *errstr, size_t errstr_bytes)
{
    rd_kafka_t *kafka = reading->link->kafka;
    rd_kafka_topic_partition_list_t *list = list_partitions(reading, PART_TASKS, RD_KAFKA_OFFSET_INVALID);
    rd_kafka_ListConsumerGroupOffsets_t *request =
        rd_kafka_ListConsumerGroupOffsets_new(reading->request->settings->group_id, list);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(kafka, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka);
    rd_kafka_event_t *event = NULL;
    enum rc rc = RC_OK;

    rd_kafka_AdminOptions_set_request_timeout(options, LINK_TIMEOUT_MS, NULL, 0);
    rd_kafka_ListConsumerGroupOffsets(kafka, &request, 1, options, queue);
    event = rd_kafka_queue_poll(queue, 2 * LINK_TIMEOUT_MS);
    if (event == NULL) {
        rc = rc_fail(RC_TIMEOUT, errstr, errstr_bytes, "offsets of the group: no answer");
    } else if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rc = link_fail(reading->link, rd_kafka_event_error(event), "offsets of the group", errstr, errstr_bytes);
    } else {
        rc = take_committed(reading, event, errstr, errstr_bytes);
    }
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ListConsumerGroupOffsets_destroy(request);
    rd_kafka_topic_partition_list_destroy(list);
    return rc;
}

static enum rc take_log(struct reading *reading, enum part part, char *errstr, size_t errstr_bytes)
{
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;

    for (int32_t i = 0; i < reading->partition_count && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        error = rd_kafka_query_watermark_offsets(reading->link->kafka, reading->names[part], i,
                                                 &reading->spans[part][i].start, &reading->spans[part][i].end,
                                                 LINK_TIMEOUT_MS);
    }
    return error == RD_KAFKA_RESP_ERR_NO_ERROR
               ? RC_OK
               : link_fail(reading->link, error, reading->names[part], errstr, errstr_bytes);
}

/* Moves the start (or the end) of each partition to the first record of that time; where there is none, to the end. */
static enum rc move_to_time(struct reading *reading, enum part part, int64_t time_ms, bool is_end, char *errstr,
                            size_t errstr_bytes)
{
    rd_kafka_topic_partition_list_t *list = list_partitions(reading, part, time_ms < 0 ? 0 : time_ms);
    rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(reading->link->kafka, list, LINK_TIMEOUT_MS);

    for (int i = 0; i < list->cnt && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        struct span *span = &reading->spans[part][list->elems[i].partition];
        int64_t offset = list->elems[i].offset < 0 ? span->end : list->elems[i].offset;
        error = list->elems[i].err;
        *(is_end ? &span->end : &span->start) = offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR
               ? RC_OK
               : link_fail(reading->link, error, reading->names[part], errstr, errstr_bytes);
}

static enum rc plan_spans(struct reading *reading, char *errstr, size_t errstr_bytes)
{
    int64_t since_ms = reading->request->since_time_ms;
    enum rc rc = RC_OK;

    for (size_t part = 0; rc == RC_OK && part < PART_COUNT; part++) {
        rc = take_log(reading, (enum part)part, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc =
            move_to_time(reading, PART_TASKS, reading->request->until_time_ms + CONTEXT_MS, true, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = move_to_time(reading, PART_TASKS, since_ms - CONTEXT_MS, false, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = move_to_time(reading, PART_EVENTS, since_ms, false, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = move_to_time(reading, PART_DEAD, since_ms, false, errstr, errstr_bytes);
    }
    for (size_t i = 0; rc == RC_OK && i < PART_COUNT * (size_t)reading->partition_count; i++) {
        const struct span *span = &reading->spans[i % PART_COUNT][i / PART_COUNT];
        reading->progress.total_count += span->end > span->start ? span->end - span->start : 0;
    }
    return rc;
}

/* What the records say */

static bool read_header(const struct follow_record *record, struct header *ret_header)
{
    const void *text = NULL;
    size_t text_bytes = 0;
    char ignored[128];

    return record->headers != NULL &&
           rd_kafka_header_get_last(record->headers, HEADER_NAME, &text, &text_bytes) == RD_KAFKA_RESP_ERR_NO_ERROR &&
           text != NULL && header_parse(text, text_bytes, ret_header, ignored, sizeof ignored) == RC_OK;
}

/* Kept until all originals are entered. */
static enum rc keep_copy(struct reading *reading, uint64_t id, bool is_passed)
{
    size_t count = reading->copy_count;

    if ((count & (count + 1)) == 0) { /* full at 0, 1, 3, 7, ... */
        struct copy *copies = realloc(reading->copies, (2 * count + 1) * sizeof *copies);
        if (copies == NULL) {
            return RC_NO_MEMORY;
        }
        reading->copies = copies;
    }
    reading->copies[reading->copy_count++] = (struct copy){id, is_passed};
    return RC_OK;
}

static enum rc note_task(struct reading *reading, const struct follow_record *record)
{
    const struct audit_request *request = reading->request;
    struct header header = {0};
    bool is_passed = record->offset < reading->committed[record->partition];
    struct audit_record entry = {
        .id = coords_make_id(record->partition, record->offset),
        .time_ms = record->time_ms,
        .key = record->key,
        .key_bytes = record->key_bytes,
        .is_passed = is_passed,
        .is_outside = record->time_ms < request->since_time_ms || record->time_ms >= request->until_time_ms,
    };

    if (read_header(record, &header)) {
        entry.has_publish_id = header.has_publish_id;
        memcpy(entry.publish_id, header.publish_id, sizeof entry.publish_id);
        if (header.has_id && header.of.topic == COORDS_TASKS) {
            return keep_copy(reading, header.id, is_passed);
        }
    }
    return audit_ledger_add_record(reading->ledger, &entry);
}

/* A row that was written after another worker's claim does not count. */
static enum rc note_state(struct reading *reading, const struct follow_record *record)
{
    int64_t *highest = &reading->epochs[record->partition];
    struct row row = {0};
    char ignored[128];
    int64_t epoch = 0;
    uint64_t nonce = 0;

    if (record->key == NULL || record->value == NULL) {
        return RC_OK;
    }
    if (record->key_bytes > 0 && record->key[0] == ':') {
        if (state_text_parse_claim(record->key, record->key_bytes, &epoch, &nonce) == RC_OK && epoch > *highest) {
            *highest = epoch;
        }
        return RC_OK;
    }
    if (row_decode(record->value, record->value_bytes, &row, ignored, sizeof ignored) != RC_OK) {
        reading->unreadable_count++;
        return RC_OK;
    }
    if (row.epoch >= *highest) {
        audit_ledger_note_row(reading->ledger, &row);
    }
    row_close(&row);
    return RC_OK;
}

static enum rc note_event(struct reading *reading, const struct follow_record *record)
{
    struct event event = {0};
    char ignored[128];

    if (record->value == NULL ||
        event_decode(record->value, record->value_bytes, &event, ignored, sizeof ignored) != RC_OK) {
        reading->unreadable_count++;
        return RC_OK;
    }
    audit_ledger_note_event(reading->ledger, &event);
    event_close(&event);
    return RC_OK;
}

/* Of a task its header names the id; what was never understood is known by where it came from. */
static enum rc note_letter(struct reading *reading, const struct follow_record *record)
{
    struct header header = {0};
    struct coords source = {0};
    const void *text = NULL;
    size_t text_bytes = 0;

    if (read_header(record, &header) && header.has_id) {
        audit_ledger_note_letter(reading->ledger, header.id);
    } else if (record->headers != NULL &&
               rd_kafka_header_get_last(record->headers, HEADER_SOURCE, &text, &text_bytes) ==
                   RD_KAFKA_RESP_ERR_NO_ERROR &&
               text != NULL && coords_parse(text, text_bytes, &source) == RC_OK && source.topic == COORDS_TASKS) {
        audit_ledger_note_letter(reading->ledger, coords_make_id(source.partition, source.offset));
    }
    return RC_OK;
}

static enum rc (*const notes[PART_COUNT])(struct reading *, const struct follow_record *) = {note_task, note_state,
                                                                                             note_event, note_letter};

/* Reading */

static void tell_progress(struct reading *reading)
{
    struct audit_progress *progress = &reading->progress;

    progress->done_count++;
    if (progress->done_count % PROGRESS_RECORDS == 0 && reading->request->progress_cb != NULL) {
        reading->request->progress_cb(progress, reading->request->opaque);
    }
}

static enum rc start_part(struct reading *reading, enum part part, struct follow *follow, int32_t *ret_open_count,
                          char *errstr, size_t errstr_bytes)
{
    enum rc rc = RC_OK;

    *ret_open_count = 0;
    for (int32_t i = 0; rc == RC_OK && i < reading->partition_count; i++) {
        const struct span *span = &reading->spans[part][i];
        if (span->start < span->end) {
            rc = follow_add(follow, reading->names[part], i, span->start, errstr, errstr_bytes);
            (*ret_open_count)++;
        }
    }
    return rc;
}

/* Compaction leaves ends without a record: the log's end ends a partition, too. */
static enum rc read_records(struct reading *reading, enum part part, struct follow *follow, int32_t open_count,
                            char *errstr, size_t errstr_bytes)
{
    struct follow_record record;
    enum rc rc = RC_OK;

    while (open_count > 0) {
        rc = follow_read(follow, READ_SLICE_MS, &record, errstr, errstr_bytes);
        if (rc == RC_TIMEOUT) {
            continue;
        }
        if (rc != RC_OK) {
            return rc;
        }
        struct span *span = &reading->spans[part][record.partition];
        if (span->start >= span->end) {
            continue; /* it is done with */
        }
        if (!record.is_end && record.offset < span->end) {
            rc = notes[part](reading, &record);
            tell_progress(reading);
        }
        if (rc != RC_OK) {
            return rc_fail(rc, errstr, errstr_bytes, "out of memory: audit a shorter range");
        }
        if (record.is_end || record.offset + 1 >= span->end) {
            span->start = span->end;
            open_count--;
        }
    }
    return RC_OK;
}

static enum rc read_part(struct reading *reading, enum part part, char *errstr, size_t errstr_bytes)
{
    struct follow *follow = NULL;
    int32_t open_count = 0;
    enum rc rc = follow_open(reading->link, &follow, errstr, errstr_bytes);

    reading->progress.topic = reading->names[part] + strlen(reading->request->settings->topic_prefix) + 1;
    if (rc == RC_OK) {
        rc = start_part(reading, part, follow, &open_count, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = read_records(reading, part, follow, open_count, errstr, errstr_bytes);
    }
    follow_close(follow);
    return rc;
}

enum rc audit_read(const struct audit_request *request, struct audit_ledger *ledger, int64_t *ret_unreadable_count,
                   char *errstr, size_t errstr_bytes)
{
    struct reading reading = {.request = request, .ledger = ledger};
    enum rc rc = open_reading(&reading, errstr, errstr_bytes);

    if (rc == RC_OK) {
        rc = read_committed(&reading, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = plan_spans(&reading, errstr, errstr_bytes);
    }
    for (size_t part = 0; rc == RC_OK && part < PART_COUNT; part++) {
        rc = read_part(&reading, (enum part)part, errstr, errstr_bytes);
    }
    for (size_t i = 0; rc == RC_OK && i < reading.copy_count; i++) {
        audit_ledger_note_copy(ledger, reading.copies[i].id, reading.copies[i].is_passed);
    }
    *ret_unreadable_count = reading.unreadable_count;
    close_reading(&reading);
    return rc;
}
