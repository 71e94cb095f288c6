/* tracker: which offsets of one stream are complete, and so how far it may be committed.
 *
 *            base                     next
 *   ...done  |open|done|open|done|done|  not read yet
 *
 * base is the lowest open offset: everything below is complete; base == next when nothing is open. Offsets that the log
 * does not hold (between two records read) count as complete. At most TRACKER_SPAN_MAX offsets lie between base and
 * next; tracker_has_room() is asked before a record is read.
 *
 * Memory:  inside the caller's struct, no allocation.
 * Threads: the loop's.
 * Invariants: base <= next; the bit of base is clear while base < next; next - base <= TRACKER_SPAN_MAX.
 */
#ifndef WORKER_TRACKER_H
#define WORKER_TRACKER_H

#include <stdbool.h>
#include <stdint.h>

#define TRACKER_SPAN_MAX 32768

struct tracker {
    int64_t base;
    int64_t next;
    bool is_started; /* false: the first record read sets base */
    uint64_t done[TRACKER_SPAN_MAX / 64];
};

/* start_offset -1: unknown until the first record. */
void tracker_init(struct tracker *tracker, int64_t start_offset);
/* Whether one more offset, with gap_count missing ones before it, can be opened. */
bool tracker_has_room(const struct tracker *tracker, int64_t gap_count);
/* Notes that the record at offset was read. False: it is a repeat below next, which was read before; ignore the record.
 */
bool tracker_open(struct tracker *tracker, int64_t offset);
/* An offset that is not open is ignored (a repeat). */
void tracker_complete(struct tracker *tracker, int64_t offset);
/* The offset to commit; -1 while nothing is known. */
int64_t tracker_get_lowest_open(const struct tracker *tracker);
bool tracker_is_complete_below(const struct tracker *tracker, int64_t offset);
int64_t tracker_get_span(const struct tracker *tracker);

#endif
