/* kafka_trim: moves log starts forward (DeleteRecords), as far as records are old enough. Blocks.
 *
 * Memory:  borrows.
 * Threads: any, one call at a time for a client.
 */
#ifndef WORKER_KAFKA_TRIM_H
#define WORKER_KAFKA_TRIM_H

#include "intake.h"
#include <librdkafka/rdkafka.h>

/* Trims all in one request to each leader. Each trim's log_start_offset becomes what the broker says, -1 where it
 * refused. RC_UNAVAILABLE: nothing was answered; RC_INVALID: some were refused; errstr says why, of the first. */
enum rc kafka_trim(rd_kafka_t *client, const char *topic_prefix, struct intake_trim *trims, size_t trim_count,
                   int timeout_ms, char *errstr, size_t errstr_bytes);

#endif
