/* task_parts: what of a task is more than one value, read from JSON: header, ladder and body, wherever they stand (a
 * task, its row, its detail).
 *
 * Memory:  results lie in the arena, which is sized by json_get_copy_bytes(); headers and ladder before any text. Where
 *          nothing is given, pointers are NULL and counts 0.
 * Threads: one arena, one thread at a time.
 * Errors:  RC_INVALID, errstr "field <name>: ..."; results are then without meaning.
 */
#ifndef SCHEMAS_TASK_PARTS_H
#define SCHEMAS_TASK_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "json.h"
#include "rc.h"
#include "task_json.h"

/* Names and values in the order given; their characters are not judged. */
enum rc task_parts_read_headers(const struct json_value *value, struct arena *arena,
                                const struct task_header **ret_headers, size_t *ret_count, char *errstr,
                                size_t errstr_bytes);
enum rc task_parts_read_ladder(const struct json_value *value, struct arena *arena, const int64_t **ret_wait_ms,
                               uint32_t *ret_count, char *errstr, size_t errstr_bytes);
/* Either of both forms, decoded, with a NUL behind it that is not counted. */
enum rc task_parts_read_body(const struct json_value *plain, const struct json_value *encoded, struct arena *arena,
                             const char **ret_body, size_t *ret_body_bytes, char *errstr, size_t errstr_bytes);

#endif
