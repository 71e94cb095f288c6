/* heap: a binary heap by time whose elements know their place, so that one can leave from the middle.
 *
 * Memory:  the array grows with alloc; elements are the caller's (embedded struct heap_item). Zeroed is empty.
 * Threads: the loop's.
 */
#ifndef WORKER_HEAP_H
#define WORKER_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_item {
    int64_t when_ms; /* set before heap_push(), fixed while inside */
    size_t place;    /* 1-based index in the heap; 0: not inside */
};

struct heap {
    struct heap_item **items;
    size_t count;
    size_t cap_count;
};

void heap_close(struct heap *heap);
void heap_push(struct heap *heap, struct heap_item *item);
/* The element with the lowest when_ms; NULL if empty. */
struct heap_item *heap_get_first(const struct heap *heap);
/* Takes out an element that is inside; one that is not is left alone. */
void heap_remove(struct heap *heap, struct heap_item *item);

#endif
