/* outage: each change of whether Kafka serves the worker is said once, counted and told to /readyz. */
#include "../support/cmocka_all.h"
#include "log.h"
#include "outage.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    struct outage outage;
    struct stats stats;
    FILE *log;
};

static int set_up(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof *fixture);

    stats_init(&fixture->stats);
    fixture->log = tmpfile();
    assert_non_null(fixture->log);
    log_set_fd(fileno(fixture->log));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    log_flush(true);
    log_set_fd(STDERR_FILENO);
    fclose(fixture->log);
    test_free(fixture);
    return 0;
}

static int count_lines(const struct fixture *fixture, const char *text)
{
    char log[4096] = "";
    int count = 0;
    ssize_t len_bytes = pread(fileno(fixture->log), log, sizeof log - 1, 0);

    assert_true(len_bytes >= 0);
    for (const char *at = log; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    return count;
}

static void wait_for(struct fixture *fixture, int64_t wait_ms, int64_t mono_ms)
{
    outage_note_wait(&fixture->outage, &fixture->stats, wait_ms, mono_ms);
}

static void assert_counts(const struct fixture *fixture, uint64_t outages, int64_t now)
{
    assert_int_equal(fixture->stats.outages_total->value, outages);
    assert_int_equal(fixture->stats.outage->value, now);
}

static void brokers_that_are_away_are_told_of_once_and_when_they_are_back(void **state)
{
    struct fixture *fixture = *state;

    assert_string_equal(outage_get_reason(&fixture->outage), "");
    outage_note_down(&fixture->outage, &fixture->stats, "refused", 20000);
    outage_note_down(&fixture->outage, &fixture->stats, "refused", 21000);
    wait_for(fixture, 30000, 50000);
    assert_string_equal(outage_get_reason(&fixture->outage), "no broker answers");
    assert_counts(fixture, 1, 1);
    outage_note_up(&fixture->outage, &fixture->stats, 80000);
    outage_note_up(&fixture->outage, &fixture->stats, 80001);
    assert_string_equal(outage_get_reason(&fixture->outage), "");
    assert_counts(fixture, 1, 0);
    assert_int_equal(count_lines(fixture, "level=warn msg=brokers_down why=refused\n"), 1);
    assert_int_equal(count_lines(fixture, "level=info msg=brokers_up after_ms=60000\n"), 1);
    assert_int_equal(count_lines(fixture, "\n"), 2);
}

static void writes_that_wait_are_told_of_once_and_when_none_does(void **state)
{
    struct fixture *fixture = *state;

    wait_for(fixture, OUTAGE_WAIT_MS - 1, 30000);
    assert_counts(fixture, 0, 0);
    wait_for(fixture, OUTAGE_WAIT_MS, 30001);
    wait_for(fixture, OUTAGE_WAIT_MS + 5000, 35001);
    assert_string_equal(outage_get_reason(&fixture->outage), "writes are not acknowledged");
    assert_counts(fixture, 1, 1);
    assert_int_equal(fixture->stats.write_wait_seconds->value, (OUTAGE_WAIT_MS + 5000) * 1000);
    wait_for(fixture, 3, 36001);
    assert_counts(fixture, 1, 0);
    assert_int_equal(count_lines(fixture, "level=warn msg=writes_waiting wait_ms=10000\n"), 1);
    assert_int_equal(count_lines(fixture, "level=info msg=writes_acknowledged after_ms=6000\n"), 1);
    assert_int_equal(count_lines(fixture, "\n"), 2);
}

static void what_waited_for_the_brokers_gets_time_to_be_sent(void **state)
{
    struct fixture *fixture = *state;

    outage_note_down(&fixture->outage, &fixture->stats, NULL, 20000);
    outage_note_up(&fixture->outage, &fixture->stats, 80000);
    wait_for(fixture, 60000, 80000 + OUTAGE_WAIT_MS - 1);
    assert_int_equal(count_lines(fixture, "msg=writes_waiting"), 0);
    wait_for(fixture, 70000, 80000 + OUTAGE_WAIT_MS);
    assert_int_equal(count_lines(fixture, "msg=writes_waiting"), 1);
    assert_counts(fixture, 2, 1);
}

static void waiting_that_becomes_an_outage_of_all_brokers_is_one_outage(void **state)
{
    struct fixture *fixture = *state;

    wait_for(fixture, OUTAGE_WAIT_MS, 30000);
    outage_note_down(&fixture->outage, &fixture->stats, "gone", 40000);
    wait_for(fixture, 0, 45000); /* nothing waits: that does not make a broker answer */
    assert_string_equal(outage_get_reason(&fixture->outage), "no broker answers");
    outage_note_up(&fixture->outage, &fixture->stats, 50000);
    assert_counts(fixture, 1, 0);
    assert_int_equal(count_lines(fixture, "msg=brokers_up after_ms=20000\n"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(brokers_that_are_away_are_told_of_once_and_when_they_are_back),
        TEST(writes_that_wait_are_told_of_once_and_when_none_does),
        TEST(what_waited_for_the_brokers_gets_time_to_be_sent),
        TEST(waiting_that_becomes_an_outage_of_all_brokers_is_one_outage),
    };

    return cmocka_run_group_tests_name("outage", tests, NULL, NULL);
}
