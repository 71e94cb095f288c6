/* trim: lets Kafka's disk go of what was consumed: moves the log starts of `tasks` and the tiers.
 *
 * Every trim_interval, for each partition that runs, a record of a tier goes when it lies below the offset that the
 * group has accepted from this worker (so it is complete, and every later owner begins behind it); one of `tasks` when
 * it is older than audit_window as well. `control`, `events` and `dead` expire by their topics' retention.
 *
 * What goes may be named by a row still: a settled task's own record, or the copy that a hop left behind. Whoever wants
 * their bytes is told that they are gone, or takes another copy.
 *
 * Memory:  a few fields of struct core and of each stream.
 * Threads: the loop's; the calls are made by a thread of intake.
 */
#ifndef WORKER_TRIM_H
#define WORKER_TRIM_H

#include "core.h"
#include "intake.h"

/* Asks for the next trim if it is time for one. */
void trim_turn(struct core *core);
/* The answer. */
void trim_note_done(struct core *core, const struct intake_event *event);

#endif
