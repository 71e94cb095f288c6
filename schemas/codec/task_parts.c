#include "task_parts.h"

#include <string.h>

#include "base64.h"
#include "task_rules.h"

static size_t count_given(const struct json_value *value)
{
    return value->is_given ? json_count(value->node) : 0;
}

enum rc task_parts_read_headers(const struct json_value *value, struct arena *arena,
                                const struct task_header **ret_headers, size_t *ret_count, char *errstr,
                                size_t errstr_bytes)
{
    size_t count = count_given(value);
    struct task_header *header = NULL;

    *ret_headers = NULL;
    *ret_count = count;
    if (count > TASK_HEADER_MAX_COUNT)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field header: %zu names, at most %d", count,
                       TASK_HEADER_MAX_COUNT);
    if (count == 0)
        return RC_OK;
    header = arena_take(arena, count * sizeof *header);
    *ret_headers = header;
    for (const struct cJSON *node = json_get_first(value->node); node != NULL; node = json_get_next(node), header++) {
        const char *name = json_get_name(node);
        const char *text = json_get_text(node);

        if (text == NULL)
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "field header: every value must be a string");
        header->name = arena_copy_text(arena, name, strlen(name));
        header->value = arena_copy_text(arena, text, strlen(text));
    }
    return RC_OK;
}

enum rc task_parts_read_ladder(const struct json_value *value, struct arena *arena, const int64_t **ret_wait_ms,
                               uint32_t *ret_count, char *errstr, size_t errstr_bytes)
{
    size_t count = count_given(value); /* at most TASK_LADDER_MAX: the field's range */
    int64_t *wait_ms = NULL;

    *ret_wait_ms = NULL;
    *ret_count = (uint32_t)count;
    if (count == 0)
        return RC_OK;
    wait_ms = arena_take(arena, count * sizeof *wait_ms);
    *ret_wait_ms = wait_ms;
    for (const struct cJSON *node = json_get_first(value->node); node != NULL; node = json_get_next(node)) {
        struct json_value wait;
        enum rc rc = json_read_value(node, &task_ladder_wait_field, &wait, errstr, errstr_bytes);

        if (rc != RC_OK)
            return rc;
        *wait_ms++ = wait.number;
    }
    return RC_OK;
}

enum rc task_parts_read_body(const struct json_value *plain, const struct json_value *encoded, struct arena *arena,
                             const char **ret_body, size_t *ret_body_bytes, char *errstr, size_t errstr_bytes)
{
    const struct json_value *given = encoded->is_given ? encoded : plain;
    char *body = NULL;

    *ret_body = NULL;
    *ret_body_bytes = 0;
    if (plain->is_given && encoded->is_given)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field body_base64: body is given too");
    if (!given->is_given)
        return RC_OK;
    body = arena_copy_text(arena, given->text, given->text_bytes); /* decoded it is shorter */
    *ret_body = body;
    *ret_body_bytes = given->text_bytes;
    if (!encoded->is_given)
        return RC_OK;
    if (base64_decode(encoded->text, encoded->text_bytes, body, ret_body_bytes) != RC_OK)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field body_base64: not base64 (RFC 4648, padded)");
    body[*ret_body_bytes] = '\0';
    return RC_OK;
}
