/* client: a handle: librdkafka's producer, the thread that serves its reports, the bounded queue.
 *
 *     autohttp_new() --> open --> autohttp_free(): closing (publishes answered AUTOHTTP_CLOSED)
 *                                   --> follower ended --> flushed or purged --> thread joined --> freed
 *
 * Rules kept: each record that client_produce() took is reported exactly once, by the handle's thread and no other; the
 * thread ends only after the last report.
 *
 * Memory:  autohttp_new() gives, autohttp_free() frees.
 * Threads: any, except that nothing else may run on the handle during autohttp_free().
 */
#ifndef PRODUCER_CLIENT_H
#define PRODUCER_CLIENT_H

#include "autohttp.h"
#include "delivery.h"
#include "settings.h"
#include "transfer.h"
#include <stdbool.h>
#include <stddef.h>

enum client_topic {
    CLIENT_TASKS = 0,
    CLIENT_CONTROL,
    CLIENT_TOPIC_COUNT,
};

struct client_record {
    enum client_topic topic;
    const char *key; /* the business key; its hash chooses the partition */
    size_t key_bytes;
    const char *value;
    size_t value_bytes;
    const char *header; /* text of the header `autohttp`; NULL for none */
    size_t header_bytes;
};

/* Copies the record into the queue and takes delivery on AUTOHTTP_OK; else it is still the caller's. */
enum autohttp_rc client_produce(autohttp_t *client, const struct client_record *record,
                                struct autohttp_delivery *delivery, char *errstr, size_t errstr_bytes);
const struct settings *client_get_settings(const autohttp_t *client);
struct transfer_pool *client_get_pool(autohttp_t *client);
/* Whether the caller is a callback: it must not wait for what only its own thread can bring. */
bool client_is_own_thread(const autohttp_t *client);

#endif
