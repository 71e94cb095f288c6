/* Asking another worker, against a server in the test that answers each connection with the bytes of a row and keeps
 * what it was sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin_forward.h"
#include "clock.h"

#define TIMEOUT_MS 10000
#define OK_HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\n"

struct server {
    int listen_fd;
    char address[64];
    pthread_t thread;
    const char *answer; /* NULL: none, until the other goes away */
    size_t zeros_bytes; /* more body after it */
    char request[4096];
};

static void read_request(struct server *server, int fd)
{
    size_t request_bytes = 0;
    ssize_t got = 1;

    while (got > 0 && strstr(server->request, "\r\n\r\n") == NULL) {
        got = recv(fd, server->request + request_bytes, sizeof server->request - 1 - request_bytes, 0);
        request_bytes += got > 0 ? (size_t)got : 0;
        server->request[request_bytes] = '\0';
    }
}

static void *serve_one(void *opaque)
{
    static const char zeros[65536];
    struct server *server = opaque;
    int fd = accept(server->listen_fd, NULL, NULL);
    char byte;
    ssize_t sent = 1;

    if (fd < 0)
        return NULL;
    read_request(server, fd);
    if (server->answer == NULL)
        sent = recv(fd, &byte, 1, 0); /* returns when the other closes */
    else
        sent = send(fd, server->answer, strlen(server->answer), MSG_NOSIGNAL);
    for (size_t i = 0; sent > 0 && i < server->zeros_bytes; i += (size_t)sent)
        sent = send(fd, zeros, server->zeros_bytes - i < sizeof zeros ? server->zeros_bytes - i : sizeof zeros,
                    MSG_NOSIGNAL);
    close(fd);
    return NULL;
}

static int set_up(void **state)
{
    struct server *server = calloc(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t address_bytes = sizeof address;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listen_fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server->listen_fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->listen_fd, 4), 0);
    assert_int_equal(getsockname(server->listen_fd, (struct sockaddr *)&address, &address_bytes), 0);
    snprintf(server->address, sizeof server->address, "127.0.0.1:%u", ntohs(address.sin_port));
    *state = server;
    return 0;
}

static int tear_down(void **state)
{
    struct server *server = *state;

    close(server->listen_fd);
    free(server);
    return 0;
}

struct got {
    enum rc rc;
    long http_status;
    struct buffer body;
    char errstr[512];
};

static void get(struct server *server, const char *path, const char *token, int64_t timeout_ms, struct got *got)
{
    *got = (struct got){.http_status = -1};
    assert_int_equal(pthread_create(&server->thread, NULL, serve_one, server), 0);
    got->rc = admin_forward_get(server->address, path, token, timeout_ms, &got->http_status, &got->body, got->errstr,
                                sizeof got->errstr);
    shutdown(server->listen_fd, SHUT_RDWR); /* wakes a server that nobody came to */
    assert_int_equal(pthread_join(server->thread, NULL), 0);
}

static void answer_comes_with_its_status_and_body(void **state)
{
    struct server *server = *state;
    struct got got;

    server->answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnone\n";
    get(server, "/v1/tasks/order/1", NULL, TIMEOUT_MS, &got);
    assert_int_equal(got.rc, RC_OK);
    assert_int_equal(got.http_status, 404);
    assert_string_equal(got.body.data, "none\n");
    assert_string_equal(got.errstr, "");
    buffer_close(&got.body);
}

static void request_is_marked_as_forwarded_and_has_no_token(void **state)
{
    struct server *server = *state;
    struct got got;

    server->answer = OK_HEAD "\r\n";
    get(server, "/v1/tasks/order/1", NULL, TIMEOUT_MS, &got);
    assert_int_equal(got.rc, RC_OK);
    assert_non_null(strstr(server->request, "\r\nAutohttp-Forwarded: 1\r\n"));
    assert_null(strstr(server->request, "Authorization"));
    buffer_close(&got.body);
}

static void token_is_a_bearers(void **state)
{
    struct server *server = *state;
    struct got got;

    server->answer = OK_HEAD "\r\n";
    get(server, "/v1/tasks/order/1", "s3cret/+=", TIMEOUT_MS, &got);
    assert_int_equal(got.rc, RC_OK);
    assert_non_null(strstr(server->request, "\r\nAuthorization: Bearer s3cret/+=\r\n"));
    buffer_close(&got.body);
}

static void path_and_query_go_as_they_are(void **state)
{
    struct server *server = *state;
    struct got got;

    server->answer = OK_HEAD "\r\n";
    get(server, "/v1/tasks/order/../%2e%2F?limit=5&host=a%26b", NULL, TIMEOUT_MS, &got);
    assert_int_equal(got.rc, RC_OK);
    assert_int_equal(strncmp(server->request, "GET /v1/tasks/order/../%2e%2F?limit=5&host=a%26b HTTP/1.1\r\n", 59), 0);
    buffer_close(&got.body);
}

static void redirect_is_an_answer_and_not_followed(void **state)
{
    struct server *server = *state;
    struct got got;

    server->answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    get(server, "/v1/tasks/order/1", "s3cret", TIMEOUT_MS, &got);
    assert_int_equal(got.rc, RC_OK);
    assert_int_equal(got.http_status, 302);
    buffer_close(&got.body);
}

static void proxy_of_the_environment_is_not_used(void **state)
{
    struct server *server = *state;
    struct got got;

    server->answer = OK_HEAD "\r\nhere";
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
    get(server, "/", NULL, TIMEOUT_MS, &got);
    unsetenv("http_proxy");
    assert_int_equal(got.rc, RC_OK);
    assert_string_equal(got.body.data, "here");
    buffer_close(&got.body);
}

static void longest_body_is_taken(void **state)
{
    struct server *server = *state;
    struct got got;

    server->answer = OK_HEAD "\r\n";
    server->zeros_bytes = ADMIN_FORWARD_MAX_BYTES;
    get(server, "/v1/tasks", NULL, TIMEOUT_MS, &got);
    assert_int_equal(got.rc, RC_OK);
    assert_int_equal(got.body.len_bytes, ADMIN_FORWARD_MAX_BYTES);
    buffer_close(&got.body);
}

static void longer_body_is_refused_with_the_limit(void **state)
{
    struct server *server = *state;
    struct got got;

    server->answer = OK_HEAD "\r\n";
    server->zeros_bytes = ADMIN_FORWARD_MAX_BYTES + 1;
    get(server, "/v1/tasks", NULL, TIMEOUT_MS, &got);
    assert_int_equal(got.rc, RC_UNAVAILABLE);
    assert_int_equal(got.http_status, -1);
    assert_non_null(strstr(got.errstr, "longer than 16777216 bytes"));
    assert_true(got.body.len_bytes <= ADMIN_FORWARD_MAX_BYTES);
    buffer_close(&got.body);
}

static void what_the_buffer_held_before_does_not_count(void **state)
{
    struct server *server = *state;
    struct buffer body = {0};
    long http_status = 0;

    server->answer = OK_HEAD "\r\nb";
    buffer_append_text(&body, "a");
    assert_int_equal(pthread_create(&server->thread, NULL, serve_one, server), 0);
    assert_int_equal(admin_forward_get(server->address, "/", NULL, TIMEOUT_MS, &http_status, &body, NULL, 0), RC_OK);
    assert_int_equal(pthread_join(server->thread, NULL), 0);
    assert_string_equal(body.data, "ab");
    buffer_close(&body);
}

static void silence_ends_in_time_and_says_where(void **state)
{
    struct server *server = *state;
    struct clock clock;
    struct got got;

    clock_init(&clock);
    get(server, "/v1/tasks/order/1", NULL, 200, &got);
    assert_int_equal(got.rc, RC_UNAVAILABLE);
    assert_in_range(clock_read(&clock).mono_ms, 199, 5000);
    assert_int_equal(strncmp(got.errstr, "worker at 127.0.0.1:", 20), 0);
    assert_non_null(strstr(got.errstr, "imed out"));
    buffer_close(&got.body);
}

static void torn_answer_is_none(void **state)
{
    struct server *server = *state;
    struct got got;

    server->answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    get(server, "/", NULL, TIMEOUT_MS, &got);
    assert_int_equal(got.rc, RC_UNAVAILABLE);
    assert_int_equal(got.http_status, -1);
    buffer_close(&got.body);
}

static void nobody_there_is_unavailable(void **state)
{
    struct buffer body = {0};
    long http_status = -1;
    char errstr[512] = "";

    (void)state;
    assert_int_equal(
        admin_forward_get("127.0.0.1:1", "/", NULL, TIMEOUT_MS, &http_status, &body, errstr, sizeof errstr),
        RC_UNAVAILABLE);
    assert_int_equal(strncmp(errstr, "worker at 127.0.0.1:1: ", 23), 0);
    assert_int_equal(http_status, -1);
    buffer_close(&body);
}

static void address_that_is_more_than_host_and_port_is_refused(void **state)
{
    static const char *const addresses[] = {
        "",          "host",        ":80",           "host:",           "host:80/x", "user@host:80",
        "host:80?x", "host:80#x",   "host:8 0",      "host:80\r\nX: 1", "host/x:80", "h\xc3\xb6st:80",
        "host:80a",  "u:p@host:80", "ftp://host:80", "host\\x:80",      "a?host:80",
    };

    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct buffer body = {0};
        long http_status = -1;
        char errstr[512] = "";

        assert_int_equal(admin_forward_get(addresses[i], "/", "s3cret", 1, &http_status, &body, errstr, sizeof errstr),
                         RC_UNAVAILABLE);
        if (strstr(errstr, "this is not host:port") == NULL)
            fail_msg("\"%s\": %s", addresses[i], errstr);
        buffer_close(&body);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(answer_comes_with_its_status_and_body),
        CASE(request_is_marked_as_forwarded_and_has_no_token),
        CASE(token_is_a_bearers),
        CASE(path_and_query_go_as_they_are),
        CASE(redirect_is_an_answer_and_not_followed),
        CASE(proxy_of_the_environment_is_not_used),
        CASE(longest_body_is_taken),
        CASE(longer_body_is_refused_with_the_limit),
        CASE(what_the_buffer_held_before_does_not_count),
        CASE(silence_ends_in_time_and_says_where),
        CASE(torn_answer_is_none),
        cmocka_unit_test(nobody_there_is_unavailable),
        cmocka_unit_test(address_that_is_more_than_host_and_port_is_refused),
    };

    return cmocka_run_group_tests_name("admin_forward", tests, NULL, NULL);
}
