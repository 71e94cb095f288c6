/* autohttp_publish() and autohttp_publish_sync(): check, print, queue. */
#include "autohttp.h"

#include "client.h"
#include "codes.h"
#include "delivery.h"
#include "parcel.h"
#include "rc.h"
#include "sync.h"
#include "task_builder.h"

enum autohttp_rc autohttp_publish(autohttp_t *handle, autohttp_task_t *task, autohttp_delivery_cb cb, void *opaque,
                                  char *errstr, size_t errstr_bytes)
{
    enum autohttp_rc rc = AUTOHTTP_OK;
    struct task view;
    struct parcel parcel = {0};

    if (handle == NULL || task == NULL) {
        return codes_from_rc(rc_fail(RC_INVALID, errstr, errstr_bytes, "handle or task is NULL"));
    }
    rc = codes_from_rc(task_builder_get_view(task, &view, errstr, errstr_bytes));
    if (rc != AUTOHTTP_OK) {
        return rc;
    }
    if (!task->has_schedule && client_get_settings(handle)->has_default_schedule) {
        settings_fill_schedule(client_get_settings(handle), &view);
    } /* else the worker's defaults stand for what it does not name */
    if (!parcel_init(&parcel, &view, task->publish_id)) {
        return codes_from_rc(rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory to publish"));
    }
    /* Before the produce, which may end in a callback that changes the task. */
    atomic_store(&task->is_published, true);
    rc = parcel_produce(handle, &parcel, cb, opaque, errstr, errstr_bytes);
    parcel_close(&parcel);
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
