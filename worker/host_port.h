/* host_port: texts that name a server: HOST:PORT, ADDRESS:PORT or [V6]:PORT.
 *
 * Where a server listens is a numeric address, or localhost for 127.0.0.1. Where others reach it may be a name, too:
 * such a text comes from the consumer group, which whoever may join it writes, and becomes part of a URL.
 *
 * Memory:  values.
 * Threads: any.
 */
#ifndef WORKER_HOST_PORT_H
#define WORKER_HOST_PORT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#define HOST_PORT_MAX_BYTES 255

struct host_port_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t len_bytes; /* of the member that counts, told by any.sa_family */
};

/* Whether the text is a host, a colon and a port from 1 to 65535, and nothing else: no user, path, space or zone. The
 * host is letters, digits, dot, hyphen and underscore, or an IPv6 address in brackets. */
bool host_port_is_valid(const char *text);
/* A numeric address, or localhost, and a port from 0 to 65535. False: it is not of that form. */
bool host_port_parse(const char *text, struct host_port_address *ret_address);
/* Whether only programs of this machine reach it. */
bool host_port_is_loopback(const struct host_port_address *address);
/* 0.0.0.0 or [::]: every address of this machine, and none that another can be told. */
bool host_port_is_wildcard(const struct host_port_address *address);
/* As host_port_parse() reads it; ret_text has HOST_PORT_MAX_BYTES + 1. */
void host_port_print(const struct host_port_address *address, char *ret_text);

#endif
