#include "courier_sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "alloc.h"
#include "invariant.h"

#define KERNEL_EVENTS_MAX 256

enum rc courier_sockets_open(struct courier_sockets *sockets, char *errstr, size_t errstr_bytes)
{
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

    if (epoll_fd < 0)
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "epoll_create1: %s", strerror(errno));
    *sockets = (struct courier_sockets){.epoll_fd = epoll_fd};
    return RC_OK;
}

void courier_sockets_close(struct courier_sockets *sockets)
{
    if (sockets->epoll_fd >= 0)
        close(sockets->epoll_fd);
    free(sockets->entries);
    *sockets = (struct courier_sockets){.epoll_fd = -1};
}

static struct courier_sockets_entry *get_entry(struct courier_sockets *sockets, int fd)
{
    size_t count = sockets->entry_count > 0 ? sockets->entry_count : 64;

    INVARIANT(fd >= 0);
    if ((size_t)fd < sockets->entry_count)
        return &sockets->entries[fd];
    while (count <= (size_t)fd)
        count *= 2;
    sockets->entries = alloc_resize(sockets->entries, count, sizeof *sockets->entries);
    memset(sockets->entries + sockets->entry_count, 0, (count - sockets->entry_count) * sizeof *sockets->entries);
    sockets->entry_count = count;
    return &sockets->entries[fd];
}

void courier_sockets_adopt(struct courier_sockets *sockets, int fd)
{
    *get_entry(sockets, fd) = (struct courier_sockets_entry){.is_ours = true};
}

void courier_sockets_forget(struct courier_sockets *sockets, int fd)
{
    /* The kernel takes a closed descriptor out of the epoll by itself. */
    *get_entry(sockets, fd) = (struct courier_sockets_entry){0};
}

static bool tell_kernel(struct courier_sockets *sockets, int fd, struct courier_sockets_entry *entry, uint8_t mask)
{
    struct epoll_event event = {
        .events = (mask & COURIER_SOCKETS_IN ? (uint32_t)EPOLLIN : 0) | (mask & COURIER_SOCKETS_OUT ? EPOLLOUT : 0),
        .data.fd = fd,
    };
    int ret;

    if (mask == 0) {
        /* It may be gone already, which is as good. */
        (void)epoll_ctl(sockets->epoll_fd, EPOLL_CTL_DEL, fd, &event);
        entry->watched = 0;
        return true;
    }
    ret = epoll_ctl(sockets->epoll_fd, entry->watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
    if (ret != 0 && errno == ENOENT)
        ret = epoll_ctl(sockets->epoll_fd, EPOLL_CTL_ADD, fd, &event);
    else if (ret != 0 && errno == EEXIST)
        ret = epoll_ctl(sockets->epoll_fd, EPOLL_CTL_MOD, fd, &event);
    entry->watched = ret == 0 ? mask : 0;
    return ret == 0;
}

bool courier_sockets_watch(struct courier_sockets *sockets, int fd, uint16_t owner, uint8_t wanted)
{
    struct courier_sockets_entry *entry = get_entry(sockets, fd);

    entry->owner = owner;
    entry->wanted = wanted;
    if (wanted == 0 && entry->is_ours)
        return true;
    return wanted == entry->watched || tell_kernel(sockets, fd, entry, wanted);
}

static uint8_t get_ready(const struct epoll_event *event, uint8_t wanted)
{
    uint8_t ready = 0;

    /* After an error or a hang-up both reading and writing return at once, with curl's own diagnosis. */
    if (event->events & (EPOLLERR | EPOLLHUP))
        return wanted;
    if (event->events & EPOLLIN)
        ready |= COURIER_SOCKETS_IN;
    if (event->events & EPOLLOUT)
        ready |= COURIER_SOCKETS_OUT;
    return ready & wanted;
}

size_t courier_sockets_collect(struct courier_sockets *sockets, struct courier_sockets_event *events, size_t event_max)
{
    struct epoll_event kernel_events[KERNEL_EVENTS_MAX];
    int max = event_max < KERNEL_EVENTS_MAX ? (int)event_max : KERNEL_EVENTS_MAX;
    int count = epoll_wait(sockets->epoll_fd, kernel_events, max, 0);
    size_t event_count = 0;

    for (int i = 0; i < count; i++) {
        int fd = kernel_events[i].data.fd;
        struct courier_sockets_entry *entry = get_entry(sockets, fd);
        uint8_t ready = get_ready(&kernel_events[i], entry->wanted);

        if (ready != 0)
            events[event_count++] = (struct courier_sockets_event){fd, entry->owner, ready};
        else
            (void)tell_kernel(sockets, fd, entry, entry->wanted);
    }
    return event_count;
}
