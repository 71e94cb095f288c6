/* task_json: the task as published, from and to JSON (task.schema.json). One strict reading for library and worker.
 *
 * A task is immutable. task_decode() judges everything that can be judged without a network: field names (unknown ones
 * refused; those whose effect is not built refused by name with RC_UNSUPPORTED), types, ranges, URL (url.h), header
 * names and values, body size. Waits and times are milliseconds here, seconds with up to three decimals in JSON.
 *
 * Memory:  task_decode() fills a struct whose pointers lie in one block, freed by task_close(); it borrows the JSON and
 *          writes *ret_task only on success. All texts are NUL-terminated, a body too (not counted). A task built by
 *          hand borrows its texts and has block NULL. A zeroed struct may be closed.
 * Threads: a decoded task is read-only; any thread.
 * Errors:  RC_INVALID, RC_UNSUPPORTED, RC_TOO_LARGE, RC_NO_MEMORY; errstr names field, value and limit.
 */
#ifndef SCHEMAS_TASK_JSON_H
#define SCHEMAS_TASK_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "header.h"
#include "rc.h"

#define TASK_JSON_MAX_BYTES (2 * 1024 * 1024) /* the record's value */
#define TASK_BODY_MAX_BYTES (1024 * 1024)     /* decoded */
#define TASK_KEY_PART_MAX_BYTES 255           /* business_type, business_id, each */
#define TASK_URL_MAX_BYTES 8192
#define TASK_METHOD_MAX_BYTES 32
#define TASK_HEADER_MAX_COUNT 100
#define TASK_HEADERS_MAX_BYTES (64 * 1024) /* all names and values together */
#define TASK_IDEMPOTENCY_KEY_MAX_BYTES 255
#define TASK_LADDER_MAX 64
#define TASK_WAIT_MAX_MS (INT64_C(365) * 24 * 60 * 60 * 1000)
#define TASK_STEP_TIME_MAX INT64_C(1000000000)
#define TASK_TIME_MAX_MS INT64_C(253402300799000) /* end of year 9999 */
#define TASK_TIMEOUT_MIN_MS 1
#define TASK_TIMEOUT_MAX_MS (10 * 60 * 1000)
#define TASK_STEP_DEFAULT_INTERVAL_MS 60000

enum task_retry_type {
    TASK_RETRY_STEP = 1, /* the default, also meant by 0 */
    TASK_RETRY_LADDER,
};

struct task_header {
    const char *name;
    const char *value;
};

struct task {
    const char *business_type; /* 1..255 bytes, no colon */
    const char *business_id;   /* 1..255 bytes */
    const char *key;           /* business_type:business_id */
    size_t key_bytes;
    const char *url;
    const char *method;                /* upper-case token; default GET without a body, POST with one */
    const struct task_header *headers; /* header_count of them, in the order given */
    size_t header_count;
    const char *body; /* decoded; may hold any byte; NULL without a body */
    size_t body_bytes;
    bool has_body; /* an empty body is a body */
    enum task_retry_type retry_type;
    const int64_t *ladder_interval_ms; /* ladder only: ladder_count of them, each 0..TASK_WAIT_MAX_MS */
    uint32_t ladder_count;
    int64_t step_interval_ms; /* step only; 0 stands for the default, task_decode() fills that in */
    int64_t step_time;        /* step only: retries; 0 = no limit */
    /* What the task itself names, so that a worker's default never takes its place. In a task built by hand a value
     * that is not the default is named without its flag. */
    bool has_retry_type;
    bool has_ladder_interval; /* an empty ladder is a ladder */
    bool has_step_interval;   /* and step_interval_ms is not 0 */
    bool has_step_time;
    int64_t not_before_time_ms; /* 0: at once */
    int64_t timeout_ms;         /* of one attempt; 0: the worker's default */
    enum duplicate_policy duplicate;
    const char *idempotency_key; /* NULL: derived */
    void *block;
};

enum rc task_decode(const char *json, size_t json_bytes, struct task *ret_task, char *errstr, size_t errstr_bytes);
/* Judges a task built field by field with the rules of task_decode(); key, block and defaults need not be set. */
enum rc task_check(const struct task *task, char *errstr, size_t errstr_bytes);
/* Appends the JSON of a checked task; task_decode() gives the same task back. The body goes as "body" if it is UTF-8
 * without NUL and no longer escaped than as base64, else as "body_base64"; so the JSON of a checked task never exceeds
 * TASK_JSON_MAX_BYTES. Fields at their default are left out unless the task names them. RC_NO_MEMORY if the buffer
 * could not grow. */
enum rc task_encode(const struct task *task, struct buffer *buffer);
void task_close(struct task *task);

/* "step", "ladder"; "" for 0. Parse gives RC_INVALID for anything else. */
const char *task_retry_type_get_name(enum task_retry_type retry_type);
enum rc task_retry_type_parse(const char *text, enum task_retry_type *ret_retry_type);

#endif
