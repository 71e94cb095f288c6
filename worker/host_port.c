#include "host_port.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "decimal.h"

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"

/* Cuts the text at its last colon; host has HOST_PORT_MAX_BYTES + 1. */
static bool split(const char *text, char *host, uint64_t *ret_port)
{
    const char *colon = strrchr(text, ':');

    if (colon == NULL || colon == text || strlen(text) > HOST_PORT_MAX_BYTES ||
        decimal_parse(colon + 1, strlen(colon + 1), UINT16_MAX, ret_port) != RC_OK)
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    return true;
}

/* Of a host in brackets; takes them off. */
static bool parse_v6(char *host, struct in6_addr *ret_v6)
{
    size_t host_bytes = strlen(host);

    if (host[0] != '[' || host[host_bytes - 1] != ']')
        return false;
    host[host_bytes - 1] = '\0';
    return inet_pton(AF_INET6, host + 1, ret_v6) == 1;
}

bool host_port_is_valid(const char *text)
{
    char host[HOST_PORT_MAX_BYTES + 1];
    struct in6_addr v6;
    uint64_t port;

    if (!split(text, host, &port) || port == 0)
        return false;
    return host[strspn(host, NAME_CHARACTERS)] == '\0' || parse_v6(host, &v6);
}

bool host_port_parse(const char *text, struct host_port_address *ret_address)
{
    struct host_port_address address = {.len_bytes = sizeof address.v4};
    char host[HOST_PORT_MAX_BYTES + 1];
    uint64_t port;

    if (!split(text, host, &port))
        return false;
    if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons((uint16_t)port);
    } else if (parse_v6(host, &address.v6.sin6_addr)) {
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons((uint16_t)port);
        address.len_bytes = sizeof address.v6;
    } else {
        return false;
    }
    *ret_address = address;
    return true;
}

/* The IPv4 address, in the order of bytes of this machine; false if it is an IPv6 one that stands for none. */
static bool get_v4(const struct host_port_address *address, uint32_t *ret_v4)
{
    const struct in6_addr *v6 = &address->v6.sin6_addr;
    struct in_addr v4 = address->v4.sin_addr;

    if (address->any.sa_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(v6))
        return false;
    if (address->any.sa_family == AF_INET6)
        memcpy(&v4, &v6->s6_addr[12], sizeof v4);
    *ret_v4 = ntohl(v4.s_addr);
    return true;
}

bool host_port_is_loopback(const struct host_port_address *address)
{
    uint32_t v4;

    return get_v4(address, &v4) ? v4 >> 24 == IN_LOOPBACKNET : IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

bool host_port_is_wildcard(const struct host_port_address *address)
{
    uint32_t v4;

    return get_v4(address, &v4) ? v4 == INADDR_ANY : IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
}

void host_port_print(const struct host_port_address *address, char *ret_text)
{
    char host[INET6_ADDRSTRLEN] = "";

    if (address->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof host);
        snprintf(ret_text, HOST_PORT_MAX_BYTES + 1, "[%s]:%u", host, ntohs(address->v6.sin6_port));
    } else {
        inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof host);
        snprintf(ret_text, HOST_PORT_MAX_BYTES + 1, "%s:%u", host, ntohs(address->v4.sin_port));
    }
}
