#include "trim.h"
#include "alloc.h"
#include "log.h"
#include "partition.h"
#include <stdlib.h>

/* How far the stream may be trimmed; 0: not at all. */
static int64_t get_limit(const struct stream *stream)
{
    int64_t lowest_offset = tracker_get_lowest_open(&stream->tracker);

    return lowest_offset < stream->committed_offset ? lowest_offset : stream->committed_offset;
}

static size_t collect(const struct core *core, const struct partition *partition, struct intake_trim *trims)
{
    size_t count = 0;

    for (size_t i = 0; i < partition->stream_count; i++) {
        const struct stream *stream = &partition->streams[i];
        bool is_tasks = stream->kind == TOPIC_TASKS;

        if (stream->kind == TOPIC_CONTROL || get_limit(stream) <= stream->log_start_offset) {
            continue;
        }
        trims[count++] = (struct intake_trim){
            .kind = stream->kind,
            .tier_ms = stream->tier_ms,
            .partition = partition->number,
            .offset = get_limit(stream),
            .before_time_ms = is_tasks ? core->now.time_ms - core->params->audit_window_ms : INT64_MAX,
            .log_start_offset = -1,
        };
    }
    return count;
}

void trim_turn(struct core *core)
{
    struct intake_trim *trims;
    size_t count = 0;

    if (core->is_trim_open || core->now.mono_ms < core->trim_mono_ms) {
        return;
    }
    core->trim_mono_ms = core->now.mono_ms + core->params->trim_interval_ms;
    trims = alloc_zeroed((size_t)core->partition_count * (core->tiers.count + 1) + 1, sizeof *trims);
    for (int32_t i = 0; i < core->partition_count; i++) {
        if (core->owned[i] != NULL && core->owned[i]->phase == PARTITION_RUN) {
            count += collect(core, core->owned[i], trims + count);
        }
    }
    if (count > 0) {
        core->is_trim_open = true;
        intake_trim(core->intake, trims, count, token_make(TOKEN_TRIM, 0, 0));
    }
    free(trims);
}

static struct stream *find_stream(const struct core *core, const struct intake_trim *trim)
{
    struct partition *partition = trim->partition < core->partition_count ? core->owned[trim->partition] : NULL;

    for (size_t i = 0; partition != NULL && i < partition->stream_count; i++) {
        struct stream *stream = &partition->streams[i];

        if (stream->kind == trim->kind && stream->tier_ms == trim->tier_ms) {
            return stream;
        }
    }
    return NULL;
}

static void note_log_start(struct core *core, const struct intake_trim *trim)
{
    struct stream *stream = find_stream(core, trim);
    enum stats_label_TOPIC label = trim->kind == TOPIC_TASKS ? STATS_TOPIC_TASKS : STATS_TOPIC_DELAY;

    if (stream == NULL || trim->log_start_offset <= stream->log_start_offset) {
        return;
    }
    if (stream->log_start_offset >= 0) {
        stats_add(&core->stats->trimmed_offsets_total[label],
                  (uint64_t)(trim->log_start_offset - stream->log_start_offset));
    }
    stream->log_start_offset = trim->log_start_offset;
}

void trim_note_done(struct core *core, const struct intake_event *event)
{
    core->is_trim_open = false;
    if (event->rc != RC_OK && !core->has_told_trim) {
        log_warn("trim_failed", LOG_TEXT("why", event->text)); /* once; it is tried again every trim_interval */
    }
    core->has_told_trim = event->rc != RC_OK;
    for (size_t i = 0; i < event->trim_count; i++) {
        note_log_start(core, &event->trims[i]);
    }
}
