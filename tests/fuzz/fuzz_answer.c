/* An endpoint's answer, as bytes on a socket, through curl and the courier's callbacks: the result keeps its limits,
 * and Retry-After in whole seconds is read as it stands.
 *
 * The first byte chooses: even, the rest is the whole answer; odd, the value of Retry-After in a 503.
 */
#include "fuzz.h"

#include <curl/curl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "courier_destination.h"
#include "courier_transfer.h"
#include "decimal.h"
#include "egress.h"
#include "outcome.h"
#include "params.h"

#define ANSWER_MAX_BYTES 100000
#define TIMEOUT_MS 500
#define RETRY_AFTER_MAX_MS 60000
#define RETRY_AFTER_CAP_S (INT64_C(366) * 24 * 60 * 60)

static struct courier_transfer *transfer;
static const void *answer_now; /* what the endpoint says next; set before curl connects */
static size_t answer_now_bytes;
static sem_t served; /* posted at each connection's end: only then the answer may go */

/* One connection after another: the answer at once, then whatever curl says until it closes. */
static void *run_endpoint(void *opaque)
{
    int listener = *(int *)opaque;
    char ignored[4096];

    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0)
            continue;
        (void)!send(fd, answer_now, answer_now_bytes, MSG_NOSIGNAL);
        shutdown(fd, SHUT_WR);
        while (recv(fd, ignored, sizeof ignored, 0) > 0)
            ;
        close(fd);
        sem_post(&served);
    }
    return NULL;
}

/* Gives its name: an abstract one, so that no file and no port is used up. */
static const char *start_endpoint(void)
{
    static int listener;
    static char name[32];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t name_bytes = (size_t)snprintf(name, sizeof name, "fuzz-answer-%d", (int)getpid());
    pthread_t thread;

    memcpy(address.sun_path + 1, name, name_bytes);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    FUZZ_CHECK(bind(listener, (struct sockaddr *)&address,
                    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + name_bytes)) == 0);
    FUZZ_CHECK(sem_init(&served, 0, 0) == 0);
    FUZZ_CHECK(listen(listener, 16) == 0 && pthread_create(&thread, NULL, run_endpoint, &listener) == 0);
    return name;
}

static curl_socket_t open_socket(void *opaque, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)opaque, (void)purpose;
    transfer->trace.was_opened = true;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int close_socket(void *opaque, curl_socket_t fd)
{
    (void)opaque;
    return close(fd);
}

static void make_transfer(void)
{
    static struct params params = {.timeout_ms = TIMEOUT_MS, .connect_timeout_ms = TIMEOUT_MS};
    static struct egress egress;
    static struct courier_destination destination;
    static struct courier_environment environment = {.params = &params, .egress = &egress};

    signal(SIGPIPE, SIG_IGN);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    transfer = courier_transfer_new(&environment);
    FUZZ_CHECK(transfer != NULL);
    transfer->destination = &destination;
}

/* The handle may be a new one for each request. */
static void redirect_to_endpoint(CURL *easy)
{
    static const char *name;

    if (name == NULL)
        name = start_endpoint();
    curl_easy_setopt(easy, CURLOPT_ABSTRACT_UNIX_SOCKET, name);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}

static const struct courier_result *call(const void *answer, size_t answer_bytes)
{
    const struct courier_request request = {
        .url = "http://127.0.0.1/", .method = "GET", .idempotency_key = "k", .attempt = 1};

    answer_now = answer;
    answer_now_bytes = answer_bytes;
    courier_transfer_prepare(transfer, &request);
    redirect_to_endpoint(transfer->easy);
    courier_transfer_finish(transfer, curl_easy_perform(transfer->easy));
    while (sem_wait(&served) != 0)
        ;
    return &transfer->result;
}

static void check_result(const struct courier_result *result)
{
    struct outcome outcome = outcome_judge(result, RETRY_AFTER_MAX_MS);

    FUZZ_CHECK(outcome.wait_min_ms >= 0 && outcome.wait_min_ms <= RETRY_AFTER_MAX_MS);
    FUZZ_CHECK(strlen(result->text) < sizeof result->text);
    FUZZ_CHECK(result->retry_after_ms == -1 || result->retry_after_ms > 0);
    FUZZ_CHECK(result->retry_after_ms <= RETRY_AFTER_CAP_S * 1000);
    if (result->class == COURIER_ANSWERED)
        FUZZ_CHECK(result->status == 101 || result->status >= 200);
    else
        FUZZ_CHECK(result->status == 0 && result->text[0] != '\0' && outcome.kind != OUTCOME_SUCCESS);
}

static void check_retry_after(const uint8_t *value, size_t value_bytes)
{
    char answer[ANSWER_MAX_BYTES];
    uint64_t wait_s = 0;
    int answer_bytes = snprintf(answer, sizeof answer, "HTTP/1.1 503 Busy\r\nRetry-After: %.*s\r\n\r\n",
                                (int)value_bytes, (const char *)value);
    const struct courier_result *result = call(answer, (size_t)answer_bytes);
    check_result(result);
    if (decimal_parse((const char *)value, value_bytes, RETRY_AFTER_CAP_S, &wait_s) == RC_OK && wait_s > 0)
        FUZZ_CHECK(result->class == COURIER_ANSWERED && result->retry_after_ms == (int64_t)wait_s * 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > ANSWER_MAX_BYTES - 64)
        return 0;
    if (transfer == NULL)
        make_transfer();
    if (data[0] % 2 == 0)
        check_result(call(data + 1, size - 1));
    else
        check_retry_after(data + 1, size - 1);
    return 0;
}
