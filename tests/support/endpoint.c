/* endpoint: an HTTP/1.1 server on loopback with scripted answers and a log of every request, for tests and benchmarks.
 *
 *   endpoint [--port N] [--log FILE] [--respond 500,503,200] [--delay MS] [--fast]
 *
 * Prints the port it listens on (--port 0, the default: any free one), then serves until SIGTERM or SIGINT.
 *
 * What is answered is told by the options, the path and the query, the later of these first; nothing is remembered
 * between requests. Statuses are by attempt (header Autohttp-Attempt, 1 without it), the last one repeats.
 *
 *   /s/500,503,200   these statuses             ?respond=500,503,200
 *   /d/MS            answers after MS           ?delay=MS
 *   /hang            never answers              ?retry_after=TEXT   header Retry-After, on statuses other than 2xx
 *   /close           closes without an answer   ?body=BYTES         so long a response body
 *   /reset           resets the connection      ?header=NAME        answers with what the request has there, in X-Echo
 *   /cut             closes in the middle of the body
 *   /stub            closes in the middle of the head
 *   /garbage         what is not HTTP
 *   /endless, /heads, /informational            a body, a head, 1xx answers without end
 *
 * Log: one JSON object a line, written every 50 ms and at the end; order is that of the answers' ends.
 *   time_ms          wall clock when the request's first byte was read, with decimals; end_time_ms when its answer was
 * sent method, path, idempotency_key (without quotes; "" without one), attempt (0 without one), body_bytes hash of
 * method, path, headers without Autohttp-Attempt, body: equal if the copies are equal byte for byte status that was
 * answered or would have been; sent: whether the answer went out whole connection       number of the connection, from
 * 1
 * --fast: every request gets a minimal 200, there is no log; at the end `requests=N connections=N` goes to stdout.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "endpoint_script.h"

#define REQUEST_MAX_BYTES ((size_t)8 * 1024 * 1024)
#define BODY_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define READ_BYTES ((size_t)16 * 1024)
#define KEPT_BYTES ((size_t)64 * 1024) /* of a connection's buffers, between requests */
#define FILL_BYTES ((size_t)16 * 1024)
#define FLUSH_MS 50
#define EVENTS_MAX 256
#define NS_PER_MS 1000000

struct bytes { /* grows at its end; taken from its front */
    char *data;
    size_t len;
    size_t cap;
};

struct connection {
    struct connection *prev;
    struct connection *next;
    unsigned long number;
    int fd;
    struct bytes in;
    struct bytes out;
    size_t out_sent;
    bool is_watching_out;
    double first_byte_time_ms; /* of what lies in `in` */
    struct request request;
    bool has_request;   /* taken, its answer not yet sent whole */
    bool is_answering;  /* the delay is over */
    bool is_closed;     /* freed at the end of the round: events of this round may still name it */
    size_t timer_index; /* in server.timers, from 1; 0: none */
    int64_t due_ns;
};

static struct {
    int epoll_fd;
    int listen_fd;
    int signal_fd;
    int log_fd; /* -1: no log */
    bool is_fast;
    const char *respond;
    long delay_ms;
    struct bytes log;
    struct connection *connections;
    struct connection *closed;
    struct connection **timers; /* a heap by due_ns, from index 1 */
    size_t timer_count;
    size_t timer_cap;
    unsigned long connection_count;
    unsigned long request_count;
} server = {.log_fd = -1, .respond = "200"};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void *resize(void *old, size_t bytes)
{
    void *data = realloc(old, bytes);

    if (data == NULL)
        fail("realloc");
    return data;
}

static void reserve(struct bytes *bytes, size_t more)
{
    size_t cap = bytes->cap > 0 ? bytes->cap : 1024;

    if (bytes->len + more <= bytes->cap)
        return;
    while (cap < bytes->len + more)
        cap *= 2;
    bytes->data = resize(bytes->data, cap);
    bytes->cap = cap;
}

static void append(struct bytes *bytes, const char *data, size_t len)
{
    if (len == 0)
        return;
    reserve(bytes, len);
    memcpy(bytes->data + bytes->len, data, len);
    bytes->len += len;
}

static void append_text(struct bytes *bytes, const char *text)
{
    append(bytes, text, strlen(text));
}

static void take_front(struct bytes *bytes, size_t count)
{
    bytes->len -= count;
    if (bytes->len > 0) {
        memmove(bytes->data, bytes->data + count, bytes->len);
    } else if (bytes->cap > KEPT_BYTES) {
        free(bytes->data);
        *bytes = (struct bytes){0};
    }
}

static int64_t read_ns(clockid_t clockid)
{
    struct timespec ts;

    clock_gettime(clockid, &ts);
    return (int64_t)ts.tv_sec * 1000 * NS_PER_MS + ts.tv_nsec;
}

static double read_time_ms(void)
{
    return (double)read_ns(CLOCK_REALTIME) / NS_PER_MS;
}

/* Log */

static void append_json_text(struct bytes *bytes, const char *text)
{
    char escaped[8];

    append_text(bytes, "\"");
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\') {
            snprintf(escaped, sizeof escaped, "\\u%04x", c);
            append_text(bytes, escaped);
        } else {
            append(bytes, text, 1);
        }
    }
    append_text(bytes, "\"");
}

static void log_request(const struct connection *connection, bool is_sent)
{
    const struct request *request = &connection->request;
    char text[SCRIPT_TEXT_MAX_BYTES];

    if (server.log_fd < 0)
        return;
    snprintf(text, sizeof text, "{\"time_ms\":%.3f,\"end_time_ms\":%.3f,\"method\":", request->time_ms, read_time_ms());
    append_text(&server.log, text);
    append_json_text(&server.log, request->method);
    append_text(&server.log, ",\"path\":");
    append_json_text(&server.log, request->path);
    append_text(&server.log, ",\"idempotency_key\":");
    append_json_text(&server.log, request->idempotency_key);
    snprintf(text, sizeof text,
             ",\"attempt\":%lu,\"body_bytes\":%zu,\"hash\":\"%016llx\",\"status\":%d,\"sent\":%s,\"connection\":%lu}\n",
             request->attempt, request->body_bytes, (unsigned long long)request->hash, request->status,
             is_sent ? "true" : "false", connection->number);
    append_text(&server.log, text);
}

static void flush_log(void)
{
    size_t done = 0;

    while (done < server.log.len) {
        ssize_t written = write(server.log_fd, server.log.data + done, server.log.len - done);

        if (written < 0 && errno != EINTR)
            fail("write log");
        if (written > 0)
            done += (size_t)written;
    }
    server.log.len = 0;
}

/* Timers: a heap by due_ns. */

static void put_timer(size_t i, struct connection *connection)
{
    server.timers[i] = connection;
    connection->timer_index = i;
}

static void sift_timer(size_t i, struct connection *connection)
{
    for (; i > 1 && server.timers[i / 2]->due_ns > connection->due_ns; i /= 2)
        put_timer(i, server.timers[i / 2]);
    for (;;) {
        size_t child = 2 * i;

        if (child < server.timer_count && server.timers[child + 1]->due_ns < server.timers[child]->due_ns)
            child++;
        if (child > server.timer_count || server.timers[child]->due_ns >= connection->due_ns)
            break;
        put_timer(i, server.timers[child]);
        i = child;
    }
    put_timer(i, connection);
}

static void add_timer(struct connection *connection, long delay_ms)
{
    connection->due_ns = read_ns(CLOCK_MONOTONIC) + (int64_t)delay_ms * NS_PER_MS;
    server.timer_count++;
    if (server.timer_count >= server.timer_cap) {
        server.timer_cap = server.timer_cap > 0 ? 2 * server.timer_cap : 64;
        server.timers = resize(server.timers, server.timer_cap * sizeof *server.timers);
    }
    sift_timer(server.timer_count, connection);
}

static void remove_timer(struct connection *connection)
{
    size_t i = connection->timer_index;
    struct connection *last;

    if (i == 0)
        return;
    last = server.timers[server.timer_count--];
    connection->timer_index = 0;
    if (last != connection)
        sift_timer(i, last);
}

/* Requests */

static bool read_head(struct connection *connection, const char *head)
{
    struct request *request = &connection->request;

    if (server.is_fast) {
        request->mode = &script_normal;
        request->status = 200;
        return true;
    }
    request->time_ms = connection->first_byte_time_ms;
    return script_read_head(request, head);
}

enum parsed { PARSED_NONE, PARSED_WHOLE, PARSED_BAD };

/* Looks for a whole request at the front of `in`. */
static enum parsed parse_request(struct connection *connection)
{
    struct bytes *in = &connection->in;
    char text[SCRIPT_TEXT_MAX_BYTES];
    char *end = in->len > 0 ? memmem(in->data, in->len, "\r\n\r\n", 4) : NULL;
    size_t head_bytes;
    size_t body_bytes = 0;

    if (end == NULL)
        return in->len > REQUEST_MAX_BYTES ? PARSED_BAD : PARSED_NONE;
    head_bytes = (size_t)(end - in->data) + 4;
    reserve(in, 1);
    in->data[in->len] = '\0'; /* a body may hold a NUL: only the head is read as text */
    if (script_get_header(in->data, "Content-Length", text, sizeof text))
        body_bytes = strtoul(text, NULL, 10);
    if (body_bytes > REQUEST_MAX_BYTES)
        return PARSED_BAD;
    if (in->len < head_bytes + body_bytes)
        return PARSED_NONE;
    connection->request = (struct request){.head_bytes = head_bytes, .body_bytes = body_bytes};
    if (!read_head(connection, in->data))
        return PARSED_BAD;
    if (server.log_fd >= 0)
        connection->request.hash = script_get_hash(in->data, in->data + head_bytes, body_bytes);
    return PARSED_WHOLE;
}

/* Answers */

static void print_head(struct connection *connection, size_t body_bytes, bool has_length)
{
    const struct request *request = &connection->request;
    char text[2 * SCRIPT_TEXT_MAX_BYTES];
    char value[SCRIPT_TEXT_MAX_BYTES];
    char name[SCRIPT_TEXT_MAX_BYTES];
    size_t query_bytes;
    const char *query;

    snprintf(text, sizeof text, "HTTP/1.1 %d Scripted\r\n", request->status);
    append_text(&connection->out, text);
    query = script_get_query(request->path, "retry_after", &query_bytes);
    if (query != NULL && (request->status < 200 || request->status > 299)) {
        snprintf(text, sizeof text, "Retry-After: %.*s\r\n", (int)query_bytes, query);
        for (char *plus = text; (plus = strchr(plus, '+')) != NULL;)
            *plus = ' ';
        append_text(&connection->out, text);
    }
    query = script_get_query(request->path, "header", &query_bytes);
    if (query != NULL) {
        snprintf(name, sizeof name, "%.*s", (int)query_bytes, query);
        if (!script_get_header(connection->in.data, name, value, sizeof value))
            snprintf(value, sizeof value, "(none)");
        snprintf(text, sizeof text, "X-Echo: %s\r\n", value);
        append_text(&connection->out, text);
    }
    if (has_length) {
        snprintf(text, sizeof text, "Content-Length: %zu\r\n", body_bytes);
        append_text(&connection->out, text);
    }
    append_text(&connection->out, "\r\n");
}

static void print_answer(struct connection *connection)
{
    const struct request *request = &connection->request;
    bool has_body = request->status >= 200 && request->status != 204 && request->status != 304;
    size_t body_bytes = 3;
    size_t query_bytes;
    const char *query;

    if (server.is_fast) {
        append_text(&connection->out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    query = script_get_query(request->path, "body", &query_bytes);
    if (query != NULL)
        body_bytes = strtoul(query, NULL, 10);
    if (body_bytes > BODY_MAX_BYTES)
        body_bytes = BODY_MAX_BYTES;
    print_head(connection, body_bytes, has_body);
    if (!has_body || strcmp(request->method, "HEAD") == 0)
        return;
    reserve(&connection->out, body_bytes);
    memset(connection->out.data + connection->out.len, 'x', body_bytes);
    connection->out.len += body_bytes;
}

static void fill_without_end(struct bytes *out, const char *unit)
{
    while (out->len < FILL_BYTES)
        append_text(out, unit);
}

/* Connections */

static void close_connection(struct connection *connection, bool is_reset)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    if (connection->is_closed)
        return;
    if (connection->has_request)
        log_request(connection, false);
    remove_timer(connection);
    if (is_reset)
        setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(connection->fd);
    connection->is_closed = true;
    if (connection->prev != NULL)
        connection->prev->next = connection->next;
    else
        server.connections = connection->next;
    if (connection->next != NULL)
        connection->next->prev = connection->prev;
    connection->next = server.closed;
    server.closed = connection;
}

static void free_closed(void)
{
    while (server.closed != NULL) {
        struct connection *connection = server.closed;

        server.closed = connection->next;
        free(connection->in.data);
        free(connection->out.data);
        free(connection->request.path);
        free(connection);
    }
}

static void watch(struct connection *connection, bool is_watching_out)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};

    if (connection->is_watching_out == is_watching_out)
        return;
    if (is_watching_out)
        event.events = EPOLLIN | EPOLLOUT;
    connection->is_watching_out = is_watching_out;
    if (epoll_ctl(server.epoll_fd, EPOLL_CTL_MOD, connection->fd, &event) != 0)
        fail("epoll_ctl");
}

/* True once all of `out` went to the kernel. */
static bool send_out(struct connection *connection)
{
    while (connection->out_sent < connection->out.len) {
        ssize_t sent = send(connection->fd, connection->out.data + connection->out_sent,
                            connection->out.len - connection->out_sent, MSG_NOSIGNAL);

        if (sent < 0 && errno == EAGAIN) {
            watch(connection, true);
            return false;
        }
        if (sent < 0) {
            close_connection(connection, false);
            return false;
        }
        connection->out_sent += (size_t)sent;
    }
    take_front(&connection->out, connection->out.len);
    connection->out_sent = 0;
    return true;
}

static void end_request(struct connection *connection)
{
    struct request *request = &connection->request;
    enum ending ending = request->mode->ending;

    if (request->mode == &script_normal)
        log_request(connection, true);
    else
        log_request(connection, false);
    connection->has_request = false;
    connection->is_answering = false;
    server.request_count++;
    take_front(&connection->in, request->head_bytes + request->body_bytes);
    connection->first_byte_time_ms = server.is_fast ? 0 : read_time_ms();
    free(request->path);
    request->path = NULL;
    if (ending != KEEP || request->is_last)
        close_connection(connection, ending == RESET);
}

/* Sends what there is to send; true if the request is done with and the connection open. */
static bool go_on_answering(struct connection *connection)
{
    const struct mode *mode = connection->request.mode;

    if (!send_out(connection))
        return false;
    if (mode->unit != NULL) {
        fill_without_end(&connection->out, mode->unit);
        watch(connection, true);
        return false;
    }
    watch(connection, false);
    if (mode->ending == HANG)
        return false;
    end_request(connection);
    return !connection->is_closed;
}

static bool start_answering(struct connection *connection)
{
    connection->is_answering = true;
    if (connection->request.mode->start != NULL)
        append_text(&connection->out, connection->request.mode->start);
    else
        print_answer(connection);
    return go_on_answering(connection);
}

/* True if it was answered at once, so that the next one may be looked for. */
static bool begin_request(struct connection *connection)
{
    long delay_ms = server.is_fast ? 0 : script_plan(&connection->request, server.respond, server.delay_ms);

    connection->has_request = true;
    if (delay_ms > 0) {
        add_timer(connection, delay_ms);
        return false;
    }
    return start_answering(connection);
}

static void take_requests(struct connection *connection)
{
    while (!connection->has_request) {
        enum parsed parsed = parse_request(connection);

        if (parsed == PARSED_BAD)
            close_connection(connection, false);
        if (parsed != PARSED_WHOLE || !begin_request(connection))
            return;
    }
}

static void read_more(struct connection *connection)
{
    ssize_t count;

    reserve(&connection->in, READ_BYTES);
    if (connection->in.len == 0 && !server.is_fast)
        connection->first_byte_time_ms = read_time_ms();
    count = recv(connection->fd, connection->in.data + connection->in.len, connection->in.cap - connection->in.len, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) {
        close_connection(connection, false);
        return;
    }
    connection->in.len += (size_t)count;
    take_requests(connection);
}

static void serve(struct connection *connection, uint32_t events)
{
    if (!connection->is_closed && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_more(connection);
    if (!connection->is_closed && events & EPOLLOUT && connection->is_answering && go_on_answering(connection))
        take_requests(connection);
}

static void accept_all(void)
{
    int one = 1;

    for (;;) {
        int fd = accept4(server.listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct connection *connection;
        struct epoll_event event = {.events = EPOLLIN};

        if (fd < 0)
            return;
        connection = resize(NULL, sizeof *connection);
        *connection = (struct connection){.fd = fd, .number = ++server.connection_count, .next = server.connections};
        if (server.connections != NULL)
            server.connections->prev = connection;
        server.connections = connection;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        event.data.ptr = connection;
        if (epoll_ctl(server.epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
            fail("epoll_ctl");
    }
}

static void run_timers(void)
{
    while (server.timer_count > 0 && server.timers[1]->due_ns <= read_ns(CLOCK_MONOTONIC)) {
        struct connection *connection = server.timers[1];

        remove_timer(connection);
        if (start_answering(connection))
            take_requests(connection);
    }
}

static int get_wait_ms(void)
{
    int64_t wait_ns;
    int wait_ms = server.log.len > 0 ? FLUSH_MS : -1;

    if (server.timer_count == 0)
        return wait_ms;
    wait_ns = server.timers[1]->due_ns - read_ns(CLOCK_MONOTONIC);
    if (wait_ns <= 0)
        return 0;
    if (wait_ms < 0 || wait_ns / NS_PER_MS < wait_ms)
        wait_ms = (int)(wait_ns / NS_PER_MS) + 1;
    return wait_ms;
}

static void loop(void)
{
    struct epoll_event events[EVENTS_MAX];
    int64_t flushed_ns = 0;
    bool is_ending = false;

    while (!is_ending) {
        int count = epoll_wait(server.epoll_fd, events, EVENTS_MAX, get_wait_ms());

        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == &server.listen_fd)
                accept_all();
            else if (events[i].data.ptr == &server.signal_fd)
                is_ending = true;
            else
                serve(events[i].data.ptr, events[i].events);
        }
        run_timers();
        free_closed();
        if (server.log.len > 0 && read_ns(CLOCK_MONOTONIC) - flushed_ns >= (int64_t)FLUSH_MS * NS_PER_MS) {
            flush_log();
            flushed_ns = read_ns(CLOCK_MONOTONIC);
        }
    }
}

static void watch_for(int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};

    if (fd < 0 || epoll_ctl(server.epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        fail("open");
}

static void open_server(unsigned short port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t address_bytes = sizeof address;
    sigset_t signals;
    int one = 1;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    server.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    server.signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
    server.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(server.listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(server.listen_fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server.listen_fd, 4096) != 0 ||
        getsockname(server.listen_fd, (struct sockaddr *)&address, &address_bytes) != 0)
        fail("listen");
    watch_for(server.listen_fd, &server.listen_fd);
    watch_for(server.signal_fd, &server.signal_fd);
    printf("%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
}

static void close_server(void)
{
    while (server.connections != NULL)
        close_connection(server.connections, false);
    free_closed();
    if (server.log_fd >= 0)
        flush_log();
    if (server.is_fast)
        printf("requests=%lu connections=%lu\n", server.request_count, server.connection_count);
    free(server.timers);
    free(server.log.data);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},    {"log", required_argument, NULL, 'l'},
        {"respond", required_argument, NULL, 'r'}, {"delay", required_argument, NULL, 'd'},
        {"fast", no_argument, NULL, 'f'},          {NULL, 0, NULL, 0},
    };
    unsigned short port = 0;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'p')
            port = (unsigned short)strtoul(optarg, NULL, 10);
        else if (option == 'l')
            server.log_fd = open(optarg, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        else if (option == 'r')
            server.respond = optarg;
        else if (option == 'd')
            server.delay_ms = strtol(optarg, NULL, 10);
        else if (option == 'f')
            server.is_fast = true;
        else
            return 64;
        if (option == 'l' && server.log_fd < 0)
            fail(optarg);
    }
    open_server(port);
    loop();
    close_server();
    return 0;
}
