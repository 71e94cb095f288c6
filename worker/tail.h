/* tail: reads `state` of one partition and applies it to the store; claims, rows, tombstones and `:offsets` by turns.
 *
 * Nothing else writes the store. A row whose epoch is lower than the last claim before it is a zombie's: it is not
 * applied, and its key is owed. A claim of another partition count ends the process with 78, before anything is
 * written. An own claim that took longer than TAIL_CLAIM_AGE_MAX_MS to come back is none.
 *
 * Memory:  borrows.
 * Threads: the loop's.
 */
#ifndef WORKER_TAIL_H
#define WORKER_TAIL_H

#include "partition.h"

#define TAIL_OFFSETS_KEY ":offsets"
/* Far below min.compaction.lag.ms of `state` (24 h): compaction cannot have taken another's claim that came first. */
#define TAIL_CLAIM_AGE_MAX_MS 60000

/* Applies what has come, until deadline_mono_ms, into the store's batch. True: there is more. */
bool tail_read(struct core *core, struct partition *partition, int64_t deadline_mono_ms);
/* Commits the batch; then writes again what is owed and wakes whoever waited for a row. */
void tail_commit(struct core *core, struct partition *partition);

#endif
