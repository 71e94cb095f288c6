/* The intake port on the broker in memory. Answers come late, commits of old generations are refused. */
#include "alloc.h"
#include "intake.h"
#include "sim.h"
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENT_MAX 512

struct intake_stream {
    struct intake *intake;
    struct sim_log *log;
    bool is_open;
    int64_t start_offset;
    int64_t position;
    bool is_end_told;
    int64_t latency_ms;
};

struct pending {
    int64_t time_ms;
    int64_t commit_generation;
    struct intake_event event;
    int32_t partitions[SIM_PARTITION_MAX];
    struct intake_range state_ranges[SIM_PARTITION_MAX];
    struct coords coords;          /* of a fetch */
    struct intake_commit *commits; /* of a commit, to be judged when it arrives */
    size_t commit_count;
    bool is_commit;
    struct intake_trim *trims; /* of a trim */
    bool is_judged;
};

struct intake {
    struct sim_node *node;
    int fd;
    struct intake_stream streams[SIM_SLOT_COUNT][SIM_PARTITION_MAX];
    struct pending queue[EVENT_MAX]; /* by arrival */
    size_t count;
    struct pending taken;     /* the one borrowed by the worker */
    int64_t start_generation; /* of the group, when the streams were started */
    bool is_revoking;         /* told or about to be told */
    bool is_waiting;          /* has given all up, for the next assignment */
    int64_t group_time_ms;    /* of the last group event: they keep their order */
};

enum rc intake_open(const struct params *params, const char *client_id, struct intake **ret_intake, char *errstr,
                    size_t errstr_bytes)
{
    struct intake *intake = alloc_zeroed(1, sizeof *intake);

    (void)params;
    (void)client_id;
    (void)errstr;
    (void)errstr_bytes;
    intake->node = sim_current;
    intake->fd = eventfd(0, EFD_CLOEXEC);
    sim_current->intake = intake;
    *ret_intake = intake;
    return RC_OK;
}

void sim_intake_abandon(struct sim_node *node)
{
    if (node->intake != NULL) {
        close(node->intake->fd);
    }
    node->intake = NULL;
}

void intake_close(struct intake *intake, int64_t timeout_ms)
{
    (void)timeout_ms;
    if (intake != NULL) {
        sim_group_leave(intake->node->incarnation);
        sim_intake_abandon(intake->node);
    }
}

int intake_get_fd(const struct intake *intake)
{
    return intake->fd;
}

void intake_clear_fd(struct intake *intake)
{
    sim_pass_port(intake->node);
}

static struct pending *push(struct intake *intake, enum intake_event_kind kind, int64_t delay_ms)
{
    struct pending *pending;

    if (intake->count == EVENT_MAX) {
        sim_fail("the worker asks without end");
    }
    pending = &intake->queue[intake->count++];
    *pending = (struct pending){.time_ms = sim_now_ms + delay_ms, .event = {.kind = kind}};
    sim_wake(intake->node, pending->time_ms);
    return pending;
}

static void push_group(struct intake *intake, struct pending *pending)
{
    if (pending->time_ms <= intake->group_time_ms) {
        pending->time_ms = intake->group_time_ms + 1;
    }
    intake->group_time_ms = pending->time_ms;
}

void sim_intake_assign(struct intake *intake, const int32_t *partitions, size_t partition_count)
{
    struct pending *pending = push(intake, INTAKE_ASSIGNED, (int64_t)sim_random(200));

    push_group(intake, pending);
    memcpy(pending->partitions, partitions, partition_count * sizeof *partitions);
    for (size_t i = 0; i < partition_count; i++) {
        const struct sim_log *log = sim_get_log(TOPIC_STATE, 0, partitions[i]);

        pending->state_ranges[i] = (struct intake_range){log->start_offset, log->count};
    }
    pending->event.partition_list_count = partition_count;
    pending->event.partition_count = sim.profile.partition_count;
    pending->event.cluster_id = "";
    pending->event.tiers_ms = sim_tiers_ms;
    pending->event.tier_count = SIM_TIER_COUNT;
    intake->is_revoking = false;
    intake->is_waiting = false;
}

bool sim_intake_is_waiting(const struct intake *intake)
{
    return intake->is_waiting;
}

void sim_intake_revoke(struct intake *intake)
{
    if (!intake->is_revoking) {
        intake->is_revoking = true;
        push_group(intake, push(intake, INTAKE_REVOKING, (int64_t)sim_random(500)));
    }
}

void sim_intake_lose(struct intake *intake)
{
    if (!intake->is_revoking) {
        intake->is_revoking = true;
        push_group(intake, push(intake, INTAKE_LOST, 100 + (int64_t)sim_random(sim_chance(500) ? 1000 : 9000)));
    }
}

/* A proof of membership whose answer comes when it is no longer true makes a claimant who is late: it reads the next
 * owner's claim and claims above it. */
static void delay_answer(struct intake *intake, struct pending *pending)
{
    bool is_proof = pending->commit_count == 0;

    pending->time_ms = sim_now_ms + (int64_t)sim_random(is_proof ? 6000 : 4000);
    sim_wake(intake->node, pending->time_ms);
    if (is_proof && sim.profile.has_freezes && sim_chance(700)) {
        sim_group_kick(intake->node->incarnation);
    }
}

static void judge_commit(struct intake *intake, struct pending *pending)
{
    bool is_proof = pending->commit_count == 0;
    int64_t generation = sim_group_get_generation(intake->node->incarnation);

    pending->event.rc = RC_OK;
    if (generation < 0 || generation != pending->commit_generation) {
        pending->event.rc = RC_CLOSED;
    } else if (sim.profile.has_commit_trouble && sim_has_faults() && sim_chance(100)) {
        pending->event.rc = RC_UNAVAILABLE;
    }
    for (size_t i = 0; pending->event.rc == RC_OK && i < pending->commit_count; i++) {
        struct sim_log *log = pending->commits[i].stream->log;

        log->committed_offset = pending->commits[i].offset;
        log->consumed_offset =
            log->committed_offset > log->consumed_offset ? log->committed_offset : log->consumed_offset;
    }
    free(pending->commits);
    pending->commits = NULL;
    pending->is_judged = true;
    if (sim.profile.has_late_answers && sim_has_faults() && sim_chance(is_proof ? 500 : 200)) {
        delay_answer(intake, pending);
    }
}

/* A commit is judged when it reaches the broker; its answer may come much later, when it is no longer true. */
void sim_intake_tick(struct intake *intake)
{
    for (size_t i = 0; i < intake->count; i++) {
        struct pending *pending = &intake->queue[i];

        if (pending->is_commit && !pending->is_judged && pending->time_ms <= sim_now_ms) {
            judge_commit(intake, pending);
        }
    }
}

static void fill_record(struct record *record, struct sim_log *log, int64_t offset)
{
    const struct sim_record *mine = &log->records[offset];

    *record = (struct record){.kind = log->kind,
                              .tier_ms = log->tier_ms,
                              .partition = log->partition,
                              .offset = offset,
                              .append_time_ms = mine->append_time_ms,
                              .key = mine->key,
                              .key_bytes = mine->key_bytes,
                              .value = mine->value,
                              .value_bytes = mine->value_bytes,
                              .header = mine->header,
                              .header_bytes = mine->header_bytes};
}

static void fill_fetched(struct pending *pending)
{
    const struct coords *coords = &pending->coords;
    struct sim_log *log =
        sim_get_log(coords->topic == COORDS_TASKS ? TOPIC_TASKS : TOPIC_DELAY, coords->tier_ms, coords->partition);

    pending->event.rc = RC_NOT_FOUND;
    if (coords->offset < log->count && coords->offset >= log->start_offset) {
        pending->event.rc = RC_OK;
        fill_record(&pending->event.record, log, coords->offset);
    }
}

/* As the broker does: what is too young stays. */
static void trim(const struct intake *intake, struct intake_trim *trim)
{
    struct sim_log *log = sim_get_log(trim->kind, trim->tier_ms, trim->partition);
    int64_t offset = log->start_offset;

    while (offset < trim->offset && log->records[offset].append_time_ms < trim->before_time_ms) {
        offset++;
    }
    sim_oracle_check_trim(intake->node, log, offset);
    log->start_offset = offset;
    trim->log_start_offset = offset;
}

bool intake_take_event(struct intake *intake, struct intake_event *ret_event)
{
    size_t first = intake->count;

    sim_pass_port(intake->node);
    sim_intake_tick(intake);
    for (size_t i = 0; i < intake->count; i++) {
        if (intake->queue[i].time_ms <= sim_now_ms &&
            (first == intake->count || intake->queue[i].time_ms < intake->queue[first].time_ms)) {
            first = i;
        }
    }
    if (first == intake->count) {
        return false;
    }
    intake->taken = intake->queue[first];
    memmove(&intake->queue[first], &intake->queue[first + 1], (intake->count - first - 1) * sizeof intake->queue[0]);
    intake->count--;
    if (intake->taken.event.kind == INTAKE_FETCHED) {
        fill_fetched(&intake->taken);
    }
    for (size_t i = 0; i < intake->taken.event.trim_count && intake->taken.event.rc == RC_OK; i++) {
        trim(intake, &intake->taken.trims[i]);
    }
    *ret_event = intake->taken.event;
    ret_event->partitions = intake->taken.partitions;
    ret_event->state_ranges = intake->taken.state_ranges;
    return true;
}

static void open_stream(struct intake *intake, size_t slot, int32_t partition, int64_t state_offset)
{
    struct intake_stream *stream = &intake->streams[slot][partition];
    enum topic_kind kind = slot < 5 ? (enum topic_kind)slot : TOPIC_DELAY;

    stream->intake = intake;
    stream->log = sim_get_log(kind, slot < 5 ? 0 : sim_tiers_ms[slot - 5], partition);
    stream->is_open = true;
    stream->start_offset = kind == TOPIC_STATE ? state_offset : stream->log->committed_offset;
    stream->position =
        stream->start_offset < stream->log->start_offset ? stream->log->start_offset : stream->start_offset;
    stream->is_end_told = false;
    stream->latency_ms = (int64_t)sim_random(300);
}

void intake_start(struct intake *intake, const struct intake_position *positions, size_t position_count)
{
    intake->start_generation = sim_group_get_generation(intake->node->incarnation);
    for (size_t slot = 0; slot < SIM_SLOT_COUNT; slot++) {
        for (int32_t i = 0; i < SIM_PARTITION_MAX; i++) {
            intake->streams[slot][i].is_open = false;
        }
        for (size_t i = 0; i < position_count && slot != TOPIC_EVENTS && slot != TOPIC_DEAD; i++) {
            open_stream(intake, slot, positions[i].partition, positions[i].state_offset);
        }
    }
}

struct intake_stream *intake_get_stream(struct intake *intake, enum topic_kind kind, int64_t tier_ms, int32_t partition)
{
    for (size_t slot = 0; slot < SIM_SLOT_COUNT; slot++) {
        struct intake_stream *stream = &intake->streams[slot][partition];

        if (stream->is_open && stream->log->kind == kind && stream->log->tier_ms == tier_ms) {
            return stream;
        }
    }
    return NULL;
}

int64_t intake_stream_get_start_offset(const struct intake_stream *stream)
{
    return stream->start_offset;
}

/* What is read is that much older; each stream has its own, so that `state` can lag behind a tier. */
static int64_t draw_latency(const struct sim_log *log)
{
    bool is_slow = sim_chance(sim.profile.has_slow_tails && log->kind == TOPIC_STATE ? 300 : 30);

    return (int64_t)sim_random(is_slow && sim_has_faults() ? 2500 : 20);
}

static bool is_zombie(const struct intake *intake)
{
    return sim_group_get_generation(intake->node->incarnation) != intake->start_generation;
}

bool intake_read(struct intake_stream *stream, struct record *ret_record)
{
    struct sim_log *log = stream->log;

    sim_pass_port(stream->intake->node);
    if (!stream->is_open) {
        sim_fail("node %d reads a stream that is closed", stream->intake->node->number);
    }
    if (stream->position < log->start_offset && is_zombie(stream->intake)) {
        return false; /* the broker refuses; it is not to know that records are gone which it does not own */
    }
    if (stream->position < log->start_offset) {
        sim_fail("I12: node %d reads at %lld, below the log start %lld", stream->intake->node->number,
                 (long long)stream->position, (long long)log->start_offset);
    }
    while (stream->position < log->count && log->records[stream->position].is_compacted) {
        stream->position++;
    }
    if (stream->position < log->count) {
        if (log->records[stream->position].append_time_ms + stream->latency_ms > sim_now_ms || sim_chance(20)) {
            return false;
        }
        sim_oracle_note_read(stream->intake->node, log, stream->position);
        fill_record(ret_record, log, stream->position++);
        stream->is_end_told = false;
        return true;
    }
    if (stream->is_end_told) {
        return false;
    }
    stream->is_end_told = true;
    stream->latency_ms = draw_latency(log);
    *ret_record = (struct record){.is_end = true, .kind = log->kind, .partition = log->partition, .offset = log->count};
    return true;
}

void intake_release_record(struct record *record)
{
    (void)record;
}

void intake_seek(struct intake *intake, struct intake_stream *stream, int64_t offset)
{
    sim_pass_port(intake->node);
    stream->position = offset < 0 ? stream->log->start_offset : offset;
    stream->is_end_told = false;
}

static int64_t draw_delay(void)
{
    return 1 + (int64_t)sim_random(sim_chance(50) && sim_has_faults() ? 2000 : 20);
}

/* The topics are always as they must be here. */
void intake_check_topics(struct intake *intake)
{
    sim_pass_port(intake->node);
    push(intake, INTAKE_CHECKED, draw_delay());
}

void intake_join(struct intake *intake)
{
    sim_pass_port(intake->node);
    sim_group_join(intake->node);
}

void intake_commit(struct intake *intake, const struct intake_commit *commits, size_t commit_count, uint64_t token)
{
    struct pending *pending;

    sim_pass_port(intake->node);
    pending = push(intake, INTAKE_COMMITTED, draw_delay());
    pending->is_commit = true;
    pending->event.token = token;
    pending->commits = alloc_copy(commits, commit_count * sizeof *commits);
    pending->commit_count = commit_count;
    pending->commit_generation = sim_group_get_generation(intake->node->incarnation);
    sim_pass_port(intake->node);
}

void intake_query_end(struct intake *intake, int32_t partition, uint64_t token)
{
    struct pending *pending;

    sim_pass_port(intake->node);
    pending = push(intake, INTAKE_LOG_END, draw_delay());
    pending->event.token = token;
    pending->event.offset = sim_get_log(TOPIC_TASKS, 0, partition)->count;
    if (sim.profile.has_commit_trouble && sim_has_faults() && sim_chance(50)) {
        pending->event.rc = RC_UNAVAILABLE;
    }
}

void intake_fetch(struct intake *intake, const struct coords *coords, uint64_t token)
{
    struct pending *pending;

    sim_pass_port(intake->node);
    pending = push(intake, INTAKE_FETCHED, draw_delay());
    pending->event.token = token;
    pending->coords = *coords;
}

void intake_trim(struct intake *intake, const struct intake_trim *trims, size_t trim_count, uint64_t token)
{
    struct pending *pending;

    sim_pass_port(intake->node);
    pending = push(intake, INTAKE_TRIMMED, draw_delay());
    pending->event.token = token;
    pending->trims = alloc_copy(trims, trim_count * sizeof *trims);
    pending->event.trims = pending->trims;
    pending->event.trim_count = trim_count;
    if (sim.profile.has_commit_trouble && sim_has_faults() && sim_chance(50)) {
        pending->event.rc = RC_UNAVAILABLE;
        pending->event.text = "trouble";
    }
}

void intake_finish_revoke(struct intake *intake)
{
    sim_pass_port(intake->node);
    for (size_t slot = 0; slot < SIM_SLOT_COUNT; slot++) {
        for (int32_t i = 0; i < SIM_PARTITION_MAX; i++) {
            intake->streams[slot][i].is_open = false;
        }
    }
    intake->is_waiting = true;
    sim_group_note_revoked(intake->node);
}
