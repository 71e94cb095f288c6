/* schedule: how long a task waits after an attempt, or that no attempt follows.
 *
 * A ladder lists its waits; a step repeats one wait, some number of times or for ever. Attempts count from 1 and
 * the n-th wait follows attempt n, so k waits allow k + 1 attempts. An empty ladder allows one attempt.
 *
 * A task that leaves fields of its schedule out gets the worker's defaults, field by field, when it is read. Its first
 * row carries the whole schedule from then on, so a default that is changed later alters no task that has a row.
 *
 * Memory:  a value that borrows the ladder of the row it was made from; a default ladder is the params'.
 * Threads: no shared state, any thread.
 * Time:    waits are durations; the caller adds its own now.
 * Errors:  none: the codec has judged the task.
 */
#ifndef WORKER_SCHEDULE_H
#define WORKER_SCHEDULE_H

#include "params.h"
#include "row_json.h"
#include "task_json.h"
#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_FOREVER UINT32_MAX /* a task says 0 for this; here 0 waits means no second attempt */

enum schedule_kind {
    SCHEDULE_LADDER = 1, /* wait_ms[0..wait_count-1], each once */
    SCHEDULE_STEP,       /* step_ms, wait_count times or SCHEDULE_FOREVER */
};

struct schedule {
    enum schedule_kind kind;
    uint32_t wait_count;
    int64_t step_ms;
    const int64_t *wait_ms;
};

/* Fills in what a decoded task does not name. It is of the default type only if it names neither a type nor a field of
 * a step. */
void schedule_fill_defaults(const struct params *params, struct task *task);

struct schedule schedule_from_row(const struct row *row);

/* False if `attempt` (>= 1) was the last; *ret_wait_ms is then untouched. */
bool schedule_get_wait(const struct schedule *schedule, uint32_t attempt, int64_t *ret_wait_ms);

#endif
