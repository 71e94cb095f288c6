#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    struct link *link = rd_kafka_opaque(kafka);

    (void)facility;
    if (link != NULL) {
        reason_keep(&link->reason, level, text);
    }
}

static enum rc set_conf(rd_kafka_conf_t *conf, const char *name, const char *value, char *errstr, size_t errstr_bytes)
{
    char why[256];

    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "kafka.%s: %s", name, why);
    }
    return RC_OK;
}

static enum rc fill_conf(const struct settings *settings, struct link *link, rd_kafka_conf_t *conf, char *errstr,
                         size_t errstr_bytes)
{
    static const char *const own[][2] = {
        {"client.id", "autohttp-cli"},    {"enable.partition.eof", "true"},
        {"fetch.wait.max.ms", "100"},     {"log_level", "3"},
        {"fetch.error.backoff.ms", "50"}, {"auto.offset.reset", "error"},
        {"socket.nagle.disable", "true"}, {"topic.metadata.refresh.sparse", "true"},
    };
    enum rc rc = set_conf(conf, "bootstrap.servers", settings->bootstrap, errstr, errstr_bytes);

    for (size_t i = 0; rc == RC_OK && i < sizeof own / sizeof own[0]; i++) {
        rc = set_conf(conf, own[i][0], own[i][1], errstr, errstr_bytes);
    }
    for (size_t i = 0; rc == RC_OK && i < settings->params.kafka_count; i++) {
        const struct params_kafka_entry *entry = &settings->params.kafka[i];
        if (strcmp(entry->key, "bootstrap.servers") != 0) {
            rc = set_conf(conf, entry->key, entry->value, errstr, errstr_bytes);
        }
    }
    rd_kafka_conf_set_opaque(conf, link);
    rd_kafka_conf_set_log_cb(conf, take_log);
    return rc;
}

enum rc link_open(const struct settings *settings, struct link **ret_link, char *errstr, size_t errstr_bytes)
{
    char why[256];
    struct link *link = calloc(1, sizeof *link);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum rc rc = RC_OK;

    if (link == NULL) {
        rc = rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
        goto out;
    }
    reason_init(&link->reason);
    rc = fill_conf(settings, link, conf, errstr, errstr_bytes);
    if (rc != RC_OK) {
        goto out;
    }
    link->kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (link->kafka == NULL) {
        rc = rc_fail(RC_INVALID, errstr, errstr_bytes, "kafka: %s", why);
        goto out;
    }
    conf = NULL; /* taken */
    *ret_link = link;
    link = NULL;
out:
    if (conf != NULL) {
        rd_kafka_conf_destroy(conf);
    }
    link_close(link);
    return rc;
}

void link_close(struct link *link)
{
    if (link == NULL) {
        return;
    }
    if (link->kafka != NULL) {
        rd_kafka_destroy(link->kafka);
    }
    reason_close(&link->reason);
    free(link);
}

/* What is more than a broker that cannot be reached. */
static const struct {
    rd_kafka_resp_err_t error;
    enum rc rc;
} judgements[] = {
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RC_NOT_FOUND},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RC_NOT_FOUND},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RC_NOT_FOUND},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RC_DENIED},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, RC_DENIED},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RC_DENIED},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, RC_DENIED},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, RC_DENIED},
    {RD_KAFKA_RESP_ERR_INVALID_CONFIG, RC_INVALID},
    {RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, RC_INVALID},
    {RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, RC_INVALID},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, RC_INVALID},
    {RD_KAFKA_RESP_ERR_INVALID_REQUEST, RC_INVALID},
};

static enum rc judge_error(rd_kafka_resp_err_t error)
{
    for (size_t i = 0; i < sizeof judgements / sizeof judgements[0]; i++) {
        if (judgements[i].error == error) {
            return judgements[i].rc;
        }
    }
    return RC_UNAVAILABLE;
}

enum rc link_fail(struct link *link, rd_kafka_resp_err_t error, const char *what, char *errstr, size_t errstr_bytes)
{
    enum rc rc = rc_fail(judge_error(error), errstr, errstr_bytes, "%s: %s", what, rd_kafka_err2str(error));

    if (rc == RC_UNAVAILABLE && reason_append(&link->reason, errstr, errstr_bytes) && reason_is_denial(&link->reason)) {
        return RC_DENIED;
    }
    return rc;
}

enum rc link_list_topics(struct link *link, const struct rd_kafka_metadata **ret_metadata, char *errstr,
                         size_t errstr_bytes)
{
    rd_kafka_resp_err_t error = rd_kafka_metadata(link->kafka, 1, NULL, ret_metadata, REASON_TELL_MS);

    if (error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__TIMED_OUT) {
        reason_tell(&link->reason);
        error = rd_kafka_metadata(link->kafka, 1, NULL, ret_metadata, LINK_TIMEOUT_MS - REASON_TELL_MS);
    }
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? RC_OK
                                               : link_fail(link, error, "list the topics", errstr, errstr_bytes);
}

enum rc link_get_shape(struct link *link, const char *topic, int32_t *ret_partition_count, int32_t *ret_replica_count,
                       char *errstr, size_t errstr_bytes)
{
    const struct rd_kafka_metadata *metadata = NULL;
    const struct rd_kafka_metadata_topic *found = NULL;
    enum rc rc = link_list_topics(link, &metadata, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    for (int i = 0; i < metadata->topic_cnt; i++) {
        found = strcmp(metadata->topics[i].topic, topic) == 0 ? &metadata->topics[i] : found;
    }
    if (found == NULL || found->partition_cnt == 0) {
        rc = rc_fail(RC_NOT_FOUND, errstr, errstr_bytes,
                     "topic %s does not exist; create it with: autohttp topics apply --execute", topic);
    } else {
        *ret_partition_count = found->partition_cnt;
        if (ret_replica_count != NULL) {
            *ret_replica_count = found->partitions[0].replica_cnt;
        }
    }
    rd_kafka_metadata_destroy(metadata);
    return rc;
}

enum rc link_get_partition_count(struct link *link, const char *topic, int32_t *ret_count, char *errstr,
                                 size_t errstr_bytes)
{
    return link_get_shape(link, topic, ret_count, NULL, errstr, errstr_bytes);
}

enum rc link_get_end(struct link *link, const char *topic, int32_t partition, int64_t *ret_offset, char *errstr,
                     size_t errstr_bytes)
{
    char what[320];
    int64_t low = 0;
    rd_kafka_resp_err_t error =
        rd_kafka_query_watermark_offsets(link->kafka, topic, partition, &low, ret_offset, LINK_TIMEOUT_MS);

    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return RC_OK;
    }
    snprintf(what, sizeof what, "read the log end of %s/%d", topic, partition);
    return link_fail(link, error, what, errstr, errstr_bytes);
}
