#include "ownership.h"
#include "alloc.h"
#include "clean.h"
#include "clock_check.h"
#include "command.h"
#include "invariant.h"
#include "log.h"
#include "partition.h"
#include "trim.h"
#include <stdlib.h>
#include <string.h>

#define NOWHERE SIZE_MAX
#define OWNERSHIP_COMMIT_PERIOD_MS 250
#define OWNERSHIP_PROOF_PERIOD_MS 500
#define OWNERSHIP_OFFSETS_PERIOD_MS (60 * 60 * 1000)
#define OWNERSHIP_COMMIT_WAIT_MS 5000 /* of a drain, for its last commit */
/* Far below the time for which `state` keeps tombstones: a view that missed some would be wrong. */
#define OWNERSHIP_AWAY_MAX_MS (60 * 60 * 1000)

static void close_partition(struct core *core, int32_t number)
{
    partition_close(core, core->owned[number]);
    core->owned[number] = NULL;
}

/* Only the next assignment tells which come back: the eager protocol takes all away at each rebalance. */
static void leave_partitions(struct ownership *ownership, struct core *core)
{
    for (int32_t i = 0; i < core->partition_count; i++) {
        if (core->owned[i] != NULL && !partition_leave(core, core->owned[i])) {
            close_partition(core, i);
        }
    }
    ownership->is_commit_open = false;
    ownership->is_proof_open = false;
    ownership->is_revoking = false;
    ownership->is_draining = core->is_stopping;
}

static void note_layout(struct ownership *ownership, struct core *core, const struct intake_event *event)
{
    INVARIANT(event->tier_count <= TOPICS_TIER_MAX);
    if (event->tier_count == 0 || event->tiers_ms[0] != 0) {
        die("there is no topic %s.delay.0ms: run autohttp topics apply --execute", core->params->topic_prefix);
    }
    free(core->cluster_id);
    core->cluster_id = alloc_text(event->cluster_id);
    core->tiers.count = event->tier_count;
    memcpy(core->tiers.wait_ms, event->tiers_ms, event->tier_count * sizeof *event->tiers_ms);
    if (core->partition_count == 0) {
        core->partition_count = event->partition_count;
        core->owned = alloc_zeroed((size_t)event->partition_count, sizeof(struct partition *));
    }
    if (core->partition_count != event->partition_count) {
        die_of_config("the partition count of %s has changed from %d to %d: it stands for the life of a prefix",
                      core->params->topic_prefix, (int)core->partition_count, (int)event->partition_count);
    }
    ownership->commits = alloc_resize(ownership->commits, (size_t)core->partition_count * (core->tiers.count + 3),
                                      sizeof *ownership->commits);
}

/* The place in the event's lists; NOWHERE: not assigned. */
static size_t find_assigned(const struct intake_event *event, int32_t number)
{
    for (size_t i = 0; i < event->partition_list_count; i++) {
        if (event->partitions[i] == number) {
            return i;
        }
    }
    return NOWHERE;
}

static bool has_same_tiers(const struct core *core, const struct intake_event *event)
{
    return core->tiers.count == event->tier_count &&
           memcmp(core->tiers.wait_ms, event->tiers_ms, event->tier_count * sizeof *event->tiers_ms) == 0;
}

static bool may_return(const struct core *core, const struct partition *partition, const struct intake_event *event)
{
    size_t place = find_assigned(event, partition->number);

    return place != NOWHERE && core->now.mono_ms - partition->away_mono_ms <= OWNERSHIP_AWAY_MAX_MS &&
           partition_may_read_on(partition, &event->state_ranges[place]);
}

/* Closes what does not come back, or comes back too late, with other streams, or with another log. */
static void close_left(struct core *core, const struct intake_event *event)
{
    bool has_same_streams = has_same_tiers(core, event);

    for (int32_t i = 0; i < core->partition_count; i++) {
        if (core->owned[i] != NULL && (!has_same_streams || !may_return(core, core->owned[i], event))) {
            close_partition(core, i);
        }
    }
}

static void start_partitions(struct ownership *ownership, struct core *core, const struct intake_event *event)
{
    struct intake_position *positions = alloc_zeroed(event->partition_list_count + 1, sizeof *positions);

    for (size_t i = 0; i < event->partition_list_count; i++) {
        struct partition **owned = &core->owned[event->partitions[i]];

        if (*owned == NULL) {
            *owned = partition_open(core, ownership->cache, event->partitions[i], &event->state_ranges[i]);
        }
        positions[i].partition = event->partitions[i];
        positions[i].state_offset = (*owned)->applied_offset < 0 ? -1 : (*owned)->applied_offset + 1;
    }
    intake_start(core->intake, positions, event->partition_list_count);
    for (size_t i = 0; i < event->partition_list_count; i++) {
        struct partition *partition = core->owned[event->partitions[i]];

        if (partition->is_kept) {
            partition_return(core, partition);
        } else {
            partition_start_streams(core, partition);
        }
    }
    free(positions);
}

static void take_assignment(struct ownership *ownership, struct core *core, const struct intake_event *event)
{
    stats_add(core->stats->rebalances_total, 1);
    log_info("partitions_assigned", LOG_UINT("count", event->partition_list_count),
             LOG_INT("partition_count", event->partition_count), LOG_UINT("tiers", event->tier_count));
    leave_partitions(ownership, core);
    close_left(core, event);
    note_layout(ownership, core, event);
    topic_watch_hurry(core); /* a tier may be new */
    start_partitions(ownership, core, event);
}

static void give_up(struct ownership *ownership, struct core *core)
{
    leave_partitions(ownership, core);
    intake_finish_revoke(core->intake);
}

void ownership_begin_drain(struct ownership *ownership, struct core *core, int64_t timeout_ms)
{
    int64_t deadline_mono_ms = core->now.mono_ms + timeout_ms;

    if (!ownership->is_draining || deadline_mono_ms < ownership->drain_deadline_mono_ms) {
        ownership->drain_deadline_mono_ms = deadline_mono_ms;
    }
    ownership->is_draining = true;
    for (int32_t i = 0; i < core->partition_count; i++) {
        if (core->owned[i] != NULL) {
            partition_begin_drain(core->owned[i]);
        }
    }
}

static void note_proven(struct ownership *ownership, struct core *core, enum rc rc)
{
    ownership->is_proof_open = false;
    if (rc != RC_OK) {
        ownership->proof_mono_ms = core->now.mono_ms + OWNERSHIP_PROOF_PERIOD_MS;
        return;
    }
    core->is_proven = true;
    ownership->has_gap = false;
    for (int32_t i = 0; i < core->partition_count; i++) {
        struct partition *partition = core->owned[i];

        if (partition != NULL && partition->is_claim_wanted && partition->phase == PARTITION_RESTORE &&
            partition->is_at_end) {
            partition_send_claim(core, partition);
        }
        if (partition != NULL) {
            partition->is_claim_wanted = false;
        }
    }
}

static void note_committed(struct ownership *ownership, struct core *core, enum rc rc)
{
    enum stats_label_COMMIT label = rc == RC_OK ? STATS_COMMIT_OK : STATS_COMMIT_RETRY;

    if (rc == RC_CLOSED) {
        label = STATS_COMMIT_REFUSED;
    }
    stats_add(&core->stats->commits_total[label], 1);
    ownership->is_commit_open = false;
    for (int32_t i = 0; i < core->partition_count; i++) {
        if (core->owned[i] != NULL) {
            partition_note_committed(core->owned[i], rc == RC_OK);
        }
    }
}

static struct partition *get_partition(const struct core *core, uint64_t token)
{
    uint32_t number = token_get_slot(token);

    return number < (uint32_t)core->partition_count ? core->owned[number] : NULL;
}

static void note_answer(struct ownership *ownership, struct core *core, const struct intake_event *event)
{
    struct hand *hand;

    switch (token_get_kind(event->token)) {
    case TOKEN_PROOF:
        if (ownership->is_proof_open && token_get_generation(event->token) == ownership->question_number) {
            note_proven(ownership, core, event->rc);
        }
        break;
    case TOKEN_COMMIT:
        if (ownership->is_commit_open && token_get_generation(event->token) == ownership->commit_number) {
            note_committed(ownership, core, event->rc);
        }
        break;
    case TOKEN_LOG_END:
        if (get_partition(core, event->token) != NULL) {
            clean_note_log_end(get_partition(core, event->token), token_get_generation(event->token), event->rc,
                               event->offset);
        }
        break;
    case TOKEN_TRIM:
        trim_note_done(core, event);
        break;
    case TOKEN_FETCH:
        hand = core_get_hand(core, event->token);
        if (hand != NULL) {
            command_note_fetched(core, hand, event->rc, &event->record);
        }
        break;
    default:
        break;
    }
}

static void note_brokers(struct ownership *ownership, struct core *core, const struct intake_event *event)
{
    if (event->kind == INTAKE_BROKERS_DOWN) {
        outage_note_down(&ownership->outage, core->stats, event->text, core->now.mono_ms);
    } else {
        outage_note_up(&ownership->outage, core->stats, core->now.mono_ms);
    }
}

static void note_fatal(struct ownership *ownership, const struct intake_event *event)
{
    log_error("kafka_fatal", LOG_TEXT("why", event->text));
    ownership->exit_status = event->rc == RC_CONFLICT ? ALLOC_EXIT_CONFIG : OWNERSHIP_EXIT_UNAVAILABLE;
}

static void take_event(struct ownership *ownership, struct core *core, const struct intake_event *event)
{
    switch (event->kind) {
    case INTAKE_ASSIGNED:
        take_assignment(ownership, core, event);
        break;
    case INTAKE_REVOKING:
        log_info("partitions_revoking");
        ownership->is_revoking = true;
        ownership_begin_drain(ownership, core, core->params->revoke_timeout_ms);
        break;
    case INTAKE_LOST:
        log_warn("partitions_lost");
        give_up(ownership, core);
        break;
    case INTAKE_COMMITTED:
    case INTAKE_LOG_END:
    case INTAKE_FETCHED:
    case INTAKE_TRIMMED:
        note_answer(ownership, core, event);
        break;
    case INTAKE_BROKERS_DOWN:
    case INTAKE_BROKERS_UP:
        note_brokers(ownership, core, event);
        break;
    case INTAKE_STREAM_FAILED:
    case INTAKE_FATAL:
        note_fatal(ownership, event);
        break;
    case INTAKE_CHECKED:
        if (!topic_watch_note(core, event)) {
            note_fatal(ownership, event);
        }
        break;
    }
}

/* After a gap longer than the session timeout another may own what this worker has in memory. */
static void check_gap(struct ownership *ownership, struct core *core)
{
    int64_t gap_ms = core->now.mono_ms - ownership->last_turn_mono_ms;

    if (ownership->last_turn_mono_ms != 0 && gap_ms > core->params->session_timeout_ms) {
        log_warn("loop_gap", LOG_INT("gap_ms", gap_ms));
        core->is_proven = false;
        ownership->has_gap = true;
        ownership->is_proof_open = false;
    }
    ownership->last_turn_mono_ms = core->now.mono_ms;
}

void ownership_take_events(struct ownership *ownership, struct core *core)
{
    struct intake_event event;

    check_gap(ownership, core); /* first: what was proven before the gap is not proven after it */
    while (intake_take_event(core->intake, &event)) {
        take_event(ownership, core, &event);
    }
}

static bool wants_claims(struct core *core)
{
    bool is_wanted = false;

    for (int32_t i = 0; i < core->partition_count; i++) {
        struct partition *partition = core->owned[i];

        if (partition != NULL && partition->phase == PARTITION_RESTORE && partition->is_at_end &&
            core->now.mono_ms >= partition->claim_not_before_mono_ms) {
            partition->is_claim_wanted = true;
            is_wanted = true;
        }
    }
    return is_wanted;
}

static bool has_partitions(const struct core *core)
{
    for (int32_t i = 0; i < core->partition_count; i++) {
        if (core->owned[i] != NULL && core->owned[i]->phase != PARTITION_AWAY) {
            return true;
        }
    }
    return false;
}

static void prove(struct ownership *ownership, struct core *core)
{
    if (ownership->is_proof_open || ownership->is_draining || core->now.mono_ms < ownership->proof_mono_ms ||
        !has_partitions(core) || (core->is_proven && !wants_claims(core))) {
        return;
    }
    wants_claims(core);
    ownership->is_proof_open = true;
    ownership->question_number++;
    intake_commit(core->intake, NULL, 0, token_make(TOKEN_PROOF, ownership->question_number, 0));
}

static void commit(struct ownership *ownership, struct core *core)
{
    /* What does not move is committed again, too: the broker forgets it after offsets.retention.minutes. */
    bool is_all = core->now.mono_ms - ownership->commit_all_mono_ms >= OWNERSHIP_OFFSETS_PERIOD_MS;
    size_t count = 0;

    if (ownership->is_commit_open ||
        (!ownership->is_draining && core->now.mono_ms - ownership->commit_mono_ms < OWNERSHIP_COMMIT_PERIOD_MS)) {
        return;
    }
    for (int32_t i = 0; i < core->partition_count; i++) {
        struct partition *partition = core->owned[i];

        if (partition == NULL) {
            continue;
        }
        count += partition_collect_commits(partition, is_all, ownership->commits + count);
        if (partition->phase == PARTITION_RUN &&
            core->now.mono_ms - partition->offsets_mono_ms >= OWNERSHIP_OFFSETS_PERIOD_MS) {
            partition_send_offsets(core, partition);
        }
    }
    ownership->commit_mono_ms = core->now.mono_ms;
    ownership->commit_all_mono_ms = is_all ? core->now.mono_ms : ownership->commit_all_mono_ms;
    if (count > 0) {
        ownership->is_commit_open = true;
        ownership->commit_number++;
        intake_commit(core->intake, ownership->commits, count, token_make(TOKEN_COMMIT, ownership->commit_number, 0));
    }
}

static bool is_quiet(const struct core *core)
{
    for (int32_t i = 0; i < core->partition_count; i++) {
        if (core->owned[i] != NULL && !partition_is_quiet(core->owned[i])) {
            return false;
        }
    }
    return true;
}

static bool is_all_committed(const struct core *core)
{
    for (int32_t i = 0; i < core->partition_count; i++) {
        const struct partition *partition = core->owned[i];

        for (size_t j = 0; partition != NULL && partition->phase == PARTITION_DRAIN && j < partition->stream_count;
             j++) {
            const struct stream *stream = &partition->streams[j];

            if (tracker_get_lowest_open(&stream->tracker) > stream->committed_offset) {
                return false;
            }
        }
    }
    return true;
}

bool ownership_is_drained(const struct ownership *ownership, const struct core *core)
{
    int64_t late_ms = core->now.mono_ms - ownership->drain_deadline_mono_ms;

    if (is_quiet(core) || late_ms >= 0) {
        return (!ownership->is_commit_open && is_all_committed(core)) || late_ms >= OWNERSHIP_COMMIT_WAIT_MS;
    }
    return false;
}

void ownership_step_down(struct core *core)
{
    for (int32_t i = 0; i < core->partition_count; i++) {
        if (core->owned[i] == NULL || !core->owned[i]->must_step_down) {
            continue;
        }
        if (core->owned[i]->phase == PARTITION_AWAY) {
            close_partition(core, i); /* nothing to go back to */
        } else {
            partition_step_down(core, core->owned[i]);
        }
    }
}

void ownership_turn(struct ownership *ownership, struct core *core)
{
    outage_note_wait(&ownership->outage, core->stats, emit_get_wait_ms(core->emit, core->now.mono_ms),
                     core->now.mono_ms);
    ownership_step_down(core);
    prove(ownership, core);
    commit(ownership, core);
    if (ownership->is_revoking && ownership_is_drained(ownership, core)) {
        give_up(ownership, core);
    }
}

/* What is wrong outside this process; "": nothing. */
static const char *get_trouble(const struct ownership *ownership, const struct core *core)
{
    const char *const reasons[] = {
        outage_get_reason(&ownership->outage),
        topic_watch_get_reason(&core->topic_watch),
        clock_check_get_reason(core),
    };
    size_t i = 0;

    while (i + 1 < sizeof reasons / sizeof reasons[0] && reasons[i][0] == '\0') {
        i++;
    }
    return reasons[i];
}

bool ownership_is_ready(const struct ownership *ownership, const struct core *core, const char **ret_why)
{
    *ret_why = get_trouble(ownership, core);
    if (**ret_why != '\0') {
        return false;
    }
    if (ownership->is_draining) {
        *ret_why = "draining";
    } else if (core->partition_count == 0) {
        *ret_why = "no assignment yet";
    } else if (!core->is_proven && has_partitions(core)) {
        *ret_why = "membership not proven";
    }
    for (int32_t i = 0; **ret_why == '\0' && i < core->partition_count; i++) {
        if (core->owned[i] != NULL && core->owned[i]->phase != PARTITION_RUN) {
            *ret_why = core->owned[i]->phase == PARTITION_AWAY ? "no assignment" : "restoring";
        }
    }
    return **ret_why == '\0';
}

void ownership_close(struct ownership *ownership, struct core *core)
{
    for (int32_t i = 0; i < core->partition_count; i++) {
        if (core->owned[i] != NULL) {
            close_partition(core, i);
        }
    }
    store_cache_free(ownership->cache);
    free(ownership->commits);
}
