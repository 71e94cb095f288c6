#include "task.h"
#include <string.h>

/* The row's, or one whose place it took: sent again by its publisher it is not to be called again. */
static bool is_known_task(const struct row *row, const struct fence_record *record)
{
    if (row->id == record->id) {
        return true;
    }
    return row->has_publish_id && record->has_publish_id &&
           (memcmp(row->publish_id, record->publish_id, HEADER_PUB_BYTES) == 0 ||
            row_has_displaced(row, record->publish_id));
}

/* A record of `tasks` that meets a row it neither carries nor led to. */
static enum fence_verdict judge_tasks_record(const struct row *row, const struct fence_record *record)
{
    if (row_is_marker(row)) {
        return record->append_time_ms <= row->request_time_ms ? FENCE_MARKED : FENCE_NEW;
    }
    if (is_known_task(row, record) || row->entered > record->identity.offset) {
        return FENCE_REREAD;
    }
    return FENCE_DUPLICATE;
}

enum fence_verdict task_judge_fence(const struct row *row, const struct fence_record *record, int64_t own_epoch)
{
    if (record->epoch > own_epoch) {
        return FENCE_BEHIND;
    }
    if (row == NULL) {
        return record->is_tier ? FENCE_DELETED : FENCE_NEW;
    }
    if (coords_is_equal(&row->at, &record->identity)) {
        return FENCE_CARRY;
    }
    if (coords_is_equal(&row->src, &record->identity)) {
        return FENCE_WRITTEN;
    }
    return record->is_tier ? FENCE_STALE : judge_tasks_record(row, record);
}
