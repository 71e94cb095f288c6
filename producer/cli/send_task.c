#include "send_task.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "buffer.h"
#include "duration.h"
#include "input.h"
#include "moment.h"
#include "publisher.h"
#include "task_json.h"

#define FIELD_URL "field url:" /* how a refusal of the URL begins */
#define ID_BYTES 16            /* of a drawn business id: enough to be unique, short enough to type */

static enum rc set_key(const struct send_values *values, autohttp_task_t *task)
{
    const char *type = values->type != NULL ? values->type : SEND_TASK_TYPE_DEFAULT;
    const char *id = values->id != NULL ? values->id : autohttp_task_get_publish_id(task);
    size_t id_bytes = values->id != NULL ? AUTOHTTP_TEXT : ID_BYTES;

    return publisher_map_rc(autohttp_task_set_business_key(task, type, AUTOHTTP_TEXT, id, id_bytes));
}

static enum rc add_header(autohttp_task_t *task, const char *text, char *errstr, size_t errstr_bytes)
{
    const char *colon = strchr(text, ':');

    if (colon == NULL || colon == text) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "--header '%s': write 'Name: value'", text);
    }
    const char *value = colon + 1 + strspn(colon + 1, " \t");
    enum rc rc = publisher_map_rc(autohttp_task_add_header(task, text, (size_t)(colon - text), value, AUTOHTTP_TEXT));
    return rc == RC_TOO_LARGE ? rc_fail(rc, errstr, errstr_bytes, "--header: given too often") : rc;
}

static enum rc set_body(autohttp_task_t *task, const char *data, char *errstr, size_t errstr_bytes)
{
    struct buffer body = {0};
    enum rc rc = RC_OK;

    if (data == NULL) {
        return RC_OK;
    }
    if (data[0] != '@') {
        return publisher_map_rc(autohttp_task_set_body(task, data, AUTOHTTP_TEXT));
    }
    rc = input_read_file(data + 1, TASK_BODY_MAX_BYTES, &body, errstr, errstr_bytes);
    if (rc == RC_OK) {
        rc = publisher_map_rc(autohttp_task_set_body(task, body.data != NULL ? body.data : "", body.len_bytes));
    }
    buffer_close(&body);
    return rc;
}

static enum rc set_schedule(const struct send_values *values, autohttp_task_t *task, char *errstr, size_t errstr_bytes)
{
    int64_t wait_ms[TASK_LADDER_MAX];
    size_t wait_count = 0;
    char why[256] = "";

    if (values->ladder != NULL && (values->step_ms >= 0 || values->times >= 0)) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "--ladder goes with neither --step nor --times");
    }
    if (values->ladder == NULL && values->step_ms < 0 && values->times < 0) {
        return RC_OK; /* the worker's default */
    }
    if (values->ladder == NULL) {
        int64_t step_ms = values->step_ms >= 0 ? values->step_ms : TASK_STEP_DEFAULT_INTERVAL_MS;
        return publisher_map_rc(autohttp_task_set_step(task, step_ms, values->times >= 0 ? values->times : 0));
    }
    if (values->ladder[0] != '\0') { /* empty: no waits, one attempt */
        enum rc rc = duration_parse_list(values->ladder, TASK_WAIT_MAX_MS, TASK_LADDER_MAX, wait_ms, &wait_count, why,
                                         sizeof why);
        if (rc != RC_OK) {
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "--ladder: %s", why);
        }
    }
    return publisher_map_rc(autohttp_task_set_ladder(task, wait_ms, wait_count));
}

static enum rc set_start(const struct send_values *values, autohttp_task_t *task, char *errstr, size_t errstr_bytes)
{
    int64_t time_ms = 0;
    char why[256] = "";

    if (values->delay_ms >= 0 && values->not_before != NULL) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "--delay does not go with --not-before");
    }
    if (values->delay_ms > 0) {
        time_ms = moment_get_time_ms() + values->delay_ms;
    } else if (values->not_before != NULL && moment_parse(values->not_before, &time_ms, why, sizeof why) != RC_OK) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "--not-before: %s", why);
    }
    return publisher_map_rc(autohttp_task_set_not_before(task, time_ms));
}

static enum rc set_rest(const struct send_values *values, const char *url, autohttp_task_t *task, char *errstr,
                        size_t errstr_bytes)
{
    enum autohttp_rc rc = autohttp_task_set_url(task, url, AUTOHTTP_TEXT);

    if (rc == AUTOHTTP_OK && values->method != NULL) {
        rc = autohttp_task_set_method(task, values->method, AUTOHTTP_TEXT);
    }
    if (rc == AUTOHTTP_OK && values->idempotency_key != NULL) {
        rc = autohttp_task_set_idempotency_key(task, values->idempotency_key, AUTOHTTP_TEXT);
    }
    if (rc == AUTOHTTP_OK) {
        rc = autohttp_task_set_timeout(task, values->timeout_ms);
    }
    if (rc == AUTOHTTP_OK && values->duplicate != NULL) {
        rc = autohttp_task_set_duplicate(task, values->duplicate, AUTOHTTP_TEXT);
        if (rc == AUTOHTTP_INVALID) {
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "--duplicate: '%s' is not ignore, replace or reject",
                           values->duplicate);
        }
    }
    return publisher_map_rc(rc);
}

static enum rc fill_task(const struct send_values *values, const char *url, autohttp_task_t *task, char *errstr,
                         size_t errstr_bytes)
{
    enum rc rc = set_rest(values, url, task, errstr, errstr_bytes);

    if (rc == RC_OK) {
        rc = set_schedule(values, task, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = set_start(values, task, errstr, errstr_bytes);
    }
    for (size_t i = 0; rc == RC_OK && i < values->headers.count; i++) {
        rc = add_header(task, values->headers.items[i], errstr, errstr_bytes);
    }
    return rc == RC_OK ? set_key(values, task) : rc;
}

enum rc send_task_new(const struct send_values *values, const char *url, autohttp_task_t **ret_task, char *errstr,
                      size_t errstr_bytes)
{
    autohttp_task_t *task = autohttp_task_new();

    if (task == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    }
    enum rc rc = fill_task(values, url, task, errstr, errstr_bytes);
    if (rc != RC_OK) {
        autohttp_task_free(task);
        return rc;
    }
    *ret_task = task;
    return RC_OK;
}

static bool has_scheme(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

enum rc send_task_complete(const struct send_values *values, autohttp_task_t *task, char *errstr, size_t errstr_bytes)
{
    enum rc rc = set_body(task, values->data, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    rc = publisher_map_rc(autohttp_task_check(task, errstr, errstr_bytes));
    if (rc == RC_INVALID && strncmp(errstr, FIELD_URL, strlen(FIELD_URL)) == 0 &&
        !has_scheme(autohttp_task_get_url(task))) {
        size_t used = strlen(errstr);
        snprintf(errstr + used, errstr_bytes - used, "; write http:// or https://");
    }
    return rc;
}
