#include "tracker.h"
#include "invariant.h"
#include <string.h>

static uint64_t get_bit(int64_t offset)
{
    return UINT64_C(1) << (offset % 64);
}

static uint64_t *get_word(struct tracker *tracker, int64_t offset)
{
    return &tracker->done[(offset % TRACKER_SPAN_MAX) / 64];
}

/* Moves base over what is complete and clears the bits that it leaves, so that the ring can take new offsets. */
static void advance_base(struct tracker *tracker)
{
    while (tracker->base < tracker->next && (*get_word(tracker, tracker->base) & get_bit(tracker->base)) != 0) {
        *get_word(tracker, tracker->base) &= ~get_bit(tracker->base);
        tracker->base++;
    }
}

void tracker_init(struct tracker *tracker, int64_t start_offset)
{
    memset(tracker, 0, sizeof *tracker);
    tracker->is_started = start_offset >= 0;
    tracker->base = tracker->is_started ? start_offset : 0;
    tracker->next = tracker->base;
}

bool tracker_has_room(const struct tracker *tracker, int64_t gap_count)
{
    return tracker->base == tracker->next || tracker->next - tracker->base + gap_count < TRACKER_SPAN_MAX;
}

bool tracker_open(struct tracker *tracker, int64_t offset)
{
    if (!tracker->is_started || tracker->base == tracker->next) {
        if (tracker->is_started && offset < tracker->next) {
            return false;
        }
        /* Nothing is open, so a gap of any width is simply passed. */
        tracker->is_started = true;
        tracker->base = offset;
        tracker->next = offset + 1;
        return true;
    }
    if (offset < tracker->next) {
        return false;
    }
    INVARIANT(offset - tracker->base < TRACKER_SPAN_MAX);
    while (tracker->next < offset) {
        *get_word(tracker, tracker->next) |= get_bit(tracker->next);
        tracker->next++;
    }
    tracker->next = offset + 1;
    return true;
}

void tracker_complete(struct tracker *tracker, int64_t offset)
{
    if (offset < tracker->base || offset >= tracker->next) {
        return;
    }
    *get_word(tracker, offset) |= get_bit(offset);
    advance_base(tracker);
}

int64_t tracker_get_lowest_open(const struct tracker *tracker)
{
    return tracker->is_started ? tracker->base : -1;
}

bool tracker_is_complete_below(const struct tracker *tracker, int64_t offset)
{
    return tracker->is_started && tracker->base >= offset;
}

int64_t tracker_get_span(const struct tracker *tracker)
{
    return tracker->next - tracker->base;
}
