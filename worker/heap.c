#include "heap.h"
#include "alloc.h"
#include <stdlib.h>

/* items[] is 0-based; place is index + 1, so a zeroed item is outside. */
static void set_item(struct heap *heap, size_t i, struct heap_item *item)
{
    heap->items[i] = item;
    item->place = i + 1;
}

static void sift_up(struct heap *heap, size_t i)
{
    struct heap_item *item = heap->items[i];

    while (i > 0 && heap->items[(i - 1) / 2]->when_ms > item->when_ms) {
        set_item(heap, i, heap->items[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    set_item(heap, i, item);
}

static void sift_down(struct heap *heap, size_t i)
{
    struct heap_item *item = heap->items[i];

    for (;;) {
        size_t child = 2 * i + 1;

        if (child + 1 < heap->count && heap->items[child + 1]->when_ms < heap->items[child]->when_ms) {
            child++;
        }
        if (child >= heap->count || heap->items[child]->when_ms >= item->when_ms) {
            break;
        }
        set_item(heap, i, heap->items[child]);
        i = child;
    }
    set_item(heap, i, item);
}

void heap_close(struct heap *heap)
{
    free(heap->items);
    *heap = (struct heap){0};
}

void heap_push(struct heap *heap, struct heap_item *item)
{
    if (heap->count == heap->cap_count) {
        heap->cap_count = heap->cap_count == 0 ? 64 : 2 * heap->cap_count;
        heap->items = alloc_resize(heap->items, heap->cap_count, sizeof *heap->items);
    }
    heap->count++;
    set_item(heap, heap->count - 1, item);
    sift_up(heap, heap->count - 1);
}

struct heap_item *heap_get_first(const struct heap *heap)
{
    return heap->count == 0 ? NULL : heap->items[0];
}

void heap_remove(struct heap *heap, struct heap_item *item)
{
    size_t i = item->place;
    struct heap_item *last;

    if (i == 0) {
        return;
    }
    item->place = 0;
    heap->count--;
    last = heap->items[heap->count];
    if (last == item) {
        return;
    }
    set_item(heap, i - 1, last);
    sift_up(heap, i - 1);
    sift_down(heap, last->place - 1);
}
