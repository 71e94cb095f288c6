#include "tails.h"
#include "partition.h"
#include "tail.h"

static bool read_tail(struct core *core, struct partition *partition, int64_t deadline_mono_ms)
{
    bool has_more = tail_read(core, partition, deadline_mono_ms);

    tail_commit(core, partition);
    return has_more;
}

static bool is_restoring(const struct partition *partition)
{
    return partition != NULL && partition->phase == PARTITION_RESTORE;
}

static bool read_others(struct core *core, int64_t deadline_mono_ms)
{
    bool has_more = false;

    for (int32_t i = 0; i < core->partition_count; i++) {
        struct partition *partition = core->owned[i];

        if (partition != NULL && !is_restoring(partition) && partition->phase != PARTITION_AWAY) {
            has_more = read_tail(core, partition, deadline_mono_ms) || has_more;
        }
    }
    return has_more;
}

static bool is_put_off(const struct core *core, const struct partition *partition)
{
    bool is_busy = store_is_busy(partition->store);

    stats_add(core->stats->restore_waits_total, is_busy);
    return is_busy;
}

/* A batch of each partition that restores, from *next_number on. *ret_is_late: not of all, the time is over.
 * *ret_is_busy: some were left out. */
static bool read_round(struct core *core, int64_t deadline_mono_ms, int32_t *next_number, bool *ret_is_late,
                       bool *ret_is_busy)
{
    int32_t first = *next_number;
    bool has_more = false;

    for (int32_t n = 0; n < core->partition_count; n++) {
        int32_t number = (first + n) % core->partition_count;

        if (!is_restoring(core->owned[number])) {
            continue;
        }
        if (*ret_is_late) {
            return true; /* not asked, so it may have more */
        }
        if (is_put_off(core, core->owned[number])) {
            *ret_is_busy = true;
            continue;
        }
        has_more = read_tail(core, core->owned[number], deadline_mono_ms) || has_more;
        *next_number = (number + 1) % core->partition_count;
        *ret_is_late = clock_read(&core->clock).mono_ms >= deadline_mono_ms;
    }
    return has_more;
}

bool tails_read(struct core *core, int32_t *next_number, bool *ret_is_busy)
{
    int64_t deadline_mono_ms = core->now.mono_ms + TAILS_TURN_MS;
    bool has_more = read_others(core, deadline_mono_ms);
    bool is_late = false;
    bool restores_on;

    *ret_is_busy = false;
    do {
        restores_on = read_round(core, deadline_mono_ms, next_number, &is_late, ret_is_busy);
    } while (restores_on && !is_late);
    return has_more || restores_on;
}
