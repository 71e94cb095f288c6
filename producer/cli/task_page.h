/* task_page: one page of a list of tasks, as GET /v1/tasks answers:
 *
 *   {"tasks":[ROW,...],"next_cursor":"..." or null,"missing_partitions":[1,...]}
 *
 * A page has more values than one JSON text may have here, so it is cut into its rows first, by brackets and quotes
 * alone; what was cut is then judged by the strict readers, row by row.
 *
 * Memory:  task_page_read() fills a struct that task_page_close() frees; the rows' texts borrow from the JSON given. A
 *          zeroed struct may be closed.
 * Threads: any.
 * Errors:  RC_CORRUPT for what is no such page, RC_NO_MEMORY.
 */
#ifndef CLI_TASK_PAGE_H
#define CLI_TASK_PAGE_H

#include "rc.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TASK_PAGE_ROW_MAX 1000
#define TASK_PAGE_CURSOR_MAX_BYTES 4096

struct task_page_row { /* the JSON of one row, for row_decode() */
    const char *json;
    size_t json_bytes;
};

struct task_page {
    struct task_page_row rows[TASK_PAGE_ROW_MAX];
    size_t row_count;
    char next_cursor[TASK_PAGE_CURSOR_MAX_BYTES + 1]; /* "": this was the last page */
    int32_t *missing;                                 /* partitions that could not be asked; missing_count of them */
    size_t missing_count;
};

/* ret_page is zeroed by the caller, and to be closed also after a failure. */
enum rc task_page_read(const char *json, size_t json_bytes, struct task_page *ret_page, char *errstr,
                       size_t errstr_bytes);
void task_page_close(struct task_page *page);

#endif
