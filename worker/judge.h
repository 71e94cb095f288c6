/* judge: what becomes of a record just taken, or released: the fence's verdict turned into a plan or an admission.
 *
 * Memory:  takes the record: it is held, current, freed, or aside afterwards.
 * Threads: the loop's.
 */
#ifndef WORKER_JUDGE_H
#define WORKER_JUDGE_H

#include "hand.h"

/* A record of `tasks` or a tier whose key is not in hand. */
void judge_task(struct core *core, struct hand *hand, struct taken *taken);
/* What the fence let through: holds it, hops it, or lets it wait for its turn. */
void judge_admit(struct core *core, struct hand *hand, struct taken *taken);
/* A record that cannot be decoded, or is not at home; the hand has no key. */
void judge_keyless(struct core *core, struct hand *hand, struct taken *taken);
/* Puts a task into the hold, or into its lane when it is due. */
void judge_hold(struct core *core, struct hand *hand, struct taken *taken);
/* A task that is due goes to a tier and comes back at that time; uses no attempt, and writes no row but its first. */
void judge_put_back(struct core *core, struct hand *hand, struct taken *taken, int64_t time_ms);
/* An event about a record, the rest to be filled in. */
struct event judge_make_event(const struct core *core, const struct hand *hand, const struct taken *taken,
                              enum event_kind kind);
/* The end of the unsettled task whose place another took; taken is of the same key. */
struct event judge_make_replaced(const struct core *core, const struct hand *hand, const struct taken *taken,
                                 uint64_t replaced_id);
/* Carries a held task on to a tier with its rest of the wait: memory is short, or `tasks` must be committed. */
void judge_hop(struct core *core, struct hand *hand, struct taken *taken);

#endif
