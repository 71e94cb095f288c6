#include "transfer.h"

#include "http_lines.h"
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define USER_AGENT "autohttp/" AUTOHTTP_VERSION
#define IDLE_MAX 64          /* multi handles kept; more threads than this at once open connections anew */
#define CONNECTIONS_MAX 8L   /* kept by each */
#define HEAD_MAX_BYTES 65536 /* all response headers together */
#define POLL_MS 1000         /* curl wakes the poll itself; this bounds what a missed wake-up costs */
#define RETRY_AFTER_MAX_S ((curl_off_t)366 * 24 * 60 * 60)
#define STATUS_SWITCHING 101

struct transfer_pool {
    pthread_mutex_t mutex; /* for both below */
    CURLM *idle[IDLE_MAX];
    size_t idle_count;
};

struct transfer {
    CURL *easy;
    CURLM *multi;
    const struct transfer_request *request;
    struct transfer_answer *answer;
    struct curl_slist *headers;
    size_t head_bytes;
    bool is_answered; /* the head of a final answer came whole */
    bool is_body_too_large;
    bool is_cancelled;
    char error[CURL_ERROR_SIZE];
};

static const struct {
    CURLcode code;
    const char *class;
} CLASSES[] = {
#define TRANSFER_ERROR(curl_code, class_id, name) {curl_code, name},
#include "transfer_errors.def"
#undef TRANSFER_ERROR
};

struct transfer_pool *transfer_pool_new(void)
{
    struct transfer_pool *pool = calloc(1, sizeof *pool);

    if (pool == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&pool->mutex, NULL) != 0) {
        free(pool);
        return NULL;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        pthread_mutex_destroy(&pool->mutex);
        free(pool);
        return NULL;
    }
    return pool;
}

void transfer_pool_free(struct transfer_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    for (size_t i = 0; i < pool->idle_count; i++) {
        curl_multi_cleanup(pool->idle[i]);
    }
    curl_global_cleanup();
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

static CURLM *take_multi(struct transfer_pool *pool)
{
    CURLM *multi = NULL;

    pthread_mutex_lock(&pool->mutex);
    if (pool->idle_count > 0) {
        multi = pool->idle[--pool->idle_count];
    }
    pthread_mutex_unlock(&pool->mutex);
    if (multi == NULL && (multi = curl_multi_init()) != NULL) {
        curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_MAX);
    }
    return multi;
}

static void give_multi(struct transfer_pool *pool, CURLM *multi)
{
    pthread_mutex_lock(&pool->mutex);
    if (multi != NULL && pool->idle_count < IDLE_MAX) {
        pool->idle[pool->idle_count++] = multi;
        multi = NULL;
    }
    pthread_mutex_unlock(&pool->mutex);
    curl_multi_cleanup(multi);
}

/* The head of an answer ends with an empty line; after 1xx another head follows, except after 101. */
static size_t on_header(char *line, size_t size, size_t count, void *opaque)
{
    struct transfer *transfer = opaque;
    size_t line_bytes = size * count;
    long status = 0;

    transfer->head_bytes += line_bytes;
    if (transfer->head_bytes > HEAD_MAX_BYTES) {
        return 0;
    }
    if (line_bytes <= 2 && line[0] != ' ' && line[0] != '\t') {
        curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
        transfer->is_answered = transfer->is_answered || status >= 200 || status == STATUS_SWITCHING;
    }
    return line_bytes;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *opaque)
{
    struct transfer *transfer = opaque;
    struct buffer *body = &transfer->answer->body;
    size_t byte_count = size * count;

    if (byte_count > (size_t)transfer->request->response_max_bytes - body->len_bytes) {
        transfer->is_body_too_large = true;
        return 0;
    }
    buffer_append(body, bytes, byte_count);
    return buffer_is_ok(body) ? byte_count : 0;
}

static void set_fixed_options(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not even the one that the environment names */
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* else a dead name server outlasts timeout and cancel */
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, USER_AGENT);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
}

static void set_callbacks(struct transfer *transfer)
{
    curl_easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl_easy_setopt(transfer->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(transfer->easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, transfer);
}

/* False if there is no memory. */
static bool set_headers(struct transfer *transfer, bool has_content)
{
    const struct transfer_request *request = transfer->request;
    const struct http_lines_source source = {
        .idempotency_key = request->idempotency_key,
        .attempt = 1,
        .headers = request->task->headers,
        .header_count = request->task->header_count,
        .has_content = has_content,
    };
    struct buffer lines = {0};
    size_t count = http_lines_print(&source, &lines);
    const char *line = lines.data;
    bool is_ok = buffer_is_ok(&lines);

    for (size_t i = 0; is_ok && i < count; i++) {
        struct curl_slist *grown = curl_slist_append(transfer->headers, line);
        is_ok = grown != NULL;
        transfer->headers = is_ok ? grown : transfer->headers;
        line += strlen(line) + 1;
    }
    buffer_close(&lines);
    return is_ok;
}

/* False if there is no memory: curl copies URL and method. */
static bool set_request(struct transfer *transfer)
{
    const struct transfer_request *request = transfer->request;
    const struct task *task = request->task;
    CURL *easy = transfer->easy;
    bool is_head = strcmp(task->method, "HEAD") == 0;
    bool has_content = http_lines_announces_content(task->method, task->has_body);

    if (curl_easy_setopt(easy, CURLOPT_URL, task->url) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, is_head ? NULL : task->method) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_CAINFO,
                         request->ca_file != NULL ? request->ca_file : curl_version_info(CURLVERSION_NOW)->cainfo) !=
            CURLE_OK) {
        return false;
    }
    if (request->ca_file != NULL) { /* a folder would be asked besides the file */
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    if (has_content) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, task->body_bytes > 0 ? task->body : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)task->body_bytes);
    } else if (is_head) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
    return set_headers(transfer, has_content) &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers) == CURLE_OK;
}

/* From here on a cancel wakes the poll; false if one came already. */
static bool enter_cancel(struct transfer *transfer)
{
    struct transfer_cancel *cancel = transfer->request->cancel;
    bool may_run = true;

    if (cancel == NULL) {
        return true;
    }
    pthread_mutex_lock(&cancel->mutex);
    may_run = !cancel->is_cancelled;
    cancel->multi = transfer->multi;
    pthread_mutex_unlock(&cancel->mutex);
    return may_run;
}

static bool is_cancelled(struct transfer_cancel *cancel)
{
    bool is_cancelled = false;

    if (cancel != NULL) {
        pthread_mutex_lock(&cancel->mutex);
        is_cancelled = cancel->is_cancelled;
        pthread_mutex_unlock(&cancel->mutex);
    }
    return is_cancelled;
}

/* The multi may go back to the pool afterwards. */
static void leave_cancel(struct transfer_cancel *cancel)
{
    if (cancel != NULL) {
        pthread_mutex_lock(&cancel->mutex);
        cancel->multi = NULL;
        pthread_mutex_unlock(&cancel->mutex);
    }
}

void transfer_cancel(struct transfer_cancel *cancel)
{
    pthread_mutex_lock(&cancel->mutex);
    cancel->is_cancelled = true;
    if (cancel->multi != NULL) {
        curl_multi_wakeup(cancel->multi);
    }
    pthread_mutex_unlock(&cancel->mutex);
}

static CURLcode drive(struct transfer *transfer)
{
    int running_count = 1;
    int left_count = 0;
    const CURLMsg *message = NULL;

    while (running_count > 0) {
        if (is_cancelled(transfer->request->cancel)) {
            transfer->is_cancelled = true;
            return CURLE_ABORTED_BY_CALLBACK;
        }
        if (curl_multi_perform(transfer->multi, &running_count) != CURLM_OK ||
            (running_count > 0 && curl_multi_poll(transfer->multi, NULL, 0, POLL_MS, NULL) != CURLM_OK)) {
            return CURLE_OUT_OF_MEMORY;
        }
    }
    message = curl_multi_info_read(transfer->multi, &left_count);
    return message != NULL ? message->data.result : CURLE_OUT_OF_MEMORY;
}

static const char *get_class(const struct transfer *transfer, CURLcode code)
{
    if (transfer->is_cancelled) {
        return "cancelled";
    }
    if (transfer->is_body_too_large || transfer->head_bytes > HEAD_MAX_BYTES) {
        return "too_large";
    }
    for (size_t i = 0; i < sizeof CLASSES / sizeof CLASSES[0]; i++) {
        if (CLASSES[i].code == code) {
            return CLASSES[i].class;
        }
    }
    if (code == CURLE_OK) { /* curl takes a head that ends in the middle of a line for a whole one */
        return transfer->is_answered ? "" : "reset";
    }
    return "internal";
}

static void print_error(const struct transfer *transfer, CURLcode code, char buf[TRANSFER_ERROR_BYTES])
{
    if (transfer->is_cancelled) {
        snprintf(buf, TRANSFER_ERROR_BYTES, "cancelled");
    } else if (transfer->is_body_too_large) {
        snprintf(buf, TRANSFER_ERROR_BYTES, "response over response_max, %lld bytes",
                 (long long)transfer->request->response_max_bytes);
    } else if (transfer->head_bytes > HEAD_MAX_BYTES) {
        snprintf(buf, TRANSFER_ERROR_BYTES, "response headers over %d bytes", HEAD_MAX_BYTES);
    } else if (!buffer_is_ok(&transfer->answer->body)) {
        snprintf(buf, TRANSFER_ERROR_BYTES, "no memory for the response");
    } else if (code == CURLE_OK) {
        snprintf(buf, TRANSFER_ERROR_BYTES, "closed within the response headers");
    } else {
        snprintf(buf, TRANSFER_ERROR_BYTES, "%s",
                 transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code));
    }
}

static void fill_answer(struct transfer *transfer, CURLcode code)
{
    struct transfer_answer *answer = transfer->answer;
    curl_off_t wait_s = 0;
    long status = 0;

    answer->error_class = get_class(transfer, code);
    if (answer->error_class[0] != '\0') {
        print_error(transfer, code, answer->error_text);
        buffer_close(&answer->body); /* never a cut one */
    }
    if (!transfer->is_answered) {
        return;
    }
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    answer->status = (int32_t)status;
    if (curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &wait_s) == CURLE_OK && wait_s > 0) {
        answer->retry_after_ms = (int64_t)(wait_s < RETRY_AFTER_MAX_S ? wait_s : RETRY_AFTER_MAX_S) * 1000;
    }
}

/* A TLS write to a closed connection raises SIGPIPE, which curl leaves to the process when it is told to touch no
 * signals. It is held back in this thread, and one that came meanwhile is taken away. */
static bool hold_sigpipe(sigset_t *ret_old)
{
    sigset_t pipe_signal;
    sigset_t pending;

    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, ret_old);
    return sigismember(&pending, SIGPIPE) == 1;
}

static void release_sigpipe(const sigset_t *old, bool was_pending)
{
    const struct timespec no_wait = {0, 0};
    sigset_t pipe_signal;

    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    if (!was_pending) {
        sigtimedwait(&pipe_signal, NULL, &no_wait);
    }
    pthread_sigmask(SIG_SETMASK, old, NULL);
}

static CURLcode perform(struct transfer *transfer)
{
    CURLcode code = CURLE_ABORTED_BY_CALLBACK;
    sigset_t old_signals;
    bool was_pending = hold_sigpipe(&old_signals);

    if (!enter_cancel(transfer)) {
        transfer->is_cancelled = true;
    } else if (curl_multi_add_handle(transfer->multi, transfer->easy) != CURLM_OK) {
        code = CURLE_OUT_OF_MEMORY;
    } else {
        code = drive(transfer);
    }
    fill_answer(transfer, code); /* curl forgets the head when the handle leaves */
    curl_multi_remove_handle(transfer->multi, transfer->easy);
    leave_cancel(transfer->request->cancel);
    release_sigpipe(&old_signals, was_pending);
    return code;
}

void transfer_run(struct transfer_pool *pool, const struct transfer_request *request,
                  struct transfer_answer *ret_answer)
{
    struct transfer transfer = {.request = request, .answer = ret_answer};

    *ret_answer = (struct transfer_answer){.retry_after_ms = -1, .error_class = "internal"};
    snprintf(ret_answer->error_text, sizeof ret_answer->error_text, "no memory for the call");
    transfer.multi = take_multi(pool);
    transfer.easy = curl_easy_init();
    if (transfer.multi == NULL || transfer.easy == NULL) {
        goto out;
    }
    set_fixed_options(transfer.easy);
    set_callbacks(&transfer);
    if (set_request(&transfer)) {
        ret_answer->error_text[0] = '\0';
        perform(&transfer);
    }
out:
    curl_easy_cleanup(transfer.easy);
    give_multi(pool, transfer.multi);
    curl_slist_free_all(transfer.headers);
}

void transfer_answer_close(struct transfer_answer *answer)
{
    buffer_close(&answer->body);
}
