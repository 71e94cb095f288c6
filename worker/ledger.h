/* ledger: prints and sends what a plan writes: the record that carries the task, the row, the events.
 *
 * Memory:  borrows the hand; emit copies.
 * Threads: the loop's.
 * Errors:  RC_OK: taken by emit, its report will come; RC_FULL: nothing was sent, try again in a later turn;
 *          RC_TOO_LARGE: over the client's own limit, nothing was sent. A client that is closed for good dies.
 */
#ifndef WORKER_LEDGER_H
#define WORKER_LEDGER_H

#include "hand.h"
#include "rc.h"

enum rc ledger_send_carry(struct core *core, struct hand *hand);
/* The events that must be acknowledged before the row is sent, those of them that are not sent yet. */
enum rc ledger_send_told_first(struct core *core, struct hand *hand);
/* The row, if the plan writes one and it was not sent; then the events not sent yet, the answer to a command only when
 * the row has landed: call again then. Counts what awaits acknowledgement. */
enum rc ledger_send_row(struct core *core, struct hand *hand);
/* A row for the second time: bytes as sent before or as they stand in the store; json NULL: a tombstone. */
enum rc ledger_send_again(struct core *core, struct hand *hand, const char *json, size_t json_bytes);

#endif
