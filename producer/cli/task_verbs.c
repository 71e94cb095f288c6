#include "task_verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "control_json.h"
#include "coords.h"
#include "json_line.h"
#include "moment.h"
#include "publisher.h"
#include "say.h"
#include "task_words.h"
#include "watch.h"

#define ANSWER_TIMEOUT_MS 30000

struct command_values {
    bool is_force;
    const char *reason;
    int64_t timeout_ms;
};

typedef enum autohttp_rc (*command_cb)(autohttp_t *handle, const autohttp_command_t *command, autohttp_delivery_cb cb,
                                       void *opaque, char *errstr, size_t errstr_bytes);

struct answer {
    const char *detail; /* as the worker writes it */
    const char *text;
    enum exit_code code;
};

static const struct answer answers[] = {
    {"stopped", "stopped", EXIT_CODE_OK},
    {"retried", "its next attempt is due now", EXIT_CODE_OK},
    {"published_again", "was settled; published anew", EXIT_CODE_OK},
    {"deleted", "deleted", EXIT_CODE_OK},
    {"cleaned", "deleted", EXIT_CODE_OK},
    {"not_found", "no such task", EXIT_CODE_NO},
    {"already_settled", "is settled already", EXIT_CODE_NO},
    {"gone", "its bytes are no longer kept, so it cannot be published anew", EXIT_CODE_NO},
};

static enum exit_code print_answer(const struct call *call, const char *detail)
{
    struct buffer line = {0};
    const struct answer *answer = NULL;

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        answer = strcmp(answers[i].detail, detail) == 0 ? &answers[i] : answer;
    }
    if (call->is_json) {
        json_line_begin(&line);
        json_line_add_text(&line, "business_type", call->words[0]);
        json_line_add_text(&line, "business_id", call->words[1]);
        json_line_add_text(&line, "result", detail);
        json_line_print(&line);
    } else {
        printf("%s:%s: %s\n", call->words[0], call->words[1], answer != NULL ? answer->text : detail);
    }
    return answer != NULL ? answer->code : EXIT_CODE_NO;
}

static enum exit_code wait_answer(const struct call *call, struct watch *watch, const struct coords *command,
                                  int64_t deadline_mono_ms)
{
    char errstr[SAY_ERRSTR_BYTES] = "";
    char command_text[COORDS_TEXT_MAX_BYTES];
    enum exit_code code = EXIT_CODE_OK;
    bool is_answered = false;
    enum rc rc = RC_OK;

    while (rc == RC_OK && !is_answered) {
        struct event event = {0};
        rc = watch_next(watch, deadline_mono_ms, &event, errstr, sizeof errstr);
        is_answered = rc == RC_OK && event.kind == EVENT_COMMAND && coords_is_equal(&event.src, command);
        if (is_answered) {
            code = print_answer(call, event.detail);
        }
        event_close(&event);
    }
    if (rc == RC_TIMEOUT) {
        coords_print(command, command_text);
        return say_fail(EXIT_CODE_AGAIN,
                        "no answer in time: the command stays in its topic (%s) and will be carried out", command_text);
    }
    return rc == RC_OK ? code : say_rc(rc, "task", errstr);
}

static enum rc make_command(const struct call *call, autohttp_command_t **ret_command, char *errstr,
                            size_t errstr_bytes)
{
    const struct command_values *values = call->values;
    enum autohttp_rc rc = AUTOHTTP_OK;
    autohttp_command_t *command = autohttp_command_new(call->words[0], AUTOHTTP_TEXT, call->words[1], AUTOHTTP_TEXT);

    if (command == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    }
    autohttp_command_set_force(command, values->is_force);
    if (values->reason != NULL) {
        rc = autohttp_command_set_reason(command, values->reason, AUTOHTTP_TEXT);
    }
    if (rc != AUTOHTTP_OK) {
        autohttp_command_free(command);
        return publisher_map_rc(rc);
    }
    *ret_command = command;
    return RC_OK;
}

static enum exit_code check_command(const struct call *call)
{
    const struct command_values *values = call->values;

    if (values->reason != NULL && strlen(values->reason) > CONTROL_REASON_MAX_BYTES) {
        return say_fail(EXIT_CODE_USAGE, "--reason: longer than %d bytes", CONTROL_REASON_MAX_BYTES);
    }
    return task_words_check(call->words[0], call->words[1]);
}

static enum exit_code run_command(const struct call *call, command_cb send)
{
    const struct command_values *values = call->values;
    char errstr[SAY_ERRSTR_BYTES] = "";
    int64_t deadline_mono_ms = moment_get_mono_ms() + values->timeout_ms;
    struct coords coords = {.topic = COORDS_CONTROL};
    struct publisher publisher = {0};
    struct publisher_answer answer = {0};
    autohttp_command_t *command = NULL;
    struct watch *watch = NULL;
    enum exit_code code = check_command(call);
    enum rc rc = RC_OK;

    if (code != EXIT_CODE_OK) {
        return code;
    }
    rc = make_command(call, &command, errstr, sizeof errstr);
    if (rc == RC_OK) {
        rc = publisher_open(call->settings, &publisher, errstr, sizeof errstr);
    }
    if (rc == RC_OK) {
        rc = watch_open(call->settings, call->words[0], call->words[1], &watch, errstr, sizeof errstr);
    }
    if (rc == RC_OK) {
        enum autohttp_rc queued =
            send(publisher.handle, command, publisher_take_delivery, &answer, errstr, sizeof errstr);
        rc = publisher_finish(&publisher, queued, &answer, errstr, sizeof errstr);
        coords.partition = answer.partition;
        coords.offset = answer.offset;
    }
    code = rc == RC_OK ? wait_answer(call, watch, &coords, deadline_mono_ms) : say_rc(rc, "task", errstr);
    watch_close(watch);
    publisher_close(&publisher);
    autohttp_command_free(command);
    return code;
}

static enum exit_code run_stop(const struct call *call)
{
    return run_command(call, autohttp_stop);
}

static enum exit_code run_retry(const struct call *call)
{
    return run_command(call, autohttp_retry);
}

static enum exit_code run_delete(const struct call *call)
{
    return run_command(call, autohttp_delete_task);
}

#define COMMAND_OPTION_COUNT 3
#define RETRY_OPTION_COUNT 2 /* without force: there is nothing to abort */

static const struct option_spec command_options[COMMAND_OPTION_COUNT] = {
    {"reason", 0, OPTION_TEXT, offsetof(struct command_values, reason), "TEXT", "kept in the event", 0, 0, 0},
    {"timeout", 0, OPTION_DURATION, offsetof(struct command_values, timeout_ms), "WAIT",
     "how long to wait for the answer (default 30s)", 0, TASK_WAIT_MAX_MS, ANSWER_TIMEOUT_MS},
    {"force", 0, OPTION_FLAG, offsetof(struct command_values, is_force), NULL,
     "abort an attempt under way; else it ends first, and success wins", 0, 0, 0},
};

static const struct verb verbs[] = {
    {"task stop", "TYPE ID", "end a task as Stopped", "  autohttp task stop order 42 --reason 'customer cancelled'\n",
     command_options, COMMAND_OPTION_COUNT, sizeof(struct command_values), 2, 2, VERB_NEEDS_BROKER, run_stop},
    {"task retry", "TYPE ID", "make the next attempt now; publish a settled task anew",
     "  autohttp task retry order 42\n", command_options, RETRY_OPTION_COUNT, sizeof(struct command_values), 2, 2,
     VERB_NEEDS_BROKER, run_retry},
    {"task delete", "TYPE ID", "stop a task if need be, and forget it", "  autohttp task delete order 42\n",
     command_options, COMMAND_OPTION_COUNT, sizeof(struct command_values), 2, 2, VERB_NEEDS_BROKER, run_delete},
};

const struct verb_group task_verbs = {verbs, sizeof verbs / sizeof verbs[0]};
