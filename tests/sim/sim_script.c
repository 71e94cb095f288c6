/* The script of a seed: what is published and commanded, and which faults come when. */
#include "alloc.h"
#include "control_json.h"
#include "header.h"
#include "log.h"
#include "row_json.h"
#include "sim.h"
#include "task_json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_MAX 64
#define URL_PATH ".sim.test/" /* before it the host, behind it the number of the task */

struct publish {
    int64_t time_ms;
    int64_t again_ms; /* the same batch appended twice; 0: not */
    bool is_strayed;  /* to a partition that is not its home */
    uint8_t publish_id[HEADER_PUB_BYTES];
};

struct command {
    int64_t time_ms;
    int key;
    enum control_command command;
    bool force;
};

struct sim_spec sim_specs[SIM_SPEC_MAX];
int sim_spec_count;
static struct publish publishes[SIM_SPEC_MAX];
static struct command commands[COMMAND_MAX];
static int64_t fault_ms;
static int64_t compact_ms;

static bool flip(void)
{
    return sim_chance(500);
}

/* Ages of seconds in place of days, so that rows go while their keys are still in use. */
static void draw_cleaning(struct sim_profile *profile)
{
    static const int64_t ages_ms[] = {0, 1000, 4000, 15000, 60000};

    profile->has_auto_clean = sim_chance(700);
    profile->audit_window_ms = ages_ms[1 + sim_random(4)];
    profile->trim_interval_ms = 1000 + (int64_t)sim_random(4000);
    profile->clean_interval_ms = 1000 + (int64_t)sim_random(4000);
    for (size_t i = 0; i < 3; i++) {
        profile->clean_ages_ms[i] = ages_ms[sim_random(5)];
    }
}

/* Bounds that a few tasks reach, so that reading stops and held tasks go back to a tier. */
static void draw_bounds(struct sim_profile *profile)
{
    static const int64_t memory_tasks[] = {16, 20, 32, 20000, 20000, 20000};
    static const int64_t memory_bytes[] = {12000, 24000, 128 << 20, 128 << 20, 128 << 20, 128 << 20};

    profile->memory_tasks = memory_tasks[sim_random(6)];
    profile->memory_bytes = memory_bytes[sim_random(6)];
    profile->has_full_queue = sim_chance(300);
    profile->queue_max = sim_chance(200) ? 1 + sim_random(12) : SIZE_MAX;
}

static void draw_profile(struct sim_profile *profile)
{
    /* The last is longer than every tier and lookahead here: a clock that is worse meets nothing else. */
    static const int64_t skews_ms[] = {0, 0, 0, 0, 1000, 1000, 20000, 20000, 20000, 300000};
    bool is_calm = sim_chance(150);

    profile->node_count = 1 + (int)sim_random(SIM_NODE_MAX);
    profile->partition_count = 1 + (int)sim_random(SIM_PARTITION_MAX - 1);
    profile->key_count = 2 + (int)sim_random(10);
    profile->task_count = 4 + (int)sim_random(40);
    profile->command_count = flip() ? (int)sim_random(20) : 0;
    profile->has_restarts = flip();
    profile->has_lost_acks = flip();
    profile->has_commit_trouble = flip();
    profile->has_compaction = flip();
    profile->has_deleted_group = flip();
    profile->has_crashes = flip() && !is_calm;
    profile->has_freezes = flip() && !is_calm;
    profile->has_late_acks = flip() && !is_calm;
    profile->has_late_answers = flip() && !is_calm;
    profile->has_slow_tails = flip();
    profile->has_failed_sends = sim_chance(200) && !is_calm;
    profile->has_slow_events = sim.seed % 5 == 3 && !is_calm;
    profile->has_slow_claims = sim.seed % 10 == 7 && !is_calm; /* not drawn: the other seeds stay what they were */
    profile->has_lost_disks = flip();
    draw_bounds(profile);
    profile->slow_host = (int)sim_random(2 * SIM_HOST_COUNT);
    draw_cleaning(profile);
    profile->has_refusals = sim_chance(200);
    profile->has_dead_endpoints = sim_chance(200);
    profile->clock_skew_max_ms = is_calm ? 0 : skews_ms[sim_random(10)];
    profile->fault_gap_ms = 500 + (int64_t)sim_random(6000);
    profile->fault_end_ms = SIM_START_MS + 20000 + (int64_t)sim_random(40000);
    /* What a fast clock made late a slow one makes later. */
    profile->settle_end_ms = profile->fault_end_ms + 400000 + 2 * profile->clock_skew_max_ms;
}

static void draw_waits(struct sim_spec *spec)
{
    static const int64_t waits_ms[] = {0, 200, 1000, 1700, 3000, 4200, 7000, 12000, 27000};
    int64_t step_ms = waits_ms[1 + sim_random(6)];

    spec->is_ladder = flip();
    spec->wait_count = (uint32_t)sim_random(5);
    if (!spec->is_ladder && spec->wait_count == 0) {
        spec->wait_count = 1; /* 0 means for ever */
    }
    for (uint32_t i = 0; i < spec->wait_count; i++) {
        spec->waits_ms[i] = spec->is_ladder ? waits_ms[sim_random(9)] : step_ms;
    }
}

/* Half of them Stopped: only of these the event is another's to tell, too. */
static int draw_settled_status(void)
{
    if (!sim_chance(250)) {
        return 0;
    }
    return flip() ? ROW_STOPPED : ROW_SUCCESS + (int)sim_random(2);
}

static void draw_task(int number)
{
    struct sim_spec *spec = &sim_specs[number];
    struct publish *publish = &publishes[number];
    int64_t span_ms = sim.profile.fault_end_ms - SIM_START_MS - 1000;

    spec->number = number;
    spec->key = (int)sim_random((uint64_t)sim.profile.key_count);
    spec->host = (int)sim_random(SIM_HOST_COUNT);
    draw_waits(spec);
    spec->failure_count = (uint32_t)sim_random(spec->wait_count + 2);
    spec->is_gone = sim_chance(100);
    spec->is_refused = sim.profile.has_refusals && sim_chance(200);
    spec->is_dead = sim.profile.has_dead_endpoints && sim_chance(300);
    if (spec->is_dead) {
        spec->failure_count = spec->wait_count + 1;
        spec->is_gone = false;
    }
    spec->duplicate = (int)sim_random(4);
    spec->has_publish_id = sim_chance(800);
    spec->settled_status = draw_settled_status();
    publish->time_ms = SIM_START_MS + 500 + (int64_t)sim_random((uint64_t)span_ms);
    publish->again_ms =
        sim_chance(100) && sim.profile.command_count == 0 ? publish->time_ms + (int64_t)sim_random(2000) : 0;
    publish->is_strayed = sim_chance(80) && publish->again_ms == 0;
    if (sim_chance(200)) {
        spec->not_before_ms = publish->time_ms + (int64_t)sim_random(15000);
    }
    for (size_t i = 0; i < HEADER_PUB_BYTES; i++) {
        publish->publish_id[i] = (uint8_t)sim_random(256);
    }
}

void sim_script_init(void)
{
    draw_profile(&sim.profile);
    sim_spec_count = sim.profile.task_count;
    for (int i = 0; i < sim_spec_count; i++) {
        draw_task(i);
    }
    for (int i = 0; i < sim.profile.command_count; i++) {
        int64_t span_ms = sim.profile.fault_end_ms - SIM_START_MS;

        commands[i] = (struct command){.time_ms = SIM_START_MS + (int64_t)sim_random((uint64_t)span_ms),
                                       .key = (int)sim_random((uint64_t)sim.profile.key_count),
                                       .command = (enum control_command)(CONTROL_STOP + sim_random(3)),
                                       .force = sim_chance(300)};
    }
    sim_poison_init();
    fault_ms = SIM_START_MS + 1000;
    compact_ms = SIM_START_MS + 10000;
}

const struct sim_spec *sim_find_spec(const char *value, size_t value_bytes)
{
    const char *url = value == NULL ? NULL : memmem(value, value_bytes, URL_PATH, strlen(URL_PATH));
    long number = url == NULL ? -1 : strtol(url + strlen(URL_PATH), NULL, 10);

    return number >= 0 && number < sim_spec_count ? &sim_specs[number] : NULL;
}

static int32_t get_home(const char *key)
{
    return coords_get_home(key, strlen(key), sim.profile.partition_count);
}

static void publish_task(const struct sim_spec *spec, const struct publish *publish)
{
    char id[16];
    char url[64];
    char key[32];
    char header_text[HEADER_TEXT_MAX_BYTES];
    struct header header = {0};
    struct buffer value = {0};
    struct task task = {.business_type = "t",
                        .business_id = id,
                        .url = url,
                        .method = "POST",
                        .body = "x",
                        .body_bytes = 1,
                        .has_body = true,
                        .retry_type = spec->is_ladder ? TASK_RETRY_LADDER : TASK_RETRY_STEP,
                        .ladder_interval_ms = spec->waits_ms,
                        .ladder_count = spec->is_ladder ? spec->wait_count : 0,
                        .step_interval_ms = spec->is_ladder ? 0 : spec->waits_ms[0],
                        .step_time = spec->is_ladder ? 0 : spec->wait_count,
                        .not_before_time_ms = spec->not_before_ms,
                        .duplicate = (enum duplicate_policy)spec->duplicate};
    struct sim_record record = {.key = key};
    int32_t partition;

    snprintf(id, sizeof id, "%d", spec->key);
    snprintf(url, sizeof url, "http://h%d" URL_PATH "%d", spec->host, spec->number);
    record.key_bytes = (size_t)snprintf(key, sizeof key, "t:%d", spec->key);
    if (task_encode(&task, &value) != RC_OK) {
        sim_fail("a task cannot be printed");
    }
    record.value = value.data;
    record.value_bytes = value.len_bytes;
    memcpy(header.publish_id, publish->publish_id, HEADER_PUB_BYTES);
    header.has_publish_id = spec->has_publish_id;
    if (spec->settled_status != 0) {
        header.attempts = 1;
        header.status = spec->settled_status;
    }
    if (spec->has_publish_id || spec->settled_status != 0) {
        record.header = header_text;
        record.header_bytes = header_print(&header, header_text);
    }
    partition = (get_home(key) + (publish->is_strayed ? 1 : 0)) % sim.profile.partition_count;
    sim_append(sim_get_log(TOPIC_TASKS, 0, partition), &record);
    buffer_close(&value);
}

static void send_command(const struct command *command)
{
    char id[16];
    char key[32];
    struct control control = {.command = command->command,
                              .business_type = "t",
                              .business_id = id,
                              .force = command->force && command->command != CONTROL_RETRY,
                              .reason = ""};
    struct buffer value = {0};
    struct sim_record record = {.key = key};

    snprintf(id, sizeof id, "%d", command->key);
    record.key_bytes = (size_t)snprintf(key, sizeof key, "t:%d", command->key);
    if (control_encode(&control, &value) != RC_OK) {
        sim_fail("a command cannot be printed");
    }
    record.value = value.data;
    record.value_bytes = value.len_bytes;
    if (command->command == CONTROL_RETRY) {
        sim_oracle_note_retry(key);
    }
    sim_append(sim_get_log(TOPIC_CONTROL, 0, get_home(key)), &record);
    buffer_close(&value);
}

static void freeze_node(struct sim_node *node)
{
    sim.freeze_count++;
    node->is_stopped = flip();
    node->frozen_until_ms = sim_now_ms + 200 + (int64_t)sim_random(8000);
    sim_trace("node %d freezes%s", node->number, node->is_stopped ? " wholly" : "");
}

static void strike(struct sim_node *node)
{
    const struct sim_profile *profile = &sim.profile;

    if (node->incarnation == 0 || node->frozen_until_ms > sim_now_ms || node->is_in_turn) {
        return;
    }
    switch (sim_random(6)) {
    case 4:
        if (profile->has_freezes) {
            sim_trace("node %d is thrown out of the group", node->number);
            sim_group_kick(node->incarnation);
        }
        break;
    case 0:
    case 1:
        if (profile->has_crashes) {
            node->crash_countdown = 1 + (int64_t)sim_random(flip() ? 60 : 1500);
        }
        break;
    case 2:
        if (profile->has_freezes) {
            freeze_node(node);
        }
        break;
    case 3:
        if (profile->has_freezes) {
            node->freeze_countdown = 1 + (int64_t)sim_random(flip() ? 60 : 1500);
        }
        break;
    default:
        if (profile->has_restarts && !node->is_stopping) {
            sim_trace("node %d is told to stop", node->number);
            worker_stop(node->worker);
            node->is_stopping = true;
        }
        break;
    }
}

/* Also after another task has taken its place: a publisher who missed the acknowledgement sends late. */
static void publish_again(int number)
{
    publishes[number].again_ms = 0;
    publish_task(&sim_specs[number], &publishes[number]);
}

static void publish_due(void)
{
    for (int i = 0; i < sim_spec_count; i++) {
        struct publish *publish = &publishes[i];

        if (publish->time_ms != 0 && publish->time_ms <= sim_now_ms) {
            publish->time_ms = 0;
            publish_task(&sim_specs[i], publish);
        }
        if (publish->time_ms == 0 && publish->again_ms != 0 && publish->again_ms <= sim_now_ms) {
            publish_again(i);
        }
    }
    for (int i = 0; i < sim.profile.command_count; i++) {
        if (commands[i].time_ms != 0 && commands[i].time_ms <= sim_now_ms) {
            commands[i].time_ms = 0;
            send_command(&commands[i]);
        }
    }
}

void sim_script_tick(void)
{
    publish_due();
    sim_poison_tick();
    if (sim_has_faults() && sim_now_ms >= fault_ms) {
        fault_ms = sim_now_ms + 200 + (int64_t)sim_random((uint64_t)sim.profile.fault_gap_ms);
        strike(&sim.nodes[sim_random((uint64_t)sim.profile.node_count)]);
    }
    if (sim.profile.has_compaction && sim_now_ms >= compact_ms) {
        compact_ms = sim_now_ms + 1000 + (int64_t)sim_random(10000);
        sim_compact(false);
    }
}
