#include "courier_multi.h"

#include <stdlib.h>

#include "alloc.h"
#include "invariant.h"

static int on_timer(CURLM *curl_multi, long timeout_ms, void *opaque)
{
    struct courier_multi *multi = opaque;

    (void)curl_multi;
    if (timeout_ms < 0)
        multi->deadline_mono_ms = INT64_MAX;
    else /* Milliseconds are rounded down: without one more curl would be asked too early, and again. */
        multi->deadline_mono_ms = *multi->now_mono_ms + timeout_ms + (timeout_ms > 0);
    return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *opaque, void *socket_opaque)
{
    struct courier_multi *multi = opaque;
    uint8_t wanted = 0;

    (void)easy;
    (void)socket_opaque;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        wanted |= COURIER_SOCKETS_IN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        wanted |= COURIER_SOCKETS_OUT;
    return courier_sockets_watch(multi->sockets, fd, multi->number, wanted) ? 0 : -1;
}

struct courier_multi *courier_multi_new(struct courier_sockets *sockets, const int64_t *now_mono_ms, uint16_t number)
{
    CURLM *curl_multi = curl_multi_init();
    struct courier_multi *multi;

    if (curl_multi == NULL)
        return NULL;
    multi = alloc_zeroed(1, sizeof *multi);
    *multi = (struct courier_multi){
        .curl_multi = curl_multi,
        .sockets = sockets,
        .now_mono_ms = now_mono_ms,
        .number = number,
        .deadline_mono_ms = INT64_MAX,
    };
    curl_multi_setopt(curl_multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(curl_multi, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(curl_multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(curl_multi, CURLMOPT_TIMERDATA, multi);
    curl_multi_setopt(curl_multi, CURLMOPT_MAXCONNECTS, (long)(COURIER_MULTI_ACTIVE_MAX + COURIER_MULTI_IDLE_MAX));
    return multi;
}

void courier_multi_free(struct courier_multi *multi)
{
    if (multi == NULL)
        return;
    INVARIANT(multi->active_count == 0);
    curl_multi_cleanup(multi->curl_multi);
    free(multi);
}

CURLMcode courier_multi_add(struct courier_multi *multi, CURL *easy)
{
    CURLMcode code = curl_multi_add_handle(multi->curl_multi, easy);

    if (code == CURLM_OK)
        multi->active_count++;
    return code;
}

void courier_multi_remove(struct courier_multi *multi, CURL *easy)
{
    INVARIANT(multi->active_count > 0);
    curl_multi_remove_handle(multi->curl_multi, easy);
    multi->active_count--;
}

static void act(struct courier_multi *multi, curl_socket_t fd, int ready)
{
    int running = 0;

    curl_multi_socket_action(multi->curl_multi, fd, ready, &running);
    multi->has_news = true;
}

void courier_multi_act(struct courier_multi *multi, const struct courier_sockets_event *event)
{
    int ready = 0;

    if (event->ready & COURIER_SOCKETS_IN)
        ready |= CURL_CSELECT_IN;
    if (event->ready & COURIER_SOCKETS_OUT)
        ready |= CURL_CSELECT_OUT;
    act(multi, event->fd, ready);
}

void courier_multi_tick(struct courier_multi *multi)
{
    if (multi->deadline_mono_ms > *multi->now_mono_ms)
        return;
    /* curl sets the next one from within the call. */
    multi->deadline_mono_ms = INT64_MAX;
    act(multi, CURL_SOCKET_TIMEOUT, 0);
}

CURL *courier_multi_take_ended(struct courier_multi *multi, CURLcode *ret_code)
{
    int left = 0;
    CURLMsg *message;

    if (!multi->has_news)
        return NULL;
    while ((message = curl_multi_info_read(multi->curl_multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        *ret_code = message->data.result;
        return message->easy_handle;
    }
    multi->has_news = false;
    return NULL;
}
