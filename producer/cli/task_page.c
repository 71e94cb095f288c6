#include "task_page.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "json.h"

#define ENVELOPE_MAX_BYTES (64 * 1024)

enum envelope_field {
    ENVELOPE_TASKS,
    ENVELOPE_MISSING,
    ENVELOPE_COUNT,
};

static const struct json_field envelope_fields[ENVELOPE_COUNT] = {
    [ENVELOPE_TASKS] = {"tasks", JSON_ARRAY, true, 0, 0}, /* the rows have been cut out */
    [ENVELOPE_MISSING] = {"missing_partitions", JSON_ARRAY, true, 0, JSON_VALUE_MAX},
};

static const struct json_field cursor_field = {"next_cursor", JSON_TEXT, true, 1, TASK_PAGE_CURSOR_MAX_BYTES};
static const struct json_field partition_field = {"missing_partitions", JSON_INTEGER, true, 0, INT32_MAX};

static enum rc fail_form(const char *what, char *errstr, size_t errstr_bytes)
{
    return rc_fail(RC_CORRUPT, errstr, errstr_bytes, "not a page of tasks: %s", what);
}

/* Behind the string that begins at `at`. */
static size_t skip_string(const char *json, size_t json_bytes, size_t at)
{
    for (at++; at < json_bytes && json[at] != '"'; at++) {
        at += json[at] == '\\';
    }
    return at < json_bytes ? at + 1 : json_bytes;
}

/* Behind the object or array that begins at `at`; json_bytes also if it does not end. */
static size_t skip_nested(const char *json, size_t json_bytes, size_t at)
{
    size_t depth = 0;

    while (at < json_bytes) {
        char c = json[at];
        if (c == '"') {
            at = skip_string(json, json_bytes, at);
            continue;
        }
        at++;
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        if (depth == 0) {
            return at;
        }
    }
    return json_bytes;
}

static size_t skip_space(const char *json, size_t json_bytes, size_t at)
{
    while (at < json_bytes && strchr(" \t\r\n", json[at]) != NULL && json[at] != '\0') {
        at++;
    }
    return at;
}

/* Where the rows begin: behind the bracket of the member `tasks`; json_bytes if there is none. */
static size_t find_rows(const char *json, size_t json_bytes)
{
    static const char name[] = "\"tasks\"";
    bool is_named = false;
    size_t at = skip_space(json, json_bytes, 0) + 1; /* behind the brace, which the strict reader demands */

    while (at < json_bytes) {
        size_t begin = at;
        if (json[at] == '[' && is_named) {
            return at + 1;
        }
        if (json[at] == '"') {
            at = skip_string(json, json_bytes, at);
            is_named = at - begin == sizeof name - 1 && memcmp(json + begin, name, sizeof name - 1) == 0;
        } else if (json[at] == '[' || json[at] == '{') {
            at = skip_nested(json, json_bytes, at);
        } else {
            at++;
        }
    }
    return json_bytes;
}

/* From `at` to the bracket that ends the rows; *ret_end is where that is. */
static enum rc cut_rows(const char *json, size_t json_bytes, size_t at, struct task_page *page, size_t *ret_end,
                        char *errstr, size_t errstr_bytes)
{
    at = skip_space(json, json_bytes, at);
    while (at < json_bytes && json[at] == '{') {
        size_t end = skip_nested(json, json_bytes, at);
        if (page->row_count == TASK_PAGE_ROW_MAX) {
            return fail_form("more rows than a page may have", errstr, errstr_bytes);
        }
        page->rows[page->row_count++] = (struct task_page_row){json + at, end - at};
        at = skip_space(json, json_bytes, end);
        if (at == json_bytes || json[at] != ',') {
            break;
        }
        at = skip_space(json, json_bytes, at + 1);
        if (at == json_bytes || json[at] != '{') {
            return fail_form("a comma without a row behind it", errstr, errstr_bytes);
        }
    }
    if (at == json_bytes || json[at] != ']') {
        return fail_form("tasks is not an array of objects", errstr, errstr_bytes);
    }
    *ret_end = at;
    return RC_OK;
}

static enum rc read_missing(const struct cJSON *array, struct task_page *page, char *errstr, size_t errstr_bytes)
{
    page->missing = calloc(json_count(array) + 1, sizeof *page->missing);
    if (page->missing == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory");
    }
    for (const struct cJSON *node = json_get_first(array); node != NULL; node = json_get_next(node)) {
        struct json_value value;
        enum rc rc = json_read_value(node, &partition_field, &value, errstr, errstr_bytes);
        if (rc != RC_OK) {
            return RC_CORRUPT;
        }
        page->missing[page->missing_count++] = (int32_t)value.number;
    }
    return RC_OK;
}

/* The cursor is taken out by the caller, because no field of a table may be null. */
static enum rc read_cursor(const struct cJSON *node, struct task_page *page, char *errstr, size_t errstr_bytes)
{
    struct json_value value;

    if (node == NULL) {
        return fail_form("next_cursor is missing", errstr, errstr_bytes);
    }
    if (json_is_null(node)) {
        return RC_OK;
    }
    if (json_read_value(node, &cursor_field, &value, errstr, errstr_bytes) != RC_OK) {
        return RC_CORRUPT;
    }
    memcpy(page->next_cursor, value.text, value.text_bytes + 1);
    return RC_OK;
}

static enum rc read_envelope(const struct buffer *envelope, struct task_page *page, char *errstr, size_t errstr_bytes)
{
    struct json_value values[ENVELOPE_COUNT];
    struct cJSON *root = NULL;
    struct cJSON *cursor = NULL;
    enum rc rc = json_parse(envelope->data, envelope->len_bytes, ENVELOPE_MAX_BYTES, &root, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc == RC_NO_MEMORY ? rc : RC_CORRUPT;
    }
    cursor = json_take_member(root, cursor_field.name);
    if (json_read_object(root, envelope_fields, ENVELOPE_COUNT, values, errstr, errstr_bytes) != RC_OK) {
        rc = RC_CORRUPT;
        goto out;
    }
    rc = read_cursor(cursor, page, errstr, errstr_bytes);
    if (rc == RC_OK) {
        rc = read_missing(values[ENVELOPE_MISSING].node, page, errstr, errstr_bytes);
    }
out:
    json_close(cursor);
    json_close(root);
    return rc;
}

enum rc task_page_read(const char *json, size_t json_bytes, struct task_page *ret_page, char *errstr,
                       size_t errstr_bytes)
{
    struct buffer envelope = {0};
    size_t begin = find_rows(json, json_bytes);
    size_t end = 0;
    enum rc rc = cut_rows(json, json_bytes, begin, ret_page, &end, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    buffer_append(&envelope, json, begin);
    buffer_append(&envelope, json + end, json_bytes - end);
    rc = buffer_is_ok(&envelope) ? read_envelope(&envelope, ret_page, errstr, errstr_bytes) : RC_NO_MEMORY;
    buffer_close(&envelope);
    return rc;
}

void task_page_close(struct task_page *page)
{
    free(page->missing);
    memset(page, 0, sizeof *page);
}
