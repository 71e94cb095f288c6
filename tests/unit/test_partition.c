/* A partition that is taken away and comes straight back, without a Kafka: what it asks of the intake and sends is
 * caught by the linker (--wrap). What another's claim in between means is tested with the tail. */
#include "../support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "partition.h"
#include "stats.h"
#include "turns.h"

#define STREAM_COUNT 3
#define TIER_MS 1000
#define EPOCH 5

struct fixture {
    struct stats stats;
    struct params params;
    struct core core;
    struct partition partition;
    struct stream streams[STREAM_COUNT];
};

static struct record_source { /* stands for a stream of the intake; one for each, and `state`'s */
    int64_t start_offset;
    int64_t sought_offset;
} sources[STREAM_COUNT + 1];
static size_t seek_count;
static size_t send_count;
static enum rc send_rc;

struct intake_stream *__wrap_intake_get_stream(struct intake *intake, enum topic_kind kind, int64_t tier_ms,
                                               int32_t partition);
struct intake_stream *__wrap_intake_get_stream(struct intake *intake, enum topic_kind kind, int64_t tier_ms,
                                               int32_t partition)
{
    size_t slot = kind == TOPIC_TASKS ? 0 : kind == TOPIC_CONTROL ? 1 : kind == TOPIC_DELAY ? 2 : STREAM_COUNT;

    (void)intake;
    assert_true(partition == 0 && (tier_ms == TIER_MS) == (kind == TOPIC_DELAY));
    return (struct intake_stream *)&sources[slot];
}

int64_t __wrap_intake_stream_get_start_offset(const struct intake_stream *stream);
int64_t __wrap_intake_stream_get_start_offset(const struct intake_stream *stream)
{
    return ((const struct record_source *)stream)->start_offset;
}

void __wrap_intake_seek(struct intake *intake, struct intake_stream *stream, int64_t offset);
void __wrap_intake_seek(struct intake *intake, struct intake_stream *stream, int64_t offset)
{
    (void)intake;
    ((struct record_source *)stream)->sought_offset = offset;
    seek_count++;
}

enum rc __wrap_emit_send(struct emit *emit, const struct emit_record *record, char *errstr, size_t errstr_bytes);
enum rc __wrap_emit_send(struct emit *emit, const struct emit_record *record, char *errstr, size_t errstr_bytes)
{
    (void)emit;
    (void)record;
    (void)errstr;
    (void)errstr_bytes;
    send_count++;
    return send_rc;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    const enum topic_kind kinds[STREAM_COUNT] = {TOPIC_TASKS, TOPIC_CONTROL, TOPIC_DELAY};

    log_set_fd(-1);
    stats_init(&fixture->stats);
    fixture->params.defer_max_ms = INT64_MAX;
    fixture->core.params = &fixture->params;
    fixture->core.stats = &fixture->stats;
    fixture->core.partition_count = 1;
    fixture->core.now = (struct now){.time_ms = 1800000000000, .mono_ms = 1000};
    fixture->partition.phase = PARTITION_RUN;
    fixture->partition.epoch = EPOCH;
    fixture->partition.highest_epoch = EPOCH;
    fixture->partition.streams = fixture->streams;
    fixture->partition.stream_count = STREAM_COUNT;
    fixture->partition.state.kind = TOPIC_STATE;
    for (size_t i = 0; i < STREAM_COUNT; i++) {
        fixture->streams[i].kind = kinds[i];
        fixture->streams[i].tier_ms = kinds[i] == TOPIC_DELAY ? TIER_MS : 0;
        tracker_init(&fixture->streams[i].tracker, 10);
    }
    memset(sources, 0, sizeof sources);
    for (size_t i = 0; i <= STREAM_COUNT; i++) {
        sources[i] = (struct record_source){.start_offset = 10, .sought_offset = -1};
    }
    seek_count = 0;
    send_count = 0;
    send_rc = RC_OK;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    struct hand *hand;
    struct hand *next;

    HASH_ITER(hh, fixture->partition.hands, hand, next)
    {
        hand_drop(&fixture->core, hand);
    }
    core_close(&fixture->core);
    free(fixture);
    return 0;
}

static struct hand *get_hand(struct fixture *fixture, const char *key)
{
    return hand_get(&fixture->core, &fixture->partition, key, strlen(key));
}

/* A task in memory that waits for its due time, or, is_ready, for its turn; behind it another record of the key. */
static struct taken *hold(struct fixture *fixture, struct hand *hand, bool is_ready)
{
    struct taken *held = calloc(1, sizeof *held);
    struct taken *other = calloc(1, sizeof *other);

    held->hand = hand;
    held->task.url = "http://a.example/";
    hand->held = held;
    if (is_ready) {
        turns_push(&fixture->core, held);
    } else {
        heap_push(&fixture->core.holds, &held->hold);
    }
    taken_list_push(&hand->aside, other);
    return held;
}

static void take_away(struct fixture *fixture)
{
    assert_true(partition_leave(&fixture->core, &fixture->partition));
    assert_int_equal(fixture->partition.phase, PARTITION_AWAY);
}

static void give_back(struct fixture *fixture)
{
    partition_return(&fixture->core, &fixture->partition);
    assert_int_equal(fixture->partition.phase, PARTITION_RESTORE);
}

/* As the tail does when the own claim has come back. */
static void own(struct fixture *fixture)
{
    fixture->partition.phase = PARTITION_RUN;
    partition_begin_owning(&fixture->core, &fixture->partition);
}

static void partition_that_never_ran_has_nothing_to_keep(void **state)
{
    struct fixture *fixture = *state;

    fixture->partition.phase = PARTITION_RESTORE;
    assert_false(partition_leave(&fixture->core, &fixture->partition));
    fixture->partition.phase = PARTITION_CLAIM;
    assert_false(partition_leave(&fixture->core, &fixture->partition));
}

static void partition_that_met_another_owner_keeps_nothing(void **state)
{
    struct fixture *fixture = *state;

    fixture->partition.must_step_down = true;
    assert_false(partition_leave(&fixture->core, &fixture->partition));
}

static void partition_that_drained_is_kept(void **state)
{
    struct fixture *fixture = *state;

    partition_begin_drain(&fixture->partition);
    take_away(fixture);
}

static void memory_is_kept_over_several_rebalances(void **state)
{
    struct fixture *fixture = *state;

    get_hand(fixture, "t:1")->stage = HAND_SEND_ROW;
    take_away(fixture);
    give_back(fixture);
    take_away(fixture); /* before it could claim */
    give_back(fixture);
    partition_send_claim(&fixture->core, &fixture->partition);
    take_away(fixture); /* before the claim came back */
    assert_true(fixture->partition.is_kept);
    assert_non_null(hand_find(&fixture->partition, "t:1", 3));
}

static void what_was_held_waits_aside_while_away(void **state)
{
    struct fixture *fixture = *state;
    struct hand *first = get_hand(fixture, "t:1");
    struct hand *second = get_hand(fixture, "t:2");
    struct taken *waiting = hold(fixture, first, false);
    struct taken *ready = hold(fixture, second, true);

    take_away(fixture);
    assert_int_equal(fixture->core.holds.count, 0);
    assert_int_equal(fixture->core.lanes.task_count, 0);
    assert_ptr_equal(first->aside.first, waiting); /* before what has come after it */
    assert_ptr_equal(second->aside.first, ready);
    assert_false(ready->is_ready);
}

static void nothing_is_written_until_it_owns_again(void **state)
{
    struct fixture *fixture = *state;
    struct hand *hand = get_hand(fixture, "t:1");

    hand->stage = HAND_CALL;
    take_away(fixture);
    hand->plan = (struct plan){.event_count = 1, .events = {{.business_type = "t", .business_id = "1"}}};
    hand_set_stage(hand, HAND_SEND_ROW); /* the attempt has ended */
    hand_wake(&fixture->core, hand);
    hand_advance_all(&fixture->core);
    give_back(fixture);
    hand_wake(&fixture->core, hand);
    hand_advance_all(&fixture->core);
    assert_int_equal(send_count, 0);
    assert_int_equal(hand->stage, HAND_SEND_ROW);
    own(fixture);
    send_count = 0; /* `:offsets` */
    hand_advance_all(&fixture->core);
    assert_int_equal(send_count, 1);
    assert_int_equal(hand->stage, HAND_ROW);
}

static void reading_goes_on_where_it_was(void **state)
{
    struct fixture *fixture = *state;

    tracker_open(&fixture->streams[0].tracker, 10);
    tracker_open(&fixture->streams[0].tracker, 11);
    take_away(fixture);
    give_back(fixture);
    assert_int_equal(seek_count, 0);
    own(fixture);
    assert_int_equal(seek_count, 1); /* nothing was read of the others */
    assert_int_equal(sources[0].sought_offset, 12);
    assert_int_equal(tracker_get_lowest_open(&fixture->streams[0].tracker), 10);
}

static void partition_that_was_not_away_seeks_nothing_when_it_owns(void **state)
{
    struct fixture *fixture = *state;

    tracker_open(&fixture->streams[0].tracker, 10);
    own(fixture);
    assert_int_equal(seek_count, 0);
}

static void what_another_has_consumed_is_not_read_again(void **state)
{
    struct fixture *fixture = *state;

    tracker_open(&fixture->streams[0].tracker, 10);
    get_hand(fixture, "t:1")->stage = HAND_SEND_ROW;
    take_away(fixture);
    sources[0].start_offset = 20; /* committed by another meanwhile */
    give_back(fixture);
    partition_step_down(&fixture->core, &fixture->partition); /* its claim was met */
    assert_null(fixture->partition.hands);
    assert_false(fixture->partition.is_kept);
    assert_int_equal(fixture->partition.epoch, 0);
    assert_int_equal(sources[0].sought_offset, 20);
    assert_int_equal(sources[1].sought_offset, 10);
}

/* By a lower epoch than that of its memory, another's claim would look like an old one. */
static void claim_that_cannot_be_sent_leaves_the_epoch_that_is_kept(void **state)
{
    struct fixture *fixture = *state;

    take_away(fixture);
    give_back(fixture);
    send_rc = RC_FULL;
    partition_send_claim(&fixture->core, &fixture->partition);
    assert_int_equal(fixture->partition.phase, PARTITION_RESTORE);
    assert_int_equal(fixture->partition.epoch, EPOCH);
}

static void offsets_that_do_not_move_are_committed_again_when_all_are_asked_for(void **state)
{
    struct fixture *fixture = *state;
    struct intake_commit commits[STREAM_COUNT + 1];

    for (size_t i = 0; i < STREAM_COUNT; i++) {
        fixture->streams[i].committed_offset = 10;
    }
    tracker_open(&fixture->streams[0].tracker, 10);
    tracker_complete(&fixture->streams[0].tracker, 10);
    assert_int_equal(partition_collect_commits(&fixture->partition, false, commits), 1);
    assert_int_equal(commits[0].offset, 11);
    assert_int_equal(partition_collect_commits(&fixture->partition, true, commits), STREAM_COUNT);
    assert_int_equal(commits[1].offset, 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(partition_that_never_ran_has_nothing_to_keep),
        TEST(partition_that_met_another_owner_keeps_nothing),
        TEST(partition_that_drained_is_kept),
        TEST(memory_is_kept_over_several_rebalances),
        TEST(what_was_held_waits_aside_while_away),
        TEST(nothing_is_written_until_it_owns_again),
        TEST(reading_goes_on_where_it_was),
        TEST(partition_that_was_not_away_seeks_nothing_when_it_owns),
        TEST(what_another_has_consumed_is_not_read_again),
        TEST(claim_that_cannot_be_sent_leaves_the_epoch_that_is_kept),
        TEST(offsets_that_do_not_move_are_committed_again_when_all_are_asked_for),
    };

    return cmocka_run_group_tests_name("partition", tests, NULL, NULL);
}
