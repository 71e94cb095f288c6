/* plugin: what is refused at the start, what hooks may change, and what becomes of hooks that fail, dawdle or crash. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"
#include "plugin.h"
#include "plugin_watch.h"

#define TEXT_BYTES 8192

struct fixture {
    char folder[64];
    char path[256];
    char calls_path[96]; /* what the plugin writes down */
    FILE *log;
    struct params params;
    struct stats stats;
    struct clock clock;
    struct plugin *plugin;
    struct task task;
    struct row row;
    struct task_header headers[3];
    autohttp_plugin_item_t item;
    char errstr[512];
};

static enum rc open_named(struct fixture *fixture, const char *name)
{
    snprintf(fixture->path, sizeof fixture->path, PLUGIN_FOLDER "/%s.so", name);
    fixture->params.plugin = fixture->path;
    fixture->errstr[0] = '\0';
    return plugin_open(&fixture->params, &fixture->stats, &fixture->clock, &fixture->plugin, fixture->errstr,
                       sizeof fixture->errstr);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/autohttp-test-XXXXXX");
    if (fixture == NULL || mkdtemp(fixture->folder) == NULL)
        return -1;
    snprintf(fixture->calls_path, sizeof fixture->calls_path, "%s/calls", fixture->folder);
    fixture->log = tmpfile();
    log_set_fd(fileno(fixture->log));
    fixture->params.plugin_config = fixture->calls_path;
    fixture->params.plugin_budget_ms = 10;
    stats_init(&fixture->stats);
    clock_init(&fixture->clock);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    plugin_item_close(&fixture->item);
    plugin_close(fixture->plugin);
    log_flush(true);
    log_set_fd(STDERR_FILENO);
    fclose(fixture->log);
    unlink(fixture->calls_path);
    rmdir(fixture->folder);
    free(fixture);
    return 0;
}

static int set_up_open(void **state)
{
    if (set_up(state) != 0)
        return -1;
    return open_named(*state, "plugin") == RC_OK ? 0 : -1;
}

/* A task with two headers and a body; the type says what the plugin does. */
static void begin(struct fixture *fixture, const char *business_type)
{
    plugin_item_close(&fixture->item);
    fixture->headers[0] = (struct task_header){"X-Old", "1"};
    fixture->headers[1] = (struct task_header){"X-Kept", "2"};
    fixture->task = (struct task){
        .business_type = business_type,
        .business_id = "7",
        .url = "http://127.0.0.1:9/path",
        .method = "POST",
        .headers = fixture->headers,
        .header_count = 2,
        .body = "old",
        .body_bytes = 3,
        .has_body = true,
        .retry_type = TASK_RETRY_STEP,
        .step_interval_ms = 1500,
        .step_time = 4,
    };
    fixture->row = (struct row){
        .id = 281474976710661,
        .business_type = business_type,
        .business_id = "7",
        .url = fixture->task.url,
        .method = "POST",
        .retry_type = TASK_RETRY_STEP,
        .step_interval_ms = 1500,
        .step_time = 4,
        .status = ROW_SENDING,
        .attempts = 3,
        .request_time_ms = 1000,
        .last_retry_time_ms = 2000,
        .next_retry_time_ms = 3000,
        .success_time_ms = 0,
        .last_error = "",
    };
    plugin_item_init(&fixture->item, &fixture->row, &fixture->task, 4, "key-1");
}

static enum rc build(struct fixture *fixture, const char *business_type)
{
    begin(fixture, business_type);
    return plugin_build(fixture->plugin, &fixture->item, fixture->errstr, sizeof fixture->errstr);
}

static void read_file(FILE *file, char *text)
{
    size_t text_bytes;

    rewind(file);
    text_bytes = fread(text, 1, TEXT_BYTES - 1, file);
    text[text_bytes] = '\0';
}

static size_t count_text(const char *text, const char *part)
{
    size_t count = 0;

    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        count++;
    return count;
}

static void assert_logged(struct fixture *fixture, const char *part, size_t count)
{
    char text[TEXT_BYTES];

    read_file(fixture->log, text);
    if (count_text(text, part) != count)
        fail_msg("\"%s\" stands in the log %zu times, not %zu: %s", part, count_text(text, part), count, text);
}

static void assert_in_errstr(const struct fixture *fixture, const char *part)
{
    if (strstr(fixture->errstr, part) == NULL)
        fail_msg("no \"%s\" in \"%s\"", part, fixture->errstr);
}

static void without_a_path_there_is_no_plugin_and_nothing_to_call(void **state)
{
    struct fixture *fixture = *state;

    fixture->params.plugin = "";
    fixture->plugin = (struct plugin *)1;
    assert_int_equal(plugin_open(&fixture->params, &fixture->stats, &fixture->clock, &fixture->plugin, NULL, 0), RC_OK);
    assert_null(fixture->plugin);
    assert_false(plugin_has_building(NULL));
    assert_false(plugin_has_result_valid(NULL));
    assert_false(plugin_has_status_update(NULL));
}

struct refusal {
    const char *name;
    const char *file;
    const char *why;
};

static const struct refusal refusals[] = {
    {"a_missing_file_is_refused", "there_is_none", "cannot be loaded"},
    {"a_missing_symbol_is_refused", "plugin_nameless", "exports no autohttp_plugin_get()"},
    {"a_newer_version_is_refused_naming_both", "plugin_newer", "its ABI version is 2, this worker's is 1"},
    {"a_struct_of_another_size_is_refused", "plugin_short", "its struct has"},
    {"a_struct_without_hooks_is_refused", "plugin_hookless", "has none of on_task_building"},
};

static void it_is_refused_as_the_row_says(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        print_message("%s\n", refusals[i].name);
        assert_int_equal(open_named(fixture, refusals[i].file), RC_INVALID);
        assert_null(fixture->plugin);
        assert_in_errstr(fixture, fixture->path);
        assert_in_errstr(fixture, refusals[i].why);
    }
}

static void an_open_that_fails_is_refused_with_its_words(void **state)
{
    struct fixture *fixture = *state;

    fixture->params.plugin_config = "/no/such/folder/file";
    assert_int_equal(open_named(fixture, "plugin"), RC_INVALID);
    assert_in_errstr(fixture, "open() gave 2: cannot write \"/no/such/folder/file\"");
}

static void close_is_called_with_what_open_gave(void **state)
{
    struct fixture *fixture = *state;
    char text[TEXT_BYTES];
    FILE *file;

    assert_int_equal(open_named(fixture, "plugin"), RC_OK);
    plugin_close(fixture->plugin);
    fixture->plugin = NULL;
    file = fopen(fixture->calls_path, "r");
    assert_non_null(file);
    read_file(file, text);
    fclose(file);
    assert_string_equal(text, "close\n");
}

static void on_task_building_changes_what_is_sent_and_not_the_task(void **state)
{
    struct fixture *fixture = *state;
    const struct task *sent = &fixture->item.sent;

    assert_int_equal(build(fixture, "all"), RC_OK);
    assert_string_equal(sent->url, "http://127.0.0.1:9/path?changed=POST");
    assert_string_equal(sent->method, "PUT");
    assert_int_equal(sent->header_count, 1);
    assert_string_equal(sent->headers[0].name, "x-KEPT");
    assert_string_equal(sent->headers[0].value, "changed");
    assert_int_equal(sent->body_bytes, 8);
    assert_memory_equal(sent->body, "new\0body", 8);
    assert_true(fixture->item.is_url_changed);
    assert_string_equal(fixture->task.url, "http://127.0.0.1:9/path");
    assert_string_equal(fixture->task.method, "POST");
    assert_int_equal(fixture->task.header_count, 2);
    assert_string_equal(fixture->headers[0].name, "X-Old");
    assert_memory_equal(fixture->task.body, "old", 3);
}

static void on_task_building_may_add_a_header_with_attempt_and_key(void **state)
{
    struct fixture *fixture = *state;
    const struct task *sent = &fixture->item.sent;

    assert_int_equal(build(fixture, "order"), RC_OK);
    assert_int_equal(sent->header_count, 3);
    assert_string_equal(sent->headers[2].name, "X-Signature");
    assert_string_equal(sent->headers[2].value, "4 key-1");
    assert_false(fixture->item.is_url_changed);
    assert_ptr_equal(sent->body, fixture->task.body);
}

static void a_hook_that_changes_nothing_sends_the_task(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(build(fixture, "plain"), RC_OK);
    assert_ptr_equal(fixture->item.sent.url, fixture->task.url);
    assert_ptr_equal(fixture->item.sent.headers, fixture->task.headers);
}

static void a_body_taken_out_outlives_the_item(void **state)
{
    struct fixture *fixture = *state;
    char *body;

    assert_int_equal(build(fixture, "all"), RC_OK);
    body = plugin_item_take_body(&fixture->item);
    plugin_item_close(&fixture->item);
    assert_memory_equal(body, "new\0body", 8);
    free(body);
}

struct change {
    const char *business_type;
    enum rc rc;
    const char *why;
};

static const struct change changes[] = {
    {"reserved", RC_INVALID, "field header: Host is set by autohttp itself"},
    {"crlf", RC_INVALID, "field header: value of X-Split holds a control character"},
    {"scheme", RC_INVALID, "field url: "},
    {"flood", RC_INVALID, "set_header: a text is too long"},
    {"fail", RC_UNAVAILABLE, "there is no key"},
    {"silent", RC_UNAVAILABLE, "the hook returned 7"},
    {"unended", RC_UNAVAILABLE, "xxxxxxxx"},
};

static void a_refused_change_and_a_failed_hook_are_told_as_the_row_says(void **state)
{
    struct fixture *fixture = *state;
    size_t count = sizeof changes / sizeof changes[0];

    for (size_t i = 0; i < count; i++) {
        print_message("%s\n", changes[i].business_type);
        assert_int_equal(build(fixture, changes[i].business_type), changes[i].rc);
        assert_in_errstr(fixture, changes[i].why);
    }
    assert_int_equal(stats_get(&fixture->stats.plugin_errors_total[STATS_HOOK_BUILDING]), count);
    assert_int_equal(stats_get(&fixture->stats.plugin_calls_total[STATS_HOOK_BUILDING]), count);
}

static void errors_are_logged_at_once_and_then_counted_until_the_minute_is_over(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 5; i++)
        assert_int_equal(build(fixture, "fail"), RC_UNAVAILABLE);
    assert_logged(fixture, "msg=plugin_error", 1);
    assert_logged(fixture, "hook=on_task_building count=1 why=\"there is no key\"", 1);
    fixture->clock.start_mono_ns -= INT64_C(61) * 1000 * 1000 * 1000; /* a minute later */
    assert_int_equal(build(fixture, "fail"), RC_UNAVAILABLE);
    assert_logged(fixture, "hook=on_task_building count=5", 1);
}

static void errors_not_logged_yet_are_at_the_end(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 3; i++)
        assert_int_equal(build(fixture, "fail"), RC_UNAVAILABLE);
    plugin_close(fixture->plugin);
    fixture->plugin = NULL;
    assert_logged(fixture, "hook=on_task_building count=2", 1);
}

static void a_hook_over_its_budget_is_in_metric_and_log(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(build(fixture, "slow"), RC_OK);
    assert_int_equal(stats_get(&fixture->stats.plugin_overruns_total[STATS_HOOK_BUILDING]), 1);
    assert_int_equal(stats_get(&fixture->stats.plugin_errors_total[STATS_HOOK_BUILDING]), 0);
    assert_true(stats_get_gauge(fixture->stats.plugin_hook_max_seconds) >= 200000);
    assert_int_equal(stats_get_count(&fixture->stats.plugin_hook_seconds), 1);
    assert_logged(fixture, "msg=plugin_overrun hook=on_task_building count=1 dur_ms=2", 1);
    assert_logged(fixture, "budget_ms=10", 1);
}

static void a_hook_within_its_budget_is_not(void **state)
{
    struct fixture *fixture = *state;

    fixture->params.plugin_budget_ms = 10000;
    assert_int_equal(build(fixture, "slow"), RC_OK);
    assert_int_equal(stats_get(&fixture->stats.plugin_overruns_total[STATS_HOOK_BUILDING]), 0);
    assert_logged(fixture, "plugin_overrun", 0);
}

static enum plugin_verdict judge(struct fixture *fixture, const char *business_type, int status, const char *body)
{
    autohttp_plugin_response_t response = {
        .bytes = sizeof response,
        .status = status,
        .body = body,
        .body_bytes = body != NULL ? strlen(body) : 0,
        .body_received_bytes = 100000,
        .is_body_whole = 1,
    };

    begin(fixture, business_type);
    return plugin_judge(fixture->plugin, &fixture->item, &response, fixture->errstr, sizeof fixture->errstr);
}

static void on_task_result_valid_judges_status_and_body(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(judge(fixture, "check", 200, "{\"result\": \"done\"}"), PLUGIN_VALID);
    assert_int_equal(judge(fixture, "check", 200, "{\"result\": \"error\"}"), PLUGIN_INVALID);
    assert_string_equal(fixture->errstr, "the body holds an error");
    assert_int_equal(judge(fixture, "check", 204, NULL), PLUGIN_VALID);
    assert_int_equal(judge(fixture, "accept", 500, ""), PLUGIN_VALID);
    assert_int_equal(judge(fixture, "order", 404, ""), PLUGIN_INVALID);
    assert_int_equal(stats_get(&fixture->stats.plugin_errors_total[STATS_HOOK_RESULT_VALID]), 0);
}

static void on_task_result_valid_that_fails_is_an_error(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(judge(fixture, "judge_fails", 200, ""), PLUGIN_FAILED);
    assert_string_equal(fixture->errstr, "no judgement");
    assert_int_equal(stats_get(&fixture->stats.plugin_errors_total[STATS_HOOK_RESULT_VALID]), 1);
    assert_logged(fixture, "hook=on_task_result_valid count=1", 1);
}

static void on_task_status_update_is_told_status_and_error(void **state)
{
    struct fixture *fixture = *state;
    char text[TEXT_BYTES];
    FILE *file;

    begin(fixture, "order");
    fixture->row.status = ROW_FAILURE;
    plugin_tell_status(fixture->plugin, &fixture->item, "status 500");
    begin(fixture, "update_fails");
    plugin_tell_status(fixture->plugin, &fixture->item, "");
    file = fopen(fixture->calls_path, "r");
    assert_non_null(file);
    read_file(file, text);
    fclose(file);
    assert_string_equal(text, "on_task_status_update order:7 4 3 status 500\n"
                              "on_task_status_update update_fails:7 4 1 \n");
    assert_int_equal(stats_get(&fixture->stats.plugin_errors_total[STATS_HOOK_STATUS_UPDATE]), 1);
    assert_logged(fixture, "hook=on_task_status_update count=1 why=\"the hook returned 2\"", 1);
}

static void item_has_the_17_fields_of_the_seed(void **state)
{
    struct fixture *fixture = *state;
    const autohttp_plugin_host_t *host = &plugin_item_host;
    const autohttp_plugin_item_t *item = &fixture->item;
    size_t body_bytes = 0;

    begin(fixture, "order");
    fixture->row.success_time_ms = 4000;
    assert_int_equal(host->get_id(item), 281474976710661);
    assert_string_equal(host->get_business_type(item), "order");
    assert_string_equal(host->get_business_id(item), "7");
    assert_string_equal(host->get_url(item), "http://127.0.0.1:9/path");
    assert_string_equal(host->get_method(item), "POST");
    assert_int_equal(host->get_header_count(item), 2);
    assert_string_equal(host->get_header_name(item, 1), "X-Kept");
    assert_string_equal(host->get_header_value(item, 1), "2");
    assert_null(host->get_header_name(item, 2));
    assert_null(host->get_header_value(item, 2));
    assert_memory_equal(host->get_body(item, &body_bytes), "old", 3);
    assert_int_equal(body_bytes, 3);
    assert_int_equal(host->get_retry_type(item), AUTOHTTP_PLUGIN_STEP);
    assert_int_equal(host->get_retry_step_interval_ms(item), 1500);
    assert_int_equal(host->get_retry_step_time(item), 4);
    assert_int_equal(host->get_retry_count(item), 2);
    assert_int_equal(host->get_status(item), AUTOHTTP_PLUGIN_SENDING);
    assert_int_equal(host->get_request_time_ms(item), 1000);
    assert_int_equal(host->get_last_retry_time_ms(item), 2000);
    assert_int_equal(host->get_next_retry_time_ms(item), 3000);
    assert_int_equal(host->get_success_time_ms(item), 4000);
    assert_int_equal(host->get_attempt(item), 4);
    assert_string_equal(host->get_idempotency_key(item), "key-1");
}

static void item_gives_a_ladder_wait_by_wait(void **state)
{
    struct fixture *fixture = *state;
    const autohttp_plugin_host_t *host = &plugin_item_host;
    static const int64_t waits_ms[] = {100, 200};

    begin(fixture, "order");
    fixture->row.retry_type = TASK_RETRY_LADDER;
    fixture->row.ladder_interval_ms = waits_ms;
    fixture->row.ladder_count = 2;
    fixture->row.attempts = 0;
    assert_int_equal(host->get_retry_type(&fixture->item), AUTOHTTP_PLUGIN_LADDER);
    assert_int_equal(host->get_retry_ladder_count(&fixture->item), 2);
    assert_int_equal(host->get_retry_ladder_interval_ms(&fixture->item, 1), 200);
    assert_int_equal(host->get_retry_ladder_interval_ms(&fixture->item, 2), -1);
    assert_int_equal(host->get_retry_count(&fixture->item), 0);
}

static void without_the_task_there_is_its_row(void **state)
{
    struct fixture *fixture = *state;
    size_t body_bytes = 9;

    begin(fixture, "order");
    plugin_item_init(&fixture->item, &fixture->row, NULL, 3, "");
    assert_string_equal(plugin_item_host.get_url(&fixture->item), "http://127.0.0.1:9/path");
    assert_int_equal(plugin_item_host.get_header_count(&fixture->item), 0);
    assert_null(plugin_item_host.get_body(&fixture->item, &body_bytes));
    assert_int_equal(body_bytes, 0);
}

static void setters_refuse_outside_on_task_building(void **state)
{
    struct fixture *fixture = *state;
    const autohttp_plugin_host_t *host = &plugin_item_host;

    begin(fixture, "order");
    assert_int_equal(host->set_url(&fixture->item, "http://h/"), AUTOHTTP_PLUGIN_INVALID);
    assert_int_equal(host->set_method(&fixture->item, "PUT"), AUTOHTTP_PLUGIN_INVALID);
    assert_int_equal(host->set_header(&fixture->item, "A", "b"), AUTOHTTP_PLUGIN_INVALID);
    assert_int_equal(host->set_header(&fixture->item, "X-Old", NULL), AUTOHTTP_PLUGIN_INVALID);
    assert_int_equal(host->set_body(&fixture->item, "b", 1), AUTOHTTP_PLUGIN_INVALID);
    assert_string_equal(fixture->item.sent.url, fixture->task.url);
    assert_int_equal(fixture->item.sent.header_count, 2);
    assert_int_equal(plugin_item_check(&fixture->item, NULL, 0), RC_OK);
}

static void a_setter_that_refused_refuses_the_whole(void **state)
{
    struct fixture *fixture = *state;
    char *long_url = calloc(1, TASK_URL_MAX_BYTES + 2);

    begin(fixture, "order");
    fixture->item.may_change = true;
    memset(long_url, 'a', TASK_URL_MAX_BYTES + 1);
    assert_int_equal(plugin_item_host.set_url(&fixture->item, long_url), AUTOHTTP_PLUGIN_INVALID);
    assert_int_equal(plugin_item_host.set_method(&fixture->item, NULL), AUTOHTTP_PLUGIN_INVALID);
    assert_int_equal(plugin_item_check(&fixture->item, fixture->errstr, sizeof fixture->errstr), RC_INVALID);
    assert_string_equal(fixture->errstr, "set_url: a text is too long");
    free(long_url);
}

static void a_task_holds_a_hundred_headers_and_no_more(void **state)
{
    struct fixture *fixture = *state;
    char name[16];

    begin(fixture, "order");
    fixture->item.may_change = true;
    for (int i = 2; i < TASK_HEADER_MAX_COUNT; i++) {
        snprintf(name, sizeof name, "X-%d", i);
        assert_int_equal(plugin_item_host.set_header(&fixture->item, name, "v"), AUTOHTTP_PLUGIN_OK);
    }
    assert_int_equal(plugin_item_check(&fixture->item, fixture->errstr, sizeof fixture->errstr), RC_OK);
    assert_int_equal(plugin_item_host.set_header(&fixture->item, "X-2", "again"), AUTOHTTP_PLUGIN_OK);
    assert_int_equal(plugin_item_host.set_header(&fixture->item, "X-More", "v"), AUTOHTTP_PLUGIN_INVALID);
    assert_int_equal(plugin_item_check(&fixture->item, fixture->errstr, sizeof fixture->errstr), RC_INVALID);
    assert_string_equal(fixture->errstr, "set_header: too many headers");
}

static void a_body_can_be_taken_away_and_be_too_long(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture, "order");
    fixture->item.may_change = true;
    assert_int_equal(plugin_item_host.set_body(&fixture->item, NULL, 0), AUTOHTTP_PLUGIN_OK);
    assert_false(fixture->item.sent.has_body);
    assert_int_equal(plugin_item_host.set_body(&fixture->item, "x", TASK_BODY_MAX_BYTES + 1), AUTOHTTP_PLUGIN_INVALID);
}

/* Runs a hook that raises SIGSEGV in a child; gives what it wrote to stderr. */
static int crash(struct fixture *fixture, char *text)
{
    int ends[2];
    int status = 0;
    ssize_t text_bytes;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        plugin_watch_open(fixture->path); /* again: cmocka has put handlers of its own over it */
        build(fixture, "crash");
        _exit(0);
    }
    close(ends[1]);
    text_bytes = read(ends[0], text, TEXT_BYTES - 1);
    text[text_bytes > 0 ? text_bytes : 0] = '\0';
    close(ends[0]);
    waitpid(pid, &status, 0);
    return status;
}

static void a_crash_in_a_hook_names_it_and_ends_the_process(void **state)
{
    struct fixture *fixture = *state;
    char text[TEXT_BYTES];
    int status = crash(fixture, text);

    if (strstr(text, "msg=plugin_crashed hook=on_task_building signal=SIGSEGV plugin=" PLUGIN_FOLDER "/plugin.so\n") ==
        NULL)
        fail_msg("stderr does not name the hook: %s", text);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void no_hook_runs_between_calls(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(build(fixture, "order"), RC_OK);
    assert_null(plugin_watch_get_hook());
    plugin_watch_enter("on_task_building");
    assert_string_equal(plugin_watch_get_hook(), "on_task_building");
    plugin_watch_leave();
    assert_null(plugin_watch_get_hook());
}

static void the_example_signs_judges_and_needs_its_key(void **state)
{
    struct fixture *fixture = *state;
    autohttp_plugin_response_t response = {.bytes = sizeof response, .status = 200, .body = "{\"ok\":false}"};
    FILE *file = fopen(fixture->calls_path, "w");

    assert_non_null(file);
    fputs("Jefe", file);
    fclose(file);
    fixture->params.plugin = EXAMPLE_PLUGIN;
    assert_int_equal(plugin_open(&fixture->params, &fixture->stats, &fixture->clock, &fixture->plugin, fixture->errstr,
                                 sizeof fixture->errstr),
                     RC_OK);
    begin(fixture, "order");
    fixture->task.body = "what do ya want for nothing?"; /* RFC 4231, test case 2 */
    fixture->task.body_bytes = strlen(fixture->task.body);
    plugin_item_init(&fixture->item, &fixture->row, &fixture->task, 1, "key");
    assert_int_equal(plugin_build(fixture->plugin, &fixture->item, fixture->errstr, sizeof fixture->errstr), RC_OK);
    assert_string_equal(fixture->item.sent.headers[2].value,
                        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    response.body_bytes = strlen(response.body);
    assert_int_equal(plugin_judge(fixture->plugin, &fixture->item, &response, fixture->errstr, sizeof fixture->errstr),
                     PLUGIN_INVALID);
    plugin_close(fixture->plugin);
    fixture->plugin = NULL;
    fixture->params.plugin_config = "";
    assert_int_equal(plugin_open(&fixture->params, &fixture->stats, &fixture->clock, &fixture->plugin, fixture->errstr,
                                 sizeof fixture->errstr),
                     RC_INVALID);
    assert_in_errstr(fixture, "no key in the file that plugin_config names");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define OPEN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_open, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(without_a_path_there_is_no_plugin_and_nothing_to_call),
        TEST(it_is_refused_as_the_row_says),
        TEST(an_open_that_fails_is_refused_with_its_words),
        TEST(close_is_called_with_what_open_gave),
        OPEN_TEST(on_task_building_changes_what_is_sent_and_not_the_task),
        OPEN_TEST(on_task_building_may_add_a_header_with_attempt_and_key),
        OPEN_TEST(a_hook_that_changes_nothing_sends_the_task),
        OPEN_TEST(a_body_taken_out_outlives_the_item),
        OPEN_TEST(a_refused_change_and_a_failed_hook_are_told_as_the_row_says),
        OPEN_TEST(errors_are_logged_at_once_and_then_counted_until_the_minute_is_over),
        OPEN_TEST(errors_not_logged_yet_are_at_the_end),
        OPEN_TEST(a_hook_over_its_budget_is_in_metric_and_log),
        OPEN_TEST(a_hook_within_its_budget_is_not),
        OPEN_TEST(on_task_result_valid_judges_status_and_body),
        OPEN_TEST(on_task_result_valid_that_fails_is_an_error),
        OPEN_TEST(on_task_status_update_is_told_status_and_error),
        TEST(item_has_the_17_fields_of_the_seed),
        TEST(item_gives_a_ladder_wait_by_wait),
        TEST(without_the_task_there_is_its_row),
        TEST(setters_refuse_outside_on_task_building),
        TEST(a_setter_that_refused_refuses_the_whole),
        TEST(a_task_holds_a_hundred_headers_and_no_more),
        TEST(a_body_can_be_taken_away_and_be_too_long),
        OPEN_TEST(a_crash_in_a_hook_names_it_and_ends_the_process),
        OPEN_TEST(no_hook_runs_between_calls),
        TEST(the_example_signs_judges_and_needs_its_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
