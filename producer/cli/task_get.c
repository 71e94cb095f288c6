#include "task_get.h"

#include <stdio.h>
#include <string.h>

#include "admin_port.h"
#include "decimal.h"
#include "http_get.h"
#include "row_print.h"
#include "say.h"
#include "task_words.h"

struct get_values {
    const char *admin;
    const char *id;
    bool is_content;
    bool is_reveal;
};

static bool is_by_id(const struct call *call)
{
    return ((const struct get_values *)call->values)->id != NULL;
}

static enum exit_code check_id(const char *id)
{
    uint64_t value = 0;

    if (decimal_parse(id, strlen(id), UINT64_MAX, &value) != RC_OK) {
        return say_fail(EXIT_CODE_USAGE, "task get: --id: '%s' is not an id, a decimal number", id);
    }
    return EXIT_CODE_OK;
}

static enum exit_code check_call(const struct call *call)
{
    const struct get_values *values = call->values;

    if (values->is_reveal && !values->is_content) {
        return say_fail(EXIT_CODE_USAGE, "task get: --reveal goes with --content, whose header values it shows");
    }
    if (values->id != NULL && call->word_count > 0) {
        return say_fail(EXIT_CODE_USAGE, "task get: give TYPE ID or --id N, not both");
    }
    if (values->id != NULL) {
        return check_id(values->id);
    }
    if (call->word_count != 2) {
        return say_fail(EXIT_CODE_USAGE, "task get wants a task: TYPE ID, or --id N");
    }
    return task_words_check(call->words[0], call->words[1]);
}

static enum rc append_path(const struct call *call, struct buffer *url, char *errstr, size_t errstr_bytes)
{
    const struct get_values *values = call->values;
    char path[HTTP_GET_URL_BYTES];

    if (is_by_id(call)) {
        buffer_append_text(url, "/v1/ids/");
        buffer_append_text(url, values->id);
    } else {
        enum rc rc = http_get_print_task_url("", call->words[0], call->words[1], path, errstr, errstr_bytes);
        if (rc != RC_OK) {
            return rc;
        }
        buffer_append_text(url, path);
    }
    buffer_append_text(url, values->is_content ? "?content=true" : "");
    buffer_append_text(url, values->is_reveal ? "&reveal=true" : "");
    return buffer_is_ok(url) ? RC_OK : RC_NO_MEMORY;
}

static enum exit_code refuse_missing(const struct call *call)
{
    if (is_by_id(call)) {
        return say_fail(EXIT_CODE_NO, "no such task: id %s", ((const struct get_values *)call->values)->id);
    }
    return say_fail(EXIT_CODE_NO, "no such task: %s:%s", call->words[0], call->words[1]);
}

static enum exit_code print_answer(const struct call *call, long status, const struct buffer *body)
{
    char errstr[SAY_ERRSTR_BYTES] = "";
    const char *text = body->data != NULL ? body->data : "";
    enum rc rc = RC_OK;

    if (status == ADMIN_PORT_NOT_FOUND) {
        return refuse_missing(call);
    }
    if (status != ADMIN_PORT_OK) {
        return admin_port_refuse("task get", status, body);
    }
    if (call->is_json) {
        bool is_ended = body->len_bytes > 0 && text[body->len_bytes - 1] == '\n';
        printf("%s%s", text, is_ended ? "" : "\n"); /* one object a line */
        return EXIT_CODE_OK;
    }
    rc = row_print(text, body->len_bytes, errstr, sizeof errstr);
    return rc == RC_OK ? EXIT_CODE_OK : say_rc(rc, "the worker's answer", errstr);
}

static enum exit_code run_get(const struct call *call)
{
    const struct get_values *values = call->values;
    const char *type = is_by_id(call) || call->word_count != 2 ? NULL : call->words[0];
    char errstr[SAY_ERRSTR_BYTES] = "";
    struct buffer url = {0};
    struct buffer body = {0};
    long status = 0;
    enum rc rc = RC_OK;
    enum exit_code code = check_call(call);

    if (code != EXIT_CODE_OK) {
        return code;
    }
    rc = admin_port_find(call->settings, values->admin, type, type != NULL ? call->words[1] : NULL, &url, errstr,
                         sizeof errstr);
    if (rc == RC_OK) {
        rc = append_path(call, &url, errstr, sizeof errstr);
    }
    if (rc == RC_OK) {
        rc = http_get(url.data, call->settings->params.admin_token, &status, &body, errstr, sizeof errstr);
    }
    code = rc == RC_OK ? print_answer(call, status, &body) : say_rc(rc, "task get", errstr);
    buffer_close(&url);
    buffer_close(&body);
    return code;
}

static const struct option_spec options[] = {
    {"id", 0, OPTION_TEXT, offsetof(struct get_values, id), "N", "the task by its id instead of TYPE ID", 0, 0, 0},
    {"content", 0, OPTION_FLAG, offsetof(struct get_values, is_content), NULL, "also what it sends: headers and body",
     0, 0, 0},
    {"reveal", 0, OPTION_FLAG, offsetof(struct get_values, is_reveal), NULL,
     "show header values, too; goes with --content", 0, 0, 0},
    {"admin", 0, OPTION_TEXT, offsetof(struct get_values, admin), "URL",
     "ask this worker instead of one that Kafka names", 0, 0, 0},
};

static const struct verb verbs[] = {
    {"task get", "[TYPE ID]", "print the state of a task",
     "  autohttp task get order 42\n"
     "  autohttp task get --id 281474976710661 --content\n",
     options, sizeof options / sizeof options[0], sizeof(struct get_values), 0, 2, VERB_NEEDS_SETTINGS, run_get},
};

const struct verb_group task_get_verbs = {verbs, sizeof verbs / sizeof verbs[0]};
