/* The rows of the seed that the library holds, each test named after its row; the calls themselves are in
 * test_library_inline.c. The arguments: a row and a ladder's row as schemas/examples/valid has them. */
#include "autohttp.h"
#include "cmocka_all.h"
#include "test_library_broker.h"
#include <stdio.h>
#include <string.h>

#define T AUTOHTTP_TEXT

static const char *step_row_path;
static const char *ladder_row_path;

static autohttp_item_t *read_item(const char *path)
{
    char json[4096];
    char errstr[256] = "";
    FILE *file = fopen(path, "re");
    autohttp_item_t *item = NULL;
    size_t json_bytes = 0;

    assert_non_null(file);
    json_bytes = fread(json, 1, sizeof json, file);
    fclose(file);
    assert_int_equal(autohttp_item_from_json(json, json_bytes, &item, errstr, sizeof errstr), AUTOHTTP_OK);
    return item;
}

static void status_sending_success_failure_stopped_are_1_to_4(void **state)
{
    (void)state;
    assert_int_equal(AUTOHTTP_STATUS_SENDING, 1);
    assert_int_equal(AUTOHTTP_STATUS_SUCCESS, 2);
    assert_int_equal(AUTOHTTP_STATUS_FAILURE, 3);
    assert_int_equal(AUTOHTTP_STATUS_STOPPED, 4);
}

static void item_has_its_17_fields(void **state)
{
    autohttp_item_t *item = read_item(step_row_path);
    size_t body_bytes = 1;

    (void)state;
    assert_true(autohttp_item_get_id(item) == 844424930132969U);
    assert_string_equal(autohttp_item_get_business_type(item), "order");
    assert_string_equal(autohttp_item_get_business_id(item), "1001");
    assert_string_equal(autohttp_item_get_url(item), "https://shop.example/hooks/paid");
    assert_string_equal(autohttp_item_get_method(item), "POST");
    assert_int_equal(autohttp_item_get_header_count(item), 0);
    assert_null(autohttp_item_get_header_name(item, 0));
    assert_null(autohttp_item_get_header_value(item, 0));
    assert_null(autohttp_item_get_body(item, &body_bytes));
    assert_int_equal(body_bytes, 0);
    assert_int_equal(autohttp_item_get_retry_type(item), 1);
    assert_int_equal(autohttp_item_get_retry_ladder_count(item), 0);
    assert_int_equal(autohttp_item_get_retry_step_interval(item), 60000);
    assert_int_equal(autohttp_item_get_retry_step_time(item), 0);
    assert_int_equal(autohttp_item_get_retry_count(item), 0);
    assert_int_equal(autohttp_item_get_status(item), AUTOHTTP_STATUS_SUCCESS);
    assert_true(autohttp_item_get_request_time(item) == 1800000000125);
    assert_true(autohttp_item_get_last_retry_time(item) == 1800000060200);
    assert_true(autohttp_item_get_next_retry_time(item) == 0);
    assert_true(autohttp_item_get_success_time(item) == 1800000060400);
    autohttp_item_free(item);
}

static void item_retry_type_of_a_ladder_is_false_and_has_its_intervals(void **state)
{
    autohttp_item_t *item = read_item(ladder_row_path);
    size_t count = autohttp_item_get_retry_ladder_count(item);

    (void)state;
    assert_int_equal(autohttp_item_get_retry_type(item), 0);
    assert_true(count > 0);
    assert_true(autohttp_item_get_retry_ladder_interval(item, 0) >= 0);
    assert_true(autohttp_item_get_retry_ladder_interval(item, count) == -1);
    autohttp_item_free(item);
}

/* As `task get --json --content` prints it: the row's members and what the task sends. */
static void item_of_a_row_with_its_content_has_headers_and_body(void **state)
{
    static const char content[] = ",\"content\":{\"header\":{\"X-A\":\"***\"},\"body_base64\":\"AP8B\"}}";
    char json[4096 + sizeof content];
    char errstr[256] = "";
    FILE *file = fopen(step_row_path, "re");
    autohttp_item_t *item = NULL;
    size_t json_bytes = 0;
    size_t body_bytes = 0;

    (void)state;
    assert_non_null(file);
    json_bytes = fread(json, 1, 4096, file);
    fclose(file);
    while (json[json_bytes - 1] != '}')
        json_bytes--;
    memcpy(json + json_bytes - 1, content, sizeof content);
    assert_int_equal(autohttp_item_from_json(json, T, &item, errstr, sizeof errstr), AUTOHTTP_OK);
    assert_int_equal(autohttp_item_get_header_count(item), 1);
    assert_string_equal(autohttp_item_get_header_name(item, 0), "X-A");
    assert_string_equal(autohttp_item_get_header_value(item, 0), "***");
    assert_memory_equal(autohttp_item_get_body(item, &body_bytes), "\x00\xff\x01", 3);
    assert_int_equal(body_bytes, 3);
    autohttp_item_free(item);
}

static void what_is_no_row_is_refused_as_an_item(void **state)
{
    autohttp_item_t *item = NULL;

    (void)state;
    assert_int_equal(autohttp_item_from_json("{}", T, &item, NULL, 0), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_item_from_json(NULL, 0, &item, NULL, 0), AUTOHTTP_INVALID);
    assert_null(item);
    autohttp_item_free(NULL);
}

/* The answer to one setting, and that errstr names it and holds a text. */
static void assert_setting(const char *name, const char *value, enum autohttp_rc rc, const char *text)
{
    char errstr[256] = "";
    autohttp_config_t *config = autohttp_config_new();

    assert_int_equal(autohttp_config_set(config, name, value, errstr, sizeof errstr), rc);
    assert_non_null(strstr(errstr, text));
    assert_true(rc == AUTOHTTP_OK || strstr(errstr, name) == errstr);
    autohttp_config_free(config);
}

static void default_retry_type_is_step_retry_step_default_interval_60_retry_step_default_time_0(void **state)
{
    autohttp_task_t *task = autohttp_task_new();

    (void)state;
    assert_int_equal(autohttp_task_is_ladder(task), 0);
    assert_int_equal(autohttp_task_get_step_wait(task), 60000);
    assert_int_equal(autohttp_task_get_step_retry_count(task), 0);
    autohttp_task_free(task);
}

/* Publishes one task by a handle that has one setting beside the address; its record. */
static struct broker_record publish_by(struct broker *broker, const char *name, const char *value)
{
    struct broker_record record;
    autohttp_config_t *config = autohttp_config_new();
    autohttp_task_t *task = autohttp_task_new();
    autohttp_t *handle = NULL;

    autohttp_config_set(config, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(broker->cluster), NULL, 0);
    if (name != NULL) {
        assert_int_equal(autohttp_config_set(config, name, value, NULL, 0), AUTOHTTP_OK);
    }
    handle = autohttp_new(config, NULL, 0);
    autohttp_config_free(config);
    autohttp_task_set_business_key(task, "order", T, "1", T);
    autohttp_task_set_url(task, "http://127.0.0.1/", T);
    assert_int_equal(autohttp_publish_sync(handle, task, 20000, NULL, NULL, 0), AUTOHTTP_OK);
    broker_read(broker, "tasks", &record, 1);
    autohttp_task_free(task);
    autohttp_free(handle, 1000);
    return record;
}

static void default_implement_table_name_is_topic_prefix_autohttp(void **state)
{
    struct broker broker;
    struct broker_record record;

    (void)state;
    broker_open(&broker);
    snprintf(broker.prefix, sizeof broker.prefix, "autohttp");
    rd_kafka_mock_topic_create(broker.cluster, "autohttp.tasks", BROKER_PARTITION_COUNT, 1);
    record = publish_by(&broker, NULL, NULL);
    assert_string_equal(record.key, "order:1");
    broker_record_close(&record);
    snprintf(broker.prefix, sizeof broker.prefix, "other");
    rd_kafka_mock_topic_create(broker.cluster, "other.tasks", BROKER_PARTITION_COUNT, 1);
    record = publish_by(&broker, "topic_prefix", "other");
    assert_string_equal(record.key, "order:1");
    broker_record_close(&record);
    broker_close(&broker);
}

static void retry_defaults_are_settings(void **state)
{
    (void)state;
    assert_setting("retry_type_default", "step", AUTOHTTP_OK, "");
    assert_setting("retry_type_default", "ladder", AUTOHTTP_OK, "");
    assert_setting("retry_type_default", "true", AUTOHTTP_INVALID, "neither step nor ladder");
    assert_setting("retry_ladder_default_interval", "", AUTOHTTP_OK, "");
    assert_setting("retry_ladder_default_interval", "60,0.25,1800", AUTOHTTP_OK, "");
    assert_setting("retry_ladder_default_interval", "60,", AUTOHTTP_INVALID, "seconds");
    assert_setting("retry_ladder_default_interval", "31536001", AUTOHTTP_INVALID, "seconds");
    assert_setting("retry_step_default_interval", "0.001", AUTOHTTP_OK, "");
    assert_setting("retry_step_default_interval", "0", AUTOHTTP_INVALID, "0.001..");
    assert_setting("retry_step_default_interval", "1.2345", AUTOHTTP_INVALID, "0.001..");
    assert_setting("retry_step_default_interval", "1.", AUTOHTTP_INVALID, "0.001..");
    assert_setting("retry_step_default_time", "3", AUTOHTTP_OK, "");
    assert_setting("retry_step_default_time", "-1", AUTOHTTP_INVALID, "not a number");
}

static void task_add_if_success_is_a_setting(void **state)
{
    (void)state;
    assert_setting("task_add_if_success", "true", AUTOHTTP_OK, "");
    assert_setting("task_add_if_success", "false", AUTOHTTP_OK, "");
    assert_setting("task_add_if_success", "yes", AUTOHTTP_INVALID, "neither true nor false");
}

static void loop_interval_is_refused_with_the_reason(void **state)
{
    (void)state;
    assert_setting("loop_interval", "3", AUTOHTTP_INVALID, "nothing polls");
}

static void auto_clean_is_refused_with_a_pointer_to_the_worker(void **state)
{
    (void)state;
    assert_setting("auto_clean_enable", "true", AUTOHTTP_INVALID, "workers clean");
    assert_setting("auto_clean_success_time", "1", AUTOHTTP_INVALID, "workers clean");
    assert_setting("auto_clean_failure_time", "1", AUTOHTTP_INVALID, "workers clean");
    assert_setting("auto_clean_stopped_time", "1", AUTOHTTP_INVALID, "workers clean");
    assert_setting("auto_clean_loop_interval", "1", AUTOHTTP_INVALID, "workers clean");
}

static void status_updates_need_a_callback(void **state)
{
    char errstr[256] = "";
    autohttp_config_t *config = autohttp_config_new();

    (void)state;
    assert_setting("status_updates", "all", AUTOHTTP_INVALID, "neither events nor off");
    assert_int_equal(autohttp_config_set(config, "status_updates", "events", NULL, 0), AUTOHTTP_OK);
    assert_null(autohttp_new(config, errstr, sizeof errstr));
    assert_non_null(strstr(errstr, "on_task_status_update"));
    autohttp_config_free(config);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_sending_success_failure_stopped_are_1_to_4),
        cmocka_unit_test(item_has_its_17_fields),
        cmocka_unit_test(item_retry_type_of_a_ladder_is_false_and_has_its_intervals),
        cmocka_unit_test(item_of_a_row_with_its_content_has_headers_and_body),
        cmocka_unit_test(what_is_no_row_is_refused_as_an_item),
        cmocka_unit_test(default_retry_type_is_step_retry_step_default_interval_60_retry_step_default_time_0),
        cmocka_unit_test(default_implement_table_name_is_topic_prefix_autohttp),
        cmocka_unit_test(retry_defaults_are_settings),
        cmocka_unit_test(task_add_if_success_is_a_setting),
        cmocka_unit_test(loop_interval_is_refused_with_the_reason),
        cmocka_unit_test(auto_clean_is_refused_with_a_pointer_to_the_worker),
        cmocka_unit_test(status_updates_need_a_callback),
    };

    if (argc != 3) {
        return 2;
    }
    step_row_path = argv[1];
    ladder_row_path = argv[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
