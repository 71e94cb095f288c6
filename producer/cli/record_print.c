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

static bool is_json(const struct follow_record *record)
{
    char ignored[128];

    return json_scan(record->value, record->value_bytes, ignored, sizeof ignored) == RC_OK;
}

static void add_base64(struct buffer *line, const struct follow_record *record)
{
    size_t text_bytes = BASE64_TEXT_BYTES(record->value_bytes);
    char *text = malloc(text_bytes + 1);

    if (text == NULL) {
        return;
    }
    base64_encode(record->value, record->value_bytes, text);
    json_line_add_bytes(line, "value_base64", text, text_bytes);
    free(text);
}

void record_print_json(const struct follow_record *record, const char *name)
{
    struct buffer line = {0};

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
    if (record->header != NULL) {
        json_line_add_bytes(&line, "header", record->header, record->header_bytes);
    }
    if (record->value == NULL) {
        json_line_add_null(&line, "value");
    } else if (is_json(record)) {
        json_line_add_json(&line, "value", record->value, record->value_bytes);
    } else {
        add_base64(&line, record);
    }
    json_line_print(&line);
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
