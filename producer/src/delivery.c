#include "delivery.h"

#include "codes.h"
#include "coords.h"
#include <stdio.h>
#include <stdlib.h>

struct autohttp_delivery *delivery_new(const char *publish_id, autohttp_delivery_cb cb, void *opaque)
{
    struct autohttp_delivery *delivery = calloc(1, sizeof *delivery);

    if (delivery == NULL) {
        return NULL;
    }
    delivery->cb = cb;
    delivery->opaque = opaque;
    delivery->is_task = publish_id != NULL;
    delivery->partition = -1;
    delivery->offset = -1;
    if (publish_id != NULL) {
        snprintf(delivery->publish_id, sizeof delivery->publish_id, "%s", publish_id);
    }
    return delivery;
}

void delivery_free(struct autohttp_delivery *delivery)
{
    free(delivery);
}

void delivery_set_report(struct autohttp_delivery *delivery, const rd_kafka_message_t *message, bool is_closing)
{
    rd_kafka_resp_err_t err = codes_get_cause(message->err, is_closing);
    bool may_be_appended = rd_kafka_message_status(message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED;

    delivery->rc = codes_from_kafka(err, may_be_appended);
    if (delivery->rc != AUTOHTTP_OK) {
        snprintf(delivery->errstr, sizeof delivery->errstr, "topic %s: %s", rd_kafka_topic_name(message->rkt),
                 rd_kafka_err2str(err));
        return;
    }
    if (message->partition >= 0 && message->offset >= 0) {
        delivery->partition = message->partition;
        delivery->offset = message->offset;
    }
}

void delivery_call(const struct autohttp_delivery *delivery)
{
    if (delivery->cb != NULL) {
        delivery->cb(delivery, delivery->opaque);
    }
}

enum autohttp_rc autohttp_delivery_get_rc(const autohttp_delivery_t *delivery)
{
    return delivery->rc;
}

const char *autohttp_delivery_get_errstr(const autohttp_delivery_t *delivery)
{
    return delivery->errstr;
}

uint64_t autohttp_delivery_get_id(const autohttp_delivery_t *delivery)
{
    if (!delivery->is_task || delivery->offset < 0) {
        return AUTOHTTP_ID_UNKNOWN;
    }
    return coords_make_id(delivery->partition, delivery->offset);
}

int32_t autohttp_delivery_get_partition(const autohttp_delivery_t *delivery)
{
    return delivery->partition;
}

int64_t autohttp_delivery_get_offset(const autohttp_delivery_t *delivery)
{
    return delivery->offset;
}

const char *autohttp_delivery_get_publish_id(const autohttp_delivery_t *delivery)
{
    return delivery->publish_id;
}
