/* sync: sends a record and waits for the callback of that record, for a limited time.
 *
 * The report may come after the wait has ended, so caller and callback hold a reference to the waiter each; the last
 * frees it.
 *
 * Memory:  nothing is left to the caller.
 * Threads: one waits, the handle's thread reports.
 */
#ifndef PRODUCER_SYNC_H
#define PRODUCER_SYNC_H

#include "autohttp.h"
#include "delivery.h"

/* An asynchronous call of the handle; `what` is the task or the command. */
typedef enum autohttp_rc (*sync_send_cb)(autohttp_t *handle, void *what, autohttp_delivery_cb cb, void *opaque,
                                         char *errstr, size_t errstr_bytes);

/* The answer of the send if it was not queued, else the report's code; AUTOHTTP_UNKNOWN if none came within timeout_ms
 * (negative: no limit). *ret_delivery is written on AUTOHTTP_OK. */
enum autohttp_rc sync_send(autohttp_t *handle, sync_send_cb send, void *what, int timeout_ms,
                           struct autohttp_delivery *ret_delivery, char *errstr, size_t errstr_bytes);

#endif
