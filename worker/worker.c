#include "worker.h"
#include "admin.h"
#include "alloc.h"
#include "answer.h"
#include "attempt.h"
#include "auto_clean.h"
#include "clean.h"
#include "core.h"
#include "hand.h"
#include "invariant.h"
#include "judge.h"
#include "log.h"
#include "ownership.h"
#include "partition.h"
#include "plugin.h"
#include "reader.h"
#include "reload.h"
#include "tails.h"
#include "trim.h"
#include "turns.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define WORKER_STORE_CACHE_BYTES (64u * 1024 * 1024)
#define WORKER_TURN_MAX_WAIT_MS 100 /* timers of a second's grain need no more */
#define WORKER_STORE_WAIT_MS 2
#define WORKER_TURN_MAX_ANSWERS 4
#define WORKER_CLIENT_ID_MAX_BYTES 288 /* a word and an address */
#define WORKER_STALL_US 100000
#define WORKER_CLOSE_TIMEOUT_MS 10000

struct worker {
    struct core core; /* its params are the same, read only */
    struct params *params;
    struct stats stats;
    struct egress egress;
    struct ownership ownership;
    struct admin *admin;
    int lock_fd; /* of state_dir */
    int epoll_fd;
    int signal_fd;
    int signal_count;
    int32_t restore_next; /* the partition whose tail comes first in the next turn, of those that restore */
    bool is_store_busy;   /* a restore waits for a database */
    bool has_more;        /* something was left unread: the next turn does not wait */
};

static void add_fd(struct worker *worker, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    if (epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        die("epoll_ctl: %s", strerror(errno));
    }
}

static int open_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static enum rc open_ports(struct worker *worker, char *errstr, size_t errstr_bytes)
{
    struct core *core = &worker->core;
    const struct params *params = core->params;
    char client_id[WORKER_CLIENT_ID_MAX_BYTES];
    enum rc rc = store_lock_dir(params->state_dir, &worker->lock_fd, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    rc = egress_init((const char *const *)params->egress_allow.items, params->egress_allow.count,
                     (const char *const *)params->egress_deny.items, params->egress_deny.count, &worker->egress, errstr,
                     errstr_bytes);

    if (rc == RC_OK) {
        rc = plugin_open(params, &worker->stats, &core->clock, &core->plugin, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = admin_open(params, &worker->stats, &worker->admin, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = courier_open(params, &worker->egress, &core->courier, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        snprintf(client_id, sizeof client_id, "autohttp@%s", admin_get_address(worker->admin));
        rc = emit_open(params, client_id, &core->emit, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = intake_open(params, client_id, &core->intake, errstr, errstr_bytes);
    }
    return rc;
}

/* How many tasks may wait for their turn: enough for one to follow each attempt, and not only those of one lane. */
static size_t get_waiting_max(const struct params *params)
{
    int64_t for_turns = 2 * params->max_in_flight;
    int64_t of_memory = params->memory_tasks / 10;

    return (size_t)(for_turns > of_memory ? for_turns : of_memory);
}

enum rc worker_open(struct params *params, struct worker **ret_worker, char *errstr, size_t errstr_bytes)
{
    struct worker *worker = alloc_zeroed(1, sizeof *worker);
    enum rc rc;

    worker->params = params;
    worker->core.params = params;
    worker->lock_fd = -1;
    worker->core.lanes.in_flight_max = (size_t)params->max_in_flight;
    worker->core.lanes.task_max = get_waiting_max(params);
    worker->core.stats = &worker->stats;
    stats_init(&worker->stats);
    clock_init(&worker->core.clock);
    worker->core.now = clock_read(&worker->core.clock);
    worker->ownership.cache = store_cache_new(WORKER_STORE_CACHE_BYTES);
    worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    worker->signal_fd = open_signals();
    if (worker->epoll_fd < 0 || worker->signal_fd < 0) {
        die("epoll_create1 or signalfd: %s", strerror(errno));
    }
    rc = open_ports(worker, errstr, errstr_bytes);
    if (rc != RC_OK) {
        worker_close(worker);
        return rc;
    }
    add_fd(worker, worker->signal_fd);
    add_fd(worker, intake_get_fd(worker->core.intake));
    add_fd(worker, emit_get_fd(worker->core.emit));
    add_fd(worker, courier_get_fd(worker->core.courier));
    add_fd(worker, admin_get_fd(worker->admin));
    *ret_worker = worker;
    return RC_OK;
}

void worker_close(struct worker *worker)
{
    struct core *core;

    if (worker == NULL) {
        return;
    }
    core = &worker->core;
    ownership_close(&worker->ownership, core);
    admin_close(worker->admin);
    courier_close(core->courier);
    emit_close(core->emit, WORKER_CLOSE_TIMEOUT_MS);
    intake_close(core->intake, WORKER_CLOSE_TIMEOUT_MS);
    plugin_close(core->plugin);
    egress_close(&worker->egress);
    core_close(core);
    if (worker->lock_fd >= 0) {
        close(worker->lock_fd);
    }
    close(worker->epoll_fd);
    close(worker->signal_fd);
    free(worker);
}

static void take_reports(struct worker *worker)
{
    struct core *core = &worker->core;
    struct emit_report report;

    while (emit_take_report(core->emit, &report)) {
        enum token_kind kind = token_get_kind(report.token);
        struct hand *hand = kind == TOKEN_CLAIM || kind == TOKEN_OFFSETS ? NULL : core_get_hand(core, report.token);

        if (hand != NULL) {
            hand_note_report(core, hand, kind, &report);
        } else if (report.rc != RC_OK && kind == TOKEN_CLAIM && core->owned[token_get_slot(report.token)] != NULL) {
            partition_note_unknown_write(core, core->owned[token_get_slot(report.token)]);
        }
    }
}

static void take_results(struct worker *worker)
{
    struct core *core = &worker->core;
    struct courier_result result;

    while (courier_take_result(core->courier, &result)) {
        struct hand *hand = core_get_hand(core, result.token);

        if (hand != NULL) {
            attempt_end(core, hand, &result);
        }
    }
}

static void read_streams(struct worker *worker)
{
    struct core *core = &worker->core;

    for (int32_t i = 0; i < core->partition_count; i++) {
        struct partition *partition = core->owned[i];

        if (partition != NULL && partition->phase == PARTITION_RUN && !partition->must_step_down) {
            bool has_more = reader_read(core, partition);

            worker->has_more = worker->has_more || has_more;
            reader_relieve(core, partition);
            clean_send_due(core, partition);
        }
    }
}

static void release_due(struct core *core)
{
    struct heap_item *item = heap_get_first(&core->holds);

    while (item != NULL && item->when_ms <= core->now.time_ms) {
        struct taken *taken = (struct taken *)item; /* hold is its first member */

        heap_remove(&core->holds, item);
        turns_push(core, taken);
        item = heap_get_first(&core->holds);
    }
}

static void run_turns(struct worker *worker)
{
    struct core *core = &worker->core;
    bool was_full = !turns_has_room(core);

    turns_run(core);
    /* Reading had stopped for want of room. */
    worker->has_more = worker->has_more || (was_full && turns_has_room(core));
}

/* Who asks may ask again at once: no more in a turn than there are who ask. */
static void answer_questions(struct worker *worker)
{
    const struct admin_ask *ask;
    struct admin_question *question;

    for (int i = 0; i < WORKER_TURN_MAX_ANSWERS && admin_take_question(worker->admin, &question, &ask); i++) {
        struct admin_answer answer;

        answer_ask(&worker->core, ask, &answer);
        admin_answer(worker->admin, question, &answer);
    }
}

static void take_signals(struct worker *worker)
{
    struct signalfd_siginfo info;

    while (read(worker->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP) {
            reload_params(worker->params);
            turns_take_limits(&worker->core);
            topic_watch_hurry(&worker->core); /* who has just corrected something wants to see it */
            continue;
        }
        worker->signal_count++;
        log_info("signal", LOG_INT("number", (int64_t)info.ssi_signo), LOG_INT("count", worker->signal_count));
    }
    if (worker->signal_count > 0 && !worker->core.is_stopping) {
        worker->core.is_stopping = true;
        ownership_begin_drain(&worker->ownership, &worker->core, worker->core.params->drain_timeout_ms);
    }
}

static void set_gauges(struct worker *worker)
{
    struct core *core = &worker->core;
    int64_t phases[STATS_PHASE_COUNT] = {0};
    int64_t in_hand_count = 0;
    const char *why;
    bool is_ready;

    for (int32_t i = 0; i < core->partition_count; i++) {
        if (core->owned[i] != NULL && core->owned[i]->phase != PARTITION_AWAY) {
            enum partition_phase phase = core->owned[i]->phase;

            phases[phase == PARTITION_RUN     ? STATS_PHASE_RUN
                   : phase == PARTITION_DRAIN ? STATS_PHASE_DRAIN
                                              : STATS_PHASE_RESTORE]++;
            in_hand_count += (int64_t)HASH_COUNT(core->owned[i]->hands);
        }
    }
    for (size_t i = 0; i < STATS_PHASE_COUNT; i++) {
        stats_set(&core->stats->partitions[i], phases[i]);
    }
    stats_set(core->stats->in_hand_keys, in_hand_count);
    stats_set(core->stats->held_tasks, (int64_t)core->holds.count);
    stats_set(core->stats->waiting_tasks, (int64_t)core->lanes.task_count);
    stats_set(core->stats->lanes, (int64_t)core->lanes.count);
    stats_set(core->stats->open_lanes, (int64_t)core->lanes.open_count);
    stats_set(core->stats->in_flight_attempts, (int64_t)courier_count_in_flight(core->courier));
    stats_set(core->stats->memory_used_bytes, (int64_t)core->taken_bytes);
    is_ready = ownership_is_ready(&worker->ownership, core, &why);
    admin_set_ready(worker->admin, is_ready, why);
    admin_note_turn(worker->admin, core->now.mono_ms);
}

static int64_t get_due_wait(const struct core *core, int64_t wait_ms)
{
    const struct heap_item *first = heap_get_first(&core->holds);
    int64_t wake_time_ms = first == NULL ? INT64_MAX : first->when_ms;
    bool has_memory = core_has_memory(core); /* else no head may move, due or not */

    for (int32_t i = 0; i < core->partition_count; i++) {
        if (core->owned[i] != NULL && core->owned[i]->phase == PARTITION_RUN && has_memory) {
            int64_t time_ms = reader_get_wake_time_ms(core, core->owned[i]);

            wake_time_ms = time_ms < wake_time_ms ? time_ms : wake_time_ms;
        }
    }
    if (wake_time_ms - core->now.time_ms < wait_ms) {
        wait_ms = wake_time_ms - core->now.time_ms;
    }
    return wait_ms < 0 ? 0 : wait_ms;
}

int worker_get_wait_ms(struct worker *worker)
{
    struct core *core = &worker->core;
    int64_t wait_ms = worker->is_store_busy ? WORKER_STORE_WAIT_MS : WORKER_TURN_MAX_WAIT_MS;
    int64_t courier_mono_ms = courier_get_deadline_mono_ms(core->courier);

    if (worker->has_more || core->wake_count > 0) {
        return core->wake_count > 0 && !worker->has_more ? 1 : 0;
    }
    if (courier_mono_ms - core->now.mono_ms < wait_ms) {
        wait_ms = courier_mono_ms - core->now.mono_ms;
    }
    if (worker->ownership.is_draining || (worker->ownership.has_gap && !core->is_proven)) {
        return wait_ms < 0 ? 0 : (int)wait_ms; /* nothing due may start */
    }
    if (turns_get_wake_mono_ms(core) - core->now.mono_ms < wait_ms) {
        wait_ms = turns_get_wake_mono_ms(core) - core->now.mono_ms;
    }
    return (int)get_due_wait(core, wait_ms);
}

/* What may be done only by a member of the group. */
static void work(struct worker *worker)
{
    struct core *core = &worker->core;

    worker->has_more = tails_read(core, &worker->restore_next, &worker->is_store_busy) || worker->has_more;
    ownership_step_down(core);
    hand_advance_all(core);
    take_results(worker);
    hand_advance_all(core);
    if (!worker->ownership.is_draining) {
        read_streams(worker);
        ownership_step_down(core); /* before any attempt: a record can tell of a higher epoch, too */
        release_due(core);
        hand_advance_all(core);
        run_turns(worker);
        auto_clean_turn(core);
        trim_turn(core);
    }
    hand_advance_all(core);
}

static void turn(struct worker *worker)
{
    struct core *core = &worker->core;
    int64_t end_us;
    int64_t start_us;

    /* Transfers move on first: a wait counts from the attempt's end, so the turn's now must not lie before it. */
    core->now = clock_read(&core->clock);
    courier_turn(core->courier, &core->now);
    core->now = clock_read(&core->clock);
    start_us = clock_read_mono_us(&core->clock);
    worker->has_more = false;
    intake_clear_fd(core->intake);
    emit_clear_fd(core->emit);
    take_signals(worker);
    ownership_take_events(&worker->ownership, core);
    take_reports(worker);
    answer_questions(worker);
    topic_watch_turn(core);
    ownership_turn(&worker->ownership, core);
    if (core->is_proven || !worker->ownership.has_gap) {
        work(worker);
    }
    set_gauges(worker);
    end_us = clock_read_mono_us(&core->clock);
    stats_observe(&core->stats->loop_turn_seconds, end_us - start_us);
    stats_raise(core->stats->loop_turn_max_seconds, end_us - start_us);
    if (end_us - start_us > WORKER_STALL_US) {
        stats_add(core->stats->loop_stalls_total, 1);
    }
}

bool worker_turn(struct worker *worker, int *ret_status)
{
    struct core *core = &worker->core;

    turn(worker);
    if (worker->ownership.exit_status != 0) {
        *ret_status = worker->ownership.exit_status;
        return false;
    }
    if (worker->signal_count > 1 || (core->is_stopping && ownership_is_drained(&worker->ownership, core))) {
        log_info("worker_stopped", LOG_BOOL("drained", worker->signal_count <= 1));
        *ret_status = 0;
        return false;
    }
    return true;
}

void worker_stop(struct worker *worker)
{
    worker->signal_count++;
}

int worker_run(struct worker *worker)
{
    struct epoll_event events[8];
    int status = 0;

    log_info("worker_started", LOG_TEXT("version", AUTOHTTP_VERSION),
             LOG_TEXT("admin", admin_get_address(worker->admin)),
             LOG_TEXT("topic_prefix", worker->core.params->topic_prefix));
    while (worker_turn(worker, &status)) {
        if (epoll_wait(worker->epoll_fd, events, 8, worker_get_wait_ms(worker)) < 0 && errno != EINTR) {
            die("epoll_wait: %s", strerror(errno));
        }
    }
    return status;
}
