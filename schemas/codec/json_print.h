/* json_print: members of an object, printed flat into a buffer.
 *
 * Each writes "name":value, with a comma before it unless the buffer ends with an opening bracket. Names are literals
 * of this project and are not escaped.
 *
 * Memory:  borrows; failures are the buffer's (buffer_is_ok()).
 * Threads: one buffer, one thread at a time.
 */
#ifndef SCHEMAS_JSON_PRINT_H
#define SCHEMAS_JSON_PRINT_H

#include <stdint.h>

#include "buffer.h"
#include "coords.h"
#include "header.h"

/* The name alone; the caller appends the value. */
void json_print_name(struct buffer *buffer, const char *name);
void json_print_text(struct buffer *buffer, const char *name, const char *text);
void json_print_integer(struct buffer *buffer, const char *name, int64_t value);
void json_print_seconds(struct buffer *buffer, const char *name, int64_t value_ms);
void json_print_seconds_list(struct buffer *buffer, const char *name, const int64_t *value_ms, uint32_t count);
/* A decimal string, since many readers of JSON have only doubles. */
void json_print_id(struct buffer *buffer, const char *name, uint64_t id);
void json_print_coords(struct buffer *buffer, const char *name, const struct coords *coords);
void json_print_publish_id(struct buffer *buffer, const char *name, const uint8_t publish_id[HEADER_PUB_BYTES]);

#endif
