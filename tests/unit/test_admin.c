/* The admin port, asked by libcurl and, where curl would not send such a thing, by a bare socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin.h"
#include "admin_request.h"

#define HOST_HERE "Host: 127.0.0.1:%d\r\n"

struct fixture {
    struct admin *admin;
    struct stats *stats;
    int port;
    struct params params;
    char errstr[256];
    /* The loop's part, played by a thread that answers everything until it is told to end. */
    pthread_t loop;
    atomic_bool ends;
    bool has_loop;
};

struct answer {
    long http_status;
    struct buffer body;
    char content_type[64];
    char headers[2048];
};

static void close_answer(struct answer *answer)
{
    buffer_close(&answer->body);
}

/* A row of two partitions' world: id 9 is in partition 1 only; each list page is one row. */
static void answer_list(const struct admin_ask *ask, struct admin_answer *answer)
{
    answer->http_status = ask->partition < 2 ? 200 : 404;
    answer->is_end = ask->key_bytes > 0;
    answer->position_bytes = 3;
    memcpy(answer->position, "t:a", 3);
    buffer_append_text(&answer->text, ask->key_bytes > 0 ? "" : "{\"id\":\"1\"}");
}

/* Answers each key with itself as JSON; "none:*" with 404. */
static void answer_like_a_loop(const struct admin_ask *ask, struct admin_answer *answer)
{
    answer->partition = ask->partition;
    answer->partition_count = 2;
    answer->http_status = 200;
    if (ask->kind == ADMIN_ASK_LIST) {
        answer_list(ask, answer);
    } else if (ask->kind == ADMIN_ASK_ID) {
        answer->http_status = ask->id == 9 && ask->partition == 1 ? 200 : 404;
        buffer_append_text(&answer->text, "{\"id\":\"9\"}");
    } else if (strncmp(ask->key, "none:", strlen("none:")) == 0) {
        answer->http_status = 404;
        buffer_append_text(&answer->text, "no \"such\" task");
    } else {
        buffer_append_json_string(&answer->text, ask->key, ask->key_bytes);
    }
}

static void *answer_all(void *opaque)
{
    struct fixture *fixture = opaque;
    struct pollfd pollfd = {.fd = admin_get_fd(fixture->admin), .events = POLLIN};
    struct admin_question *question;
    const struct admin_ask *ask;

    while (!atomic_load(&fixture->ends)) {
        poll(&pollfd, 1, 20);
        while (admin_take_question(fixture->admin, &question, &ask)) {
            struct admin_answer answer = {0};

            answer_like_a_loop(ask, &answer);
            admin_answer(fixture->admin, question, &answer);
        }
    }
    return NULL;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    fixture->stats = calloc(1, sizeof *fixture->stats);
    stats_init(fixture->stats);
    fixture->params.admin_listen = "127.0.0.1:0";
    fixture->params.admin_advertise = "";
    fixture->params.topic_prefix = "test";
    fixture->params.group_id = "";
    assert_int_equal(
        admin_open(&fixture->params, fixture->stats, &fixture->admin, fixture->errstr, sizeof fixture->errstr), RC_OK);
    fixture->port = (int)strtol(strrchr(admin_get_address(fixture->admin), ':') + 1, NULL, 10);
    *state = fixture;
    return 0;
}

static int set_up_with_loop(void **state)
{
    struct fixture *fixture;

    set_up(state);
    fixture = *state;
    assert_int_equal(pthread_create(&fixture->loop, NULL, answer_all, fixture), 0);
    fixture->has_loop = true;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    atomic_store(&fixture->ends, true);
    if (fixture->has_loop)
        pthread_join(fixture->loop, NULL);
    admin_close(fixture->admin);
    free(fixture->stats);
    free(fixture);
    return 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *opaque)
{
    buffer_append(opaque, bytes, size * count);
    return size * count;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *opaque)
{
    char *headers = opaque;

    strncat(headers, bytes, size * count < 200 ? size * count : 200);
    return size * count;
}

static struct answer ask(struct fixture *fixture, const char *method, const char *path, const char *header)
{
    struct answer answer = {0};
    struct curl_slist *headers = header != NULL ? curl_slist_append(NULL, header) : NULL;
    CURL *easy = curl_easy_init();
    char url[1024];
    char *content_type = NULL;

    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", fixture->port, path);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer.body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, answer.headers);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, 20L);
    assert_int_equal(curl_easy_perform(easy), CURLE_OK);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.http_status);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &content_type);
    snprintf(answer.content_type, sizeof answer.content_type, "%s", content_type != NULL ? content_type : "");
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
    buffer_append(&answer.body, "", 0);
    return answer;
}

/* Status and, unless NULL, a piece of the body. */
static void expect(struct fixture *fixture, const char *path, long http_status, const char *piece)
{
    struct answer answer = ask(fixture, "GET", path, NULL);

    if (answer.http_status != http_status)
        print_error("%s: %ld\n", path, answer.http_status);
    assert_int_equal(answer.http_status, http_status);
    if (piece != NULL && strstr(answer.body.data, piece) == NULL)
        fail_msg("%s: \"%s\" is not in \"%s\"", path, piece, answer.body.data);
    if (http_status >= 400 && strncmp(path, "/livez", 6) != 0 && strncmp(path, "/readyz", 7) != 0)
        assert_string_equal(answer.content_type, "application/problem+json");
    close_answer(&answer);
}

static int connect_to(const struct fixture *fixture)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)fixture->port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Sends the bytes as they are; the status of the answer, 0 if the connection was closed without one. */
static int send_raw(struct fixture *fixture, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int send_raw(struct fixture *fixture, const char *format, ...)
{
    char request[4096];
    char response[4096];
    size_t got_bytes = 0;
    ssize_t got = 1;
    int http_status = 0;
    int fd = connect_to(fixture);
    va_list args;

    va_start(args, format);
    vsnprintf(request, sizeof request, format, args);
    va_end(args);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
    while (got_bytes < 32 && got > 0) {
        got = recv(fd, response + got_bytes, sizeof response - 1 - got_bytes, 0);
        got_bytes += got > 0 ? (size_t)got : 0;
    }
    response[got_bytes] = '\0';
    close(fd);
    sscanf(response, "HTTP/1.%*d %d", &http_status);
    return http_status;
}

/* Sends a byte of the text at each of the loop's turns, which are turn_ms apart; false: the connection was closed. */
static bool drip(struct fixture *fixture, int fd, const char *text, int64_t turn_ms)
{
    static int64_t mono_ms;
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};

    for (; *text != '\0'; text++) {
        if (send(fd, text, 1, MSG_NOSIGNAL) != 1 || poll(&pollfd, 1, 5) != 0) {
            return false;
        }
        mono_ms += turn_ms;
        admin_note_turn(fixture->admin, mono_ms);
    }
    return true;
}

static void a_request_that_drips_in_for_over_20_s_is_cut_off(void **state)
{
    struct fixture *fixture = *state;
    char byte;
    int fd = connect_to(fixture);

    assert_false(drip(fixture, fd,
                      "GET /livez?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1", 1000));
    assert_true(recv(fd, &byte, 1, 0) <= 0);
    close(fd);
    expect(fixture, "/readyz", 503, "not ready");
}

static void a_request_that_drips_in_within_20_s_is_answered(void **state)
{
    struct fixture *fixture = *state;
    static const char rest[] = "\r\nHost: 127.0.0.1\r\n\r\n";
    char status[16] = "";
    int fd = connect_to(fixture);

    assert_true(drip(fixture, fd, "GET /readyz HTTP/1.1", 900));
    assert_int_equal(send(fd, rest, sizeof rest - 1, MSG_NOSIGNAL), sizeof rest - 1);
    assert_true(recv(fd, status, sizeof status - 1, 0) > 0);
    assert_memory_equal(status, "HTTP/1.1 ", 9);
    close(fd);
}

static void livez_answers_before_and_while_the_loop_turns(void **state)
{
    struct fixture *fixture = *state;

    expect(fixture, "/livez", 200, "alive\n");
    admin_note_turn(fixture->admin, 123456);
    expect(fixture, "/livez?verbose", 200, "last turn was ");
}

static void livez_fails_when_the_last_turn_is_long_ago(void **state)
{
    struct fixture *fixture = *state;

    admin_note_turn(fixture->admin, 100000);
    admin_note_turn(fixture->admin, 100000 - 10001); /* as if 10 s had gone by since */
    expect(fixture, "/livez", 503, "stuck\n");
    expect(fixture, "/v1/tasks/order/1", 503, "did not answer in time");
    admin_note_turn(fixture->admin, 100001);
    expect(fixture, "/livez", 200, "alive");
}

static void readyz_says_why_only_when_asked(void **state)
{
    struct fixture *fixture = *state;

    expect(fixture, "/readyz", 503, "not ready\n");
    expect(fixture, "/readyz?verbose", 503, "not ready: starting\n");
    admin_set_ready(fixture->admin, false, "partition 3 is not caught up");
    expect(fixture, "/readyz?verbose=1", 503, "not ready: partition 3 is not caught up\n");
    admin_set_ready(fixture->admin, true, "");
    expect(fixture, "/readyz?verbose", 200, "ready\n");
}

static void metrics_are_prometheus_text(void **state)
{
    struct fixture *fixture = *state;
    struct answer answer = ask(fixture, "GET", "/metrics", NULL);

    assert_int_equal(answer.http_status, 200);
    assert_string_equal(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
    assert_non_null(strstr(answer.body.data, "# TYPE autohttp_"));
    assert_non_null(strstr(answer.body.data, "autohttp_build_info{"));
    assert_non_null(strstr(answer.headers, "Cache-Control: no-store"));
    close_answer(&answer);
}

static void task_is_answered_by_the_loop(void **state)
{
    struct fixture *fixture = *state;
    struct answer answer = ask(fixture, "GET", "/v1/tasks/order/17", NULL);

    assert_int_equal(answer.http_status, 200);
    assert_string_equal(answer.content_type, "application/json");
    assert_string_equal(answer.body.data, "\"order:17\"\n");
    close_answer(&answer);
}

static void key_parts_are_percent_decoded_after_the_path_is_cut(void **state)
{
    struct fixture *fixture = *state;

    expect(fixture, "/v1/tasks/order/a%2Fb%3ac", 200, "\"order:a/b:c\"\n");
    expect(fixture, "/v1/tasks/or%20der/%E2%82%AC", 200, "\"or der:\xe2\x82\xac\"\n");
    expect(fixture, "/v1/tasks/order/a+b?content=false", 200, "\"order:a+b\"\n");
    expect(fixture, "/v1/tasks/order/a:b", 200, "\"order:a:b\"\n");
}

static void problem_of_the_loop_is_escaped_json(void **state)
{
    struct fixture *fixture = *state;

    expect(fixture, "/v1/tasks/none/1", 404,
           "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"detail\":\"no \\\"such\\\" task\"}\n");
}

static void wrong_paths_are_not_found_or_say_what_is_wrong(void **state)
{
    struct fixture *fixture = *state;
    char long_path[400];

    expect(fixture, "/", 404, "no such path");
    expect(fixture, "/metrics/", 404, NULL);
    expect(fixture, "/METRICS", 404, NULL);
    expect(fixture, "/livez%2f", 404, NULL);
    expect(fixture, "/v1/tasks/order", 404, NULL);
    expect(fixture, "/v1/tasks/order/", 404, NULL);
    expect(fixture, "/v1/tasks//1", 404, NULL);
    expect(fixture, "/v1/tasks/order/1/attempts", 404, NULL);
    expect(fixture, "/v1/../v1/tasks/order/1", 404, NULL);
    expect(fixture, "/v1/tasks/or%3Ader/1", 400, "colon");
    expect(fixture, "/v1/tasks/order/%0", 400, "percent");
    expect(fixture, "/v1/tasks/order/%zz", 400, "percent");
    expect(fixture, "/v1/tasks/order/a%00b", 400, "control");
    expect(fixture, "/v1/tasks/order/a%0d%0ab", 400, "control");
    snprintf(long_path, sizeof long_path, "/v1/tasks/order/%0256d", 1);
    expect(fixture, long_path, 400, "255 bytes");
}

static void head_has_the_headers_and_no_body(void **state)
{
    struct fixture *fixture = *state;
    struct answer answer = ask(fixture, "HEAD", "/metrics", NULL);

    assert_int_equal(answer.http_status, 200);
    assert_int_equal(answer.body.len_bytes, 0);
    assert_non_null(strstr(answer.headers, "Content-Length: "));
    close_answer(&answer);
}

static void other_methods_are_refused_and_named(void **state)
{
    static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "FOO"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct answer answer = ask(fixture, methods[i], "/livez", NULL);

        assert_int_equal(answer.http_status, 405);
        assert_non_null(strstr(answer.headers, "Allow: GET, HEAD"));
        /* What follows on this connection may be the body of what was refused. */
        assert_non_null(strstr(answer.headers, "Connection: close"));
        close_answer(&answer);
    }
}

static void host_must_name_this_server(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *format;
        int http_status;
    } rows[] = {
        {"GET /livez HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", 200},
        {"GET /livez HTTP/1.1\r\nHost: localhost:%d\r\n\r\n", 200},
        {"GET /livez HTTP/1.1\r\nHost: LOCALHOST:%d\r\n\r\n", 200},
        {"GET /livez HTTP/1.1\r\nHost: [::1]:%d\r\n\r\n", 200},
        {"GET /livez HTTP/1.1\r\nHost: 127.0.0.1:1%d\r\n\r\n", 403},
        {"GET /livez HTTP/1.1\r\nHost: evil.example:%d\r\n\r\n", 403},
        {"GET /livez HTTP/1.1\r\nHost: localhost.evil.example:%d\r\n\r\n", 403},
        {"GET /livez HTTP/1.1\r\nX: %d\r\nHost: localhost\r\n\r\n", 403},
        {"GET /livez HTTP/1.1\r\nX: %d\r\nHost:\r\n\r\n", 403},
        {"GET /livez HTTP/1.1\r\nX: %d\r\n\r\n", 400},
        {"GET /livez HTTP/1.0\r\nX: %d\r\n\r\n", 400},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char request[256];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(request, sizeof request, rows[i].format, fixture->port);
#pragma GCC diagnostic pop
        assert_int_equal(send_raw(fixture, "%s", request), rows[i].http_status);
    }
}

static void ambiguous_framing_is_refused(void **state)
{
    struct fixture *fixture = *state;
    int port = fixture->port;

    assert_int_equal(send_raw(fixture, "GET /livez HTTP/1.1\r\n" HOST_HERE HOST_HERE "\r\n", port, port), 400);
    assert_int_equal(send_raw(fixture, "GET /livez HTTP/1.1\r\n" HOST_HERE "host: evil.example\r\n\r\n", port), 400);
    assert_int_equal(
        send_raw(fixture, "GET /livez HTTP/1.1\r\n" HOST_HERE "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", port),
        400);
    assert_int_equal(send_raw(fixture,
                              "GET /livez HTTP/1.1\r\n" HOST_HERE "Content-Length: 0\r\nContent-Length: 4\r\n\r\nabcd",
                              port),
                     400);
    assert_int_equal(send_raw(fixture,
                              "GET /livez HTTP/1.1\r\n" HOST_HERE
                              "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                              port),
                     400);
    assert_int_equal(
        send_raw(fixture, "GET /livez HTTP/1.1\r\n" HOST_HERE "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", port),
        400);
    assert_int_equal(send_raw(fixture, "GET /livez HTTP/1.1\r\n" HOST_HERE "Content-Length: 3\r\n\r\nabc", port), 400);
    assert_int_equal(send_raw(fixture, "GET /livez HTTP/1.1\r\n" HOST_HERE "Content-Length: 0\r\n\r\n", port), 200);
}

static void refusal_names_the_header(void **state)
{
    static const struct {
        const char *names[3];
        const char *fault;
    } rows[] = {
        {{"Host"}, NULL},
        {{"Accept"}, "no Host header"},
        {{"Host", "HOST"}, "more than one Host header"},
        {{"Host", "Content-Length", "content-length"}, "more than one Content-Length header"},
        {{"Host", "Transfer-Encoding", "transfer-encoding"}, "more than one Transfer-Encoding header"},
        {{"Host", "Content-Length", "Transfer-Encoding"}, "Content-Length beside Transfer-Encoding"},
        {{"Host", "Content-Length"}, "a request body is not taken"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct admin_framing framing = {0};
        const char *fault;

        for (size_t n = 0; n < 3 && rows[i].names[n] != NULL; n++)
            admin_framing_add(&framing, rows[i].names[n], "1");
        fault = admin_framing_get_fault(&framing);
        assert_string_equal(fault != NULL ? fault : "", rows[i].fault != NULL ? rows[i].fault : "");
    }
}

static void headers_are_bounded(void **state)
{
    struct fixture *fixture = *state;
    char *header = malloc(100000);
    struct answer answer;

    memset(header, 'a', 99999);
    header[99999] = '\0';
    memcpy(header, "X-Long: ", 8);
    answer = ask(fixture, "GET", "/livez", header);
    assert_true(answer.http_status == 431 || answer.http_status == 413);
    close_answer(&answer);
    free(header);
    expect(fixture, "/livez", 200, NULL);
}

static void task_by_id_is_looked_for_in_all_partitions(void **state)
{
    struct fixture *fixture = *state;

    expect(fixture, "/v1/ids/9", 200, "{\"id\":\"9\"}\n");
    expect(fixture, "/v1/ids/9?partition=0", 404, "no task of this id");
    expect(fixture, "/v1/ids/8", 404, "no task of this id");
    expect(fixture, "/v1/ids/", 400, "decimal");
    expect(fixture, "/v1/ids/-1", 400, "decimal");
    expect(fixture, "/v1/ids/18446744073709551616", 400, "decimal");
}

static void list_leads_through_all_partitions(void **state)
{
    struct fixture *fixture = *state;

    expect(fixture, "/v1/tasks", 200,
           "{\"tasks\":[{\"id\":\"1\"}],\"next_cursor\":\"0.743a61\",\"missing_partitions\":[]}\n");
    expect(fixture, "/v1/tasks?cursor=0.743a61", 200,
           "{\"tasks\":[],\"next_cursor\":\"1\",\"missing_partitions\":[]}\n");
    expect(fixture, "/v1/tasks?cursor=1.743a61", 200,
           "{\"tasks\":[],\"next_cursor\":null,\"missing_partitions\":[]}\n");
    expect(fixture, "/v1/tasks?cursor=2", 400, "names no partition");
}

static void wrong_parameters_are_refused_by_name(void **state)
{
    struct fixture *fixture = *state;

    expect(fixture, "/v1/tasks?x=y", 400, "unknown parameter \\\"x\\\"");
    expect(fixture, "/v1/tasks?limit=0", 400, "limit is not 1..1000");
    expect(fixture, "/v1/tasks?limit=1001", 400, "limit is not 1..1000");
    expect(fixture, "/v1/tasks?limit=1&limit=2", 400, "limit is given twice");
    expect(fixture, "/v1/tasks?cursor=0.zz", 400, "cursor");
    expect(fixture, "/v1/tasks?list=all", 400, "incomplete or to_clean");
    expect(fixture, "/v1/tasks?list=to_clean", 400, "needs status");
    expect(fixture, "/v1/tasks?list=incomplete&type=a", 400, "type has no meaning");
    expect(fixture, "/v1/tasks?until=1", 400, "until has no meaning");
    expect(fixture, "/v1/tasks?list=incomplete&until=1.2345", 400, "Unix seconds");
    expect(fixture, "/v1/tasks/order/1?limit=1", 400, "limit has no meaning");
    expect(fixture, "/v1/tasks/order/1?reveal=true", 400, "needs content=true");
}

/* From 127.0.0.<last>; returns as soon as the server's machine has taken it, which need not be the server. */
static int connect_from(struct fixture *fixture, uint32_t last)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000 + last)};
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons((uint16_t)fixture->port)};
    struct timeval patience = {.tv_sec = 10}; /* less than the server has with the silent */
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&there, sizeof there), 0);
    return fd;
}

static void silence_of_one_address_does_not_shut_out_another(void **state)
{
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n\r\n";
    struct fixture *fixture = *state;
    char text[256];
    int fds[64];
    int fd;

    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        fds[i] = connect_from(fixture, 1);
    fd = connect_from(fixture, 2);
    snprintf(text, sizeof text, request, fixture->port);
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    assert_int_equal(recv(fd, text, 12, MSG_WAITALL), 12);
    assert_memory_equal(text, "HTTP/1.1 200", 12);
    close(fd);
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        close(fds[i]);
}

static void only_loopback_is_listened_at_without_a_token(void **state)
{
    static const char *const listens[] = {"0.0.0.0:0", "[::]:0",      "192.0.2.1:0",     "127.0.0.1",     "127.0.0.1:",
                                          ":0",        "127.0.0.1:x", "127.0.0.1:65536", "example.com:0", ""};
    struct admin *admin = NULL;
    char errstr[256];

    (void)state;
    for (size_t i = 0; i < sizeof listens / sizeof listens[0]; i++) {
        struct params params = {.admin_listen = (char *)(uintptr_t)listens[i],
                                .admin_advertise = "",
                                .topic_prefix = "test",
                                .group_id = ""};

        assert_int_equal(admin_open(&params, NULL, &admin, errstr, sizeof errstr), RC_INVALID);
        assert_non_null(strstr(errstr, "admin_listen"));
    }
}

static void address_in_use_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct admin *admin = NULL;
    char errstr[256];

    struct params params = {.admin_listen = (char *)(uintptr_t)admin_get_address(fixture->admin),
                            .admin_advertise = "",
                            .topic_prefix = "test",
                            .group_id = ""};

    assert_int_equal(admin_open(&params, fixture->stats, &admin, errstr, sizeof errstr), RC_UNAVAILABLE);
    assert_non_null(strstr(errstr, admin_get_address(fixture->admin)));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define CASE_WITH_LOOP(name) cmocka_unit_test_setup_teardown(name, set_up_with_loop, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_request_that_drips_in_for_over_20_s_is_cut_off),
        CASE(a_request_that_drips_in_within_20_s_is_answered),
        CASE(livez_answers_before_and_while_the_loop_turns),
        CASE(livez_fails_when_the_last_turn_is_long_ago),
        CASE(readyz_says_why_only_when_asked),
        CASE(metrics_are_prometheus_text),
        CASE_WITH_LOOP(task_is_answered_by_the_loop),
        CASE_WITH_LOOP(key_parts_are_percent_decoded_after_the_path_is_cut),
        CASE_WITH_LOOP(problem_of_the_loop_is_escaped_json),
        CASE_WITH_LOOP(wrong_paths_are_not_found_or_say_what_is_wrong),
        CASE_WITH_LOOP(task_by_id_is_looked_for_in_all_partitions),
        CASE_WITH_LOOP(list_leads_through_all_partitions),
        CASE_WITH_LOOP(wrong_parameters_are_refused_by_name),
        CASE(head_has_the_headers_and_no_body),
        CASE(other_methods_are_refused_and_named),
        CASE(host_must_name_this_server),
        CASE(ambiguous_framing_is_refused),
        CASE(refusal_names_the_header),
        CASE(headers_are_bounded),
        CASE(silence_of_one_address_does_not_shut_out_another),
        CASE(only_loopback_is_listened_at_without_a_token),
        CASE(address_in_use_is_told),
    };

    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
