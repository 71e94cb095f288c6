/* admin_tasks: the answers under /v1: a task by business key or id, and lists, whoever owns them.
 *
 * A page of a list lies in one partition; its next_cursor leads on, through all of them. So a page can be short, or
 * empty, and a partition that nobody can be asked about costs one page, which names it in missing_partitions. Every
 * answer is one line, newline and all.
 *
 * Memory:  admin_tasks_open() fills the caller's struct.
 * Threads: any number of admin threads; they wait, at most 5 s.
 */
#ifndef WORKER_ADMIN_TASKS_H
#define WORKER_ADMIN_TASKS_H

#include "admin_content.h"
#include "admin_find.h"
#include "admin_query.h"
#include "admin_reply.h"
#include "params.h"
#include "rc.h"
#include <stdbool.h>
#include <stddef.h>

struct admin_tasks {
    struct admin_find find;
    struct admin_content *content;
};

/* token: as in struct admin_find; borrowed. */
enum rc admin_tasks_open(struct admin_tasks *tasks, struct questions *questions, const struct params *params,
                         const char *address, const char *token, char *errstr, size_t errstr_bytes);
/* Ends the read from Kafka under way, for admin_tasks_close() to follow when the threads are gone. */
void admin_tasks_shut(struct admin_tasks *tasks);
void admin_tasks_close(struct admin_tasks *tasks);
/* path is raw. False: it is none of these; the reply is untouched. */
bool admin_tasks_answer(struct admin_tasks *tasks, const char *path, struct admin_query *query, bool is_forwarded,
                        struct admin_reply *reply);

#endif
