#include "schedule.h"

struct schedule schedule_from_task(const struct task *task)
{
    struct schedule schedule = {.kind = SCHEDULE_STEP, .step_ms = task->step_interval_ms};

    if (task->retry_type == TASK_RETRY_LADDER) {
        schedule.kind = SCHEDULE_LADDER;
        schedule.wait_count = task->ladder_count;
        schedule.wait_ms = task->ladder_interval_ms;
        return schedule;
    }
    schedule.wait_count = task->step_time == 0 ? SCHEDULE_FOREVER : (uint32_t)task->step_time;
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
