#include "topics_admin.h"

#include <stdio.h>
#include <string.h>

#define ADMIN_TIMEOUT_MS 30000
#define WHAT_BYTES 256

/* Waits for the answer to an admin request; *ret_event is to be destroyed also on failure. */
static enum rc wait_answer(struct link *link, rd_kafka_queue_t *queue, const char *what, rd_kafka_event_t **ret_event,
                           char *errstr, size_t errstr_bytes)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ADMIN_TIMEOUT_MS);

    if (event == NULL) {
        return rc_fail(RC_TIMEOUT, errstr, errstr_bytes, "%s: no answer in %d s", what, ADMIN_TIMEOUT_MS / 1000);
    }
    *ret_event = event;
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return link_fail(link, rd_kafka_event_error(event), what, errstr, errstr_bytes);
    }
    return RC_OK;
}

static void close_answer(rd_kafka_queue_t *queue, rd_kafka_event_t *event)
{
    if (event != NULL) {
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
}

/* Asks for the settings of the topics; *ret_event holds the answer. */
static enum rc describe_configs(struct link *link, const struct topic *const *topics, size_t count,
                                rd_kafka_queue_t *queue, rd_kafka_event_t **ret_event, char *errstr,
                                size_t errstr_bytes)
{
    rd_kafka_ConfigResource_t *resources[TOPIC_DELAY + TOPICS_TIER_MAX];

    for (size_t i = 0; i < count; i++) {
        resources[i] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topics[i]->name);
    }
    rd_kafka_DescribeConfigs(link->kafka, resources, count, NULL, queue);
    rd_kafka_ConfigResource_destroy_array(resources, count);
    return wait_answer(link, queue, "read the topics' settings", ret_event, errstr, errstr_bytes);
}

static enum rc check_resource(struct link *link, const rd_kafka_ConfigResource_t *resource, const char *verb,
                              char *errstr, size_t errstr_bytes)
{
    char what[WHAT_BYTES];
    rd_kafka_resp_err_t error = rd_kafka_ConfigResource_error(resource);

    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return RC_OK;
    }
    snprintf(what, sizeof what, "%s %s: %s", verb, rd_kafka_ConfigResource_name(resource),
             rd_kafka_ConfigResource_error_string(resource) != NULL ? rd_kafka_ConfigResource_error_string(resource)
                                                                    : "");
    return link_fail(link, error, what, errstr, errstr_bytes);
}

static void take_values(const rd_kafka_ConfigResource_t *resource, const struct topic *topic, struct topic_found *found)
{
    size_t entry_count = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &entry_count);

    for (size_t i = 0; i < entry_count; i++) {
        const char *value = rd_kafka_ConfigEntry_value(entries[i]);
        topic_facts_note(&found->facts, rd_kafka_ConfigEntry_name(entries[i]), value);
        for (size_t n = 0; n < topic->config_count; n++) {
            if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), topic->configs[n].name) == 0) {
                snprintf(found->values[n], sizeof found->values[n], "%s", value != NULL ? value : "");
            }
        }
    }
}

static void take_metadata(const struct rd_kafka_metadata *metadata, const struct topics *wanted,
                          struct topic_found *found)
{
    for (size_t i = 0; i < wanted->count; i++) {
        for (int n = 0; n < metadata->topic_cnt; n++) {
            const struct rd_kafka_metadata_topic *topic = &metadata->topics[n];
            if (strcmp(topic->topic, wanted->list[i].name) == 0 && topic->partition_cnt > 0) {
                found[i].exists = topic_facts_init(wanted->prefix, topic->topic, &found[i].facts);
                found[i].partition_count = topic->partition_cnt;
                found[i].replica_count = topic->partitions[0].replica_cnt;
            }
        }
    }
}

/* The settings of those that exist. */
static enum rc take_configs(struct link *link, const struct topics *wanted, struct topic_found *found, char *errstr,
                            size_t errstr_bytes)
{
    enum rc rc = RC_OK;
    const struct topic *existing[TOPIC_DELAY + TOPICS_TIER_MAX];
    size_t places[TOPIC_DELAY + TOPICS_TIER_MAX];
    size_t count = 0;
    size_t answer_count = 0;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(link->kafka);
    rd_kafka_event_t *event = NULL;

    for (size_t i = 0; i < wanted->count; i++) {
        if (found[i].exists) {
            places[count] = i;
            existing[count++] = &wanted->list[i];
        }
    }
    if (count == 0) {
        goto out;
    }
    rc = describe_configs(link, existing, count, queue, &event, errstr, errstr_bytes);
    if (rc != RC_OK) {
        goto out;
    }
    const rd_kafka_ConfigResource_t **resources =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &answer_count);
    for (size_t i = 0; rc == RC_OK && i < answer_count && i < count; i++) {
        rc = check_resource(link, resources[i], "read the settings of", errstr, errstr_bytes);
        take_values(resources[i], existing[i], &found[places[i]]);
    }
out:
    close_answer(queue, event);
    return rc;
}

enum rc topics_admin_describe(struct link *link, const struct topics *wanted, struct topic_found *ret_found,
                              char *errstr, size_t errstr_bytes)
{
    const struct rd_kafka_metadata *metadata = NULL;
    enum rc rc = link_list_topics(link, &metadata, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    memset(ret_found, 0, wanted->count * sizeof *ret_found);
    take_metadata(metadata, wanted, ret_found);
    rd_kafka_metadata_destroy(metadata);
    return take_configs(link, wanted, ret_found, errstr, errstr_bytes);
}

static bool has_topic(const struct topics *topics, const char *name)
{
    for (size_t i = 0; i < topics->count; i++) {
        if (strcmp(topics->list[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

enum rc topics_admin_add_tiers(struct link *link, struct topics *wanted, char *errstr, size_t errstr_bytes)
{
    const struct rd_kafka_metadata *metadata = NULL;
    enum rc rc = link_list_topics(link, &metadata, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    for (int i = 0; i < metadata->topic_cnt && wanted->count < TOPIC_DELAY + TOPICS_TIER_MAX; i++) {
        const char *name = metadata->topics[i].topic;
        enum topic_kind kind = TOPIC_DELAY;
        int64_t tier_ms = 0;
        if (!has_topic(wanted, name) && topics_parse_name(wanted->prefix, name, &kind, &tier_ms)) {
            struct topic *topic = &wanted->list[wanted->count++];
            *topic = wanted->list[TOPIC_DELAY]; /* all tiers have the same settings */
            topic->tier_ms = tier_ms;
            snprintf(topic->name, sizeof topic->name, "%s", name);
        }
    }
    rd_kafka_metadata_destroy(metadata);
    return RC_OK;
}

enum rc topics_admin_create(struct link *link, const struct topics *wanted, const struct topic *topic, char *errstr,
                            size_t errstr_bytes)
{
    enum rc rc = RC_OK;
    char why[WHAT_BYTES];
    size_t result_count = 0;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(link->kafka);
    rd_kafka_event_t *event = NULL;
    rd_kafka_NewTopic_t *new_topic =
        rd_kafka_NewTopic_new(topic->name, wanted->partition_count, wanted->replication_factor, why, sizeof why);

    if (new_topic == NULL) {
        rc = rc_fail(RC_INVALID, errstr, errstr_bytes, "create %s: %s", topic->name, why);
        goto out;
    }
    for (size_t i = 0; i < topic->config_count; i++) {
        rd_kafka_NewTopic_set_config(new_topic, topic->configs[i].name, topic->configs[i].value);
    }
    rd_kafka_CreateTopics(link->kafka, &new_topic, 1, NULL, queue);
    snprintf(why, sizeof why, "create %.160s", topic->name);
    rc = wait_answer(link, queue, why, &event, errstr, errstr_bytes);
    if (rc != RC_OK) {
        goto out;
    }
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &result_count);
    rd_kafka_resp_err_t error =
        result_count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__BAD_MSG;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        snprintf(why, sizeof why, "create %.100s: %.140s", topic->name, rd_kafka_topic_result_error_string(results[0]));
        rc = link_fail(link, error, why, errstr, errstr_bytes);
    }
out:
    if (new_topic != NULL) {
        rd_kafka_NewTopic_destroy(new_topic);
    }
    close_answer(queue, event);
    return rc;
}

static bool sets(const struct topic *topic, const char *name)
{
    for (size_t i = 0; i < topic->config_count; i++) {
        if (strcmp(topic->configs[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What an operator has set on this topic beside ours and is to stay. A setting named twice is refused by the broker. */
static void keep_settings(const rd_kafka_ConfigResource_t *from, const struct topic *topic,
                          rd_kafka_ConfigResource_t *to)
{
    size_t entry_count = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(from, &entry_count);

    for (size_t i = 0; i < entry_count; i++) {
        if (rd_kafka_ConfigEntry_source(entries[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG &&
            !sets(topic, rd_kafka_ConfigEntry_name(entries[i]))) {
            rd_kafka_ConfigResource_set_config(to, rd_kafka_ConfigEntry_name(entries[i]),
                                               rd_kafka_ConfigEntry_value(entries[i]));
        }
    }
}

static enum rc write_settings(struct link *link, rd_kafka_ConfigResource_t *settings, char *errstr, size_t errstr_bytes)
{
    size_t result_count = 0;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(link->kafka);
    rd_kafka_event_t *event = NULL;

    rd_kafka_AlterConfigs(link->kafka, &settings, 1, NULL, queue);
    enum rc rc = wait_answer(link, queue, "alter the topics' settings", &event, errstr, errstr_bytes);
    if (rc == RC_OK) {
        const rd_kafka_ConfigResource_t **results =
            rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event), &result_count);
        rc = result_count == 1 ? check_resource(link, results[0], "alter", errstr, errstr_bytes) : RC_CORRUPT;
    }
    close_answer(queue, event);
    return rc;
}

enum rc topics_admin_alter(struct link *link, const struct topic *topic, char *errstr, size_t errstr_bytes)
{
    size_t count = 0;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(link->kafka);
    rd_kafka_event_t *event = NULL;
    rd_kafka_ConfigResource_t *settings = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic->name);
    enum rc rc = describe_configs(link, &topic, 1, queue, &event, errstr, errstr_bytes);

    if (rc != RC_OK) {
        goto out;
    }
    const rd_kafka_ConfigResource_t **resources =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
    rc = count == 1 ? check_resource(link, resources[0], "read the settings of", errstr, errstr_bytes) : RC_CORRUPT;
    if (rc != RC_OK) {
        goto out; /* without them an alteration would reset what others have set */
    }
    keep_settings(resources[0], topic, settings);
    for (size_t i = 0; i < topic->config_count; i++) {
        rd_kafka_ConfigResource_set_config(settings, topic->configs[i].name, topic->configs[i].value);
    }
    rc = write_settings(link, settings, errstr, errstr_bytes);
out:
    rd_kafka_ConfigResource_destroy(settings);
    close_answer(queue, event);
    return rc;
}
