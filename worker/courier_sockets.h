/* courier_sockets: the sockets that curl wants watched, in one epoll that nests in the loop's.
 *
 * curl asks to stop watching a connection after each transfer and to start again with the next one on it. A socket that
 * was opened through us stays registered in between, which saves two system calls a request; one that becomes readable
 * while nobody wants it (the peer closed) is taken out then. Descriptors that curl makes by itself (its resolver's) may
 * be closed without our knowing, so they leave the epoll as soon as curl says so.
 *
 * Memory:  the caller owns the struct; courier_sockets_close() frees, a zeroed one is fine only if epoll_fd is -1.
 * Threads: the loop's.
 */
#ifndef WORKER_COURIER_SOCKETS_H
#define WORKER_COURIER_SOCKETS_H

#include "rc.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COURIER_SOCKETS_IN 1u
#define COURIER_SOCKETS_OUT 2u

struct courier_sockets_entry {
    uint16_t owner;  /* the multi it belongs to */
    uint8_t wanted;  /* COURIER_SOCKETS_IN, _OUT: what curl waits for */
    uint8_t watched; /* what the kernel was told */
    bool is_ours;    /* opened through us: its closing will be told */
};

struct courier_sockets {
    int epoll_fd;
    struct courier_sockets_entry *entries; /* by descriptor */
    size_t entry_count;
};

struct courier_sockets_event {
    int fd;
    uint16_t owner;
    uint8_t ready;
};

enum rc courier_sockets_open(struct courier_sockets *sockets, char *errstr, size_t errstr_bytes);
void courier_sockets_close(struct courier_sockets *sockets);
/* fd has just been opened. */
void courier_sockets_adopt(struct courier_sockets *sockets, int fd);
/* fd is about to be closed. */
void courier_sockets_forget(struct courier_sockets *sockets, int fd);
/* wanted 0: nothing for now. False if the kernel refused. */
bool courier_sockets_watch(struct courier_sockets *sockets, int fd, uint16_t owner, uint8_t wanted);
/* What is ready now, without waiting; at most event_max, the rest next time. Acting on one may close the descriptor of
 * a later one, or open it anew: curl ignores what it does not know and reads again what was not ready. */
size_t courier_sockets_collect(struct courier_sockets *sockets, struct courier_sockets_event *events, size_t event_max);

#endif
