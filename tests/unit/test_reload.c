/* reload: what SIGHUP changes, and what it must not. */
#include "../support/cmocka_all.h"
#include "log.h"
#include "params.h"
#include "reload.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KAFKA "kafka:\n  bootstrap.servers: a:1\nstate_dir: /nowhere\n"

static char path[64];

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int load(void **state)
{
    struct params *params = test_calloc(1, sizeof *params);
    char text[256] = "";
    int fd;

    snprintf(path, sizeof path, "/tmp/autohttp-reload-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    write_file(KAFKA "hold: 3s\nmax_in_flight: 5\n");
    if (params_load(path, PARAMS_FOR_WORKER | PARAMS_NO_ENV, params, text, sizeof text) != RC_OK) {
        fail_msg("%s", text);
    }
    *state = params;
    return 0;
}

static int unload(void **state)
{
    params_close(*state);
    test_free(*state);
    unlink(path);
    log_set_level(LOG_LEVEL_INFO);
    return 0;
}

static void reloadable_settings_change_at_once(void **state)
{
    struct params *params = *state;

    write_file(KAFKA "hold: 4s\nmax_in_flight: 5\nlog_level: error\n");
    reload_params(params);
    assert_int_equal(params->hold_ms, 4000);
    assert_false(log_is_enabled(LOG_LEVEL_WARN));
}

static void fixed_settings_keep_their_values(void **state)
{
    struct params *params = *state;

    write_file(KAFKA "hold: 4s\nmax_in_flight: 6\n");
    reload_params(params);
    assert_int_equal(params->hold_ms, 4000);
    assert_int_equal(params->max_in_flight, 5);
}

static void a_refused_file_changes_nothing(void **state)
{
    struct params *params = *state;

    write_file(KAFKA "hold: 4s\nmax_in_flight: no\n");
    reload_params(params);
    assert_int_equal(params->hold_ms, 3000);
}

static void a_file_that_is_gone_changes_nothing(void **state)
{
    struct params *params = *state;

    assert_int_equal(unlink(path), 0);
    reload_params(params);
    assert_int_equal(params->hold_ms, 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reloadable_settings_change_at_once, load, unload),
        cmocka_unit_test_setup_teardown(fixed_settings_keep_their_values, load, unload),
        cmocka_unit_test_setup_teardown(a_refused_file_changes_nothing, load, unload),
        cmocka_unit_test_setup_teardown(a_file_that_is_gone_changes_nothing, load, unload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
