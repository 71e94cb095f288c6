/* kafka_answer: makes an event for the worker of what a helper thread has found out for it.
 *
 * Memory:  the event borrows from the question, which became its own answer.
 * Threads: the loop's.
 */
#ifndef WORKER_KAFKA_ANSWER_H
#define WORKER_KAFKA_ANSWER_H

#include "intake.h"
#include "kafka_helper.h"

/* INTAKE_ASK_LOG_END, _RECORD, _TRIM, _TOPICS only: the others are intake's own. */
void kafka_answer_fill(const struct intake_question *answer, struct intake_event *ret_event);

#endif
