/* audit_ledger: what the records of a cluster tell of each task that was published in a range of time.
 *
 * First every record of `tasks` is entered, then whatever `state`, `events` and `dead` say is noted, in any order of
 * the three but each partition's records in theirs. The verdict of a record is the first line that fits:
 *
 *   refused     it was no valid task; its dead letter says why
 *   success, failure, stopped     its row says so, or, if its row is gone, an event
 *   pending     its row is unsettled
 *   duplicate   of a business key that had a task, or the same publish a second time
 *   pending     no worker has gone past it yet
 *   lost        workers have gone past it, and nothing tells of it
 *
 * A row outranks an event: a worker that has lost its partition may still tell of an attempt that does not count.
 *
 * Memory:  audit_ledger_new() gives (NULL: no memory), audit_ledger_free() takes; NULL is fine. Some 250 bytes and its
 *          key for each record entered; nothing for others.
 * Threads: one at a time.
 * Errors:  RC_NO_MEMORY.
 */
#ifndef CLI_AUDIT_LEDGER_H
#define CLI_AUDIT_LEDGER_H

#include "event_json.h"
#include "header.h"
#include "rc.h"
#include "row_json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum audit_state {
    AUDIT_SUCCESS = 0,
    AUDIT_FAILURE,
    AUDIT_STOPPED,
    AUDIT_PENDING,
    AUDIT_DUPLICATE,
    AUDIT_REFUSED,
    AUDIT_LOST,
    AUDIT_STATE_COUNT,
};

struct audit_record { /* one of `tasks` */
    uint64_t id;      /* made of its coordinates */
    int64_t time_ms;  /* of the append */
    const char *key;  /* NULL: none */
    size_t key_bytes;
    bool has_publish_id;
    uint8_t publish_id[HEADER_PUB_BYTES];
    bool is_passed;  /* the workers have committed a later offset: they are done with it */
    bool is_outside; /* of the range, but near: entered so that a repeat of it is known as one */
};

struct audit_verdict {
    uint64_t id;
    const char *key; /* NULL: none; key_bytes of it */
    size_t key_bytes;
    int64_t time_ms; /* of the append */
    enum audit_state state;
    int64_t next_time_ms;    /* pending: when the next attempt is due; 0: not known */
    int64_t late_ms;         /* the most that an attempt was started after it was due */
    int64_t early_ms;        /* the most that one was started before; 0: none was */
    uint32_t repeated_count; /* attempts of which two starts are told: they were sent twice */
    bool is_letter_missing;  /* a Failure, refusal or rejection without its dead letter */
};

struct audit_ledger;

struct audit_ledger *audit_ledger_new(void);
void audit_ledger_free(struct audit_ledger *ledger);
enum rc audit_ledger_add_record(struct audit_ledger *ledger, const struct audit_record *record);
/* The copy at home of a record that was not: the workers are done with the task when they are with both. */
void audit_ledger_note_copy(struct audit_ledger *ledger, uint64_t id, bool is_passed);
/* A row that counts, not one that a worker wrote after another's claim. */
void audit_ledger_note_row(struct audit_ledger *ledger, const struct row *row);
void audit_ledger_note_event(struct audit_ledger *ledger, const struct event *event);
void audit_ledger_note_letter(struct audit_ledger *ledger, uint64_t id);
/* Each record of the range, in the order in which they were entered. */
typedef void (*audit_verdict_cb)(const struct audit_verdict *verdict, void *opaque);
void audit_ledger_judge(const struct audit_ledger *ledger, audit_verdict_cb cb, void *opaque);
const char *audit_state_get_name(enum audit_state state);

#endif
