/* autohttp_get(), autohttp_post_form(), autohttp_post_json(): the first attempt of a task in the caller's thread.
 *
 *     refuse | build the record -> on_task_building -> call -> judge -> publish unless delivered ->
 * on_task_status_update
 *
 * All that can be refused is judged before the call, and the record is printed before it, so that after a failed call
 * little is left that could keep it from being saved. The rules of judging are the worker's too (http_status.h).
 */
#include "autohttp.h"

#include "call.h"
#include "client.h"
#include "codes.h"
#include "form.h"
#include "http_status.h"
#include "item.h"
#include "json_text.h"
#include "result.h"
#include "task_builder.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define RETRY_AFTER_MAX_MS (INT64_C(24) * 60 * 60 * 1000)
#define MS_PER_S 1000

struct inline_call {
    autohttp_t *handle;
    const struct settings *settings;
    struct autohttp_call *call; /* NULL: none */
    autohttp_task_t *task;      /* the original item, which is published */
    struct task view;           /* of it, with its schedule */
    autohttp_task_t *request;   /* what on_task_building made of it; NULL without that callback */
    struct autohttp_item item;
    struct autohttp_result *result;
};

/* What one of the three calls adds to the address. */
struct content {
    const char *method;
    const char *body; /* NULL: none */
    size_t body_bytes;
    const char *type; /* Content-Type, unless the caller gave one */
};

static int64_t read_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / 1000000;
}

static enum rc refuse_not_before(const struct task *view, char *errstr, size_t errstr_bytes)
{
    if (view->not_before_time_ms > read_clock_ms()) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field not_before: an inline call is made at once");
    }
    return RC_OK;
}

static bool has_header(const autohttp_task_t *task, const char *name)
{
    for (size_t i = 0; i < task->fields.header_count; i++) {
        if (strcasecmp(task->headers[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static enum autohttp_rc add_content(autohttp_task_t *task, const struct content *content)
{
    enum autohttp_rc rc = autohttp_task_set_method(task, content->method, AUTOHTTP_TEXT);

    if (rc == AUTOHTTP_OK) {
        rc = autohttp_task_set_body(task, content->body, content->body_bytes);
    }
    if (rc == AUTOHTTP_OK && content->type != NULL && !has_header(task, "Content-Type")) {
        rc = autohttp_task_add_header(task, "Content-Type", AUTOHTTP_TEXT, content->type, AUTOHTTP_TEXT);
    }
    return rc;
}

/* The task as the caller means it, in an object of its own: the caller's options stay as they are. */
static enum autohttp_rc build_task(struct inline_call *inline_call, const char *business_type, const char *business_id,
                                   const char *url, const struct content *content, char *errstr, size_t errstr_bytes)
{
    autohttp_task_t *task = NULL;
    enum autohttp_rc rc = inline_call->call != NULL ? task_builder_begin_change(inline_call->call->task) : AUTOHTTP_OK;

    if (rc != AUTOHTTP_OK) {
        return rc;
    }
    task = inline_call->call != NULL ? task_builder_clone(inline_call->call->task) : autohttp_task_new();
    if (task == NULL) {
        return AUTOHTTP_NO_MEMORY;
    }
    inline_call->task = task;
    rc = autohttp_task_set_business_key(task, business_type, AUTOHTTP_TEXT, business_id, AUTOHTTP_TEXT);
    if (rc == AUTOHTTP_OK) {
        rc = autohttp_task_set_url(task, url, AUTOHTTP_TEXT);
    }
    if (rc == AUTOHTTP_OK) {
        rc = add_content(task, content);
    }
    if (rc == AUTOHTTP_TOO_LARGE) {
        rc_fail(RC_TOO_LARGE, errstr, errstr_bytes, "field body or header: over the limit");
    }
    return rc;
}

static enum autohttp_rc make_record(struct inline_call *inline_call, char *errstr, size_t errstr_bytes)
{
    struct task *view = &inline_call->view;
    enum rc rc = task_builder_get_view(inline_call->task, view, errstr, errstr_bytes);

    if (rc == RC_OK) {
        rc = refuse_not_before(view, errstr, errstr_bytes);
    }
    if (rc != RC_OK) {
        return codes_from_rc(rc);
    }
    if (!inline_call->task->has_schedule) { /* named in full: a worker must go on with what is begun here */
        settings_fill_schedule(inline_call->settings, view);
    }
    if (!parcel_init(&inline_call->result->parcel, view, inline_call->task->publish_id)) {
        return AUTOHTTP_NO_MEMORY;
    }
    inline_call->item = item_from_task(view);
    return AUTOHTTP_OK;
}

static enum autohttp_rc ask_building(struct inline_call *inline_call, char *errstr, size_t errstr_bytes)
{
    const struct settings *settings = inline_call->settings;
    struct task view;
    char why[RESULT_ERRSTR_BYTES] = "";
    enum rc rc = RC_OK;

    if (settings->building_cb == NULL) {
        return AUTOHTTP_OK;
    }
    inline_call->request = task_builder_clone(inline_call->task);
    if (inline_call->request == NULL) {
        return AUTOHTTP_NO_MEMORY;
    }
    settings->building_cb(&inline_call->item, inline_call->request, settings->building_opaque);
    rc = task_builder_get_view(inline_call->request, &view, why, sizeof why);
    if (rc != RC_OK) {
        rc_fail(rc, errstr, errstr_bytes, "on_task_building: %.480s", why);
    }
    return codes_from_rc(rc);
}

static void run_transfer(struct inline_call *inline_call)
{
    const struct settings *settings = inline_call->settings;
    const autohttp_task_t *source = inline_call->request != NULL ? inline_call->request : inline_call->task;
    struct task view = source->fields;
    struct transfer_request request = {
        .task = &view,
        .idempotency_key = inline_call->view.idempotency_key != NULL ? inline_call->view.idempotency_key
                                                                     : inline_call->task->publish_id_text,
        .timeout_ms = inline_call->view.timeout_ms > 0 ? inline_call->view.timeout_ms : settings->timeout_ms,
        .connect_timeout_ms = settings->connect_timeout_ms,
        .response_max_bytes = settings->response_max_bytes,
        .ca_file = settings->ca_file,
        .cancel = inline_call->call != NULL ? &inline_call->call->cancel : NULL,
    };

    view.method = autohttp_task_get_method(source);
    if (inline_call->call != NULL) { /* its publish id is used up: the next call draws another */
        atomic_store(&inline_call->call->task->is_published, true);
    }
    inline_call->item.row.request_time_ms = read_clock_ms();
    inline_call->item.row.last_retry_time_ms = inline_call->item.row.request_time_ms;
    transfer_run(client_get_pool(inline_call->handle), &request, &inline_call->result->answer);
    inline_call->item.row.attempts = 1;
}

/* A text for errstr and last error; "" if the answer is a success. */
static enum autohttp_status ask_valid(struct inline_call *inline_call)
{
    const struct settings *settings = inline_call->settings;
    struct autohttp_result *result = inline_call->result;
    char why[RESULT_ERRSTR_BYTES / 2] = "";

    if (settings->valid_cb(&inline_call->item, result->answer.status, autohttp_result_get_response(result, NULL),
                           result->answer.body.len_bytes, why, sizeof why, settings->valid_opaque) == 0) {
        return AUTOHTTP_STATUS_SUCCESS;
    }
    why[sizeof why - 1] = '\0';
    result->error_class = "body_check";
    snprintf(result->call_errstr, sizeof result->call_errstr, "on_task_result_valid: %s", why);
    return AUTOHTTP_STATUS_SENDING;
}

/* What the call alone makes of the task: Success, Failure, or Sending, which the schedule decides on. */
static enum autohttp_status judge(struct inline_call *inline_call)
{
    struct autohttp_result *result = inline_call->result;
    const struct transfer_answer *answer = &result->answer;
    enum http_verdict verdict = http_status_judge(answer->status);

    if (answer->error_class[0] != '\0') {
        result->error_class = answer->error_class;
        snprintf(result->call_errstr, sizeof result->call_errstr, "%s: %s", answer->error_class, answer->error_text);
    } else if (inline_call->settings->valid_cb != NULL) {
        return ask_valid(inline_call);
    }
    if (verdict == HTTP_SUCCESS) {
        /* Without the whole answer the callback could not be asked, and nobody may say it is valid. */
        return answer->error_class[0] != '\0' && inline_call->settings->valid_cb != NULL ? AUTOHTTP_STATUS_SENDING
                                                                                         : AUTOHTTP_STATUS_SUCCESS;
    }
    if (answer->status != 0) {
        result->error_class = "status";
        snprintf(result->call_errstr, sizeof result->call_errstr, "status %d", (int)answer->status);
    }
    return verdict == HTTP_FINAL ? AUTOHTTP_STATUS_FAILURE : AUTOHTTP_STATUS_SENDING;
}

/* The wait after the first attempt; false if none follows. */
static bool get_first_wait(const struct task *view, int64_t *ret_wait_ms)
{
    if (view->retry_type != TASK_RETRY_LADDER) {
        *ret_wait_ms = view->step_interval_ms; /* without limit, or at least one retry */
        return true;
    }
    if (view->ladder_count == 0) {
        return false;
    }
    *ret_wait_ms = view->ladder_interval_ms[0];
    return true;
}

/* Writes what became of the first attempt into result, item and the record's header. */
static void plan(struct inline_call *inline_call, enum autohttp_status status, int64_t end_time_ms)
{
    struct autohttp_result *result = inline_call->result;
    struct row *row = &inline_call->item.row;
    int64_t wait_min_ms =
        http_status_get_wait_min_ms(result->answer.status, result->answer.retry_after_ms, RETRY_AFTER_MAX_MS);
    int64_t wait_ms = 0;

    if (status == AUTOHTTP_STATUS_SENDING && !get_first_wait(&inline_call->view, &wait_ms)) {
        status = AUTOHTTP_STATUS_FAILURE;
    }
    if (status == AUTOHTTP_STATUS_SENDING) {
        result->next_time_ms = end_time_ms + (wait_ms > wait_min_ms ? wait_ms : wait_min_ms);
    } else {
        result->parcel.header.status = (int32_t)status;
    }
    result->status = status;
    result->parcel.header.attempts = 1;
    result->parcel.header.due_time_ms = result->next_time_ms;
    row->status = (enum row_status)status;
    row->next_retry_time_ms = result->next_time_ms;
    row->success_time_ms = status == AUTOHTTP_STATUS_SUCCESS ? end_time_ms : 0;
}

static void finish(struct inline_call *inline_call)
{
    const struct settings *settings = inline_call->settings;
    struct autohttp_result *result = inline_call->result;

    if (result->status != AUTOHTTP_STATUS_SUCCESS || settings->task_add_if_success) {
        result_save(inline_call->handle, result, (int)settings->save_timeout_ms);
        inline_call->item.row.id = result->id;
    }
    result_conclude(result);
    if (settings->update_cb != NULL) {
        settings->update_cb(&inline_call->item, result->errstr, settings->update_opaque);
    }
}

static enum autohttp_rc check_arguments(const struct inline_call *inline_call, const char *business_type,
                                        const char *business_id, const char *url, char *errstr, size_t errstr_bytes)
{
    enum rc rc = RC_OK;

    if (business_type == NULL || business_id == NULL || url == NULL) {
        rc = rc_fail(RC_INVALID, errstr, errstr_bytes, "business type, business id or url is NULL");
    } else if (client_is_own_thread(inline_call->handle)) {
        rc = rc_fail(RC_INVALID, errstr, errstr_bytes, "a callback waits for its own thread");
    }
    return codes_from_rc(rc);
}

static void free_call(struct inline_call *inline_call)
{
    autohttp_task_free(inline_call->request);
    autohttp_task_free(inline_call->task);
}

static autohttp_result_t *refuse(struct autohttp_result *result, enum autohttp_rc rc, const char *why)
{
    if (result != NULL) {
        result->rc = rc;
        snprintf(result->errstr, sizeof result->errstr, "%s",
                 rc == AUTOHTTP_NO_MEMORY ? "no memory for the call" : why);
    }
    return result;
}

static autohttp_result_t *make_call(autohttp_t *handle, const char *business_type, const char *business_id,
                                    const char *url, const struct content *content, autohttp_call_t *call)
{
    char why[RESULT_ERRSTR_BYTES] = "";
    struct inline_call inline_call = {
        .handle = handle, .settings = client_get_settings(handle), .call = call, .result = result_new()};
    struct autohttp_result *result = inline_call.result;
    int64_t end_time_ms = 0;
    enum autohttp_rc rc = check_arguments(&inline_call, business_type, business_id, url, why, sizeof why);

    if (result == NULL) {
        return NULL;
    }
    if (rc == AUTOHTTP_OK) {
        rc = build_task(&inline_call, business_type, business_id, url, content, why, sizeof why);
    }
    if (rc == AUTOHTTP_OK) {
        rc = make_record(&inline_call, why, sizeof why);
    }
    if (rc == AUTOHTTP_OK) {
        rc = ask_building(&inline_call, why, sizeof why);
    }
    if (rc == AUTOHTTP_OK) {
        run_transfer(&inline_call);
        end_time_ms = read_clock_ms(); /* before on_task_result_valid, which may take its time */
        plan(&inline_call, judge(&inline_call), end_time_ms);
        finish(&inline_call);
    } else {
        refuse(result, rc, why);
    }
    free_call(&inline_call);
    return result;
}

autohttp_result_t *autohttp_get(autohttp_t *handle, const char *business_type, const char *business_id, const char *url,
                                autohttp_call_t *call)
{
    const struct content content = {.method = "GET"};

    if (handle == NULL) {
        return refuse(result_new(), AUTOHTTP_INVALID, "handle is NULL");
    }
    return make_call(handle, business_type, business_id, url, &content, call);
}

autohttp_result_t *autohttp_post_form(autohttp_t *handle, const char *business_type, const char *business_id,
                                      const char *url, const char *const *pairs, size_t pair_count,
                                      autohttp_call_t *call)
{
    struct buffer form = {0};
    struct content content = {.method = "POST", .type = "application/x-www-form-urlencoded"};
    autohttp_result_t *result = NULL;

    if (handle == NULL || !form_encode(pairs, pair_count, &form)) {
        return refuse(result_new(), AUTOHTTP_INVALID, "handle, or a name or value of the form, is NULL");
    }
    if (!buffer_is_ok(&form)) {
        result = refuse(result_new(), AUTOHTTP_NO_MEMORY, "");
        goto out;
    }
    content.body = form.data != NULL ? form.data : "";
    content.body_bytes = form.len_bytes;
    result = make_call(handle, business_type, business_id, url, &content, call);
out:
    buffer_close(&form);
    return result;
}

autohttp_result_t *autohttp_post_json(autohttp_t *handle, const char *business_type, const char *business_id,
                                      const char *url, const char *json, size_t json_bytes, autohttp_call_t *call)
{
    char why[RESULT_ERRSTR_BYTES] = "";
    struct content content = {.method = "POST", .body = json, .type = "application/json"};
    enum rc rc = RC_OK;

    if (handle == NULL || json == NULL) {
        return refuse(result_new(), AUTOHTTP_INVALID, "handle or json is NULL");
    }
    content.body_bytes = json_bytes == AUTOHTTP_TEXT ? strlen(json) : json_bytes;
    rc = json_text_check(json, content.body_bytes, why, sizeof why);
    if (rc != RC_OK) {
        return refuse(result_new(), codes_from_rc(rc), why);
    }
    return make_call(handle, business_type, business_id, url, &content, call);
}
