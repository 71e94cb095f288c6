/* sim [--seed S] [--seeds N] [--trace]: runs seeds S .. S+N-1, each in a process of its own, and prints what failed. */
#include "alloc.h"
#include "log.h"
#include "sim.h"
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 40
#define SEED_MAX_SECONDS 20 /* of real time: a worker that never ends its turn */

struct figures {
    uint64_t appends;
    uint64_t calls;
    uint64_t repeats;
    uint64_t crashes;
    uint64_t freezes;
    uint64_t rebalances;
    uint64_t late_claims;
    uint64_t full_turns;
};

static struct figures *figures; /* shared with the seeds' processes */

/* One host has a cap, another a rate. */
static void draw_caps(struct params *params)
{
    params->destination_count = 2;
    params->destinations = alloc_zeroed(2, sizeof *params->destinations);
    params->destinations[0].match = alloc_text(SIM_CAPPED_HOST);
    params->destinations[0].max_in_flight = SIM_CAP;
    params->destinations[1].match = alloc_text(SIM_RATED_HOST);
    params->destinations[1].rate_per_h = INT64_C(3600) * 1000 / SIM_INTERVAL_MS;
}

static void draw_params(struct params *params)
{
    static const int64_t holds_ms[] = {0, 500, 2000, 5000};
    static const int64_t lookaheads_ms[] = {1000, 5000, 60000};
    static const int64_t in_flights[] = {1, 4, 1024};
    char text[256] = "";

    if (params_load(NULL, PARAMS_NO_ENV, params, text, sizeof text) != RC_OK) {
        sim_fail("params: %s", text);
    }
    params->hold_ms = holds_ms[sim_random(4)];
    params->lookahead_ms = lookaheads_ms[sim_random(3)];
    params->max_in_flight = in_flights[sim_random(3)];
    params->memory_tasks = sim.profile.memory_tasks;
    params->memory_bytes = sim.profile.memory_bytes;
    draw_caps(params);
    params->session_timeout_ms = 3000;
    params->revoke_timeout_ms = 6000;
    params->drain_timeout_ms = 6000;
    params->audit_window_ms = sim.profile.audit_window_ms;
    params->trim_interval_ms = sim.profile.trim_interval_ms;
    params->auto_clean_enable = sim.profile.has_auto_clean;
    params->auto_clean_success_time_ms = sim.profile.clean_ages_ms[0];
    params->auto_clean_failure_time_ms = sim.profile.clean_ages_ms[1];
    params->auto_clean_stopped_time_ms = sim.profile.clean_ages_ms[2];
    params->auto_clean_loop_interval_ms = sim.profile.clean_interval_ms;
}

/* Most clocks are right; a wrong one is wrong by up to the maximum, until the next start. */
static int64_t draw_clock_skew(void)
{
    uint64_t max_ms = (uint64_t)sim.profile.clock_skew_max_ms;

    return max_ms == 0 || sim_chance(500) ? 0 : (int64_t)sim_random(2 * max_ms) - (int64_t)max_ms;
}

void sim_start_node(struct sim_node *node)
{
    char text[256] = "";

    node->incarnation = ++sim.incarnation_count;
    node->clock_skew_ms = draw_clock_skew();
    sim.clock_skews_ms[node->incarnation] = node->clock_skew_ms;
    node->crash_countdown = 0;
    node->freeze_countdown = 0;
    node->is_stopping = false;
    node->frozen_until_ms = 0;
    node->is_stopped = false;
    node->wake_ms = sim_now_ms;
    sim_current = node;
    sim_trace("node %d starts incarnation %d, its clock %lld ms off", node->number, node->incarnation,
              (long long)node->clock_skew_ms);
    if (worker_open(&node->params, &node->worker, text, sizeof text) != RC_OK) {
        sim_fail("worker_open: %s", text);
    }
}

static void go_down(struct sim_node *node)
{
    node->incarnation = 0;
    node->worker = NULL;
    node->stats = NULL;
    node->is_in_turn = false;
    node->wake_ms = INT64_MAX;
    node->restart_ms = sim_now_ms + (int64_t)sim_random(5000);
}

void sim_crash_node(struct sim_node *node)
{
    sim_trace("node %d crashes", node->number);
    sim.crash_count++;
    sim_emit_abandon(node);
    sim_intake_abandon(node);
    sim_courier_abandon(node);
    sim_disk_crash(node);
    go_down(node);
}

static void turn_node(struct sim_node *node)
{
    int status = 0;
    bool goes_on;

    node->wake_ms = INT64_MAX;
    sim_current = node;
    node->is_in_turn = true;
    if (setjmp(node->crash_jump) != 0) {
        sim_crash_node(node);
        return;
    }
    goes_on = worker_turn(node->worker, &status);
    node->is_in_turn = false;
    sim_oracle_check_turn(node);
    if (!goes_on) {
        sim_trace("node %d has stopped with %d", node->number, status);
        worker_close(node->worker);
        go_down(node);
        return;
    }
    sim_wake(node, sim_now_ms + (worker_get_wait_ms(node->worker) > 0 ? worker_get_wait_ms(node->worker) : 1));
}

static void step_node(struct sim_node *node)
{
    bool is_frozen = node->frozen_until_ms > sim_now_ms;

    if (node->incarnation == 0) {
        if (sim_now_ms >= node->restart_ms) {
            sim_start_node(node);
        }
        return;
    }
    if (node->is_in_turn || (is_frozen && node->is_stopped)) {
        return;
    }
    sim_emit_tick(node->emit);
    sim_intake_tick(node->intake);
    if (!is_frozen && node->wake_ms <= sim_now_ms) {
        turn_node(node);
    }
}

static int64_t get_next_time(void)
{
    int64_t next_ms = sim_now_ms + TICK_MS;

    for (int i = 0; i < sim.profile.node_count; i++) {
        const struct sim_node *node = &sim.nodes[i];

        if (node->incarnation != 0 && !node->is_in_turn && node->frozen_until_ms <= sim_now_ms &&
            node->wake_ms < next_ms) {
            next_ms = node->wake_ms;
        }
    }
    return next_ms > sim_now_ms ? next_ms : sim_now_ms + 1;
}

void sim_run_until(int64_t time_ms)
{
    while (sim_now_ms < time_ms) {
        sim_group_tick();
        sim_script_tick();
        sim_emit_tick_orphans();
        for (int i = 0; i < sim.profile.node_count; i++) {
            step_node(&sim.nodes[i]);
        }
        sim_now_ms = get_next_time();
    }
}

/* Else a row that comes of age keeps the world from ever being at rest. */
static void end_cleaning(void)
{
    for (int i = 0; i < sim.profile.node_count; i++) {
        sim.nodes[i].params.auto_clean_enable = false;
    }
}

static int run_seed(uint64_t seed, bool is_tracing)
{
    sim.seed = seed;
    sim.is_tracing = is_tracing;
    sim_now_ms = SIM_START_MS;
    sim_script_init();
    for (int i = 0; i < sim.profile.node_count; i++) {
        sim.nodes[i].number = i;
        sim.nodes[i].wake_ms = INT64_MAX;
        draw_params(&sim.nodes[i].params);
    }
    sim_run_until(sim.profile.fault_end_ms + (sim.profile.has_slow_claims ? 100000 : 10000)); /* all claims are there */
    while (sim_now_ms < sim.profile.settle_end_ms && !sim_oracle_is_settled()) {
        sim_run_until(sim_now_ms + 1000);
    }
    sim_run_until(sim_now_ms + sim_oracle_get_cleaning_lag_ms());
    sim_oracle_check_cleaned();
    end_cleaning();
    sim_run_until(sim_now_ms + 5000);
    sim_oracle_check_end();
    figures->appends += sim.append_count;
    figures->calls += sim.call_count;
    figures->repeats += sim.repeat_count;
    figures->crashes += sim.crash_count;
    figures->freezes += sim.freeze_count;
    figures->rebalances += sim.rebalance_count;
    figures->late_claims += sim.late_claim_count;
    figures->full_turns += sim.full_count;
    return 0;
}

/* What the worker logged last, if it died. */
static void print_log(int fd)
{
    char text[2048];
    off_t end = lseek(fd, 0, SEEK_END);
    ssize_t got = pread(fd, text, sizeof text - 1, end > (off_t)sizeof text ? end - (off_t)sizeof text + 1 : 0);

    if (got > 0) {
        text[got] = '\0';
        printf("%s", text);
    }
}

static bool run_apart(uint64_t seed, int log_fd, const char *program)
{
    int status = 0;
    pid_t pid;

    fflush(stdout);
    if (ftruncate(log_fd, 0) != 0) {
        return false;
    }
    pid = fork();
    if (pid == 0) {
        alarm(SEED_MAX_SECONDS);
        log_set_fd(log_fd);
        log_set_level(LOG_LEVEL_ERROR);
        _exit(run_seed(seed, false));
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status == 0) {
        return pid > 0;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 1) {
        printf("seed %llu: the worker ended with status 0x%x\n", (unsigned long long)seed, (unsigned)status);
        print_log(log_fd);
    }
    printf("replay: %s --seed %llu --trace\n", program, (unsigned long long)seed);
    return false;
}

static int run_seeds(uint64_t first, uint64_t count, uint64_t fail_max, const char *program)
{
    int log_fd = memfd_create("log", MFD_CLOEXEC);
    uint64_t failed_count = 0;
    uint64_t done_count = 0;

    figures = mmap(NULL, sizeof *figures, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (; done_count < count && failed_count < fail_max; done_count++) {
        failed_count += run_apart(first + done_count, log_fd, program) ? 0 : 1;
    }
    printf(
        "seeds %llu..%llu: %llu failed; %llu appends, %llu calls of which %llu repeated, %llu crashes, %llu freezes, "
        "%llu rebalances, %llu late claims, %llu turns at the bound of memory\n",
        (unsigned long long)first, (unsigned long long)(first + done_count - 1), (unsigned long long)failed_count,
        (unsigned long long)figures->appends, (unsigned long long)figures->calls, (unsigned long long)figures->repeats,
        (unsigned long long)figures->crashes, (unsigned long long)figures->freezes,
        (unsigned long long)figures->rebalances, (unsigned long long)figures->late_claims,
        (unsigned long long)figures->full_turns);
    return failed_count > 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"seed", required_argument, NULL, 's'},
                                            {"seeds", required_argument, NULL, 'n'},
                                            {"fail-max", required_argument, NULL, 'f'},
                                            {"trace", no_argument, NULL, 't'},
                                            {0}};
    uint64_t seed = 1;
    uint64_t count = 1;
    uint64_t fail_max = 10;
    bool is_tracing = false;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 's':
            seed = strtoull(optarg, NULL, 10);
            break;
        case 'n':
            count = strtoull(optarg, NULL, 10);
            break;
        case 'f':
            fail_max = strtoull(optarg, NULL, 10);
            break;
        case 't':
            is_tracing = true;
            break;
        default:
            return 64;
        }
    }
    if (is_tracing) {
        struct figures mine = {0};

        figures = &mine;
        return run_seed(seed, true);
    }
    return run_seeds(seed, count, fail_max, argv[0]);
}
