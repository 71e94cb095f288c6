/* The tail's judgement of claims, on a store on disk and without a Kafka: one record of `state` at a time is put in by
 * the linker (--wrap). */
#include "../support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "state_text.h"
#include "stats.h"
#include "store_fixture.h"
#include "tail.h"

#define EPOCH 5
#define NONCE UINT64_C(77)

struct fixture {
    struct store_fixture *store;
    struct stats stats;
    struct core core;
    struct partition partition;
};

static const struct record *next_record;
static int64_t next_offset;
static int64_t next_append_time_ms;

bool __wrap_intake_read(struct intake_stream *stream, struct record *ret_record);
bool __wrap_intake_read(struct intake_stream *stream, struct record *ret_record)
{
    (void)stream;
    if (next_record == NULL) {
        return false;
    }
    *ret_record = *next_record;
    ret_record->offset = next_offset++;
    next_record = NULL;
    return true;
}

void __wrap_intake_release_record(struct record *record);
void __wrap_intake_release_record(struct record *record)
{
    (void)record;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    void *store = NULL;

    assert_int_equal(store_fixture_set_up(&store), 0);
    fixture->store = store;
    stats_init(&fixture->stats);
    clock_init(&fixture->core.clock);
    fixture->core.stats = &fixture->stats;
    fixture->core.partition_count = STORE_FIXTURE_PARTITION_COUNT;
    fixture->partition.store = fixture->store->store;
    fixture->partition.phase = PARTITION_CLAIM;
    fixture->partition.epoch = EPOCH;
    fixture->partition.nonce = NONCE;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    void *store = fixture->store;

    store_fixture_tear_down(&store);
    free(fixture);
    return 0;
}

static void read_claim(struct fixture *fixture, int64_t epoch, uint64_t nonce)
{
    char key[STATE_TEXT_CLAIM_MAX_BYTES];
    char header_text[HEADER_TEXT_MAX_BYTES];
    const struct header header = {.epoch = epoch};
    const struct record record = {.kind = TOPIC_STATE,
                                  .append_time_ms = next_append_time_ms,
                                  .key = key,
                                  .key_bytes = state_text_print_claim(epoch, nonce, key),
                                  .value = "{\"partition_count\":16}",
                                  .value_bytes = strlen("{\"partition_count\":16}"),
                                  .header = header_text,
                                  .header_bytes = header_print(&header, header_text)};

    next_record = &record;
    assert_false(tail_read(&fixture->core, &fixture->partition, INT64_MAX));
    assert_null(next_record);
}

static void sent_before_ms(struct fixture *fixture, int64_t age_ms)
{
    fixture->partition.claim_mono_ms = clock_read(&fixture->core.clock).mono_ms - age_ms;
}

static void own_claim_that_comes_back_soon_owns(void **state)
{
    struct fixture *fixture = *state;

    sent_before_ms(fixture, TAIL_CLAIM_AGE_MAX_MS / 2);
    read_claim(fixture, EPOCH, NONCE);
    assert_int_equal(fixture->partition.phase, PARTITION_RUN);
    assert_true(fixture->partition.is_new_owner);
}

static void own_claim_that_was_too_long_on_its_way_is_none(void **state)
{
    struct fixture *fixture = *state;

    sent_before_ms(fixture, TAIL_CLAIM_AGE_MAX_MS + 1);
    read_claim(fixture, EPOCH, NONCE);
    assert_int_equal(fixture->partition.phase, PARTITION_RESTORE);
    assert_int_equal(fixture->partition.epoch, 0);
    assert_false(fixture->partition.is_new_owner);
    assert_int_equal(fixture->partition.highest_epoch, EPOCH); /* the next claim is above it */
}

static void second_copy_of_a_slow_claim_does_not_count_either(void **state)
{
    struct fixture *fixture = *state;

    sent_before_ms(fixture, TAIL_CLAIM_AGE_MAX_MS + 1);
    read_claim(fixture, EPOCH, NONCE);
    read_claim(fixture, EPOCH, NONCE);
    assert_int_equal(fixture->partition.phase, PARTITION_RESTORE);
}

static void second_copy_that_comes_late_does_not_end_an_owner(void **state)
{
    struct fixture *fixture = *state;

    sent_before_ms(fixture, 0);
    read_claim(fixture, EPOCH, NONCE);
    sent_before_ms(fixture, TAIL_CLAIM_AGE_MAX_MS + 1);
    read_claim(fixture, EPOCH, NONCE);
    assert_int_equal(fixture->partition.phase, PARTITION_RUN);
    assert_false(fixture->partition.must_step_down);
}

static void claimant_who_meets_anothers_claim_of_its_epoch_first_starts_again(void **state)
{
    struct fixture *fixture = *state;

    sent_before_ms(fixture, 0);
    read_claim(fixture, EPOCH, NONCE + 1);
    assert_int_equal(fixture->partition.phase, PARTITION_RESTORE);
    read_claim(fixture, EPOCH, NONCE);
    assert_int_equal(fixture->partition.phase, PARTITION_RESTORE);
}

static void owner_who_meets_anothers_claim_of_its_epoch_steps_down(void **state)
{
    struct fixture *fixture = *state;

    sent_before_ms(fixture, 0);
    read_claim(fixture, EPOCH, NONCE);
    read_claim(fixture, EPOCH, NONCE + 1);
    assert_true(fixture->partition.must_step_down);
}

static void claim_below_the_own_is_passed_over(void **state)
{
    struct fixture *fixture = *state;

    sent_before_ms(fixture, 0);
    read_claim(fixture, EPOCH - 1, NONCE + 1);
    assert_int_equal(fixture->partition.phase, PARTITION_CLAIM);
}

/* What is logged when the own claim comes back after the partition had no owner for so long. */
static void read_claim_after(struct fixture *fixture, int64_t gap_ms, char *ret_log, size_t log_bytes)
{
    FILE *log = tmpfile();
    size_t read_bytes;

    assert_non_null(log);
    log_set_fd(fileno(log));
    sent_before_ms(fixture, 0);
    next_append_time_ms = clock_read(&fixture->core.clock).time_ms;
    fixture->partition.state_time_ms = next_append_time_ms - gap_ms;
    read_claim(fixture, EPOCH, NONCE);
    log_flush(true);
    log_set_fd(STDERR_FILENO);
    rewind(log);
    read_bytes = fread(ret_log, 1, log_bytes - 1, log);
    ret_log[read_bytes] = '\0';
    fclose(log);
}

static void a_gap_longer_than_the_compaction_lag_is_told(void **state)
{
    struct fixture *fixture = *state;
    char log[1024];

    read_claim_after(fixture, 86400001, log, sizeof log);
    assert_non_null(
        strstr(log, "msg=partition_long_unowned partition=0 gap_ms=86400001 min_compaction_lag_ms=86400000"));
    assert_int_equal(fixture->partition.phase, PARTITION_RUN);
    assert_int_equal(fixture->partition.state_time_ms, next_append_time_ms);
}

static void a_shorter_gap_is_not_told(void **state)
{
    char log[1024];

    read_claim_after(*state, 86400000, log, sizeof log);
    assert_string_equal(log, "");
}

static void a_gap_is_held_against_the_lag_that_the_topic_has(void **state)
{
    struct fixture *fixture = *state;
    char log[1024];

    fixture->core.topic_watch.compaction_lag_ms = 2 * INT64_C(86400000);
    read_claim_after(fixture, 86400001, log, sizeof log);
    assert_string_equal(log, "");
}

static void the_first_claim_of_all_is_after_no_gap(void **state)
{
    char log[1024];

    read_claim_after(*state, clock_read(&((struct fixture *)*state)->core.clock).time_ms, log, sizeof log);
    assert_string_equal(log, "");
}

/* Given back, and not claimed anew yet: what is in memory is that of the own claim of EPOCH. */
static void come_back(struct fixture *fixture)
{
    fixture->partition.is_kept = true;
    fixture->partition.phase = PARTITION_RESTORE;
    sent_before_ms(fixture, 0);
}

static void anothers_claim_ends_what_is_kept(void **state)
{
    struct fixture *fixture = *state;

    come_back(fixture);
    read_claim(fixture, EPOCH + 1, NONCE + 1);
    assert_true(fixture->partition.must_step_down);
}

static void own_claim_that_was_not_read_before_it_was_away_keeps(void **state)
{
    struct fixture *fixture = *state;

    come_back(fixture);
    read_claim(fixture, EPOCH - 1, NONCE + 1);
    read_claim(fixture, EPOCH, NONCE);
    assert_false(fixture->partition.must_step_down);
    assert_int_equal(fixture->partition.phase, PARTITION_RESTORE);
}

static void renewed_claim_keeps(void **state)
{
    struct fixture *fixture = *state;

    come_back(fixture);
    fixture->partition.phase = PARTITION_CLAIM;
    read_claim(fixture, EPOCH, NONCE);
    assert_int_equal(fixture->partition.phase, PARTITION_RUN);
    assert_false(fixture->partition.must_step_down);
}

static void anothers_claim_before_the_renewed_one_ends_what_is_kept(void **state)
{
    struct fixture *fixture = *state;

    come_back(fixture);
    fixture->partition.phase = PARTITION_CLAIM;
    read_claim(fixture, EPOCH, NONCE + 1);
    assert_true(fixture->partition.must_step_down);
}

static void renewed_claim_that_was_too_long_on_its_way_ends_what_is_kept(void **state)
{
    struct fixture *fixture = *state;

    come_back(fixture);
    fixture->partition.phase = PARTITION_CLAIM;
    sent_before_ms(fixture, TAIL_CLAIM_AGE_MAX_MS + 1);
    read_claim(fixture, EPOCH, NONCE);
    assert_true(fixture->partition.must_step_down);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(own_claim_that_comes_back_soon_owns),
        TEST(own_claim_that_was_too_long_on_its_way_is_none),
        TEST(second_copy_of_a_slow_claim_does_not_count_either),
        TEST(second_copy_that_comes_late_does_not_end_an_owner),
        TEST(claimant_who_meets_anothers_claim_of_its_epoch_first_starts_again),
        TEST(owner_who_meets_anothers_claim_of_its_epoch_steps_down),
        TEST(claim_below_the_own_is_passed_over),
        TEST(a_gap_longer_than_the_compaction_lag_is_told),
        TEST(a_shorter_gap_is_not_told),
        TEST(a_gap_is_held_against_the_lag_that_the_topic_has),
        TEST(the_first_claim_of_all_is_after_no_gap),
        TEST(anothers_claim_ends_what_is_kept),
        TEST(own_claim_that_was_not_read_before_it_was_away_keeps),
        TEST(renewed_claim_keeps),
        TEST(anothers_claim_before_the_renewed_one_ends_what_is_kept),
        TEST(renewed_claim_that_was_too_long_on_its_way_ends_what_is_kept),
    };

    return cmocka_run_group_tests_name("tail", tests, NULL, NULL);
}
