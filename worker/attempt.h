/* attempt: one HTTP request for a task: its start, and what its end means for the task.
 *
 * Memory:  borrows the hand's records.
 * Threads: the loop's.
 */
#ifndef WORKER_ATTEMPT_H
#define WORKER_ATTEMPT_H

#include "courier.h"
#include "hand.h"

/* Starts the attempt of hand->held, which is due, fresh and out of its lane. False: the courier is full. */
bool attempt_start(struct core *core, struct hand *hand);
/* The courier's answer: judges it and starts the plan that writes the outcome. */
void attempt_end(struct core *core, struct hand *hand, const struct courier_result *result);
/* Ends the transfer under way now, as an unanswered attempt: a forced command waits for the key. */
void attempt_abort(struct core *core, struct hand *hand);

#endif
