#include "control_json.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "json.h"
#include "json_print.h"
#include "task_json.h"
#include "task_rules.h"

#define COMMAND_MAX_BYTES 16

enum control_field {
    CONTROL_FIELD_COMMAND,
    CONTROL_FIELD_BUSINESS_TYPE,
    CONTROL_FIELD_BUSINESS_ID,
    CONTROL_FIELD_FORCE,
    CONTROL_FIELD_REASON,
    CONTROL_FIELD_COUNT,
};

static const struct json_field fields[CONTROL_FIELD_COUNT] = {
    [CONTROL_FIELD_COMMAND] = {"command", JSON_TEXT, true, 1, COMMAND_MAX_BYTES},
    [CONTROL_FIELD_BUSINESS_TYPE] = {"business_type", JSON_TEXT, true, 1, TASK_KEY_PART_MAX_BYTES},
    [CONTROL_FIELD_BUSINESS_ID] = {"business_id", JSON_TEXT, true, 1, TASK_KEY_PART_MAX_BYTES},
    [CONTROL_FIELD_FORCE] = {"force", JSON_BOOL, false, 0, 0},
    [CONTROL_FIELD_REASON] = {"reason", JSON_TEXT, false, 0, CONTROL_REASON_MAX_BYTES},
};

static const char *const command_names[] = {
    [CONTROL_STOP] = "stop",
    [CONTROL_RETRY] = "retry",
    [CONTROL_DELETE] = "delete",
};

const char *control_command_get_name(enum control_command command)
{
    return command >= CONTROL_STOP && command <= CONTROL_DELETE ? command_names[command] : "unknown";
}

static enum rc read_command(const struct json_value *values, struct control *control, char *errstr, size_t errstr_bytes)
{
    for (int i = CONTROL_STOP; i <= CONTROL_DELETE && control->command == 0; i++) {
        if (strcmp(values[CONTROL_FIELD_COMMAND].text, command_names[i]) == 0)
            control->command = (enum control_command)i;
    }
    if (control->command == 0)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field command: must be stop, retry or delete");
    if (values[CONTROL_FIELD_FORCE].is_given && control->command == CONTROL_RETRY)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field force: retry has nothing to abort");
    control->force = values[CONTROL_FIELD_FORCE].number != 0;
    return RC_OK;
}

static void fill_texts(const struct json_value *values, struct arena *arena, struct control *control)
{
    const struct json_value *type = &values[CONTROL_FIELD_BUSINESS_TYPE];
    const struct json_value *id = &values[CONTROL_FIELD_BUSINESS_ID];
    const struct json_value *reason = &values[CONTROL_FIELD_REASON];
    char *key = arena_take(arena, type->text_bytes + id->text_bytes + 2);

    memcpy(key, type->text, type->text_bytes);
    key[type->text_bytes] = ':';
    memcpy(key + type->text_bytes + 1, id->text, id->text_bytes + 1);
    control->key = key;
    control->key_bytes = type->text_bytes + 1 + id->text_bytes;
    control->business_type = arena_copy_text(arena, type->text, type->text_bytes);
    control->business_id = arena_copy_text(arena, id->text, id->text_bytes);
    control->reason = reason->is_given ? arena_copy_text(arena, reason->text, reason->text_bytes) : "";
}

static enum rc build_control(const struct cJSON *root, const struct json_value *values, struct control *ret_control,
                             char *errstr, size_t errstr_bytes)
{
    struct control control = {0};
    struct arena arena = {0};
    enum rc rc = read_command(values, &control, errstr, errstr_bytes);

    if (rc == RC_OK)
        rc = task_rules_check_key(values[CONTROL_FIELD_BUSINESS_TYPE].text, values[CONTROL_FIELD_BUSINESS_ID].text,
                                  errstr, errstr_bytes);
    if (rc != RC_OK)
        return rc;
    if (!arena_init(&arena, json_get_copy_bytes(root) + 2 * (TASK_KEY_PART_MAX_BYTES + 1)))
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory");
    control.block = arena.base;
    fill_texts(values, &arena, &control);
    *ret_control = control;
    return RC_OK;
}

enum rc control_decode(const char *json, size_t json_bytes, struct control *ret_control, char *errstr,
                       size_t errstr_bytes)
{
    struct json_value values[CONTROL_FIELD_COUNT];
    struct cJSON *root = NULL;
    enum rc rc = json_parse(json, json_bytes, CONTROL_JSON_MAX_BYTES, &root, errstr, errstr_bytes);

    if (rc == RC_OK)
        rc = json_read_object(root, fields, CONTROL_FIELD_COUNT, values, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = build_control(root, values, ret_control, errstr, errstr_bytes);
    json_close(root);
    return rc;
}

enum rc control_encode(const struct control *control, struct buffer *buffer)
{
    buffer_append_char(buffer, '{');
    json_print_text(buffer, fields[CONTROL_FIELD_COMMAND].name, control_command_get_name(control->command));
    json_print_text(buffer, fields[CONTROL_FIELD_BUSINESS_TYPE].name, control->business_type);
    json_print_text(buffer, fields[CONTROL_FIELD_BUSINESS_ID].name, control->business_id);
    if (control->force) {
        json_print_name(buffer, fields[CONTROL_FIELD_FORCE].name);
        buffer_append_text(buffer, "true");
    }
    if (control->reason != NULL && control->reason[0] != '\0')
        json_print_text(buffer, fields[CONTROL_FIELD_REASON].name, control->reason);
    buffer_append_char(buffer, '}');
    return buffer_is_ok(buffer) ? RC_OK : RC_NO_MEMORY;
}

void control_close(struct control *control)
{
    free(control->block);
    memset(control, 0, sizeof *control);
}
