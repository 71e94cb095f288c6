#include "task_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin_port.h"
#include "http_get.h"
#include "row_json.h"
#include "row_table.h"
#include "say.h"
#include "task_page.h"
#include "task_query.h"

#define PAGE_ROW_MAX ((int64_t)(HTTP_GET_MAX_BYTES / ROW_JSON_MAX_BYTES) - 1) /* so that any page fits one answer */
#define MISSING_SHOWN_MAX 20

struct list_values {
    struct task_query_options query;
    const char *admin;
    int64_t row_max; /* 0: all */
};

struct list {
    const struct call *call;
    struct task_query query;
    struct buffer base;
    char cursor[TASK_PAGE_CURSOR_MAX_BYTES + 1]; /* "": the first page */
    int64_t row_count;
    struct buffer missing; /* int32_t each, no partition twice */
    bool is_done;
};

static int64_t get_row_max(const struct list *list)
{
    return ((const struct list_values *)list->call->values)->row_max;
}

static enum rc print_row(struct list *list, const struct task_page_row *json, char *errstr, size_t errstr_bytes)
{
    struct row row = {0};
    struct buffer line = {0};
    enum rc rc = row_decode(json->json, json->json_bytes, &row, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    if (list->call->is_json) {
        rc = row_encode(&row, &line); /* one line, however the worker has laid it out */
        buffer_append_char(&line, '\n');
    } else {
        if (list->row_count == 0) {
            row_table_print_head(&line);
        }
        row_table_print_row(&row, &line);
    }
    if (rc == RC_OK && buffer_is_ok(&line)) {
        fwrite(line.data, 1, line.len_bytes, stdout);
        list->row_count++;
    } else {
        rc = RC_NO_MEMORY;
    }
    buffer_close(&line);
    row_close(&row);
    return rc;
}

static size_t get_missing_count(const struct list *list)
{
    return list->missing.len_bytes / sizeof(int32_t);
}

static int32_t get_missing(const struct list *list, size_t index)
{
    int32_t partition = 0;

    memcpy(&partition, list->missing.data + index * sizeof partition, sizeof partition);
    return partition;
}

/* Each page tells anew which could not be asked. */
static void add_missing(struct list *list, const struct task_page *page)
{
    for (size_t i = 0; i < page->missing_count; i++) {
        bool is_known = false;
        for (size_t n = 0; n < get_missing_count(list); n++) {
            is_known = is_known || get_missing(list, n) == page->missing[i];
        }
        if (!is_known) {
            buffer_append(&list->missing, &page->missing[i], sizeof page->missing[i]);
        }
    }
}

static enum rc take_page(struct list *list, const struct task_page *page, char *errstr, size_t errstr_bytes)
{
    int64_t row_max = get_row_max(list);
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < page->row_count && (row_max == 0 || list->row_count < row_max); i++) {
        rc = print_row(list, &page->rows[i], errstr, errstr_bytes);
    }
    if (rc != RC_OK) {
        return rc;
    }
    fflush(stdout); /* the next page may take a while */
    add_missing(list, page);
    /* The same cursor without a row would come for ever. */
    if (page->row_count == 0 && page->next_cursor[0] != '\0' && strcmp(page->next_cursor, list->cursor) == 0) {
        return rc_fail(RC_CORRUPT, errstr, errstr_bytes, "the worker's list does not advance");
    }
    snprintf(list->cursor, sizeof list->cursor, "%s", page->next_cursor);
    list->is_done = page->next_cursor[0] == '\0' || (row_max > 0 && list->row_count >= row_max) || ferror(stdout) != 0;
    return RC_OK;
}

static enum rc append_url(const struct list *list, struct buffer *url)
{
    int64_t row_max = get_row_max(list);
    int64_t left = row_max > 0 ? row_max - list->row_count : PAGE_ROW_MAX;

    buffer_append(url, list->base.data, list->base.len_bytes);
    return task_query_append_url(&list->query, left < PAGE_ROW_MAX ? left : PAGE_ROW_MAX,
                                 list->cursor[0] != '\0' ? list->cursor : NULL, url);
}

static enum exit_code read_page(struct list *list, const struct buffer *body)
{
    char errstr[SAY_ERRSTR_BYTES] = "";
    struct task_page *page = calloc(1, sizeof *page);
    enum rc rc = RC_NO_MEMORY;

    if (page != NULL) {
        rc = task_page_read(body->data, body->len_bytes, page, errstr, sizeof errstr);
    }
    if (rc == RC_OK) {
        rc = take_page(list, page, errstr, sizeof errstr);
    }
    if (page != NULL) {
        task_page_close(page);
    }
    free(page);
    return rc == RC_OK ? EXIT_CODE_OK : say_rc(rc, "the worker's answer", errstr);
}

static enum exit_code ask_page(struct list *list)
{
    char errstr[SAY_ERRSTR_BYTES] = "";
    struct buffer url = {0};
    struct buffer body = {0};
    long status = 0;
    enum exit_code code = EXIT_CODE_OK;
    enum rc rc = append_url(list, &url);

    if (rc == RC_OK) {
        rc = http_get(url.data, list->call->settings->params.admin_token, &status, &body, errstr, sizeof errstr);
    }
    if (rc != RC_OK) {
        code = say_rc(rc, "task list", errstr);
    } else if (status != ADMIN_PORT_OK || body.data == NULL) {
        code = admin_port_refuse("task list", status, &body);
    } else {
        code = read_page(list, &body);
    }
    buffer_close(&url);
    buffer_close(&body);
    return code;
}

static enum exit_code end_list(const struct list *list)
{
    struct buffer text = {0};
    size_t missing_count = get_missing_count(list);

    if (missing_count == 0) {
        return EXIT_CODE_OK;
    }
    for (size_t i = 0; i < missing_count && i < MISSING_SHOWN_MAX; i++) {
        buffer_append_text(&text, i > 0 ? ", " : "");
        buffer_append_int64(&text, get_missing(list, i));
    }
    say("task list: the list is not complete: no owner of %zu partition%s answered in time: %s%s", missing_count,
        missing_count > 1 ? "s" : "", buffer_is_ok(&text) ? text.data : "",
        missing_count > MISSING_SHOWN_MAX ? ", ..." : "");
    buffer_close(&text);
    return EXIT_CODE_UNAVAILABLE;
}

static enum exit_code run_list(const struct call *call)
{
    const struct list_values *values = call->values;
    char errstr[SAY_ERRSTR_BYTES] = "";
    struct list list = {.call = call};
    enum exit_code code = EXIT_CODE_OK;
    enum rc rc = task_query_read(&values->query, &list.query, errstr, sizeof errstr);

    if (rc != RC_OK) {
        return say_fail(EXIT_CODE_USAGE, "task list: %s", errstr);
    }
    rc = admin_port_find(call->settings, values->admin, NULL, NULL, &list.base, errstr, sizeof errstr);
    if (rc != RC_OK) {
        code = say_rc(rc, "task list", errstr);
    }
    while (code == EXIT_CODE_OK && !list.is_done) {
        code = ask_page(&list);
    }
    if (code == EXIT_CODE_OK) {
        code = end_list(&list);
    }
    buffer_close(&list.missing);
    buffer_close(&list.base);
    return code;
}

static const struct option_spec options[] = {
    {"incomplete", 0, OPTION_FLAG, offsetof(struct list_values, query.is_incomplete), NULL, "the unsettled tasks", 0, 0,
     0},
    {"until", 0, OPTION_TEXT, offsetof(struct list_values, query.until), "TIME",
     "only those due by then; goes with --incomplete", 0, 0, 0},
    {"to-clean", 0, OPTION_FLAG, offsetof(struct list_values, query.is_to_clean), NULL,
     "the settled tasks of one --status", 0, 0, 0},
    {"before", 0, OPTION_TEXT, offsetof(struct list_values, query.before), "TIME",
     "those requested by then (default: now); goes with --to-clean", 0, 0, 0},
    {"status", 0, OPTION_TEXT, offsetof(struct list_values, query.status), "S",
     "only sending, success, failure or stopped", 0, 0, 0},
    {"type", 0, OPTION_TEXT, offsetof(struct list_values, query.type), "TYPE", "only of this business type", 0, 0, 0},
    {"host", 0, OPTION_TEXT, offsetof(struct list_values, query.host), "HOST", "only calls to this host", 0, 0, 0},
    {"since", 0, OPTION_TEXT, offsetof(struct list_values, query.since), "TIME", "only those requested then or later",
     0, 0, 0},
    {"limit", 0, OPTION_NUMBER, offsetof(struct list_values, row_max), "N", "at most so many (default: all)", 1,
     INT64_MAX, 0},
    {"admin", 0, OPTION_TEXT, offsetof(struct list_values, admin), "URL",
     "ask this worker instead of one that Kafka names", 0, 0, 0},
};

static const struct verb verbs[] = {
    {"task list", "", "list tasks: all, by filters, the unsettled, those to clean",
     "  autohttp task list --incomplete --until 2026-03-01T12:00:00Z\n"
     "  autohttp task list --to-clean --status success --before 2026-03-01T12:00:00Z --json\n"
     "  autohttp task list --type order --status failure --limit 20\n",
     options, sizeof options / sizeof options[0], sizeof(struct list_values), 0, 0, VERB_NEEDS_SETTINGS, run_list},
};

const struct verb_group task_list_verbs = {verbs, sizeof verbs / sizeof verbs[0]};
