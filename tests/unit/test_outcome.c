/* outcome: every rule, one row each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "outcome.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

struct row {
    const char *name;
    enum courier_class class;
    int32_t status;
    int64_t retry_after_ms;
    enum outcome_kind kind;
    int64_t wait_min_ms;
    const char *error_class;
};

static const struct row rows[] = {
    {"ok_is_success", COURIER_ANSWERED, 200, -1, OUTCOME_SUCCESS, 0, ""},
    {"every_2xx_is_success", COURIER_ANSWERED, 299, -1, OUTCOME_SUCCESS, 0, ""},
    {"no_content_is_success", COURIER_ANSWERED, 204, -1, OUTCOME_SUCCESS, 0, ""},
    {"success_ignores_retry_after", COURIER_ANSWERED, 202, 5000, OUTCOME_SUCCESS, 0, ""},
    {"199_is_no_success", COURIER_ANSWERED, 199, -1, OUTCOME_RETRY, 0, "status"},
    {"switching_protocols_retries", COURIER_ANSWERED, 101, -1, OUTCOME_RETRY, 0, "status"},
    {"redirect_is_an_answer_and_retries", COURIER_ANSWERED, 300, -1, OUTCOME_RETRY, 0, "status"},
    {"redirect_heeds_retry_after", COURIER_ANSWERED, 301, 7000, OUTCOME_RETRY, 7000, "status"},
    {"last_redirect_heeds_retry_after", COURIER_ANSWERED, 399, 7000, OUTCOME_RETRY, 7000, "status"},
    {"bad_request_retries", COURIER_ANSWERED, 400, -1, OUTCOME_RETRY, 0, "status"},
    {"bad_request_ignores_retry_after", COURIER_ANSWERED, 400, 7000, OUTCOME_RETRY, 0, "status"},
    {"not_found_retries", COURIER_ANSWERED, 404, -1, OUTCOME_RETRY, 0, "status"},
    {"request_timeout_retries", COURIER_ANSWERED, 408, -1, OUTCOME_RETRY, 0, "status"},
    {"gone_is_final", COURIER_ANSWERED, 410, -1, OUTCOME_FAILURE, 0, "status"},
    {"gone_is_final_whatever_it_asks", COURIER_ANSWERED, 410, 7000, OUTCOME_FAILURE, 0, "status"},
    {"too_early_retries", COURIER_ANSWERED, 425, 7000, OUTCOME_RETRY, 0, "status"},
    {"too_many_requests_retries", COURIER_ANSWERED, 429, -1, OUTCOME_RETRY, 0, "status"},
    {"too_many_requests_heeds_retry_after", COURIER_ANSWERED, 429, 7000, OUTCOME_RETRY, 7000, "status"},
    {"server_error_retries", COURIER_ANSWERED, 500, 7000, OUTCOME_RETRY, 0, "status"},
    {"unavailable_heeds_retry_after", COURIER_ANSWERED, 503, 1000, OUTCOME_RETRY, 1000, "status"},
    {"retry_after_of_zero_is_none", COURIER_ANSWERED, 503, 0, OUTCOME_RETRY, 0, "status"},
    {"retry_after_at_the_cap_stays", COURIER_ANSWERED, 503, DAY_MS, OUTCOME_RETRY, DAY_MS, "status"},
    {"retry_after_is_capped", COURIER_ANSWERED, 503, 3 * DAY_MS, OUTCOME_RETRY, DAY_MS, "status"},
    {"unknown_status_retries", COURIER_ANSWERED, 799, -1, OUTCOME_RETRY, 0, "status"},
    {"dns_retries", COURIER_DNS, 0, -1, OUTCOME_RETRY, 0, "dns"},
    {"connect_retries", COURIER_CONNECT, 0, -1, OUTCOME_RETRY, 0, "connect"},
    {"tls_retries", COURIER_TLS, 0, -1, OUTCOME_RETRY, 0, "tls"},
    {"timeout_retries", COURIER_TIMEOUT, 0, -1, OUTCOME_RETRY, 0, "timeout"},
    {"reset_retries", COURIER_RESET, 0, -1, OUTCOME_RETRY, 0, "reset"},
    {"too_large_retries", COURIER_TOO_LARGE, 0, -1, OUTCOME_RETRY, 0, "too_large"},
    {"denied_is_final", COURIER_DENIED, 0, -1, OUTCOME_FAILURE, 0, "denied"},
    {"protocol_retries", COURIER_PROTOCOL, 0, -1, OUTCOME_RETRY, 0, "protocol"},
    {"internal_retries", COURIER_INTERNAL, 0, -1, OUTCOME_RETRY, 0, "internal"},
    {"status_counts_only_if_answered", COURIER_RESET, 200, -1, OUTCOME_RETRY, 0, "reset"},
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

static void outcome_is_as_the_row_says(void **state)
{
    const struct row *row = *state;
    struct courier_result result = {.class = row->class, .status = row->status, .retry_after_ms = row->retry_after_ms};
    struct outcome outcome = outcome_judge(&result, DAY_MS);

    assert_int_equal(outcome.kind, row->kind);
    assert_int_equal(outcome.wait_min_ms, row->wait_min_ms);
    assert_string_equal(outcome.error_class, row->error_class);
}

int main(void)
{
    struct CMUnitTest tests[ROW_COUNT];

    for (size_t i = 0; i < ROW_COUNT; i++)
        tests[i] = (struct CMUnitTest){rows[i].name, outcome_is_as_the_row_says, NULL, NULL, (void *)&rows[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
