#include "validate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "input.h"
#include "json_line.h"
#include "json_scan.h"
#include "say.h"
#include "task_json.h"

#define FILE_MAX_BYTES ((size_t)1024 * 1024 * 1024)

struct tally {
    int64_t valid_count;
    int64_t bad_count;
    bool is_json;
};

static void print_verdict(const char *path, int64_t line_number, const char *error)
{
    struct buffer line = {0};

    json_line_begin(&line);
    json_line_add_text(&line, "file", path);
    json_line_add_integer(&line, "line", line_number);
    json_line_add_bool(&line, "ok", error == NULL);
    if (error != NULL) {
        json_line_add_text(&line, "error", error);
    }
    json_line_print(&line);
}

static void note(struct tally *tally, const char *path, int64_t line_number, const char *error)
{
    tally->valid_count += error == NULL;
    tally->bad_count += error != NULL;
    if (tally->is_json) {
        print_verdict(path, line_number, error);
    } else if (error != NULL) {
        say("%s:%" PRId64 ": %s", path, line_number, error);
    }
}

static enum rc judge(const char *json, size_t json_bytes, char *errstr, size_t errstr_bytes)
{
    struct task task = {0};
    enum rc rc = task_decode(json, json_bytes, &task, errstr, errstr_bytes);

    task_close(&task);
    return rc;
}

struct line {
    const char *text;
    size_t text_bytes;
};

/* Takes the next line off the text; false at its end. */
static bool next_line(const char **text, const char *end, struct line *ret_line)
{
    if (*text >= end) {
        return false;
    }
    const char *line_end = memchr(*text, '\n', (size_t)(end - *text));
    ret_line->text = *text;
    ret_line->text_bytes = (size_t)((line_end != NULL ? line_end : end) - *text);
    *text += ret_line->text_bytes + 1;
    return true;
}

static bool is_blank(const struct line *line)
{
    return strspn(line->text, " \t\r") >= line->text_bytes;
}

/* Whether a text that is no JSON as a whole is meant as one task a line: at least two lines, of which the first is JSON
 * by itself, or each begins with a brace. */
static bool looks_like_lines(const char *text, const char *end)
{
    char ignored[128];
    struct line line;
    int64_t line_count = 0;
    bool is_first_json = false;
    bool has_other = false;

    while (next_line(&text, end, &line)) {
        if (is_blank(&line)) {
            continue;
        }
        if (line_count++ == 0) {
            is_first_json = json_scan(line.text, line.text_bytes, ignored, sizeof ignored) == RC_OK;
        }
        has_other = has_other || line.text[strspn(line.text, " \t\r")] != '{';
    }
    return line_count > 1 && (is_first_json || !has_other);
}

static void judge_lines(struct tally *tally, const char *path, const char *text, const char *end)
{
    char errstr[SAY_ERRSTR_BYTES];
    struct line line;

    for (int64_t line_number = 1; next_line(&text, end, &line); line_number++) {
        if (!is_blank(&line)) {
            enum rc rc = judge(line.text, line.text_bytes, errstr, sizeof errstr);
            note(tally, path, line_number, rc == RC_OK ? NULL : errstr);
        }
    }
}

static enum rc judge_file(struct tally *tally, const char *path, char *errstr, size_t errstr_bytes)
{
    struct buffer text = {0};
    char why[SAY_ERRSTR_BYTES] = "";
    enum rc rc = input_read_file(path, FILE_MAX_BYTES, &text, errstr, errstr_bytes);

    if (rc != RC_OK) {
        goto out;
    }
    const char *data = text.data != NULL ? text.data : "";
    if (judge(data, text.len_bytes, why, sizeof why) == RC_OK) {
        note(tally, path, 1, NULL);
    } else if (looks_like_lines(data, data + text.len_bytes)) {
        judge_lines(tally, path, data, data + text.len_bytes);
    } else {
        note(tally, path, 1, why);
    }
out:
    buffer_close(&text);
    return rc;
}

static enum exit_code run_validate(const struct call *call)
{
    struct tally tally = {.is_json = call->is_json};
    char errstr[SAY_ERRSTR_BYTES] = "";

    for (int i = 0; i < call->word_count; i++) {
        enum rc rc = judge_file(&tally, call->words[i], errstr, sizeof errstr);
        if (rc != RC_OK) {
            return say_rc(rc, "validate", errstr);
        }
    }
    say("%" PRId64 " valid, %" PRId64 " bad", tally.valid_count, tally.bad_count);
    return tally.bad_count == 0 ? EXIT_CODE_OK : EXIT_CODE_DATA;
}

static const struct verb verbs[] = {
    {"validate", "FILE...", "judge tasks in JSON or NDJSON files, offline; - is stdin",
     "  autohttp validate task.json tasks.ndjson\n"
     "  autohttp send https://pay.example/charge --dry-run | autohttp validate -\n",
     NULL, 0, 0, 1, VERB_WORDS_ANY, VERB_NEEDS_NOTHING, run_validate},
};

const struct verb_group validate_verbs = {verbs, sizeof verbs / sizeof verbs[0]};
