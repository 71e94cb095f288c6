#include "send.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "buffer.h"
#include "coords.h"
#include "json_line.h"
#include "moment.h"
#include "publisher.h"
#include "say.h"
#include "send_task.h"
#include "task_json.h"
#include "timeline.h"
#include "watch.h"

#define QUIET_MS 15000             /* without an event for so long, a worker may be missing: say so */
#define DETAIL_REPLACED "replaced" /* of a duplicate: this task took the other's place */

enum verdict {
    VERDICT_GOES_ON = 0,
    VERDICT_SUCCESS,
    VERDICT_NO, /* settled otherwise, or never taken */
};

static enum exit_code print_task(const autohttp_task_t *task)
{
    char errstr[SAY_ERRSTR_BYTES] = "";
    size_t json_bytes = 0;
    char *json = NULL;
    enum autohttp_rc rc = autohttp_task_to_json(task, NULL, 0, &json_bytes, errstr, sizeof errstr);

    if (rc == AUTOHTTP_TOO_LARGE) {
        json = malloc(json_bytes + 1);
        rc = json == NULL ? AUTOHTTP_NO_MEMORY
                          : autohttp_task_to_json(task, json, json_bytes + 1, NULL, errstr, sizeof errstr);
    }
    if (rc == AUTOHTTP_OK && json != NULL) {
        printf("%s\n", json);
    }
    free(json);
    return rc == AUTOHTTP_OK ? EXIT_CODE_OK : say_rc(publisher_map_rc(rc), "send", errstr);
}

static void print_published(const autohttp_task_t *task, uint64_t id, bool is_json)
{
    struct buffer line = {0};
    char id_text[24];
    const char *type = autohttp_task_get_business_type(task);
    const char *business_id = autohttp_task_get_business_id(task);

    snprintf(id_text, sizeof id_text, "%" PRIu64, id);
    if (!is_json) {
        printf("published  %s:%s  id %s\n", type, business_id, id_text);
        return;
    }
    json_line_begin(&line);
    json_line_add_text(&line, "business_type", type);
    json_line_add_text(&line, "business_id", business_id);
    json_line_add_text(&line, "id", id_text);
    json_line_add_text(&line, "publish_id", autohttp_task_get_publish_id(task));
    json_line_print(&line);
}

static bool is_about(const struct event *event, uint64_t id)
{
    struct coords published = {COORDS_TASKS, coords_get_id_partition(id), 0, coords_get_id_offset(id)};

    return event->id == id || coords_is_equal(&event->src, &published);
}

static enum verdict judge_event(const struct event *event, uint64_t id)
{
    /* Of a duplicate the id may be that of the task that was there first. */
    if (event->kind == EVENT_DUPLICATE) {
        return strcmp(event->detail, DETAIL_REPLACED) == 0 ? VERDICT_GOES_ON : VERDICT_NO;
    }
    if (event->kind == EVENT_REFUSED) {
        return VERDICT_NO;
    }
    if (event->id != id || event->status < ROW_SUCCESS) {
        return VERDICT_GOES_ON;
    }
    return event->status == ROW_SUCCESS ? VERDICT_SUCCESS : VERDICT_NO;
}

static void print_event(const struct watch *watch, const struct event *event, bool is_json)
{
    struct buffer line = {0};

    if (is_json) {
        printf("%s\n", watch_get_json(watch));
    } else {
        timeline_print(event, &line);
        printf("%s\n", buffer_is_ok(&line) ? line.data : "");
    }
    buffer_close(&line);
    fflush(stdout); /* whoever waits wants to see it now */
}

/* The next event about the task, or RC_TIMEOUT; says once if a worker seems to be missing. */
static enum rc next_event(struct watch *watch, int64_t deadline_mono_ms, bool *has_event, struct event *ret_event,
                          char *errstr, size_t errstr_bytes)
{
    int64_t quiet_mono_ms = moment_get_mono_ms() + QUIET_MS;
    enum rc rc = RC_OK;

    if (!*has_event && quiet_mono_ms < deadline_mono_ms) {
        rc = watch_next(watch, quiet_mono_ms, ret_event, errstr, errstr_bytes);
        if (rc != RC_TIMEOUT) {
            return rc;
        }
        say("no event in %d s: is a worker running? Still waiting", QUIET_MS / 1000);
        *has_event = true;
    }
    return watch_next(watch, deadline_mono_ms, ret_event, errstr, errstr_bytes);
}

static enum exit_code follow_task(const struct call *call, struct watch *watch, uint64_t id)
{
    const struct send_values *values = call->values;
    char errstr[SAY_ERRSTR_BYTES] = "";
    int64_t deadline_mono_ms =
        values->wait_timeout_ms > 0 ? moment_get_mono_ms() + values->wait_timeout_ms : WATCH_FOREVER;
    enum verdict verdict = VERDICT_GOES_ON;
    bool has_event = false;
    enum rc rc = RC_OK;

    while (rc == RC_OK && verdict == VERDICT_GOES_ON) {
        struct event event = {0};
        rc = next_event(watch, deadline_mono_ms, &has_event, &event, errstr, sizeof errstr);
        if (rc == RC_OK && is_about(&event, id)) {
            has_event = true;
            print_event(watch, &event, call->is_json);
            verdict = judge_event(&event, id);
        }
        event_close(&event);
    }
    if (rc == RC_TIMEOUT) {
        return say_fail(EXIT_CODE_AGAIN, "not settled yet when --wait-timeout ran out; the task goes on");
    }
    if (rc != RC_OK) {
        return say_rc(rc, "send", errstr);
    }
    return verdict == VERDICT_SUCCESS ? EXIT_CODE_OK : EXIT_CODE_NO;
}

static enum exit_code publish_task(const struct call *call, autohttp_task_t *task)
{
    const struct send_values *values = call->values;
    char errstr[SAY_ERRSTR_BYTES] = "";
    struct publisher publisher = {0};
    struct watch *watch = NULL;
    struct publisher_answer answer = {0};
    enum exit_code code = EXIT_CODE_OK;
    enum rc rc = publisher_open(call->settings, &publisher, errstr, sizeof errstr);

    if (rc == RC_OK && values->is_wait) {
        rc = watch_open(call->settings, autohttp_task_get_business_type(task), autohttp_task_get_business_id(task),
                        &watch, errstr, sizeof errstr);
    }
    if (rc == RC_OK) {
        enum autohttp_rc queued =
            autohttp_publish(publisher.handle, task, publisher_take_delivery, &answer, errstr, sizeof errstr);
        rc = publisher_finish(&publisher, queued, &answer, errstr, sizeof errstr);
    }
    if (rc != RC_OK) {
        code = say_rc(rc, "send", errstr);
        goto out;
    }
    print_published(task, answer.id, call->is_json);
    fflush(stdout);
    if (values->is_wait) {
        code = follow_task(call, watch, answer.id);
    }
out:
    watch_close(watch);
    publisher_close(&publisher);
    return code;
}

/* A dry run needs no broker, so this is asked only before publishing. */
static enum exit_code check_broker(const struct call *call)
{
    const struct send_values *values = call->values;
    char errstr[SAY_ERRSTR_BYTES] = "";

    if (values->is_dry_run || settings_check_bootstrap(call->settings, errstr, sizeof errstr) == RC_OK) {
        return EXIT_CODE_OK;
    }
    return say_fail(EXIT_CODE_CONFIG, "%s", errstr);
}

static enum exit_code run_one(const struct call *call)
{
    const struct send_values *values = call->values;
    char errstr[SAY_ERRSTR_BYTES] = "";
    autohttp_task_t *task = NULL;
    enum exit_code code = EXIT_CODE_OK;
    enum rc rc = send_task_new(values, call->words[0], &task, errstr, sizeof errstr);

    if (rc == RC_INVALID || rc == RC_TOO_LARGE) {
        return say_fail(EXIT_CODE_USAGE, "send: %s", errstr);
    }
    if (rc == RC_OK) {
        rc = send_task_complete(values, task, errstr, sizeof errstr);
    }
    if (rc != RC_OK) {
        code = say_rc(rc, "send", errstr);
    } else {
        code = values->is_dry_run ? print_task(task) : publish_task(call, task);
    }
    autohttp_task_free(task);
    return code;
}

static const struct option_spec options[] = {
    {"request", 'X', OPTION_TEXT, offsetof(struct send_values, method), "METHOD", "default GET, with a body POST", 0, 0,
     0},
    {"header", 'H', OPTION_LIST, offsetof(struct send_values, headers), "'NAME: VALUE'", "one more HTTP header", 0, 0,
     0},
    {"data", 'd', OPTION_TEXT, offsetof(struct send_values, data), "TEXT|@FILE", "the body; @- reads standard input", 0,
     0, 0},
    {"type", 0, OPTION_TEXT, offsetof(struct send_values, type), "TEXT", "business type (default manual)", 0, 0, 0},
    {"id", 0, OPTION_TEXT, offsetof(struct send_values, id), "TEXT", "business id (default: a random one)", 0, 0, 0},
    {"ladder", 0, OPTION_TEXT, offsetof(struct send_values, ladder), "WAIT,WAIT,...",
     "retry after each of these waits, then give up", 0, 0, 0},
    {"step", 0, OPTION_DURATION, offsetof(struct send_values, step_ms), "WAIT", "retry after this wait (default 60s)",
     0, TASK_WAIT_MAX_MS, -1},
    {"times", 0, OPTION_NUMBER, offsetof(struct send_values, times), "N", "so many times (default 0: without limit)", 0,
     TASK_STEP_TIME_MAX, -1},
    {"delay", 0, OPTION_DURATION, offsetof(struct send_values, delay_ms), "WAIT", "no attempt before this has passed",
     0, TASK_WAIT_MAX_MS, -1},
    {"not-before", 0, OPTION_TEXT, offsetof(struct send_values, not_before), "TIME",
     "no attempt before; 2026-03-01T12:00:00Z or Unix seconds", 0, 0, 0},
    {"timeout", 0, OPTION_DURATION, offsetof(struct send_values, timeout_ms), "WAIT", "limit of each attempt", 0,
     TASK_TIMEOUT_MAX_MS, 0},
    {"duplicate", 0, OPTION_TEXT, offsetof(struct send_values, duplicate), "POLICY",
     "if the key exists: ignore, replace or reject", 0, 0, 0},
    {"idempotency-key", 0, OPTION_TEXT, offsetof(struct send_values, idempotency_key), "TEXT",
     "sent with every attempt (default: the publish id)", 0, 0, 0},
    {"wait", 0, OPTION_FLAG, offsetof(struct send_values, is_wait), NULL,
     "follow the task until it is settled; exit 0 on success, else 1", 0, 0, 0},
    {"wait-timeout", 0, OPTION_DURATION, offsetof(struct send_values, wait_timeout_ms), "WAIT",
     "stop following after this (exit 75)", 0, TASK_WAIT_MAX_MS, 0},
    {"dry-run", 0, OPTION_FLAG, offsetof(struct send_values, is_dry_run), NULL, "print the task, publish nothing", 0, 0,
     0},
    {"batch", 0, OPTION_TEXT, offsetof(struct send_values, batch), "FILE", "tasks from NDJSON, one a line; - is stdin",
     0, 0, 0},
};

#define OPTION_COUNT (sizeof options / sizeof options[0])

/* A line of a batch says all about its task: an option that would be ignored is refused. */
static enum exit_code check_batch(const struct send_values *values)
{
    struct buffer names = {0};
    enum exit_code code = EXIT_CODE_OK;

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        bool is_used = strcmp(options[i].name, "batch") == 0 || strcmp(options[i].name, "dry-run") == 0;
        if (!is_used && options_is_given(&options[i], values)) {
            buffer_append_text(&names, names.len_bytes > 0 ? ", --" : "--");
            buffer_append_text(&names, options[i].name);
        }
    }
    if (names.len_bytes > 0) {
        code = say_fail(EXIT_CODE_USAGE, "--batch does not go with %s: each line says what its task needs",
                        buffer_is_ok(&names) ? names.data : "other options");
    }
    buffer_close(&names);
    return code;
}

static enum exit_code run_send(const struct call *call)
{
    const struct send_values *values = call->values;

    if (values->batch == NULL && call->word_count == 0) {
        return say_fail(EXIT_CODE_USAGE, "send wants a URL or --batch FILE (see: autohttp send --help)");
    }
    if (values->batch != NULL && (call->word_count > 0 || values->is_wait)) {
        return say_fail(EXIT_CODE_USAGE, "--batch goes with neither a URL nor --wait");
    }
    enum exit_code code = values->batch != NULL ? check_batch(values) : EXIT_CODE_OK;
    if (code == EXIT_CODE_OK) {
        code = check_broker(call);
    }
    if (code != EXIT_CODE_OK) {
        return code;
    }
    return values->batch == NULL ? run_one(call)
                                 : batch_run(call->settings, values->batch, values->is_dry_run, call->is_json);
}

static const struct verb verbs[] = {
    {"send", "URL", "publish a task, as curl would make the call",
     "  autohttp send https://pay.example/charge\n"
     "  autohttp send https://pay.example/charge -d @order.json -H 'Content-Type: application/json' \\\n"
     "      --type order --id 42 --ladder 1m,5m,30m --wait\n"
     "  autohttp send https://pay.example/ping --step 60s --times 3 --delay 10s --dry-run\n"
     "  autohttp send --batch tasks.ndjson\n",
     options, OPTION_COUNT, sizeof(struct send_values), 0, 1, VERB_NEEDS_SETTINGS, run_send},
};

const struct verb_group send_verbs = {verbs, sizeof verbs / sizeof verbs[0]};
