/* lanes: all lanes, each with the due tasks that wait for it: whose attempt is next, and whose must not wait here.
 *
 * Fair turns. Lanes that may start an attempt stand in a ring and start one each in turn, so that the number of tasks
 * that wait for a destination is no advantage. One that may not start waits outside: for a time (the pause's end, the
 * next token) in a heap, else for the end of an attempt.
 *
 *                 task waits, may start             started: last of the ring
 *   (no task) -------------------------> in a ring -------------------------> in a ring
 *       ^                                 |     ^
 *       | last task gone      may not now |     | its time has come, an attempt of it has ended
 *       |                                 v     |
 *       +---------------------------- outside, or in the heap by time
 *
 * Slots. in_flight_max attempts are under way at most. Slow lanes (lane.h) have a ring of their own and share half of
 * the slots: any number of destinations that hang leaves the other half. A lane that has LANES_HOG times as many
 * attempts under way as there are free slots waits: one alone leaves a ninth.
 *
 * Excess. What a lane cannot start soon would fill the memory in which others' tasks wait. lanes_take_excess() gives
 * the tasks that are to be put back to a tier, last come first: of a lane where the last waits longer than
 * LANES_WAIT_MAX_MS; and, while other lanes have work, of one that holds its last back for LANES_WAIT_MIN_MS and has
 * more of them than there is room left (so that those held back by k lanes leave 1 / (k + 1) of the room). The first
 * task of a lane is never excess: an open lane needs one as its probe.
 *
 * Lanes with nothing to do are forgotten after LANES_IDLE_MS, the least recently used sooner if there are more than
 * LANES_MAX: memory does not grow with the destinations that were ever called.
 *
 * Memory:  the caller owns the struct; lanes_close() frees, a zeroed one is fine. A lane_queue stays where it is while
 *          a task waits in it or an attempt is under way. Tasks are the caller's.
 * Threads: the loop's. No clock, no I/O.
 * Time:    monotonic, of the caller's turn.
 */
#ifndef WORKER_LANES_H
#define WORKER_LANES_H

#include "heap.h"
#include "lane.h"
#include "taken_list.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#define LANES_MAX 16384
#define LANES_IDLE_MS 300000
#define LANES_HOG 8
#define LANES_WAIT_MIN_MS 1000
#define LANES_WAIT_MAX_MS 20000

struct lane_ring;

struct lane_queue {
    struct heap_item timer; /* first: the heap gives it back */
    struct lane lane;
    UT_hash_handle hh;
    char *name; /* https://api.example:8443; without the scheme's own port */
    size_t name_bytes;
    struct taken_list tasks; /* due, in the order they came */
    struct lane_ring *ring;  /* where it stands; NULL: in none */
    struct lane_queue *next_in_ring;
    struct lane_queue *prev_in_ring;
    struct lane_queue *newer; /* by last use */
    struct lane_queue *older;
    int64_t used_mono_ms;
    bool is_listed; /* to be looked at for excess */
    struct lane_queue *next_listed;
    bool is_told; /* that it is open was logged */
};

struct lane_ring {
    struct lane_queue *first;
    struct lane_queue *last;
    size_t count;
};

struct lanes {
    size_t in_flight_max;
    size_t task_max; /* room for tasks that wait; more come only if the caller lets them */
    struct lane_queue *by_name;
    struct lane_queue *newest;
    struct lane_queue *oldest;
    size_t count;
    size_t busy_count; /* with a task that waits or an attempt under way */
    size_t open_count; /* whose breaker is not closed */
    size_t task_count;
    size_t in_flight;
    size_t slow_in_flight;     /* of slow lanes */
    struct lane_ring rings[2]; /* the second is that of slow lanes */
    size_t turn;               /* which ring is next */
    struct heap timers;
    struct lane_queue *listed;
    struct taken_list young; /* attempts under way for less than LANE_UNANSWERED_MS */
};

void lanes_close(struct lanes *lanes);
/* NULL: there is none of that name. */
struct lane_queue *lanes_find(const struct lanes *lanes, const char *name, size_t name_bytes);
/* One that is not there. */
struct lane_queue *lanes_add(struct lanes *lanes, const char *name, size_t name_bytes, const struct lane_limits *limits,
                             int64_t now_mono_ms);

void lanes_set_limits(struct lanes *lanes, struct lane_queue *queue, const struct lane_limits *limits,
                      int64_t now_mono_ms);

/* A task that is due waits for its lane, taken->queue. */
void lanes_push(struct lanes *lanes, struct taken *taken, int64_t now_mono_ms);
/* The same for one that was taken out, and is to be the next again. */
void lanes_push_first(struct lanes *lanes, struct taken *taken, int64_t now_mono_ms);
/* It must be waiting. */
void lanes_remove(struct lanes *lanes, struct taken *taken, int64_t now_mono_ms);
/* The task whose turn it is, taken out of its lane, to be started now or pushed back. NULL: none may start. */
struct taken *lanes_take_next(struct lanes *lanes, int64_t now_mono_ms);
/* A task that must not wait in memory any longer, taken out of its lane. NULL: none. */
struct taken *lanes_take_excess(struct lanes *lanes, int64_t now_mono_ms);

/* The attempt of a task that was taken out starts, or has ended; what is not under way has no end to note. */
void lanes_note_start(struct lanes *lanes, struct taken *taken, int64_t now_mono_ms);
void lanes_note_end(struct lanes *lanes, struct taken *taken, enum lane_verdict verdict, int64_t retry_after_ms,
                    int64_t now_mono_ms);
/* The lane's probe need not wait for the end of its pause. */
void lanes_hasten(struct lanes *lanes, struct lane_queue *queue, int64_t now_mono_ms);
/* What time alone changes: once in each turn. */
void lanes_tick(struct lanes *lanes, int64_t now_mono_ms);
/* When lanes_tick() has something to do; LANE_NEVER: nothing. */
int64_t lanes_get_wake_mono_ms(const struct lanes *lanes);

#endif
