/* endpoint: the HTTP server behind `listen`, on libmicrohttpd, a thread for each connection.
 *
 * Memory:  endpoint_open() gives, endpoint_close() takes; NULL is fine. Options, script and log must outlive it.
 * Threads: open and close one; calls are served in the server's own.
 * Errors:  RC_INVALID: the address or a header cannot be; RC_UNAVAILABLE: the port cannot be had.
 */
#ifndef CLI_ENDPOINT_H
#define CLI_ENDPOINT_H

#include "call_log.h"
#include "options.h"
#include "rc.h"
#include "script.h"
#include <stddef.h>
#include <stdint.h>

struct endpoint;

struct endpoint_options {
    const char *address;               /* numeric IPv4 */
    uint16_t port;                     /* 0: any */
    int64_t delay_ms;                  /* before every answer */
    const struct option_list *headers; /* "Name: value", put on every answer */
};

enum rc endpoint_open(const struct endpoint_options *options, struct script *script, struct call_log *log,
                      struct endpoint **ret_endpoint, char *errstr, size_t errstr_bytes);
/* Cuts waits short and ends all connections. */
void endpoint_close(struct endpoint *endpoint);
uint16_t endpoint_get_port(const struct endpoint *endpoint);

#endif
