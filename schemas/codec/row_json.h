/* row_json: the state of one task, from and to JSON (row.schema.json): value of `state`, and of RocksDB.
 *
 * Printed flat, in the order of the fields below; read strictly.
 *
 * Memory:  row_decode() fills a struct whose texts lie in one block, freed by row_close(); a row built by hand borrows
 *          its texts and has block NULL. A zeroed struct may be closed.
 * Threads: any, read-only.
 * Errors:  RC_CORRUPT for bytes that are not a row (errstr says which field), RC_NO_MEMORY.
 */
#ifndef SCHEMAS_ROW_JSON_H
#define SCHEMAS_ROW_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "coords.h"
#include "header.h"
#include "rc.h"
#include "task_json.h"

#define ROW_JSON_MAX_BYTES (64 * 1024)
#define ROW_DISPLACED_MAX 8 /* a publisher who sends a task again does so before that many others replaced it */

struct cJSON;

enum row_status { /* the numbers stand in rows, events and autohttp.h */
                  ROW_SENDING = 1,
                  ROW_SUCCESS,
                  ROW_FAILURE,
                  ROW_STOPPED,
};

struct row {
    uint64_t id; /* 0: a marker left by a stop that found no task */
    const char *business_type;
    const char *business_id;
    const char *url;
    const char *method;
    enum task_retry_type retry_type;
    const int64_t *ladder_interval_ms;
    uint32_t ladder_count;
    int64_t step_interval_ms;
    int64_t step_time;
    enum row_status status;
    uint32_t attempts;          /* JSON also has retry_count = max(attempts - 1, 0) */
    int64_t request_time_ms;    /* first attempt's start; until then when it was published; of a marker the stop's */
    int64_t last_retry_time_ms; /* start of the last attempt; 0 before */
    int64_t next_retry_time_ms; /* due time of the next; 0 when settled */
    int64_t success_time_ms;    /* 0 unless Success */
    bool has_publish_id;
    uint8_t publish_id[HEADER_PUB_BYTES];
    int64_t entered;   /* offset in `tasks` of this partition at which the task came in */
    struct coords src; /* record whose consumption led to this row */
    struct coords at;  /* record that carries the task on; COORDS_NONE when settled */
    int64_t epoch;
    int64_t ctl;              /* last control offset applied; -1: none */
    int32_t last_status;      /* HTTP status of the last attempt; 0: none */
    const char *last_error;   /* class and text of the last unsuccessful attempt; "" if none */
    bool has_replaced;        /* before its first attempt: the task took the place of an unsettled one, */
    uint64_t replaced_id;     /* this one, whose event may have to be written again */
    uint32_t displaced_count; /* tasks whose place this one and those before it took, one after another, */
    uint8_t displaced[ROW_DISPLACED_MAX][HEADER_PUB_BYTES]; /* the last first: their publish ids */
    void *block;
};

/* A row of a task at its start: Sending, keys, call and schedule the task's, which it borrows; all else 0, NULL. */
struct row row_from_task(const struct task *task);
/* The row takes the place of old's: it remembers the task of old and those that old remembers, as far as there is room.
 */
void row_displace(struct row *row, const struct row *old);
/* Whether the row remembers that a task of this publish id had the place before. */
bool row_has_displaced(const struct row *row, const uint8_t publish_id[HEADER_PUB_BYTES]);
enum rc row_encode(const struct row *row, struct buffer *buffer);
enum rc row_decode(const char *json, size_t json_bytes, struct row *ret_row, char *errstr, size_t errstr_bytes);
/* The same from an object that json_parse() gave. */
enum rc row_decode_tree(const struct cJSON *root, struct row *ret_row, char *errstr, size_t errstr_bytes);
void row_close(struct row *row);
bool row_is_settled(const struct row *row);
/* Left by a stop that found no task: id 0, and no publish id, which every task has (also the one whose id is 0). */
bool row_is_marker(const struct row *row);
/* "sending", "success", "failure", "stopped". */
const char *row_status_get_name(enum row_status status);

#endif
