#include "owner.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "coords.h"
#include "link.h"
#include "task_json.h"
#include "topics.h"

#define CLIENT_ID_START "autohttp@"

/* Which member of the group is looked for. */
struct wanted {
    const char *topic; /* NULL: any member */
    int32_t partition;
};

static bool owns(const rd_kafka_MemberDescription_t *member, const struct wanted *wanted)
{
    const rd_kafka_MemberAssignment_t *assignment = rd_kafka_MemberDescription_assignment(member);
    const rd_kafka_topic_partition_list_t *partitions =
        assignment != NULL ? rd_kafka_MemberAssignment_partitions(assignment) : NULL;

    for (int i = 0; partitions != NULL && i < partitions->cnt; i++) {
        if (strcmp(partitions->elems[i].topic, wanted->topic) == 0 &&
            partitions->elems[i].partition == wanted->partition) {
            return true;
        }
    }
    return false;
}

static enum rc fail_unowned(const char *group_id, const struct wanted *wanted, char *errstr, size_t errstr_bytes)
{
    if (wanted->topic == NULL) {
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "group %s has no worker: none is running", group_id);
    }
    return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes,
                   "no worker of group %s owns partition %" PRId32 " of %s: none is running, or it is starting",
                   group_id, wanted->partition, wanted->topic);
}

static enum rc find_member(const rd_kafka_ConsumerGroupDescription_t *group, const struct wanted *wanted,
                           char *ret_address, char *errstr, size_t errstr_bytes)
{
    const size_t start_bytes = strlen(CLIENT_ID_START);

    for (size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(group); i++) {
        const rd_kafka_MemberDescription_t *member = rd_kafka_ConsumerGroupDescription_member(group, i);
        const char *client_id = rd_kafka_MemberDescription_client_id(member);
        if (strncmp(client_id, CLIENT_ID_START, start_bytes) == 0 && (wanted->topic == NULL || owns(member, wanted))) {
            snprintf(ret_address, OWNER_ADDRESS_BYTES, "%s", client_id + start_bytes);
            return RC_OK;
        }
    }
    return fail_unowned(rd_kafka_ConsumerGroupDescription_group_id(group), wanted, errstr, errstr_bytes);
}

static enum rc ask_group(struct link *link, const char *group_id, const struct wanted *wanted, char *ret_address,
                         char *errstr, size_t errstr_bytes)
{
    char what[320];
    size_t count = 0;
    enum rc rc = RC_OK;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(link->kafka);
    rd_kafka_event_t *event = NULL;

    snprintf(what, sizeof what, "describe group %.255s", group_id);
    rd_kafka_DescribeConsumerGroups(link->kafka, &group_id, 1, NULL, queue);
    event = rd_kafka_queue_poll(queue, LINK_TIMEOUT_MS);
    if (event == NULL || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rc = link_fail(link, event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event), what, errstr,
                       errstr_bytes);
        goto out;
    }
    const rd_kafka_ConsumerGroupDescription_t **groups =
        rd_kafka_DescribeConsumerGroups_result_groups(rd_kafka_event_DescribeConsumerGroups_result(event), &count);
    const rd_kafka_error_t *error = count == 1 ? rd_kafka_ConsumerGroupDescription_error(groups[0]) : NULL;
    if (count != 1 || error != NULL) {
        rc = link_fail(link, count == 1 ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR__BAD_MSG, what, errstr,
                       errstr_bytes);
        goto out;
    }
    rc = find_member(groups[0], wanted, ret_address, errstr, errstr_bytes);
out:
    if (event != NULL) {
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    return rc;
}

enum rc owner_find(const struct settings *settings, const char *business_type, const char *business_id,
                   char *ret_address, char *errstr, size_t errstr_bytes)
{
    char key[2 * TASK_KEY_PART_MAX_BYTES + 2];
    char topic[TOPICS_NAME_MAX_BYTES];
    int32_t partition_count = 0;
    struct link *link = NULL;
    enum rc rc = link_open(settings, &link, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    topics_print_name(settings->topic_prefix, TOPIC_TASKS, 0, topic);
    rc = link_get_partition_count(link, topic, &partition_count, errstr, errstr_bytes);
    if (rc == RC_OK) {
        int key_bytes = snprintf(key, sizeof key, "%s:%s", business_type, business_id);
        struct wanted wanted = {topic, coords_get_home(key, (size_t)key_bytes, partition_count)};
        rc = ask_group(link, settings->group_id, &wanted, ret_address, errstr, errstr_bytes);
    }
    link_close(link);
    return rc == RC_NOT_FOUND ? RC_UNAVAILABLE : rc; /* a missing topic is not a missing task */
}

enum rc owner_find_any(const struct settings *settings, char *ret_address, char *errstr, size_t errstr_bytes)
{
    struct wanted any = {.topic = NULL};
    struct link *link = NULL;
    enum rc rc = link_open(settings, &link, errstr, errstr_bytes);

    if (rc == RC_OK) {
        rc = ask_group(link, settings->group_id, &any, ret_address, errstr, errstr_bytes);
    }
    link_close(link);
    return rc;
}
