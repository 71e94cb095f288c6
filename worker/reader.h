/* reader: takes records from `control`, `tasks` and the tiers of a partition into memory, as far as memory and the
 * courier allow.
 *
 * Of each tier one record, the head, is read ahead; since every record of a tier waits the same time, the next is never
 * to be taken before it. A head is taken when it is released, or up to lookahead before it is due while memory is
 * ample.
 *
 * Memory:  heads belong to their stream, records taken to their hand.
 * Threads: the loop's.
 */
#ifndef WORKER_READER_H
#define WORKER_READER_H

#include "partition.h"

/* True: there is more to read now. */
bool reader_read(struct core *core, struct partition *partition);
/* The earliest wall time at which a head can be taken; INT64_MAX if none. */
int64_t reader_get_wake_time_ms(const struct core *core, const struct partition *partition);
/* Carries held tasks on to a tier where they keep `tasks` from being committed, or memory is full. */
void reader_relieve(struct core *core, struct partition *partition);

#endif
