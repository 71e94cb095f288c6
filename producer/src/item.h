/* item: a task with its state, as callbacks see it.
 *
 * Memory:  one made for a callback borrows all it points to; autohttp_item_from_json() gives one that owns them.
 * Threads: read-only; any.
 */
#ifndef PRODUCER_ITEM_H
#define PRODUCER_ITEM_H

#include "autohttp.h"
#include "event_json.h"
#include "row_json.h"
#include "task_json.h"

struct autohttp_item {
    struct row row;
    const struct task_header *headers;
    size_t header_count;
    const char *body; /* NULL: none, or not known */
    size_t body_bytes;
    void *content_block; /* of headers and body, if they are the item's own */
};

/* Of a task with its method set, not called yet; borrows. */
struct autohttp_item item_from_task(const struct task *task);
/* What an event tells; the rest is empty. Borrows. */
struct autohttp_item item_from_event(const struct event *event);

#endif
