/* Settings by name: what is taken, what is refused, and that a refusal names the setting. */
#include "autohttp.h"
#include "cmocka_all.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void assert_refused(const char *name, const char *value, const char *reason)
{
    char errstr[256] = "";
    autohttp_config_t *config = autohttp_config_new();

    assert_int_equal(autohttp_config_set(config, name, value, errstr, sizeof errstr), AUTOHTTP_INVALID);
    if (strstr(errstr, name) == NULL || strstr(errstr, reason) == NULL) {
        fail_msg("%s=%s: \"%s\" names not the setting or lacks \"%s\"", name, value, errstr, reason);
    }
    autohttp_config_free(config);
}

static void assert_taken(const char *name, const char *value)
{
    char errstr[256] = "untouched";
    autohttp_config_t *config = autohttp_config_new();

    assert_int_equal(autohttp_config_set(config, name, value, errstr, sizeof errstr), AUTOHTTP_OK);
    assert_string_equal(errstr, "untouched");
    autohttp_config_free(config);
}

static void unknown_names_are_refused_by_name(void **state)
{
    (void)state;
    assert_refused("bootstrap.server", "localhost:9092", "No such configuration property");
    assert_refused("", "x", "");
    assert_refused("sasl.username_file", "/dev/null", "No such");
}

static void settings_that_break_the_promise_are_refused(void **state)
{
    static const char *const names[] = {"acks",
                                        "request.required.acks",
                                        "enable.idempotence",
                                        "transactional.id",
                                        "partitioner",
                                        "delivery.report.only.error",
                                        "message.timeout.ms",
                                        "delivery.timeout.ms",
                                        "queue.buffering.max.messages",
                                        "queue.buffering.max.kbytes",
                                        "log.queue",
                                        "enable.gapless.guarantee"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_refused(names[i], "1", "may not be set");
    }
}

static void numbers_out_of_range_are_refused_with_the_range(void **state)
{
    (void)state;
    assert_refused("queue_max_count", "0", "1..10000000");
    assert_refused("queue_max_count", "10000001", "1..10000000");
    assert_refused("queue_max_count", "12x", "1..10000000");
    assert_refused("queue_max_count", "", "1..10000000");
    assert_refused("queue_max_count", " 5", "1..10000000");
    assert_refused("queue_max_count", "-5", "1..10000000");
    assert_refused("queue_max_count", "99999999999999999999", "1..10000000");
    assert_refused("queue_max_bytes", "4194303", "4194304..");
    assert_refused("delivery_timeout_ms", "999", "1000..86400000");
}

static void own_and_librdkafka_settings_are_taken(void **state)
{
    (void)state;
    assert_taken("topic_prefix", "shop-1.auto_http");
    assert_taken("queue_max_count", "1");
    assert_taken("queue_max_bytes", "4194304");
    assert_taken("delivery_timeout_ms", "1000");
    assert_taken("bootstrap.servers", "a:1,b:2");
    assert_taken("security.protocol", "sasl_ssl");
    assert_taken("linger.ms", "0");
    assert_taken("compression.type", "zstd");
    assert_taken("test.mock.num.brokers", "1");
}

static void prefix_must_be_a_topic_name(void **state)
{
    char long_prefix[200];

    (void)state;
    memset(long_prefix, 'a', sizeof long_prefix);
    long_prefix[sizeof long_prefix - 1] = '\0';
    assert_refused("topic_prefix", "", "0 bytes");
    assert_refused("topic_prefix", "a b", "only letters");
    assert_refused("topic_prefix", "\xc3\xa4", "only letters");
    assert_refused("topic_prefix", long_prefix, "199 bytes");
}

static void write_file(char *path, const void *bytes, size_t byte_count)
{
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, byte_count), (ssize_t)byte_count);
    close(fd);
}

static void secrets_come_from_files(void **state)
{
    char path[] = "/tmp/autohttp-secret-XXXXXX";

    (void)state;
    write_file(path, "s3cret\n", 7);
    assert_taken("sasl.password_file", path);
    assert_taken("ssl.key.password_file", path);
    assert_taken("ssl.keystore.password_file", path);
    unlink(path);
    assert_refused("sasl.password_file", path, "No such file");
    assert_refused("sasl.password_file", "/", "/");
}

static void secrets_with_a_nul_are_refused(void **state)
{
    char path[] = "/tmp/autohttp-secret-XXXXXX";

    (void)state;
    write_file(path, "s3\0ret", 6);
    assert_refused("sasl.password_file", path, "NUL");
    unlink(path);
}

static void null_arguments_are_refused(void **state)
{
    char errstr[64] = "";
    autohttp_config_t *config = autohttp_config_new();

    (void)state;
    assert_int_equal(autohttp_config_set(NULL, "a", "b", errstr, sizeof errstr), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_config_set(config, NULL, "b", errstr, sizeof errstr), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_config_set(config, "linger.ms", NULL, errstr, sizeof errstr), AUTOHTTP_INVALID);
    assert_int_equal(autohttp_config_set(config, "nonsense", "b", NULL, 0), AUTOHTTP_INVALID);
    assert_null(autohttp_new(NULL, errstr, sizeof errstr));
    autohttp_config_free(config);
    autohttp_config_free(NULL);
    autohttp_free(NULL, 0);
}

static void contradictory_settings_are_refused_by_new(void **state)
{
    char errstr[256] = "";
    autohttp_config_t *config = autohttp_config_new();

    (void)state;
    assert_int_equal(autohttp_config_set(config, "linger.ms", "5000", errstr, sizeof errstr), AUTOHTTP_OK);
    assert_int_equal(autohttp_config_set(config, "delivery_timeout_ms", "1000", errstr, sizeof errstr), AUTOHTTP_OK);
    assert_null(autohttp_new(config, errstr, sizeof errstr));
    assert_non_null(strstr(errstr, "linger.ms"));
    autohttp_config_free(config);
}

static void codes_have_names_and_classes(void **state)
{
    (void)state;
    assert_string_equal(autohttp_rc_get_name(AUTOHTTP_OK), "ok");
    assert_string_equal(autohttp_rc_get_name(AUTOHTTP_FATAL), "fatal");
    assert_string_equal(autohttp_rc_get_name(AUTOHTTP_FATAL + 1), "unrecognized");
    assert_string_equal(autohttp_rc_get_name(-1), "unrecognized");
    for (int rc = AUTOHTTP_OK; rc <= AUTOHTTP_FATAL; rc++) {
        int is_retriable = rc == AUTOHTTP_FULL || rc == AUTOHTTP_UNKNOWN || rc == AUTOHTTP_TIMEOUT ||
                           rc == AUTOHTTP_UNAVAILABLE || rc == AUTOHTTP_NO_MEMORY;
        assert_int_equal(autohttp_rc_is_retriable(rc), is_retriable);
        assert_int_equal(autohttp_rc_is_fatal(rc), rc == AUTOHTTP_FATAL);
        assert_true(strlen(autohttp_rc_get_name(rc)) > 1);
    }
    assert_string_equal(autohttp_version(), AUTOHTTP_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_names_are_refused_by_name),
        cmocka_unit_test(settings_that_break_the_promise_are_refused),
        cmocka_unit_test(numbers_out_of_range_are_refused_with_the_range),
        cmocka_unit_test(own_and_librdkafka_settings_are_taken),
        cmocka_unit_test(prefix_must_be_a_topic_name),
        cmocka_unit_test(secrets_come_from_files),
        cmocka_unit_test(secrets_with_a_nul_are_refused),
        cmocka_unit_test(null_arguments_are_refused),
        cmocka_unit_test(contradictory_settings_are_refused_by_new),
        cmocka_unit_test(codes_have_names_and_classes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
