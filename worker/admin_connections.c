#include "admin_connections.h"

#include <stdlib.h>
#include <sys/socket.h>

#include <utlist.h>

#include "alloc.h"

struct admin_connection {
    int fd;
    int64_t deadline_mono_ms; /* INT64_MAX once it is shut down */
    struct admin_connection *prev;
    struct admin_connection *next;
};

void admin_connections_init(struct admin_connections *connections)
{
    pthread_mutex_init(&connections->mutex, NULL);
    connections->list = NULL;
}

void admin_connections_close(struct admin_connections *connections)
{
    pthread_mutex_destroy(&connections->mutex);
}

struct admin_connection *admin_connections_add(struct admin_connections *connections, int fd, int64_t deadline_mono_ms)
{
    struct admin_connection *connection = alloc_zeroed(1, sizeof *connection);

    connection->fd = fd;
    connection->deadline_mono_ms = deadline_mono_ms;
    pthread_mutex_lock(&connections->mutex);
    DL_APPEND(connections->list, connection);
    pthread_mutex_unlock(&connections->mutex);
    return connection;
}

void admin_connections_remove(struct admin_connections *connections, struct admin_connection *connection)
{
    pthread_mutex_lock(&connections->mutex);
    DL_DELETE(connections->list, connection);
    pthread_mutex_unlock(&connections->mutex);
    free(connection);
}

void admin_connections_set_deadline(struct admin_connections *connections, struct admin_connection *connection,
                                    int64_t deadline_mono_ms)
{
    pthread_mutex_lock(&connections->mutex);
    connection->deadline_mono_ms = deadline_mono_ms;
    pthread_mutex_unlock(&connections->mutex);
}

size_t admin_connections_cut(struct admin_connections *connections, int64_t mono_ms)
{
    struct admin_connection *connection;
    size_t cut_count = 0;

    /* Under the lock: a descriptor that is no longer listed may be another's already. */
    pthread_mutex_lock(&connections->mutex);
    DL_FOREACH(connections->list, connection)
    {
        if (connection->deadline_mono_ms <= mono_ms) {
            shutdown(connection->fd, SHUT_RDWR);
            connection->deadline_mono_ms = INT64_MAX;
            cut_count++;
        }
    }
    pthread_mutex_unlock(&connections->mutex);
    return cut_count;
}
