/* listen_endpoint: the HTTP server behind `listen`, on libmicrohttpd, a thread for each connection.
 *
 * Memory:  listen_endpoint_open() gives, listen_endpoint_close() takes; NULL is fine. Options, script and log must
 *          outlive it.
 * Threads: open and close one; calls are served in the server's own.
 * Errors:  RC_INVALID: the address or a header cannot be; RC_UNAVAILABLE: the port cannot be had.
 */
#ifndef CLI_LISTEN_ENDPOINT_H
#define CLI_LISTEN_ENDPOINT_H

#include "call_log.h"
#include "options.h"
#include "rc.h"
#include "script.h"
#include <stddef.h>
#include <stdint.h>

struct listen_endpoint;

struct listen_endpoint_options {
    const char *address;               /* numeric IPv4 */
    uint16_t port;                     /* 0: any */
    int64_t delay_ms;                  /* before every answer */
    const struct option_list *headers; /* "Name: value", put on every answer */
};

enum rc listen_endpoint_open(const struct listen_endpoint_options *options, struct script *script, struct call_log *log,
                             struct listen_endpoint **ret_endpoint, char *errstr, size_t errstr_bytes);
/* Cuts waits short and ends all connections. */
void listen_endpoint_close(struct listen_endpoint *endpoint);
uint16_t listen_endpoint_get_port(const struct listen_endpoint *endpoint);
/* Of libmicrohttpd. Static storage. */
const char *listen_endpoint_get_library_version(void);

#endif
