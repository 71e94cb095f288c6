#include "detail_json.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "base64.h"
#include "json.h"
#include "task_parts.h"

#define ALIGN_ROOM_BYTES 64

enum content_field {
    CONTENT_FIELD_HEADER,
    CONTENT_FIELD_BODY,
    CONTENT_FIELD_BODY_BASE64,
    CONTENT_FIELD_COUNT,
};

static const struct json_field content_fields[CONTENT_FIELD_COUNT] = {
    [CONTENT_FIELD_HEADER] = {"header", JSON_OBJECT, false, 0, 0},
    [CONTENT_FIELD_BODY] = {"body", JSON_TEXT, false, 0, TASK_BODY_MAX_BYTES},
    [CONTENT_FIELD_BODY_BASE64] = {"body_base64", JSON_TEXT, false, 0, BASE64_TEXT_BYTES(TASK_BODY_MAX_BYTES)},
};

static const struct json_field content_object = {"content", JSON_OBJECT, true, 0, 0};
static const struct json_field error_field = {"content_error", JSON_TEXT, false, 1, DETAIL_ERROR_MAX_BYTES};

static enum rc fill_content(const struct cJSON *content, struct arena *arena, struct detail *detail, char *errstr,
                            size_t errstr_bytes)
{
    struct json_value values[CONTENT_FIELD_COUNT];
    struct json_value object;
    enum rc rc = RC_OK;

    if (content == NULL || json_is_null(content))
        return RC_OK;
    rc = json_read_value(content, &content_object, &object, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = json_read_object(content, content_fields, CONTENT_FIELD_COUNT, values, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = task_parts_read_headers(&values[CONTENT_FIELD_HEADER], arena, &detail->headers, &detail->header_count,
                                     errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = task_parts_read_body(&values[CONTENT_FIELD_BODY], &values[CONTENT_FIELD_BODY_BASE64], arena, &detail->body,
                                  &detail->body_bytes, errstr, errstr_bytes);
    detail->has_content = true;
    return rc;
}

static enum rc fill_error(const struct cJSON *error, struct arena *arena, struct detail *detail, char *errstr,
                          size_t errstr_bytes)
{
    struct json_value value;
    enum rc rc = RC_OK;

    if (error == NULL)
        return RC_OK;
    rc = json_read_value(error, &error_field, &value, errstr, errstr_bytes);
    if (rc == RC_OK)
        detail->content_error = arena_copy_text(arena, value.text, value.text_bytes);
    return rc;
}

/* What a row does not have, in a block of its own. */
static enum rc build_content(const struct cJSON *content, const struct cJSON *error, struct detail *detail,
                             char *errstr, size_t errstr_bytes)
{
    struct arena arena = {0};
    size_t block_bytes = (content != NULL ? json_get_copy_bytes(content) : 0) +
                         (error != NULL ? json_get_copy_bytes(error) : 0) + ALIGN_ROOM_BYTES;
    enum rc rc = RC_OK;

    if (content == NULL && error == NULL)
        return RC_OK;
    if (!arena_init(&arena, block_bytes))
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory");
    detail->block = arena.base;
    rc = fill_content(content, &arena, detail, errstr, errstr_bytes);
    return rc == RC_OK ? fill_error(error, &arena, detail, errstr, errstr_bytes) : rc;
}

enum rc detail_decode(const char *json, size_t json_bytes, struct detail *ret_detail, char *errstr, size_t errstr_bytes)
{
    struct detail detail = {0};
    struct cJSON *root = NULL;
    struct cJSON *content = NULL;
    struct cJSON *error = NULL;
    enum rc rc = json_parse(json, json_bytes, DETAIL_JSON_MAX_BYTES, &root, errstr, errstr_bytes);

    if (rc != RC_OK)
        goto out;
    /* Taken out, so that the rest is read as a row: a second one of the name is then refused there. */
    content = json_take_member(root, content_object.name);
    error = json_take_member(root, error_field.name);
    rc = row_decode_tree(root, &detail.row, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = build_content(content, error, &detail, errstr, errstr_bytes);
    if (rc == RC_OK)
        *ret_detail = detail;
    else
        detail_close(&detail);
out:
    json_close(error);
    json_close(content);
    json_close(root);
    return rc == RC_OK || rc == RC_NO_MEMORY ? rc : RC_CORRUPT; /* as row_decode() */
}

void detail_close(struct detail *detail)
{
    row_close(&detail->row);
    free(detail->block);
    memset(detail, 0, sizeof *detail);
}
