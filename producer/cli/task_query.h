/* task_query: which list of tasks is meant by the options of `autohttp task list`, and the URL that asks for it.
 *
 *   --incomplete [--until T]           unsettled tasks, whose next attempt is due at T or before
 *   --to-clean --status S [--before T] settled tasks of that status, requested at T or before
 *   [--status S] [--type] [--host] [--since T]   tasks by what they are
 *
 * Memory:  borrows the options' texts; a URL is appended to the caller's buffer.
 * Threads: any.
 * Errors:  RC_INVALID, errstr naming the option; RC_NO_MEMORY.
 */
#ifndef CLI_TASK_QUERY_H
#define CLI_TASK_QUERY_H

#include "buffer.h"
#include "rc.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TASK_QUERY_NO_TIME (-1)

struct task_query_options { /* NULL: not given */
    bool is_incomplete;
    bool is_to_clean;
    const char *until;
    const char *before;
    const char *status;
    const char *type;
    const char *host;
    const char *since;
};

struct task_query {
    const char *list; /* "incomplete", "to_clean"; NULL: by filters */
    const char *status;
    const char *type;
    const char *host;
    int64_t until_ms; /* TASK_QUERY_NO_TIME: not given; so for the others */
    int64_t before_ms;
    int64_t since_ms;
};

enum rc task_query_read(const struct task_query_options *options, struct task_query *ret_query, char *errstr,
                        size_t errstr_bytes);
/* Appends <path and parameters> of one page; cursor NULL: the first. */
enum rc task_query_append_url(const struct task_query *query, int64_t limit, const char *cursor, struct buffer *url);

#endif
