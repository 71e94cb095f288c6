/* intake: the port through which the worker reads Kafka: group membership, partitions, records, commits.
 *
 * One consumer group, classic protocol, range, eager; subscribed to `tasks` only. Rebalances come as events:
 *
 * It is joined by intake_join(), once the topics are found fit.
 *
 *   ASSIGNED(partitions) -> the worker opens their stores -> intake_start(partitions) -> streams can be read
 *   REVOKING             -> the worker drains and commits -> intake_finish_revoke()
 *   LOST                 -> the membership is gone: commits would be refused -> intake_finish_revoke()
 *
 * Between ASSIGNED and intake_start(), and after REVOKING or LOST, no stream may be used but for commits until
 * intake_finish_revoke(), which closes all streams. A rebalance follows the next. REVOKING comes, too, when the log
 * does not hold what a stream is to read next: the intake says so, and ASSIGNED follows with what is there.
 *
 * A stream is one partition of one topic. Reading it never blocks and never pauses a fetch; its queue is bounded.
 * Every call that would block (topic listing, committed offsets, log ends, fetches by coordinates) runs in a helper
 * thread inside and answers by an event.
 *
 * Memory:  intake_open() gives, intake_close() takes. Records are borrowed until intake_release_record().
 * Threads: the loop's thread only.
 * Errors:  open: RC_INVALID, RC_UNAVAILABLE with errstr. Everything later is an event.
 */
#ifndef WORKER_INTAKE_H
#define WORKER_INTAKE_H

#include "coords.h"
#include "params.h"
#include "rc.h"
#include "topics.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intake;
struct intake_stream;

struct record {
    bool is_end;          /* the reader has reached the log end at `offset`; no other field is set */
    enum topic_kind kind; /* TOPIC_TASKS, _CONTROL, _STATE, _DELAY */
    int64_t tier_ms;      /* TOPIC_DELAY only */
    int32_t partition;
    int64_t offset;
    int64_t append_time_ms; /* LogAppendTime */
    const char *key;        /* NULL if the record has none */
    size_t key_bytes;
    const char *value; /* NULL: a tombstone */
    size_t value_bytes;
    const char *header; /* text of the header `autohttp`; NULL if there is none */
    size_t header_bytes;
    bool has_two_headers; /* more than one header has that name */
    void *handle;
};

enum intake_event_kind {
    INTAKE_ASSIGNED = 1, /* partitions[], tiers[], partition_count, cluster_id */
    INTAKE_REVOKING,
    INTAKE_LOST,
    INTAKE_COMMITTED,     /* token, rc: RC_OK, RC_CLOSED (not a member any more), RC_UNAVAILABLE (try again) */
    INTAKE_LOG_END,       /* token, rc, offset: the answer to intake_query_end() */
    INTAKE_FETCHED,       /* token, rc (RC_NOT_FOUND: no longer kept), record: the answer to intake_fetch() */
    INTAKE_CHECKED,       /* rc, compaction_lag_ms: the answer to intake_check_topics(); text, if it is not RC_OK */
    INTAKE_TRIMMED,       /* token, rc, trims[]: the answer to intake_trim(); text, if it is not RC_OK */
    INTAKE_STREAM_FAILED, /* stream, text: a partition cannot be read on (bytes that make no sense); the worker gives up
                           */
    INTAKE_BROKERS_DOWN,  /* all brokers are unreachable, said once; text: why the last one is */
    INTAKE_BROKERS_UP,
    INTAKE_FATAL, /* text: the client cannot go on; rc RC_CONFLICT: nor can another, until somebody has acted */
};

/* What may go from the start of one partition of `tasks` or a tier. */
struct intake_trim {
    enum topic_kind kind;
    int64_t tier_ms;
    int32_t partition;
    int64_t offset;           /* records below it, */
    int64_t before_time_ms;   /* that were appended before this; INT64_MAX: whenever */
    int64_t log_start_offset; /* of the answer; -1: not known */
};

/* What a partition's log holds: the offsets from the start to below the end. */
struct intake_range {
    int64_t start_offset;
    int64_t end_offset;
};

struct intake_event {
    enum intake_event_kind kind;
    const int32_t *partitions; /* borrowed until the next intake_take_event() */
    size_t partition_list_count;
    const char *cluster_id;                  /* INTAKE_ASSIGNED; "": the brokers tell none */
    const struct intake_range *state_ranges; /* INTAKE_ASSIGNED: of `state`, in the order of partitions */
    const int64_t *tiers_ms;                 /* tiers found on the broker, rising */
    size_t tier_count;
    int32_t partition_count; /* P: of `tasks`; other topics with another count make INTAKE_FATAL */
    uint64_t token;
    enum rc rc;
    int64_t offset;
    struct record record; /* INTAKE_FETCHED: borrowed until the next intake_take_event() */
    struct intake_stream *stream;
    const struct intake_trim *trims; /* borrowed until the next intake_take_event() */
    size_t trim_count;
    int64_t compaction_lag_ms; /* min.compaction.lag.ms of `state` */
    const char *text;
};

struct intake_position {
    int32_t partition;
    int64_t state_offset; /* first offset of `state` to read; -1: from the log start */
};

struct intake_commit {
    struct intake_stream *stream;
    int64_t offset; /* the next to be read */
};

/* client_id names the worker to the group: autohttp@<admin address>. The fd becomes readable when something can be
 * taken. */
enum rc intake_open(const struct params *params, const char *client_id, struct intake **ret_intake, char *errstr,
                    size_t errstr_bytes);
/* Asynchronous, one at a time: whether the topics are such that no task can be lost on them. RC_CONFLICT: they are not;
 * RC_NOT_FOUND: one is missing; RC_DENIED: it may not be asked; RC_UNAVAILABLE: it is not known. */
void intake_check_topics(struct intake *intake);
/* Becomes a member of the group; once. */
void intake_join(struct intake *intake);
/* Leaves the group (a static member does not) and closes; blocks up to timeout_ms. NULL is fine. */
void intake_close(struct intake *intake, int64_t timeout_ms);
int intake_get_fd(const struct intake *intake);
/* Drains the fd; call once a turn before taking events and reading streams. */
void intake_clear_fd(struct intake *intake);
/* False: nothing more now. */
bool intake_take_event(struct intake *intake, struct intake_event *ret_event);

/* Answers INTAKE_ASSIGNED: fetching begins for the streams of these partitions: `state` at the position given, the
 * others at their committed offset, else at the log start. */
void intake_start(struct intake *intake, const struct intake_position *positions, size_t position_count);
/* NULL if the partition is not started or the tier does not exist. */
struct intake_stream *intake_get_stream(struct intake *intake, enum topic_kind kind, int64_t tier_ms,
                                        int32_t partition);
/* Where reading began: the committed offset; -1 if there was none and it began at the log start. */
int64_t intake_stream_get_start_offset(const struct intake_stream *stream);
/* False: nothing to read now. A true one is to be released before the next read of any stream. */
bool intake_read(struct intake_stream *stream, struct record *ret_record);
void intake_release_record(struct record *record);

/* Reads the stream again from offset (-1: from the log start); records of before are no longer given. Does not block,
 * and does nothing to a stream that has failed. */
void intake_seek(struct intake *intake, struct intake_stream *stream, int64_t offset);

/* Asynchronous; answered by INTAKE_COMMITTED with the token. commit_count 0: proves the membership only (a commit of
 * what is committed already). */
void intake_commit(struct intake *intake, const struct intake_commit *commits, size_t commit_count, uint64_t token);
/* Asynchronous: the log end of tasks/partition, read from its leader after this call. */
void intake_query_end(struct intake *intake, int32_t partition, uint64_t token);
/* Asynchronous: one record of `tasks` or a tier, by its coordinates. */
void intake_fetch(struct intake *intake, const struct coords *coords, uint64_t token);
/* Asynchronous, one at a time: moves the log starts. Copies trims. */
void intake_trim(struct intake *intake, const struct intake_trim *trims, size_t trim_count, uint64_t token);
/* Answers INTAKE_REVOKING and INTAKE_LOST. */
void intake_finish_revoke(struct intake *intake);

#endif
