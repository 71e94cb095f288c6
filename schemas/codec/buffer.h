/* buffer: bytes that grow at their end, for printing records flat.
 *
 * A failed allocation marks the buffer; further appends do nothing, and buffer_is_ok() tells once at the end, so that
 * printers need no check a line. The bytes are always followed by a NUL that is not counted.
 *
 * Memory:  the caller owns the struct; zeroed is empty and valid; buffer_close() frees the bytes, twice is safe.
 * Threads: one at a time.
 */
#ifndef SCHEMAS_BUFFER_H
#define SCHEMAS_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    char *data; /* NULL while nothing was appended */
    size_t len_bytes;
    size_t cap_bytes;
    bool is_failed; /* an allocation failed since the last reset */
};

void buffer_close(struct buffer *buffer);
/* Empties it and keeps the memory. */
void buffer_reset(struct buffer *buffer);
bool buffer_is_ok(const struct buffer *buffer);
void buffer_append(struct buffer *buffer, const void *bytes, size_t byte_count);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_append_char(struct buffer *buffer, char c);
void buffer_append_uint64(struct buffer *buffer, uint64_t value);
void buffer_append_int64(struct buffer *buffer, int64_t value);
/* As a JSON string with its quotes (RFC 8259: ", \ and controls escaped, nothing else). A byte that is not part of
 * well-formed UTF-8 becomes U+FFFD, so the output is always JSON; who must not lose bytes checks first (utf8.h). */
void buffer_append_json_string(struct buffer *buffer, const char *text, size_t text_bytes);
/* Milliseconds as JSON seconds with at most three decimals and no trailing zeros: 1500 -> 1.5, 60000 -> 60. */
void buffer_append_json_seconds(struct buffer *buffer, int64_t value_ms);

#endif
