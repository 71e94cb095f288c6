#include "batch.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "input.h"
#include "json_line.h"
#include "moment.h"
#include "publisher.h"
#include "say.h"
#include "task_json.h"

#define PROGRESS_TERMINAL_MS 200
#define PROGRESS_LOG_MS 10000
#define FULL_WAIT_MS 50
#define CLEAR_LINE "\033[K" /* from the cursor on; only ever sent to a terminal */

struct batch {
    struct publisher publisher;
    struct input input;
    bool is_dry_run;
    bool is_json;
    bool is_terminal;
    int64_t progress_mono_ms; /* when progress was told last */
    pthread_mutex_t lock;     /* guards the counts and stdout: answers come in the library's thread */
    int64_t published_count;
    int64_t bad_count;
    int64_t failed_count;
    enum rc failed_rc; /* of the first that failed */
};

/* What a delivery callback needs to know of its line. */
struct pending {
    struct batch *batch;
    int64_t line_number;
};

static void print_answer(int64_t line_number, const char *id_text, const char *error)
{
    struct buffer line = {0};

    json_line_begin(&line);
    json_line_add_integer(&line, "line", line_number);
    json_line_add_bool(&line, "ok", error == NULL);
    if (id_text != NULL) {
        json_line_add_text(&line, "id", id_text);
    }
    if (error != NULL) {
        json_line_add_text(&line, "error", error);
    }
    json_line_print(&line);
}

/* The line of progress on a terminal gives way to a message. */
static void clear_progress(const struct batch *batch)
{
    if (batch->is_terminal) {
        fputs(CLEAR_LINE, stderr);
    }
}

/* Counts and tells one line's failure. */
static void note_failure(struct batch *batch, int64_t line_number, enum rc rc, const char *errstr)
{
    bool is_bad = exits_from_rc(rc) == EXIT_CODE_DATA;

    pthread_mutex_lock(&batch->lock);
    batch->bad_count += is_bad;
    batch->failed_count += !is_bad;
    if (!is_bad && batch->failed_rc == RC_OK) {
        batch->failed_rc = rc;
    }
    if (batch->is_json) {
        print_answer(line_number, NULL, errstr);
    }
    pthread_mutex_unlock(&batch->lock);
    clear_progress(batch);
    say("line %" PRId64 ": %s", line_number, errstr);
}

static void note_success(struct batch *batch, int64_t line_number, const char *id_text)
{
    pthread_mutex_lock(&batch->lock);
    batch->published_count++;
    if (batch->is_json) {
        print_answer(line_number, id_text, NULL);
    }
    pthread_mutex_unlock(&batch->lock);
}

static void take_delivery(const autohttp_delivery_t *delivery, void *opaque)
{
    struct pending *pending = opaque;
    char id_text[24];
    char errstr[SAY_ERRSTR_BYTES];
    enum autohttp_rc rc = autohttp_delivery_get_rc(delivery);

    if (rc == AUTOHTTP_OK) {
        snprintf(id_text, sizeof id_text, "%" PRIu64, autohttp_delivery_get_id(delivery));
        note_success(pending->batch, pending->line_number, id_text);
    } else {
        snprintf(errstr, sizeof errstr, "%s", autohttp_delivery_get_errstr(delivery));
        enum rc judged = publisher_judge(&pending->batch->publisher, rc, errstr, sizeof errstr);
        note_failure(pending->batch, pending->line_number, judged, errstr);
    }
    free(pending);
}

static void wait_for_room(struct batch *batch, int64_t since_mono_ms)
{
    autohttp_flush(batch->publisher.handle, FULL_WAIT_MS);
    if (moment_get_mono_ms() - since_mono_ms >= REASON_TELL_MS) {
        reason_tell(&batch->publisher.reason);
    }
}

/* A full queue is waited out: the file is not to be read faster than the brokers take it. */
static enum rc publish_task(struct batch *batch, autohttp_task_t *task, char *errstr, size_t errstr_bytes)
{
    int64_t since_mono_ms = moment_get_mono_ms();
    enum autohttp_rc rc = AUTOHTTP_FULL;
    struct pending *pending = malloc(sizeof *pending);

    if (pending == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    }
    pending->batch = batch;
    pending->line_number = batch->input.line_number;
    while (rc == AUTOHTTP_FULL) {
        rc = autohttp_publish(batch->publisher.handle, task, take_delivery, pending, errstr, errstr_bytes);
        if (rc == AUTOHTTP_FULL) {
            wait_for_room(batch, since_mono_ms);
        }
    }
    if (rc != AUTOHTTP_OK) {
        free(pending);
    }
    return publisher_map_rc(rc);
}

static void take_line(struct batch *batch)
{
    char errstr[SAY_ERRSTR_BYTES] = "";
    autohttp_task_t *task = NULL;
    const struct buffer *line = &batch->input.line;
    enum rc rc = publisher_map_rc(autohttp_task_from_json(line->data, line->len_bytes, &task, errstr, sizeof errstr));

    if (rc == RC_OK && batch->is_dry_run) {
        note_success(batch, batch->input.line_number, NULL);
    } else if (rc == RC_OK) {
        rc = publish_task(batch, task, errstr, sizeof errstr);
    }
    if (rc != RC_OK) {
        note_failure(batch, batch->input.line_number, rc, errstr);
    }
    autohttp_task_free(task);
}

static void tell_progress(struct batch *batch)
{
    int64_t now_mono_ms = moment_get_mono_ms();
    int64_t wait_ms = batch->is_terminal ? PROGRESS_TERMINAL_MS : PROGRESS_LOG_MS;

    if (now_mono_ms - batch->progress_mono_ms < wait_ms) {
        return;
    }
    batch->progress_mono_ms = now_mono_ms;
    pthread_mutex_lock(&batch->lock);
    fprintf(stderr, "autohttp: %" PRId64 " lines read, %" PRId64 " published, %" PRId64 " bad%s",
            batch->input.line_number, batch->published_count, batch->bad_count,
            batch->is_terminal ? CLEAR_LINE "\r" : "\n");
    pthread_mutex_unlock(&batch->lock);
}

static bool is_blank(const struct buffer *line)
{
    return line->data == NULL || strspn(line->data, " \t\r") == line->len_bytes;
}

static enum rc read_all(struct batch *batch, char *errstr, size_t errstr_bytes)
{
    for (;;) {
        enum rc rc = input_read_line(&batch->input, TASK_JSON_MAX_BYTES, errstr, errstr_bytes);
        if (rc == RC_NOT_FOUND) {
            return RC_OK;
        }
        if (rc == RC_TOO_LARGE) {
            note_failure(batch, batch->input.line_number, rc, errstr);
        } else if (rc != RC_OK) {
            return rc;
        } else if (!is_blank(&batch->input.line)) {
            take_line(batch);
        }
        tell_progress(batch);
    }
}

static enum exit_code conclude(struct batch *batch)
{
    const char *done = batch->is_dry_run ? "valid" : "published";

    if (batch->is_json) {
        printf("{\"lines\":%" PRId64 ",\"%s\":%" PRId64 ",\"bad\":%" PRId64 ",\"failed\":%" PRId64 "}\n",
               batch->input.line_number, done, batch->published_count, batch->bad_count, batch->failed_count);
    }
    clear_progress(batch);
    say("%" PRId64 " %s, %" PRId64 " bad, %" PRId64 " failed", batch->published_count, done, batch->bad_count,
        batch->failed_count);
    return batch->bad_count > 0 ? EXIT_CODE_DATA : exits_from_rc(batch->failed_rc);
}

enum exit_code batch_run(const struct settings *settings, const char *path, bool is_dry_run, bool is_json)
{
    char errstr[SAY_ERRSTR_BYTES] = "";
    struct batch batch = {.is_dry_run = is_dry_run, .is_json = is_json, .is_terminal = isatty(STDERR_FILENO) == 1};
    enum exit_code code = EXIT_CODE_OK;
    enum rc rc = input_open(path, &batch.input, errstr, sizeof errstr);

    pthread_mutex_init(&batch.lock, NULL);
    batch.progress_mono_ms = moment_get_mono_ms();
    if (rc == RC_OK && !is_dry_run) {
        rc = publisher_open(settings, &batch.publisher, errstr, sizeof errstr);
    }
    if (rc == RC_OK) {
        rc = read_all(&batch, errstr, sizeof errstr);
    }
    if (batch.publisher.handle != NULL) {
        publisher_flush(&batch.publisher);
    }
    code = rc == RC_OK ? conclude(&batch) : say_rc(rc, "send --batch", errstr);
    publisher_close(&batch.publisher);
    input_close(&batch.input);
    pthread_mutex_destroy(&batch.lock);
    return code;
}
