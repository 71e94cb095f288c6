#include "courier_transfer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "http_lines.h"

#define USER_AGENT "autohttp/" AUTOHTTP_VERSION
#define RETRY_AFTER_MAX_S ((curl_off_t)366 * 24 * 60 * 60)
#define STATUS_SWITCHING 101
#define KEPT_BODY_IDLE_BYTES ((size_t)16 * 1024) /* a larger one is not kept for the next task */

/* The head of an answer ends with an empty line; after 1xx another head follows, except after 101. */
static void note_head_end(struct courier_transfer *transfer)
{
    long status = 0;

    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 || status == STATUS_SWITCHING)
        transfer->trace.is_answered = true;
}

static size_t on_header(char *line, size_t size, size_t count, void *opaque)
{
    struct courier_transfer *transfer = opaque;
    size_t line_bytes = size * count;

    transfer->head_bytes += line_bytes;
    if (transfer->head_bytes > COURIER_HEAD_MAX_BYTES) {
        transfer->trace.is_head_too_large = true;
        return 0;
    }
    if (line_bytes <= 2 && line[0] != ' ' && line[0] != '\t' && !transfer->trace.is_answered)
        note_head_end(transfer);
    /* Stopping here costs the connection, but curl would wait for a body that does not come. */
    return transfer->is_head_with_body && transfer->trace.is_answered ? 0 : line_bytes;
}

static void keep_body(struct courier_transfer *transfer, const char *bytes, size_t byte_count)
{
    size_t room_bytes = transfer->keep_body_bytes - transfer->body_bytes;

    buffer_append(&transfer->kept_body, bytes, byte_count < room_bytes ? byte_count : room_bytes);
    if (!buffer_is_ok(&transfer->kept_body))
        die("no memory for a response");
}

static size_t on_body(char *bytes, size_t size, size_t count, void *opaque)
{
    struct courier_transfer *transfer = opaque;

    if (transfer->body_bytes < transfer->keep_body_bytes)
        keep_body(transfer, bytes, size * count);
    transfer->body_bytes += size * count;
    /* Anything else than the count ends the transfer, and its connection. */
    return transfer->body_bytes > COURIER_DRAIN_MAX_BYTES ? 0 : size * count;
}

static bool may_connect(struct courier_transfer *transfer, const struct sockaddr *address)
{
    if (egress_judge(transfer->environment->egress, transfer->destination->url.host, address, transfer->denial,
                     sizeof transfer->denial))
        return true;
    transfer->trace.is_denied = true;
    return false;
}

static void note_address(struct courier_transfer *transfer, const struct sockaddr *address, size_t address_bytes)
{
    if (address_bytes > sizeof transfer->address)
        address_bytes = sizeof transfer->address;
    memcpy(&transfer->address, address, address_bytes);
}

static curl_socket_t on_open(void *opaque, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct courier_transfer *transfer = opaque;
    int fd;

    (void)purpose;
    note_address(transfer, &address->addr, address->addrlen);
    if (!may_connect(transfer, &address->addr))
        return CURL_SOCKET_BAD;
    fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0) {
        transfer->socket_errno = errno;
        transfer->trace.is_socket_failed = true;
        return CURL_SOCKET_BAD;
    }
    transfer->trace.was_opened = true;
    courier_sockets_adopt(transfer->environment->sockets, fd);
    return fd;
}

static int on_close(void *opaque, curl_socket_t fd)
{
    courier_sockets_forget(opaque, fd);
    return close(fd);
}

static bool parse_address(const char *ip, int port, struct sockaddr_storage *ret_address)
{
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)ret_address;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)ret_address;

    memset(ret_address, 0, sizeof *ret_address);
    if (inet_pton(AF_INET, ip, &ipv4->sin_addr) == 1) {
        ipv4->sin_family = AF_INET;
        ipv4->sin_port = htons((uint16_t)port);
        return true;
    }
    if (inet_pton(AF_INET6, ip, &ipv6->sin6_addr) == 1) {
        ipv6->sin6_family = AF_INET6;
        ipv6->sin6_port = htons((uint16_t)port);
        return true;
    }
    return false;
}

/* Called before each request is sent, also on a connection that was opened for another task. */
static int on_request(void *opaque, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
    struct courier_transfer *transfer = opaque;

    (void)local_ip;
    (void)local_port;
    if (transfer->trace.was_opened) /* judged a moment ago */
        return CURL_PREREQFUNC_OK;
    if (!parse_address(remote_ip, remote_port, &transfer->address))
        return CURL_PREREQFUNC_ABORT;
    return may_connect(transfer, (struct sockaddr *)&transfer->address) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static void set_callbacks(struct courier_transfer *transfer)
{
    CURL *easy = transfer->easy;

    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, transfer->environment->sockets);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
}

static void set_fixed_options(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not even the one that the environment names */
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* else a dead name server stops the loop for seconds */
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, USER_AGENT);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
}

/* A handle with all that no request changes; NULL if curl refuses. */
static CURL *new_easy(struct courier_transfer *transfer)
{
    const struct courier_environment *environment = transfer->environment;

    transfer->easy = curl_easy_init();
    if (transfer->easy == NULL)
        return NULL;
    set_fixed_options(transfer->easy);
    set_callbacks(transfer);
    curl_easy_setopt(transfer->easy, CURLOPT_SHARE, environment->share);
    if (environment->ca_file !=
        NULL) /* a folder would be asked besides ca_file, and curl could not keep what it read */
        curl_easy_setopt(transfer->easy, CURLOPT_CAPATH, NULL);
    transfer->ca_file = environment->ca_file;
    return transfer->easy;
}

struct courier_transfer *courier_transfer_new(struct courier_environment *environment)
{
    struct courier_transfer *transfer = alloc_zeroed(1, sizeof *transfer);

    transfer->environment = environment;
    if (new_easy(transfer) == NULL) {
        free(transfer);
        return NULL;
    }
    return transfer;
}

/* libcurl before 8.1.0 keeps, from one transfer to the next of a handle, a pointer to the last header of the answer,
 * which it has freed: an answer whose first line after the status is folded would be joined to it. */
static void renew_easy(struct courier_transfer *transfer)
{
    bool is_kept_pointer_cleared = curl_version_info(CURLVERSION_NOW)->version_num >= 0x080100;

    if (!transfer->was_used || is_kept_pointer_cleared)
        return;
    curl_easy_cleanup(transfer->easy);
    if (new_easy(transfer) == NULL)
        die("out of memory: curl gives no handle");
}

void courier_transfer_free(struct courier_transfer *transfer)
{
    if (transfer == NULL)
        return;
    curl_easy_cleanup(transfer->easy);
    courier_headers_close(&transfer->headers);
    buffer_close(&transfer->kept_body);
    free(transfer);
}

/* The method that curl sends by itself for what set_method() told it. */
static const char *get_implied_method(bool has_content, bool is_head)
{
    if (has_content)
        return "POST";
    return is_head ? "HEAD" : "GET";
}

static void set_method(struct courier_transfer *transfer, const struct courier_request *request, bool has_content)
{
    CURL *easy = transfer->easy;
    bool is_head = strcmp(request->method, "HEAD") == 0;
    bool is_implied = strcmp(request->method, get_implied_method(has_content, is_head)) == 0;

    transfer->is_head_with_body = is_head && has_content;
    /* The order counts: each of these changes curl's idea of the method. HTTPGET also ends the last task's HEAD. */
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (has_content) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body_bytes > 0 ? request->body : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_bytes);
    } else if (is_head) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, is_implied ? NULL : request->method);
}

static int64_t pick_ms(int64_t first_ms, int64_t second_ms, int64_t last_ms)
{
    if (first_ms > 0)
        return first_ms;
    return second_ms > 0 ? second_ms : last_ms;
}

static void set_destination(struct courier_transfer *transfer, const struct courier_request *request)
{
    const struct params *params = transfer->environment->params;
    const struct params_destination *destination = transfer->destination->params;
    int64_t timeout_ms =
        pick_ms(request->timeout_ms, destination != NULL ? destination->timeout_ms : 0, params->timeout_ms);
    int64_t connect_timeout_ms =
        pick_ms(0, destination != NULL ? destination->connect_timeout_ms : 0, params->connect_timeout_ms);
    const char *ca_file = transfer->environment->ca_file;

    curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(transfer->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_timeout_ms);
    if (destination != NULL && destination->ca_file != NULL)
        ca_file = destination->ca_file;
    if (ca_file == transfer->ca_file)
        return;
    transfer->ca_file = ca_file;
    curl_easy_setopt(transfer->easy, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(transfer->easy, CURLOPT_CAPATH,
                     ca_file != NULL ? NULL : curl_version_info(CURLVERSION_NOW)->capath);
}

void courier_transfer_prepare(struct courier_transfer *transfer, const struct courier_request *request)
{
    bool has_content = http_lines_announces_content(request->method, request->has_body);

    renew_easy(transfer);
    transfer->was_used = true;
    transfer->request_body_bytes = request->has_body ? request->body_bytes : 0;
    transfer->head_bytes = 0;
    transfer->body_bytes = 0;
    transfer->keep_body_bytes = request->keep_body_bytes;
    if (transfer->kept_body.cap_bytes > KEPT_BODY_IDLE_BYTES)
        buffer_close(&transfer->kept_body);
    buffer_reset(&transfer->kept_body);
    transfer->trace = (struct courier_trace){0};
    transfer->address.ss_family = AF_UNSPEC;
    transfer->error[0] = '\0';
    curl_easy_setopt(transfer->easy, CURLOPT_URL, request->url);
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, courier_headers_set(&transfer->headers, request, has_content));
    set_method(transfer, request, has_content);
    set_destination(transfer, request);
}

static void print_address(const struct sockaddr_storage *address, char *buf, size_t buf_bytes)
{
    const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)address;
    char ip[INET6_ADDRSTRLEN] = "";

    buf[0] = '\0';
    if (address->ss_family == AF_INET && inet_ntop(AF_INET, &ipv4->sin_addr, ip, sizeof ip) != NULL)
        snprintf(buf, buf_bytes, "%s:%u", ip, (unsigned)ntohs(ipv4->sin_port));
    else if (address->ss_family == AF_INET6 && inet_ntop(AF_INET6, &ipv6->sin6_addr, ip, sizeof ip) != NULL)
        snprintf(buf, buf_bytes, "[%s]:%u", ip, (unsigned)ntohs(ipv6->sin6_port));
}

static int64_t get_retry_after_ms(CURL *easy)
{
    curl_off_t wait_s = 0;

    /* 0 also stands for no such header, a negative one for a date that has passed: both ask for no wait. */
    if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait_s) != CURLE_OK || wait_s <= 0)
        return -1;
    return (int64_t)(wait_s < RETRY_AFTER_MAX_S ? wait_s : RETRY_AFTER_MAX_S) * 1000;
}

static void print_trouble(const struct courier_transfer *transfer, CURLcode code, char *buf, size_t buf_bytes)
{
    if (transfer->result.class == COURIER_DENIED)
        courier_class_print_text(transfer->denial, buf, buf_bytes);
    else if (transfer->result.class == COURIER_INTERNAL && transfer->trace.is_socket_failed)
        snprintf(buf, buf_bytes, "no socket: %s", strerror(transfer->socket_errno));
    else if (transfer->result.class == COURIER_TOO_LARGE)
        snprintf(buf, buf_bytes, "response headers over %zu bytes", COURIER_HEAD_MAX_BYTES);
    else if (code == CURLE_OK)
        snprintf(buf, buf_bytes, "closed within the response headers");
    else
        courier_class_print_text(transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code), buf,
                                 buf_bytes);
}

static int64_t get_duration_ms(CURL *easy)
{
    curl_off_t total_us = 0;

    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &total_us);
    return (int64_t)total_us / 1000;
}

void courier_transfer_finish(struct courier_transfer *transfer, CURLcode code)
{
    struct courier_result *result = &transfer->result;
    enum courier_phase phase = courier_class_get_phase(transfer->easy, &transfer->trace, transfer->request_body_bytes);
    long status = 0;

    result->token = transfer->token;
    result->class = courier_class_judge(code, &transfer->trace);
    result->status = 0;
    result->retry_after_ms = -1;
    result->duration_ms = get_duration_ms(transfer->easy);
    result->phase = courier_phase_get_name(phase);
    result->text[0] = '\0';
    result->body = NULL;
    result->body_bytes = 0;
    result->body_received_bytes = 0;
    result->is_body_whole = false;
    print_address(&transfer->address, result->remote_address, sizeof result->remote_address);
    if (result->class != COURIER_ANSWERED) {
        print_trouble(transfer, code, result->text, sizeof result->text);
        return;
    }
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    result->status = (int32_t)status;
    result->body = transfer->kept_body.data;
    result->body_bytes = transfer->kept_body.len_bytes;
    result->body_received_bytes = transfer->body_bytes;
    result->is_body_whole = code == CURLE_OK;
    result->retry_after_ms = get_retry_after_ms(transfer->easy);
}

void courier_transfer_refuse(struct courier_transfer *transfer, const char *why)
{
    transfer->result = (struct courier_result){
        .token = transfer->token,
        .class = COURIER_INTERNAL,
        .retry_after_ms = -1,
        .phase = courier_phase_get_name(COURIER_PHASE_DNS),
    };
    courier_class_print_text(why, transfer->result.text, sizeof transfer->result.text);
}
