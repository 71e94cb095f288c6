#include "json_line.h"

#include <stdio.h>
#include <string.h>

#include "json_print.h"
#include "utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

void json_line_begin(struct buffer *line)
{
    buffer_append_char(line, '{');
}

void json_line_add_bytes(struct buffer *line, const char *name, const char *bytes, size_t byte_count)
{
    struct buffer text = {0};
    size_t i = 0;

    while (i < byte_count) {
        size_t sequence_bytes = utf8_get_sequence_bytes(bytes + i, byte_count - i);
        if (sequence_bytes == 0) {
            buffer_append_text(&text, REPLACEMENT);
            i++;
        } else {
            buffer_append(&text, bytes + i, sequence_bytes);
            i += sequence_bytes;
        }
    }
    json_print_name(line, name);
    buffer_append_json_string(line, text.data != NULL ? text.data : "", text.len_bytes);
    line->is_failed = line->is_failed || text.is_failed;
    buffer_close(&text);
}

void json_line_add_text(struct buffer *line, const char *name, const char *text)
{
    json_line_add_bytes(line, name, text, strlen(text));
}

void json_line_add_integer(struct buffer *line, const char *name, int64_t value)
{
    json_print_integer(line, name, value);
}

void json_line_add_seconds(struct buffer *line, const char *name, int64_t value_ms)
{
    json_print_seconds(line, name, value_ms);
}

void json_line_add_bool(struct buffer *line, const char *name, bool value)
{
    json_print_name(line, name);
    buffer_append_text(line, value ? "true" : "false");
}

void json_line_add_json(struct buffer *line, const char *name, const char *json, size_t json_bytes)
{
    json_print_name(line, name);
    for (size_t i = 0; i < json_bytes; i++) {
        buffer_append_char(line, json[i] == '\n' || json[i] == '\r' ? ' ' : json[i]);
    }
}

void json_line_add_null(struct buffer *line, const char *name)
{
    json_print_name(line, name);
    buffer_append_text(line, "null");
}

void json_line_print(struct buffer *line)
{
    buffer_append_text(line, "}\n");
    if (buffer_is_ok(line)) {
        fwrite(line->data, 1, line->len_bytes, stdout);
    }
    buffer_close(line);
}
