#include "http_get.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit_table.h"

struct url {
    const char *name;
    const char *type;
    const char *id;
    const char *url;
};

static const struct url urls[] = {
    {"plain_key", "order", "42", "http://h:1/v1/tasks/order/42"},
    {"slash_does_not_split_the_path", "order", "a/b", "http://h:1/v1/tasks/order/a%2Fb"},
    {"question_mark_starts_no_query", "order", "a?b#c", "http://h:1/v1/tasks/order/a%3Fb%23c"},
    {"percent_is_encoded_itself", "order", "100%", "http://h:1/v1/tasks/order/100%25"},
    {"utf8_is_encoded_by_bytes", "\xc3\xa4", "1", "http://h:1/v1/tasks/%C3%A4/1"},
    {"dots_that_would_climb_stay_a_name", "order", "..", "http://h:1/v1/tasks/order/.."},
};

static void url_is_percent_encoded(void **state)
{
    const struct url *row = *state;
    char url[HTTP_GET_URL_BYTES];
    char errstr[256] = "";

    assert_int_equal(http_get_print_task_url("http://h:1", row->type, row->id, url, errstr, sizeof errstr), RC_OK);
    assert_string_equal(url, row->url);
}

static void longest_key_fits(void **state)
{
    char part[256];
    char url[HTTP_GET_URL_BYTES];
    char errstr[256] = "";

    (void)state;
    memset(part, '/', sizeof part - 1);
    part[sizeof part - 1] = '\0';
    assert_int_equal(http_get_print_task_url("http://127.0.0.1:65535", part, part, url, errstr, sizeof errstr), RC_OK);
}

static void overlong_base_is_refused(void **state)
{
    char base[HTTP_GET_URL_BYTES + 1];
    char url[HTTP_GET_URL_BYTES];
    char errstr[256] = "";

    (void)state;
    memset(base, 'a', sizeof base - 1);
    base[sizeof base - 1] = '\0';
    assert_int_equal(http_get_print_task_url(base, "t", "1", url, errstr, sizeof errstr), RC_TOO_LARGE);
}

static void other_schemes_are_not_fetched(void **state)
{
    struct buffer body = {0};
    long status = 0;
    char errstr[512] = "";

    (void)state;
    assert_int_equal(http_get("file:///etc/hostname", NULL, &status, &body, errstr, sizeof errstr), RC_UNAVAILABLE);
    assert_int_equal(body.len_bytes, 0);
    buffer_close(&body);
}

static void failed_connection_names_the_url(void **state)
{
    struct buffer body = {0};
    long status = 0;
    char errstr[512] = "";

    (void)state;
    assert_int_equal(http_get("http://127.0.0.1:1/x", "s3cret", &status, &body, errstr, sizeof errstr), RC_UNAVAILABLE);
    assert_true(strncmp(errstr, "http://127.0.0.1:1/x: ", 22) == 0);
    buffer_close(&body);
}

/* A server that answers one connection with a redirect to itself and keeps what it was sent. */
struct server {
    int listen_fd;
    char url[64];
    char request[4096];
    pthread_t thread;
};

static void *serve_one(void *opaque)
{
    static const char answer[] = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";
    struct server *server = opaque;
    int fd = accept(server->listen_fd, NULL, NULL);
    size_t request_bytes = 0;
    ssize_t got = 1;
    char byte;

    while (got > 0 && strstr(server->request, "\r\n\r\n") == NULL) {
        got = recv(fd, server->request + request_bytes, sizeof server->request - 1 - request_bytes, 0);
        request_bytes += got > 0 ? (size_t)got : 0;
        server->request[request_bytes] = '\0';
    }
    send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
    recv(fd, &byte, 1, 0); /* nothing more comes before the other closes */
    close(fd);
    return NULL;
}

static void get_from(struct server *server, const char *token, long *ret_status)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t address_bytes = sizeof address;
    struct buffer body = {0};
    char errstr[512] = "";

    memset(server, 0, sizeof *server);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listen_fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server->listen_fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->listen_fd, 4), 0);
    assert_int_equal(getsockname(server->listen_fd, (struct sockaddr *)&address, &address_bytes), 0);
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u/x", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&server->thread, NULL, serve_one, server), 0);
    assert_int_equal(http_get(server->url, token, ret_status, &body, errstr, sizeof errstr), RC_OK);
    assert_int_equal(pthread_join(server->thread, NULL), 0);
    close(server->listen_fd);
    buffer_close(&body);
}

static void token_is_a_bearers_and_goes_nowhere_else(void **state)
{
    struct server server;
    long status = 0;

    (void)state;
    get_from(&server, "s3cret/+=", &status);
    assert_int_equal(status, 302); /* an answer like any other */
    assert_non_null(strstr(server.request, "\r\nAuthorization: Bearer s3cret/+=\r\n"));
}

static void no_token_is_no_header(void **state)
{
    struct server server;
    long status = 0;

    (void)state;
    get_from(&server, NULL, &status);
    assert_null(strstr(server.request, "Authorization"));
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, urls, url_is_percent_encoded);
    UNIT_TABLE_TEST(&table, longest_key_fits);
    UNIT_TABLE_TEST(&table, overlong_base_is_refused);
    UNIT_TABLE_TEST(&table, other_schemes_are_not_fetched);
    UNIT_TABLE_TEST(&table, failed_connection_names_the_url);
    UNIT_TABLE_TEST(&table, token_is_a_bearers_and_goes_nowhere_else);
    UNIT_TABLE_TEST(&table, no_token_is_no_header);
    return unit_table_run(&table);
}
