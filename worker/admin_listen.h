/* admin_listen: the socket at which the admin server takes connections.
 *
 * Memory:  the descriptor is the caller's, to be closed.
 * Threads: any.
 * Errors:  RC_INVALID: the address is none, or without a token not loopback; RC_UNAVAILABLE: it cannot be listened at.
 */
#ifndef WORKER_ADMIN_LISTEN_H
#define WORKER_ADMIN_LISTEN_H

#include "host_port.h"
#include "rc.h"
#include <stdbool.h>
#include <stddef.h>

/* listen_at: as host_port_parse(); port 0: any free one. ret_address: where it really listens; has
 * HOST_PORT_MAX_BYTES + 1. */
enum rc admin_listen_open(const char *listen_at, bool has_token, int *ret_fd, char *ret_address, char *errstr,
                          size_t errstr_bytes);

#endif
