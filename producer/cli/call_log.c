#include "call_log.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "buffer.h"
#include "json_line.h"
#include "moment.h"

enum rc call_log_open(const char *path, bool is_json, bool is_quiet, struct call_log *ret_log, char *errstr,
                      size_t errstr_bytes)
{
    FILE *file = path != NULL ? fopen(path, "ae") : NULL;

    if (path != NULL && file == NULL) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: %s", path, strerror(errno));
    }
    memset(ret_log, 0, sizeof *ret_log);
    ret_log->file = file;
    ret_log->is_json = is_json;
    ret_log->is_quiet = is_quiet;
    pthread_mutex_init(&ret_log->lock, NULL);
    ret_log->is_open = true;
    return RC_OK;
}

void call_log_close(struct call_log *log)
{
    if (!log->is_open) {
        return;
    }
    if (log->file != NULL) {
        fclose(log->file);
    }
    pthread_mutex_destroy(&log->lock);
    memset(log, 0, sizeof *log);
}

/* The header is a quoted string; its content is what names the task. */
static const char *unquote(const char *text, char *buf)
{
    size_t text_bytes = strlen(text);

    if (text_bytes < 2 || text[0] != '"' || text[text_bytes - 1] != '"' || text_bytes - 2 >= CALL_LOG_KEY_BYTES) {
        return text;
    }
    memcpy(buf, text + 1, text_bytes - 2);
    buf[text_bytes - 2] = '\0';
    return buf;
}

static void append_json(struct buffer *line, const struct call_log_entry *entry, const char *key)
{
    char arrived[48];

    snprintf(arrived, sizeof arrived, "%" PRId64 ".%03d", entry->arrived_time_us / 1000,
             (int)(entry->arrived_time_us % 1000));
    json_line_begin(line);
    json_line_add_json(line, "arrived_ms", arrived, strlen(arrived));
    json_line_add_text(line, "method", entry->method);
    json_line_add_text(line, "path", entry->path);
    json_line_add_integer(line, "attempt", entry->attempt);
    if (key != NULL) {
        json_line_add_text(line, "idempotency_key", key);
    } else {
        json_line_add_null(line, "idempotency_key");
    }
    json_line_add_integer(line, "body_bytes", (int64_t)entry->body_bytes);
    json_line_add_text(line, "body_sha256", entry->body_sha256);
    json_line_add_integer(line, "status", entry->status);
    buffer_append_text(line, "}\n");
}

static void write_lines(struct call_log *log, const struct call_log_entry *entry, const struct buffer *json,
                        const char *key)
{
    char clock[MOMENT_TEXT_BYTES];

    pthread_mutex_lock(&log->lock);
    if (log->file != NULL) {
        fwrite(json->data, 1, json->len_bytes, log->file);
        fflush(log->file);
    }
    if (!log->is_quiet && log->is_json) {
        fwrite(json->data, 1, json->len_bytes, stdout);
    } else if (!log->is_quiet) {
        printf("%s  %s %s  attempt %" PRIu32 "  key %s  -> %u\n",
               moment_print_clock(entry->arrived_time_us / 1000, clock), entry->method, entry->path, entry->attempt,
               key != NULL ? key : "-", entry->status);
    }
    if (!log->is_quiet) {
        fflush(stdout);
    }
    pthread_mutex_unlock(&log->lock);
}

void call_log_add(struct call_log *log, const struct call_log_entry *entry)
{
    char buf[CALL_LOG_KEY_BYTES];
    struct buffer json = {0};
    const char *key = entry->idempotency_key != NULL ? unquote(entry->idempotency_key, buf) : NULL;

    append_json(&json, entry, key);
    if (buffer_is_ok(&json)) {
        write_lines(log, entry, &json, key);
    }
    buffer_close(&json);
}
