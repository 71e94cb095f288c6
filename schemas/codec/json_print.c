#include "json_print.h"

#include <string.h>

#include "decimal.h"

void json_print_name(struct buffer *buffer, const char *name)
{
    char last = buffer->len_bytes > 0 ? buffer->data[buffer->len_bytes - 1] : '{';

    if (last != '{')
        buffer_append_char(buffer, ',');
    buffer_append_char(buffer, '"');
    buffer_append_text(buffer, name);
    buffer_append(buffer, "\":", 2);
}

void json_print_text(struct buffer *buffer, const char *name, const char *text)
{
    json_print_name(buffer, name);
    buffer_append_json_string(buffer, text, strlen(text));
}

void json_print_integer(struct buffer *buffer, const char *name, int64_t value)
{
    json_print_name(buffer, name);
    buffer_append_int64(buffer, value);
}

void json_print_seconds(struct buffer *buffer, const char *name, int64_t value_ms)
{
    json_print_name(buffer, name);
    buffer_append_json_seconds(buffer, value_ms);
}

void json_print_seconds_list(struct buffer *buffer, const char *name, const int64_t *value_ms, uint32_t count)
{
    json_print_name(buffer, name);
    buffer_append_char(buffer, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_append_char(buffer, ',');
        buffer_append_json_seconds(buffer, value_ms[i]);
    }
    buffer_append_char(buffer, ']');
}

void json_print_id(struct buffer *buffer, const char *name, uint64_t id)
{
    char digits[DECIMAL_TEXT_MAX_BYTES];

    decimal_print(id, digits);
    json_print_text(buffer, name, digits);
}

void json_print_coords(struct buffer *buffer, const char *name, const struct coords *coords)
{
    char text[COORDS_TEXT_MAX_BYTES];

    coords_print(coords, text);
    json_print_text(buffer, name, text);
}

void json_print_publish_id(struct buffer *buffer, const char *name, const uint8_t publish_id[HEADER_PUB_BYTES])
{
    char text[2 * HEADER_PUB_BYTES + 1];

    header_print_publish_id(publish_id, text);
    json_print_text(buffer, name, text);
}
