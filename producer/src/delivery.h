/* delivery: what became of one record, from its queueing to its callback.
 *
 * Memory:  delivery_new() gives; from a successful client_produce() on it belongs to librdkafka's record and is freed
 *          after its callback. A caller sees it during the callback only.
 * Threads: the publishing one until it is queued, then the handle's.
 */
#ifndef PRODUCER_DELIVERY_H
#define PRODUCER_DELIVERY_H

#include "autohttp.h"
#include <librdkafka/rdkafka.h>
#include <stdbool.h>

#define DELIVERY_ERRSTR_BYTES 256

struct autohttp_delivery {
    autohttp_delivery_cb cb; /* may be NULL */
    void *opaque;
    bool is_task;
    char publish_id[AUTOHTTP_PUBLISH_ID_BYTES + 1]; /* "" for a command */
    enum autohttp_rc rc;
    int32_t partition; /* -1: not known */
    int64_t offset;    /* -1: not known */
    char errstr[DELIVERY_ERRSTR_BYTES];
};

/* NULL if there is no memory. publish_id: NULL for a command. */
struct autohttp_delivery *delivery_new(const char *publish_id, autohttp_delivery_cb cb, void *opaque);
void delivery_free(struct autohttp_delivery *delivery);
/* Takes over what librdkafka reports. is_closing: autohttp_free() was called. */
void delivery_set_report(struct autohttp_delivery *delivery, const rd_kafka_message_t *message, bool is_closing);
void delivery_call(const struct autohttp_delivery *delivery);

#endif
