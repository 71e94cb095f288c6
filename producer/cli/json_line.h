/* json_line: one JSON object printed as a line of stdout, member by member.
 *
 *   struct buffer line = {0};
 *   json_line_begin(&line);
 *   json_line_add_text(&line, "file", path);
 *   json_line_print(&line);
 *
 * Memory:  json_line_print() frees the buffer.
 * Threads: one buffer, one thread; a line is one write.
 */
#ifndef CLI_JSON_LINE_H
#define CLI_JSON_LINE_H

#include "buffer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void json_line_begin(struct buffer *line);
/* Names are literals. What is not UTF-8 becomes U+FFFD, since a command line and a file may hold anything. */
void json_line_add_text(struct buffer *line, const char *name, const char *text);
void json_line_add_bytes(struct buffer *line, const char *name, const char *bytes, size_t byte_count);
void json_line_add_integer(struct buffer *line, const char *name, int64_t value);
void json_line_add_seconds(struct buffer *line, const char *name, int64_t value_ms);
void json_line_add_bool(struct buffer *line, const char *name, bool value);
/* A JSON value as it is, but on one line: line breaks between its tokens become spaces. */
void json_line_add_json(struct buffer *line, const char *name, const char *json, size_t json_bytes);
void json_line_add_null(struct buffer *line, const char *name);
void json_line_print(struct buffer *line);

#endif
