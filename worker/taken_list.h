/* taken_list: a doubly linked list of records in memory, first in, first out.
 *
 * Memory:  the caller owns the struct, zeroed is empty; the records are linked by their own `prev` and `next`, so each
 *          is in one list at most.
 * Threads: the loop's.
 */
#ifndef WORKER_TAKEN_LIST_H
#define WORKER_TAKEN_LIST_H

#include <stddef.h>

struct taken;

struct taken_list {
    struct taken *first;
    struct taken *last;
    size_t count;
};

void taken_list_push(struct taken_list *list, struct taken *taken);
void taken_list_push_first(struct taken_list *list, struct taken *taken);
void taken_list_remove(struct taken_list *list, struct taken *taken);

#endif
