/* stats: what is counted, and that its text is what Prometheus reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

static char *print(const struct stats *stats)
{
    struct buffer buffer = {0};

    stats_print_prometheus(stats, &buffer);
    assert_true(buffer_is_ok(&buffer));
    return buffer.data;
}

/* The value of a series, the rest of its line; fails if the series is not there exactly once. */
static const char *find_series(const char *text, const char *series)
{
    static char value[64];
    size_t series_bytes = strlen(series);
    size_t found = 0;

    for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
        if (strncmp(line, series, series_bytes) != 0 || line[series_bytes] != ' ')
            continue;
        found++;
        size_t value_bytes = strcspn(line + series_bytes + 1, "\n");
        memcpy(value, line + series_bytes + 1, value_bytes);
        value[value_bytes] = '\0';
    }
    if (found != 1)
        fail_msg("%s stands there %zu times", series, found);
    return value;
}

static void assert_series(const struct stats *stats, const char *series, const char *expected)
{
    char *text = print(stats);

    assert_string_equal(find_series(text, series), expected);
    free(text);
}

static void counters_count_by_label(void **state)
{
    struct stats stats;

    (void)state;
    stats_init(&stats);
    stats_add(&stats.attempts_total[STATS_CLASS_DNS], 2);
    stats_add(&stats.attempts_total[STATS_CLASS_DNS], 1);
    stats_add(stats.hops_total, 7);
    assert_int_equal(stats_get(&stats.attempts_total[STATS_CLASS_DNS]), 3);
    assert_series(&stats, "autohttp_attempts_total{class=\"dns\"}", "3");
    assert_series(&stats, "autohttp_attempts_total{class=\"tls\"}", "0");
    assert_series(&stats, "autohttp_hops_total", "7");
}

static void pairs_of_labels_do_not_mix(void **state)
{
    struct stats stats;

    (void)state;
    stats_init(&stats);
    for (int command = 0; command < STATS_COMMAND_COUNT; command++)
        for (int result = 0; result < STATS_RESULT_COUNT; result++)
            stats_add(&stats.commands_total[STATS_PAIR(command, RESULT, result)], (uint64_t)(10 * command + result));
    assert_series(&stats, "autohttp_commands_total{command=\"stop\",result=\"applied\"}", "0");
    assert_series(&stats, "autohttp_commands_total{command=\"stop\",result=\"invalid\"}", "3");
    assert_series(&stats, "autohttp_commands_total{command=\"delete\",result=\"no_effect\"}", "21");
    assert_series(&stats, "autohttp_commands_total{command=\"unknown\",result=\"invalid\"}", "33");
}

static void gauges_go_both_ways_and_raise_only_up(void **state)
{
    struct stats stats;

    (void)state;
    stats_init(&stats);
    stats_set(&stats.partitions[STATS_PHASE_RUN], 16);
    stats_set(&stats.partitions[STATS_PHASE_RUN], 3);
    stats_raise(stats.loop_turn_max_seconds, 1500);
    stats_raise(stats.loop_turn_max_seconds, 900);
    stats_set(stats.memory_used_bytes, -1);
    assert_series(&stats, "autohttp_partitions{phase=\"run\"}", "3");
    assert_series(&stats, "autohttp_loop_turn_max_seconds", "0.0015");
    assert_series(&stats, "autohttp_memory_used_bytes", "-1");
}

static void histogram_buckets_are_cumulative_and_end_in_inf(void **state)
{
    static const int64_t observed_us[] = {-5, 0, 1000, 1001, 60000000, 60000001};
    struct stats stats;

    (void)state;
    stats_init(&stats);
    for (size_t i = 0; i < sizeof observed_us / sizeof observed_us[0]; i++)
        stats_observe(&stats.lateness_seconds, observed_us[i]);
    assert_int_equal(stats_get_count(&stats.lateness_seconds), 6);
    assert_series(&stats, "autohttp_lateness_seconds_bucket{le=\"0.001\"}", "3");
    assert_series(&stats, "autohttp_lateness_seconds_bucket{le=\"0.002\"}", "4");
    assert_series(&stats, "autohttp_lateness_seconds_bucket{le=\"30\"}", "4");
    assert_series(&stats, "autohttp_lateness_seconds_bucket{le=\"60\"}", "5");
    assert_series(&stats, "autohttp_lateness_seconds_bucket{le=\"+Inf\"}", "6");
    assert_series(&stats, "autohttp_lateness_seconds_count", "6");
    assert_series(&stats, "autohttp_lateness_seconds_sum", "120.002002");
}

static void histogram_bounds_rise(void **state)
{
    struct stats stats;
    const struct stats_histogram *histograms[] = {&stats.lateness_seconds, &stats.attempt_duration_seconds,
                                                  &stats.loop_turn_seconds};

    (void)state;
    stats_init(&stats);
    for (size_t i = 0; i < 3; i++) {
        assert_in_range(histograms[i]->bound_count, 2, STATS_BUCKET_MAX);
        for (size_t n = 1; n < histograms[i]->bound_count; n++)
            assert_true(histograms[i]->bounds_us[n] > histograms[i]->bounds_us[n - 1]);
    }
}

static bool is_name(const char *text, size_t text_bytes)
{
    for (size_t i = 0; i < text_bytes; i++)
        if (!islower((unsigned char)text[i]) && !isdigit((unsigned char)text[i]) && text[i] != '_')
            return false;
    return text_bytes > strlen("autohttp_") && strncmp(text, "autohttp_", strlen("autohttp_")) == 0;
}

static bool ends_with(const char *text, size_t text_bytes, const char *end)
{
    return text_bytes >= strlen(end) && strncmp(text + text_bytes - strlen(end), end, strlen(end)) == 0;
}

/* One metric's block: # HELP, # TYPE, then its series and nothing else. Returns what follows it. */
static const char *check_block(const char *text)
{
    const char *name = text + strlen("# HELP ");
    size_t name_bytes = strcspn(name, " ");
    const char *line = strchr(text, '\n') + 1;
    bool is_counter = false;
    size_t series_count = 0;

    assert_int_equal(strncmp(text, "# HELP ", 7), 0);
    assert_true(is_name(name, name_bytes));
    assert_int_equal(name[strcspn(name, "\n") - 1], '.');
    assert_int_equal(strncmp(line, "# TYPE ", 7), 0);
    assert_int_equal(strncmp(line + 7, name, name_bytes + 1), 0);
    is_counter = strncmp(line + 7 + name_bytes, " counter\n", 9) == 0;
    assert_int_equal(ends_with(name, name_bytes, "_total"), is_counter);
    for (line = strchr(line, '\n') + 1; *line != '\0' && *line != '#'; line = strchr(line, '\n') + 1) {
        assert_int_equal(strncmp(line, name, name_bytes), 0);
        assert_non_null(strchr(" {_", line[name_bytes]));
        series_count++;
    }
    assert_true(series_count > 0);
    return line;
}

static void every_metric_has_help_type_and_a_name_by_the_rules(void **state)
{
    struct stats stats;
    char *text = NULL;
    size_t count = 0;

    (void)state;
    stats_init(&stats);
    text = print(&stats);
    for (const char *block = text; *block != '\0'; block = check_block(block))
        count++;
    assert_true(count > 25);
    assert_int_equal(text[strlen(text) - 1], '\n');
    assert_string_equal(find_series(text, "autohttp_build_info{version=\"" AUTOHTTP_VERSION "\"}"), "1");
    free(text);
}

static void *count_up(void *opaque)
{
    struct stats *stats = opaque;

    for (int i = 0; i < 200000; i++) {
        stats_add(stats->hops_total, 1);
        stats_observe(&stats->loop_turn_seconds, i);
    }
    return NULL;
}

static void a_reader_sees_count_equal_to_the_last_bucket_while_the_loop_counts(void **state)
{
    struct stats stats;
    pthread_t thread;

    (void)state;
    stats_init(&stats);
    assert_int_equal(pthread_create(&thread, NULL, count_up, &stats), 0);
    for (int i = 0; i < 50; i++) {
        char *text = print(&stats);
        char last[64];

        snprintf(last, sizeof last, "%s", find_series(text, "autohttp_loop_turn_seconds_bucket{le=\"+Inf\"}"));
        assert_string_equal(find_series(text, "autohttp_loop_turn_seconds_count"), last);
        free(text);
    }
    pthread_join(thread, NULL);
    assert_series(&stats, "autohttp_hops_total", "200000");
    assert_series(&stats, "autohttp_loop_turn_seconds_count", "200000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_count_by_label),
        cmocka_unit_test(pairs_of_labels_do_not_mix),
        cmocka_unit_test(gauges_go_both_ways_and_raise_only_up),
        cmocka_unit_test(histogram_buckets_are_cumulative_and_end_in_inf),
        cmocka_unit_test(histogram_bounds_rise),
        cmocka_unit_test(every_metric_has_help_type_and_a_name_by_the_rules),
        cmocka_unit_test(a_reader_sees_count_equal_to_the_last_bucket_while_the_loop_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
