#include "topic_rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "decimal.h"

#define DAY_MS TOPIC_RULES_STATE_LAG_MIN_MS
#define NEEDED_BYTES 48
#define FOREVER "-1"
/* Room for what a worker adds to a record that it writes on. */
#define CARRY_MARGIN_BYTES (TOPICS_CARRY_MAX_MESSAGE_BYTES - TOPICS_TASKS_MAX_MESSAGE_BYTES)
/* Producers make batches of up to 1,000,000 bytes whatever the record. */
#define BATCH_MIN_BYTES (1024 * 1024)
/* Below a client's receive.message.max.bytes of 100 MB, with room for what else is in the answer to a fetch. */
#define READABLE_MAX_BYTES (64 * 1024 * 1024)

#define BIT(kind) (1u << (kind))
#define LOGS (~BIT(TOPIC_STATE))
#define UNSETTLED (BIT(TOPIC_TASKS) | BIT(TOPIC_DELAY) | BIT(TOPIC_STATE))
#define ALL (~0u)

static const char *const setting_names[TOPIC_SETTING_COUNT] = {
    [TOPIC_CLEANUP_POLICY] = "cleanup.policy",           [TOPIC_RETENTION_MS] = "retention.ms",
    [TOPIC_RETENTION_BYTES] = "retention.bytes",         [TOPIC_TIMESTAMP_TYPE] = "message.timestamp.type",
    [TOPIC_COMPACTION_LAG_MS] = "min.compaction.lag.ms", [TOPIC_DELETE_RETENTION_MS] = "delete.retention.ms",
    [TOPIC_MAX_MESSAGE_BYTES] = "max.message.bytes",     [TOPIC_SEGMENT_BYTES] = "segment.bytes",
};

struct rule {
    unsigned kinds; /* BIT of each */
    enum topic_setting setting;
    const char *text; /* the one value that is right; NULL: a number of at least min */
    int64_t min;
    const char *why;
};

static const struct rule rules[] = {
    {LOGS, TOPIC_CLEANUP_POLICY, "delete", 0, "compaction would drop records of keys that come again"},
    {BIT(TOPIC_STATE), TOPIC_CLEANUP_POLICY, "compact", 0, "rows of unsettled tasks would expire"},
    {UNSETTLED, TOPIC_RETENTION_MS, FOREVER, 0, "unsettled tasks would expire"},
    {BIT(TOPIC_CONTROL), TOPIC_RETENTION_MS, NULL, DAY_MS, "commands would expire unread"},
    {BIT(TOPIC_DEAD), TOPIC_RETENTION_MS, NULL, DAY_MS, "dead letters would expire before they are seen"},
    {ALL, TOPIC_RETENTION_BYTES, FOREVER, 0, "records would go when there are many, read or not"},
    {ALL, TOPIC_TIMESTAMP_TYPE, "LogAppendTime", 0, "waits count from the time at which the broker appended"},
    {BIT(TOPIC_STATE), TOPIC_COMPACTION_LAG_MS, NULL, DAY_MS,
     "rows would be dropped that a partition's next owner has to read"},
    {BIT(TOPIC_STATE), TOPIC_DELETE_RETENTION_MS, NULL, DAY_MS,
     "a worker that was away would not learn which rows were deleted"},
};

bool topic_facts_init(const char *prefix, const char *name, struct topic_facts *ret_facts)
{
    enum topic_kind kind;
    int64_t tier_ms;

    if (strlen(name) >= TOPICS_NAME_MAX_BYTES || !topics_parse_name(prefix, name, &kind, &tier_ms))
        return false;
    memset(ret_facts, 0, sizeof *ret_facts);
    ret_facts->kind = kind;
    snprintf(ret_facts->name, sizeof ret_facts->name, "%s", name);
    return true;
}

void topic_facts_note(struct topic_facts *facts, const char *setting, const char *value)
{
    for (int i = 0; i < TOPIC_SETTING_COUNT; i++) {
        if (strcmp(setting_names[i], setting) == 0)
            snprintf(facts->values[i], sizeof facts->values[i], "%s", value != NULL ? value : "");
    }
}

int64_t topic_facts_get_number(const struct topic_facts *facts, enum topic_setting setting)
{
    uint64_t number = 0;
    const char *value = facts->values[setting];

    return decimal_parse(value, strlen(value), INT64_MAX, &number) == RC_OK ? (int64_t)number : -1;
}

/* Whoever is told of flaws, and how many there were. */
struct judge {
    topic_flaw_cb cb;
    void *opaque;
    size_t flaw_count;
};

static void tell(struct judge *judge, const struct topic_facts *facts, enum topic_setting setting, const char *needed,
                 const char *why)
{
    struct topic_flaw flaw = {facts->name, setting_names[setting], facts->values[setting], needed, why};

    judge->flaw_count++;
    judge->cb(&flaw, judge->opaque);
}

static void demand_min(struct judge *judge, const struct topic_facts *facts, enum topic_setting setting, int64_t min,
                       const char *why)
{
    char needed[NEEDED_BYTES];

    if (topic_facts_get_number(facts, setting) >= min)
        return;
    snprintf(needed, sizeof needed, "at least %" PRId64, min);
    tell(judge, facts, setting, needed, why);
}

static void apply_rule(struct judge *judge, const struct topic_facts *facts, const struct rule *rule)
{
    const char *value = facts->values[rule->setting];

    if (rule->text == NULL && (rule->setting != TOPIC_RETENTION_MS || strcmp(value, FOREVER) != 0))
        demand_min(judge, facts, rule->setting, rule->min, rule->why);
    else if (rule->text != NULL && strcmp(value, rule->text) != 0)
        tell(judge, facts, rule->setting, rule->text, rule->why);
}

static void judge_events(struct judge *judge, const struct topic_facts *facts, int64_t audit_window_ms)
{
    const struct rule rule = {0, TOPIC_RETENTION_MS, NULL, audit_window_ms < DAY_MS ? audit_window_ms : DAY_MS,
                              "events would expire before they are read"};

    apply_rule(judge, facts, &rule);
}

static bool is_carrier(enum topic_kind kind)
{
    return kind == TOPIC_DELAY || kind == TOPIC_DEAD;
}

/* tasks_bytes: what `tasks` takes; -1 if that is not known. */
static void judge_sizes(struct judge *judge, const struct topic_facts *facts, int64_t tasks_bytes)
{
    int64_t max_bytes = topic_facts_get_number(facts, TOPIC_MAX_MESSAGE_BYTES);
    char needed[NEEDED_BYTES];

    if (is_carrier(facts->kind) && tasks_bytes >= BATCH_MIN_BYTES)
        demand_min(judge, facts, TOPIC_MAX_MESSAGE_BYTES, tasks_bytes + CARRY_MARGIN_BYTES,
                   "a task that is taken could not be written on");
    else
        demand_min(judge, facts, TOPIC_MAX_MESSAGE_BYTES, BATCH_MIN_BYTES, "batches of records would be refused");
    if (max_bytes > READABLE_MAX_BYTES) {
        snprintf(needed, sizeof needed, "at most %d", READABLE_MAX_BYTES);
        tell(judge, facts, TOPIC_MAX_MESSAGE_BYTES, needed, "a record could be too large to be read back");
    }
    demand_min(judge, facts, TOPIC_SEGMENT_BYTES, max_bytes, "a record that is allowed would not fit a segment");
}

static int64_t find_tasks_bytes(const struct topic_facts *facts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (facts[i].kind == TOPIC_TASKS)
            return topic_facts_get_number(&facts[i], TOPIC_MAX_MESSAGE_BYTES);
    }
    return -1;
}

size_t topic_rules_judge(const struct topic_facts *facts, size_t count, int64_t audit_window_ms, topic_flaw_cb cb,
                         void *opaque)
{
    struct judge judge = {cb, opaque, 0};
    int64_t tasks_bytes = find_tasks_bytes(facts, count);

    for (size_t i = 0; i < count; i++) {
        for (size_t n = 0; n < sizeof rules / sizeof rules[0]; n++) {
            if ((rules[n].kinds & BIT(facts[i].kind)) != 0)
                apply_rule(&judge, &facts[i], &rules[n]);
        }
        if (facts[i].kind == TOPIC_EVENTS)
            judge_events(&judge, &facts[i], audit_window_ms);
        judge_sizes(&judge, &facts[i], tasks_bytes);
    }
    return judge.flaw_count;
}

void topic_flaw_print(const struct topic_flaw *flaw, char buf[TOPIC_RULES_TEXT_BYTES])
{
    snprintf(buf, TOPIC_RULES_TEXT_BYTES, "%s: %s is %s, must be %s: %s; `autohttp topics apply --execute` sets it",
             flaw->topic, flaw->setting, flaw->found[0] != '\0' ? flaw->found : "not told by the broker", flaw->needed,
             flaw->why);
}
