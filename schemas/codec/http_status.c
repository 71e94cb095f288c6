#include "http_status.h"

#include <stdbool.h>

#define STATUS_GONE 410
#define STATUS_TOO_MANY_REQUESTS 429
#define STATUS_UNAVAILABLE 503

enum http_verdict http_status_judge(int32_t status)
{
    if (status >= 200 && status <= 299)
        return HTTP_SUCCESS;
    return status == STATUS_GONE ? HTTP_FINAL : HTTP_RETRY;
}

int64_t http_status_get_wait_min_ms(int32_t status, int64_t retry_after_ms, int64_t max_ms)
{
    bool is_heeded =
        status == STATUS_TOO_MANY_REQUESTS || status == STATUS_UNAVAILABLE || (status >= 300 && status <= 399);

    if (!is_heeded || retry_after_ms <= 0)
        return 0;
    return retry_after_ms < max_ms ? retry_after_ms : max_ms;
}
