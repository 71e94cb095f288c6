/* The n-th allocation fails, for n = 1, 2, ... until the scenario passes: each failure is an answer, and nothing is
 * lost or left. The linker's --wrap reroutes the allocations of library and codec, not those of librdkafka, libcurl,
 * cJSON. */
#include "autohttp.h"
#include "cmocka_all.h"
#include "test_library_broker.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define T AUTOHTTP_TEXT
#define WAIT_MS 20000
#define SCENARIO_MAX 10000

/* Allocations of this thread that still succeed; < 0: all. */
static _Thread_local int left_count = -1;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool must_fail(void)
{
    if (left_count < 0) {
        return false;
    }
    if (left_count == 0) {
        return true; /* and so do all that follow: memory does not come back */
    }
    left_count--;
    return false;
}

void *__wrap_malloc(size_t size)
{
    return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return must_fail() ? NULL : __real_realloc(old, size);
}

struct scenario {
    struct broker broker;
    autohttp_t *handle;
    char secret_path[64];
    enum autohttp_rc rc; /* of the step that failed; AUTOHTTP_OK: passed */
};

typedef void (*scenario_cb)(struct scenario *scenario);

/* Whether a scenario goes on. */
static bool step(struct scenario *scenario, enum autohttp_rc rc)
{
    scenario->rc = rc;
    return rc == AUTOHTTP_OK;
}

static enum autohttp_rc get_new_rc(const void *object)
{
    return object == NULL ? AUTOHTTP_NO_MEMORY : AUTOHTTP_OK;
}

static void run_config(struct scenario *scenario)
{
    autohttp_config_t *config = autohttp_config_new();
    autohttp_t *handle = NULL;

    if (step(scenario, get_new_rc(config)) &&
        step(scenario, autohttp_config_set(config, "sasl.password_file", scenario->secret_path, NULL, 0))) {
        handle = autohttp_new(config, NULL, 0);
        step(scenario, get_new_rc(handle));
    }
    autohttp_free(handle, 0);
    autohttp_config_free(config);
}

static bool fill_task(struct scenario *scenario, autohttp_task_t *task)
{
    const int64_t wait_ms[] = {1000, 2000};

    return step(scenario, autohttp_task_set_business_key(task, "order", T, "1", T)) &&
           step(scenario, autohttp_task_set_url(task, "http://127.0.0.1/", T)) &&
           step(scenario, autohttp_task_set_method(task, "PUT", T)) &&
           step(scenario, autohttp_task_add_header(task, "X-A", T, "1", T)) &&
           step(scenario, autohttp_task_add_header(task, "X-B", T, "2", T)) &&
           step(scenario, autohttp_task_set_body(task, "body", T)) &&
           step(scenario, autohttp_task_set_ladder(task, wait_ms, 2)) &&
           step(scenario, autohttp_task_set_idempotency_key(task, "k", T));
}

/* A published task draws another publish id when it is changed; nothing here needs memory, and must not fail for it. */
static bool change_task(struct scenario *scenario, autohttp_task_t *task)
{
    return step(scenario, autohttp_task_clear_headers(task)) && step(scenario, autohttp_task_set_step(task, 1000, 1)) &&
           step(scenario, autohttp_task_set_duplicate(task, "replace", T)) &&
           step(scenario, autohttp_task_set_timeout(task, 1000)) &&
           step(scenario, autohttp_task_set_not_before(task, 1)) &&
           step(scenario, autohttp_task_set_publish_id(task, "00112233445566778899aabbccddeeff", T)) &&
           step(scenario, autohttp_task_check(task, NULL, 0));
}

static void run_task(struct scenario *scenario)
{
    char json[1024];
    size_t json_bytes = 0;
    autohttp_task_t *again = NULL;
    autohttp_task_t *task = autohttp_task_new();

    if (step(scenario, get_new_rc(task)) && fill_task(scenario, task) &&
        step(scenario, autohttp_task_to_json(task, json, sizeof json, &json_bytes, NULL, 0))) {
        step(scenario, autohttp_task_from_json(json, json_bytes, &again, NULL, 0));
    }
    autohttp_task_free(again);
    autohttp_task_free(task);
}

static void run_publish(struct scenario *scenario)
{
    autohttp_task_t *task = autohttp_task_new();

    if (step(scenario, get_new_rc(task)) && fill_task(scenario, task) &&
        step(scenario, autohttp_publish(scenario->handle, task, NULL, NULL, NULL, 0)) && change_task(scenario, task)) {
        step(scenario, autohttp_publish_sync(scenario->handle, task, WAIT_MS, NULL, NULL, 0));
    }
    autohttp_task_free(task);
}

static void run_command(struct scenario *scenario)
{
    autohttp_command_t *command = autohttp_command_new("order", T, "1", T);

    if (step(scenario, get_new_rc(command)) && step(scenario, autohttp_command_set_reason(command, "why", T)) &&
        step(scenario, autohttp_retry(scenario->handle, command, NULL, NULL, NULL, 0)) &&
        step(scenario, autohttp_retry_sync(scenario->handle, command, WAIT_MS, NULL, NULL, NULL, 0))) {
        autohttp_command_set_force(command, 1);
        (void)(step(scenario, autohttp_stop(scenario->handle, command, NULL, NULL, NULL, 0)) &&
               step(scenario, autohttp_stop_sync(scenario->handle, command, WAIT_MS, NULL, NULL, NULL, 0)) &&
               step(scenario, autohttp_delete_task(scenario->handle, command, NULL, NULL, NULL, 0)) &&
               step(scenario, autohttp_delete_task_sync(scenario->handle, command, WAIT_MS, NULL, NULL, NULL, 0)));
    }
    autohttp_command_free(command);
}

/* One call with options that is saved, one form, one JSON; nobody listens at the URL. */
static void run_inline(struct scenario *scenario)
{
    static const char *const pairs[] = {"name", "value"};
    autohttp_result_t *results[3] = {NULL, NULL, NULL};
    autohttp_call_t *call = autohttp_call_new();

    if (step(scenario, get_new_rc(call)) &&
        step(scenario, autohttp_task_add_header(autohttp_call_get_task(call), "X-A", T, "1", T))) {
        results[0] = autohttp_get(scenario->handle, "order", "1", "http://127.0.0.1:1/", call);
        if (step(scenario, autohttp_result_get_rc(results[0]))) {
            results[1] = autohttp_post_form(scenario->handle, "order", "2", "http://127.0.0.1:1/", pairs, 1, NULL);
            step(scenario, autohttp_result_get_rc(results[1]));
        }
        if (scenario->rc == AUTOHTTP_OK) {
            results[2] = autohttp_post_json(scenario->handle, "order", "3", "http://127.0.0.1:1/", "{}", T, NULL);
            step(scenario, autohttp_result_get_rc(results[2]));
        }
    }
    for (int i = 0; i < 3; i++) {
        assert_true(scenario->rc == AUTOHTTP_OK || results[i] == NULL ||
                    autohttp_result_get_outcome(results[i]) != AUTOHTTP_DELIVERED);
        assert_non_null(autohttp_result_get_errstr(results[i]));
        if (autohttp_result_get_outcome(results[i]) == AUTOHTTP_NOT_SAVED) {
            assert_int_equal(autohttp_result_save(scenario->handle, results[i], WAIT_MS), AUTOHTTP_NO_MEMORY);
        }
        autohttp_result_free(results[i]);
    }
    autohttp_call_free(call);
}

static void run_item(struct scenario *scenario)
{
    static const char row[] =
        "{\"id\":\"844424930132969\",\"business_type\":\"order\",\"business_id\":\"1001\",\"url\":\"http"
        "s://shop.example/hooks/paid\",\"method\":\"POST\",\"retry_type\":\"step\",\"retry_count\":0,\"s"
        "tatus\":2,\"attempts\":1,\"request_time\":1800000000.125,\"last_retry_time\":1800000060.2,\"nex"
        "t_retry_time\":0,\"success_time\":1800000060.4,\"entered\":313,\"src\":\"delay.60000ms-3-17\",\""
        "at\":\"\",\"epoch\":7,\"ctl\":-1,\"last_status\":200,\"last_error\":\"\",\"retry_step_interval\""
        ":60,\"retry_step_time\":0}";
    autohttp_item_t *item = NULL;

    step(scenario, autohttp_item_from_json(row, T, &item, NULL, 0));
    autohttp_item_free(item);
}

/* Fails the 1st, 2nd, ... allocation until one run passes; at least min_count runs must have failed. */
static void fail_each_allocation(struct scenario *scenario, scenario_cb run, int min_count)
{
    for (int n = 0; n < SCENARIO_MAX; n++) {
        left_count = n;
        run(scenario);
        left_count = -1;
        if (scenario->rc == AUTOHTTP_OK) {
            assert_true(n >= min_count);
            return;
        }
        assert_int_equal(scenario->rc, AUTOHTTP_NO_MEMORY);
    }
    fail_msg("still failing after %d allocations", SCENARIO_MAX);
}

static int setup(void **state)
{
    struct scenario *scenario = calloc(1, sizeof *scenario);
    int fd = -1;

    assert_non_null(scenario);
    broker_open(&scenario->broker);
    scenario->handle = broker_make_handle(&scenario->broker, NULL, NULL);
    snprintf(scenario->secret_path, sizeof scenario->secret_path, "/tmp/autohttp-secret-XXXXXX");
    fd = mkstemp(scenario->secret_path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "secret\n", 7), 7);
    close(fd);
    *state = scenario;
    return 0;
}

static int teardown(void **state)
{
    struct scenario *scenario = *state;

    unlink(scenario->secret_path);
    autohttp_free(scenario->handle, WAIT_MS);
    broker_close(&scenario->broker);
    free(scenario);
    return 0;
}

static void config_survives_every_failed_allocation(void **state)
{
    fail_each_allocation(*state, run_config, 3);
}

static void task_survives_every_failed_allocation(void **state)
{
    fail_each_allocation(*state, run_task, 20);
}

static void publish_survives_every_failed_allocation(void **state)
{
    fail_each_allocation(*state, run_publish, 15);
}

static void command_survives_every_failed_allocation(void **state)
{
    fail_each_allocation(*state, run_command, 8);
}

static void inline_calls_survive_every_failed_allocation(void **state)
{
    fail_each_allocation(*state, run_inline, 40);
}

static void item_survives_every_failed_allocation(void **state)
{
    fail_each_allocation(*state, run_item, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_survives_every_failed_allocation),
        cmocka_unit_test(task_survives_every_failed_allocation),
        cmocka_unit_test(publish_survives_every_failed_allocation),
        cmocka_unit_test(command_survives_every_failed_allocation),
        cmocka_unit_test(inline_calls_survive_every_failed_allocation),
        cmocka_unit_test(item_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
