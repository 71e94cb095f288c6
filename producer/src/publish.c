/* autohttp_publish() and autohttp_publish_sync(): check, print, queue. */
#include "autohttp.h"

#include "buffer.h"
#include "client.h"
#include "codes.h"
#include "delivery.h"
#include "header.h"
#include "rc.h"
#include "sync.h"
#include "task_builder.h"
#include <string.h>

#define KEY_MAX_BYTES (2 * TASK_KEY_PART_MAX_BYTES + 1)

/* business_type:business_id without a NUL; both were checked. */
static size_t print_key(const struct task *view, char buf[KEY_MAX_BYTES])
{
    size_t type_bytes = strlen(view->business_type);
    size_t id_bytes = strlen(view->business_id);

    memcpy(buf, view->business_type, type_bytes);
    buf[type_bytes] = ':';
    memcpy(buf + type_bytes + 1, view->business_id, id_bytes);
    return type_bytes + 1 + id_bytes;
}

static size_t print_header(const autohttp_task_t *task, char buf[HEADER_TEXT_MAX_BYTES])
{
    struct header header = {.has_publish_id = true, .duplicate = task->fields.duplicate};

    memcpy(header.publish_id, task->publish_id, sizeof header.publish_id);
    return header_print(&header, buf);
}

static enum autohttp_rc produce_task(autohttp_t *handle, autohttp_task_t *task, const struct task *view,
                                     const struct buffer *json, struct autohttp_delivery *delivery, char *errstr,
                                     size_t errstr_bytes)
{
    char key[KEY_MAX_BYTES];
    char header[HEADER_TEXT_MAX_BYTES];
    struct client_record record = {
        .topic = CLIENT_TASKS,
        .key = key,
        .key_bytes = print_key(view, key),
        .value = json->data,
        .value_bytes = json->len_bytes,
        .header = header,
        .header_bytes = print_header(task, header),
    };

    /* Before the produce, which may end in a callback that changes the task. */
    atomic_store(&task->is_published, true);
    return client_produce(handle, &record, delivery, errstr, errstr_bytes);
}

enum autohttp_rc autohttp_publish(autohttp_t *handle, autohttp_task_t *task, autohttp_delivery_cb cb, void *opaque,
                                  char *errstr, size_t errstr_bytes)
{
    enum autohttp_rc rc = AUTOHTTP_OK;
    struct task view;
    struct buffer json = {0};
    struct autohttp_delivery *delivery = NULL;

    if (handle == NULL || task == NULL) {
        return codes_from_rc(rc_fail(RC_INVALID, errstr, errstr_bytes, "handle or task is NULL"));
    }
    rc = codes_from_rc(task_builder_get_view(task, &view, errstr, errstr_bytes));
    if (rc != AUTOHTTP_OK) {
        return rc;
    }
    delivery = delivery_new(task->publish_id_text, cb, opaque);
    if (delivery == NULL || task_encode(&view, &json) != RC_OK) {
        rc = codes_from_rc(rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory to publish"));
        goto out;
    }
    rc = produce_task(handle, task, &view, &json, delivery, errstr, errstr_bytes);
    if (rc == AUTOHTTP_OK) {
        delivery = NULL; /* the record's now */
    }
out:
    delivery_free(delivery);
    buffer_close(&json);
    return rc;
}

static enum autohttp_rc send_task(autohttp_t *handle, void *what, autohttp_delivery_cb cb, void *opaque, char *errstr,
                                  size_t errstr_bytes)
{
    return autohttp_publish(handle, what, cb, opaque, errstr, errstr_bytes);
}

enum autohttp_rc autohttp_publish_sync(autohttp_t *handle, autohttp_task_t *task, int timeout_ms, uint64_t *ret_id,
                                       char *errstr, size_t errstr_bytes)
{
    struct autohttp_delivery delivery;
    enum autohttp_rc rc = sync_send(handle, send_task, task, timeout_ms, &delivery, errstr, errstr_bytes);

    if (rc == AUTOHTTP_OK && ret_id != NULL) {
        *ret_id = autohttp_delivery_get_id(&delivery);
    }
    return rc;
}
