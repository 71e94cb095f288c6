#include "json.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "excerpt.h"

enum rc json_parse(const char *text, size_t text_bytes, size_t max_bytes, struct cJSON **ret_root, char *errstr,
                   size_t errstr_bytes)
{
    enum rc rc;
    cJSON *root;

    if (text_bytes > max_bytes)
        return rc_fail(RC_TOO_LARGE, errstr, errstr_bytes, "%zu bytes of JSON, at most %zu", text_bytes, max_bytes);
    rc = json_scan(text, text_bytes, errstr, errstr_bytes);
    if (rc != RC_OK)
        return rc;
    /* The scan is stricter than cJSON, so only memory is left to fail. */
    root = cJSON_ParseWithLength(text, text_bytes);
    if (root == NULL)
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory");
    *ret_root = root;
    return RC_OK;
}

void json_close(struct cJSON *root)
{
    cJSON_Delete(root);
}

struct cJSON *json_take_member(struct cJSON *object, const char *name)
{
    return cJSON_DetachItemFromObjectCaseSensitive(object, name);
}

enum rc json_check_text(const struct json_field *field, size_t text_bytes, char *errstr, size_t errstr_bytes)
{
    if (text_bytes < (uint64_t)field->min)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field %s: %s", field->name,
                       text_bytes == 0 ? "empty" : "too short");
    if (text_bytes > (uint64_t)field->max)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field %s: %zu bytes, at most %" PRId64, field->name,
                       text_bytes, field->max);
    return RC_OK;
}

/* Limits of seconds are shown in seconds: that is what the author of the JSON wrote. */
static enum rc fail_range(const struct json_field *field, const char *relation, int64_t limit, char *errstr,
                          size_t errstr_bytes)
{
    if (field->type == JSON_SECONDS)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field %s: %s %.15g s", field->name, relation,
                       (double)limit / 1000);
    return rc_fail(RC_INVALID, errstr, errstr_bytes, "field %s: %s %" PRId64, field->name, relation, limit);
}

enum rc json_check_number(const struct json_field *field, int64_t number, char *errstr, size_t errstr_bytes)
{
    if (number < field->min)
        return fail_range(field, "below the minimum of", field->min, errstr, errstr_bytes);
    if (number > field->max)
        return fail_range(field, "above the maximum of", field->max, errstr, errstr_bytes);
    return RC_OK;
}

static enum rc fail_type(const struct json_field *field, const char *wanted, char *errstr, size_t errstr_bytes)
{
    return rc_fail(RC_INVALID, errstr, errstr_bytes, "field %s: must be %s", field->name, wanted);
}

static enum rc read_text(const cJSON *node, const struct json_field *field, struct json_value *value, char *errstr,
                         size_t errstr_bytes)
{
    if (!cJSON_IsString(node))
        return fail_type(field, "a string", errstr, errstr_bytes);
    value->text = node->valuestring;
    value->text_bytes = strlen(node->valuestring);
    return json_check_text(field, value->text_bytes, errstr, errstr_bytes);
}

/* The scan let only numbers through that a double tells apart, so this is exact. */
static enum rc read_number(const cJSON *node, const struct json_field *field, struct json_value *value, char *errstr,
                           size_t errstr_bytes)
{
    bool is_seconds = field->type == JSON_SECONDS;

    if (!cJSON_IsNumber(node))
        return fail_type(field, is_seconds ? "a number of seconds" : "a whole number", errstr, errstr_bytes);
    if (!is_seconds && node->valuedouble != floor(node->valuedouble))
        return fail_type(field, "a whole number", errstr, errstr_bytes);
    value->number = is_seconds ? llround(node->valuedouble * 1000) : (int64_t)node->valuedouble;
    return json_check_number(field, value->number, errstr, errstr_bytes);
}

static enum rc read_array(const cJSON *node, const struct json_field *field, struct json_value *value, char *errstr,
                          size_t errstr_bytes)
{
    size_t count = json_count(node);

    if (!cJSON_IsArray(node))
        return fail_type(field, "an array", errstr, errstr_bytes);
    if (count < (uint64_t)field->min || count > (uint64_t)field->max)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field %s: %zu items, must have %" PRId64 "..%" PRId64,
                       field->name, count, field->min, field->max);
    value->node = node;
    return RC_OK;
}

enum rc json_read_value(const struct cJSON *node, const struct json_field *field, struct json_value *ret_value,
                        char *errstr, size_t errstr_bytes)
{
    memset(ret_value, 0, sizeof *ret_value);
    ret_value->is_given = true;
    switch (field->type) {
    case JSON_TEXT:
        return read_text(node, field, ret_value, errstr, errstr_bytes);
    case JSON_INTEGER:
    case JSON_SECONDS:
        return read_number(node, field, ret_value, errstr, errstr_bytes);
    case JSON_BOOL:
        ret_value->number = cJSON_IsTrue(node);
        return cJSON_IsBool(node) ? RC_OK : fail_type(field, "true or false", errstr, errstr_bytes);
    case JSON_OBJECT:
        ret_value->node = node;
        return cJSON_IsObject(node) ? RC_OK : fail_type(field, "an object", errstr, errstr_bytes);
    case JSON_ARRAY:
        return read_array(node, field, ret_value, errstr, errstr_bytes);
    case JSON_UNBUILT:
        break;
    }
    return rc_fail(RC_UNSUPPORTED, errstr, errstr_bytes, "field %s: its effect is not built yet", field->name);
}

/* field_count if the table has no such name. Writers mostly keep the table's order, so the search starts at hint. */
static size_t find_field(const struct json_field *fields, size_t field_count, size_t hint, const char *name)
{
    for (size_t n = 0; n < field_count; n++) {
        size_t i = (hint + n) % field_count;

        if (strcmp(fields[i].name, name) == 0)
            return i;
    }
    return field_count;
}

static enum rc check_required(const struct json_field *fields, size_t field_count, const struct json_value *values,
                              char *errstr, size_t errstr_bytes)
{
    for (size_t i = 0; i < field_count; i++) {
        if (fields[i].is_required && !values[i].is_given)
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "field %s: missing", fields[i].name);
    }
    return RC_OK;
}

enum rc json_read_object(const struct cJSON *object, const struct json_field *fields, size_t field_count,
                         struct json_value *ret_values, char *errstr, size_t errstr_bytes)
{
    char excerpt[EXCERPT_BYTES];
    size_t hint = 0;

    memset(ret_values, 0, field_count * sizeof *ret_values);
    for (const cJSON *node = object->child; node != NULL; node = node->next) {
        size_t i = find_field(fields, field_count, hint, node->string);
        enum rc rc;

        if (i == field_count)
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "field %s: unknown",
                           excerpt_print(node->string, strlen(node->string), excerpt));
        if (ret_values[i].is_given)
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "field %s: comes twice", fields[i].name);
        rc = json_read_value(node, &fields[i], &ret_values[i], errstr, errstr_bytes);
        if (rc != RC_OK)
            return rc;
        hint = i + 1;
    }
    return check_required(fields, field_count, ret_values, errstr, errstr_bytes);
}

const struct cJSON *json_get_first(const struct cJSON *node)
{
    return node->child;
}

const struct cJSON *json_get_next(const struct cJSON *node)
{
    return node->next;
}

size_t json_count(const struct cJSON *node)
{
    size_t count = 0;

    for (const cJSON *child = node->child; child != NULL; child = child->next)
        count++;
    return count;
}

const char *json_get_name(const struct cJSON *node)
{
    return node->string;
}

bool json_is_null(const struct cJSON *node)
{
    return cJSON_IsNull(node);
}

const char *json_get_text(const struct cJSON *node)
{
    return cJSON_IsString(node) ? node->valuestring : NULL;
}

size_t json_get_copy_bytes(const struct cJSON *root)
{
    size_t bytes = 0;

    /* Recursion is bounded: json_scan() counted the levels. */
    for (const cJSON *child = root->child; child != NULL; child = child->next)
        bytes += json_get_copy_bytes(child);
    if (root->string != NULL)
        bytes += strlen(root->string) + 1;
    if (root->valuestring != NULL)
        bytes += strlen(root->valuestring) + 1;
    return bytes + 2 * sizeof(void *);
}
