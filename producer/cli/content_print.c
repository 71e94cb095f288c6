#include "content_print.h"

#include <stdio.h>
#include <string.h>

#include "base64.h"
#include "utf8.h"

#define LINE_BYTES 64
#define DEL 0x7f

static bool is_shown_as_it_is(const char *body, size_t body_bytes)
{
    for (size_t i = 0; i < body_bytes;) {
        unsigned char first = (unsigned char)body[i];
        size_t sequence_bytes = utf8_get_sequence_bytes(body + i, body_bytes - i);
        if (sequence_bytes == 0 || (first < ' ' && strchr("\t\r\n", first) == NULL) || first == '\0' || first == DEL) {
            return false;
        }
        /* U+0080..U+009F are controls, too. */
        if (first == 0xc2 && (unsigned char)body[i + 1] < 0xa0) {
            return false;
        }
        i += sequence_bytes;
    }
    return true;
}

/* Groups of three bytes, so that no second buffer is needed. */
static void append_base64(const char *body, size_t body_bytes, struct buffer *buffer)
{
    char group[BASE64_TEXT_BYTES(3)];

    for (size_t i = 0; i < body_bytes; i += 3) {
        base64_encode(body + i, body_bytes - i < 3 ? body_bytes - i : 3, group);
        buffer_append(buffer, group, sizeof group);
    }
}

static void print_body(const struct detail *detail, struct buffer *buffer)
{
    char line[LINE_BYTES];
    bool is_text = is_shown_as_it_is(detail->body, detail->body_bytes);

    snprintf(line, sizeof line, "%-10s %zu byte%s%s\n", "body", detail->body_bytes, detail->body_bytes == 1 ? "" : "s",
             is_text ? "" : ", here as base64");
    buffer_append_text(buffer, line);
    if (detail->body_bytes == 0) {
        return;
    }
    buffer_append_char(buffer, '\n');
    if (is_text) {
        buffer_append(buffer, detail->body, detail->body_bytes);
    } else {
        append_base64(detail->body, detail->body_bytes, buffer);
    }
    if (buffer_is_ok(buffer) && buffer->data[buffer->len_bytes - 1] != '\n') {
        buffer_append_char(buffer, '\n');
    }
}

/* value NULL: the text alone. */
static void print_line(const char *name, const char *text, const char *value, struct buffer *buffer)
{
    char start[LINE_BYTES];

    snprintf(start, sizeof start, "%-10s ", name);
    buffer_append_text(buffer, start);
    buffer_append_text(buffer, text);
    if (value != NULL) {
        buffer_append_text(buffer, ": ");
        buffer_append_text(buffer, value);
    }
    buffer_append_char(buffer, '\n');
}

void content_print(const struct detail *detail, struct buffer *buffer)
{
    if (detail->content_error != NULL) {
        print_line("content", detail->content_error, NULL, buffer);
    }
    for (size_t i = 0; i < detail->header_count; i++) {
        print_line("header", detail->headers[i].name, detail->headers[i].value, buffer);
    }
    if (detail->body != NULL) {
        print_body(detail, buffer);
    } else if (detail->has_content) {
        print_line("body", "none", NULL, buffer);
    }
}
