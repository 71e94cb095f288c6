#include "outage.h"

#include "log.h"

static void begin(struct outage *outage, struct stats *stats, enum outage_state state, int64_t mono_ms)
{
    if (outage->state == OUTAGE_SERVED) {
        outage->start_mono_ms = mono_ms;
        stats_add(stats->outages_total, 1);
    }
    outage->state = state;
    stats_set(stats->outage, 1);
}

static void end(struct outage *outage, struct stats *stats, const char *msg, int64_t mono_ms)
{
    log_info(msg, LOG_INT("after_ms", mono_ms - outage->start_mono_ms));
    outage->state = OUTAGE_SERVED;
    stats_set(stats->outage, 0);
}

void outage_note_down(struct outage *outage, struct stats *stats, const char *why, int64_t mono_ms)
{
    if (outage->state == OUTAGE_DOWN) {
        return;
    }
    begin(outage, stats, OUTAGE_DOWN, mono_ms);
    log_warn("brokers_down", LOG_TEXT("why", why));
}

void outage_note_up(struct outage *outage, struct stats *stats, int64_t mono_ms)
{
    if (outage->state == OUTAGE_DOWN) {
        outage->brokers_up_mono_ms = mono_ms;
        end(outage, stats, "brokers_up", mono_ms);
    }
}

void outage_note_wait(struct outage *outage, struct stats *stats, int64_t wait_ms, int64_t mono_ms)
{
    bool is_long = wait_ms >= OUTAGE_WAIT_MS && mono_ms - outage->brokers_up_mono_ms >= OUTAGE_WAIT_MS;

    stats_set(stats->write_wait_seconds, wait_ms * 1000);
    if (outage->state == OUTAGE_SERVED && is_long) {
        begin(outage, stats, OUTAGE_WAITING, mono_ms);
        log_warn("writes_waiting", LOG_INT("wait_ms", wait_ms));
    } else if (outage->state == OUTAGE_WAITING && !is_long) {
        end(outage, stats, "writes_acknowledged", mono_ms);
    }
}

const char *outage_get_reason(const struct outage *outage)
{
    switch (outage->state) {
    case OUTAGE_SERVED:
        return "";
    case OUTAGE_WAITING:
        return "writes are not acknowledged";
    case OUTAGE_DOWN:
        return "no broker answers";
    }
    return "";
}
