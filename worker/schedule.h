/* schedule: how long a task waits after an attempt, or that no attempt follows.
 *
 * A ladder lists its waits; a step repeats one wait, some number of times or for ever. Attempts count from 1 and
 * the n-th wait follows attempt n, so k waits allow k + 1 attempts. An empty ladder allows one attempt.
 *
 * Memory:  a value that borrows the ladder of the task it was made from.
 * Threads: no shared state, any thread.
 * Time:    waits are durations; the caller adds its own now.
 * Errors:  none: the codec has judged the task.
 */
#ifndef WORKER_SCHEDULE_H
#define WORKER_SCHEDULE_H

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

struct schedule schedule_from_task(const struct task *task);

/* False if `attempt` (>= 1) was the last; *ret_wait_ms is then untouched. */
bool schedule_get_wait(const struct schedule *schedule, uint32_t attempt, int64_t *ret_wait_ms);

#endif
