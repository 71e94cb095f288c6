/* The inline calls, against the scripted endpoint (its path is the argument) and a mock Kafka: what is judged, what is
 * sent, what is saved; with the endpoint down, with Kafka down, with both down. */
#include "autohttp.h"
#include "cmocka_all.h"
#include "test_library_broker.h"
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define T AUTOHTTP_TEXT
#define DEAD_URL "http://127.0.0.1:1/" /* nobody listens there */
#define DEAD_KAFKA "127.0.0.1:1"

static const char *endpoint_path;

struct fixture {
    struct broker broker;
    pid_t endpoint;
    int port;
    autohttp_t *handle;
    autohttp_call_t *call;
    autohttp_result_t *result;
    char url[128];
};

static int setup_group(void **state)
{
    static struct fixture fixture;
    int fds[2];
    char text[16] = "";

    signal(SIGPIPE, SIG_DFL); /* the library must hold it back itself */
    assert_int_equal(pipe(fds), 0);
    fixture.endpoint = fork();
    if (fixture.endpoint == 0) {
        dup2(fds[1], STDOUT_FILENO);
        execl(endpoint_path, endpoint_path, "--port", "0", (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    assert_true(read(fds[0], text, sizeof text - 1) > 0);
    close(fds[0]);
    fixture.port = atoi(text);
    broker_open(&fixture.broker);
    *state = &fixture;
    return 0;
}

static int teardown_group(void **state)
{
    struct fixture *fixture = *state;

    kill(fixture->endpoint, SIGTERM);
    waitpid(fixture->endpoint, NULL, 0);
    broker_close(&fixture->broker);
    return 0;
}

static int setup(void **state)
{
    struct fixture *fixture = *state;

    broker_begin_test(&fixture->broker);
    fixture->call = autohttp_call_new();
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    autohttp_result_free(fixture->result);
    autohttp_call_free(fixture->call);
    autohttp_free(fixture->handle, 100);
    fixture->result = NULL;
    fixture->handle = NULL;
    return 0;
}

static const char *url_of(struct fixture *fixture, const char *path)
{
    snprintf(fixture->url, sizeof fixture->url, "http://127.0.0.1:%d%s", fixture->port, path);
    return fixture->url;
}

static void open_handle(struct fixture *fixture, const char *name, const char *value)
{
    fixture->handle = broker_make_handle(&fixture->broker, name, value);
}

static autohttp_config_t *make_dead_config(void)
{
    autohttp_config_t *config = autohttp_config_new();

    autohttp_config_set(config, "bootstrap.servers", DEAD_KAFKA, NULL, 0);
    autohttp_config_set(config, "save_timeout_ms", "200", NULL, 0);
    return config;
}

static void open_dead_handle(struct fixture *fixture)
{
    autohttp_config_t *config = make_dead_config();

    fixture->handle = autohttp_new(config, NULL, 0);
    assert_non_null(fixture->handle);
    autohttp_config_free(config);
}

static void get(struct fixture *fixture, const char *url)
{
    fixture->result = autohttp_get(fixture->handle, "order", "1", url, fixture->call);
}

static void assert_outcome(struct fixture *fixture, enum autohttp_outcome outcome, int status_code, const char *class)
{
    assert_int_equal(autohttp_result_get_outcome(fixture->result), outcome);
    assert_int_equal(autohttp_result_get_status_code(fixture->result), status_code);
    assert_string_equal(autohttp_result_get_error_class(fixture->result), class);
}

/* The one record in `tasks`; its header must hold all of these texts. */
static void assert_record(struct fixture *fixture, const char *in_header, const char *in_value)
{
    struct broker_record record;

    broker_read(&fixture->broker, "tasks", &record, 1);
    assert_non_null(strstr(record.header, in_header));
    assert_non_null(strstr(record.value, in_value));
    broker_record_close(&record);
}

static void a_call_that_succeeds_is_delivered_and_publishes_nothing(void **state)
{
    struct fixture *fixture = *state;
    size_t response_bytes = 0;

    open_handle(fixture, NULL, NULL);
    get(fixture, url_of(fixture, "/s/200?body=1000"));
    assert_outcome(fixture, AUTOHTTP_DELIVERED, 200, "");
    assert_non_null(autohttp_result_get_response(fixture->result, &response_bytes));
    assert_int_equal(response_bytes, 1000);
    assert_string_equal(autohttp_result_get_errstr(fixture->result), "");
    assert_int_equal(autohttp_result_is_saved(fixture->result), 0);
    assert_int_equal(autohttp_queue_count(fixture->handle), 0);
}

static void a_failed_call_is_saved_with_its_first_attempt_made(void **state)
{
    const int64_t wait_ms[] = {7000, 9000};
    struct fixture *fixture = *state;
    char due[64];

    open_handle(fixture, NULL, NULL);
    autohttp_task_set_ladder(autohttp_call_get_task(fixture->call), wait_ms, 2);
    get(fixture, url_of(fixture, "/s/500"));
    assert_outcome(fixture, AUTOHTTP_SAVED, 500, "status");
    assert_int_equal(autohttp_result_get_status(fixture->result), AUTOHTTP_STATUS_SENDING);
    assert_true(autohttp_result_get_id(fixture->result) != AUTOHTTP_ID_UNKNOWN);
    snprintf(due, sizeof due, "n=1;due=%lld", (long long)autohttp_result_get_next_retry_time(fixture->result));
    assert_record(fixture, due, "\"retry_ladder_interval\":[7,9]");
}

static void retry_after_is_a_minimum_wait(void **state)
{
    const int64_t wait_ms[] = {1000};
    struct fixture *fixture = *state;
    int64_t now_ms = (int64_t)time(NULL) * 1000;

    open_handle(fixture, NULL, NULL);
    autohttp_task_set_ladder(autohttp_call_get_task(fixture->call), wait_ms, 1);
    get(fixture, url_of(fixture, "/s/503?retry_after=100"));
    assert_true(autohttp_result_get_next_retry_time(fixture->result) >= now_ms + 100000);
    assert_true(autohttp_result_get_next_retry_time(fixture->result) <= now_ms + 120000);
}

static void failure_follows_from_410_and_from_a_used_up_schedule(void **state)
{
    struct fixture *fixture = *state;

    open_handle(fixture, NULL, NULL);
    get(fixture, url_of(fixture, "/s/410"));
    assert_outcome(fixture, AUTOHTTP_SAVED, 410, "status");
    assert_int_equal(autohttp_result_get_status(fixture->result), AUTOHTTP_STATUS_FAILURE);
    assert_int_equal(autohttp_result_get_next_retry_time(fixture->result), 0);
    assert_record(fixture, "st=3", "\"url\"");
    autohttp_result_free(fixture->result);
    broker_begin_test(&fixture->broker);
    autohttp_free(fixture->handle, 1000);
    open_handle(fixture, NULL, NULL);
    autohttp_task_set_ladder(autohttp_call_get_task(fixture->call), NULL, 0);
    get(fixture, url_of(fixture, "/s/500"));
    assert_int_equal(autohttp_result_get_status(fixture->result), AUTOHTTP_STATUS_FAILURE);
    assert_record(fixture, "st=3", "\"retry_ladder_interval\":[]");
}

static void task_add_if_success_saves_a_success_as_settled(void **state)
{
    struct fixture *fixture = *state;

    open_handle(fixture, "task_add_if_success", "true");
    get(fixture, url_of(fixture, "/s/204"));
    assert_outcome(fixture, AUTOHTTP_DELIVERED, 204, "");
    assert_int_equal(autohttp_result_is_saved(fixture->result), 1);
    assert_record(fixture, "st=2", "\"url\"");
}

static void post_form(struct fixture *fixture, const char *url)
{
    static const char *const pairs[] = {"a b", "c&d"};

    fixture->result = autohttp_post_form(fixture->handle, "order", "1", url, pairs, 1, fixture->call);
}

static void post_json(struct fixture *fixture, const char *url)
{
    fixture->result = autohttp_post_json(fixture->handle, "order", "1", url, "[1e9, 0.12345]", T, fixture->call);
}

typedef void (*call_cb)(struct fixture *fixture, const char *url);

static void assert_saved_with_the_endpoint_down(struct fixture *fixture, call_cb call, const char *in_value)
{
    open_handle(fixture, NULL, NULL);
    call(fixture, DEAD_URL);
    assert_outcome(fixture, AUTOHTTP_SAVED, 0, "connect");
    assert_record(fixture, "n=1;due=", in_value);
}

static void assert_delivered_with_kafka_down(struct fixture *fixture, call_cb call)
{
    open_dead_handle(fixture);
    call(fixture, url_of(fixture, "/s/200?body=5"));
    assert_outcome(fixture, AUTOHTTP_DELIVERED, 200, "");
    assert_non_null(autohttp_result_get_response(fixture->result, NULL));
    assert_string_equal(autohttp_result_get_errstr(fixture->result), "");
}

static void assert_both_errors_named_with_both_down(struct fixture *fixture, call_cb call)
{
    open_dead_handle(fixture);
    call(fixture, DEAD_URL);
    assert_outcome(fixture, AUTOHTTP_NOT_SAVED, 0, "connect");
    assert_int_equal(autohttp_result_get_rc(fixture->result), AUTOHTTP_UNKNOWN);
    assert_non_null(strstr(autohttp_result_get_errstr(fixture->result), "connect: "));
    assert_non_null(strstr(autohttp_result_get_errstr(fixture->result), "not saved: no acknowledgement"));
    assert_int_equal(autohttp_result_is_saved(fixture->result), 0);
    assert_int_equal(autohttp_result_save(fixture->handle, fixture->result, 1), AUTOHTTP_UNKNOWN);
}

static void get_with_the_endpoint_down_is_saved(void **state)
{
    assert_saved_with_the_endpoint_down(*state, get, "\"url\":\"" DEAD_URL "\"");
}

static void get_with_kafka_down_is_delivered_all_the_same(void **state)
{
    assert_delivered_with_kafka_down(*state, get);
}

static void get_with_both_down_names_both_errors(void **state)
{
    assert_both_errors_named_with_both_down(*state, get);
}

static void post_form_with_the_endpoint_down_is_saved(void **state)
{
    assert_saved_with_the_endpoint_down(*state, post_form, "\"body\":\"a+b=c%26d\"");
}

static void post_form_with_kafka_down_is_delivered_all_the_same(void **state)
{
    assert_delivered_with_kafka_down(*state, post_form);
}

static void post_form_with_both_down_names_both_errors(void **state)
{
    assert_both_errors_named_with_both_down(*state, post_form);
}

static void post_json_with_the_endpoint_down_is_saved(void **state)
{
    assert_saved_with_the_endpoint_down(*state, post_json, "\"body\":\"[1e9, 0.12345]\"");
}

static void post_json_with_kafka_down_is_delivered_all_the_same(void **state)
{
    assert_delivered_with_kafka_down(*state, post_json);
}

static void post_json_with_both_down_names_both_errors(void **state)
{
    assert_both_errors_named_with_both_down(*state, post_json);
}

static void what_was_not_saved_can_be_saved_later(void **state)
{
    struct fixture *fixture = *state;
    autohttp_t *dead = NULL;

    open_dead_handle(fixture);
    dead = fixture->handle;
    get(fixture, url_of(fixture, "/s/500"));
    assert_outcome(fixture, AUTOHTTP_NOT_SAVED, 500, "status");
    open_handle(fixture, NULL, NULL);
    assert_int_equal(autohttp_result_save(fixture->handle, fixture->result, 10000), AUTOHTTP_OK);
    assert_outcome(fixture, AUTOHTTP_SAVED, 500, "status");
    assert_string_equal(autohttp_result_get_errstr(fixture->result), "status 500");
    assert_record(fixture, "n=1;due=", "\"retry_step_interval\":60,\"retry_step_time\":0");
    autohttp_free(dead, 0);
}

static void bad_input_is_refused_before_any_call(void **state)
{
    struct fixture *fixture = *state;

    open_handle(fixture, NULL, NULL);
    get(fixture, "ftp://127.0.0.1/");
    assert_outcome(fixture, AUTOHTTP_REFUSED, 0, "");
    assert_non_null(strstr(autohttp_result_get_errstr(fixture->result), "field url"));
    autohttp_result_free(fixture->result);
    fixture->result = autohttp_post_json(fixture->handle, "order", "1", DEAD_URL, "{\"a\":01}", T, NULL);
    assert_outcome(fixture, AUTOHTTP_REFUSED, 0, "");
    assert_int_equal(autohttp_result_get_rc(fixture->result), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_result_save(fixture->handle, fixture->result, 1), AUTOHTTP_INVALID);
    autohttp_result_free(fixture->result);
    autohttp_task_set_not_before(autohttp_call_get_task(fixture->call), INT64_C(4102444800000));
    get(fixture, DEAD_URL);
    assert_outcome(fixture, AUTOHTTP_REFUSED, 0, "");
    autohttp_result_free(fixture->result);
    fixture->result = autohttp_get(NULL, "a", "b", DEAD_URL, NULL);
    assert_outcome(fixture, AUTOHTTP_REFUSED, 0, "");
    assert_int_equal(autohttp_result_get_rc(NULL), AUTOHTTP_NO_MEMORY);
}

static void a_response_over_the_limit_is_an_error_and_never_cut(void **state)
{
    struct fixture *fixture = *state;
    size_t response_bytes = 1;

    open_handle(fixture, "response_max", "999");
    get(fixture, url_of(fixture, "/s/200?body=1000"));
    assert_outcome(fixture, AUTOHTTP_DELIVERED, 200, "too_large");
    assert_null(autohttp_result_get_response(fixture->result, &response_bytes));
    assert_int_equal(response_bytes, 0);
    assert_non_null(strstr(autohttp_result_get_errstr(fixture->result), "response_max"));
}

static void a_call_that_hangs_ends_at_its_timeout(void **state)
{
    struct fixture *fixture = *state;

    open_handle(fixture, NULL, NULL);
    autohttp_task_set_timeout(autohttp_call_get_task(fixture->call), 200);
    get(fixture, url_of(fixture, "/hang"));
    assert_outcome(fixture, AUTOHTTP_SAVED, 0, "timeout");
}

static void *cancel_soon(void *opaque)
{
    usleep(50000); /* either side of the call's start is fine */
    autohttp_call_cancel(opaque);
    return NULL;
}

static void a_cancel_from_another_thread_ends_the_call_at_once(void **state)
{
    struct fixture *fixture = *state;
    pthread_t thread;
    time_t begin = time(NULL);

    open_handle(fixture, NULL, NULL);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, fixture->call), 0);
    get(fixture, url_of(fixture, "/hang"));
    pthread_join(thread, NULL);
    assert_outcome(fixture, AUTOHTTP_SAVED, 0, "cancelled");
    assert_true(time(NULL) - begin < 10); /* its timeout is 30 s */
}

static void a_call_object_gives_each_call_an_id_of_its_own(void **state)
{
    struct fixture *fixture = *state;
    autohttp_task_t *task = autohttp_call_get_task(fixture->call);
    char first[33];
    struct broker_record records[2];

    open_handle(fixture, NULL, NULL);
    snprintf(first, sizeof first, "%s", autohttp_task_get_publish_id(task));
    get(fixture, DEAD_URL);
    autohttp_result_free(fixture->result);
    fixture->result = autohttp_get(fixture->handle, "order", "2", DEAD_URL, fixture->call);
    broker_read(&fixture->broker, "tasks", records, 2);
    assert_true((strstr(records[0].header, first) != NULL) != (strstr(records[1].header, first) != NULL));
    broker_record_close(&records[0]);
    broker_record_close(&records[1]);
}

struct seen {
    char building[256]; /* the item, as on_task_building saw it */
    char valid[256];    /* as on_task_result_valid did, with the response */
    char err_message[512];
    char url[128];
    enum autohttp_status status;
    int64_t request_time;
    int64_t valid_time_ms; /* when on_task_result_valid began */
    int valid_rest_ms;     /* how long it takes at least */
    int update_count;
    int valid_status;
    int verdict;
    const char *other_url; /* what on_task_building puts in place; NULL: nothing */
};

static int64_t read_time_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void print_item(const autohttp_item_t *item, char *buf, size_t buf_bytes)
{
    size_t body_bytes = 0;
    const char *body = autohttp_item_get_body(item, &body_bytes);

    snprintf(buf, buf_bytes, "%s:%s %s %s: %s %.*s %d %d %lld", autohttp_item_get_business_type(item),
             autohttp_item_get_business_id(item), autohttp_item_get_method(item),
             autohttp_item_get_header_name(item, 0), autohttp_item_get_header_value(item, 0), (int)body_bytes, body,
             autohttp_item_get_retry_type(item), (int)autohttp_item_get_status(item),
             (long long)autohttp_item_get_retry_step_interval(item));
}

static void on_building(const autohttp_item_t *item, autohttp_task_t *task, void *opaque)
{
    struct seen *seen = opaque;

    print_item(item, seen->building, sizeof seen->building);
    autohttp_task_add_header(task, "X-Token", T, "fresh", T);
    if (seen->other_url != NULL) {
        autohttp_task_set_url(task, seen->other_url, T);
    }
}

static int on_valid(const autohttp_item_t *item, int status_code, const void *response, size_t response_bytes,
                    char *errstr, size_t errstr_bytes, void *opaque)
{
    struct seen *seen = opaque;
    size_t text_bytes = 0;

    print_item(item, seen->valid, sizeof seen->valid);
    text_bytes = strlen(seen->valid);
    snprintf(seen->valid + text_bytes, sizeof seen->valid - text_bytes, " <- %d %.*s", status_code, (int)response_bytes,
             (const char *)response);
    seen->valid_time_ms = read_time_ms();
    usleep((useconds_t)seen->valid_rest_ms * 1000);
    seen->valid_status = status_code;
    snprintf(errstr, errstr_bytes, "not what I want");
    return seen->verdict;
}

static void on_update(const autohttp_item_t *item, const char *err_message, void *opaque)
{
    struct seen *seen = opaque;

    snprintf(seen->err_message, sizeof seen->err_message, "%s", err_message);
    snprintf(seen->url, sizeof seen->url, "%s", autohttp_item_get_url(item));
    seen->status = autohttp_item_get_status(item);
    seen->request_time = autohttp_item_get_request_time(item);
    seen->update_count++;
}

static void open_handle_with_callbacks(struct fixture *fixture, struct seen *seen)
{
    autohttp_config_t *config = make_dead_config();

    autohttp_config_set(config, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(fixture->broker.cluster), NULL,
                        0);
    autohttp_config_set(config, "topic_prefix", fixture->broker.prefix, NULL, 0);
    autohttp_config_set(config, "save_timeout_ms", "20000", NULL, 0);
    autohttp_config_set_task_building_cb(config, on_building, seen);
    autohttp_config_set_task_result_valid_cb(config, on_valid, seen);
    autohttp_config_set_task_status_update_cb(config, on_update, seen);
    fixture->handle = autohttp_new(config, NULL, 0);
    autohttp_config_free(config);
}

static void on_task_building_and_on_task_result_valid_see_item_and_response(void **state)
{
    static const char item[] = "order:1 POST Content-Type: application/json [1e9, 0.12345] 1 1 60000";
    struct fixture *fixture = *state;
    struct seen seen = {.verdict = 0};
    char valid[256];

    open_handle_with_callbacks(fixture, &seen);
    post_json(fixture, url_of(fixture, "/s/200?body=3"));
    assert_outcome(fixture, AUTOHTTP_DELIVERED, 200, "");
    assert_string_equal(seen.building, item);
    snprintf(valid, sizeof valid, "%s <- 200 %s", item,
             (const char *)autohttp_result_get_response(fixture->result, NULL));
    assert_string_equal(seen.valid, valid);
}

static void on_task_result_valid_replaces_the_rules(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen = {.verdict = 1};

    open_handle_with_callbacks(fixture, &seen);
    get(fixture, url_of(fixture, "/s/410"));
    assert_outcome(fixture, AUTOHTTP_SAVED, 410, "body_check");
    assert_int_equal(autohttp_result_get_status(fixture->result), AUTOHTTP_STATUS_SENDING);
    assert_int_equal(seen.valid_status, 410);
    assert_int_equal(seen.update_count, 1);
    assert_non_null(strstr(seen.err_message, "not what I want"));
    assert_true(seen.request_time > 0);
    autohttp_result_free(fixture->result);
    seen.verdict = 0;
    get(fixture, url_of(fixture, "/s/500"));
    assert_outcome(fixture, AUTOHTTP_DELIVERED, 500, "");
    assert_int_equal(seen.status, AUTOHTTP_STATUS_SUCCESS);
    assert_string_equal(seen.err_message, "");
}

static void the_wait_counts_from_the_end_of_the_call_not_of_the_callback(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen = {.verdict = 1, .valid_rest_ms = 20};

    open_handle_with_callbacks(fixture, &seen);
    get(fixture, url_of(fixture, "/s/500"));
    assert_true(autohttp_result_get_next_retry_time(fixture->result) <= seen.valid_time_ms + 60000);
}

static void on_task_status_update_tells_what_was_not_saved(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen = {.verdict = 1};
    autohttp_config_t *config = make_dead_config();

    autohttp_config_set_task_status_update_cb(config, on_update, &seen);
    fixture->handle = autohttp_new(config, NULL, 0);
    autohttp_config_free(config);
    get(fixture, DEAD_URL);
    assert_int_equal(seen.update_count, 1);
    assert_int_equal(seen.status, AUTOHTTP_STATUS_SENDING);
    assert_string_equal(seen.url, DEAD_URL);
    assert_string_equal(seen.err_message, autohttp_result_get_errstr(fixture->result));
    assert_non_null(strstr(seen.err_message, "not saved: "));
}

static void on_task_building_changes_what_is_sent_and_not_what_is_saved(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen = {.verdict = 1, .other_url = fixture->url};
    struct broker_record record;

    open_handle_with_callbacks(fixture, &seen);
    url_of(fixture, "/s/404");
    get(fixture, DEAD_URL);
    assert_outcome(fixture, AUTOHTTP_SAVED, 404, "body_check");
    assert_string_equal(seen.url, DEAD_URL);
    broker_read(&fixture->broker, "tasks", &record, 1);
    assert_null(strstr(record.value, "fresh"));
    assert_non_null(strstr(record.value, DEAD_URL));
    broker_record_close(&record);
}

static void retry_ladder_default_interval_is_given_to_a_task_without_a_schedule(void **state)
{
    struct fixture *fixture = *state;
    autohttp_config_t *config = make_dead_config();

    autohttp_config_set(config, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(fixture->broker.cluster), NULL,
                        0);
    autohttp_config_set(config, "topic_prefix", fixture->broker.prefix, NULL, 0);
    autohttp_config_set(config, "save_timeout_ms", "20000", NULL, 0);
    autohttp_config_set(config, "retry_type_default", "ladder", NULL, 0);
    autohttp_config_set(config, "retry_ladder_default_interval", "60,0.25", NULL, 0);
    fixture->handle = autohttp_new(config, NULL, 0);
    autohttp_config_free(config);
    get(fixture, DEAD_URL);
    assert_outcome(fixture, AUTOHTTP_SAVED, 0, "connect");
    assert_record(fixture, "n=1", "\"retry_ladder_interval\":[60,0.25]");
}

static void retry_ladder_default_interval_is_empty_and_ends_with_the_first_attempt(void **state)
{
    struct fixture *fixture = *state;

    open_handle(fixture, "retry_type_default", "ladder");
    get(fixture, DEAD_URL);
    assert_outcome(fixture, AUTOHTTP_SAVED, 0, "connect");
    assert_int_equal(autohttp_result_get_status(fixture->result), AUTOHTTP_STATUS_FAILURE);
    assert_record(fixture, "st=3", "\"retry_ladder_interval\":[]");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        CASE(a_call_that_succeeds_is_delivered_and_publishes_nothing),
        CASE(a_failed_call_is_saved_with_its_first_attempt_made),
        CASE(retry_after_is_a_minimum_wait),
        CASE(failure_follows_from_410_and_from_a_used_up_schedule),
        CASE(task_add_if_success_saves_a_success_as_settled),
        CASE(get_with_the_endpoint_down_is_saved),
        CASE(get_with_kafka_down_is_delivered_all_the_same),
        CASE(get_with_both_down_names_both_errors),
        CASE(post_form_with_the_endpoint_down_is_saved),
        CASE(post_form_with_kafka_down_is_delivered_all_the_same),
        CASE(post_form_with_both_down_names_both_errors),
        CASE(post_json_with_the_endpoint_down_is_saved),
        CASE(post_json_with_kafka_down_is_delivered_all_the_same),
        CASE(post_json_with_both_down_names_both_errors),
        CASE(what_was_not_saved_can_be_saved_later),
        CASE(bad_input_is_refused_before_any_call),
        CASE(a_response_over_the_limit_is_an_error_and_never_cut),
        CASE(a_call_that_hangs_ends_at_its_timeout),
        CASE(a_cancel_from_another_thread_ends_the_call_at_once),
        CASE(a_call_object_gives_each_call_an_id_of_its_own),
        CASE(on_task_building_and_on_task_result_valid_see_item_and_response),
        CASE(on_task_result_valid_replaces_the_rules),
        CASE(the_wait_counts_from_the_end_of_the_call_not_of_the_callback),
        CASE(on_task_status_update_tells_what_was_not_saved),
        CASE(on_task_building_changes_what_is_sent_and_not_what_is_saved),
        CASE(retry_ladder_default_interval_is_empty_and_ends_with_the_first_attempt),
        CASE(retry_ladder_default_interval_is_given_to_a_task_without_a_schedule),
    };

    endpoint_path = argc == 2 ? argv[1] : "";
    return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
