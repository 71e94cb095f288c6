/* courier_loop: what HTTP calls cost through the courier, without the rest of the worker; to lay beside curl_loop.
 *
 *   courier_loop URL IN_FLIGHT CALLS [BODY_BYTES]
 *
 * As curl_loop: POSTs of BODY_BYTES, IN_FLIGHT at a time, CALLS in all; the egress policy allows 127.0.0.1. Prints
 * calls, errors, calls per second, CPU microseconds for each call.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "courier.h"

static struct {
    struct courier *courier;
    struct clock clock;
    struct courier_request request;
    unsigned long started;
    unsigned long ended;
    unsigned long errors;
    unsigned long calls;
} bench;

static double read_cpu_us(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void start(const struct now *now)
{
    bench.request.token = ++bench.started;
    if (courier_send(bench.courier, &bench.request, now) != RC_OK)
        bench.started--;
}

static void wait_for_work(void)
{
    struct pollfd pollfd = {.fd = courier_get_fd(bench.courier), .events = POLLIN};
    int64_t deadline_mono_ms = courier_get_deadline_mono_ms(bench.courier);
    struct now now = clock_read(&bench.clock);
    int wait_ms = deadline_mono_ms <= now.mono_ms ? 0 : 1000;

    if (wait_ms > 0 && deadline_mono_ms - now.mono_ms < wait_ms)
        wait_ms = (int)(deadline_mono_ms - now.mono_ms);
    if (wait_ms > 0)
        poll(&pollfd, 1, wait_ms);
}

static void run(size_t in_flight)
{
    struct courier_result result;

    while (bench.ended < bench.calls) {
        struct now now = clock_read(&bench.clock);

        courier_turn(bench.courier, &now);
        while (courier_take_result(bench.courier, &result)) {
            bench.ended++;
            if (result.class != COURIER_ANSWERED || result.status != 200)
                bench.errors++;
        }
        while (bench.started < bench.calls && bench.started - bench.ended < in_flight)
            start(&now);
        if (bench.ended < bench.calls)
            wait_for_work();
    }
}

int main(int argc, char **argv)
{
    static const struct task_header headers[] = {{"Content-Type", "application/json"}, {"X-Trace", "0123456789abcdef"}};
    static const char *const allow[] = {"127.0.0.1"};
    size_t body_bytes = argc > 4 ? strtoul(argv[4], NULL, 10) : 400;
    char *body = malloc(body_bytes + 1);
    struct params params = {.max_in_flight = 8192, .timeout_ms = 30000, .connect_timeout_ms = 5000};
    struct egress egress = {0};
    char error[256];
    struct now before;
    struct now after;
    double cpu_us;

    if (argc < 4 || body == NULL)
        return 64;
    memset(body, 'b', body_bytes);
    bench.calls = strtoul(argv[3], NULL, 10);
    bench.request = (struct courier_request){
        .url = argv[1],
        .method = "POST",
        .headers = headers,
        .header_count = sizeof headers / sizeof headers[0],
        .body = body,
        .body_bytes = body_bytes,
        .has_body = true,
        .idempotency_key = "0123456789abcdef0123456789abcdef",
        .attempt = 1,
    };
    clock_init(&bench.clock);
    if (egress_init(allow, 1, NULL, 0, &egress, error, sizeof error) != RC_OK ||
        courier_open(&params, &egress, &bench.courier, error, sizeof error) != RC_OK) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    before = clock_read(&bench.clock);
    cpu_us = read_cpu_us();
    run(strtoul(argv[2], NULL, 10));
    cpu_us = read_cpu_us() - cpu_us;
    after = clock_read(&bench.clock);
    printf("calls=%lu errors=%lu calls_per_s=%.0f cpu_us=%.2f\n", bench.ended, bench.errors,
           (double)bench.ended * 1000.0 / (double)(after.mono_ms - before.mono_ms + 1), cpu_us / (double)bench.ended);
    courier_close(bench.courier);
    egress_close(&egress);
    free(body);
    return bench.errors == 0 ? 0 : 1;
}
