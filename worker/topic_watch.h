/* topic_watch: has the topics checked, before the group is joined and ever after.
 *
 *   start --they fit--> joined --every minute, and at each assignment--> checked again
 *     |                                                                     | do not fit
 *     +--do not fit for 5 s, a topic is missing, no right to ask--> ends    +--> not ready, said once; work goes on
 *
 * Who has started goes on: what somebody altered since can lose what lies still, and to settle it is the best that can
 * be done. But it is not ready, its log and a metric say so, and no worker starts until it is corrected.
 *
 * Memory:  inside struct core.
 * Threads: the loop's; the question is asked by a thread of intake.
 */
#ifndef WORKER_TOPIC_WATCH_H
#define WORKER_TOPIC_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct core;
struct intake_event;

struct topic_watch {
    bool is_open;            /* a question is under way */
    bool is_joined;          /* they have fitted once */
    bool is_unfit;           /* as they were found last */
    bool has_told;           /* why they could not be asked for is logged */
    int64_t mono_ms;         /* not before this the next question */
    int64_t give_up_mono_ms; /* at the start: when to end if they still do not fit; 0: they were not found unfit yet */
    int64_t compaction_lag_ms; /* min.compaction.lag.ms of `state`; 0: not known yet */
};

/* Asks if it is time for it. */
void topic_watch_turn(struct core *core);
/* There may be topics that were not checked yet: asks in this turn. */
void topic_watch_hurry(struct core *core);
/* The answer. False: this worker cannot start over these topics; the event's rc and text say why. */
bool topic_watch_note(struct core *core, const struct intake_event *event);
/* min.compaction.lag.ms of `state` as found last, else the least that is allowed. */
int64_t topic_watch_get_compaction_lag(const struct topic_watch *watch);
/* "", or why the worker is not ready. */
const char *topic_watch_get_reason(const struct topic_watch *watch);

#endif
