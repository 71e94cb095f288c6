/* admin_query: the parameters of a request, read strictly, and printed again for another worker.
 *
 *   content=true    with the task's header and body, read from `tasks` by its id; reveal=true shows header values
 *   list=incomplete unsettled tasks, next attempt due at or before until= (default: whenever)
 *   list=to_clean   tasks of status=, request time at or before before= (default: now)
 *   status= type= host= since=   without list=: what each names; since is the least request time
 *   limit=          rows of a page, 1..1000, 100 if not given
 *   cursor=         where the page before ended, as its next_cursor says
 *   partition=      of an id: look in this one only, as one worker asks another
 *
 * Times are Unix seconds with up to three decimals. A parameter that is unknown, given twice or not fit for the path is
 * refused, never ignored.
 *
 * Memory:  values.
 * Threads: any.
 */
#ifndef WORKER_ADMIN_QUERY_H
#define WORKER_ADMIN_QUERY_H

#include "admin_ask.h"
#include "buffer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADMIN_QUERY_FAULT_BYTES 256

struct admin_query {
    unsigned given; /* a bit for each parameter */
    bool has_content;
    bool is_revealing;
    bool has_partition; /* ask.partition is set by it */
    bool is_incomplete;
    bool is_to_clean;
    int64_t until_ms;
    int64_t before_ms;
    int64_t since_ms;
    struct admin_ask ask;                /* partition, key, limit and filter of a list */
    char fault[ADMIN_QUERY_FAULT_BYTES]; /* "": none; of the first parameter that is wrong */
};

/* A list from its beginning. */
void admin_query_init(struct admin_query *query);
/* One parameter as it stands in the URL, percent-encoded; value NULL: it has none. */
void admin_query_add(struct admin_query *query, const char *name, const char *value);
/* All are added: fills ask.filter. False: fault says why not. now_ms: wall clock. */
bool admin_query_finish_list(struct admin_query *query, int64_t now_ms);
/* The same for the path of one task, by id or by key. */
bool admin_query_finish_task(struct admin_query *query, bool is_by_id);

/* Appends /v1/tasks?... of a list's ask, with its partition and position as cursor. */
void admin_query_print_list(const struct admin_query *query, struct buffer *buffer);
/* Appends a cursor: the partition, and the key after which it goes on. */
void admin_query_print_cursor(int32_t partition, const char *key, size_t key_bytes, struct buffer *buffer);

#endif
