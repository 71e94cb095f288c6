#include "listen_endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "moment.h"

#define CONNECTION_MAX 8192
#define THREAD_STACK_BYTES ((size_t)256 * 1024)
#define ANSWER_BYTES 96
#define SHA256_BYTES 32
#define HEADER_NAME_BYTES 256

struct listen_endpoint {
    struct listen_endpoint_options options;
    struct script *script;
    struct call_log *log;
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock;
    pthread_cond_t stopping; /* wakes those who wait before they answer */
    bool is_stopping;
};

/* One call, from its first header to its answer. */
struct exchange {
    int64_t arrived_time_us;
    size_t body_bytes;
    EVP_MD_CTX *digest;
};

static struct exchange *exchange_new(void)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);

    if (exchange == NULL) {
        return NULL;
    }
    exchange->arrived_time_us = moment_get_time_us();
    exchange->digest = EVP_MD_CTX_new();
    if (exchange->digest == NULL || EVP_DigestInit_ex(exchange->digest, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(exchange->digest);
        free(exchange);
        return NULL;
    }
    return exchange;
}

static void free_exchange(void *opaque, struct MHD_Connection *connection, void **slot,
                          enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *slot;

    (void)opaque;
    (void)connection;
    (void)code;
    if (exchange != NULL) {
        EVP_MD_CTX_free(exchange->digest);
        free(exchange);
        *slot = NULL;
    }
}

/* Until the time has passed or the endpoint closes. */
static void wait_ms(struct listen_endpoint *endpoint, int64_t delay_ms)
{
    int64_t end_ms = moment_get_mono_ms() + delay_ms;
    struct timespec end = {.tv_sec = end_ms / 1000, .tv_nsec = end_ms % 1000 * 1000000};
    int error = 0;

    pthread_mutex_lock(&endpoint->lock);
    while (delay_ms > 0 && !endpoint->is_stopping && error == 0) {
        error = pthread_cond_timedwait(&endpoint->stopping, &endpoint->lock, &end);
    }
    pthread_mutex_unlock(&endpoint->lock);
}

static void finish_digest(struct exchange *exchange, char ret_text[CALL_LOG_SHA256_TEXT_BYTES])
{
    unsigned char bytes[SHA256_BYTES] = {0};

    EVP_DigestFinal_ex(exchange->digest, bytes, NULL);
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        snprintf(ret_text + 2 * i, 3, "%02x", bytes[i]);
    }
}

static enum rc split_header(const char *text, char *ret_name, const char **ret_value)
{
    size_t name_bytes = strcspn(text, ":");

    if (text[name_bytes] == '\0' || name_bytes == 0 || name_bytes >= HEADER_NAME_BYTES) {
        return RC_INVALID;
    }
    memcpy(ret_name, text, name_bytes);
    ret_name[name_bytes] = '\0';
    *ret_value = text + name_bytes + 1 + strspn(text + name_bytes + 1, " \t");
    return RC_OK;
}

static enum MHD_Result answer(struct listen_endpoint *endpoint, struct MHD_Connection *connection, unsigned status,
                              uint32_t attempt)
{
    char text[ANSWER_BYTES] = "";
    char name[HEADER_NAME_BYTES];
    const char *value = NULL;
    bool has_body = status != MHD_HTTP_NO_CONTENT && status != MHD_HTTP_NOT_MODIFIED;

    if (has_body) {
        snprintf(text, sizeof text, "{\"status\":%u,\"attempt\":%u}\n", status, attempt);
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_COPY);
    if (response == NULL) {
        return MHD_NO;
    }
    for (size_t i = 0; i < endpoint->options.headers->count; i++) {
        if (split_header(endpoint->options.headers->items[i], name, &value) == RC_OK) {
            MHD_add_response_header(response, name, value);
        }
    }
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result finish(struct listen_endpoint *endpoint, struct MHD_Connection *connection, const char *path,
                              const char *method, struct exchange *exchange)
{
    struct call_log_entry entry = {
        .arrived_time_us = exchange->arrived_time_us,
        .method = method,
        .path = path,
        .idempotency_key = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Idempotency-Key"),
        .body_bytes = exchange->body_bytes,
    };

    entry.attempt = script_count_call(endpoint->script,
                                      MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Autohttp-Attempt"),
                                      entry.idempotency_key);
    entry.status = script_get_status(endpoint->script, path, entry.attempt);
    finish_digest(exchange, entry.body_sha256);
    wait_ms(endpoint, endpoint->options.delay_ms + script_get_delay_ms(path));
    call_log_add(endpoint->log, &entry);
    return answer(endpoint, connection, entry.status, entry.attempt);
}

static enum MHD_Result serve(void *opaque, struct MHD_Connection *connection, const char *path, const char *method,
                             const char *version, const char *bytes, size_t *byte_count, void **slot)
{
    struct exchange *exchange = *slot;

    (void)version;
    if (exchange == NULL) { /* first call: headers only */
        *slot = exchange_new();
        return *slot != NULL ? MHD_YES : MHD_NO;
    }
    if (*byte_count > 0) {
        EVP_DigestUpdate(exchange->digest, bytes, *byte_count);
        exchange->body_bytes += *byte_count;
        *byte_count = 0;
        return MHD_YES;
    }
    return finish(opaque, connection, path, method, exchange);
}

static enum rc check_headers(const struct option_list *headers, char *errstr, size_t errstr_bytes)
{
    char name[HEADER_NAME_BYTES];
    const char *value = NULL;

    for (size_t i = 0; i < headers->count; i++) {
        if (split_header(headers->items[i], name, &value) != RC_OK) {
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "--header '%s': write 'Name: value'", headers->items[i]);
        }
    }
    return RC_OK;
}

static enum rc start_daemon(struct listen_endpoint *endpoint, char *errstr, size_t errstr_bytes)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(endpoint->options.port)};

    if (inet_pton(AF_INET, endpoint->options.address, &address.sin_addr) != 1) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "--address '%s' is not a numeric IPv4 address",
                       endpoint->options.address);
    }
    errno = 0;
    endpoint->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL,
                                        endpoint->options.port, NULL, NULL, serve, endpoint, MHD_OPTION_SOCK_ADDR,
                                        (struct sockaddr *)&address, MHD_OPTION_NOTIFY_COMPLETED, free_exchange, NULL,
                                        MHD_OPTION_CONNECTION_LIMIT, CONNECTION_MAX, MHD_OPTION_THREAD_STACK_SIZE,
                                        THREAD_STACK_BYTES, MHD_OPTION_END);
    if (endpoint->daemon == NULL) {
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "cannot listen at %s:%u: %s", endpoint->options.address,
                       endpoint->options.port, strerror(errno != 0 ? errno : EADDRINUSE));
    }
    return RC_OK;
}

enum rc listen_endpoint_open(const struct listen_endpoint_options *options, struct script *script, struct call_log *log,
                             struct listen_endpoint **ret_endpoint, char *errstr, size_t errstr_bytes)
{
    pthread_condattr_t attributes;
    struct listen_endpoint *endpoint = NULL;
    enum rc rc = check_headers(options->headers, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    endpoint = calloc(1, sizeof *endpoint);
    if (endpoint == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    }
    endpoint->options = *options;
    endpoint->script = script;
    endpoint->log = log;
    pthread_mutex_init(&endpoint->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC); /* waits do not follow the wall clock */
    pthread_cond_init(&endpoint->stopping, &attributes);
    pthread_condattr_destroy(&attributes);
    rc = start_daemon(endpoint, errstr, errstr_bytes);
    if (rc != RC_OK) {
        listen_endpoint_close(endpoint);
        return rc;
    }
    *ret_endpoint = endpoint;
    return RC_OK;
}

void listen_endpoint_close(struct listen_endpoint *endpoint)
{
    if (endpoint == NULL) {
        return;
    }
    pthread_mutex_lock(&endpoint->lock);
    endpoint->is_stopping = true;
    pthread_cond_broadcast(&endpoint->stopping);
    pthread_mutex_unlock(&endpoint->lock);
    if (endpoint->daemon != NULL) {
        MHD_stop_daemon(endpoint->daemon);
    }
    pthread_cond_destroy(&endpoint->stopping);
    pthread_mutex_destroy(&endpoint->lock);
    free(endpoint);
}

uint16_t listen_endpoint_get_port(const struct listen_endpoint *endpoint)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(endpoint->daemon, MHD_DAEMON_INFO_BIND_PORT);

    return info != NULL ? info->port : endpoint->options.port;
}

const char *listen_endpoint_get_library_version(void)
{
    return MHD_get_version();
}
