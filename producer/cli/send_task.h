/* send_task: the task that the options of `send` describe.
 *
 * Memory:  send_task_new() gives a task, free with autohttp_task_free().
 * Threads: any.
 * Errors:  RC_INVALID, RC_TOO_LARGE, RC_NO_MEMORY. Those of send_task_new() are about the command line, errstr naming
 * the option; those of send_task_complete() about data: the body, or a rule that the task as a whole breaks.
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

/* A task with all that the options say but the body. */
enum rc send_task_new(const struct send_values *values, const char *url, autohttp_task_t **ret_task, char *errstr,
                      size_t errstr_bytes);
/* Reads the body, and judges the task as library and worker do. */
enum rc send_task_complete(const struct send_values *values, autohttp_task_t *task, char *errstr, size_t errstr_bytes);

#endif
