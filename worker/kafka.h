/* kafka: opens the librdkafka clients behind intake and emit, and wakes the loop for their queues.
 *
 * A client gets the settings of its caller, then those of the configuration's `kafka` section, which params.def keeps
 * from touching what the protocol rests on. What librdkafka logs goes to log.h as msg=kafka_client, errors that it
 * hands over as events as msg=kafka_error: of each kind one line a minute. Lost connections, of which each client tells
 * again and again, are at debug level only: intake says when no broker is left.
 *
 * Memory:  kafka_open() gives; rd_kafka_destroy() takes.
 * Threads: any.
 * Errors:  RC_INVALID with `file:line: kafka: key: why`.
 */
#ifndef WORKER_KAFKA_H
#define WORKER_KAFKA_H

#include "params.h"
#include "rc.h"
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KAFKA_ERRSTR_BYTES 512

struct kafka_setting {
    const char *name; /* NULL ends a list */
    const char *value;
};

/* events: RD_KAFKA_EVENT_* that are taken from queues, or-ed. */
enum rc kafka_open(const struct params *params, rd_kafka_type_t type, const char *client_id,
                   const struct kafka_setting *settings, int events, rd_kafka_t **ret_client, char *errstr,
                   size_t errstr_bytes);

/* A broker cannot be reached: librdkafka goes on trying. */
bool kafka_is_connection_error(rd_kafka_resp_err_t err);
/* Logs an error event of a client that is not fatal: librdkafka does not log what it hands over as an event. */
void kafka_log_error(const char *client, rd_kafka_resp_err_t err, const char *text);

/* An eventfd that any number of queues write to; -1 and errno when there is none to be had. */
int kafka_open_fd(void);
/* Makes fd readable. */
void kafka_wake_fd(int fd);
void kafka_clear_fd(int fd);
/* Writes to fd when something comes into the queue after it was polled. fd -1: no more. */
void kafka_watch_queue(rd_kafka_queue_t *queue, int fd);

#endif
