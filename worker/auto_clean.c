#include "auto_clean.h"
#include "alloc.h"
#include "clean.h"
#include "log.h"

#define SLICE_US 2000
#define SLICE_GAP_MS 10
#define SLICE_MAX_COUNT 4096 /* rows, should the clock stand still */
#define STEP_COUNT 128       /* rows between two looks at the clock: 300 us, if all have to be decoded */
#define OPEN_MAX_COUNT 1000  /* rows found and not gone */

/* How old a row of this status may get; 0: as old as it likes. */
static int64_t get_age_max_ms(const struct params *params, enum row_status status)
{
    switch (status) {
    case ROW_SUCCESS:
        return params->auto_clean_success_time_ms;
    case ROW_FAILURE:
        return params->auto_clean_failure_time_ms;
    case ROW_STOPPED:
        return params->auto_clean_stopped_time_ms;
    case ROW_SENDING:
        break;
    }
    return 0;
}

static bool is_old_enough(const struct core *core, const struct row *row)
{
    int64_t age_max_ms = get_age_max_ms(core->params, row->status);

    return core->params->auto_clean_enable && age_max_ms > 0 && core->now.time_ms - row->request_time_ms >= age_max_ms;
}

struct slice {
    struct core *core;
    struct partition *partition;
};

static void judge_row(const char *key, size_t key_bytes, const struct row *row, void *opaque)
{
    const struct slice *slice = opaque;

    if (row_is_marker(row)) {
        clean_add(slice->core, slice->partition, key, key_bytes, NULL);
    } else if (is_old_enough(slice->core, row)) {
        clean_add_aged(slice->core, slice->partition, key, key_bytes, row);
    }
}

static bool has_room(const struct core *core)
{
    size_t open_max = (size_t)core->params->memory_tasks / 16;

    open_max = open_max > OPEN_MAX_COUNT ? OPEN_MAX_COUNT : open_max;
    return core->aged_clean_count < open_max && core->clean_count < (size_t)core->params->memory_tasks / 4;
}

static void begin_pass(const struct core *core, struct auto_clean *auto_clean)
{
    auto_clean->is_scanning = true;
    auto_clean->has_passed = true;
    auto_clean->pass_mono_ms = core->now.mono_ms;
    buffer_reset(&auto_clean->position);
}

static void scan(struct core *core, struct partition *partition)
{
    struct auto_clean *auto_clean = &partition->auto_clean;
    struct slice slice = {core, partition};
    int64_t end_us = clock_read_mono_us(&core->clock) + SLICE_US;
    char text[256] = "";

    for (int count = 0; auto_clean->is_scanning && count < SLICE_MAX_COUNT && has_room(core); count += STEP_COUNT) {
        bool is_end = false;

        if (store_scan_settled(partition->store, &auto_clean->position, STEP_COUNT, judge_row, &slice, &is_end, text,
                               sizeof text) != RC_OK) {
            partition_die_of_store(partition, text);
        }
        auto_clean->is_scanning = !is_end;
        if (clock_read_mono_us(&core->clock) >= end_us) {
            break;
        }
    }
}

static bool has_work(const struct core *core, const struct partition *partition)
{
    const struct auto_clean *auto_clean = &partition->auto_clean;

    return auto_clean->is_scanning || !auto_clean->has_passed ||
           core->now.mono_ms - auto_clean->pass_mono_ms >= core->params->auto_clean_loop_interval_ms;
}

/* The one whose pass is under way, else the next after it that is due. */
static struct partition *choose(struct core *core)
{
    for (int32_t i = 0; i < core->partition_count; i++) {
        int32_t number = (core->clean_partition + i) % core->partition_count;
        struct partition *partition = core->owned[number];

        if (partition != NULL && partition->phase == PARTITION_RUN && has_work(core, partition)) {
            core->clean_partition = number;
            return partition;
        }
    }
    return NULL;
}

void auto_clean_turn(struct core *core)
{
    struct partition *partition;

    if (core->now.mono_ms < core->clean_slice_mono_ms || !has_room(core)) {
        return;
    }
    partition = choose(core);
    if (partition == NULL) {
        return;
    }
    if (!partition->auto_clean.is_scanning) {
        begin_pass(core, &partition->auto_clean);
    }
    scan(core, partition);
    if (!partition->auto_clean.is_scanning) {
        core->clean_partition = (partition->number + 1) % core->partition_count;
    }
    core->clean_slice_mono_ms = core->now.mono_ms + SLICE_GAP_MS;
}

void auto_clean_close(struct auto_clean *auto_clean)
{
    buffer_close(&auto_clean->position);
    *auto_clean = (struct auto_clean){0};
}
