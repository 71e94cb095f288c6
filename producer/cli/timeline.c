#include "timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "moment.h"

#define PART_BYTES 96
#define CLASS_STATUS "status"

static void print_next(const struct event *event, struct buffer *buffer)
{
    char wait[DURATION_TEXT_BYTES];
    char clock[MOMENT_TEXT_BYTES];
    int64_t wait_ms = event->next_time_ms - event->time_ms;

    buffer_append_text(buffer, "; next in ");
    buffer_append_text(buffer, duration_print(wait_ms > 0 ? wait_ms : 0, wait));
    buffer_append_text(buffer, ", at ");
    buffer_append_text(buffer, moment_print_clock(event->next_time_ms, clock));
}

/* The text begins with its class, which stands there already; of the class `status` it only repeats the number. */
static void print_error(const struct event *event, struct buffer *buffer)
{
    const char *text = event->error_text;
    size_t class_bytes = strlen(event->error_class);

    if (text[0] == '\0' || strcmp(event->error_class, CLASS_STATUS) == 0) {
        return;
    }
    if (event->http_status == 0 && strncmp(text, event->error_class, class_bytes) == 0 &&
        strncmp(text + class_bytes, ": ", 2) == 0) {
        text += class_bytes + 2;
    }
    buffer_append_text(buffer, " (");
    buffer_append_text(buffer, text);
    buffer_append_text(buffer, ")");
}

static void print_attempt(const struct event *event, struct buffer *buffer)
{
    char part[PART_BYTES];

    snprintf(part, sizeof part, "attempt %" PRIu32 "  ", event->attempt);
    buffer_append_text(buffer, part);
    if (event->http_status != 0) {
        snprintf(part, sizeof part, "%" PRId32, event->http_status);
        buffer_append_text(buffer, part);
    } else {
        buffer_append_text(buffer, event->error_class);
    }
    if (event->duration_ms >= 0) {
        snprintf(part, sizeof part, " in %" PRId64 " ms", event->duration_ms);
        buffer_append_text(buffer, part);
    }
    print_error(event, buffer);
}

static void print_kind(const struct event *event, struct buffer *buffer)
{
    const char *kind = event_kind_get_name(event->kind);

    buffer_append_text(buffer, kind);
    if (event->detail[0] != '\0' && strcmp(event->detail, kind) != 0) {
        buffer_append_text(buffer, ": ");
        buffer_append_text(buffer, event->detail);
    }
}

void timeline_print(const struct event *event, struct buffer *buffer)
{
    char clock[MOMENT_TEXT_BYTES];

    buffer_append_text(buffer, moment_print_clock(event->time_ms, clock));
    buffer_append_text(buffer, "  ");
    if (event->kind == EVENT_ATTEMPT) {
        print_attempt(event, buffer);
    } else {
        print_kind(event, buffer);
    }
    if (event->next_time_ms > 0) {
        print_next(event, buffer);
    }
    if (event->status >= ROW_SUCCESS && (event->kind == EVENT_ATTEMPT || event->kind == EVENT_STOPPED)) {
        buffer_append_text(buffer, "; settled: ");
        buffer_append_text(buffer, row_status_get_name(event->status));
    }
}
