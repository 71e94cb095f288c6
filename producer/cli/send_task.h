/* send_task: the task that the options of `send` describe.
 *
 * Memory:  send_task_new() gives a task, free with autohttp_task_free().
 * Threads: any.
 * Errors:  RC_INVALID, errstr naming the option; RC_NO_MEMORY.
 */
#ifndef CLI_SEND_TASK_H
#define CLI_SEND_TASK_H

#include "autohttp.h"
#include "options.h"
#include "rc.h"
#include <stdbool.h>
#include <stdint.h>

#define SEND_TASK_TYPE_DEFAULT "manual"

struct send_values {
    const char *method;
    struct option_list headers;
    const char *data;
    const char *type;
    const char *id;
    const char *ladder;
    int64_t step_ms;  /* -1: not given */
    int64_t times;    /* -1: not given */
    int64_t delay_ms; /* -1: not given */
    const char *not_before;
    int64_t timeout_ms; /* 0: not given */
    const char *duplicate;
    const char *idempotency_key;
    bool is_wait;
    int64_t wait_timeout_ms; /* 0: none */
    bool is_dry_run;
    const char *batch;
};

enum rc send_task_new(const struct send_values *values, const char *url, autohttp_task_t **ret_task, char *errstr,
                      size_t errstr_bytes);

#endif
