/* emit: the port through which the worker writes Kafka.
 *
 * acks=all and no message timeout: a record that was taken is either reported acknowledged with its offset, or reported
 * as failed, which means "unknown" unless it is RC_TOO_LARGE or RC_INVALID (the broker refused it; it is not in the
 * log). Records of one urgency, topic and partition are appended in the order of emit_send(); a batch may be appended
 * twice.
 *
 * Memory:  emit_open() gives, emit_close() takes. emit_send() copies what it is given.
 * Threads: the loop's thread only.
 */
#ifndef WORKER_EMIT_H
#define WORKER_EMIT_H

#include "params.h"
#include "rc.h"
#include "topics.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct emit;

enum emit_urgency {
    EMIT_CARRY = 0, /* tiers, dead, tasks: an attempt's end waits for it; linger 5 ms */
    EMIT_ROW,       /* state and events: linger 50 ms */
    EMIT_HOP,       /* hops: linger 500 ms */
};

struct emit_header {
    const char *name;
    const char *value; /* value_bytes of it */
    size_t value_bytes;
};

#define EMIT_HEADER_MAX 8

struct emit_record {
    enum emit_urgency urgency;
    enum topic_kind kind;
    int64_t tier_ms;
    int32_t partition; /* always explicit */
    const char *key;   /* NULL: none */
    size_t key_bytes;
    const char *value; /* NULL: a tombstone */
    size_t value_bytes;
    struct emit_header headers[EMIT_HEADER_MAX];
    size_t header_count;
    uint64_t token; /* comes back in the report */
};

struct emit_report {
    uint64_t token;
    enum rc rc;             /* RC_OK; RC_TOO_LARGE, RC_INVALID: refused for good; anything else: unknown */
    int64_t offset;         /* with RC_OK */
    int64_t append_time_ms; /* with RC_OK: LogAppendTime */
    const char *text;       /* of a failure; borrowed until the next call */
};

enum rc emit_open(const struct params *params, const char *client_id, struct emit **ret_emit, char *errstr,
                  size_t errstr_bytes);
/* Waits up to timeout_ms for what is under way, then closes. NULL is fine. */
void emit_close(struct emit *emit, int64_t timeout_ms);
int emit_get_fd(const struct emit *emit);
/* Drains the fd; call once a turn before taking reports. */
void emit_clear_fd(struct emit *emit);
/* RC_FULL: the local queue is full, nothing was taken. RC_TOO_LARGE: over the client's own limit, nothing was taken.
 * RC_INVALID: topic or partition unknown; RC_DENIED: no right to write there; RC_CLOSED: the producer cannot go on. */
enum rc emit_send(struct emit *emit, const struct emit_record *record, char *errstr, size_t errstr_bytes);
bool emit_take_report(struct emit *emit, struct emit_report *ret_report);
/* Records taken and not yet reported. */
size_t emit_count_open(const struct emit *emit);
/* For how long a partition has waited for its next report, the longest of all; 0 if none waits. Once a turn: it is what
 * the waits are measured by. */
int64_t emit_get_wait_ms(struct emit *emit, int64_t mono_ms);

#endif
