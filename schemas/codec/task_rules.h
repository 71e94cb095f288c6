/* task_rules: what the fields of a task may hold, for task_json.
 *
 * task_fields gives types and ranges; task_rules_check() judges what a range cannot say: characters, URL, header names,
 * and fields that exclude each other.
 *
 * Memory:  borrows.
 * Threads: any.
 * Errors:  RC_INVALID, errstr "field <name>: ...".
 */
#ifndef SCHEMAS_TASK_RULES_H
#define SCHEMAS_TASK_RULES_H

#include "json.h"
#include "rc.h"
#include "task_json.h"

enum task_field {
    TASK_FIELD_BUSINESS_TYPE = 0,
    TASK_FIELD_BUSINESS_ID,
    TASK_FIELD_URL,
    TASK_FIELD_METHOD,
    TASK_FIELD_HEADER,
    TASK_FIELD_BODY,
    TASK_FIELD_BODY_BASE64,
    TASK_FIELD_RETRY_TYPE,
    TASK_FIELD_LADDER_INTERVAL,
    TASK_FIELD_STEP_INTERVAL,
    TASK_FIELD_STEP_TIME,
    TASK_FIELD_NOT_BEFORE,
    TASK_FIELD_TIMEOUT,
    TASK_FIELD_DUPLICATE,
    TASK_FIELD_IDEMPOTENCY_KEY,
    TASK_FIELD_DEADLINE,
    TASK_FIELD_SUCCESS,
    TASK_FIELD_SIGN,
    TASK_FIELD_COUNT,
};

extern const struct json_field task_fields[TASK_FIELD_COUNT];
/* One wait of a ladder. Unlike a step's it may be 0: a ladder ends, so it cannot call without a pause for ever. */
extern const struct json_field task_ladder_wait_field;

/* Lengths and numbers of a task that was not decoded; what stands for a default (0, NULL) is in range. */
enum rc task_rules_check_ranges(const struct task *task, char *errstr, size_t errstr_bytes);
/* Characters of the two halves of a business key; their lengths hold. */
enum rc task_rules_check_key(const char *business_type, const char *business_id, char *errstr, size_t errstr_bytes);
/* All the rest. The ranges hold. */
enum rc task_rules_check(const struct task *task, char *errstr, size_t errstr_bytes);

#endif
