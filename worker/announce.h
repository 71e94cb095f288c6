/* announce: tells the plugin's on_task_status_update of each change of status that a plan made, or tells again.
 *
 * What a plan changed stands in its events: accepted and attempt, stopped and replaced, and a task refused as too
 * large. They are also what a new owner writes again when it finds a row whose event may be missing; so the plugin is
 * told at least once. Answers to commands, duplicates and cleaning change no status.
 *
 * Memory:  borrows.
 * Threads: the loop's.
 */
#ifndef WORKER_ANNOUNCE_H
#define WORKER_ANNOUNCE_H

#include "hand.h"

/* The plan's row was applied, every row and event acknowledged; its record is not yet completed. */
void announce_plan(struct core *core, const struct hand *hand);

#endif
