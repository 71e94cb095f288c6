/* command: what a control record does to its key: stop, retry, delete.
 *
 *              no row                  unsettled                          settled
 *   stop       marker (id 0)           row Stopped                        already_settled
 *   retry      not_found               due now                            published anew, or gone
 *   delete     not_found               row Stopped, then cleaned          cleaned
 *
 * A command at or below the row's `ctl` is a re-read: answered again, nothing done. The answer is an event of kind
 * "command" whose src is the command's coordinates; it is written with the row, so it means: the row has landed.
 *
 * Memory:  takes the record: current afterwards, or freed.
 * Threads: the loop's.
 */
#ifndef WORKER_COMMAND_H
#define WORKER_COMMAND_H

#include "hand.h"

/* The key is not in hand. */
void command_judge(struct core *core, struct hand *hand, struct taken *taken);
/* A record asked for by coordinates has come (rc RC_OK), or is no longer kept. */
void command_note_fetched(struct core *core, struct hand *hand, enum rc rc, const struct record *record);
/* The tombstone of this row, whose clean was decided; command may be NULL. */
void command_send_tombstone(struct core *core, struct hand *hand, struct taken *command, const struct row *row);

/* Answers a command whose work was done by other means; takes it. detail is static. */
void command_send_answer(struct core *core, struct hand *hand, struct taken *command, const char *detail);

#endif
