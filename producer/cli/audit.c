#include "audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit_ledger.h"
#include "audit_read.h"
#include "decimal.h"
#include "duration.h"
#include "json_line.h"
#include "moment.h"
#include "say.h"

#define SINCE_DEFAULT "24h"
#define AGO_MAX_MS (INT64_C(3650) * 24 * 60 * 60 * 1000)
#define LATE_DEFAULT_MS 60000
#define FINDINGS_DEFAULT 100
#define PROGRESS_TERMINAL_MS 200
#define PROGRESS_LOG_MS 10000
#define CLEAR_LINE "\r\033[K" /* only ever sent to a terminal */

struct audit_values {
    const char *since;
    const char *until;
    int64_t late_ms;
    int64_t finding_max;
};

/* What is found beside the states; the first three are breaches of the promise. */
enum finding { FINDING_LOST, FINDING_EARLY, FINDING_NO_LETTER, FINDING_LATE, FINDING_REPEATED, FINDING_COUNT };

static const char *const finding_names[FINDING_COUNT] = {
    [FINDING_LOST] = "lost", [FINDING_EARLY] = "early",       [FINDING_NO_LETTER] = "no_letter",
    [FINDING_LATE] = "late", [FINDING_REPEATED] = "repeated",
};

struct audit {
    const struct call *call;
    const struct audit_values *values;
    struct audit_request request;
    struct audit_ledger *ledger;
    int64_t state_counts[AUDIT_STATE_COUNT];
    int64_t finding_counts[FINDING_COUNT];
    int64_t task_count;
    int64_t overdue_count; /* of the pending */
    int64_t unreadable_count;
    int64_t now_ms;
    int64_t progress_mono_ms;
    bool is_terminal;
};

/* A point in time, or how long ago it was. */
static enum rc parse_when(const char *text, int64_t now_ms, int64_t *ret_time_ms, char *errstr, size_t errstr_bytes)
{
    int64_t ago_ms = 0;
    char ignored[SAY_ERRSTR_BYTES];

    if (moment_parse(text, ret_time_ms, errstr, errstr_bytes) == RC_OK) {
        return RC_OK;
    }
    if (duration_parse(text, AGO_MAX_MS, &ago_ms, ignored, sizeof ignored) == RC_OK) {
        *ret_time_ms = now_ms - ago_ms;
        return RC_OK;
    }
    return rc_fail(RC_INVALID, errstr, errstr_bytes,
                   "'%s' is neither a time (2026-03-01T12:00:00Z, Unix seconds) nor how long ago (90m, 1d)", text);
}

static enum rc read_range(struct audit *audit, char *errstr, size_t errstr_bytes)
{
    const struct audit_values *values = audit->values;
    const char *since = values->since != NULL ? values->since : SINCE_DEFAULT;
    char why[SAY_ERRSTR_BYTES] = "";

    audit->now_ms = moment_get_time_ms();
    audit->request.until_time_ms = audit->now_ms;
    if (parse_when(since, audit->now_ms, &audit->request.since_time_ms, why, sizeof why) != RC_OK) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "--since: %s", why);
    }
    if (values->until != NULL &&
        parse_when(values->until, audit->now_ms, &audit->request.until_time_ms, why, sizeof why) != RC_OK) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "--until: %s", why);
    }
    if (audit->request.since_time_ms >= audit->request.until_time_ms) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "--since does not lie before --until");
    }
    return RC_OK;
}

static void print_progress(const struct audit_progress *progress, void *opaque)
{
    struct audit *audit = opaque;
    int64_t now_mono_ms = moment_get_mono_ms();
    int64_t percent = progress->total_count > 0 ? 100 * progress->done_count / progress->total_count : 0;

    if (now_mono_ms - audit->progress_mono_ms < (audit->is_terminal ? PROGRESS_TERMINAL_MS : PROGRESS_LOG_MS)) {
        return;
    }
    audit->progress_mono_ms = now_mono_ms;
    if (percent > 100) {
        percent = 100; /* more is appended meanwhile */
    }
    if (audit->is_terminal) {
        fprintf(stderr, CLEAR_LINE "audit: %s, %" PRId64 " records, %" PRId64 " %%", progress->topic,
                progress->done_count, percent);
    } else {
        say("audit: %s, %" PRId64 " records, %" PRId64 " %%", progress->topic, progress->done_count, percent);
    }
}

/* Findings */

/* Quoted: a key may hold what a terminal obeys. */
static void print_finding_text(const struct audit_verdict *verdict, enum finding finding, int64_t value)
{
    struct buffer key = {0};
    char when[MOMENT_TEXT_BYTES];

    if (verdict->key != NULL) {
        buffer_append_json_string(&key, verdict->key, verdict->key_bytes);
    }
    printf("%-9s  %s  id %" PRIu64 "  published %s", finding_names[finding],
           key.data != NULL && buffer_is_ok(&key) ? key.data : "-", verdict->id, moment_print(verdict->time_ms, when));
    if (finding == FINDING_EARLY || finding == FINDING_LATE) {
        printf("  by %" PRId64 " ms", value);
    }
    printf("\n");
    buffer_close(&key);
}

static void print_finding(const struct audit *audit, const struct audit_verdict *verdict, enum finding finding,
                          int64_t value)
{
    struct buffer line = {0};
    char id[DECIMAL_TEXT_MAX_BYTES];

    if (!audit->call->is_json) {
        print_finding_text(verdict, finding, value);
        return;
    }
    snprintf(id, sizeof id, "%" PRIu64, verdict->id);
    json_line_begin(&line);
    json_line_add_text(&line, "finding", finding_names[finding]);
    if (verdict->key != NULL) {
        json_line_add_bytes(&line, "key", verdict->key, verdict->key_bytes);
    } else {
        json_line_add_null(&line, "key");
    }
    json_line_add_text(&line, "id", id);
    json_line_add_text(&line, "state", audit_state_get_name(verdict->state));
    json_line_add_seconds(&line, "published", verdict->time_ms);
    if (finding == FINDING_EARLY || finding == FINDING_LATE) {
        json_line_add_seconds(&line, "by", value);
    }
    json_line_print(&line);
}

static void note_finding(struct audit *audit, const struct audit_verdict *verdict, enum finding finding, int64_t value)
{
    audit->finding_counts[finding]++;
    if (audit->finding_counts[finding] <= audit->values->finding_max) {
        print_finding(audit, verdict, finding, value);
    }
}

static void note_verdict(const struct audit_verdict *verdict, void *opaque)
{
    struct audit *audit = opaque;
    int64_t late_ms = verdict->late_ms;

    audit->task_count++;
    audit->state_counts[verdict->state]++;
    if (verdict->next_time_ms != 0 && verdict->next_time_ms + audit->values->late_ms < audit->now_ms) {
        audit->overdue_count++;
        late_ms = audit->now_ms - verdict->next_time_ms > late_ms ? audit->now_ms - verdict->next_time_ms : late_ms;
    }
    if (verdict->state == AUDIT_LOST) {
        note_finding(audit, verdict, FINDING_LOST, 0);
    }
    if (verdict->early_ms > 0) {
        note_finding(audit, verdict, FINDING_EARLY, verdict->early_ms);
    }
    if (verdict->is_letter_missing) {
        note_finding(audit, verdict, FINDING_NO_LETTER, 0);
    }
    if (late_ms > audit->values->late_ms) {
        note_finding(audit, verdict, FINDING_LATE, late_ms);
    }
    if (verdict->repeated_count > 0) {
        note_finding(audit, verdict, FINDING_REPEATED, verdict->repeated_count);
    }
}

/* The end */

static void print_counts_json(const struct audit *audit)
{
    struct buffer line = {0};

    json_line_begin(&line);
    json_line_add_seconds(&line, "since", audit->request.since_time_ms);
    json_line_add_seconds(&line, "until", audit->request.until_time_ms);
    json_line_add_integer(&line, "tasks", audit->task_count);
    for (size_t i = 0; i < AUDIT_STATE_COUNT; i++) {
        json_line_add_integer(&line, audit_state_get_name((enum audit_state)i), audit->state_counts[i]);
    }
    json_line_add_integer(&line, "overdue", audit->overdue_count);
    for (size_t i = FINDING_EARLY; i < FINDING_COUNT; i++) { /* the lost are a state, too */
        json_line_add_integer(&line, finding_names[i], audit->finding_counts[i]);
    }
    json_line_add_integer(&line, "unreadable", audit->unreadable_count);
    json_line_print(&line);
}

static void print_count(const char *name, int64_t count, const char *text)
{
    printf("%-10s %10" PRId64 "  %s\n", name, count, text);
}

static void print_counts(const struct audit *audit)
{
    const int64_t *states = audit->state_counts;
    const int64_t *findings = audit->finding_counts;
    char since[MOMENT_TEXT_BYTES];
    char until[MOMENT_TEXT_BYTES];
    char text[128];

    printf("published from %s to %s\n", moment_print(audit->request.since_time_ms, since),
           moment_print(audit->request.until_time_ms, until));
    print_count("tasks", audit->task_count, "");
    snprintf(text, sizeof text, "%" PRId64 " success, %" PRId64 " failure, %" PRId64 " stopped", states[AUDIT_SUCCESS],
             states[AUDIT_FAILURE], states[AUDIT_STOPPED]);
    print_count("settled", states[AUDIT_SUCCESS] + states[AUDIT_FAILURE] + states[AUDIT_STOPPED], text);
    snprintf(text, sizeof text, "%" PRId64 " overdue", audit->overdue_count);
    print_count("pending", states[AUDIT_PENDING], text);
    print_count("duplicate", states[AUDIT_DUPLICATE], "of a business key that had a task, or published twice");
    print_count("refused", states[AUDIT_REFUSED], "no valid tasks; in `dead`");
    print_count("late", findings[FINDING_LATE], "with an attempt that came late, or is");
    print_count("repeated", findings[FINDING_REPEATED], "with an attempt that was sent twice");
    print_count("no_letter", findings[FINDING_NO_LETTER], "ended without the dead letter that they should have");
    print_count("early", findings[FINDING_EARLY], "with an attempt before it was due");
    print_count("lost", states[AUDIT_LOST], "the workers are done with them, and nothing tells of them");
}

static enum exit_code conclude(struct audit *audit)
{
    bool is_broken = false;

    audit_ledger_judge(audit->ledger, note_verdict, audit);
    if (audit->call->is_json) {
        print_counts_json(audit);
    } else {
        print_counts(audit);
    }
    if (audit->unreadable_count > 0) {
        say("audit: %" PRId64 " rows and events cannot be read and were passed over", audit->unreadable_count);
    }
    for (size_t i = 0; i <= FINDING_NO_LETTER; i++) {
        is_broken = is_broken || audit->finding_counts[i] > 0;
    }
    return is_broken ? EXIT_CODE_NO : EXIT_CODE_OK;
}

static enum exit_code run_audit(const struct call *call)
{
    char errstr[SAY_ERRSTR_BYTES] = "";
    struct audit audit = {.call = call, .values = call->values, .is_terminal = isatty(STDERR_FILENO) == 1};
    enum rc rc = read_range(&audit, errstr, sizeof errstr);

    if (rc != RC_OK) {
        return say_fail(EXIT_CODE_USAGE, "audit: %s", errstr);
    }
    audit.request.settings = call->settings;
    audit.request.progress_cb = print_progress;
    audit.request.opaque = &audit;
    audit.progress_mono_ms = moment_get_mono_ms();
    audit.ledger = audit_ledger_new();
    rc = audit.ledger == NULL
             ? RC_NO_MEMORY
             : audit_read(&audit.request, audit.ledger, &audit.unreadable_count, errstr, sizeof errstr);
    if (audit.is_terminal) {
        fputs(CLEAR_LINE, stderr);
    }
    enum exit_code code = rc == RC_OK ? conclude(&audit) : say_rc(rc, "audit", errstr);
    audit_ledger_free(audit.ledger);
    return code;
}

static const struct option_spec options[] = {
    {"since", 0, OPTION_TEXT, offsetof(struct audit_values, since), "WHEN",
     "published from then on: a time (RFC 3339 in UTC, Unix seconds) or how long ago (90m, 1d); default 24h", 0, 0, 0},
    {"until", 0, OPTION_TEXT, offsetof(struct audit_values, until), "WHEN", "published before then; default now", 0, 0,
     0},
    {"late", 0, OPTION_DURATION, offsetof(struct audit_values, late_ms), "DURATION",
     "an attempt that starts later than this after it was due is late; default 1m", 0, AGO_MAX_MS, LATE_DEFAULT_MS},
    {"findings", 0, OPTION_NUMBER, offsetof(struct audit_values, finding_max), "N",
     "name at most so many tasks of each kind of finding; default 100", 0, INT64_MAX, FINDINGS_DEFAULT},
};

static const struct verb verbs[] = {
    {"audit", "", "what became of every task published in a range of time; exit 1 if one is lost",
     "  autohttp audit --since 1h\n"
     "  autohttp audit --since 2026-03-01T00:00:00Z --until 2026-03-02T00:00:00Z --json\n",
     options, sizeof options / sizeof options[0], sizeof(struct audit_values), 0, 0, VERB_NEEDS_BROKER, run_audit},
};

const struct verb_group audit_verbs = {verbs, sizeof verbs / sizeof verbs[0]};
