/* crash_points: ends the worker, as kill -9 would, at a named step of the commit protocol.
 *
 * The chaos suite's worker is the worker's own modules, linked with --wrap for the functions below: every call of them
 * from another module comes here first. The worker that is installed holds nothing of this.
 *
 *   AUTOHTTP_CRASH_AT="<point> <n> <file>"   the process dies when the point is reached for the n-th time, if the file
 * is there then; unset or empty: never
 *
 *   send:<what>    a record is about to be produced      carry (tier, dead letter, re-routed task), row, event, claim,
 *   sent:<what>    librdkafka has it, the broker not yet     offsets
 *   acked:<what>   its acknowledgement came, nothing has been done about it
 *   read:<topic>   a record was read, nothing has been done about it      tasks, delay, control, state
 *   apply          records of `state` are about to be written to the local database
 *   applied        they are, the loop does not know it yet
 *   commit         offsets are about to be committed
 *   committing     they are on their way
 *   committed      the group has accepted them, the loop does not know it yet
 *   call           an attempt is about to be started
 *   called         it is under way
 *   answered       its end came, nothing has been done about it
 *   revoking       the group takes the partitions away, nothing has been done about it
 *
 * Threads: the loop's only.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core.h"

#define NAME_MAX_BYTES 32
#define FILE_MAX_BYTES 256

/* --wrap's names for the functions themselves, and for those that take their place. */
enum rc __real_emit_send(struct emit *, const struct emit_record *, char *, size_t);
bool __real_emit_take_report(struct emit *, struct emit_report *);
bool __real_intake_read(struct intake_stream *, struct record *);
void __real_intake_commit(struct intake *, const struct intake_commit *, size_t, uint64_t);
bool __real_intake_take_event(struct intake *, struct intake_event *);
enum rc __real_store_commit_apply(struct store *, int64_t, int64_t, char *, size_t);
enum rc __real_courier_send(struct courier *, const struct courier_request *, const struct now *);
bool __real_courier_take_result(struct courier *, struct courier_result *);
enum rc __wrap_emit_send(struct emit *, const struct emit_record *, char *, size_t);
bool __wrap_emit_take_report(struct emit *, struct emit_report *);
bool __wrap_intake_read(struct intake_stream *, struct record *);
void __wrap_intake_commit(struct intake *, const struct intake_commit *, size_t, uint64_t);
bool __wrap_intake_take_event(struct intake *, struct intake_event *);
enum rc __wrap_store_commit_apply(struct store *, int64_t, int64_t, char *, size_t);
enum rc __wrap_courier_send(struct courier *, const struct courier_request *, const struct now *);
bool __wrap_courier_take_result(struct courier *, struct courier_result *);

static const char *const POINTS[] = {
    "send:carry",    "sent:carry",  "acked:carry", "send:row",     "sent:row",    "acked:row",    "send:event",
    "sent:event",    "acked:event", "send:claim",  "sent:claim",   "acked:claim", "send:offsets", "sent:offsets",
    "acked:offsets", "read:tasks",  "read:delay",  "read:control", "read:state",  "apply",        "applied",
    "commit",        "committing",  "committed",   "call",         "called",      "answered",     "revoking",
};

static struct {
    bool is_read;
    char name[NAME_MAX_BYTES];
    char file[FILE_MAX_BYTES];
    long left_count; /* how often the point is yet to be reached; 0: never */
} chosen;

static bool is_point(const char *name)
{
    for (size_t i = 0; i < sizeof POINTS / sizeof POINTS[0]; i++) {
        if (strcmp(name, POINTS[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void read_chosen(void)
{
    const char *text = getenv("AUTOHTTP_CRASH_AT");

    chosen.is_read = true;
    if (text == NULL || text[0] == '\0') {
        return;
    }
    if (sscanf(text, "%31s %ld %255s", chosen.name, &chosen.left_count, chosen.file) != 3 || !is_point(chosen.name)) {
        fprintf(stderr, "AUTOHTTP_CRASH_AT=\"%s\" is not \"<point> <n> <file>\"\n", text);
        exit(64);
    }
}

static void reach(const char *name, const char *what)
{
    char point[NAME_MAX_BYTES];

    if (!chosen.is_read) {
        read_chosen();
    }
    snprintf(point, sizeof point, "%s%s", name, what);
    if (chosen.left_count > 0 && strcmp(point, chosen.name) == 0 && --chosen.left_count == 0 &&
        access(chosen.file, F_OK) == 0) {
        kill(getpid(), SIGKILL);
    }
}

/* What a record is, by the token it was sent with. */
static const char *name_token(uint64_t token)
{
    switch (token_get_kind(token)) {
    case TOKEN_CARRY:
        return "carry";
    case TOKEN_ROW:
        return "row";
    case TOKEN_EVENT:
        return "event";
    case TOKEN_CLAIM:
        return "claim";
    default:
        return "offsets";
    }
}

static const char *name_topic(enum topic_kind kind)
{
    switch (kind) {
    case TOPIC_TASKS:
        return "tasks";
    case TOPIC_CONTROL:
        return "control";
    case TOPIC_STATE:
        return "state";
    default:
        return "delay";
    }
}

enum rc __wrap_emit_send(struct emit *emit, const struct emit_record *record, char *errstr, size_t errstr_bytes)
{
    enum rc rc;

    reach("send:", name_token(record->token));
    rc = __real_emit_send(emit, record, errstr, errstr_bytes);
    reach("sent:", name_token(record->token));
    return rc;
}

bool __wrap_emit_take_report(struct emit *emit, struct emit_report *ret_report)
{
    if (!__real_emit_take_report(emit, ret_report)) {
        return false;
    }
    reach("acked:", name_token(ret_report->token));
    return true;
}

bool __wrap_intake_read(struct intake_stream *stream, struct record *ret_record)
{
    if (!__real_intake_read(stream, ret_record)) {
        return false;
    }
    if (!ret_record->is_end) {
        reach("read:", name_topic(ret_record->kind));
    }
    return true;
}

void __wrap_intake_commit(struct intake *intake, const struct intake_commit *commits, size_t commit_count,
                          uint64_t token)
{
    reach("commit", "");
    __real_intake_commit(intake, commits, commit_count, token);
    reach("committing", "");
}

bool __wrap_intake_take_event(struct intake *intake, struct intake_event *ret_event)
{
    if (!__real_intake_take_event(intake, ret_event)) {
        return false;
    }
    if (ret_event->kind == INTAKE_COMMITTED) {
        reach("committed", "");
    } else if (ret_event->kind == INTAKE_REVOKING) {
        reach("revoking", "");
    }
    return true;
}

enum rc __wrap_store_commit_apply(struct store *store, int64_t applied_offset, int64_t time_ms, char *errstr,
                                  size_t errstr_bytes)
{
    enum rc rc;

    reach("apply", "");
    rc = __real_store_commit_apply(store, applied_offset, time_ms, errstr, errstr_bytes);
    reach("applied", "");
    return rc;
}

enum rc __wrap_courier_send(struct courier *courier, const struct courier_request *request, const struct now *now)
{
    enum rc rc;

    reach("call", "");
    rc = __real_courier_send(courier, request, now);
    reach("called", "");
    return rc;
}

bool __wrap_courier_take_result(struct courier *courier, struct courier_result *ret_result)
{
    if (!__real_courier_take_result(courier, ret_result)) {
        return false;
    }
    reach("answered", "");
    return true;
}
