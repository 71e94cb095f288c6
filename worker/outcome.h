/* outcome: what an attempt means for its task: success, retry (not before some time), or failure, and why. Pure.
 *
 * An answer is judged by http_status.h, its Retry-After capped by the setting; an egress refusal is final; whatever
 * else kept an answer from coming retries on the schedule.
 *
 * Memory:  values.
 * Threads: any.
 */
#ifndef WORKER_OUTCOME_H
#define WORKER_OUTCOME_H

#include "courier.h"
#include <stdint.h>

enum outcome_kind {
    OUTCOME_SUCCESS = 1,
    OUTCOME_RETRY,   /* by the schedule, and not before wait_min_ms after the attempt's end */
    OUTCOME_FAILURE, /* final whatever the schedule says */
};

/* Classes that do not come from the courier: the plugin did not let an answer pass; a hook of it failed. */
#define OUTCOME_CLASS_BODY_CHECK "body_check"
#define OUTCOME_CLASS_PLUGIN "plugin"

struct outcome {
    enum outcome_kind kind;
    int64_t wait_min_ms;     /* 0: the schedule alone decides */
    const char *error_class; /* "" on success, else dns, connect, tls, timeout, reset, too_large, denied, protocol,
                                status; plugin, body_check */
};

struct outcome outcome_judge(const struct courier_result *result, int64_t retry_after_max_ms);

#endif
