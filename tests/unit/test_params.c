/* params: what a file may say, what is refused and how the refusal reads, and what comes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "params.h"
#include "params_refusals.h"
#include "params_table.h"
#include "params_value.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static char folder[] = "/tmp/test_params_XXXXXX";
static char yaml_path[64];
static char secret_path[64];
static char errstr[1024];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(yaml_path, sizeof yaml_path, "%s/a.yaml", folder);
    snprintf(secret_path, sizeof secret_path, "%s/secret", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(yaml_path);
    unlink(secret_path);
    return rmdir(folder);
}

static void write_file(const char *path, const char *text, size_t text_bytes, mode_t mode)
{
    FILE *file = NULL;

    unlink(path);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, text_bytes, file), text_bytes);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static enum rc load_text(const char *text, unsigned flags, struct params *ret_params)
{
    write_file(yaml_path, text, strlen(text), 0600);
    errstr[0] = '\0';
    return params_load(yaml_path, flags | PARAMS_NO_ENV, ret_params, errstr, sizeof errstr);
}

static struct params load_ok(const char *text)
{
    struct params params = {0};

    if (load_text(text, 0, &params) != RC_OK)
        fail_msg("%s", errstr);
    return params;
}

/* The text behind the path of the file, or all of it. */
static const char *get_error(void)
{
    size_t path_bytes = strlen(yaml_path);

    return strncmp(errstr, yaml_path, path_bytes) == 0 ? errstr + path_bytes : errstr;
}

static void assert_refused(const char *text, const char *error)
{
    struct params params = {0};

    if (load_text(text, 0, &params) == RC_OK)
        fail_msg("taken: %s", text);
    if (strcmp(get_error(), error) != 0)
        fail_msg("%s\n  gave     %s\n  expected %s", text, get_error(), error);
    assert_null(params.topic_prefix);
}

static char *print(const struct params *params)
{
    struct buffer buffer = {0};

    params_print(params, &buffer);
    assert_true(buffer_is_ok(&buffer));
    return buffer.data;
}

static void defaults_hold_without_a_file(void **state)
{
    struct params params = {0};

    (void)state;
    assert_int_equal(params_load(NULL, PARAMS_NO_ENV, &params, errstr, sizeof errstr), RC_OK);
    assert_string_equal(params.topic_prefix, "autohttp");
    assert_string_equal(params.group_id, "autohttp");
    assert_string_equal(params.instance_id, "");
    assert_string_equal(params.state_dir, "");
    assert_string_equal(params.admin_listen, "127.0.0.1:8080");
    assert_int_equal(params.log_level, LOG_LEVEL_INFO);
    assert_int_equal(params.hold_ms, 5000);
    assert_int_equal(params.lookahead_ms, 60000);
    assert_int_equal(params.max_in_flight, 1024);
    assert_int_equal(params.memory_tasks, 20000);
    assert_int_equal(params.memory_bytes, 128 * 1024 * 1024);
    assert_int_equal(params.revoke_timeout_ms, 10000);
    assert_int_equal(params.drain_timeout_ms, 30000);
    assert_int_equal(params.session_timeout_ms, 10000);
    assert_int_equal(params.heartbeat_interval_ms, 2000);
    assert_int_equal(params.connect_timeout_ms, 5000);
    assert_int_equal(params.timeout_ms, 30000);
    assert_int_equal(params.retry_after_max_ms, INT64_C(24) * 3600 * 1000);
    assert_int_equal(params.retry_type_default, TASK_RETRY_STEP);
    assert_int_equal(params.retry_ladder_default_interval.count, 0);
    assert_int_equal(params.retry_step_default_interval_ms, 60000);
    assert_int_equal(params.retry_step_default_time, 0);
    assert_int_equal(params.topics_partitions, 16);
    assert_int_equal(params.topics_replication_factor, 3);
    assert_int_equal(params.delay_tiers.count + params.egress_allow.count + params.egress_deny.count, 0);
    assert_int_equal(params.kafka_count + params.destination_count + params.warnings.count, 0);
    params_close(&params);
    params_close(&params);
}

static void an_empty_file_is_one_without_settings(void **state)
{
    static const char *const texts[] = {"", "# nothing\n", "---\n", "~\n", "{}\n", "--- {}\n...\n"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct params params = load_ok(texts[i]);

        assert_int_equal(params.hold_ms, 5000);
        params_close(&params);
    }
}

static void every_setting_can_be_set(void **state)
{
    struct params params = load_ok("topic_prefix: t.1-x_\n"
                                   "group_id: \"\\u00fcber\"\n"
                                   "instance_id: worker-1\n"
                                   "state_dir: /var/lib/autohttp\n"
                                   "admin_listen: \"[::1]:0\"\n"
                                   "log_level: debug\n"
                                   "hold: 0\n"
                                   "lookahead: 1m30s\n"
                                   "max_in_flight: 8192\n"
                                   "memory_tasks: 100\n"
                                   "memory_bytes: 1GiB\n"
                                   "revoke_timeout: 200ms\n"
                                   "drain_timeout: 15m\n"
                                   "session_timeout: '6s'\n"
                                   "heartbeat_interval: 500ms\n"
                                   "connect_timeout: 1s\n"
                                   "timeout: 10m\n"
                                   "retry_after_max: 2h\n"
                                   "retry_type_default: ladder\n"
                                   "retry_ladder_default_interval: [1m, 0s, 1m, 8760h]\n"
                                   "retry_step_default_interval: 1ms\n"
                                   "retry_step_default_time: 1000000000\n"
                                   "delay_tiers: [27s, 45, 1ms]\n"
                                   "topics: {partitions: 4, replication_factor: 1}\n"
                                   "egress_allow: [127.0.0.0/8, '*.svc.example']\n"
                                   "egress_deny:\n  - bad.example\n");

    (void)state;
    assert_string_equal(params.topic_prefix, "t.1-x_");
    assert_string_equal(params.group_id, "\xc3\xbc"
                                         "ber");
    assert_string_equal(params.instance_id, "worker-1");
    assert_string_equal(params.state_dir, "/var/lib/autohttp");
    assert_string_equal(params.admin_listen, "[::1]:0");
    assert_int_equal(params.log_level, LOG_LEVEL_DEBUG);
    assert_int_equal(params.hold_ms, 0);
    assert_int_equal(params.lookahead_ms, 90000);
    assert_int_equal(params.max_in_flight, 8192);
    assert_int_equal(params.memory_tasks, 100);
    assert_int_equal(params.memory_bytes, INT64_C(1) << 30);
    assert_int_equal(params.revoke_timeout_ms, 200);
    assert_int_equal(params.drain_timeout_ms, 900000);
    assert_int_equal(params.session_timeout_ms, 6000);
    assert_int_equal(params.heartbeat_interval_ms, 500);
    assert_int_equal(params.connect_timeout_ms, 1000);
    assert_int_equal(params.timeout_ms, 600000);
    assert_int_equal(params.retry_after_max_ms, 7200000);
    assert_int_equal(params.retry_type_default, TASK_RETRY_LADDER);
    assert_int_equal(params.retry_ladder_default_interval.count, 4); /* in their order, and twice the same */
    assert_int_equal(params.retry_ladder_default_interval.items_ms[1], 0);
    assert_int_equal(params.retry_ladder_default_interval.items_ms[2], 60000);
    assert_int_equal(params.retry_step_default_interval_ms, 1);
    assert_int_equal(params.retry_step_default_time, 1000000000);
    assert_int_equal(params.delay_tiers.count, 3);
    assert_int_equal(params.delay_tiers.items_ms[1], 45000);
    assert_int_equal(params.topics_partitions, 4);
    assert_int_equal(params.topics_replication_factor, 1);
    assert_int_equal(params.egress_allow.count, 2);
    assert_string_equal(params.egress_allow.items[1], "*.svc.example");
    assert_string_equal(params.egress_deny.items[0], "bad.example");
    params_close(&params);
}

static void a_refusal_names_file_line_setting_and_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++)
        assert_refused(refusals[i].text, refusals[i].error);
}

static void kafka_entries_pass_unchanged_and_in_order(void **state)
{
    struct params params = load_ok("kafka:\n"
                                   "  socket.keepalive.enable: true\n"
                                   "  bootstrap.servers: \"a:1,b:2\"\n"
                                   "  compression.codec: lz4\n"
                                   "  client.rack: ''\n");

    (void)state;
    assert_int_equal(params.kafka_count, 4);
    assert_string_equal(params.kafka[0].key, "socket.keepalive.enable");
    assert_string_equal(params.kafka[0].value, "true");
    assert_string_equal(params.kafka[1].value, "a:1,b:2");
    assert_string_equal(params.kafka[3].value, "");
    assert_int_equal(params.kafka[2].source.line, 4);
    assert_string_equal(params_get_kafka(&params, "compression.codec"), "lz4");
    assert_null(params_get_kafka(&params, "compression"));
    params_close(&params);
}

static void line_breaks_of_yaml_alone_print_as_what_reads_back(void **state)
{
    struct params params = load_ok("instance_id: \"a\\Nb\\Lc\\Pd\"\n");
    char *printed = print(&params);
    struct params again = load_ok(printed);

    (void)state;
    assert_string_equal(params.instance_id, "a\xC2\x85"
                                            "b\xE2\x80\xA8"
                                            "c\xE2\x80\xA9"
                                            "d");
    assert_string_equal(again.instance_id, params.instance_id);
    free(printed);
    params_close(&params);
    params_close(&again);
}

static void keys_that_the_worker_controls_are_refused_with_the_reason(void **state)
{
    const struct params_kafka_rule *rule = NULL;
    size_t count = 0;

    (void)state;
    for (; (rule = params_table_get_refused(count)) != NULL; count++) {
        char text[256];
        char error[512];

        snprintf(text, sizeof text, "kafka:\n  %s: x\n", rule->key);
        snprintf(error, sizeof error, ":2: kafka.%s: the worker itself controls this: %s", rule->key, rule->text);
        assert_refused(text, error);
    }
    assert_true(count > 20);
    assert_non_null(params_table_find_refused("group.id"));
    assert_non_null(params_table_find_refused("enable.auto.commit"));
    assert_non_null(params_table_find_refused("message.timeout.ms"));
}

static void bad_kafka_sections_are_refused(void **state)
{
    (void)state;
    assert_refused("kafka: a\n", ":1: kafka: must be a mapping of librdkafka's settings");
    assert_refused("kafka:\n  debug: [a]\n", ":2: kafka.debug: must be a single value, not a list or mapping");
    assert_refused("kafka:\n  debug: a\n  debug: b\n", ":3: kafka.debug: stands in line 2 already");
    assert_refused("kafka:\n  'a: b': c\n", ":2: kafka.a: b: librdkafka has no such key");
    assert_refused("kafka:\n  '': c\n", ":2: kafka.: librdkafka has no such key");
    assert_refused("kafka:\n  ssl.ca.location_file: a\n",
                   ":2: kafka.ssl.ca.location_file: only a secret can come from a "
                   "file, such as sasl.password_file");
}

static void every_secret_can_come_from_a_file(void **state)
{
    const struct params_kafka_rule *rule = NULL;

    (void)state;
    write_file(secret_path, "s3cret word\n", 12, 0600);
    for (size_t i = 0; (rule = params_table_get_secret(i)) != NULL; i++) {
        char text[256];
        struct params params;
        char *printed = NULL;

        snprintf(text, sizeof text, "kafka:\n  %s_file: %s\n", rule->key, secret_path);
        params = load_ok(text);
        assert_string_equal(params_get_kafka(&params, rule->key), "s3cret word");
        assert_true(params.kafka[0].is_secret);
        assert_string_equal(params.kafka[0].file, secret_path);
        assert_int_equal(params.warnings.count, 0);
        printed = print(&params);
        assert_null(strstr(printed, "s3cret"));
        assert_non_null(strstr(printed, secret_path));
        free(printed);
        params_close(&params);
    }
}

static void bad_secret_files_are_refused(void **state)
{
    char text[256];
    char error[512];

    (void)state;
    snprintf(text, sizeof text, "kafka:\n  sasl.password_file: %s\n", secret_path);
    unlink(secret_path);
    snprintf(error, sizeof error, ":2: kafka.sasl.password_file: cannot open %s: No such file or directory",
             secret_path);
    assert_refused(text, error);
    write_file(secret_path, "\n", 1, 0600);
    snprintf(error, sizeof error, ":2: kafka.sasl.password_file: %s is empty", secret_path);
    assert_refused(text, error);
    write_file(secret_path, "a\0b", 3, 0600);
    snprintf(error, sizeof error, ":2: kafka.sasl.password_file: %s holds a NUL byte", secret_path);
    assert_refused(text, error);
    snprintf(text, sizeof text, "kafka:\n  sasl.password_file: %s\n", folder);
    snprintf(error, sizeof error, ":2: kafka.sasl.password_file: %s is not a regular file", folder);
    assert_refused(text, error);
}

static void a_secret_is_given_once(void **state)
{
    char text[256];

    (void)state;
    write_file(secret_path, "x", 1, 0600);
    snprintf(text, sizeof text, "kafka:\n  sasl.password_file: %s\n  sasl.password: y\n", secret_path);
    assert_refused(text, ":3: kafka.sasl.password: sasl.password is set by sasl.password_file in line 2 already");
    snprintf(text, sizeof text, "kafka:\n  sasl.password: y\n  sasl.password_file: %s\n", secret_path);
    assert_refused(text, ":3: kafka.sasl.password_file: sasl.password is set in line 2 already");
}

static void too_large_a_secret_is_refused(void **state)
{
    char text[256];
    char *secret = calloc(1, 65538);
    struct params params = {0};

    (void)state;
    assert_non_null(secret);
    memset(secret, 'a', 65537);
    write_file(secret_path, secret, 65537, 0600);
    snprintf(text, sizeof text, "kafka:\n  sasl.password_file: %s\n", secret_path);
    assert_int_equal(load_text(text, 0, &params), RC_INVALID);
    assert_non_null(strstr(errstr, "more than 65536 bytes"));
    free(secret);
}

static void secrets_that_others_can_read_are_warned_of(void **state)
{
    struct params params = {0};
    char text[256];

    (void)state;
    write_file(secret_path, "x", 1, 0644);
    snprintf(text, sizeof text, "kafka:\n  sasl.password_file: %s\n", secret_path);
    params = load_ok(text);
    assert_int_equal(params.warnings.count, 1);
    assert_non_null(strstr(params.warnings.items[0], "mode 0644"));
    params_close(&params);
    write_file(yaml_path, "kafka:\n  sasl.password: x\n", 26, 0644);
    assert_int_equal(params_load(yaml_path, PARAMS_NO_ENV, &params, errstr, sizeof errstr), RC_OK);
    assert_int_equal(params.warnings.count, 1);
    assert_non_null(strstr(params.warnings.items[0], "a.yaml:2: kafka.sasl.password: others can read this file"));
    params_close(&params);
}

static void the_first_destination_that_fits_counts(void **state)
{
    struct params params = load_ok("destinations:\n"
                                   "  - match: slow.example\n"
                                   "    timeout: 2m\n"
                                   "  - {match: '*.example', connect_timeout: 1s, ca_file: /dev/null}\n"
                                   "  - match: \"::1\"\n");

    (void)state;
    assert_int_equal(params.destination_count, 3);
    assert_int_equal(params_get_destination(&params, "SLOW.example")->timeout_ms, 120000);
    assert_int_equal(params_get_destination(&params, "slow.example")->connect_timeout_ms, 0);
    assert_null(params_get_destination(&params, "slow.example.")->ca_file);
    assert_int_equal(params_get_destination(&params, "a.slow.example")->connect_timeout_ms, 1000);
    assert_string_equal(params_get_destination(&params, "b.example")->ca_file, "/dev/null");
    assert_int_equal(params_get_destination(&params, "b.example")->line, 4);
    assert_null(params_get_destination(&params, "example"));
    assert_non_null(params_get_destination(&params, "::1"));
    params_close(&params);
}

static void caps_of_a_destination_are_read_and_printed(void **state)
{
    struct params params = load_ok("destinations:\n  - {match: a.example, rate: 100/m, max_in_flight: 4}\n"
                                   "  - {match: b.example, rate: 5}\n");
    struct buffer buffer = {0};

    (void)state;
    assert_int_equal(params.destinations[0].rate_per_h, 6000);
    assert_int_equal(params.destinations[0].max_in_flight, 4);
    assert_int_equal(params.destinations[1].rate_per_h, 18000);
    assert_int_equal(params.destinations[1].max_in_flight, 0);
    params_print_json(&params, &buffer);
    assert_non_null(strstr(buffer.data, "{\"name\":\"destinations[0].rate\",\"value\":\"100/m\","));
    assert_non_null(strstr(buffer.data, "{\"name\":\"destinations[0].max_in_flight\",\"value\":4,"));
    assert_non_null(strstr(buffer.data, "{\"name\":\"destinations[1].rate\",\"value\":\"5/s\","));
    assert_null(strstr(buffer.data, "destinations[1].max_in_flight"));
    buffer_close(&buffer);
    params_close(&params);
}

static void bad_destinations_are_refused(void **state)
{
    static const struct {
        const char *text;
        const char *error;
    } rows[] = {
        {"destinations: {match: a}\n", ":1: destinations: must be a list of mappings with match"},
        {"destinations: [a]\n", ":1: destinations: each element must be a mapping with match"},
        {"destinations:\n  - timeout: 1s\n", ":2: destinations.match: is required"},
        {"destinations:\n  - match: a\n    timout: 1s\n",
         ":3: destinations.timout: no such setting; did you mean timeout?"},
        {"destinations:\n  - match: a\n    insecure: true\n",
         ":3: destinations.insecure: no such setting; autohttp.yaml(5) lists all"},
        {"destinations:\n  - match: a\n    timeout: 11m\n", ":3: destinations.timeout: it must be 10ms to 10m"},
        {"destinations:\n  - match: a\n    rate: 0\n", ":3: destinations.rate: it must be 1/h to 100000/s"},
        {"destinations:\n  - match: a\n    rate: 5/d\n", ":3: destinations.rate: \"5/d\" is not a rate such as 10/s, "
                                                         "100/m or 1/h; a bare number is for each second; it "
                                                         "must be 1/h to 100000/s"},
        {"destinations:\n  - match: a\n    max_in_flight: 0\n", ":3: destinations.max_in_flight: it must be 1 to 8192"},
        {"destinations:\n  - match: 10.0.0.0/8\n",
         ":2: destinations.match: \"10.0.0.0/8\": a host name, address or *.suffix, not a range"},
        {"destinations:\n  - match: a\n    ca_file: /nonexistent/ca\n",
         ":3: destinations.ca_file: cannot read /nonexistent/ca: No such file or directory"},
        {"destinations:\n  - match: a\n  - match: A\n",
         ":3: destinations.match: \"A\" stands in line 2 already, and the first that fits counts"},
        {"destinations:\n  - match: a\n    match: b\n", ":3: destinations.match: stands in line 2 already"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_refused(rows[i].text, rows[i].error);
}

static void what_a_worker_needs_is_asked_for_by_flags(void **state)
{
    struct params params = {0};

    (void)state;
    assert_int_equal(load_text("state_dir: /a\n", PARAMS_FOR_WORKER, &params), RC_INVALID);
    assert_string_equal(get_error(),
                        ": kafka.bootstrap.servers: is required, here or as " PARAMS_ENV_BOOTSTRAP_SERVERS);
    assert_int_equal(load_text("kafka: {bootstrap.servers: a}\n", PARAMS_FOR_WORKER, &params), RC_INVALID);
    assert_string_equal(get_error(), ": state_dir: is required, here or as AUTOHTTP_STATE_DIR");
    assert_int_equal(load_text("kafka: {bootstrap.servers: a}\n", PARAMS_NEED_KAFKA, &params), RC_OK);
    params_close(&params);
}

static void files_that_cannot_be_read_are_refused(void **state)
{
    struct params params = {0};
    char *text = malloc(PARAMS_FILE_MAX_BYTES + 2);

    (void)state;
    assert_non_null(text);
    assert_int_equal(params_load("/nonexistent/a", PARAMS_NO_ENV, &params, errstr, sizeof errstr), RC_NOT_FOUND);
    assert_string_equal(errstr, "/nonexistent/a: cannot be opened: No such file or directory");
    assert_int_equal(params_load(folder, PARAMS_NO_ENV, &params, errstr, sizeof errstr), RC_INVALID);
    memset(text, '#', PARAMS_FILE_MAX_BYTES + 1);
    text[PARAMS_FILE_MAX_BYTES + 1] = '\0';
    assert_int_equal(load_text(text, 0, &params), RC_INVALID);
    assert_string_equal(get_error(), ": has more than 1048576 bytes");
    free(text);
    assert_int_equal(load_text("hold: \"\xff\"\n", 0, &params), RC_INVALID);
    assert_non_null(strstr(errstr, "not valid YAML"));
    assert_int_equal(load_text("hold: &a [*a]\n", 0, &params), RC_INVALID);
}

static void the_environment_outranks_the_file(void **state)
{
    static char *const environment[] = {"PATH=/bin",
                                        "AUTOHTTP_HOLD=250ms",
                                        "AUTOHTTP_TOPICS_PARTITIONS=8",
                                        "AUTOHTTP_KAFKA_BOOTSTRAP_SERVERS=env:1",
                                        "AUTOHTTP_SERVICE_HOST=10.0.0.1",
                                        "AUTOHTTP_HOLDX=1",
                                        NULL};
    struct params params = load_ok("hold: 1s\nlookahead: 2s\nkafka: {client.rack: r, bootstrap.servers: 'file:1'}\n");

    (void)state;
    assert_int_equal(params_apply_env(&params, environment, errstr, sizeof errstr), RC_OK);
    assert_int_equal(params.hold_ms, 250);
    assert_int_equal(params.lookahead_ms, 2000);
    assert_int_equal(params.topics_partitions, 8);
    assert_string_equal(params_get_kafka(&params, "bootstrap.servers"), "env:1");
    assert_int_equal(params.kafka_count, 2);
    assert_int_equal(params.sources[PARAMS_ID_hold].kind, PARAMS_FROM_ENV);
    assert_int_equal(params.sources[PARAMS_ID_lookahead].kind, PARAMS_FROM_FILE);
    assert_int_equal(params.sources[PARAMS_ID_lookahead].line, 2);
    assert_int_equal(params.sources[PARAMS_ID_timeout].kind, PARAMS_FROM_DEFAULT);
    params_close(&params);
}

static void bad_environment_values_are_refused_by_name(void **state)
{
    static const struct {
        const char *variable;
        const char *error;
    } rows[] = {
        {"AUTOHTTP_HOLD=2m", "AUTOHTTP_HOLD: it must be 0s to 1m"},
        {"AUTOHTTP_HOLD=", "AUTOHTTP_HOLD: \"\" is not " PARAMS_VALUE_DURATION_FORM "; it must be 0s to 1m"},
        {"AUTOHTTP_TOPICS_PARTITIONS=x",
         "AUTOHTTP_TOPICS_PARTITIONS: \"x\" is not a whole number; it must be 1 to 65535"},
        {"AUTOHTTP_KAFKA_BOOTSTRAP_SERVERS=", "AUTOHTTP_KAFKA_BOOTSTRAP_SERVERS: has no value"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char variable[128];
        char *environment[] = {variable, NULL};
        struct params params = load_ok("");

        snprintf(variable, sizeof variable, "%s", rows[i].variable);
        assert_int_equal(params_apply_env(&params, environment, errstr, sizeof errstr), RC_INVALID);
        assert_string_equal(errstr, rows[i].error);
        params_close(&params);
    }
}

static void loading_reads_the_process_environment(void **state)
{
    struct params params = {0};

    (void)state;
    assert_int_equal(setenv("AUTOHTTP_TOPIC_PREFIX", "from-env", 1), 0);
    assert_int_equal(params_load(NULL, 0, &params, errstr, sizeof errstr), RC_OK);
    assert_int_equal(unsetenv("AUTOHTTP_TOPIC_PREFIX"), 0);
    assert_string_equal(params.topic_prefix, "from-env");
    assert_string_equal(params.group_id, "from-env");
    params_close(&params);
}

static const char FULL[] = "kafka:\n  bootstrap.servers: a:1\n  sasl.password: hunter2\n  my.secret.thing: hunter2\n"
                           "hold: 7s\nlog_level: warn\nmemory_bytes: 192MiB\ndelay_tiers: [1m30s, 27s]\n"
                           "retry_type_default: ladder\nretry_ladder_default_interval: [1s, 0s, 1s]\n"
                           "topics: {partitions: 4}\ngroup_id: 'null'\negress_allow: [\"*.x.example\", \"::1\"]\n"
                           "destinations:\n  - match: '*.y.example'\n    timeout: 90\n    ca_file: /dev/null\n";

static void print_tells_value_and_source_and_no_secret(void **state)
{
    struct params params = load_ok(FULL);
    char *text = print(&params);

    (void)state;
    assert_non_null(strstr(text, "\nhold: 7s  # "));
    assert_non_null(strstr(text, "a.yaml:5\n"));
    assert_non_null(strstr(text, "\nlookahead: 1m  # default\n"));
    assert_non_null(strstr(text, "\ntopics:\n  partitions: 4  # "));
    assert_non_null(strstr(text, "\n  replication_factor: 3  # default\n"));
    assert_non_null(strstr(text, "\n  sasl.password: \"***\"  # "));
    assert_null(strstr(text, "hunter2"));
    assert_int_equal(params.warnings.count, 0); /* the file is the owner's alone */
    free(text);
    params_close(&params);
}

/* All but the comments. */
static char *print_values(const struct params *params)
{
    char *text = print(params);
    char *to = text;

    for (const char *from = text; *from != '\0'; from++) {
        if (strncmp(from, "  # ", 4) == 0)
            from = strchr(from, '\n');
        *to++ = *from;
    }
    *to = '\0';
    return text;
}

static void what_is_printed_reads_back_the_same(void **state)
{
    struct params params = load_ok(FULL);
    char *first = print_values(&params);
    char *second = NULL;

    (void)state;
    params_close(&params);
    params = load_ok(first);
    second = print_values(&params);
    assert_string_equal(first, second);
    assert_string_equal(params.group_id, "null");
    free(first);
    free(second);
    params_close(&params);
}

static void json_has_one_object_for_each_setting(void **state)
{
    struct params params = load_ok(FULL);
    struct buffer buffer = {0};

    (void)state;
    params_print_json(&params, &buffer);
    assert_true(buffer_is_ok(&buffer));
    assert_non_null(strstr(buffer.data, "{\"name\":\"hold\",\"value\":\"7s\",\"source\":\""));
    assert_non_null(strstr(buffer.data, "{\"name\":\"lookahead\",\"value\":\"1m\",\"source\":\"default\"}\n"));
    assert_non_null(strstr(buffer.data, "{\"name\":\"memory_tasks\",\"value\":20000,\"source\":\"default\"}\n"));
    assert_non_null(strstr(buffer.data, "{\"name\":\"delay_tiers\",\"value\":[\"1m30s\", \"27s\"],"));
    assert_non_null(strstr(buffer.data, "{\"name\":\"retry_type_default\",\"value\":\"ladder\","));
    assert_non_null(
        strstr(buffer.data, "{\"name\":\"retry_ladder_default_interval\",\"value\":[\"1s\", \"0s\", \"1s\"],"));
    assert_non_null(strstr(buffer.data, "{\"name\":\"destinations[0].timeout\",\"value\":\"1m30s\","));
    assert_non_null(strstr(buffer.data, "{\"name\":\"kafka.sasl.password\",\"value\":\"***\","));
    assert_null(strstr(buffer.data, "hunter2"));
    buffer_close(&buffer);
    params_close(&params);
}

static void a_reload_takes_what_can_change_and_names_what_cannot(void **state)
{
    struct params params = load_ok(FULL);
    struct params fresh = load_ok("kafka:\n  bootstrap.servers: b:1\nhold: 8s\nlog_level: error\ntopic_prefix: other\n"
                                  "group_id: 'null'\ntopics: {partitions: 5}\nmemory_bytes: 64MiB\n");
    struct buffer changed = {0};

    (void)state;
    params_take_reloadable(&params, &fresh, &changed);
    assert_int_equal(params.hold_ms, 8000);
    assert_int_equal(params.log_level, LOG_LEVEL_ERROR);
    assert_int_equal(params.memory_bytes, 64 * 1024 * 1024);
    assert_string_equal(params.topic_prefix, "autohttp");
    assert_int_equal(params.topics_partitions, 4);
    assert_string_equal(changed.data, "topic_prefix, retry_type_default, retry_ladder_default_interval, delay_tiers, "
                                      "topics.partitions, egress_allow, kafka, destinations");
    buffer_close(&changed);
    params_take_reloadable(&params, &params, NULL);
    params_close(&params);
    params_close(&fresh);
}

static void a_reload_takes_the_numbers_of_destinations_where_they_are(void **state)
{
    struct params params = load_ok("destinations:\n  - {match: a, rate: 5/s, timeout: 2s}\n  - match: b\n");
    struct params fresh = load_ok("destinations:\n  - {match: a, rate: 7/m}\n  - {match: b, max_in_flight: 3}\n");
    struct params moved = load_ok("destinations:\n  - {match: b, rate: 9/s}\n  - match: a\n");
    struct params trusting = load_ok("destinations:\n  - match: a\n  - {match: b, ca_file: /dev/null}\n");
    const struct params_destination *destination = &params.destinations[0];
    struct buffer changed = {0};

    (void)state;
    params_take_reloadable(&params, &fresh, &changed);
    assert_int_equal(changed.len_bytes, 0);
    assert_ptr_equal(destination, params_get_destination(&params, "a"));
    assert_int_equal(destination->rate_per_h, 7 * 60);
    assert_int_equal(destination->timeout_ms, 0);
    assert_int_equal(params_get_destination(&params, "b")->max_in_flight, 3);
    params_take_reloadable(&params, &moved, &changed);
    assert_string_equal(changed.data, "destinations");
    assert_int_equal(destination->rate_per_h, 7 * 60);
    buffer_reset(&changed);
    params_take_reloadable(&params, &trusting, &changed);
    assert_memory_equal(changed.data, "destinations", changed.len_bytes);
    buffer_close(&changed);
    params_close(&params);
    params_close(&fresh);
    params_close(&moved);
    params_close(&trusting);
}

static void limits_and_names_in_the_table_are_sound(void **state)
{
    const struct params_row *row = NULL;
    size_t i = 0;

    (void)state;
    for (; (row = params_table_get(i)) != NULL; i++) {
        char name[PARAMS_TABLE_NAME_MAX_BYTES];
        char env[PARAMS_TABLE_NAME_MAX_BYTES];
        int64_t min = -1;
        int64_t max = -1;

        params_table_print_name(row, name);
        params_table_print_env(row, env);
        assert_int_equal(strncmp(env, "AUTOHTTP_", 9), 0);
        assert_int_equal(strlen(env), strlen(name) + 9);
        assert_ptr_equal(params_table_find(row->group, row->name), row);
        if (row->type == PARAMS_TYPE_DURATION)
            assert_true(params_value_parse_duration(row->min, &min) && params_value_parse_duration(row->max, &max));
        else if (row->type == PARAMS_TYPE_SIZE)
            assert_true(params_value_parse_size(row->min, &min) && params_value_parse_size(row->max, &max));
        else
            assert_true(params_value_parse_count(row->min, &min) && params_value_parse_count(row->max, &max));
        assert_true(min <= max);
        assert_int_equal(row->doc[strlen(row->doc) - 1], '.');
        if (row->is_reloadable) /* a reload copies numbers only */
            assert_in_range(row->type, PARAMS_TYPE_LEVEL, PARAMS_TYPE_DURATION);
    }
    assert_int_equal(i, PARAMS_COUNT);
}

static void loop_interval_is_refused_with_the_reason(void **state)
{
    (void)state;
    assert_refused("loop_interval: 3s\n",
                   ":1: loop_interval: remove this line: nothing polls, a task is taken the moment it is due");
}

static void auto_clean_enable_and_success_time_failure_time_stopped_time_loop_interval_have_defaults(void **state)
{
    struct params params = load_ok("");

    (void)state;
    assert_true(params.auto_clean_enable);
    assert_int_equal(params.auto_clean_success_time_ms, INT64_C(7) * 24 * 3600 * 1000);
    assert_int_equal(params.auto_clean_failure_time_ms, INT64_C(30) * 24 * 3600 * 1000);
    assert_int_equal(params.auto_clean_stopped_time_ms, INT64_C(30) * 24 * 3600 * 1000);
    assert_int_equal(params.auto_clean_loop_interval_ms, 3600 * 1000);
    params_close(&params);
}

static void auto_clean_enable_is_true_or_false(void **state)
{
    char *const off[] = {"AUTOHTTP_AUTO_CLEAN_ENABLE=false", NULL};
    char *const wrong[] = {"AUTOHTTP_AUTO_CLEAN_ENABLE=yes", NULL};
    struct params params = {0};
    struct params fresh = {0};
    char text[256] = "";

    (void)state;
    assert_int_equal(params_load(NULL, PARAMS_NO_ENV, &params, text, sizeof text), RC_OK);
    assert_int_equal(params_load(NULL, PARAMS_NO_ENV, &fresh, text, sizeof text), RC_OK);
    assert_true(params.auto_clean_enable);
    assert_int_equal(params_apply_env(&fresh, off, text, sizeof text), RC_OK);
    params_take_reloadable(&params, &fresh, NULL);
    assert_false(params.auto_clean_enable);
    assert_int_equal(params_apply_env(&params, wrong, text, sizeof text), RC_INVALID);
    assert_string_equal(text, "AUTOHTTP_AUTO_CLEAN_ENABLE: \"yes\" is not one of true, false");
    params_close(&params);
    params_close(&fresh);
}

static void the_manual_holds_the_reference_of_the_table(void **state)
{
    struct buffer reference = {0};
    FILE *file = fopen(PARAMS_MANUAL, "r");
    static char manual[256 * 1024];
    size_t manual_bytes = 0;

    (void)state;
    assert_non_null(file);
    manual_bytes = fread(manual, 1, sizeof manual - 1, file);
    fclose(file);
    assert_true(manual_bytes > 0);
    params_print_reference(&reference);
    if (strstr(manual, reference.data) == NULL)
        fail_msg("%s lacks what params.def says; its sections from SETTINGS to REFUSED KEYS OF KAFKA must read:\n%s",
                 PARAMS_MANUAL, reference.data);
    buffer_close(&reference);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold_without_a_file),
        cmocka_unit_test(an_empty_file_is_one_without_settings),
        cmocka_unit_test(every_setting_can_be_set),
        cmocka_unit_test(a_refusal_names_file_line_setting_and_reason),
        cmocka_unit_test(kafka_entries_pass_unchanged_and_in_order),
        cmocka_unit_test(line_breaks_of_yaml_alone_print_as_what_reads_back),
        cmocka_unit_test(keys_that_the_worker_controls_are_refused_with_the_reason),
        cmocka_unit_test(bad_kafka_sections_are_refused),
        cmocka_unit_test(every_secret_can_come_from_a_file),
        cmocka_unit_test(bad_secret_files_are_refused),
        cmocka_unit_test(a_secret_is_given_once),
        cmocka_unit_test(too_large_a_secret_is_refused),
        cmocka_unit_test(secrets_that_others_can_read_are_warned_of),
        cmocka_unit_test(the_first_destination_that_fits_counts),
        cmocka_unit_test(caps_of_a_destination_are_read_and_printed),
        cmocka_unit_test(bad_destinations_are_refused),
        cmocka_unit_test(what_a_worker_needs_is_asked_for_by_flags),
        cmocka_unit_test(files_that_cannot_be_read_are_refused),
        cmocka_unit_test(the_environment_outranks_the_file),
        cmocka_unit_test(bad_environment_values_are_refused_by_name),
        cmocka_unit_test(loading_reads_the_process_environment),
        cmocka_unit_test(print_tells_value_and_source_and_no_secret),
        cmocka_unit_test(what_is_printed_reads_back_the_same),
        cmocka_unit_test(json_has_one_object_for_each_setting),
        cmocka_unit_test(a_reload_takes_what_can_change_and_names_what_cannot),
        cmocka_unit_test(a_reload_takes_the_numbers_of_destinations_where_they_are),
        cmocka_unit_test(limits_and_names_in_the_table_are_sound),
        cmocka_unit_test(loop_interval_is_refused_with_the_reason),
        cmocka_unit_test(auto_clean_enable_and_success_time_failure_time_stopped_time_loop_interval_have_defaults),
        cmocka_unit_test(auto_clean_enable_is_true_or_false),
        cmocka_unit_test(the_manual_holds_the_reference_of_the_table),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
