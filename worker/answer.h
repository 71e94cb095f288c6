/* answer: what the loop says to the admin threads' questions: rows, by key, by id, and in lists.
 *
 * A row is answered from the store; a task before its first attempt has none yet, and is answered from memory. A list
 * shows rows only. One slice of a list takes at most 2 ms of a turn; its page may then be short, and goes on after its
 * position.
 *
 * Threads: the loop's.
 */
#ifndef WORKER_ANSWER_H
#define WORKER_ANSWER_H

#include "admin_ask.h"
#include "core.h"

/* Fills the answer. What another worker owns is answered 421, what is not read yet 503. */
void answer_ask(struct core *core, const struct admin_ask *ask, struct admin_answer *ret_answer);

#endif
