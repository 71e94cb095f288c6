#include "topics.h"

#include <stdlib.h>

#include "unit_table.h"

#define WEEK_MS (INT64_C(7) * 24 * 60 * 60 * 1000)

static struct topics *make_topics(const int64_t *wait_ms, size_t wait_count, int16_t replication_factor)
{
    struct topics *topics = malloc(sizeof *topics);
    char errstr[160] = "";

    assert_non_null(topics);
    assert_int_equal(
        topics_init("autohttp", 16, replication_factor, wait_ms, wait_count, WEEK_MS, topics, errstr, sizeof errstr),
        RC_OK);
    return topics;
}

static const struct topic *find_topic(const struct topics *topics, const char *name)
{
    for (size_t i = 0; i < topics->count; i++) {
        if (strcmp(topics->list[i].name, name) == 0)
            return &topics->list[i];
    }
    fail_msg("no topic %s", name);
    return NULL;
}

static const char *find_config(const struct topic *topic, const char *name)
{
    for (size_t i = 0; i < topic->config_count; i++) {
        if (strcmp(topic->configs[i].name, name) == 0)
            return topic->configs[i].value;
    }
    return "(absent)";
}

struct setting {
    const char *name; /* of the test */
    const char *topic;
    const char *config;
    const char *value;
};

static const struct setting settings[] = {
    {"tasks_never_expire", "autohttp.tasks", "retention.ms", "-1"},
    {"tasks_are_not_limited_in_size", "autohttp.tasks", "retention.bytes", "-1"},
    {"tasks_are_not_compacted", "autohttp.tasks", "cleanup.policy", "delete"},
    {"tasks_take_a_task_and_its_headers", "autohttp.tasks", "max.message.bytes", "2162688"},
    {"tiers_never_expire", "autohttp.delay.5000ms", "retention.ms", "-1"},
    {"tiers_take_what_tasks_take_and_64_kib", "autohttp.delay.0ms", "max.message.bytes", "2228224"},
    {"state_is_compacted", "autohttp.state", "cleanup.policy", "compact"},
    {"state_is_compacted_after_a_day", "autohttp.state", "min.compaction.lag.ms", "86400000"},
    {"state_keeps_tombstones_for_a_day", "autohttp.state", "delete.retention.ms", "86400000"},
    {"state_is_compacted_when_small", "autohttp.state", "min.cleanable.dirty.ratio", "0.1"},
    {"commands_are_kept_7_days", "autohttp.control", "retention.ms", "604800000"},
    {"events_are_kept_for_the_audit_window", "autohttp.events", "retention.ms", "604800000"},
    {"dead_letters_are_kept_30_days", "autohttp.dead", "retention.ms", "2592000000"},
    {"dead_letters_are_not_limited_in_number", "autohttp.dead", "retention.bytes", "-1"},
    {"dead_letters_take_what_tasks_take_and_64_kib", "autohttp.dead", "max.message.bytes", "2228224"},
};

static void setting_has_its_value(void **state)
{
    const struct setting *row = *state;
    struct topics *topics = make_topics(NULL, 0, 1);

    assert_string_equal(find_config(find_topic(topics, row->topic), row->config), row->value);
    free(topics);
}

static void every_topic_has_append_times_and_small_segments(void **state)
{
    struct topics *topics = make_topics(NULL, 0, 1);

    (void)state;
    assert_int_equal(topics->count, 5 + 15);
    for (size_t i = 0; i < topics->count; i++) {
        const struct topic *topic = &topics->list[i];

        assert_string_equal(find_config(topic, "message.timestamp.type"), "LogAppendTime");
        assert_string_equal(find_config(topic, "segment.bytes"), "67108864");
        assert_string_equal(find_config(topic, "segment.ms"), "3600000");
        assert_string_equal(find_config(topic, "min.insync.replicas"), "1");
        assert_true(topic->config_count <= TOPICS_CONFIG_MAX);
    }
    free(topics);
}

static void three_replicas_need_two_in_sync(void **state)
{
    struct topics *topics = make_topics(NULL, 0, 3);

    (void)state;
    assert_string_equal(find_config(&topics->list[0], "min.insync.replicas"), "2");
    free(topics);
}

static void own_waits_become_tiers_in_order_and_once(void **state)
{
    static const int64_t wait_ms[] = {27000, 200, 60000, 27000, 24 * 3600 * 1000, 24 * 3600 * 1000 + 1};
    struct topics *topics = make_topics(wait_ms, sizeof wait_ms / sizeof wait_ms[0], 1);

    (void)state;
    assert_int_equal(topics->count, 5 + 15 + 2);
    assert_int_equal(find_topic(topics, "autohttp.delay.27000ms")->tier_ms, 27000);
    assert_int_equal(find_topic(topics, "autohttp.delay.200ms")->tier_ms, 200);
    for (size_t i = TOPIC_DELAY; i < topics->count; i++) {
        assert_int_equal(topics->list[i].kind, TOPIC_DELAY);
        assert_true(i == TOPIC_DELAY || topics->list[i - 1].tier_ms < topics->list[i].tier_ms);
    }
    assert_int_equal(topics->list[TOPIC_DELAY].tier_ms, 0);
    free(topics);
}

static void every_name_is_parsed_back(void **state)
{
    struct topics *topics = make_topics(NULL, 0, 1);

    (void)state;
    for (size_t i = 0; i < topics->count; i++) {
        enum topic_kind kind = TOPIC_DELAY;
        int64_t tier_ms = -1;

        assert_true(topics_parse_name("autohttp", topics->list[i].name, &kind, &tier_ms));
        assert_int_equal(kind, topics->list[i].kind);
        assert_int_equal(tier_ms, topics->list[i].tier_ms);
    }
    free(topics);
}

static const struct {
    const char *name;
    const char *topic;
} foreign[] = {
    {"topic_of_another_prefix_is_foreign", "other.tasks"},
    {"topic_of_a_longer_prefix_is_foreign", "autohttp2.tasks"},
    {"prefix_alone_is_foreign", "autohttp"},
    {"prefix_and_dot_is_foreign", "autohttp."},
    {"unknown_kind_is_foreign", "autohttp.other"},
    {"longer_kind_is_foreign", "autohttp.tasks2"},
    {"tier_without_unit_is_foreign", "autohttp.delay.5000"},
    {"tier_without_number_is_foreign", "autohttp.delay.ms"},
    {"tier_with_leading_zero_is_foreign", "autohttp.delay.05ms"},
    {"tier_in_seconds_is_foreign", "autohttp.delay.5s"},
};

static void name_is_foreign(void **state)
{
    const char *topic = ((const char *const *)*state)[1];
    enum topic_kind kind;
    int64_t tier_ms;

    assert_false(topics_parse_name("autohttp", topic, &kind, &tier_ms));
}

struct bad {
    const char *name;
    const char *prefix;
    int32_t partition_count;
    int16_t replication_factor;
    int64_t wait_ms;
    int64_t audit_window_ms;
    const char *named;
};

static const struct bad bads[] = {
    {"empty_prefix_is_refused", "", 16, 1, 1, 1, "topic_prefix"},
    {"prefix_with_slash_is_refused", "a/b", 16, 1, 1, 1, "topic_prefix"},
    {"prefix_with_space_is_refused", "a b", 16, 1, 1, 1, "topic_prefix"},
    {"long_prefix_is_refused",
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 16, 1, 1,
     1, "topic_prefix"},
    {"no_partitions_are_refused", "a", 0, 1, 1, 1, "partition_count"},
    {"too_many_partitions_are_refused", "a", 65536, 1, 1, 1, "partition_count"},
    {"no_replicas_are_refused", "a", 16, 0, 1, 1, "replication_factor"},
    {"wait_of_nothing_is_refused", "a", 16, 1, 0, 1, "schedules"},
    {"no_audit_window_is_refused", "a", 16, 1, 1, 0, "audit_window"},
};

static void topics_are_refused(void **state)
{
    const struct bad *row = *state;
    struct topics *topics = calloc(1, sizeof *topics);
    char errstr[160] = "";

    assert_non_null(topics);
    assert_int_equal(topics_init(row->prefix, row->partition_count, row->replication_factor, &row->wait_ms, 1,
                                 row->audit_window_ms, topics, errstr, sizeof errstr),
                     RC_INVALID);
    assert_non_null(strstr(errstr, row->named));
    assert_int_equal(topics->count, 0);
    free(topics);
}

static void too_many_tiers_are_refused(void **state)
{
    struct topics *topics = calloc(1, sizeof *topics);
    int64_t wait_ms[TOPICS_TIER_MAX];
    char errstr[160] = "";

    (void)state;
    assert_non_null(topics);
    for (size_t i = 0; i < TOPICS_TIER_MAX; i++)
        wait_ms[i] = (int64_t)i + 1;
    assert_int_equal(topics_init("a", 1, 1, wait_ms, TOPICS_TIER_MAX - 15, 1, topics, errstr, sizeof errstr), RC_OK);
    assert_int_equal(topics->count, 5 + TOPICS_TIER_MAX);
    assert_int_equal(topics_init("a", 1, 1, wait_ms, TOPICS_TIER_MAX - 14, 1, topics, errstr, sizeof errstr),
                     RC_INVALID);
    assert_non_null(strstr(errstr, "more than 49"));
    free(topics);
}

static void longest_name_fits(void **state)
{
    char prefix[TOPICS_PREFIX_MAX_BYTES];
    char name[TOPICS_NAME_MAX_BYTES];

    (void)state;
    memset(prefix, 'a', sizeof prefix - 1);
    prefix[sizeof prefix - 1] = '\0';
    topics_print_name(prefix, TOPIC_DELAY, INT64_MAX, name);
    assert_string_equal(name + strlen(name) - 2, "ms");
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, settings, setting_has_its_value);
    UNIT_TABLE_TEST(&table, every_topic_has_append_times_and_small_segments);
    UNIT_TABLE_TEST(&table, three_replicas_need_two_in_sync);
    UNIT_TABLE_TEST(&table, own_waits_become_tiers_in_order_and_once);
    UNIT_TABLE_TEST(&table, every_name_is_parsed_back);
    UNIT_TABLE_ADD(&table, foreign, name_is_foreign);
    UNIT_TABLE_ADD(&table, bads, topics_are_refused);
    UNIT_TABLE_TEST(&table, too_many_tiers_are_refused);
    UNIT_TABLE_TEST(&table, longest_name_fits);
    return unit_table_run(&table);
}
