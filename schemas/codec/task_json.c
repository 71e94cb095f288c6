#include "task_json.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "base64.h"
#include "json.h"
#include "json_print.h"
#include "plain.h"
#include "task_parts.h"
#include "task_rules.h"
#include "utf8.h"

#define KEY_ROOM_BYTES (2 * TASK_KEY_PART_MAX_BYTES + 2)
#define ALIGN_ROOM_BYTES 64

static const char *const retry_type_names[] = {
    [0] = "",
    [TASK_RETRY_STEP] = "step",
    [TASK_RETRY_LADDER] = "ladder",
};

const char *task_retry_type_get_name(enum task_retry_type retry_type)
{
    return (size_t)retry_type < sizeof retry_type_names / sizeof retry_type_names[0] ? retry_type_names[retry_type]
                                                                                     : "";
}

enum rc task_retry_type_parse(const char *text, enum task_retry_type *ret_retry_type)
{
    for (int i = TASK_RETRY_STEP; i <= TASK_RETRY_LADDER; i++) {
        if (strcmp(text, retry_type_names[i]) == 0) {
            *ret_retry_type = (enum task_retry_type)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

/* What the struct cannot show any more: fields that were given although another given field makes them void. */
static enum rc check_given(const struct json_value *values, bool is_ladder, char *errstr, size_t errstr_bytes)
{
    static const enum task_field of_step[] = {TASK_FIELD_STEP_INTERVAL, TASK_FIELD_STEP_TIME};

    if (values[TASK_FIELD_LADDER_INTERVAL].is_given && !is_ladder)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field retry_ladder_interval: needs retry_type ladder");
    for (size_t i = 0; i < sizeof of_step / sizeof of_step[0]; i++) {
        if (values[of_step[i]].is_given && is_ladder)
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "field %s: needs retry_type step",
                           task_fields[of_step[i]].name);
    }
    return RC_OK;
}

static enum rc fill_body(const struct json_value *values, struct arena *arena, struct task *task, char *errstr,
                         size_t errstr_bytes)
{
    enum rc rc = task_parts_read_body(&values[TASK_FIELD_BODY], &values[TASK_FIELD_BODY_BASE64], arena, &task->body,
                                      &task->body_bytes, errstr, errstr_bytes);

    task->has_body = task->body != NULL;
    return rc == RC_OK ? json_check_text(&task_fields[TASK_FIELD_BODY], task->body_bytes, errstr, errstr_bytes) : rc;
}

static const char *copy_value(const struct json_value *value, struct arena *arena)
{
    return value->is_given ? arena_copy_text(arena, value->text, value->text_bytes) : NULL;
}

static void fill_key(struct arena *arena, struct task *task)
{
    size_t type_bytes = strlen(task->business_type);
    size_t id_bytes = strlen(task->business_id);
    char *key = arena_take(arena, type_bytes + 1 + id_bytes + 1);

    memcpy(key, task->business_type, type_bytes);
    key[type_bytes] = ':';
    memcpy(key + type_bytes + 1, task->business_id, id_bytes + 1);
    task->key = key;
    task->key_bytes = type_bytes + 1 + id_bytes;
}

static void fill_schedule(const struct json_value *values, struct task *task)
{
    task->has_retry_type = values[TASK_FIELD_RETRY_TYPE].is_given;
    task->has_ladder_interval = values[TASK_FIELD_LADDER_INTERVAL].is_given;
    task->has_step_interval = values[TASK_FIELD_STEP_INTERVAL].is_given;
    task->has_step_time = values[TASK_FIELD_STEP_TIME].is_given;
    if (task->retry_type == TASK_RETRY_LADDER)
        return;
    task->step_interval_ms = values[TASK_FIELD_STEP_INTERVAL].is_given ? values[TASK_FIELD_STEP_INTERVAL].number
                                                                       : TASK_STEP_DEFAULT_INTERVAL_MS;
    task->step_time = values[TASK_FIELD_STEP_TIME].number;
}

/* Everything that is not a list: it cannot fail, the arena was sized for it. */
static void fill_scalars(const struct json_value *values, struct arena *arena, struct task *task)
{
    bool has_body = values[TASK_FIELD_BODY].is_given || values[TASK_FIELD_BODY_BASE64].is_given;

    task->business_type = copy_value(&values[TASK_FIELD_BUSINESS_TYPE], arena);
    task->business_id = copy_value(&values[TASK_FIELD_BUSINESS_ID], arena);
    task->url = copy_value(&values[TASK_FIELD_URL], arena);
    task->method = copy_value(&values[TASK_FIELD_METHOD], arena);
    task->idempotency_key = copy_value(&values[TASK_FIELD_IDEMPOTENCY_KEY], arena);
    task->not_before_time_ms = values[TASK_FIELD_NOT_BEFORE].number;
    task->timeout_ms = values[TASK_FIELD_TIMEOUT].number;
    if (task->method == NULL)
        task->method = has_body ? "POST" : "GET";
    fill_schedule(values, task);
    fill_key(arena, task);
}

static enum rc read_names(const struct json_value *values, struct task *task, char *errstr, size_t errstr_bytes)
{
    const struct json_value *retry_type = &values[TASK_FIELD_RETRY_TYPE];
    const struct json_value *duplicate = &values[TASK_FIELD_DUPLICATE];

    task->retry_type = TASK_RETRY_STEP;
    if (retry_type->is_given && task_retry_type_parse(retry_type->text, &task->retry_type) != RC_OK)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field retry_type: must be step or ladder");
    if (duplicate->is_given &&
        duplicate_policy_parse(duplicate->text, duplicate->text_bytes, &task->duplicate) != RC_OK)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field duplicate: must be ignore, replace or reject");
    return check_given(values, task->retry_type == TASK_RETRY_LADDER, errstr, errstr_bytes);
}

/* Fills a task from a tree whose types and ranges hold; on failure the block is freed. */
static enum rc build_task(const struct cJSON *root, const struct json_value *values, struct task *ret_task,
                          char *errstr, size_t errstr_bytes)
{
    struct task task = {0};
    struct arena arena = {0};
    enum rc rc = read_names(values, &task, errstr, errstr_bytes);

    if (rc != RC_OK)
        return rc;
    if (!arena_init(&arena, json_get_copy_bytes(root) + KEY_ROOM_BYTES + ALIGN_ROOM_BYTES))
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory");
    task.block = arena.base;
    rc = task_parts_read_headers(&values[TASK_FIELD_HEADER], &arena, &task.headers, &task.header_count, errstr,
                                 errstr_bytes);
    if (rc == RC_OK)
        rc = task_parts_read_ladder(&values[TASK_FIELD_LADDER_INTERVAL], &arena, &task.ladder_interval_ms,
                                    &task.ladder_count, errstr, errstr_bytes);
    if (rc != RC_OK)
        goto out;
    fill_scalars(values, &arena, &task);
    rc = fill_body(values, &arena, &task, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = task_rules_check(&task, errstr, errstr_bytes);
    if (rc == RC_OK) {
        *ret_task = task;
        task.block = NULL;
    }
out:
    free(task.block);
    return rc;
}

enum rc task_decode(const char *json, size_t json_bytes, struct task *ret_task, char *errstr, size_t errstr_bytes)
{
    struct json_value values[TASK_FIELD_COUNT];
    struct cJSON *root = NULL;
    enum rc rc = json_parse(json, json_bytes, TASK_JSON_MAX_BYTES, &root, errstr, errstr_bytes);

    if (rc == RC_OK)
        rc = json_read_object(root, task_fields, TASK_FIELD_COUNT, values, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = build_task(root, values, ret_task, errstr, errstr_bytes);
    json_close(root);
    return rc;
}

enum rc task_check(const struct task *task, char *errstr, size_t errstr_bytes)
{
    enum rc rc = task_rules_check_ranges(task, errstr, errstr_bytes);

    return rc == RC_OK ? task_rules_check(task, errstr, errstr_bytes) : rc;
}

void task_close(struct task *task)
{
    free(task->block);
    memset(task, 0, sizeof *task);
}

static const char *get_name(enum task_field field)
{
    return task_fields[field].name;
}

static void put_headers(struct buffer *buffer, const struct task *task)
{
    if (task->header_count == 0)
        return;
    json_print_name(buffer, get_name(TASK_FIELD_HEADER));
    for (size_t i = 0; i < task->header_count; i++) {
        buffer_append_char(buffer, i == 0 ? '{' : ',');
        buffer_append_json_string(buffer, task->headers[i].name, strlen(task->headers[i].name));
        buffer_append_char(buffer, ':');
        buffer_append_json_string(buffer, task->headers[i].value, strlen(task->headers[i].value));
    }
    buffer_append_char(buffer, '}');
}

/* Length of one UTF-8 sequence in a JSON string; 0 if none can hold it. */
static size_t get_escaped_bytes(const char *sequence, size_t sequence_bytes)
{
    if (sequence_bytes == 0 || sequence[0] == '\0')
        return 0;
    if (strchr("\"\\\n\r\t", sequence[0]) != NULL)
        return 2;
    return (unsigned char)sequence[0] < 0x20 ? 6 : sequence_bytes;
}

/* Whether a JSON string can hold the body and is no longer than base64. */
static bool is_better_plain(const char *body, size_t body_bytes)
{
    size_t escaped_bytes = 0;
    size_t i = 0;

    for (;;) {
        size_t run_bytes = plain_get_run_bytes(body + i, body_bytes - i);
        size_t sequence_bytes;
        size_t more_bytes;

        i += run_bytes;
        escaped_bytes += run_bytes;
        if (i == body_bytes)
            return escaped_bytes <= BASE64_TEXT_BYTES(body_bytes);
        sequence_bytes = utf8_get_sequence_bytes(body + i, body_bytes - i);
        more_bytes = get_escaped_bytes(body + i, sequence_bytes);
        if (more_bytes == 0)
            return false;
        escaped_bytes += more_bytes;
        i += sequence_bytes;
    }
}

static void put_base64(struct buffer *buffer, const char *body, size_t body_bytes)
{
    char group[4];

    for (size_t i = 0; i < body_bytes; i += 3) {
        base64_encode(body + i, body_bytes - i < 3 ? body_bytes - i : 3, group);
        buffer_append(buffer, group, sizeof group);
    }
}

static void put_body(struct buffer *buffer, const struct task *task)
{
    if (!task->has_body)
        return;
    if (is_better_plain(task->body, task->body_bytes)) {
        json_print_name(buffer, get_name(TASK_FIELD_BODY));
        buffer_append_json_string(buffer, task->body, task->body_bytes);
        return;
    }
    json_print_name(buffer, get_name(TASK_FIELD_BODY_BASE64));
    buffer_append_char(buffer, '"');
    put_base64(buffer, task->body, task->body_bytes);
    buffer_append_char(buffer, '"');
}

static void put_ladder(struct buffer *buffer, const struct task *task)
{
    json_print_text(buffer, get_name(TASK_FIELD_RETRY_TYPE), task_retry_type_get_name(TASK_RETRY_LADDER));
    if (task->has_ladder_interval || task->ladder_count > 0)
        json_print_seconds_list(buffer, get_name(TASK_FIELD_LADDER_INTERVAL), task->ladder_interval_ms,
                                task->ladder_count);
}

static void put_schedule(struct buffer *buffer, const struct task *task)
{
    if (task->retry_type == TASK_RETRY_LADDER) {
        put_ladder(buffer, task);
        return;
    }
    if (task->has_retry_type)
        json_print_text(buffer, get_name(TASK_FIELD_RETRY_TYPE), task_retry_type_get_name(TASK_RETRY_STEP));
    if (task->has_step_interval ||
        (task->step_interval_ms != 0 && task->step_interval_ms != TASK_STEP_DEFAULT_INTERVAL_MS))
        json_print_seconds(buffer, get_name(TASK_FIELD_STEP_INTERVAL), task->step_interval_ms);
    if (task->has_step_time || task->step_time != 0)
        json_print_integer(buffer, get_name(TASK_FIELD_STEP_TIME), task->step_time);
}

enum rc task_encode(const struct task *task, struct buffer *buffer)
{
    const char *default_method = task->has_body ? "POST" : "GET";

    buffer_append_char(buffer, '{');
    json_print_text(buffer, get_name(TASK_FIELD_BUSINESS_TYPE), task->business_type);
    json_print_text(buffer, get_name(TASK_FIELD_BUSINESS_ID), task->business_id);
    json_print_text(buffer, get_name(TASK_FIELD_URL), task->url);
    if (task->method != NULL && strcmp(task->method, default_method) != 0)
        json_print_text(buffer, get_name(TASK_FIELD_METHOD), task->method);
    put_headers(buffer, task);
    put_body(buffer, task);
    put_schedule(buffer, task);
    if (task->not_before_time_ms != 0)
        json_print_seconds(buffer, get_name(TASK_FIELD_NOT_BEFORE), task->not_before_time_ms);
    if (task->timeout_ms != 0)
        json_print_seconds(buffer, get_name(TASK_FIELD_TIMEOUT), task->timeout_ms);
    if (task->duplicate != DUPLICATE_UNSET)
        json_print_text(buffer, get_name(TASK_FIELD_DUPLICATE), duplicate_policy_get_name(task->duplicate));
    if (task->idempotency_key != NULL)
        json_print_text(buffer, get_name(TASK_FIELD_IDEMPOTENCY_KEY), task->idempotency_key);
    buffer_append_char(buffer, '}');
    return buffer_is_ok(buffer) ? RC_OK : RC_NO_MEMORY;
}
