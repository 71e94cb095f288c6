#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit_table.h"

static char path[64];

static int clear_environment(void **state)
{
    static const char *const names[] = {"AUTOHTTP_CONFIG", "AUTOHTTP_BOOTSTRAP", "AUTOHTTP_TOPIC_PREFIX",
                                        "AUTOHTTP_GROUP_ID", "AUTOHTTP_KAFKA_BOOTSTRAP_SERVERS"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unsetenv(names[i]);
    }
    return 0;
}

static void write_file(const char *text)
{
    snprintf(path, sizeof path, "/tmp/test_cli_settings.XXXXXX");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static struct settings load(const struct settings_options *options)
{
    struct settings settings = {0};
    char errstr[512] = "";

    if (settings_load(options, &settings, errstr, sizeof errstr) != RC_OK) {
        fail_msg("%s", errstr);
    }
    return settings;
}

static void without_anything_defaults_hold_and_no_broker_is_named(void **state)
{
    struct settings_options options = {0};
    char errstr[512] = "";

    clear_environment(state);
    struct settings settings = load(&options);
    assert_string_equal(settings.topic_prefix, "autohttp");
    assert_string_equal(settings.group_id, "autohttp");
    assert_null(settings.bootstrap);
    assert_int_equal(settings_check_bootstrap(&settings, errstr, sizeof errstr), RC_INVALID);
    assert_true(strstr(errstr, "--bootstrap HOST:PORT") != NULL);
    settings_close(&settings);
}

static void file_is_outranked_by_environment_and_that_by_options(void **state)
{
    struct settings_options options = {0};

    clear_environment(state);
    write_file("topic_prefix: from-file\nkafka:\n  bootstrap.servers: file:1\n");
    options.config = path;
    struct settings settings = load(&options);
    assert_string_equal(settings.topic_prefix, "from-file");
    assert_string_equal(settings.bootstrap, "file:1");
    settings_close(&settings);

    setenv("AUTOHTTP_TOPIC_PREFIX", "from-environment", 1);
    setenv("AUTOHTTP_BOOTSTRAP", "environment:1", 1);
    settings = load(&options);
    assert_string_equal(settings.topic_prefix, "from-environment");
    assert_string_equal(settings.bootstrap, "environment:1");
    settings_close(&settings);

    options.topic_prefix = "from-option";
    options.bootstrap = "option:1";
    settings = load(&options);
    assert_string_equal(settings.topic_prefix, "from-option");
    assert_string_equal(settings.bootstrap, "option:1");
    settings_close(&settings);
    unlink(path);
}

static void environment_may_name_the_file(void **state)
{
    struct settings_options options = {0};

    clear_environment(state);
    write_file("topic_prefix: named\n");
    setenv("AUTOHTTP_CONFIG", path, 1);
    assert_string_equal(settings_get_file(&options), path);
    struct settings settings = load(&options);
    assert_string_equal(settings.topic_prefix, "named");
    settings_close(&settings);
    options.config = "other";
    assert_string_equal(settings_get_file(&options), "other");
    unlink(path);
}

static void empty_environment_counts_as_unset(void **state)
{
    struct settings_options options = {0};

    clear_environment(state);
    setenv("AUTOHTTP_CONFIG", "", 1);
    setenv("AUTOHTTP_BOOTSTRAP", "", 1);
    struct settings settings = load(&options);
    assert_null(settings.bootstrap);
    settings_close(&settings);
}

static void group_follows_the_prefix_unless_it_is_set(void **state)
{
    struct settings_options options = {.topic_prefix = "shop"};

    clear_environment(state);
    struct settings settings = load(&options);
    assert_string_equal(settings.group_id, "shop");
    settings_close(&settings);
    write_file("group_id: workers\n");
    options.config = path;
    settings = load(&options);
    assert_string_equal(settings.group_id, "workers");
    settings_close(&settings);
    unlink(path);
}

static void prefix_that_cannot_be_is_refused(void **state)
{
    struct settings_options options = {.topic_prefix = "a b"};
    struct settings settings = {0};
    char errstr[512] = "";

    clear_environment(state);
    assert_int_equal(settings_load(&options, &settings, errstr, sizeof errstr), RC_INVALID);
    assert_true(errstr[0] != '\0');
    settings_close(&settings);
}

static void missing_file_is_named(void **state)
{
    struct settings_options options = {.config = "/nonexistent/autohttp.yaml"};
    struct settings settings = {0};
    char errstr[512] = "";

    clear_environment(state);
    assert_int_not_equal(settings_load(&options, &settings, errstr, sizeof errstr), RC_OK);
    assert_true(strstr(errstr, "/nonexistent/autohttp.yaml") != NULL);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, without_anything_defaults_hold_and_no_broker_is_named);
    UNIT_TABLE_TEST(&table, file_is_outranked_by_environment_and_that_by_options);
    UNIT_TABLE_TEST(&table, environment_may_name_the_file);
    UNIT_TABLE_TEST(&table, empty_environment_counts_as_unset);
    UNIT_TABLE_TEST(&table, group_follows_the_prefix_unless_it_is_set);
    UNIT_TABLE_TEST(&table, prefix_that_cannot_be_is_refused);
    UNIT_TABLE_TEST(&table, missing_file_is_named);
    return unit_table_run(&table);
}
