/* detour: sends the connections of this process to a port of 127.0.0.1 to another one there.
 *
 * Kafka's clients connect to the addresses that the brokers advertise, so a fault proxy before a broker is passed by.
 * This connect() stands before the system's, for the libraries, too, and has every worker go through proxies of its
 * own, to brokers and to the endpoint, while all configuration names the true ports.
 *
 *   AUTOHTTP_DETOUR="<port>=<port> ..."
 *
 * Threads: any; the list is only read.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef int (*connect_fn)(int, const struct sockaddr *, socklen_t);

/* Where a connection to this port goes. */
static unsigned short find_detour(unsigned short port)
{
    const char *text = getenv("AUTOHTTP_DETOUR");
    unsigned short from;
    unsigned short to;

    while (text != NULL && sscanf(text, " %hu=%hu", &from, &to) == 2) {
        if (from == port) {
            return to;
        }
        text = strchr(text + 1, ' ');
    }
    return port;
}

int connect(int fd, const struct sockaddr *address, socklen_t address_bytes)
{
    connect_fn next;
    struct sockaddr_in changed;

    *(void **)&next = dlsym(RTLD_NEXT, "connect");
    if (address->sa_family != AF_INET || address_bytes < sizeof changed) {
        return next(fd, address, address_bytes);
    }
    memcpy(&changed, address, sizeof changed);
    if (changed.sin_addr.s_addr == htonl(INADDR_LOOPBACK)) {
        changed.sin_port = htons(find_detour(ntohs(changed.sin_port)));
    }
    return next(fd, (const struct sockaddr *)&changed, sizeof changed);
}
