#include "event_json.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "decimal.h"
#include "json.h"
#include "json_print.h"
#include "utf8.h"

#define KIND_MAX_BYTES 16
#define CLASS_MAX_BYTES 32
#define ADDRESS_MAX_BYTES 64
#define TEXT_MAX_BYTES 4096
#define TEXT_KEPT_BYTES (TEXT_MAX_BYTES / 3) /* each byte may become a U+FFFD of three */
#define HTTP_STATUS_MAX 999

enum event_field {
    EVENT_FIELD_KIND,
    EVENT_FIELD_ID,
    EVENT_FIELD_BUSINESS_TYPE,
    EVENT_FIELD_BUSINESS_ID,
    EVENT_FIELD_TIME,
    EVENT_FIELD_SRC,
    EVENT_FIELD_STATUS,
    EVENT_FIELD_EPOCH,
    EVENT_FIELD_ATTEMPT,
    EVENT_FIELD_DUE_TIME,
    EVENT_FIELD_START_TIME,
    EVENT_FIELD_DURATION,
    EVENT_FIELD_HTTP_STATUS,
    EVENT_FIELD_ERROR_CLASS,
    EVENT_FIELD_ERROR_TEXT,
    EVENT_FIELD_REMOTE_ADDRESS,
    EVENT_FIELD_NEXT_TIME,
    EVENT_FIELD_DETAIL,
    EVENT_FIELD_COUNT,
};

static const struct json_field fields[EVENT_FIELD_COUNT] = {
    [EVENT_FIELD_KIND] = {"kind", JSON_TEXT, true, 1, KIND_MAX_BYTES},
    [EVENT_FIELD_ID] = {"id", JSON_TEXT, true, 1, DECIMAL_TEXT_MAX_BYTES - 1},
    [EVENT_FIELD_BUSINESS_TYPE] = {"business_type", JSON_TEXT, true, 0, TASK_KEY_PART_MAX_BYTES},
    [EVENT_FIELD_BUSINESS_ID] = {"business_id", JSON_TEXT, true, 0, TASK_KEY_PART_MAX_BYTES},
    [EVENT_FIELD_TIME] = {"time", JSON_SECONDS, true, 0, TASK_TIME_MAX_MS},
    [EVENT_FIELD_SRC] = {"src", JSON_TEXT, true, 0, COORDS_TEXT_MAX_BYTES},
    [EVENT_FIELD_STATUS] = {"status", JSON_INTEGER, true, 0, ROW_STOPPED},
    [EVENT_FIELD_EPOCH] = {"epoch", JSON_INTEGER, true, 0, JSON_NUMBER_MAX},
    [EVENT_FIELD_ATTEMPT] = {"attempt", JSON_INTEGER, false, 0, UINT32_MAX},
    [EVENT_FIELD_DUE_TIME] = {"due_time", JSON_SECONDS, false, 0, TASK_TIME_MAX_MS},
    [EVENT_FIELD_START_TIME] = {"start_time", JSON_SECONDS, false, 0, TASK_TIME_MAX_MS},
    [EVENT_FIELD_DURATION] = {"duration", JSON_SECONDS, false, 0, TASK_TIME_MAX_MS},
    [EVENT_FIELD_HTTP_STATUS] = {"http_status", JSON_INTEGER, false, 0, HTTP_STATUS_MAX},
    [EVENT_FIELD_ERROR_CLASS] = {"error_class", JSON_TEXT, false, 0, CLASS_MAX_BYTES},
    [EVENT_FIELD_ERROR_TEXT] = {"error_text", JSON_TEXT, false, 0, TEXT_MAX_BYTES},
    [EVENT_FIELD_REMOTE_ADDRESS] = {"remote_address", JSON_TEXT, false, 0, ADDRESS_MAX_BYTES},
    [EVENT_FIELD_NEXT_TIME] = {"next_time", JSON_SECONDS, false, 0, TASK_TIME_MAX_MS},
    [EVENT_FIELD_DETAIL] = {"detail", JSON_TEXT, false, 0, TEXT_MAX_BYTES},
};

static const char *const kind_names[] = {
    [EVENT_ACCEPTED] = "accepted", [EVENT_ATTEMPT] = "attempt",     [EVENT_STOPPED] = "stopped",
    [EVENT_REPLACED] = "replaced", [EVENT_DUPLICATE] = "duplicate", [EVENT_REFUSED] = "refused",
    [EVENT_COMMAND] = "command",   [EVENT_CLEANED] = "cleaned",
};

const char *event_kind_get_name(enum event_kind kind)
{
    return kind >= EVENT_ACCEPTED && kind <= EVENT_CLEANED ? kind_names[kind] : "unknown";
}

/* Left out when empty; cut at what a reader takes. */
static void put_text(struct buffer *buffer, enum event_field field, const char *text)
{
    size_t kept_bytes = fields[field].max == TEXT_MAX_BYTES ? TEXT_KEPT_BYTES : (size_t)fields[field].max;

    if (text == NULL || text[0] == '\0')
        return;
    json_print_name(buffer, fields[field].name);
    buffer_append_json_string(buffer, text, utf8_get_cut_bytes(text, strlen(text), kept_bytes));
}

static void put_integer(struct buffer *buffer, enum event_field field, int64_t value)
{
    if (value != 0)
        json_print_integer(buffer, fields[field].name, value);
}

static void put_time(struct buffer *buffer, enum event_field field, int64_t time_ms)
{
    if (time_ms != 0)
        json_print_seconds(buffer, fields[field].name, time_ms);
}

static const char *get_text(const char *text)
{
    return text != NULL ? text : "";
}

enum rc event_encode(const struct event *event, struct buffer *buffer)
{
    buffer_append_char(buffer, '{');
    json_print_text(buffer, fields[EVENT_FIELD_KIND].name, event_kind_get_name(event->kind));
    json_print_id(buffer, fields[EVENT_FIELD_ID].name, event->id);
    json_print_text(buffer, fields[EVENT_FIELD_BUSINESS_TYPE].name, get_text(event->business_type));
    json_print_text(buffer, fields[EVENT_FIELD_BUSINESS_ID].name, get_text(event->business_id));
    json_print_seconds(buffer, fields[EVENT_FIELD_TIME].name, event->time_ms);
    json_print_coords(buffer, fields[EVENT_FIELD_SRC].name, &event->src);
    json_print_integer(buffer, fields[EVENT_FIELD_STATUS].name, event->status);
    json_print_integer(buffer, fields[EVENT_FIELD_EPOCH].name, event->epoch);
    put_integer(buffer, EVENT_FIELD_ATTEMPT, event->attempt);
    put_time(buffer, EVENT_FIELD_DUE_TIME, event->due_time_ms);
    put_time(buffer, EVENT_FIELD_START_TIME, event->start_time_ms);
    if (event->duration_ms >= 0)
        json_print_seconds(buffer, fields[EVENT_FIELD_DURATION].name, event->duration_ms);
    put_integer(buffer, EVENT_FIELD_HTTP_STATUS, event->http_status);
    put_text(buffer, EVENT_FIELD_ERROR_CLASS, event->error_class);
    put_text(buffer, EVENT_FIELD_ERROR_TEXT, event->error_text);
    put_text(buffer, EVENT_FIELD_REMOTE_ADDRESS, event->remote_address);
    put_time(buffer, EVENT_FIELD_NEXT_TIME, event->next_time_ms);
    put_text(buffer, EVENT_FIELD_DETAIL, event->detail);
    buffer_append_char(buffer, '}');
    return buffer_is_ok(buffer) ? RC_OK : RC_NO_MEMORY;
}

static enum rc fail_field(enum event_field field, char *errstr, size_t errstr_bytes)
{
    return rc_fail(RC_CORRUPT, errstr, errstr_bytes, "field %s: not of its form", fields[field].name);
}

static enum rc fill_forms(const struct json_value *values, struct event *event, char *errstr, size_t errstr_bytes)
{
    const struct json_value *id = &values[EVENT_FIELD_ID];
    const struct json_value *src = &values[EVENT_FIELD_SRC];

    for (int i = EVENT_ACCEPTED; i <= EVENT_CLEANED && event->kind == 0; i++) {
        if (strcmp(values[EVENT_FIELD_KIND].text, kind_names[i]) == 0)
            event->kind = (enum event_kind)i;
    }
    if (event->kind == 0)
        return fail_field(EVENT_FIELD_KIND, errstr, errstr_bytes);
    if (decimal_parse(id->text, id->text_bytes, UINT64_MAX, &event->id) != RC_OK)
        return fail_field(EVENT_FIELD_ID, errstr, errstr_bytes);
    if (coords_parse(src->text, src->text_bytes, &event->src) != RC_OK)
        return fail_field(EVENT_FIELD_SRC, errstr, errstr_bytes);
    return RC_OK;
}

static void fill_numbers(const struct json_value *values, struct event *event)
{
    event->time_ms = values[EVENT_FIELD_TIME].number;
    event->status = (enum row_status)values[EVENT_FIELD_STATUS].number;
    event->epoch = values[EVENT_FIELD_EPOCH].number;
    event->attempt = (uint32_t)values[EVENT_FIELD_ATTEMPT].number;
    event->due_time_ms = values[EVENT_FIELD_DUE_TIME].number;
    event->start_time_ms = values[EVENT_FIELD_START_TIME].number;
    event->duration_ms = values[EVENT_FIELD_DURATION].is_given ? values[EVENT_FIELD_DURATION].number : -1;
    event->http_status = (int32_t)values[EVENT_FIELD_HTTP_STATUS].number;
    event->next_time_ms = values[EVENT_FIELD_NEXT_TIME].number;
}

static const char *copy_text(const struct json_value *value, struct arena *arena)
{
    return value->is_given ? arena_copy_text(arena, value->text, value->text_bytes) : "";
}

static void fill_texts(const struct json_value *values, struct arena *arena, struct event *event)
{
    event->business_type = copy_text(&values[EVENT_FIELD_BUSINESS_TYPE], arena);
    event->business_id = copy_text(&values[EVENT_FIELD_BUSINESS_ID], arena);
    event->error_class = copy_text(&values[EVENT_FIELD_ERROR_CLASS], arena);
    event->error_text = copy_text(&values[EVENT_FIELD_ERROR_TEXT], arena);
    event->remote_address = copy_text(&values[EVENT_FIELD_REMOTE_ADDRESS], arena);
    event->detail = copy_text(&values[EVENT_FIELD_DETAIL], arena);
}

static enum rc build_event(const struct cJSON *root, const struct json_value *values, struct event *ret_event,
                           char *errstr, size_t errstr_bytes)
{
    struct event event = {0};
    struct arena arena = {0};
    enum rc rc = fill_forms(values, &event, errstr, errstr_bytes);

    if (rc != RC_OK)
        return rc;
    if (!arena_init(&arena, json_get_copy_bytes(root)))
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory");
    event.block = arena.base;
    fill_numbers(values, &event);
    fill_texts(values, &arena, &event);
    *ret_event = event;
    return RC_OK;
}

enum rc event_decode(const char *json, size_t json_bytes, struct event *ret_event, char *errstr, size_t errstr_bytes)
{
    struct json_value values[EVENT_FIELD_COUNT];
    struct cJSON *root = NULL;
    enum rc rc = json_parse(json, json_bytes, EVENT_JSON_MAX_BYTES, &root, errstr, errstr_bytes);

    if (rc == RC_OK)
        rc = json_read_object(root, fields, EVENT_FIELD_COUNT, values, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = build_event(root, values, ret_event, errstr, errstr_bytes);
    json_close(root);
    /* Events are written by workers, so whatever is wrong with one is damage and not somebody's input. */
    return rc == RC_OK || rc == RC_NO_MEMORY ? rc : RC_CORRUPT;
}

void event_close(struct event *event)
{
    free(event->block);
    memset(event, 0, sizeof *event);
}
