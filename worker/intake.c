/* Who does what:
 *
 *   consumer queue  rebalances, errors                      -> take_group_event()
 *   commit queue    results of commits                      -> take_commit_event()
 *   helpers         layouts (asker), records (fetcher)      -> take_answer()
 *   streams         records, ends, failures                 -> intake_read(), take_failure()
 *
 * The membership:
 *
 *   WAITING --ASSIGN event--> LISTING --layout--> ASSIGNED --intake_start()--> STARTED
 *      ^                         |                   |                            |
 *      +--intake_finish_revoke() or an empty assignment's next ASSIGN-- REVOKED <-+ REVOKE event from any of them
 *
 *   STARTED --a stream is out of range--> REOPENING --intake_finish_revoke()--> LISTING
 *
 * librdkafka starts no rebalance while one is unanswered, but it can lose the membership at any time.
 */
#include "intake.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "kafka.h"
#include "kafka_answer.h"
#include "kafka_helper.h"
#include "kafka_layout.h"
#include "kafka_stream.h"
#include "log.h"

#define MAX_POLL_INTERVAL_MS 60000
#define CLOSE_POLL_MS 20
#define CONFLICT_MAX_COUNT 25 /* 5 s: a broker may not know yet of topics that were just created */
#define NUMBER_TEXT_BYTES 24

enum membership {
    MEMBERSHIP_WAITING = 0,
    MEMBERSHIP_LISTING,  /* the asker reads the layout */
    MEMBERSHIP_ASSIGNED, /* the worker opens its stores */
    MEMBERSHIP_STARTED,
    MEMBERSHIP_REVOKED,   /* streams are there for commits, until intake_finish_revoke() */
    MEMBERSHIP_REOPENING, /* the same, but the group has revoked nothing */
};

/* An event that no queue of librdkafka holds. */
struct pending_event {
    enum intake_event_kind kind;
    uint64_t token;
    enum rc rc;
};

struct intake {
    const struct params *params; /* borrowed for good */
    int fd;
    rd_kafka_t *consumer;
    rd_kafka_queue_t *group_queue;
    rd_kafka_queue_t *commit_queue;
    struct kafka_helper *asker;
    struct kafka_helper *fetcher; /* apart: a fetch may take seconds, a rebalance must not wait for it */

    enum membership membership;
    uint64_t generation;     /* of the assignment; the token of its layout question */
    uint64_t seek_token;     /* of the last seek */
    uint32_t conflict_count; /* layouts in a row that cannot be worked with */
    bool is_lost;
    bool is_down;
    int32_t *partitions; /* assigned */
    size_t partition_list_count;
    struct kafka_layout layout;
    struct intake_range *state_ranges; /* of partitions */
    struct intake_stream *streams;     /* started */
    size_t stream_count;
    size_t untold_count; /* failed streams not told yet */

    struct pending_event *pending;
    size_t pending_first;
    size_t pending_count;
    char fatal_text[KAFKA_ERRSTR_BYTES];
    char down_text[KAFKA_ERRSTR_BYTES]; /* of the last connection that failed */
    struct intake_question *answer;     /* whose record the last event borrows; NULL: none */
};

static void add_pending(struct intake *intake, enum intake_event_kind kind, uint64_t token, enum rc rc)
{
    if (intake->pending_first == intake->pending_count) {
        intake->pending_first = 0;
        intake->pending_count = 0;
    }
    intake->pending = alloc_resize(intake->pending, intake->pending_count + 1, sizeof intake->pending[0]);
    intake->pending[intake->pending_count++] = (struct pending_event){kind, token, rc};
    kafka_wake_fd(intake->fd);
}

static void fail(struct intake *intake, enum rc rc, const char *text)
{
    (void)rc_fail(rc, intake->fatal_text, sizeof intake->fatal_text, "%s", text);
    add_pending(intake, INTAKE_FATAL, 0, rc);
}

static enum rc open_consumer(struct intake *intake, const char *client_id, char *errstr, size_t errstr_bytes)
{
    const struct params *params = intake->params;
    int64_t poll_ms =
        params->session_timeout_ms > MAX_POLL_INTERVAL_MS ? params->session_timeout_ms : MAX_POLL_INTERVAL_MS;
    char session[NUMBER_TEXT_BYTES];
    char heartbeat[NUMBER_TEXT_BYTES];
    char poll_interval[NUMBER_TEXT_BYTES];
    const struct kafka_setting settings[] = {
        {"group.id", params->group_id[0] == '\0' ? params->topic_prefix : params->group_id},
        {"partition.assignment.strategy", "range"}, /* the only one that keeps partition p of all topics together */
        {"session.timeout.ms", session},
        {"heartbeat.interval.ms", heartbeat},
        {"max.poll.interval.ms", poll_interval},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"enable.partition.eof", "true"},
        {"auto.offset.reset", "error"},
        {"check.crcs", "true"},
        {"fetch.wait.max.ms", "50"},
        {"fetch.message.max.bytes", "131072"}, /* a first batch comes whole, whatever its size */
        {"queued.max.messages.kbytes", "128"}, /* for each partition */
        {"queued.min.messages", "10000"},
        /* Last, so that without it the list ends here. */
        {params->instance_id[0] == '\0' ? NULL : "group.instance.id", params->instance_id},
        {NULL, NULL},
    };

    snprintf(session, sizeof session, "%" PRId64, params->session_timeout_ms);
    snprintf(heartbeat, sizeof heartbeat, "%" PRId64, params->heartbeat_interval_ms);
    snprintf(poll_interval, sizeof poll_interval, "%" PRId64, poll_ms);
    return kafka_open(params, RD_KAFKA_CONSUMER, client_id, settings,
                      RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_ERROR, &intake->consumer,
                      errstr, errstr_bytes);
}

static void open_queues(struct intake *intake)
{
    rd_kafka_poll_set_consumer(intake->consumer);
    intake->group_queue = rd_kafka_queue_get_consumer(intake->consumer);
    intake->commit_queue = rd_kafka_queue_new(intake->consumer);
    kafka_watch_queue(intake->group_queue, intake->fd);
    kafka_watch_queue(intake->commit_queue, intake->fd);
}

void intake_join(struct intake *intake)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    char name[TOPICS_NAME_MAX_BYTES];
    rd_kafka_resp_err_t err;

    topics_print_name(intake->params->topic_prefix, TOPIC_TASKS, 0, name);
    rd_kafka_topic_partition_list_add(topics, name, RD_KAFKA_PARTITION_UA);
    err = rd_kafka_subscribe(intake->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(intake, RC_CLOSED, rd_kafka_err2str(err));
    }
}

enum rc intake_open(const struct params *params, const char *client_id, struct intake **ret_intake, char *errstr,
                    size_t errstr_bytes)
{
    struct intake *intake = alloc_zeroed(1, sizeof *intake);
    enum rc rc;

    intake->params = params;
    intake->fd = kafka_open_fd();
    if (intake->fd == -1) {
        rc = rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "eventfd: %s", strerror(errno));
        goto out;
    }
    rc = open_consumer(intake, client_id, errstr, errstr_bytes);
    if (rc != RC_OK) {
        goto out;
    }
    open_queues(intake);
    rc = kafka_helper_open(params, client_id, intake->consumer, intake->fd, &intake->asker, errstr, errstr_bytes);
    if (rc != RC_OK) {
        goto out;
    }
    rc = kafka_helper_open(params, client_id, intake->consumer, intake->fd, &intake->fetcher, errstr, errstr_bytes);
    if (rc != RC_OK) {
        goto out;
    }
    *ret_intake = intake;
    intake = NULL;
out:
    intake_close(intake, 0);
    return rc;
}

static void close_streams(struct intake *intake)
{
    for (size_t i = 0; i < intake->stream_count; i++) {
        kafka_stream_close(&intake->streams[i]);
    }
    free(intake->streams);
    intake->streams = NULL;
    intake->stream_count = 0;
    intake->untold_count = 0;
}

/* True if the group was left; else the broker notices at the end of the session. */
static bool leave_group(struct intake *intake, int64_t timeout_ms)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(intake->consumer);
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(intake->consumer, queue);
    struct clock clock;

    clock_init(&clock);
    while (error == NULL && !rd_kafka_consumer_closed(intake->consumer) && clock_read(&clock).mono_ms < timeout_ms) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, CLOSE_POLL_MS);

        if (event != NULL && rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE) {
            rd_kafka_assign(intake->consumer, NULL);
        }
        rd_kafka_event_destroy(event);
    }
    rd_kafka_error_destroy(error);
    rd_kafka_queue_destroy(queue);
    return rd_kafka_consumer_closed(intake->consumer) != 0;
}

static void close_consumer(struct intake *intake, int64_t timeout_ms)
{
    bool has_left;

    if (intake->membership != MEMBERSHIP_WAITING && intake->membership != MEMBERSHIP_STARTED) {
        rd_kafka_assign(intake->consumer, NULL); /* a rebalance was waiting for its answer */
    }
    close_streams(intake);
    has_left = leave_group(intake, timeout_ms);
    kafka_watch_queue(intake->group_queue, -1);
    kafka_watch_queue(intake->commit_queue, -1);
    rd_kafka_queue_destroy(intake->group_queue);
    rd_kafka_queue_destroy(intake->commit_queue);
    rd_kafka_destroy_flags(intake->consumer, has_left ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void intake_close(struct intake *intake, int64_t timeout_ms)
{
    if (intake == NULL) {
        return;
    }
    intake_question_free(intake->answer);
    kafka_helper_close(intake->fetcher);
    kafka_helper_close(intake->asker);
    if (intake->consumer != NULL) {
        close_consumer(intake, timeout_ms);
    }
    if (intake->fd != -1) {
        close(intake->fd);
    }
    kafka_layout_close(&intake->layout);
    free(intake->partitions);
    free(intake->state_ranges);
    free(intake->pending);
    free(intake);
}

int intake_get_fd(const struct intake *intake)
{
    return intake->fd;
}

void intake_clear_fd(struct intake *intake)
{
    kafka_clear_fd(intake->fd);
}

static bool take_pending(struct intake *intake, struct intake_event *ret_event)
{
    const struct pending_event *pending;

    if (intake->pending_first == intake->pending_count) {
        return false;
    }
    pending = &intake->pending[intake->pending_first++];
    *ret_event = (struct intake_event){.kind = pending->kind, .token = pending->token, .rc = pending->rc};
    if (pending->kind == INTAKE_FATAL) {
        ret_event->text = intake->fatal_text;
    } else if (pending->kind == INTAKE_BROKERS_DOWN) {
        ret_event->text = intake->down_text;
    }
    return true;
}

static void ask_layout(struct intake *intake)
{
    struct intake_question *question = intake_question_new(INTAKE_ASK_LAYOUT, intake->generation);

    question->partition_list_count = intake->partition_list_count;
    question->partitions = alloc_copy(intake->partitions, intake->partition_list_count * sizeof intake->partitions[0]);
    kafka_helper_ask(intake->asker, question);
}

/* The brokers answer again: say so if they were thought unreachable. */
static void note_brokers_up(struct intake *intake)
{
    if (intake->is_down) {
        intake->is_down = false;
        add_pending(intake, INTAKE_BROKERS_UP, 0, RC_OK);
    }
}

/* The layout has the places of `state` in the order of partitions. */
static void note_state_ranges(struct intake *intake)
{
    size_t n = 0;

    intake->state_ranges =
        alloc_resize(intake->state_ranges, intake->partition_list_count + 1, sizeof intake->state_ranges[0]);
    for (size_t i = 0; i < intake->layout.place_count; i++) {
        const struct intake_place *place = &intake->layout.places[i];

        if (place->kind == TOPIC_STATE) {
            intake->state_ranges[n++] = (struct intake_range){place->log_start_offset, place->log_end_offset};
        }
    }
}

static bool take_layout(struct intake *intake, struct intake_question *answer, struct intake_event *ret_event)
{
    if (answer->token != intake->generation) {
        return false; /* of an assignment that is over */
    }
    if ((answer->rc == RC_CONFLICT || answer->rc == RC_NOT_FOUND) && ++intake->conflict_count >= CONFLICT_MAX_COUNT) {
        fail(intake, answer->rc, answer->text);
        return false;
    }
    if (answer->rc != RC_OK) {
        if (intake->conflict_count <= 1) { /* once; the end tells again */
            kafka_log_error("intake", RD_KAFKA_RESP_ERR__RETRY, answer->text);
        }
        ask_layout(intake);
        return false;
    }
    intake->conflict_count = 0;
    if (intake->membership != MEMBERSHIP_LISTING) {
        return false; /* asked only for its conflicts */
    }
    kafka_layout_close(&intake->layout);
    intake->layout = answer->layout;
    answer->layout = (struct kafka_layout){0};
    note_state_ranges(intake);
    intake->membership = MEMBERSHIP_ASSIGNED;
    *ret_event = (struct intake_event){
        .kind = INTAKE_ASSIGNED,
        .partitions = intake->partitions,
        .partition_list_count = intake->partition_list_count,
        .state_ranges = intake->state_ranges,
        .tiers_ms = intake->layout.tiers_ms,
        .tier_count = intake->layout.tier_count,
        .partition_count = intake->layout.partition_count,
        .cluster_id = intake->layout.cluster_id == NULL ? "" : intake->layout.cluster_id,
    };
    return true;
}

static void ask_brokers(struct intake *intake)
{
    kafka_helper_ask(intake->asker, intake_question_new(INTAKE_ASK_BROKERS, 0));
}

static void ask_seek(struct intake *intake, const struct intake_stream *stream, int64_t offset)
{
    struct intake_question *question = intake_question_new(INTAKE_ASK_SEEK, stream->seek_token);

    topics_print_name(intake->params->topic_prefix, stream->place.kind, stream->place.tier_ms, question->topic);
    question->partitions = alloc_copy(&stream->place.partition, sizeof stream->place.partition);
    question->partition_list_count = 1;
    question->offset = offset;
    kafka_helper_ask(intake->asker, question);
}

static void take_seek(struct intake *intake, const struct intake_question *answer)
{
    for (size_t i = 0; i < intake->stream_count; i++) {
        struct intake_stream *stream = &intake->streams[i];

        if (stream->seek_token != answer->token) {
            continue; /* none is left if the partition was revoked or sought again */
        }
        if (answer->rc == RC_OK) {
            kafka_stream_end_seek(stream);
        } else if (kafka_stream_drop_read(stream)) {
            ask_seek(intake, stream, answer->offset);
        }
    }
}

static bool judge_answer(struct intake *intake, struct intake_question *answer, struct intake_event *ret_event)
{
    if (answer->rc == RC_OK) {
        note_brokers_up(intake);
    }
    switch (answer->kind) {
    case INTAKE_ASK_LAYOUT:
        return take_layout(intake, answer, ret_event);
    case INTAKE_ASK_LOG_END:
    case INTAKE_ASK_RECORD:
    case INTAKE_ASK_TRIM:
    case INTAKE_ASK_TOPICS:
        kafka_answer_fill(answer, ret_event);
        return true;
    case INTAKE_ASK_BROKERS:
        if (intake->is_down) {
            ask_brokers(intake);
        }
        return false;
    case INTAKE_ASK_SEEK:
        take_seek(intake, answer);
        return false;
    }
    return false;
}

static bool take_answer(struct intake *intake, struct intake_event *ret_event)
{
    struct kafka_helper *helpers[] = {intake->asker, intake->fetcher};

    for (size_t i = 0; i < sizeof helpers / sizeof helpers[0]; i++) {
        struct intake_question *answer;

        while ((answer = kafka_helper_take_answer(helpers[i])) != NULL) {
            if (judge_answer(intake, answer, ret_event)) {
                intake->answer = answer;
                return true;
            }
            intake_question_free(answer);
        }
    }
    return false;
}

static enum rc map_commit_error(rd_kafka_resp_err_t err)
{
    switch (err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return RC_OK;
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR__FATAL:
        return RC_CLOSED;
    default:
        return RC_UNAVAILABLE;
    }
}

/* Of the commit as a whole and of each of its partitions the worst. */
static enum rc judge_commit(const struct intake *intake, rd_kafka_event_t *event)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    enum rc worst = map_commit_error(rd_kafka_event_error(event));

    for (int i = 0; list != NULL && i < list->cnt && worst != RC_CLOSED; i++) {
        enum rc rc = map_commit_error(list->elems[i].err);
        worst = rc == RC_OK ? worst : rc;
    }
    /* A member that was thrown out commits as nobody, which the broker accepts for an empty group. */
    return worst == RC_OK && rd_kafka_assignment_lost(intake->consumer) ? RC_CLOSED : worst;
}

static bool take_commit_event(struct intake *intake, struct intake_event *ret_event)
{
    rd_kafka_event_t *event;

    while ((event = rd_kafka_queue_poll(intake->commit_queue, 0)) != NULL) {
        bool is_commit = rd_kafka_event_type(event) == RD_KAFKA_EVENT_OFFSET_COMMIT;

        if (is_commit) {
            *ret_event = (struct intake_event){
                .kind = INTAKE_COMMITTED,
                .token = (uint64_t)(uintptr_t)rd_kafka_event_opaque(event),
                .rc = judge_commit(intake, event),
            };
            if (ret_event->rc == RC_OK) {
                note_brokers_up(intake);
            }
        }
        rd_kafka_event_destroy(event);
        if (is_commit) {
            return true;
        }
    }
    return false;
}

static void take_assignment(struct intake *intake, const rd_kafka_topic_partition_list_t *list)
{
    close_streams(intake); /* none, unless librdkafka revoked an empty assignment silently */
    free(intake->partitions);
    intake->partitions = alloc_zeroed((size_t)list->cnt + 1, sizeof intake->partitions[0]);
    intake->partition_list_count = (size_t)list->cnt;
    for (int i = 0; i < list->cnt; i++) {
        intake->partitions[i] = list->elems[i].partition;
    }
    intake->generation++;
    intake->is_lost = false;
    intake->membership = MEMBERSHIP_LISTING;
    ask_layout(intake);
}

static bool take_revocation(struct intake *intake, struct intake_event *ret_event)
{
    bool is_told = intake->membership == MEMBERSHIP_ASSIGNED || intake->membership == MEMBERSHIP_STARTED;
    bool is_draining = intake->membership == MEMBERSHIP_REOPENING; /* its end answers both */

    intake->is_lost = rd_kafka_assignment_lost(intake->consumer) != 0;
    intake->membership = MEMBERSHIP_REVOKED;
    intake->generation++; /* a layout that is under way comes too late */
    if (is_draining) {
        return false;
    }
    if (!is_told) {
        intake_finish_revoke(intake);
        return false;
    }
    *ret_event = (struct intake_event){.kind = intake->is_lost ? INTAKE_LOST : INTAKE_REVOKING};
    return true;
}

static void take_group_error(struct intake *intake, rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t err = rd_kafka_event_error(event);

    if (rd_kafka_event_error_is_fatal(event) || err == RD_KAFKA_RESP_ERR__FATAL) {
        fail(intake, RC_CLOSED, rd_kafka_event_error_string(event));
        return;
    }
    if (kafka_is_connection_error(err) && err != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        (void)rc_fail(RC_UNAVAILABLE, intake->down_text, sizeof intake->down_text, "%s",
                      rd_kafka_event_error_string(event));
    }
    kafka_log_error("intake", err, rd_kafka_event_error_string(event));
    if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !intake->is_down) {
        intake->is_down = true;
        add_pending(intake, INTAKE_BROKERS_DOWN, 0, RC_UNAVAILABLE);
        ask_brokers(intake);
    } else if (err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC) {
        ask_layout(intake); /* the subscribed topic is not there: the layout knows what to tell the operator */
    }
}

static bool take_group_event(struct intake *intake, struct intake_event *ret_event)
{
    rd_kafka_event_t *event;
    bool is_taken = false;

    while (!is_taken && (event = rd_kafka_queue_poll(intake->group_queue, 0)) != NULL) {
        rd_kafka_event_type_t type = rd_kafka_event_type(event);

        if (type == RD_KAFKA_EVENT_ERROR) {
            take_group_error(intake, event);
            is_taken = take_pending(intake, ret_event);
        } else if (type == RD_KAFKA_EVENT_REBALANCE &&
                   rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
            take_assignment(intake, rd_kafka_event_topic_partition_list(event));
        } else if (type == RD_KAFKA_EVENT_REBALANCE) {
            is_taken = take_revocation(intake, ret_event);
        }
        rd_kafka_event_destroy(event);
    }
    return is_taken;
}

/* The partitions are given back in the usual way, though only by the worker: the membership stays, and the layout,
 * asked for again, knows what the logs hold. A failed stream cannot be sought: librdkafka has stopped it. */
static bool begin_reopening(struct intake *intake, const struct intake_stream *stream, struct intake_event *ret_event)
{
    log_error("stream_out_of_range", LOG_TEXT("why", stream->failure));
    if (intake->membership != MEMBERSHIP_STARTED) {
        return false;
    }
    intake->membership = MEMBERSHIP_REOPENING;
    *ret_event = (struct intake_event){.kind = INTAKE_REVOKING};
    return true;
}

static bool take_failure(struct intake *intake, struct intake_event *ret_event)
{
    for (size_t i = 0; i < intake->stream_count && intake->untold_count > 0; i++) {
        struct intake_stream *stream = &intake->streams[i];

        if (stream->is_failed && !stream->is_failure_told) {
            stream->is_failure_told = true;
            intake->untold_count--;
            if (stream->is_out_of_range) {
                return begin_reopening(intake, stream, ret_event);
            }
            *ret_event = (struct intake_event){.kind = INTAKE_STREAM_FAILED, .stream = stream, .text = stream->failure};
            return true;
        }
    }
    return false;
}

bool intake_take_event(struct intake *intake, struct intake_event *ret_event)
{
    intake_question_free(intake->answer);
    intake->answer = NULL;
    /* The group's queue must be polled even while other events keep coming: max.poll.interval.ms counts from there, and
     * every source but the group's own is bounded by what the worker asked for. */
    return take_pending(intake, ret_event) || take_answer(intake, ret_event) || take_commit_event(intake, ret_event) ||
           take_group_event(intake, ret_event) || take_failure(intake, ret_event) || take_pending(intake, ret_event);
}

static const struct intake_position *find_position(const struct intake_position *positions, size_t position_count,
                                                   int32_t partition)
{
    for (size_t i = 0; i < position_count; i++) {
        if (positions[i].partition == partition) {
            return &positions[i];
        }
    }
    return NULL;
}

static void start_stream(struct intake *intake, const struct intake_place *place,
                         const struct intake_position *position, rd_kafka_topic_partition_list_t *list)
{
    struct intake_stream *stream = &intake->streams[intake->stream_count++];

    kafka_stream_open(stream, intake->consumer, intake->params->topic_prefix, place, intake->fd, &intake->untold_count);
    if (place->kind == TOPIC_STATE) {
        stream->place.committed_offset = position->state_offset;
        stream->place.first_offset = position->state_offset >= 0 ? position->state_offset : RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_topic_partition_list_add(list, stream->topic, place->partition)->offset = stream->place.first_offset;
}

void intake_start(struct intake *intake, const struct intake_position *positions, size_t position_count)
{
    rd_kafka_topic_partition_list_t *list;
    rd_kafka_resp_err_t err;

    if (intake->membership != MEMBERSHIP_ASSIGNED) {
        return; /* revoked meanwhile */
    }
    /* The queues come off the consumer's before the assignment: their records must never reach that one. */
    list = rd_kafka_topic_partition_list_new((int)intake->layout.place_count);
    intake->streams = alloc_zeroed(intake->layout.place_count + 1, sizeof intake->streams[0]);
    for (size_t i = 0; i < intake->layout.place_count; i++) {
        const struct intake_place *place = &intake->layout.places[i];
        const struct intake_position *position = find_position(positions, position_count, place->partition);

        if (position != NULL) {
            start_stream(intake, place, position, list);
        }
    }
    intake->membership = MEMBERSHIP_STARTED;
    err = rd_kafka_assign(intake->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(intake, RC_CLOSED, rd_kafka_err2str(err));
    }
}

struct intake_stream *intake_get_stream(struct intake *intake, enum topic_kind kind, int64_t tier_ms, int32_t partition)
{
    for (size_t i = 0; i < intake->stream_count; i++) {
        const struct intake_place *place = &intake->streams[i].place;

        if (place->partition == partition && place->kind == kind &&
            (kind != TOPIC_DELAY || place->tier_ms == tier_ms)) {
            return &intake->streams[i];
        }
    }
    return NULL;
}

void intake_seek(struct intake *intake, struct intake_stream *stream, int64_t offset)
{
    if (stream->is_failed) {
        return; /* librdkafka has stopped it */
    }
    kafka_stream_begin_seek(stream, ++intake->seek_token);
    ask_seek(intake, stream, offset >= 0 ? offset : RD_KAFKA_OFFSET_BEGINNING);
}

/* A commit of `state` where reading it began says nothing to anybody, but only a member may make it. */
static void add_proof(const struct intake *intake, rd_kafka_topic_partition_list_t *list)
{
    for (size_t i = 0; i < intake->stream_count; i++) {
        const struct intake_stream *stream = &intake->streams[i];

        if (stream->place.kind == TOPIC_STATE) {
            rd_kafka_topic_partition_list_add(list, stream->topic, stream->place.partition)->offset =
                stream->place.first_offset >= 0 ? stream->place.first_offset : 0;
            return;
        }
    }
}

void intake_commit(struct intake *intake, const struct intake_commit *commits, size_t commit_count, uint64_t token)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)commit_count + 1);
    rd_kafka_resp_err_t err;

    for (size_t i = 0; i < commit_count; i++) {
        const struct intake_stream *stream = commits[i].stream;

        rd_kafka_topic_partition_list_add(list, stream->topic, stream->place.partition)->offset = commits[i].offset;
    }
    if (commit_count == 0) {
        add_proof(intake, list);
    }
    if (list->cnt == 0 || intake->is_lost) {
        add_pending(intake, INTAKE_COMMITTED, token, RC_CLOSED);
        goto out;
    }
    err = rd_kafka_commit_queue(intake->consumer, list, intake->commit_queue, NULL, (void *)(uintptr_t)token);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        add_pending(intake, INTAKE_COMMITTED, token, map_commit_error(err));
    }
out:
    rd_kafka_topic_partition_list_destroy(list);
}

void intake_query_end(struct intake *intake, int32_t partition, uint64_t token)
{
    struct intake_question *question = intake_question_new(INTAKE_ASK_LOG_END, token);

    question->partitions = alloc_copy(&partition, sizeof partition);
    question->partition_list_count = 1;
    kafka_helper_ask(intake->fetcher, question);
}

void intake_fetch(struct intake *intake, const struct coords *coords, uint64_t token)
{
    struct intake_question *question = intake_question_new(INTAKE_ASK_RECORD, token);

    question->coords = *coords;
    kafka_helper_ask(intake->fetcher, question);
}

void intake_trim(struct intake *intake, const struct intake_trim *trims, size_t trim_count, uint64_t token)
{
    struct intake_question *question = intake_question_new(INTAKE_ASK_TRIM, token);

    question->trims = alloc_copy(trims, trim_count * sizeof *trims);
    question->trim_count = trim_count;
    kafka_helper_ask(intake->fetcher, question);
}

void intake_check_topics(struct intake *intake)
{
    struct intake_question *question = intake_question_new(INTAKE_ASK_TOPICS, 0);

    question->audit_window_ms = intake->params->audit_window_ms;
    kafka_helper_ask(intake->fetcher, question);
}

void intake_finish_revoke(struct intake *intake)
{
    bool is_reopening = intake->membership == MEMBERSHIP_REOPENING;

    if (intake->membership != MEMBERSHIP_REVOKED && !is_reopening) {
        return;
    }
    close_streams(intake);
    intake->membership = is_reopening ? MEMBERSHIP_LISTING : MEMBERSHIP_WAITING;
    intake->is_lost = false;
    rd_kafka_assign(intake->consumer, NULL);
    if (is_reopening) {
        intake->generation++;
        ask_layout(intake);
    }
}
