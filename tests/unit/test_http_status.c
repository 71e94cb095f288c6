#include "http_status.h"

#include "unit_table.h"

#define DAY_MS INT64_C(86400000)

struct answer {
    const char *name;
    int32_t status;
    int64_t retry_after_ms;
    enum http_verdict verdict;
    int64_t wait_min_ms;
};

static const struct answer answers[] = {
    {"no_status_retries", 0, -1, HTTP_RETRY, 0},
    {"199_is_no_success", 199, -1, HTTP_RETRY, 0},
    {"200_is_success", 200, 5000, HTTP_SUCCESS, 0},
    {"299_is_success", 299, -1, HTTP_SUCCESS, 0},
    {"300_heeds_retry_after", 300, 7000, HTTP_RETRY, 7000},
    {"399_heeds_retry_after", 399, 7000, HTTP_RETRY, 7000},
    {"400_ignores_retry_after", 400, 7000, HTTP_RETRY, 0},
    {"409_is_not_final", 409, -1, HTTP_RETRY, 0},
    {"410_is_final_whatever_it_asks", 410, 7000, HTTP_FINAL, 0},
    {"411_is_not_final", 411, -1, HTTP_RETRY, 0},
    {"429_heeds_retry_after", 429, 7000, HTTP_RETRY, 7000},
    {"500_ignores_retry_after", 500, 7000, HTTP_RETRY, 0},
    {"503_heeds_retry_after", 503, 1, HTTP_RETRY, 1},
    {"no_retry_after_is_no_wait", 503, -1, HTTP_RETRY, 0},
    {"wait_at_its_limit_stays", 503, DAY_MS, HTTP_RETRY, DAY_MS},
    {"wait_over_its_limit_is_cut", 503, DAY_MS + 1, HTTP_RETRY, DAY_MS},
};

static void answer_is_judged(void **state)
{
    const struct answer *row = *state;

    assert_int_equal(http_status_judge(row->status), row->verdict);
    assert_true(http_status_get_wait_min_ms(row->status, row->retry_after_ms, DAY_MS) == row->wait_min_ms);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, answers, answer_is_judged);
    return unit_table_run(&table);
}
