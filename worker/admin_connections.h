/* admin_connections: the open connections of the admin port, and until when each has time.
 *
 * microhttpd's own timeout counts from the last byte: who sends one byte now and then would hold a connection for ever,
 * and there are few. So a request has a time to come whole, from the connection's start or the last answer on, and an
 * answer one to be taken; a connection whose time is over is shut down, and microhttpd closes it.
 *
 * Memory:  admin_connections_add() gives, admin_connections_remove() takes.
 * Threads: any; a descriptor that is listed is open.
 * Time:    the caller's monotonic time, the same in every call.
 */
#ifndef WORKER_ADMIN_CONNECTIONS_H
#define WORKER_ADMIN_CONNECTIONS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct admin_connection;

struct admin_connections {
    pthread_mutex_t mutex;
    struct admin_connection *list;
};

void admin_connections_init(struct admin_connections *connections);
/* Every connection is removed already. */
void admin_connections_close(struct admin_connections *connections);
struct admin_connection *admin_connections_add(struct admin_connections *connections, int fd, int64_t deadline_mono_ms);
/* Before the descriptor is closed. */
void admin_connections_remove(struct admin_connections *connections, struct admin_connection *connection);
void admin_connections_set_deadline(struct admin_connections *connections, struct admin_connection *connection,
                                    int64_t deadline_mono_ms);
/* Shuts down those whose deadline has come; returns how many. */
size_t admin_connections_cut(struct admin_connections *connections, int64_t mono_ms);

#endif
