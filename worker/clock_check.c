#include "clock_check.h"
#include "core.h"
#include "log.h"
#include "stats.h"

#define WARN_MS 1000
#define TROUBLE_MS 30000

int64_t clock_check_get_offset(int64_t sent_time_ms, int64_t append_time_ms, int64_t read_time_ms)
{
    if (append_time_ms < sent_time_ms) {
        return append_time_ms - sent_time_ms;
    }
    return append_time_ms > read_time_ms ? append_time_ms - read_time_ms : 0;
}

static bool is_beyond(int64_t offset_ms, int64_t limit_ms)
{
    return offset_ms > limit_ms || offset_ms < -limit_ms;
}

void clock_check_note_claim(struct core *core, int64_t sent_time_ms, int64_t append_time_ms, int64_t read_time_ms)
{
    int64_t offset_ms = clock_check_get_offset(sent_time_ms, append_time_ms, read_time_ms);

    core->clock_offset_ms = offset_ms;
    stats_set(core->stats->clock_offset_seconds, offset_ms * 1000);
    if (is_beyond(offset_ms, TROUBLE_MS)) {
        log_error("clock_wrong", LOG_INT("broker_ahead_ms", offset_ms),
                  LOG_TEXT("remedy", "set this machine's clock or the broker's, then restart the worker"));
    } else if (is_beyond(offset_ms, WARN_MS)) {
        log_warn("clock_off", LOG_INT("broker_ahead_ms", offset_ms));
    }
}

const char *clock_check_get_reason(const struct core *core)
{
    return is_beyond(core->clock_offset_ms, TROUBLE_MS) ? "the clock is over 30 s off the broker's" : "";
}
