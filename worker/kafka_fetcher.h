/* kafka_fetcher: reads single records by their coordinates, with a client of its own outside the consumer group.
 *
 * Memory:  kafka_fetcher_open() gives, kafka_fetcher_close() takes. A message given is freed with
 *          rd_kafka_message_destroy() before the reader is closed.
 * Threads: one at a time; blocks.
 */
#ifndef WORKER_KAFKA_FETCHER_H
#define WORKER_KAFKA_FETCHER_H

#include "coords.h"
#include "params.h"
#include "rc.h"
#include "topics.h"
#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stddef.h>

struct kafka_fetcher;

enum rc kafka_fetcher_open(const struct params *params, const char *client_id, struct kafka_fetcher **ret_fetch,
                           char *errstr, size_t errstr_bytes);
/* NULL is fine. */
void kafka_fetcher_close(struct kafka_fetcher *fetch);
/* RC_NOT_FOUND: nothing is kept at these coordinates. RC_UNAVAILABLE: not told within a few seconds, or *is_closing. */
enum rc kafka_fetcher_read(struct kafka_fetcher *fetch, const struct coords *coords, const atomic_bool *is_closing,
                           rd_kafka_message_t **ret_message, char *errstr, size_t errstr_bytes);
/* The topic that coordinates name; not for COORDS_NONE. */
enum topic_kind kafka_fetcher_get_kind(enum coords_topic topic);

#endif
