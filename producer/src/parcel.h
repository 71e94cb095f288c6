/* parcel: the record of a task, ready to be produced: key, JSON, header `autohttp`.
 *
 * Memory:  parcel_init() fills, parcel_close() frees; a zeroed one may be closed. It borrows nothing.
 * Threads: one at a time.
 */
#ifndef PRODUCER_PARCEL_H
#define PRODUCER_PARCEL_H

#include "autohttp.h"
#include "buffer.h"
#include "header.h"
#include "task_json.h"

struct parcel {
    char key[2 * TASK_KEY_PART_MAX_BYTES + 1]; /* business_type:business_id, no NUL */
    size_t key_bytes;
    struct buffer json;
    struct header header; /* publish id and duplicate are set; n, due and st may be added */
};

/* The view is checked. False if there is no memory; the parcel is then empty. */
bool parcel_init(struct parcel *parcel, const struct task *view, const uint8_t publish_id[HEADER_PUB_BYTES]);
void parcel_close(struct parcel *parcel);
/* As autohttp_publish(). */
enum autohttp_rc parcel_produce(autohttp_t *handle, const struct parcel *parcel, autohttp_delivery_cb cb, void *opaque,
                                char *errstr, size_t errstr_bytes);
/* As autohttp_publish_sync(). */
enum autohttp_rc parcel_produce_sync(autohttp_t *handle, struct parcel *parcel, int timeout_ms, uint64_t *ret_id,
                                     char *errstr, size_t errstr_bytes);

#endif
