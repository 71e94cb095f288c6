/* http_status: what the status of an answer means for the task, whoever made the call.
 *
 * Rules, first that fits: 2xx is success; 410 is final; everything else retries on the schedule.
 * Retry-After is a minimum wait on 429, 503 and 3xx: elsewhere it has no meaning in HTTP, so it is not obeyed.
 *
 * Memory:  values.
 * Threads: any.
 */
#ifndef SCHEMAS_HTTP_STATUS_H
#define SCHEMAS_HTTP_STATUS_H

#include <stdint.h>

enum http_verdict {
    HTTP_SUCCESS = 1,
    HTTP_RETRY,
    HTTP_FINAL, /* no success, and no attempt follows whatever the schedule says */
};

/* A status of 0, no answer, retries. */
enum http_verdict http_status_judge(int32_t status);
/* What Retry-After asks for, at most max_ms; 0 if it asks for nothing or has no meaning with this status. */
int64_t http_status_get_wait_min_ms(int32_t status, int64_t retry_after_ms, int64_t max_ms);

#endif
