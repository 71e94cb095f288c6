#include "kafka_topics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "kafka_layout.h"
#include "topic_rules.h"

#define TOPIC_MAX (TOPIC_DELAY + TOPICS_TIER_MAX)

/* The names are there to be asked for, what the broker tells of them to be judged. */
static struct topic_facts *list_topics(const char *topic_prefix, const struct kafka_layout *layout, size_t *ret_count)
{
    size_t count = TOPIC_DELAY + layout->tier_count;
    struct topic_facts *facts = alloc_zeroed(count, sizeof *facts);

    for (size_t i = 0; i < count; i++) {
        enum topic_kind kind = i < TOPIC_DELAY ? (enum topic_kind)i : TOPIC_DELAY;
        char name[TOPICS_NAME_MAX_BYTES];

        topics_print_name(topic_prefix, kind, kind == TOPIC_DELAY ? layout->tiers_ms[i - TOPIC_DELAY] : 0, name);
        topic_facts_init(topic_prefix, name, &facts[i]);
    }
    *ret_count = count;
    return facts;
}

static rd_kafka_event_t *describe(rd_kafka_t *client, const struct topic_facts *facts, size_t count, int timeout_ms)
{
    rd_kafka_ConfigResource_t *resources[TOPIC_MAX];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_event_t *event;

    for (size_t i = 0; i < count; i++) {
        resources[i] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, facts[i].name);
    }
    rd_kafka_DescribeConfigs(client, resources, count, NULL, queue);
    rd_kafka_ConfigResource_destroy_array(resources, count);
    event = rd_kafka_queue_poll(queue, timeout_ms);
    rd_kafka_queue_destroy(queue);
    return event;
}

static enum rc fail(rd_kafka_resp_err_t err, const char *topic, const char *topic_prefix, char *errstr,
                    size_t errstr_bytes)
{
    if (err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || err == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED) {
        return rc_fail(RC_DENIED, errstr, errstr_bytes,
                       "%s: its settings cannot be read: the worker needs the right DescribeConfigs on topics that "
                       "begin with %s.",
                       topic, topic_prefix);
    }
    return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "settings of %s: %s", topic, rd_kafka_err2str(err));
}

static void take_entries(const rd_kafka_ConfigResource_t *resource, struct topic_facts *facts)
{
    size_t entry_count = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &entry_count);

    for (size_t i = 0; i < entry_count; i++) {
        topic_facts_note(facts, rd_kafka_ConfigEntry_name(entries[i]), rd_kafka_ConfigEntry_value(entries[i]));
    }
}

/* Resources come in the order in which they were asked for. */
static enum rc take_answer(rd_kafka_event_t *event, const char *topic_prefix, struct topic_facts *facts, size_t count,
                           char *errstr, size_t errstr_bytes)
{
    size_t answer_count = 0;
    const rd_kafka_ConfigResource_t **resources;
    rd_kafka_resp_err_t err = event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);

    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return fail(err, "the topics", topic_prefix, errstr, errstr_bytes);
    }
    resources = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &answer_count);
    for (size_t i = 0; i < answer_count && i < count; i++) {
        err = rd_kafka_ConfigResource_error(resources[i]);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return fail(err, facts[i].name, topic_prefix, errstr, errstr_bytes);
        }
        take_entries(resources[i], &facts[i]);
    }
    return RC_OK;
}

static void keep_first(const struct topic_flaw *flaw, void *opaque)
{
    char *text = opaque;

    if (text[0] == '\0') {
        topic_flaw_print(flaw, text);
    }
}

static enum rc judge(const struct topic_facts *facts, size_t count, int64_t audit_window_ms, char *errstr,
                     size_t errstr_bytes)
{
    char text[TOPIC_RULES_TEXT_BYTES] = "";
    size_t flaw_count = topic_rules_judge(facts, count, audit_window_ms, keep_first, text);

    if (flaw_count > 1) {
        return rc_fail(RC_CONFLICT, errstr, errstr_bytes, "%s (and %zu more: `autohttp topics check`)", text,
                       flaw_count - 1);
    }
    return flaw_count == 0 ? RC_OK : rc_fail(RC_CONFLICT, errstr, errstr_bytes, "%s", text);
}

enum rc kafka_topics_check(rd_kafka_t *client, const char *topic_prefix, int64_t audit_window_ms, int timeout_ms,
                           int64_t *ret_compaction_lag_ms, char *errstr, size_t errstr_bytes)
{
    struct kafka_layout layout = {0};
    struct topic_facts *facts = NULL;
    rd_kafka_event_t *event = NULL;
    size_t count = 0;
    enum rc rc = kafka_layout_read(client, topic_prefix, NULL, 0, timeout_ms, &layout, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    facts = list_topics(topic_prefix, &layout, &count);
    event = describe(client, facts, count, timeout_ms);
    rc = take_answer(event, topic_prefix, facts, count, errstr, errstr_bytes);
    if (rc == RC_OK) {
        rc = judge(facts, count, audit_window_ms, errstr, errstr_bytes);
        *ret_compaction_lag_ms = topic_facts_get_number(&facts[TOPIC_STATE], TOPIC_COMPACTION_LAG_MS);
    }
    if (event != NULL) {
        rd_kafka_event_destroy(event);
    }
    free(facts);
    kafka_layout_close(&layout);
    return rc;
}
