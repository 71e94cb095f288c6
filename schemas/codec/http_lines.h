/* http_lines: the header lines of an attempt, as curl wants them told, whoever makes the call.
 *
 * Idempotency-Key (a quoted string), Autohttp-Attempt, the task's own in their order; curl adds Host, Accept:
 * (anything), Content-Length and, from its settings, User-Agent; a task's Accept or User-Agent takes their place.
 * Content gets no Content-Type that the task did not name, and is not held back for a 100 Continue.
 *
 * Memory:  lines go to the caller's buffer, each with its NUL.
 * Threads: one buffer, one thread at a time.
 * Errors:  the buffer's (buffer_is_ok()).
 */
#ifndef SCHEMAS_HTTP_LINES_H
#define SCHEMAS_HTTP_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "task_json.h"

struct http_lines_source {
    const char *idempotency_key; /* without its quotes */
    uint32_t attempt;
    const struct task_header *headers;
    size_t header_count;
    bool has_content; /* http_lines_announces_content() */
};

/* Appends the lines; returns their number. */
size_t http_lines_print(const struct http_lines_source *source, struct buffer *lines);
/* Whether the request tells a length of content, even of none (RFC 9110, 8.6). */
bool http_lines_announces_content(const char *method, bool has_body);

#endif
