/* turns: the tasks that are due, by lane: which attempt starts next, and which task goes back to a tier instead.
 *
 * lanes.h decides; here its decisions are carried out. A task is put back when its lane is open, or cannot take all
 * that waits for it: that uses no attempt, writes no row but a task's first, and leaves room for others in memory and
 * in its partition. It comes back after max(TURNS_WAIT_MIN_MS, the lane's queue / its rate, how long it is overdue), at
 * most TURNS_WAIT_MAX_MS: so the waits double. One that comes back overdue for `defer_max` makes an open lane try at
 * once; caps hold for it as for any other.
 *
 * The caps of `destinations` hold for all workers together: each has the share of the partitions that it owns, of
 * max_in_flight at least 1.
 *
 * Memory:  the lanes are core->lanes; a task that waits here is its hand's `held`.
 * Threads: the loop's.
 */
#ifndef WORKER_TURNS_H
#define WORKER_TURNS_H

#include "core.h"
#include "courier.h"
#include "taken.h"

#define TURNS_WAIT_MIN_MS 5000
#define TURNS_WAIT_MAX_MS 300000

/* The held record is due: it waits for its turn. */
void turns_push(struct core *core, struct taken *taken);
/* It waits no longer. One that does not is left alone. */
void turns_remove(struct core *core, struct taken *taken);
/* Puts back what cannot wait and starts what may start. */
void turns_run(struct core *core);
/* The record keeps others from being committed, or memory is short: puts it back if its lane may not start it now. */
void turns_relieve(struct core *core, struct taken *taken);
/* The settings were read again: takes the caps from `destinations`. */
void turns_take_limits(struct core *core);
/* Whether more records may be read: else there are enough that are due. */
bool turns_has_room(const struct core *core);
/* When turns_run() has something to do because of the time alone; INT64_MAX: nothing. */
int64_t turns_get_wake_mono_ms(const struct core *core);

/* How long its attempt has been due by its schedule. */
int64_t turns_get_overdue_ms(const struct core *core, const struct taken *taken);
/* The record's attempt starts, has ended with a result, or was cut off (NULL). */
void turns_note_start(struct core *core, struct taken *taken);
void turns_note_end(struct core *core, struct taken *taken, const struct courier_result *result);

#endif
