#include "http_lines.h"

#include <string.h>
#include <strings.h>

#define FIXED_COUNT 3 /* Idempotency-Key, Autohttp-Attempt, Expect */

static void end_line(struct buffer *lines)
{
    buffer_append_char(lines, '\0');
}

static void put_line(struct buffer *lines, const char *line)
{
    buffer_append_text(lines, line);
    end_line(lines);
}

static void put_idempotency_key(struct buffer *lines, const char *key)
{
    buffer_append_text(lines, "Idempotency-Key: \"");
    for (; *key != '\0'; key++) {
        if (*key == '"' || *key == '\\')
            buffer_append_char(lines, '\\');
        buffer_append_char(lines, *key);
    }
    put_line(lines, "\"");
}

static void put_attempt(struct buffer *lines, uint32_t attempt)
{
    buffer_append_text(lines, "Autohttp-Attempt: ");
    buffer_append_uint64(lines, attempt);
    end_line(lines);
}

static void put_task_header(struct buffer *lines, const struct task_header *header)
{
    buffer_append_text(lines, header->name);
    /* "Name:" without a value would make curl leave the header out. */
    if (header->value[strspn(header->value, " \t")] == '\0') {
        put_line(lines, ";");
        return;
    }
    buffer_append_text(lines, ": ");
    put_line(lines, header->value);
}

size_t http_lines_print(const struct http_lines_source *source, struct buffer *lines)
{
    bool has_content_type = false;

    put_idempotency_key(lines, source->idempotency_key);
    put_attempt(lines, source->attempt);
    for (size_t i = 0; i < source->header_count; i++) {
        put_task_header(lines, &source->headers[i]);
        has_content_type = has_content_type || strcasecmp(source->headers[i].name, "Content-Type") == 0;
    }
    put_line(lines, "Expect:");
    if (!source->has_content || has_content_type)
        return source->header_count + FIXED_COUNT;
    put_line(lines, "Content-Type:"); /* else curl would call any body a web form */
    return source->header_count + FIXED_COUNT + 1;
}

bool http_lines_announces_content(const char *method, bool has_body)
{
    return has_body || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
}
