/* timeline: one event of a task as a line for people.
 *
 *   12:00:00.250  attempt 1  500 in 12 ms; next in 1m, at 12:01:00.262
 *
 * Memory:  borrows; appends to the caller's buffer.
 * Threads: any.
 */
#ifndef CLI_TIMELINE_H
#define CLI_TIMELINE_H

#include "buffer.h"
#include "event_json.h"

/* No line end. */
void timeline_print(const struct event *event, struct buffer *buffer);

#endif
