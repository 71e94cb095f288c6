#include "outcome.h"

#include "http_status.h"

static struct outcome judge_status(const struct courier_result *result, int64_t retry_after_max_ms)
{
    enum http_verdict verdict = http_status_judge(result->status);

    if (verdict == HTTP_SUCCESS)
        return (struct outcome){.kind = OUTCOME_SUCCESS, .error_class = ""};
    return (struct outcome){
        .kind = verdict == HTTP_FINAL ? OUTCOME_FAILURE : OUTCOME_RETRY,
        .wait_min_ms = http_status_get_wait_min_ms(result->status, result->retry_after_ms, retry_after_max_ms),
        .error_class = "status",
    };
}

struct outcome outcome_judge(const struct courier_result *result, int64_t retry_after_max_ms)
{
    if (result->class == COURIER_ANSWERED)
        return judge_status(result, retry_after_max_ms);
    return (struct outcome){.kind = result->class == COURIER_DENIED ? OUTCOME_FAILURE : OUTCOME_RETRY,
                            .error_class = courier_class_get_name(result->class)};
}
