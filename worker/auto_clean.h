/* auto_clean: finds the settled rows that are old enough, and has them cleaned.
 *
 * Every auto_clean_loop_interval a pass goes over the rows of each partition, in key order, one partition after the
 * other. A row is decided when its status has an age set (auto_clean_success_time, _failure_time, _stopped_time; 0:
 * never) and its request time is that long ago; clean.h then waits until it may go. An unsettled row never does. The
 * marker of a stop is decided whatever its age, and with auto_clean_enable off, too: clean.h lets it go as soon as
 * nothing can need it any more, and who left it may have died before that.
 *
 * A pass is made of slices, so that calls are not held up: a slice takes at most 2 ms of a turn, at least 10 ms lie
 * between two of them, and none is made while 1,000 rows found before have not gone yet (or a sixteenth of
 * memory_tasks, if that is less).
 *
 * Memory:  struct auto_clean is in its partition; auto_clean_close() frees what it holds.
 * Threads: the loop's.
 */
#ifndef WORKER_AUTO_CLEAN_H
#define WORKER_AUTO_CLEAN_H

#include "buffer.h"
#include <stdbool.h>
#include <stdint.h>

struct core;

struct auto_clean {
    bool is_scanning;       /* a pass is under way */
    int64_t pass_mono_ms;   /* when the last pass began; only with has_passed */
    bool has_passed;        /* a pass has begun since the partition was claimed */
    struct buffer position; /* key of the last row looked at; empty: none yet */
};

/* Makes the next slice if it is time for one. */
void auto_clean_turn(struct core *core);
/* The partition is lost, or is to be claimed anew: the next pass begins at once. */
void auto_clean_close(struct auto_clean *auto_clean);

#endif
