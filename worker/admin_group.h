/* admin_group: asks the brokers which member of the workers' consumer group has which partition of a topic.
 *
 * Memory:  fills the caller's struct; borrows the rest.
 * Threads: any; blocks.
 * Errors:  RC_UNAVAILABLE: no answer within timeout_ms, or one that describes nothing (the coordinator moves, an ACL).
 */
#ifndef WORKER_ADMIN_GROUP_H
#define WORKER_ADMIN_GROUP_H

#include "admin_members.h"
#include "rc.h"
#include <librdkafka/rdkafka.h>
#include <stddef.h>
#include <stdint.h>

/* ret_members: empty or zeroed. A group without members, or that does not exist, is RC_OK and nothing added. */
enum rc admin_group_describe(rd_kafka_t *client, const char *group_id, const char *topic, int64_t timeout_ms,
                             struct admin_members *ret_members, char *errstr, size_t errstr_bytes);

#endif
