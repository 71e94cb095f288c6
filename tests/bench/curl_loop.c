/* curl_loop: the least that HTTP calls cost with libcurl: a bare curl_multi loop with epoll, to measure the worker
 * against.
 *
 *   curl_loop URL CONNECTIONS CALLS [BODY_BYTES]
 *
 * POSTs BODY_BYTES (400 by default) to the URL over CONNECTIONS kept-alive connections, CALLS times in all; every
 * handle is set up once and added again. Prints calls, errors, calls per second, CPU microseconds for each call, new
 * connections.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

#define EVENTS_MAX 256

static struct {
    int epoll_fd;
    CURLM *multi;
    long timeout_ms;
    unsigned long started;
    unsigned long ended;
    unsigned long errors;
    unsigned long connections;
    unsigned long calls;
} bench;

static double read_cpu_s(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double read_mono_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int on_timer(CURLM *multi, long timeout_ms, void *opaque)
{
    (void)multi;
    (void)opaque;
    bench.timeout_ms = timeout_ms;
    return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *opaque, void *socket_opaque)
{
    struct epoll_event event = {.data.fd = fd};

    (void)easy;
    (void)opaque;
    if (what != CURL_POLL_OUT)
        event.events |= EPOLLIN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        event.events |= EPOLLOUT;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(bench.epoll_fd, EPOLL_CTL_DEL, fd, &event);
    } else if (socket_opaque == NULL) {
        epoll_ctl(bench.epoll_fd, EPOLL_CTL_ADD, fd, &event);
        curl_multi_assign(bench.multi, fd, &bench);
    } else {
        epoll_ctl(bench.epoll_fd, EPOLL_CTL_MOD, fd, &event);
    }
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *opaque)
{
    (void)bytes;
    (void)opaque;
    return size * count;
}

static void start(CURL *easy)
{
    bench.started++;
    curl_multi_add_handle(bench.multi, easy);
}

static void collect_ended(void)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(bench.multi, &left)) != NULL) {
        CURL *easy = message->easy_handle;
        long status = 0;
        long connects = 0;

        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
        bench.connections += (unsigned long)connects;
        bench.ended++;
        if (message->data.result != CURLE_OK || status != 200)
            bench.errors++;
        curl_multi_remove_handle(bench.multi, easy);
        if (bench.started < bench.calls)
            start(easy);
    }
}

static void run(void)
{
    struct epoll_event events[EVENTS_MAX];
    int running = 0;

    while (bench.ended < bench.calls) {
        int count = epoll_wait(bench.epoll_fd, events, EVENTS_MAX, (int)bench.timeout_ms);

        for (int i = 0; i < count; i++) {
            int ready = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                        (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0);

            curl_multi_socket_action(bench.multi, events[i].data.fd, ready, &running);
        }
        if (count == 0 || bench.timeout_ms == 0)
            curl_multi_socket_action(bench.multi, CURL_SOCKET_TIMEOUT, 0, &running);
        collect_ended();
    }
}

static CURL *make_easy(const char *url, const char *body, size_t body_bytes)
{
    CURL *easy = curl_easy_init();

    if (easy == NULL)
        exit(1);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)body_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 30000L);
    return easy;
}

int main(int argc, char **argv)
{
    size_t body_bytes = argc > 4 ? strtoul(argv[4], NULL, 10) : 400;
    char *body = malloc(body_bytes + 1);
    CURL **easies;
    size_t easy_count;
    double wall_s;
    double cpu_s;

    if (argc < 4 || body == NULL)
        return 64;
    memset(body, 'b', body_bytes);
    easy_count = strtoul(argv[2], NULL, 10);
    bench.calls = strtoul(argv[3], NULL, 10);
    easies = calloc(easy_count, sizeof *easies);
    bench.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    bench.multi = curl_multi_init();
    if (easies == NULL || bench.epoll_fd < 0 || bench.multi == NULL)
        return 1;
    curl_multi_setopt(bench.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(bench.multi, CURLMOPT_TIMERFUNCTION, on_timer);
    for (size_t i = 0; i < easy_count; i++)
        easies[i] = make_easy(argv[1], body, body_bytes);
    wall_s = read_mono_s();
    cpu_s = read_cpu_s();
    for (size_t i = 0; i < easy_count && bench.started < bench.calls; i++)
        start(easies[i]);
    run();
    wall_s = read_mono_s() - wall_s;
    cpu_s = read_cpu_s() - cpu_s;
    printf("calls=%lu errors=%lu calls_per_s=%.0f cpu_us=%.2f connections=%lu\n", bench.ended, bench.errors,
           (double)bench.ended / wall_s, cpu_s * 1e6 / (double)bench.ended, bench.connections);
    for (size_t i = 0; i < easy_count; i++)
        curl_easy_cleanup(easies[i]);
    curl_multi_cleanup(bench.multi);
    free(easies);
    free(body);
    return bench.errors == 0 ? 0 : 1;
}
