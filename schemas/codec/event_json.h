/* event_json: one JSON for each row written and each thing that happened to a task (event.schema.json): value of
 * `events`.
 *
 * Consumers drop repeats by (id, attempt, kind, src).
 *
 * Memory:  event_encode() borrows. event_decode() as row_decode().
 * Threads: any.
 * Errors:  event_decode(): RC_CORRUPT naming the field, RC_NO_MEMORY.
 */
#ifndef SCHEMAS_EVENT_JSON_H
#define SCHEMAS_EVENT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "coords.h"
#include "rc.h"
#include "row_json.h"

#define EVENT_JSON_MAX_BYTES (64 * 1024)

enum event_kind {
    EVENT_ACCEPTED = 1, /* "accepted": a task that is not due yet got its row */
    EVENT_ATTEMPT,      /* "attempt": an attempt ended; status says what it made of the task */
    EVENT_STOPPED,      /* "stopped": by a command, or a task that met a stop's marker */
    EVENT_REPLACED,     /* "replaced": the old task of a key ended Stopped because a new one took its place */
    EVENT_DUPLICATE,    /* "duplicate": a record of a key that exists was ignored, rejected, or replaced a settled one;
                           detail says */
    EVENT_REFUSED,      /* "refused": an undecodable or invalid record went to dead; detail is the reason */
    EVENT_COMMAND,      /* "command": the answer to a control record; src is its coordinates, detail the result */
    EVENT_CLEANED,      /* "cleaned": the row was deleted */
};

struct event {
    enum event_kind kind;
    uint64_t id;               /* of the task; 0 if unknown */
    const char *business_type; /* "" if unknown */
    const char *business_id;
    int64_t time_ms;        /* when it happened, worker's clock */
    struct coords src;      /* record whose consumption led to it */
    enum row_status status; /* of the task afterwards; 0 if there is none */
    int64_t epoch;
    uint32_t attempt;           /* 0 unless EVENT_ATTEMPT, then its number; left out when 0, like all below */
    int64_t due_time_ms;        /* when the attempt was due */
    int64_t start_time_ms;      /* when it was started */
    int64_t duration_ms;        /* -1: none */
    int32_t http_status;        /* 0: none came */
    const char *error_class;    /* dns, connect, tls, timeout, ...; "" on success */
    const char *error_text;     /* redacted; "" if none */
    const char *remote_address; /* "" if none */
    int64_t next_time_ms;       /* due time of the next attempt; 0: none */
    const char *detail; /* duplicate: ignored|rejected|replaced; command: result; refused: reason; cleaned: aged,
                           if no command said so; "" if none */
    void *block;
};

enum rc event_encode(const struct event *event, struct buffer *buffer);
enum rc event_decode(const char *json, size_t json_bytes, struct event *ret_event, char *errstr, size_t errstr_bytes);
void event_close(struct event *event);
const char *event_kind_get_name(enum event_kind kind);

#endif
