#include "row_json.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "decimal.h"
#include "json.h"
#include "json_flat.h"
#include "json_print.h"
#include "task_parts.h"
#include "task_rules.h"
#include "utf8.h"

#define ALIGN_ROOM_BYTES 64
#define NAME_MAX_BYTES 32
#define LAST_ERROR_MAX_BYTES 4096
#define LAST_ERROR_KEPT_BYTES (LAST_ERROR_MAX_BYTES / 3) /* each byte may become a U+FFFD of three */
#define HTTP_STATUS_MAX 999

enum row_field {
    ROW_FIELD_ID,
    ROW_FIELD_BUSINESS_TYPE,
    ROW_FIELD_BUSINESS_ID,
    ROW_FIELD_URL,
    ROW_FIELD_METHOD,
    ROW_FIELD_RETRY_TYPE,
    ROW_FIELD_LADDER_INTERVAL,
    ROW_FIELD_STEP_INTERVAL,
    ROW_FIELD_STEP_TIME,
    ROW_FIELD_RETRY_COUNT,
    ROW_FIELD_STATUS,
    ROW_FIELD_ATTEMPTS,
    ROW_FIELD_REQUEST_TIME,
    ROW_FIELD_LAST_RETRY_TIME,
    ROW_FIELD_NEXT_RETRY_TIME,
    ROW_FIELD_SUCCESS_TIME,
    ROW_FIELD_PUBLISH_ID,
    ROW_FIELD_ENTERED,
    ROW_FIELD_SRC,
    ROW_FIELD_AT,
    ROW_FIELD_EPOCH,
    ROW_FIELD_CTL,
    ROW_FIELD_LAST_STATUS,
    ROW_FIELD_LAST_ERROR,
    ROW_FIELD_REPLACED,
    ROW_FIELD_DISPLACED,
    ROW_FIELD_COUNT,
};

static const struct json_field fields[ROW_FIELD_COUNT] = {
    [ROW_FIELD_ID] = {"id", JSON_TEXT, true, 1, DECIMAL_TEXT_MAX_BYTES - 1},
    [ROW_FIELD_BUSINESS_TYPE] = {"business_type", JSON_TEXT, true, 1, TASK_KEY_PART_MAX_BYTES},
    [ROW_FIELD_BUSINESS_ID] = {"business_id", JSON_TEXT, true, 1, TASK_KEY_PART_MAX_BYTES},
    [ROW_FIELD_URL] = {"url", JSON_TEXT, false, 0, TASK_URL_MAX_BYTES},
    [ROW_FIELD_METHOD] = {"method", JSON_TEXT, false, 0, TASK_METHOD_MAX_BYTES},
    [ROW_FIELD_RETRY_TYPE] = {"retry_type", JSON_TEXT, false, 1, NAME_MAX_BYTES},
    [ROW_FIELD_LADDER_INTERVAL] = {"retry_ladder_interval", JSON_ARRAY, false, 0, TASK_LADDER_MAX},
    [ROW_FIELD_STEP_INTERVAL] = {"retry_step_interval", JSON_SECONDS, false, 0, TASK_WAIT_MAX_MS},
    [ROW_FIELD_STEP_TIME] = {"retry_step_time", JSON_INTEGER, false, 0, TASK_STEP_TIME_MAX},
    [ROW_FIELD_RETRY_COUNT] = {"retry_count", JSON_INTEGER, true, 0, UINT32_MAX},
    [ROW_FIELD_STATUS] = {"status", JSON_INTEGER, true, ROW_SENDING, ROW_STOPPED},
    [ROW_FIELD_ATTEMPTS] = {"attempts", JSON_INTEGER, true, 0, UINT32_MAX},
    [ROW_FIELD_REQUEST_TIME] = {"request_time", JSON_SECONDS, true, 0, TASK_TIME_MAX_MS},
    [ROW_FIELD_LAST_RETRY_TIME] = {"last_retry_time", JSON_SECONDS, true, 0, TASK_TIME_MAX_MS},
    [ROW_FIELD_NEXT_RETRY_TIME] = {"next_retry_time", JSON_SECONDS, true, 0, TASK_TIME_MAX_MS},
    [ROW_FIELD_SUCCESS_TIME] = {"success_time", JSON_SECONDS, true, 0, TASK_TIME_MAX_MS},
    [ROW_FIELD_PUBLISH_ID] = {"publish_id", JSON_TEXT, false, 2 * HEADER_PUB_BYTES, 2 * HEADER_PUB_BYTES},
    [ROW_FIELD_ENTERED] = {"entered", JSON_INTEGER, true, -1, COORDS_OFFSET_MAX},
    [ROW_FIELD_SRC] = {"src", JSON_TEXT, true, 0, COORDS_TEXT_MAX_BYTES},
    [ROW_FIELD_AT] = {"at", JSON_TEXT, true, 0, COORDS_TEXT_MAX_BYTES},
    [ROW_FIELD_EPOCH] = {"epoch", JSON_INTEGER, true, 0, JSON_NUMBER_MAX},
    [ROW_FIELD_CTL] = {"ctl", JSON_INTEGER, true, -1, COORDS_OFFSET_MAX},
    [ROW_FIELD_LAST_STATUS] = {"last_status", JSON_INTEGER, true, 0, HTTP_STATUS_MAX},
    [ROW_FIELD_LAST_ERROR] = {"last_error", JSON_TEXT, true, 0, LAST_ERROR_MAX_BYTES},
    [ROW_FIELD_REPLACED] = {"replaced", JSON_TEXT, false, 1, DECIMAL_TEXT_MAX_BYTES - 1},
    [ROW_FIELD_DISPLACED] = {"displaced", JSON_ARRAY, false, 1, ROW_DISPLACED_MAX},
};

static const struct json_field displaced_field = {"displaced", JSON_TEXT, true, 2 * HEADER_PUB_BYTES,
                                                  2 * HEADER_PUB_BYTES};

static const char *const status_names[] = {
    [ROW_SENDING] = "sending",
    [ROW_SUCCESS] = "success",
    [ROW_FAILURE] = "failure",
    [ROW_STOPPED] = "stopped",
};

const char *row_status_get_name(enum row_status status)
{
    return status >= ROW_SENDING && status <= ROW_STOPPED ? status_names[status] : "unknown";
}

bool row_is_marker(const struct row *row)
{
    return row->id == 0 && !row->has_publish_id;
}

bool row_is_settled(const struct row *row)
{
    return row->status != ROW_SENDING;
}

struct row row_from_task(const struct task *task)
{
    return (struct row){
        .business_type = task->business_type,
        .business_id = task->business_id,
        .url = task->url,
        .method = task->method,
        .retry_type = task->retry_type,
        .ladder_interval_ms = task->ladder_interval_ms,
        .ladder_count = task->ladder_count,
        .step_interval_ms = task->step_interval_ms,
        .step_time = task->step_time,
        .status = ROW_SENDING,
    };
}

void row_displace(struct row *row, const struct row *old)
{
    uint32_t kept_count = old->displaced_count < ROW_DISPLACED_MAX ? old->displaced_count : ROW_DISPLACED_MAX - 1;

    memcpy(row->displaced[0], old->publish_id, HEADER_PUB_BYTES);
    memcpy(row->displaced[1], old->displaced[0], kept_count * sizeof old->displaced[0]);
    row->displaced_count = kept_count + 1;
}

bool row_has_displaced(const struct row *row, const uint8_t publish_id[HEADER_PUB_BYTES])
{
    for (uint32_t i = 0; i < row->displaced_count; i++) {
        if (memcmp(row->displaced[i], publish_id, HEADER_PUB_BYTES) == 0)
            return true;
    }
    return false;
}

static void put_schedule(struct buffer *buffer, const struct row *row)
{
    if (row->retry_type == 0)
        return;
    json_print_text(buffer, fields[ROW_FIELD_RETRY_TYPE].name, task_retry_type_get_name(row->retry_type));
    if (row->retry_type == TASK_RETRY_LADDER) {
        json_print_seconds_list(buffer, fields[ROW_FIELD_LADDER_INTERVAL].name, row->ladder_interval_ms,
                                row->ladder_count);
        return;
    }
    json_print_seconds(buffer, fields[ROW_FIELD_STEP_INTERVAL].name, row->step_interval_ms);
    json_print_integer(buffer, fields[ROW_FIELD_STEP_TIME].name, row->step_time);
}

/* A marker has no call to describe. */
static void put_optional_text(struct buffer *buffer, enum row_field field, const char *text)
{
    if (text != NULL && text[0] != '\0')
        json_print_text(buffer, fields[field].name, text);
}

/* Longer than a reader takes it would make the row unreadable. */
static void put_last_error(struct buffer *buffer, const char *last_error)
{
    const char *text = last_error != NULL ? last_error : "";
    size_t text_bytes = strlen(text);

    json_print_name(buffer, fields[ROW_FIELD_LAST_ERROR].name);
    buffer_append_json_string(buffer, text, utf8_get_cut_bytes(text, text_bytes, LAST_ERROR_KEPT_BYTES));
}

static void put_displaced(struct buffer *buffer, const struct row *row)
{
    char text[2 * HEADER_PUB_BYTES + 1];

    if (row->displaced_count == 0)
        return;
    json_print_name(buffer, fields[ROW_FIELD_DISPLACED].name);
    buffer_append_char(buffer, '[');
    for (uint32_t i = 0; i < row->displaced_count; i++) {
        if (i > 0)
            buffer_append_char(buffer, ',');
        header_print_publish_id(row->displaced[i], text);
        buffer_append_json_string(buffer, text, strlen(text));
    }
    buffer_append_char(buffer, ']');
}

enum rc row_encode(const struct row *row, struct buffer *buffer)
{
    buffer_append_char(buffer, '{');
    json_print_id(buffer, fields[ROW_FIELD_ID].name, row->id);
    json_print_text(buffer, fields[ROW_FIELD_BUSINESS_TYPE].name, row->business_type);
    json_print_text(buffer, fields[ROW_FIELD_BUSINESS_ID].name, row->business_id);
    put_optional_text(buffer, ROW_FIELD_URL, row->url);
    put_optional_text(buffer, ROW_FIELD_METHOD, row->method);
    put_schedule(buffer, row);
    json_print_integer(buffer, fields[ROW_FIELD_RETRY_COUNT].name, row->attempts > 0 ? row->attempts - 1 : 0);
    json_print_integer(buffer, fields[ROW_FIELD_STATUS].name, row->status);
    json_print_integer(buffer, fields[ROW_FIELD_ATTEMPTS].name, row->attempts);
    json_print_seconds(buffer, fields[ROW_FIELD_REQUEST_TIME].name, row->request_time_ms);
    json_print_seconds(buffer, fields[ROW_FIELD_LAST_RETRY_TIME].name, row->last_retry_time_ms);
    json_print_seconds(buffer, fields[ROW_FIELD_NEXT_RETRY_TIME].name, row->next_retry_time_ms);
    json_print_seconds(buffer, fields[ROW_FIELD_SUCCESS_TIME].name, row->success_time_ms);
    if (row->has_publish_id)
        json_print_publish_id(buffer, fields[ROW_FIELD_PUBLISH_ID].name, row->publish_id);
    json_print_integer(buffer, fields[ROW_FIELD_ENTERED].name, row->entered);
    json_print_coords(buffer, fields[ROW_FIELD_SRC].name, &row->src);
    json_print_coords(buffer, fields[ROW_FIELD_AT].name, &row->at);
    json_print_integer(buffer, fields[ROW_FIELD_EPOCH].name, row->epoch);
    json_print_integer(buffer, fields[ROW_FIELD_CTL].name, row->ctl);
    json_print_integer(buffer, fields[ROW_FIELD_LAST_STATUS].name, row->last_status);
    put_last_error(buffer, row->last_error);
    if (row->has_replaced)
        json_print_id(buffer, fields[ROW_FIELD_REPLACED].name, row->replaced_id);
    put_displaced(buffer, row);
    buffer_append_char(buffer, '}');
    return buffer_is_ok(buffer) ? RC_OK : RC_NO_MEMORY;
}

static enum rc fail_field(enum row_field field, char *errstr, size_t errstr_bytes)
{
    return rc_fail(RC_CORRUPT, errstr, errstr_bytes, "field %s: not of its form", fields[field].name);
}

static enum rc parse_retry_type(const struct json_value *value, enum task_retry_type *ret_retry_type)
{
    char name[NAME_MAX_BYTES + 1]; /* the field's range */

    memcpy(name, value->text, value->text_bytes);
    name[value->text_bytes] = '\0';
    return task_retry_type_parse(name, ret_retry_type);
}

/* Fields that JSON holds as texts of a form of their own. */
static enum rc fill_forms(const struct json_value *values, struct row *row, char *errstr, size_t errstr_bytes)
{
    const struct json_value *id = &values[ROW_FIELD_ID];
    const struct json_value *src = &values[ROW_FIELD_SRC];
    const struct json_value *at = &values[ROW_FIELD_AT];
    const struct json_value *publish_id = &values[ROW_FIELD_PUBLISH_ID];
    const struct json_value *retry_type = &values[ROW_FIELD_RETRY_TYPE];
    const struct json_value *replaced = &values[ROW_FIELD_REPLACED];

    row->has_replaced = replaced->is_given;
    if (replaced->is_given &&
        decimal_parse(replaced->text, replaced->text_bytes, UINT64_MAX, &row->replaced_id) != RC_OK)
        return fail_field(ROW_FIELD_REPLACED, errstr, errstr_bytes);
    if (decimal_parse(id->text, id->text_bytes, UINT64_MAX, &row->id) != RC_OK)
        return fail_field(ROW_FIELD_ID, errstr, errstr_bytes);
    if (coords_parse(src->text, src->text_bytes, &row->src) != RC_OK)
        return fail_field(ROW_FIELD_SRC, errstr, errstr_bytes);
    if (coords_parse(at->text, at->text_bytes, &row->at) != RC_OK)
        return fail_field(ROW_FIELD_AT, errstr, errstr_bytes);
    row->has_publish_id = publish_id->is_given;
    if (publish_id->is_given &&
        header_parse_publish_id(publish_id->text, publish_id->text_bytes, row->publish_id) != RC_OK)
        return fail_field(ROW_FIELD_PUBLISH_ID, errstr, errstr_bytes);
    if (retry_type->is_given && parse_retry_type(retry_type, &row->retry_type) != RC_OK)
        return fail_field(ROW_FIELD_RETRY_TYPE, errstr, errstr_bytes);
    return RC_OK;
}

static enum rc read_displaced(const struct json_value *value, struct row *row, char *errstr, size_t errstr_bytes)
{
    const struct cJSON *node = NULL;

    if (!value->is_given)
        return RC_OK;
    if (value->node == NULL) /* read without a tree, so it is a list of numbers */
        return fail_field(ROW_FIELD_DISPLACED, errstr, errstr_bytes);
    for (node = json_get_first(value->node); node != NULL; node = json_get_next(node)) {
        struct json_value id;
        enum rc rc = json_read_value(node, &displaced_field, &id, errstr, errstr_bytes);

        if (rc != RC_OK)
            return rc;
        if (header_parse_publish_id(id.text, id.text_bytes, row->displaced[row->displaced_count]) != RC_OK)
            return fail_field(ROW_FIELD_DISPLACED, errstr, errstr_bytes);
        row->displaced_count++; /* at most ROW_DISPLACED_MAX: the field's range */
    }
    return RC_OK;
}

/* retry_count is there for readers; it follows from attempts. */
static void fill_numbers(const struct json_value *values, struct row *row)
{
    row->step_interval_ms = values[ROW_FIELD_STEP_INTERVAL].number;
    row->step_time = values[ROW_FIELD_STEP_TIME].number;
    row->status = (enum row_status)values[ROW_FIELD_STATUS].number;
    row->attempts = (uint32_t)values[ROW_FIELD_ATTEMPTS].number;
    row->request_time_ms = values[ROW_FIELD_REQUEST_TIME].number;
    row->last_retry_time_ms = values[ROW_FIELD_LAST_RETRY_TIME].number;
    row->next_retry_time_ms = values[ROW_FIELD_NEXT_RETRY_TIME].number;
    row->success_time_ms = values[ROW_FIELD_SUCCESS_TIME].number;
    row->entered = values[ROW_FIELD_ENTERED].number;
    row->epoch = values[ROW_FIELD_EPOCH].number;
    row->ctl = values[ROW_FIELD_CTL].number;
    row->last_status = (int32_t)values[ROW_FIELD_LAST_STATUS].number;
}

static const char *copy_text(const struct json_value *value, struct arena *arena)
{
    return value->is_given ? arena_copy_text(arena, value->text, value->text_bytes) : "";
}

static void fill_texts(const struct json_value *values, struct arena *arena, struct row *row)
{
    row->business_type = copy_text(&values[ROW_FIELD_BUSINESS_TYPE], arena);
    row->business_id = copy_text(&values[ROW_FIELD_BUSINESS_ID], arena);
    row->url = copy_text(&values[ROW_FIELD_URL], arena);
    row->method = copy_text(&values[ROW_FIELD_METHOD], arena);
    row->last_error = copy_text(&values[ROW_FIELD_LAST_ERROR], arena);
}

/* A ladder's node is there only if the JSON was read as a tree. */
static enum rc fill_ladder(const struct json_value *ladder, struct arena *arena, struct row *row, char *errstr,
                           size_t errstr_bytes)
{
    int64_t *wait_ms;

    if (ladder->node != NULL || !ladder->is_given)
        return task_parts_read_ladder(ladder, arena, &row->ladder_interval_ms, &row->ladder_count, errstr,
                                      errstr_bytes);
    if (ladder->number == 0)
        return RC_OK;
    wait_ms = arena_take(arena, (size_t)ladder->number * sizeof *wait_ms);
    row->ladder_interval_ms = wait_ms;
    row->ladder_count = (uint32_t)ladder->number;
    return json_flat_read_list(ladder, &task_ladder_wait_field, wait_ms)
               ? RC_OK
               : fail_field(ROW_FIELD_LADDER_INTERVAL, errstr, errstr_bytes);
}

/* copy_bytes: enough for a copy of every text with its NUL, and the ladder. */
static enum rc build_row(const struct json_value *values, size_t copy_bytes, struct row *ret_row, char *errstr,
                         size_t errstr_bytes)
{
    struct row row = {0};
    struct arena arena = {0};
    enum rc rc = fill_forms(values, &row, errstr, errstr_bytes);

    if (rc == RC_OK)
        rc = read_displaced(&values[ROW_FIELD_DISPLACED], &row, errstr, errstr_bytes);
    if (rc != RC_OK)
        return rc;
    if (!arena_init(&arena, copy_bytes + ALIGN_ROOM_BYTES))
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory");
    row.block = arena.base;
    fill_numbers(values, &row);
    rc = fill_ladder(&values[ROW_FIELD_LADDER_INTERVAL], &arena, &row, errstr, errstr_bytes);
    if (rc != RC_OK) {
        free(row.block);
        return rc;
    }
    fill_texts(values, &arena, &row);
    *ret_row = row;
    return RC_OK;
}

/* Rows are written by workers, so whatever is wrong with one is damage and not somebody's input. */
static enum rc as_damage(enum rc rc)
{
    return rc == RC_OK || rc == RC_NO_MEMORY ? rc : RC_CORRUPT;
}

enum rc row_decode_tree(const struct cJSON *root, struct row *ret_row, char *errstr, size_t errstr_bytes)
{
    struct json_value values[ROW_FIELD_COUNT];
    enum rc rc = json_read_object(root, fields, ROW_FIELD_COUNT, values, errstr, errstr_bytes);

    if (rc == RC_OK)
        rc = build_row(values, json_get_copy_bytes(root), ret_row, errstr, errstr_bytes);
    return as_damage(rc);
}

/* Rows come back as they were printed: most are read without a tree. RC_INVALID: not this one. */
static enum rc decode_flat(const char *json, size_t json_bytes, struct row *ret_row)
{
    struct json_value values[ROW_FIELD_COUNT];

    if (json_bytes > ROW_JSON_MAX_BYTES || !json_flat_read(json, json_bytes, fields, ROW_FIELD_COUNT, values))
        return RC_INVALID;
    return build_row(values, json_bytes + TASK_LADDER_MAX * sizeof(int64_t), ret_row, NULL, 0);
}

enum rc row_decode(const char *json, size_t json_bytes, struct row *ret_row, char *errstr, size_t errstr_bytes)
{
    struct cJSON *root = NULL;
    enum rc rc = decode_flat(json, json_bytes, ret_row);

    if (rc == RC_OK)
        return RC_OK;
    rc = json_parse(json, json_bytes, ROW_JSON_MAX_BYTES, &root, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = row_decode_tree(root, ret_row, errstr, errstr_bytes);
    json_close(root);
    return as_damage(rc);
}

void row_close(struct row *row)
{
    free(row->block);
    memset(row, 0, sizeof *row);
}
