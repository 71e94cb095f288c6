/* The emit port: a queue for each urgency, topic and partition keeps its order; nothing else does. An acknowledgement
 * may be lost: then what is not acknowledged of the queue is appended again. What a crashed worker had queued may
 * arrive yet. */
#include "alloc.h"
#include "emit.h"
#include "sim.h"
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct item {
    struct item *next;
    struct sim_record record;
    uint64_t token;
    bool is_appended;
    int64_t time_ms; /* when it is appended, then when it is acknowledged */
    int64_t offset;
    int64_t append_time_ms;
    enum rc rc;
};

struct queue {
    struct queue *next;
    enum emit_urgency urgency;
    struct sim_log *log;
    struct item *first;
    struct item *last;
};

struct emit {
    struct emit *next_orphan;
    struct sim_node *node;
    int incarnation;
    int fd;
    struct queue *queues;
    struct item *reports;
    struct item *last_report;
    size_t open_count;
};

static struct emit *orphans;

enum rc emit_open(const struct params *params, const char *client_id, struct emit **ret_emit, char *errstr,
                  size_t errstr_bytes)
{
    struct emit *emit = alloc_zeroed(1, sizeof *emit);

    (void)params;
    (void)client_id;
    (void)errstr;
    (void)errstr_bytes;
    emit->node = sim_current;
    emit->incarnation = sim_current->incarnation;
    emit->fd = eventfd(0, EFD_CLOEXEC);
    sim_current->emit = emit;
    *ret_emit = emit;
    return RC_OK;
}

int emit_get_fd(const struct emit *emit)
{
    return emit->fd;
}

void emit_clear_fd(struct emit *emit)
{
    sim_pass_port(emit->node);
}

static struct queue *get_queue(struct emit *emit, enum emit_urgency urgency, struct sim_log *log)
{
    struct queue *queue = emit->queues;

    while (queue != NULL && (queue->urgency != urgency || queue->log != log)) {
        queue = queue->next;
    }
    if (queue == NULL) {
        queue = alloc_zeroed(1, sizeof *queue);
        queue->urgency = urgency;
        queue->log = log;
        queue->next = emit->queues;
        emit->queues = queue;
    }
    return queue;
}

static int64_t draw_delay(const struct emit *emit, int64_t ordinary_ms)
{
    bool is_late = sim.profile.has_late_acks && sim_has_faults() && sim_chance(80);

    (void)emit;
    return 1 + (int64_t)sim_random(is_late ? 3000 : (uint64_t)ordinary_ms);
}

/* Nothing is sent behind a claim, so only the claim is slow. */
static int64_t draw_claim_delay(const struct emit_record *record)
{
    bool is_claim = record->kind == TOPIC_STATE && strncmp(record->key, ":claim:", strlen(":claim:")) == 0;

    return is_claim && sim.profile.has_slow_claims && sim_has_faults() && sim_chance(150)
               ? 50000 + (int64_t)sim_random(30000)
               : 0;
}

static int64_t draw_event_delay(const struct emit_record *record)
{
    bool is_slow = record->kind == TOPIC_EVENTS && sim.profile.has_slow_events && sim_has_faults();

    return is_slow && sim_chance(500) ? (int64_t)sim_random(3000) : 0;
}

static void push(struct queue *queue, struct item *item)
{
    if (queue->last == NULL) {
        queue->first = item;
    } else {
        queue->last->next = item;
    }
    queue->last = item;
}

static struct sim_record copy_record(const struct emit *emit, const struct emit_record *record)
{
    struct sim_record mine = {.key_bytes = record->key_bytes,
                              .value_bytes = record->value_bytes,
                              .writer = emit->incarnation,
                              .sent_ms = sim_now_ms};

    mine.key = record->key == NULL ? NULL : alloc_copy(record->key, record->key_bytes);
    mine.value = record->value == NULL ? NULL : alloc_copy(record->value, record->value_bytes);
    for (size_t i = 0; i < record->header_count; i++) {
        if (strcmp(record->headers[i].name, "autohttp-source") == 0) {
            mine.source = alloc_copy(record->headers[i].value, record->headers[i].value_bytes);
        }
        if (strcmp(record->headers[i].name, "autohttp") == 0) {
            mine.header = alloc_copy(record->headers[i].value, record->headers[i].value_bytes);
            mine.header_bytes = record->headers[i].value_bytes;
        }
    }
    return mine;
}

/* The topics that a task is carried to have limits; the bytes of some tasks are beyond them. */
static bool is_too_large(enum topic_kind kind, const char *value, size_t value_bytes)
{
    const struct sim_spec *spec = kind == TOPIC_DELAY || kind == TOPIC_DEAD ? sim_find_spec(value, value_bytes) : NULL;

    return spec != NULL && spec->is_refused;
}

enum rc emit_send(struct emit *emit, const struct emit_record *record, char *errstr, size_t errstr_bytes)
{
    static const int64_t lingers_ms[] = {[EMIT_CARRY] = 5, [EMIT_ROW] = 50, [EMIT_HOP] = 500};
    struct queue *queue;
    struct item *item;

    (void)errstr;
    (void)errstr_bytes;
    sim_pass_port(emit->node);
    if (emit->open_count >= sim.profile.queue_max ||
        (sim.profile.has_full_queue && sim_has_faults() && sim_chance(100))) {
        return RC_FULL;
    }
    if (is_too_large(record->kind, record->value, record->value_bytes) && sim_chance(500)) {
        return RC_TOO_LARGE; /* its own limit; else the broker's */
    }
    queue = get_queue(emit, record->urgency, sim_get_log(record->kind, record->tier_ms, record->partition));
    item = alloc_zeroed(1, sizeof *item);
    item->record = copy_record(emit, record);
    item->token = record->token;
    item->time_ms = sim_now_ms + draw_delay(emit, lingers_ms[record->urgency] + 10) + draw_claim_delay(record) +
                    draw_event_delay(record);
    push(queue, item);
    emit->open_count++;
    sim_wake(emit->node, item->time_ms);
    sim_pass_port(emit->node);
    return RC_OK;
}

/* The outcome is unknown to the worker: the record may be in the log or not. */
static bool must_fail(void)
{
    return sim.profile.has_failed_sends && sim_has_faults() && sim_chance(5);
}

/* A crash while the event of the row just appended is on its way: it may never come. */
static void draw_crash(const struct emit *emit, const struct queue *queue)
{
    if (queue->log->kind == TOPIC_STATE && sim.profile.has_slow_events && sim.profile.has_crashes && sim_has_faults() &&
        emit->node != NULL && emit->node->crash_countdown == 0 && sim_chance(50)) {
        emit->node->crash_countdown = 1 + (int64_t)sim_random(100);
    }
}

static void append_due(struct emit *emit, struct queue *queue)
{
    struct item *item = queue->first;

    while (item != NULL && (item->is_appended || item->time_ms <= sim_now_ms)) {
        if (!item->is_appended) {
            bool is_refused = is_too_large(queue->log->kind, item->record.value, item->record.value_bytes);
            bool is_failed = !is_refused && must_fail();

            if (!is_refused && (!is_failed || sim_chance(500))) {
                item->offset = sim_append(queue->log, &item->record);
                item->append_time_ms = sim_now_ms;
                draw_crash(emit, queue);
            }
            item->rc = is_refused ? RC_TOO_LARGE : is_failed ? RC_UNAVAILABLE : RC_OK;
            item->is_appended = true;
            item->time_ms = sim_now_ms + draw_delay(emit, 20);
        }
        item = item->next;
    }
}

static void lose_acks(struct queue *queue)
{
    if (queue->first == NULL || !queue->first->is_appended || !sim.profile.has_lost_acks || !sim_has_faults() ||
        !sim_chance(20)) {
        return;
    }
    sim_trace("acknowledgements lost, appended again");
    for (struct item *item = queue->first; item != NULL && item->is_appended; item = item->next) {
        item->is_appended = false;
        item->time_ms = sim_now_ms + 100;
    }
}

static void acknowledge(struct emit *emit, struct queue *queue)
{
    while (queue->first != NULL && queue->first->is_appended && queue->first->time_ms <= sim_now_ms) {
        struct item *item = queue->first;

        queue->first = item->next;
        queue->last = queue->first == NULL ? NULL : queue->last;
        item->next = NULL;
        if (emit->last_report == NULL) {
            emit->reports = item;
        } else {
            emit->last_report->next = item;
        }
        emit->last_report = item;
    }
}

void sim_emit_tick(struct emit *emit)
{
    for (struct queue *queue = emit->queues; queue != NULL; queue = queue->next) {
        append_due(emit, queue);
        lose_acks(queue);
        acknowledge(emit, queue);
        if (queue->first != NULL && emit->node != NULL) {
            sim_wake(emit->node, queue->first->time_ms > sim_now_ms ? queue->first->time_ms : sim_now_ms + 1);
        }
    }
}

bool emit_take_report(struct emit *emit, struct emit_report *ret_report)
{
    struct item *item;

    sim_pass_port(emit->node);
    item = emit->reports;
    if (item == NULL) {
        return false;
    }
    emit->reports = item->next;
    emit->last_report = emit->reports == NULL ? NULL : emit->last_report;
    emit->open_count--;
    *ret_report = (struct emit_report){.token = item->token,
                                       .rc = item->rc,
                                       .offset = item->offset,
                                       .append_time_ms = item->append_time_ms,
                                       .text = item->rc == RC_OK ? NULL : "lost"};
    return true;
}

size_t emit_count_open(const struct emit *emit)
{
    return emit->open_count;
}

/* Nothing is decided by it. */
int64_t emit_get_wait_ms(struct emit *emit, int64_t mono_ms)
{
    (void)emit;
    (void)mono_ms;
    return 0;
}

/* Of each queue a part at its front is on the wire already. */
static void cut_queue(struct queue *queue)
{
    struct item *item = queue->first;
    bool is_kept = sim_chance(600);

    while (item != NULL) {
        is_kept = is_kept && !sim_chance(200);
        if (!item->is_appended && !is_kept) {
            item->time_ms = INT64_MAX;
        } else if (!item->is_appended) {
            item->time_ms = sim_now_ms + (int64_t)sim_random(1500);
        }
        item = item->next;
    }
}

void sim_emit_abandon(struct sim_node *node)
{
    struct emit *emit = node->emit;

    if (emit == NULL) {
        return;
    }
    close(emit->fd);
    node->emit = NULL;
    emit->node = NULL;
    for (struct queue *queue = emit->queues; queue != NULL; queue = queue->next) {
        cut_queue(queue);
    }
    emit->next_orphan = orphans;
    orphans = emit;
}

void emit_close(struct emit *emit, int64_t timeout_ms)
{
    (void)timeout_ms;
    if (emit == NULL) {
        return;
    }
    for (struct queue *queue = emit->queues; queue != NULL; queue = queue->next) {
        for (struct item *item = queue->first; item != NULL; item = item->next) {
            item->time_ms = sim_now_ms;
        }
    }
    sim_emit_tick(emit);
    close(emit->fd);
    emit->node->emit = NULL;
}

void sim_emit_tick_orphans(void)
{
    for (struct emit *emit = orphans; emit != NULL; emit = emit->next_orphan) {
        sim_emit_tick(emit);
    }
}
