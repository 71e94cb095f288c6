#include "topic_watch.h"
#include "core.h"
#include "intake.h"
#include "log.h"
#include "stats.h"
#include "topic_rules.h"

#define PERIOD_MS 60000
#define START_PERIOD_MS 200
#define START_PATIENCE_MS 5000 /* a broker may not know yet of topics that were just created or altered */

void topic_watch_turn(struct core *core)
{
    struct topic_watch *watch = &core->topic_watch;

    if (watch->is_open || core->now.mono_ms < watch->mono_ms) {
        return;
    }
    watch->is_open = true;
    watch->mono_ms = core->now.mono_ms + (watch->is_joined ? PERIOD_MS : START_PERIOD_MS);
    intake_check_topics(core->intake);
}

void topic_watch_hurry(struct core *core)
{
    core->topic_watch.mono_ms = core->now.mono_ms;
}

static void note_fit(struct core *core, int64_t compaction_lag_ms)
{
    struct topic_watch *watch = &core->topic_watch;

    if (watch->is_unfit) {
        log_info("topics_fit");
    }
    watch->is_unfit = false;
    watch->has_told = false;
    watch->compaction_lag_ms = compaction_lag_ms;
    stats_set(core->stats->topics_unfit, 0);
    if (!watch->is_joined) {
        watch->is_joined = true;
        watch->mono_ms = core->now.mono_ms + PERIOD_MS;
        intake_join(core->intake);
    }
}

/* A broker that does not answer says nothing about the topics. */
static void note_unknown(struct topic_watch *watch, const char *why)
{
    if (!watch->has_told) {
        log_warn("topics_unchecked", LOG_TEXT("why", why));
    }
    watch->has_told = true;
}

static void note_unfit(struct core *core, const char *why)
{
    struct topic_watch *watch = &core->topic_watch;

    if (!watch->is_unfit) {
        log_error("topics_unfit", LOG_TEXT("why", why));
    }
    watch->is_unfit = true;
    stats_set(core->stats->topics_unfit, 1);
}

/* Whether to go on waiting for topics that fit. */
static bool is_patient(struct core *core)
{
    struct topic_watch *watch = &core->topic_watch;

    if (watch->give_up_mono_ms == 0) {
        watch->give_up_mono_ms = core->now.mono_ms + START_PATIENCE_MS;
    }
    return core->now.mono_ms < watch->give_up_mono_ms;
}

bool topic_watch_note(struct core *core, const struct intake_event *event)
{
    struct topic_watch *watch = &core->topic_watch;

    watch->is_open = false;
    if (event->rc == RC_OK) {
        note_fit(core, event->compaction_lag_ms);
        return true;
    }
    if (event->rc == RC_UNAVAILABLE) {
        note_unknown(watch, event->text);
        return true;
    }
    if (!watch->is_joined) {
        note_unknown(watch, event->text);
        return is_patient(core);
    }
    note_unfit(core, event->text);
    return true;
}

int64_t topic_watch_get_compaction_lag(const struct topic_watch *watch)
{
    return watch->compaction_lag_ms > 0 ? watch->compaction_lag_ms : TOPIC_RULES_STATE_LAG_MIN_MS;
}

const char *topic_watch_get_reason(const struct topic_watch *watch)
{
    if (watch->is_unfit) {
        return "topics unfit: see topics_unfit in the log";
    }
    return watch->is_joined ? "" : "topics not checked yet";
}
