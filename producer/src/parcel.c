#include "parcel.h"

#include "client.h"
#include "codes.h"
#include "delivery.h"
#include "sync.h"
#include <string.h>

static void print_key(struct parcel *parcel, const struct task *view)
{
    size_t type_bytes = strlen(view->business_type);
    size_t id_bytes = strlen(view->business_id);

    memcpy(parcel->key, view->business_type, type_bytes);
    parcel->key[type_bytes] = ':';
    memcpy(parcel->key + type_bytes + 1, view->business_id, id_bytes);
    parcel->key_bytes = type_bytes + 1 + id_bytes;
}

bool parcel_init(struct parcel *parcel, const struct task *view, const uint8_t publish_id[HEADER_PUB_BYTES])
{
    *parcel = (struct parcel){.header = {.has_publish_id = true, .duplicate = view->duplicate}};
    memcpy(parcel->header.publish_id, publish_id, HEADER_PUB_BYTES);
    print_key(parcel, view);
    if (task_encode(view, &parcel->json) != RC_OK) {
        parcel_close(parcel);
        return false;
    }
    return true;
}

void parcel_close(struct parcel *parcel)
{
    buffer_close(&parcel->json);
}

enum autohttp_rc parcel_produce(autohttp_t *handle, const struct parcel *parcel, autohttp_delivery_cb cb, void *opaque,
                                char *errstr, size_t errstr_bytes)
{
    enum autohttp_rc rc = AUTOHTTP_OK;
    char header[HEADER_TEXT_MAX_BYTES];
    char publish_id[AUTOHTTP_PUBLISH_ID_BYTES + 1];
    struct autohttp_delivery *delivery = NULL;
    struct client_record record = {
        .topic = CLIENT_TASKS,
        .key = parcel->key,
        .key_bytes = parcel->key_bytes,
        .value = parcel->json.data,
        .value_bytes = parcel->json.len_bytes,
        .header = header,
        .header_bytes = header_print(&parcel->header, header),
    };

    header_print_publish_id(parcel->header.publish_id, publish_id);
    delivery = delivery_new(publish_id, cb, opaque);
    if (delivery == NULL) {
        return codes_from_rc(rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory to publish"));
    }
    rc = client_produce(handle, &record, delivery, errstr, errstr_bytes);
    if (rc != AUTOHTTP_OK) {
        delivery_free(delivery);
    }
    return rc;
}

static enum autohttp_rc send_parcel(autohttp_t *handle, void *what, autohttp_delivery_cb cb, void *opaque, char *errstr,
                                    size_t errstr_bytes)
{
    return parcel_produce(handle, what, cb, opaque, errstr, errstr_bytes);
}

enum autohttp_rc parcel_produce_sync(autohttp_t *handle, struct parcel *parcel, int timeout_ms, uint64_t *ret_id,
                                     char *errstr, size_t errstr_bytes)
{
    struct autohttp_delivery delivery;
    enum autohttp_rc rc = sync_send(handle, send_parcel, parcel, timeout_ms, &delivery, errstr, errstr_bytes);

    if (rc == AUTOHTTP_OK) {
        *ret_id = autohttp_delivery_get_id(&delivery);
    }
    return rc;
}
