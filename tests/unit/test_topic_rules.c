/* Which settings of topics are flaws; what `autohttp topics apply` creates has none. */
#include "topic_rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit_table.h"

#define WEEK_MS (INT64_C(7) * 24 * 60 * 60 * 1000)
#define FACTS_MAX (TOPIC_DELAY + TOPICS_TIER_MAX)

/* The last flaw told. */
struct told {
    size_t count;
    char topic[TOPICS_NAME_MAX_BYTES];
    char setting[64];
    char text[TOPIC_RULES_TEXT_BYTES];
};

static void note_flaw(const struct topic_flaw *flaw, void *opaque)
{
    struct told *told = opaque;

    told->count++;
    snprintf(told->topic, sizeof told->topic, "%s", flaw->topic);
    snprintf(told->setting, sizeof told->setting, "%s", flaw->setting);
    topic_flaw_print(flaw, told->text);
}

/* What `topics apply` creates with this audit window. */
static size_t make_facts(int64_t audit_window_ms, struct topic_facts *facts)
{
    struct topics *topics = malloc(sizeof *topics);
    size_t count = 0;

    assert_non_null(topics);
    assert_int_equal(topics_init("autohttp", 16, 3, NULL, 0, audit_window_ms, topics, NULL, 0), RC_OK);
    for (; count < topics->count; count++) {
        const struct topic *topic = &topics->list[count];

        assert_true(topic_facts_init("autohttp", topic->name, &facts[count]));
        for (size_t i = 0; i < topic->config_count; i++)
            topic_facts_note(&facts[count], topic->configs[i].name, topic->configs[i].value);
    }
    free(topics);
    return count;
}

static struct topic_facts *find(struct topic_facts *facts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(facts[i].name, name) == 0)
            return &facts[i];
    }
    fail_msg("no topic %s", name);
    return NULL;
}

static struct told judge(const struct topic_facts *facts, size_t count, int64_t audit_window_ms)
{
    struct told told = {0};
    size_t flaw_count = topic_rules_judge(facts, count, audit_window_ms, note_flaw, &told);

    assert_int_equal(flaw_count, told.count);
    return told;
}

struct altered {
    const char *name; /* of the test */
    const char *topic;
    const char *setting;
    const char *value;
    const char *text; /* of the flaw; NULL: none */
};

static const struct altered flawed[] = {
    {"tasks_that_expire_are_a_flaw", "autohttp.tasks", "retention.ms", "604800000", "must be -1: unsettled tasks"},
    {"tasks_that_are_limited_in_size_are_a_flaw", "autohttp.tasks", "retention.bytes", "1000000000", "must be -1"},
    {"tasks_that_are_compacted_are_a_flaw", "autohttp.tasks", "cleanup.policy", "compact", "must be delete"},
    {"tasks_that_are_compacted_too_are_a_flaw", "autohttp.tasks", "cleanup.policy", "compact,delete", "must be delete"},
    {"tiers_that_expire_are_a_flaw", "autohttp.delay.5000ms", "retention.ms", "86400000", "must be -1"},
    {"tiers_that_are_limited_in_size_are_a_flaw", "autohttp.delay.0ms", "retention.bytes", "1", "must be -1"},
    {"tiers_that_are_compacted_are_a_flaw", "autohttp.delay.0ms", "cleanup.policy", "compact", "must be delete"},
    {"times_of_producers_in_a_tier_are_a_flaw", "autohttp.delay.0ms", "message.timestamp.type", "CreateTime",
     "must be LogAppendTime: waits count"},
    {"times_of_producers_in_tasks_are_a_flaw", "autohttp.tasks", "message.timestamp.type", "CreateTime",
     "must be LogAppendTime"},
    {"times_of_producers_in_state_are_a_flaw", "autohttp.state", "message.timestamp.type", "CreateTime",
     "must be LogAppendTime"},
    {"rows_that_expire_are_a_flaw", "autohttp.state", "cleanup.policy", "compact,delete", "must be compact"},
    {"rows_that_are_not_compacted_are_a_flaw", "autohttp.state", "cleanup.policy", "delete", "must be compact"},
    {"rows_with_a_retention_are_a_flaw", "autohttp.state", "retention.ms", "604800000", "must be -1"},
    {"rows_that_are_compacted_soon_are_a_flaw", "autohttp.state", "min.compaction.lag.ms", "86399999",
     "must be at least 86400000: rows would be dropped"},
    {"tombstones_that_go_soon_are_a_flaw", "autohttp.state", "delete.retention.ms", "3600000", "at least 86400000"},
    {"commands_that_expire_soon_are_a_flaw", "autohttp.control", "retention.ms", "60000", "at least 86400000"},
    {"commands_that_are_limited_in_size_are_a_flaw", "autohttp.control", "retention.bytes", "1", "must be -1"},
    {"commands_that_are_compacted_are_a_flaw", "autohttp.control", "cleanup.policy", "compact", "must be delete"},
    {"events_that_expire_soon_are_a_flaw", "autohttp.events", "retention.ms", "60000", "at least 86400000: events"},
    {"events_that_are_compacted_are_a_flaw", "autohttp.events", "cleanup.policy", "compact", "must be delete"},
    {"dead_letters_that_expire_soon_are_a_flaw", "autohttp.dead", "retention.ms", "60000", "at least 86400000: dead"},
    {"dead_letters_that_are_limited_in_number_are_a_flaw", "autohttp.dead", "retention.bytes", "1", "must be -1"},
    {"dead_letters_that_are_compacted_are_a_flaw", "autohttp.dead", "cleanup.policy", "compact", "must be delete"},
    {"a_tier_that_takes_only_what_tasks_take_is_a_flaw", "autohttp.delay.1000ms", "max.message.bytes", "2228223",
     "must be at least 2228224: a task that is taken could not be written on"},
    {"dead_that_takes_only_what_tasks_take_is_a_flaw", "autohttp.dead", "max.message.bytes", "2162688",
     "at least 2228224"},
    {"state_that_refuses_batches_is_a_flaw", "autohttp.state", "max.message.bytes", "1000", "at least 1048576"},
    {"a_segment_smaller_than_a_record_is_a_flaw", "autohttp.delay.1000ms", "segment.bytes", "1048576",
     "must be at least 2228224: a record that is allowed would not fit"},
    {"what_the_broker_does_not_tell_is_a_flaw", "autohttp.tasks", "retention.ms", "", "is not told by the broker"},
    {"what_is_no_number_is_a_flaw", "autohttp.state", "delete.retention.ms", "-5", "at least 86400000"},
};

static const struct altered harmless[] = {
    {"commands_may_be_kept_for_ever", "autohttp.control", "retention.ms", "-1", NULL},
    {"dead_letters_may_be_kept_for_a_day", "autohttp.dead", "retention.ms", "86400000", NULL},
    {"state_may_be_compacted_later", "autohttp.state", "min.compaction.lag.ms", "172800000", NULL},
    {"tombstones_may_be_kept_longer", "autohttp.state", "delete.retention.ms", "172800000", NULL},
    {"a_tier_may_take_more", "autohttp.delay.0ms", "max.message.bytes", "4000000", NULL},
    {"segments_may_be_larger", "autohttp.tasks", "segment.bytes", "1073741824", NULL},
    {"a_setting_without_a_rule_may_be_any", "autohttp.tasks", "min.cleanable.dirty.ratio", "0.9", NULL},
    {"what_only_state_needs_is_not_asked_of_tasks", "autohttp.tasks", "delete.retention.ms", "1", NULL},
};

static struct told judge_altered(const struct altered *row)
{
    struct topic_facts *facts = calloc(FACTS_MAX, sizeof *facts);
    size_t count = make_facts(WEEK_MS, facts);
    struct told told;

    assert_non_null(facts);
    topic_facts_note(find(facts, count, row->topic), row->setting, row->value);
    told = judge(facts, count, WEEK_MS);
    free(facts);
    return told;
}

static void setting_is_told(void **state)
{
    const struct altered *row = *state;
    struct told told = judge_altered(row);

    assert_int_equal(told.count, 1);
    assert_string_equal(told.topic, row->topic);
    assert_string_equal(told.setting, row->setting);
    assert_non_null(strstr(told.text, row->text));
    assert_non_null(strstr(told.text, row->value));
    assert_non_null(strstr(told.text, "`autohttp topics apply --execute` sets it"));
}

static void setting_is_let_be(void **state)
{
    assert_int_equal(judge_altered(*state).count, 0);
}

static void what_apply_creates_has_no_flaw(void **state)
{
    static const int64_t windows_ms[] = {1, 3600000, WEEK_MS};
    struct topic_facts *facts = calloc(FACTS_MAX, sizeof *facts);

    (void)state;
    assert_non_null(facts);
    for (size_t i = 0; i < sizeof windows_ms / sizeof windows_ms[0]; i++) {
        size_t count = make_facts(windows_ms[i], facts);

        assert_int_equal(count, TOPIC_DELAY + 15);
        assert_int_equal(judge(facts, count, windows_ms[i]).count, 0);
    }
    free(facts);
}

static void larger_tasks_make_every_tier_and_dead_too_small(void **state)
{
    struct topic_facts *facts = calloc(FACTS_MAX, sizeof *facts);
    size_t count = make_facts(WEEK_MS, facts);
    struct told told;

    (void)state;
    assert_non_null(facts);
    topic_facts_note(find(facts, count, "autohttp.tasks"), "max.message.bytes", "4000000");
    told = judge(facts, count, WEEK_MS);
    assert_int_equal(told.count, 15 + 1);
    assert_non_null(strstr(told.text, "max.message.bytes is 2228224, must be at least 4065536"));
    free(facts);
}

static void a_topic_that_takes_more_than_can_be_read_is_a_flaw(void **state)
{
    struct topic_facts *facts = calloc(FACTS_MAX, sizeof *facts);
    size_t count = make_facts(WEEK_MS, facts);
    struct topic_facts *control = find(facts, count, "autohttp.control");
    struct told told;

    (void)state;
    assert_non_null(facts);
    topic_facts_note(control, "segment.bytes", "1073741824");
    topic_facts_note(control, "max.message.bytes", "67108865");
    told = judge(facts, count, WEEK_MS);
    assert_int_equal(told.count, 1);
    assert_non_null(strstr(told.text, "max.message.bytes is 67108865, must be at most 67108864"));
    free(facts);
}

static void every_setting_that_is_not_told_is_a_flaw_of_its_own(void **state)
{
    struct topic_facts facts;

    (void)state;
    assert_true(topic_facts_init("autohttp", "autohttp.state", &facts));
    topic_facts_note(&facts, "retention.ms", NULL);
    assert_int_equal(judge(&facts, 1, WEEK_MS).count, 7); /* segments: no record is known to be too large for them */
}

static void a_topic_of_another_prefix_has_no_facts(void **state)
{
    struct topic_facts facts;

    (void)state;
    assert_false(topic_facts_init("autohttp", "other.tasks", &facts));
    assert_false(topic_facts_init("autohttp", "autohttp.elsewhere", &facts));
    assert_true(topic_facts_init("autohttp", "autohttp.delay.7000ms", &facts));
    assert_int_equal(facts.kind, TOPIC_DELAY);
}

static void a_number_that_is_told_can_be_read(void **state)
{
    struct topic_facts facts;

    (void)state;
    assert_true(topic_facts_init("autohttp", "autohttp.state", &facts));
    assert_int_equal(topic_facts_get_number(&facts, TOPIC_COMPACTION_LAG_MS), -1);
    topic_facts_note(&facts, "min.compaction.lag.ms", "172800000");
    assert_int_equal(topic_facts_get_number(&facts, TOPIC_COMPACTION_LAG_MS), 172800000);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, flawed, setting_is_told);
    UNIT_TABLE_ADD(&table, harmless, setting_is_let_be);
    UNIT_TABLE_TEST(&table, what_apply_creates_has_no_flaw);
    UNIT_TABLE_TEST(&table, larger_tasks_make_every_tier_and_dead_too_small);
    UNIT_TABLE_TEST(&table, a_topic_that_takes_more_than_can_be_read_is_a_flaw);
    UNIT_TABLE_TEST(&table, every_setting_that_is_not_told_is_a_flaw_of_its_own);
    UNIT_TABLE_TEST(&table, a_topic_of_another_prefix_has_no_facts);
    UNIT_TABLE_TEST(&table, a_number_that_is_told_can_be_read);
    return unit_table_run(&table);
}
