#include "outcome.h"

#include <stdbool.h>

#define STATUS_GONE 410
#define STATUS_TOO_MANY_REQUESTS 429
#define STATUS_UNAVAILABLE 503

/* Elsewhere Retry-After has no meaning in HTTP, so it is not obeyed. */
static bool heeds_retry_after(int32_t status)
{
    return status == STATUS_TOO_MANY_REQUESTS || status == STATUS_UNAVAILABLE || (status >= 300 && status <= 399);
}

static int64_t get_wait_min_ms(const struct courier_result *result, int64_t retry_after_max_ms)
{
    if (!heeds_retry_after(result->status) || result->retry_after_ms <= 0)
        return 0;
    return result->retry_after_ms < retry_after_max_ms ? result->retry_after_ms : retry_after_max_ms;
}

static struct outcome judge_status(const struct courier_result *result, int64_t retry_after_max_ms)
{
    if (result->status >= 200 && result->status <= 299)
        return (struct outcome){.kind = OUTCOME_SUCCESS, .error_class = ""};
    if (result->status == STATUS_GONE)
        return (struct outcome){.kind = OUTCOME_FAILURE, .error_class = "status"};
    return (struct outcome){
        .kind = OUTCOME_RETRY, .wait_min_ms = get_wait_min_ms(result, retry_after_max_ms), .error_class = "status"};
}

struct outcome outcome_judge(const struct courier_result *result, int64_t retry_after_max_ms)
{
    if (result->class == COURIER_ANSWERED)
        return judge_status(result, retry_after_max_ms);
    return (struct outcome){.kind = result->class == COURIER_DENIED ? OUTCOME_FAILURE : OUTCOME_RETRY,
                            .error_class = courier_class_get_name(result->class)};
}
