#include "admin_group.h"

#include <string.h>

#include "invariant.h"
#include "kafka.h"

/* The request ends by itself at timeout_ms; only a stuck client is left behind by this. */
#define POLL_MARGIN_MS 500

static void add_member(const rd_kafka_MemberDescription_t *member, const char *topic, struct admin_members *members)
{
    const rd_kafka_MemberAssignment_t *assignment = rd_kafka_MemberDescription_assignment(member);
    const rd_kafka_topic_partition_list_t *partitions =
        assignment != NULL ? rd_kafka_MemberAssignment_partitions(assignment) : NULL;

    for (int i = 0; partitions != NULL && i < partitions->cnt; i++) {
        if (strcmp(partitions->elems[i].topic, topic) == 0)
            admin_members_add(members, rd_kafka_MemberDescription_client_id(member), partitions->elems[i].partition);
    }
}

static enum rc fail_group(const char *group_id, const char *why, char *errstr, size_t errstr_bytes)
{
    return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "describe group %s: %s", group_id, why);
}

static enum rc read_event(rd_kafka_event_t *event, const char *group_id, const char *topic,
                          struct admin_members *members, char *errstr, size_t errstr_bytes)
{
    const rd_kafka_ConsumerGroupDescription_t **groups;
    const rd_kafka_error_t *error;
    size_t group_count = 0;

    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return fail_group(group_id, rd_kafka_err2str(rd_kafka_event_error(event)), errstr, errstr_bytes);
    groups = rd_kafka_DescribeConsumerGroups_result_groups(rd_kafka_event_DescribeConsumerGroups_result(event),
                                                           &group_count);
    if (group_count != 1)
        return fail_group(group_id, "no description in the answer", errstr, errstr_bytes);
    error = rd_kafka_ConsumerGroupDescription_error(groups[0]);
    if (error != NULL)
        return fail_group(group_id, rd_kafka_err2str(rd_kafka_error_code(error)), errstr, errstr_bytes);
    for (size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(groups[0]); i++)
        add_member(rd_kafka_ConsumerGroupDescription_member(groups[0], i), topic, members);
    return RC_OK;
}

enum rc admin_group_describe(rd_kafka_t *client, const char *group_id, const char *topic, int64_t timeout_ms,
                             struct admin_members *ret_members, char *errstr, size_t errstr_bytes)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    rd_kafka_event_t *event = NULL;
    char why[KAFKA_ERRSTR_BYTES];
    enum rc rc;

    INVARIANT(ret_members->count == 0);
    rd_kafka_AdminOptions_set_request_timeout(options, (int)timeout_ms, why, sizeof why);
    rd_kafka_DescribeConsumerGroups(client, &group_id, 1, options, queue);
    event = rd_kafka_queue_poll(queue, (int)timeout_ms + POLL_MARGIN_MS);
    if (event == NULL) {
        rc = fail_group(group_id, "no answer in time", errstr, errstr_bytes);
        goto out;
    }
    rc = read_event(event, group_id, topic, ret_members, errstr, errstr_bytes);
    rd_kafka_event_destroy(event);
out:
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    return rc;
}
