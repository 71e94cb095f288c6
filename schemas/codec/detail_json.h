/* detail_json: a row and what its task sends, from the JSON of the admin API (GET /v1/tasks/{type}/{id}?content=true).
 *
 * A row's members and at most two more: `content`, an object of `header`, and `body` or `body_base64`, as in a task, or
 * null, and then `content_error` says why the bytes are not there. A plain row is a detail without content. Read as
 * strictly as a row; but header names and values are taken as they come: the worker may have hidden them.
 *
 * Memory:  detail_decode() fills a struct that detail_close() frees; zeroed it may be closed.
 * Threads: any, read-only.
 * Errors:  as row_decode().
 */
#ifndef SCHEMAS_DETAIL_JSON_H
#define SCHEMAS_DETAIL_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "rc.h"
#include "row_json.h"
#include "task_json.h"

#define DETAIL_JSON_MAX_BYTES (ROW_JSON_MAX_BYTES + TASK_JSON_MAX_BYTES)
#define DETAIL_ERROR_MAX_BYTES 1024

struct detail {
    struct row row;
    bool has_content;
    const struct task_header *headers; /* in the order given */
    size_t header_count;
    const char *body; /* NULL: none; any bytes, with a NUL behind them that is not counted */
    size_t body_bytes;
    const char *content_error; /* NULL: none */
    void *block;
};

enum rc detail_decode(const char *json, size_t json_bytes, struct detail *ret_detail, char *errstr,
                      size_t errstr_bytes);
void detail_close(struct detail *detail);

#endif
