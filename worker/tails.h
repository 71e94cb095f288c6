/* tails: reads `state` of all partitions owned, in each turn, so that restoring some never holds up the others.
 *
 *   the partitions that own or are about to: each once, as their calls wait for the rows that come back
 *   those that restore: in turns, a batch each, until the turn's time for it (5 ms) is over; the next turn goes on with
 *   the partition after the last; at least one batch, so that restoring ends
 *
 * A partition that restores is left out while its database is behind (store_is_busy()): no write of a restore makes the
 * turn wait for RocksDB.
 *
 * Memory:  borrows; *next_number is the caller's, 0 at first.
 * Threads: the loop's.
 */
#ifndef WORKER_TAILS_H
#define WORKER_TAILS_H

#include "core.h"
#include <stdbool.h>
#include <stdint.h>

#define TAILS_TURN_MS 5

/* Reads and commits. True: there is more. *ret_is_busy: a partition was left out, it is to be asked again soon. */
bool tails_read(struct core *core, int32_t *next_number, bool *ret_is_busy);

#endif
