#include "lanes.h"

#include "alloc.h"
#include "invariant.h"
#include "taken.h"
#include <stdlib.h>

static void leave_ring(struct lane_queue *queue)
{
    struct lane_ring *ring = queue->ring;

    if (ring == NULL) {
        return;
    }
    if (queue->prev_in_ring != NULL) {
        queue->prev_in_ring->next_in_ring = queue->next_in_ring;
    } else {
        ring->first = queue->next_in_ring;
    }
    if (queue->next_in_ring != NULL) {
        queue->next_in_ring->prev_in_ring = queue->prev_in_ring;
    } else {
        ring->last = queue->prev_in_ring;
    }
    ring->count--;
    queue->ring = NULL;
}

static void enter_ring(struct lane_ring *ring, struct lane_queue *queue)
{
    if (queue->ring == ring) {
        return; /* it keeps its place */
    }
    leave_ring(queue);
    queue->ring = ring;
    queue->next_in_ring = NULL;
    queue->prev_in_ring = ring->last;
    if (ring->last != NULL) {
        ring->last->next_in_ring = queue;
    } else {
        ring->first = queue;
    }
    ring->last = queue;
    ring->count++;
}

static void unlink_by_use(struct lanes *lanes, struct lane_queue *queue)
{
    if (queue->newer != NULL) {
        queue->newer->older = queue->older;
    } else {
        lanes->newest = queue->older;
    }
    if (queue->older != NULL) {
        queue->older->newer = queue->newer;
    } else {
        lanes->oldest = queue->newer;
    }
}

static void link_newest(struct lanes *lanes, struct lane_queue *queue)
{
    queue->newer = NULL;
    queue->older = lanes->newest;
    if (lanes->newest != NULL) {
        lanes->newest->newer = queue;
    } else {
        lanes->oldest = queue;
    }
    lanes->newest = queue;
}

static void free_queue(struct lanes *lanes, struct lane_queue *queue)
{
    leave_ring(queue);
    heap_remove(&lanes->timers, &queue->timer);
    unlink_by_use(lanes, queue);
    HASH_DEL(lanes->by_name, queue);
    lanes->count--;
    free(queue->name);
    free(queue);
}

void lanes_close(struct lanes *lanes)
{
    while (lanes->oldest != NULL) {
        free_queue(lanes, lanes->oldest);
    }
    heap_close(&lanes->timers);
}

static size_t get_slow_max(const struct lanes *lanes)
{
    return lanes->in_flight_max > 1 ? lanes->in_flight_max / 2 : 1;
}

static bool is_held_back(const struct lanes *lanes, const struct lane_queue *queue, int64_t wait_ms)
{
    return wait_ms >= LANES_WAIT_MIN_MS || (queue->lane.is_slow && lanes->slow_in_flight >= get_slow_max(lanes));
}

static bool has_excess(const struct lanes *lanes, const struct lane_queue *queue, int64_t now_mono_ms)
{
    size_t room = lanes->task_count < lanes->task_max ? lanes->task_max - lanes->task_count : 0;
    int64_t wait_ms;

    if (queue->tasks.count < 2) {
        return false;
    }
    wait_ms = lane_get_wait_ms(&queue->lane, (int64_t)queue->tasks.count - 1, now_mono_ms);
    return wait_ms > LANES_WAIT_MAX_MS ||
           (lanes->busy_count > 1 && queue->tasks.count > room && is_held_back(lanes, queue, wait_ms));
}

static void list_if_excess(struct lanes *lanes, struct lane_queue *queue, int64_t now_mono_ms)
{
    if (!queue->is_listed && has_excess(lanes, queue, now_mono_ms)) {
        queue->is_listed = true;
        queue->next_listed = lanes->listed;
        lanes->listed = queue;
    }
}

/* Puts the lane where it belongs by what it may do now. */
static void place(struct lanes *lanes, struct lane_queue *queue, int64_t now_mono_ms)
{
    int64_t start_mono_ms = queue->tasks.count == 0 ? LANE_NEVER : lane_get_start_mono_ms(&queue->lane, now_mono_ms);

    heap_remove(&lanes->timers, &queue->timer);
    if (start_mono_ms <= now_mono_ms) {
        enter_ring(&lanes->rings[queue->lane.is_slow ? 1 : 0], queue);
    } else {
        leave_ring(queue);
    }
    if (start_mono_ms > now_mono_ms && start_mono_ms != LANE_NEVER) {
        queue->timer.when_ms = start_mono_ms;
        heap_push(&lanes->timers, &queue->timer);
    }
    list_if_excess(lanes, queue, now_mono_ms);
}

static bool is_busy(const struct lane_queue *queue)
{
    return queue->tasks.count > 0 || queue->lane.in_flight > 0;
}

/* What the totals say of a lane is taken away before it changes and given back after. */
static void discount(struct lanes *lanes, const struct lane_queue *queue)
{
    size_t in_flight = (size_t)queue->lane.in_flight;

    lanes->task_count -= queue->tasks.count;
    lanes->in_flight -= in_flight;
    lanes->slow_in_flight -= queue->lane.is_slow ? in_flight : 0;
    lanes->busy_count -= is_busy(queue) ? 1 : 0;
    lanes->open_count -= queue->lane.state != LANE_CLOSED ? 1 : 0;
}

static void count_again(struct lanes *lanes, struct lane_queue *queue, int64_t now_mono_ms)
{
    size_t in_flight = (size_t)queue->lane.in_flight;

    lanes->task_count += queue->tasks.count;
    lanes->in_flight += in_flight;
    lanes->slow_in_flight += queue->lane.is_slow ? in_flight : 0;
    lanes->busy_count += is_busy(queue) ? 1 : 0;
    lanes->open_count += queue->lane.state != LANE_CLOSED ? 1 : 0;
    queue->used_mono_ms = now_mono_ms;
    place(lanes, queue, now_mono_ms);
}

static bool is_idle(const struct lane_queue *queue, int64_t now_mono_ms)
{
    return !is_busy(queue) && !queue->is_listed && lane_is_forgettable(&queue->lane, now_mono_ms);
}

static void touch(struct lanes *lanes, struct lane_queue *queue)
{
    unlink_by_use(lanes, queue);
    link_newest(lanes, queue);
}

/* Looks at the least recently used one: forgets it, or lets it pass to the other end if it is still needed. */
static void forget_oldest(struct lanes *lanes, int64_t now_mono_ms)
{
    struct lane_queue *queue = lanes->oldest;

    if (queue == NULL) {
        return;
    }
    if (!is_idle(queue, now_mono_ms)) {
        touch(lanes, queue);
    } else if (lanes->count > LANES_MAX || now_mono_ms - queue->used_mono_ms >= LANES_IDLE_MS) {
        discount(lanes, queue);
        free_queue(lanes, queue);
    }
}

struct lane_queue *lanes_find(const struct lanes *lanes, const char *name, size_t name_bytes)
{
    struct lane_queue *queue = NULL;

    HASH_FIND(hh, lanes->by_name, name, name_bytes, queue);
    return queue;
}

struct lane_queue *lanes_add(struct lanes *lanes, const char *name, size_t name_bytes, const struct lane_limits *limits,
                             int64_t now_mono_ms)
{
    struct lane_queue *queue = alloc_zeroed(1, sizeof *queue);

    lane_init(&queue->lane, limits);
    queue->name = alloc_copy(name, name_bytes);
    queue->name_bytes = name_bytes;
    queue->used_mono_ms = now_mono_ms;
    HASH_ADD_KEYPTR(hh, lanes->by_name, queue->name, queue->name_bytes, queue);
    link_newest(lanes, queue);
    lanes->count++;
    for (int i = 0; i < 2; i++) { /* two for one: their number falls to the limit again */
        if (lanes->oldest != queue) {
            forget_oldest(lanes, now_mono_ms);
        }
    }
    return queue;
}

void lanes_set_limits(struct lanes *lanes, struct lane_queue *queue, const struct lane_limits *limits,
                      int64_t now_mono_ms)
{
    lane_set_limits(&queue->lane, limits);
    place(lanes, queue, now_mono_ms);
}

void lanes_push(struct lanes *lanes, struct taken *taken, int64_t now_mono_ms)
{
    struct lane_queue *queue = taken->queue;

    discount(lanes, queue);
    touch(lanes, queue);
    taken_list_push(&queue->tasks, taken);
    count_again(lanes, queue, now_mono_ms);
}

void lanes_push_first(struct lanes *lanes, struct taken *taken, int64_t now_mono_ms)
{
    discount(lanes, taken->queue);
    taken_list_push_first(&taken->queue->tasks, taken);
    count_again(lanes, taken->queue, now_mono_ms);
}

void lanes_remove(struct lanes *lanes, struct taken *taken, int64_t now_mono_ms)
{
    discount(lanes, taken->queue);
    taken_list_remove(&taken->queue->tasks, taken);
    count_again(lanes, taken->queue, now_mono_ms);
}

/* The first of the ring that leaves others enough; one that does not goes to the end. */
static struct lane_queue *pick(struct lanes *lanes, struct lane_ring *ring)
{
    size_t free_count = lanes->in_flight_max - lanes->in_flight;

    for (size_t i = ring->count; i > 0; i--) {
        struct lane_queue *queue = ring->first;

        leave_ring(queue);
        if ((size_t)queue->lane.in_flight < LANES_HOG * free_count) {
            return queue;
        }
        enter_ring(ring, queue);
    }
    return NULL;
}

static bool may_take_from(const struct lanes *lanes, size_t side)
{
    return side == 0 || lanes->slow_in_flight < get_slow_max(lanes);
}

struct taken *lanes_take_next(struct lanes *lanes, int64_t now_mono_ms)
{
    struct lane_queue *queue = NULL;
    struct taken *taken;

    if (lanes->in_flight >= lanes->in_flight_max) {
        return NULL;
    }
    for (size_t i = 0; i < 2 && queue == NULL; i++) {
        size_t side = (lanes->turn + i) % 2;

        queue = may_take_from(lanes, side) ? pick(lanes, &lanes->rings[side]) : NULL;
    }
    if (queue == NULL) {
        return NULL;
    }
    lanes->turn++;
    taken = queue->tasks.first;
    lanes_remove(lanes, taken, now_mono_ms);
    return taken;
}

struct taken *lanes_take_excess(struct lanes *lanes, int64_t now_mono_ms)
{
    struct lane_queue *queue;

    while ((queue = lanes->listed) != NULL) {
        if (has_excess(lanes, queue, now_mono_ms)) {
            struct taken *taken = queue->tasks.last;

            lanes_remove(lanes, taken, now_mono_ms);
            return taken;
        }
        lanes->listed = queue->next_listed;
        queue->is_listed = false;
    }
    return NULL;
}

void lanes_note_start(struct lanes *lanes, struct taken *taken, int64_t now_mono_ms)
{
    struct lane_queue *queue = taken->queue;

    discount(lanes, queue);
    lane_note_start(&queue->lane, &taken->attempt, now_mono_ms);
    taken->is_flying = true;
    taken->is_young = true;
    taken_list_push(&lanes->young, taken);
    count_again(lanes, queue, now_mono_ms);
}

static void grow_up(struct lanes *lanes, struct taken *taken)
{
    if (taken->is_young) {
        taken_list_remove(&lanes->young, taken);
        taken->is_young = false;
    }
}

void lanes_note_end(struct lanes *lanes, struct taken *taken, enum lane_verdict verdict, int64_t retry_after_ms,
                    int64_t now_mono_ms)
{
    struct lane_queue *queue = taken->queue;

    if (!taken->is_flying) {
        return;
    }
    taken->is_flying = false;
    grow_up(lanes, taken);
    discount(lanes, queue);
    lane_note_end(&queue->lane, &taken->attempt, verdict, retry_after_ms, now_mono_ms);
    count_again(lanes, queue, now_mono_ms);
}

void lanes_hasten(struct lanes *lanes, struct lane_queue *queue, int64_t now_mono_ms)
{
    lane_hasten(&queue->lane, now_mono_ms);
    place(lanes, queue, now_mono_ms);
}

static void note_unanswered(struct lanes *lanes, struct taken *taken, int64_t now_mono_ms)
{
    struct lane_queue *queue = taken->queue;

    grow_up(lanes, taken);
    discount(lanes, queue);
    lane_note_unanswered(&queue->lane, &taken->attempt);
    count_again(lanes, queue, now_mono_ms);
}

void lanes_tick(struct lanes *lanes, int64_t now_mono_ms)
{
    struct heap_item *timer;

    while (lanes->young.first != NULL &&
           now_mono_ms - lanes->young.first->attempt.start_mono_ms >= LANE_UNANSWERED_MS) {
        note_unanswered(lanes, lanes->young.first, now_mono_ms);
    }
    while ((timer = heap_get_first(&lanes->timers)) != NULL && timer->when_ms <= now_mono_ms) {
        place(lanes, (struct lane_queue *)timer, now_mono_ms);
    }
    forget_oldest(lanes, now_mono_ms);
}

int64_t lanes_get_wake_mono_ms(const struct lanes *lanes)
{
    const struct heap_item *timer = heap_get_first(&lanes->timers);
    int64_t wake_mono_ms = timer == NULL ? LANE_NEVER : timer->when_ms;

    if (lanes->young.first != NULL) {
        int64_t old_mono_ms = lanes->young.first->attempt.start_mono_ms + LANE_UNANSWERED_MS;

        wake_mono_ms = old_mono_ms < wake_mono_ms ? old_mono_ms : wake_mono_ms;
    }
    return wake_mono_ms;
}
