#include "record_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "event_json.h"
#include "json_line.h"
#include "json_scan.h"
#include "moment.h"
#include "timeline.h"
#include "utf8.h"

#define VALUE_MAX_BYTES 160 /* of a value for people */
#define HEADER_REASON "autohttp-reason"

static bool is_json(const struct follow_record *record)
{
    char ignored[128];

    return json_scan(record->value, record->value_bytes, ignored, sizeof ignored) == RC_OK;
}

/* As a JSON string. */
static void append_base64(struct buffer *buffer, const void *bytes, size_t byte_count)
{
    size_t text_bytes = BASE64_TEXT_BYTES(byte_count);
    char *text = malloc(text_bytes + 1);

    if (text == NULL) {
        buffer->is_failed = true;
        return;
    }
    base64_encode(bytes, byte_count, text);
    buffer_append_json_string(buffer, text, text_bytes);
    free(text);
}

static bool is_utf8(const char *bytes, size_t byte_count)
{
    size_t i = 0;
    size_t sequence_bytes = 1;

    for (; i < byte_count && sequence_bytes > 0; i += sequence_bytes) {
        sequence_bytes = utf8_get_sequence_bytes(bytes + i, byte_count - i);
    }
    return sequence_bytes > 0;
}

static void append_header(struct buffer *object, const char *name, const char *value, size_t value_bytes)
{
    buffer_append_char(object, object->len_bytes == 0 ? '{' : ',');
    buffer_append_json_string(object, name, strlen(name));
    buffer_append_char(object, ':');
    if (value == NULL) {
        buffer_append_text(object, "null");
    } else if (is_utf8(value, value_bytes)) {
        buffer_append_json_string(object, value, value_bytes);
    } else {
        append_base64(object, value, value_bytes);
    }
}

/* The headers whose values are text, or those whose are not, as an object; nothing if there are none of them. */
static void add_headers(struct buffer *line, const rd_kafka_headers_t *headers, const char *name, bool are_text)
{
    struct buffer object = {0};
    const char *header_name = NULL;
    const void *value = NULL;
    size_t value_bytes = 0;

    for (size_t i = 0; rd_kafka_header_get_all(headers, i, &header_name, &value, &value_bytes) == 0; i++) {
        if ((value == NULL || is_utf8(value, value_bytes)) == are_text) {
            append_header(&object, header_name, value, value_bytes);
        }
    }
    if (object.len_bytes > 0) {
        buffer_append_char(&object, '}');
        json_line_add_json(line, name, object.data, object.len_bytes);
    }
    line->is_failed = line->is_failed || object.is_failed;
    buffer_close(&object);
}

void record_print_json(const struct follow_record *record, const char *name)
{
    struct buffer line = {0};
    struct buffer text = {0};

    json_line_begin(&line);
    json_line_add_text(&line, "topic", name);
    json_line_add_integer(&line, "partition", record->partition);
    json_line_add_integer(&line, "offset", record->offset);
    json_line_add_seconds(&line, "time", record->time_ms);
    if (record->key != NULL) {
        json_line_add_bytes(&line, "key", record->key, record->key_bytes);
    } else {
        json_line_add_null(&line, "key");
    }
    if (record->headers != NULL) {
        add_headers(&line, record->headers, "headers", true);
        add_headers(&line, record->headers, "headers_base64", false);
    }
    if (record->value == NULL) {
        json_line_add_null(&line, "value");
    } else if (is_json(record)) {
        json_line_add_json(&line, "value", record->value, record->value_bytes);
    } else {
        append_base64(&text, record->value, record->value_bytes);
        json_line_add_json(&line, "value_base64", text.data, text.len_bytes);
        line.is_failed = line.is_failed || text.is_failed;
    }
    json_line_print(&line);
    buffer_close(&text);
}

/* What a terminal may be given: nothing that moves its cursor, and not too much. */
static void append_printable(struct buffer *buffer, const char *bytes, size_t byte_count)
{
    size_t i = 0;

    while (i < byte_count && i < VALUE_MAX_BYTES) {
        size_t sequence_bytes = utf8_get_sequence_bytes(bytes + i, byte_count - i);
        if (sequence_bytes == 0 || (unsigned char)bytes[i] < ' ' || bytes[i] == 0x7f) {
            buffer_append_char(buffer, sequence_bytes == 1 && (bytes[i] == '\n' || bytes[i] == '\t') ? ' ' : '?');
            i++;
        } else {
            buffer_append(buffer, bytes + i, sequence_bytes);
            i += sequence_bytes;
        }
    }
    if (i < byte_count) {
        buffer_append_text(buffer, "...");
    }
}

/* Why the record is a dead letter, if it is one. */
static void append_reason(struct buffer *buffer, const struct follow_record *record)
{
    const void *reason = NULL;
    size_t reason_bytes = 0;

    if (record->headers != NULL &&
        rd_kafka_header_get_last(record->headers, HEADER_REASON, &reason, &reason_bytes) == 0 && reason != NULL) {
        buffer_append_char(buffer, '[');
        append_printable(buffer, reason, reason_bytes);
        buffer_append_text(buffer, "]  ");
    }
}

static bool append_event(struct buffer *buffer, const struct follow_record *record)
{
    char ignored[128];
    struct event event = {0};

    if (event_decode(record->value, record->value_bytes, &event, ignored, sizeof ignored) != RC_OK) {
        return false;
    }
    timeline_print(&event, buffer);
    event_close(&event);
    return true;
}

void record_print_text(const struct follow_record *record, const char *name, enum topic_kind kind)
{
    char start[128];
    char time_text[MOMENT_TEXT_BYTES];
    struct buffer line = {0};

    snprintf(start, sizeof start, "%s  %s-%" PRId32 "-%" PRId64 "  ", moment_print(record->time_ms, time_text), name,
             record->partition, record->offset);
    buffer_append_text(&line, start);
    append_printable(&line, record->key != NULL ? record->key : "-", record->key != NULL ? record->key_bytes : 1);
    buffer_append_text(&line, "  ");
    append_reason(&line, record);
    if (record->value == NULL) {
        buffer_append_text(&line, "(tombstone)");
    } else if (kind != TOPIC_EVENTS || !append_event(&line, record)) {
        append_printable(&line, record->value, record->value_bytes);
    }
    if (buffer_is_ok(&line)) {
        printf("%s\n", line.data);
    }
    buffer_close(&line);
}
