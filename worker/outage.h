/* outage: whether Kafka serves the worker; each change is said once.
 *
 *   SERVED --a partition's writes have waited for OUTAGE_WAIT_MS--> WAITING
 *      ^                                                              |
 *      +---- none has waited for so long -----------------------------+
 *      |                                                              |
 *      +---- a broker answers ---- DOWN <--no broker can be reached---+-- (from SERVED, too)
 *
 * WAITING is what brokers do that can be reached and do not write: they hang, or too few replicas are in sync. Nothing
 * is done about an outage but to wait: what is sent stays queued, what was read stays in memory, and at the bound of
 * memory nothing more is read.
 *
 * Memory:  a value; zeroed is SERVED.
 * Threads: the loop's.
 */
#ifndef WORKER_OUTAGE_H
#define WORKER_OUTAGE_H

#include "stats.h"
#include <stdbool.h>
#include <stdint.h>

#define OUTAGE_WAIT_MS 10000

enum outage_state {
    OUTAGE_SERVED = 0,
    OUTAGE_WAITING,
    OUTAGE_DOWN,
};

struct outage {
    enum outage_state state;
    int64_t start_mono_ms;      /* of the outage, whatever it was called meanwhile */
    int64_t brokers_up_mono_ms; /* since when a wait counts: what waited for the brokers has to be sent first */
};

/* why: NULL if it is not known. */
void outage_note_down(struct outage *outage, struct stats *stats, const char *why, int64_t mono_ms);
void outage_note_up(struct outage *outage, struct stats *stats, int64_t mono_ms);
/* Once a turn, with the longest wait of any partition's writes. */
void outage_note_wait(struct outage *outage, struct stats *stats, int64_t wait_ms, int64_t mono_ms);
/* "" if SERVED, else what is wrong, for /readyz. Static storage. */
const char *outage_get_reason(const struct outage *outage);

#endif
