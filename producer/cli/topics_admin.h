/* topics_admin: what the broker has of the wanted topics, and creating and altering them.
 *
 * Altering reads a topic's own settings, puts ours over them and writes the whole back: the request that every
 * librdkafka has replaces all of them, so what an operator set beside ours has to be written again.
 *
 * Memory:  the caller owns everything; ret_found has one element for each wanted topic.
 * Threads: one at a time.
 * Errors:  as link.h.
 */
#ifndef CLI_TOPICS_ADMIN_H
#define CLI_TOPICS_ADMIN_H

#include "link.h"
#include "rc.h"
#include "topic_rules.h"
#include "topics.h"
#include <stdbool.h>
#include <stdint.h>

#define TOPICS_ADMIN_VALUE_BYTES 64

struct topic_found {
    bool exists;
    int32_t partition_count;
    int32_t replica_count; /* of partition 0 */
    /* Values of the wanted settings, in their order; "" if the broker does not tell. */
    char values[TOPICS_CONFIG_MAX][TOPICS_ADMIN_VALUE_BYTES];
    struct topic_facts facts;
};

enum rc topics_admin_describe(struct link *link, const struct topics *wanted, struct topic_found *ret_found,
                              char *errstr, size_t errstr_bytes);
/* Topics on the broker under the prefix that are not wanted: tiers of former configurations, whose records are read all
 * the same. Adds them to wanted's end, with the settings of a tier. */
enum rc topics_admin_add_tiers(struct link *link, struct topics *wanted, char *errstr, size_t errstr_bytes);
/* Both act on one topic and wait until it is done. */
enum rc topics_admin_create(struct link *link, const struct topics *wanted, const struct topic *topic, char *errstr,
                            size_t errstr_bytes);
enum rc topics_admin_alter(struct link *link, const struct topic *topic, char *errstr, size_t errstr_bytes);

#endif
