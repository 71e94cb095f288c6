#include "task_query.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "moment.h"
#include "row_json.h"

#define PATH "/v1/tasks"

static enum rc check_status(const struct task_query_options *options, char *errstr, size_t errstr_bytes)
{
    if (options->status == NULL) {
        return options->is_to_clean
                   ? rc_fail(RC_INVALID, errstr, errstr_bytes, "--to-clean wants --status success, failure or stopped")
                   : RC_OK;
    }
    for (int status = options->is_to_clean ? ROW_SUCCESS : ROW_SENDING; status <= ROW_STOPPED; status++) {
        if (strcmp(options->status, row_status_get_name((enum row_status)status)) == 0) {
            return RC_OK;
        }
    }
    return rc_fail(RC_INVALID, errstr, errstr_bytes, "--status: '%s' is not one of %ssuccess, failure, stopped",
                   options->status, options->is_to_clean ? "" : "sending, ");
}

/* An option that the list would not regard is refused: it was meant to change the answer. */
static enum rc check_together(const struct task_query_options *options, char *errstr, size_t errstr_bytes)
{
    bool is_filtered = !options->is_incomplete && !options->is_to_clean;
    const struct {
        const char *name;
        const char *value;
        bool is_allowed;
        const char *place;
    } rules[] = {
        {"until", options->until, options->is_incomplete, "only with --incomplete"},
        {"before", options->before, options->is_to_clean, "only with --to-clean"},
        {"status", options->status, !options->is_incomplete, "with --to-clean or alone, not with --incomplete"},
        {"type", options->type, is_filtered, "neither with --incomplete nor with --to-clean"},
        {"host", options->host, is_filtered, "neither with --incomplete nor with --to-clean"},
        {"since", options->since, is_filtered, "neither with --incomplete nor with --to-clean"},
    };

    if (options->is_incomplete && options->is_to_clean) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "give --incomplete or --to-clean, not both");
    }
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].value != NULL && !rules[i].is_allowed) {
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "--%s goes %s", rules[i].name, rules[i].place);
        }
        if (rules[i].value != NULL && rules[i].value[0] == '\0') {
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "--%s: empty", rules[i].name);
        }
    }
    return RC_OK;
}

static enum rc read_time(const char *name, const char *text, int64_t *ret_time_ms, char *errstr, size_t errstr_bytes)
{
    char why[256] = "";

    if (text == NULL) {
        *ret_time_ms = TASK_QUERY_NO_TIME;
        return RC_OK;
    }
    enum rc rc = moment_parse(text, ret_time_ms, why, sizeof why);
    return rc == RC_OK ? rc : rc_fail(rc, errstr, errstr_bytes, "--%s: %s", name, why);
}

enum rc task_query_read(const struct task_query_options *options, struct task_query *ret_query, char *errstr,
                        size_t errstr_bytes)
{
    struct task_query query = {.status = options->status, .type = options->type, .host = options->host};
    enum rc rc = check_together(options, errstr, errstr_bytes);

    if (rc == RC_OK) {
        rc = check_status(options, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = read_time("until", options->until, &query.until_ms, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = read_time("before", options->before, &query.before_ms, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = read_time("since", options->since, &query.since_ms, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        query.list = options->is_incomplete ? "incomplete" : options->is_to_clean ? "to_clean" : NULL;
        *ret_query = query;
    }
    return rc;
}

static void append_name(struct buffer *url, const char *name)
{
    buffer_append_char(url, '&');
    buffer_append_text(url, name);
    buffer_append_char(url, '=');
}

static enum rc append_text(struct buffer *url, const char *name, const char *value)
{
    char *escaped = NULL;

    if (value == NULL) {
        return RC_OK;
    }
    escaped = curl_easy_escape(NULL, value, 0);
    if (escaped == NULL) {
        return RC_NO_MEMORY;
    }
    append_name(url, name);
    buffer_append_text(url, escaped);
    curl_free(escaped);
    return RC_OK;
}

static void append_time(struct buffer *url, const char *name, int64_t time_ms)
{
    if (time_ms != TASK_QUERY_NO_TIME) {
        append_name(url, name);
        buffer_append_json_seconds(url, time_ms);
    }
}

enum rc task_query_append_url(const struct task_query *query, int64_t limit, const char *cursor, struct buffer *url)
{
    const char *const texts[][2] = {{"list", query->list},
                                    {"status", query->status},
                                    {"type", query->type},
                                    {"host", query->host},
                                    {"cursor", cursor}};
    enum rc rc = RC_OK;

    buffer_append_text(url, PATH "?limit=");
    buffer_append_int64(url, limit);
    for (size_t i = 0; rc == RC_OK && i < sizeof texts / sizeof texts[0]; i++) {
        rc = append_text(url, texts[i][0], texts[i][1]);
    }
    append_time(url, "until", query->until_ms);
    append_time(url, "before", query->before_ms);
    append_time(url, "since", query->since_ms);
    return rc == RC_OK && !buffer_is_ok(url) ? RC_NO_MEMORY : rc;
}
