#include "admin_listen.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64

static enum rc parse(const char *listen_at, bool has_token, struct host_port_address *ret_address, char *errstr,
                     size_t errstr_bytes)
{
    if (!host_port_parse(listen_at, ret_address))
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "admin_listen \"%s\" is not address:port", listen_at);
    if (!has_token && !host_port_is_loopback(ret_address))
        return rc_fail(RC_INVALID, errstr, errstr_bytes,
                       "admin_listen \"%s\" is no loopback address, and no token is set", listen_at);
    return RC_OK;
}

/* The port told. */
static void print_bound(int fd, char *ret_address)
{
    struct host_port_address bound = {.len_bytes = sizeof bound.v6};

    getsockname(fd, &bound.any, &bound.len_bytes);
    host_port_print(&bound, ret_address);
}

enum rc admin_listen_open(const char *listen_at, bool has_token, int *ret_fd, char *ret_address, char *errstr,
                          size_t errstr_bytes)
{
    struct host_port_address address;
    int is_on = 1;
    int fd = -1;
    enum rc rc = parse(listen_at, has_token, &address, errstr, errstr_bytes);

    if (rc != RC_OK)
        return rc;
    fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &is_on, sizeof is_on) != 0 ||
        bind(fd, &address.any, address.len_bytes) != 0 || listen(fd, BACKLOG) != 0) {
        rc = rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "listen at %s: %s", listen_at, strerror(errno));
        if (fd >= 0)
            close(fd);
        return rc;
    }
    print_bound(fd, ret_address);
    *ret_fd = fd;
    return RC_OK;
}
