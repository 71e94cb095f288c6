#include "schedule.h"

static void fill_ladder(const struct params *params, struct task *task)
{
    task->step_interval_ms = 0;
    task->step_time = 0;
    if (!task->has_ladder_interval) {
        task->ladder_interval_ms = params->retry_ladder_default_interval.items_ms;
        task->ladder_count = (uint32_t)params->retry_ladder_default_interval.count;
    }
}

void schedule_fill_defaults(const struct params *params, struct task *task)
{
    if (!task->has_retry_type && !task->has_step_interval && !task->has_step_time) {
        task->retry_type = params->retry_type_default;
    }
    if (task->retry_type == TASK_RETRY_LADDER) {
        fill_ladder(params, task);
        return;
    }
    if (!task->has_step_interval) {
        task->step_interval_ms = params->retry_step_default_interval_ms;
    }
    if (!task->has_step_time) {
        task->step_time = params->retry_step_default_time;
    }
}

struct schedule schedule_from_row(const struct row *row)
{
    struct schedule schedule = {.kind = SCHEDULE_STEP, .step_ms = row->step_interval_ms};

    if (row->retry_type == TASK_RETRY_LADDER) {
        schedule.kind = SCHEDULE_LADDER;
        schedule.wait_count = row->ladder_count;
        schedule.wait_ms = row->ladder_interval_ms;
        return schedule;
    }
    schedule.wait_count = row->step_time == 0 ? SCHEDULE_FOREVER : (uint32_t)row->step_time;
    return schedule;
}

bool schedule_get_wait(const struct schedule *schedule, uint32_t attempt, int64_t *ret_wait_ms)
{
    if (schedule->wait_count != SCHEDULE_FOREVER && attempt > schedule->wait_count) {
        return false;
    }
    *ret_wait_ms = schedule->kind == SCHEDULE_LADDER ? schedule->wait_ms[attempt - 1] : schedule->step_ms;
    return true;
}
