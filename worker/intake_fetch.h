/* intake_fetch: reads single records by their coordinates, with a client of its own outside the consumer group.
 *
 * Memory:  intake_fetch_open() gives, intake_fetch_close() takes. A message given is freed with
 * rd_kafka_message_destroy() before the reader is closed. Threads: one at a time; blocks.
 */
#ifndef WORKER_INTAKE_FETCH_H
#define WORKER_INTAKE_FETCH_H

#include "coords.h"
#include "params.h"
#include "rc.h"
#include "topics.h"
#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stddef.h>

struct intake_fetch;

enum rc intake_fetch_open(const struct params *params, const char *client_id, struct intake_fetch **ret_fetch,
                          char *errstr, size_t errstr_bytes);
/* NULL is fine. */
void intake_fetch_close(struct intake_fetch *fetch);
/* RC_NOT_FOUND: nothing is kept at these coordinates. RC_UNAVAILABLE: not told within a few seconds, or *is_closing. */
enum rc intake_fetch_read(struct intake_fetch *fetch, const struct coords *coords, const atomic_bool *is_closing,
                          rd_kafka_message_t **ret_message, char *errstr, size_t errstr_bytes);
/* The topic that coordinates name; not for COORDS_NONE. */
enum topic_kind intake_fetch_get_kind(enum coords_topic topic);

#endif
