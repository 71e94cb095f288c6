/* config: settings by name, ours and librdkafka's, judged as they are set.
 *
 * Memory:  as autohttp.h says; config_make_kafka() gives.
 * Threads: one at a time.
 */
#ifndef PRODUCER_CONFIG_H
#define PRODUCER_CONFIG_H

#include "autohttp.h"
#include "settings.h"
#include "topics.h"
#include <librdkafka/rdkafka.h>

struct autohttp_config {
    rd_kafka_conf_t *kafka;
    char topic_prefix[TOPICS_PREFIX_MAX_BYTES];
    autohttp_log_cb log_cb; /* NULL: messages are dropped */
    void *log_opaque;
    struct settings settings; /* of inline calls and callbacks */
};

/* Gives a copy for one handle; free with rd_kafka_conf_destroy(). */
rd_kafka_conf_t *config_make_kafka(const autohttp_config_t *config);

#endif
