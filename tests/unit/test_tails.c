/* How long the tails of many partitions may keep a turn, with a clock and tails of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "partition.h"
#include "tail.h"
#include "tails.h"

#define PARTITION_COUNT 16
#define ENDLESS 1000000

/* What takes the place of tail and clock. */
static struct {
    int64_t mono_us;
    int64_t batch_us;                     /* what reading a batch takes */
    int batches_left[PARTITION_COUNT];    /* of each partition */
    int reads[PARTITION_COUNT];           /* of each partition */
    int32_t order[PARTITION_COUNT * 100]; /* numbers as they were read */
    int read_count;
    bool is_busy[PARTITION_COUNT]; /* the database of each partition */
} fake;

struct now clock_read(const struct clock *clock)
{
    (void)clock;
    return (struct now){.time_ms = fake.mono_us / 1000, .mono_ms = fake.mono_us / 1000};
}

bool tail_read(struct core *core, struct partition *partition, int64_t deadline_mono_ms)
{
    (void)core;
    (void)deadline_mono_ms;
    fake.order[fake.read_count++] = partition->number;
    fake.reads[partition->number]++;
    if (fake.batches_left[partition->number] == 0) {
        return false;
    }
    fake.mono_us += fake.batch_us;
    return --fake.batches_left[partition->number] > 0;
}

/* The number of the partition stands in place of a store. */
bool store_is_busy(struct store *store)
{
    return fake.is_busy[(uintptr_t)store - 1];
}

void tail_commit(struct core *core, struct partition *partition)
{
    (void)core;
    (void)partition;
}

struct fixture {
    struct core core;
    struct partition partitions[PARTITION_COUNT];
    struct stats stats;
    int32_t next_number;
    bool is_busy;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    memset(&fake, 0, sizeof fake);
    fake.batch_us = 700;
    fixture->core.stats = &fixture->stats;
    fixture->core.partition_count = PARTITION_COUNT;
    fixture->core.owned = calloc(PARTITION_COUNT, sizeof(struct partition *));
    assert_non_null(fixture->core.owned);
    for (int32_t i = 0; i < PARTITION_COUNT; i++) {
        fixture->partitions[i].number = i;
        fixture->partitions[i].phase = PARTITION_RESTORE;
        fixture->partitions[i].store = (struct store *)(uintptr_t)(i + 1);
        fixture->core.owned[i] = &fixture->partitions[i];
        fake.batches_left[i] = ENDLESS;
    }
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    free(fixture->core.owned);
    free(fixture);
    return 0;
}

static bool turn(struct fixture *fixture)
{
    fake.read_count = 0;
    fixture->core.now = clock_read(&fixture->core.clock);
    return tails_read(&fixture->core, &fixture->next_number, &fixture->is_busy);
}

static void a_turn_of_many_restoring_partitions_takes_five_ms_and_one_batch_at_most(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 20; i++) {
        int64_t start_us = fake.mono_us;

        assert_true(turn(fixture));
        assert_in_range(fake.mono_us - start_us, 4000, TAILS_TURN_MS * 1000 + fake.batch_us);
    }
}

static void all_restoring_partitions_get_the_same_share(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 100; i++) {
        assert_true(turn(fixture));
    }
    for (int i = 1; i < PARTITION_COUNT; i++) {
        assert_in_range(fake.reads[i], fake.reads[0] - 1, fake.reads[0] + 1);
    }
}

static void one_restoring_partition_is_read_for_the_whole_time(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 1; i < PARTITION_COUNT; i++) {
        fake.batches_left[i] = 0;
    }
    assert_true(turn(fixture));
    assert_true(fake.reads[0] > 5);
    assert_in_range(fake.mono_us, TAILS_TURN_MS * 1000, TAILS_TURN_MS * 1000 + fake.batch_us);
}

static void ready_partitions_are_read_once_before_any_that_restores(void **state)
{
    struct fixture *fixture = *state;

    fixture->partitions[3].phase = PARTITION_RUN;
    fixture->partitions[9].phase = PARTITION_CLAIM;
    fixture->partitions[12].phase = PARTITION_DRAIN;
    assert_true(turn(fixture));
    assert_int_equal(fake.order[0], 3);
    assert_int_equal(fake.order[1], 9);
    assert_int_equal(fake.order[2], 12);
    assert_int_equal(fake.order[3], 0);
    assert_int_equal(fake.reads[3] + fake.reads[9] + fake.reads[12], 3);
}

static void restoring_goes_on_though_ready_partitions_use_up_the_time(void **state)
{
    struct fixture *fixture = *state;

    fake.batch_us = 3000;
    fixture->partitions[0].phase = PARTITION_RUN;
    fixture->partitions[1].phase = PARTITION_RUN;
    assert_true(turn(fixture));
    assert_int_equal(fake.read_count, 3);
    assert_int_equal(fake.order[2], 2);
    assert_true(turn(fixture));
    assert_int_equal(fake.order[2], 3);
}

static void without_anything_to_read_each_is_asked_once(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < PARTITION_COUNT; i++) {
        fake.batches_left[i] = 0;
    }
    fixture->core.owned[5] = NULL;
    assert_false(turn(fixture));
    assert_int_equal(fake.read_count, PARTITION_COUNT - 1);
}

static void a_partition_whose_database_is_behind_is_left_out_and_told(void **state)
{
    struct fixture *fixture = *state;

    fake.is_busy[4] = true;
    assert_true(turn(fixture));
    assert_true(fixture->is_busy);
    assert_int_equal(fake.reads[4], 0);
    assert_int_equal(fake.reads[5], 1);
    assert_true(stats_get(fixture->stats.restore_waits_total) > 0);
    fake.is_busy[4] = false;
    for (int i = 0; i < 3; i++) {
        assert_true(turn(fixture));
    }
    assert_false(fixture->is_busy);
    assert_true(fake.reads[4] > 0);
}

static void with_all_databases_behind_the_turn_ends_and_is_to_come_again(void **state)
{
    struct fixture *fixture = *state;

    memset(fake.is_busy, 1, sizeof fake.is_busy);
    assert_false(turn(fixture));
    assert_true(fixture->is_busy);
    assert_int_equal(fake.read_count, 0);
}

/* Its calls wait for the rows. */
static void a_ready_partition_is_read_though_its_database_is_behind(void **state)
{
    struct fixture *fixture = *state;

    fake.is_busy[3] = true;
    fixture->partitions[3].phase = PARTITION_RUN;
    assert_true(turn(fixture));
    assert_int_equal(fake.order[0], 3);
}

static void a_worker_without_partitions_reads_nothing(void **state)
{
    struct fixture *fixture = *state;

    fixture->core.partition_count = 0;
    assert_false(turn(fixture));
    assert_int_equal(fake.read_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_turn_of_many_restoring_partitions_takes_five_ms_and_one_batch_at_most),
        TEST(all_restoring_partitions_get_the_same_share),
        TEST(one_restoring_partition_is_read_for_the_whole_time),
        TEST(ready_partitions_are_read_once_before_any_that_restores),
        TEST(restoring_goes_on_though_ready_partitions_use_up_the_time),
        TEST(without_anything_to_read_each_is_asked_once),
        TEST(a_partition_whose_database_is_behind_is_left_out_and_told),
        TEST(with_all_databases_behind_the_turn_ends_and_is_to_come_again),
        TEST(a_ready_partition_is_read_though_its_database_is_behind),
        TEST(a_worker_without_partitions_reads_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
