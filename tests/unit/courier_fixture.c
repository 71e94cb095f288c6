#include "courier_fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CONNECTION_MAX 4096

const char *fixture_endpoint_path;

void fixture_init(struct fixture *fixture)
{
    static const char *const allow[] = {"127.0.0.1", "localhost"};
    char error[256] = "";

    *fixture = (struct fixture){.peer_listen_fd = -1, .peer_fd = -1};
    fixture->params.max_in_flight = 64;
    fixture->params.timeout_ms = 10000;
    fixture->params.connect_timeout_ms = 5000;
    clock_init(&fixture->clock);
    assert_int_equal(egress_init(allow, 2, NULL, 0, &fixture->egress, error, sizeof error), RC_OK);
    strcpy(fixture->folder, "/tmp/courier.XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
}

void fixture_open(struct fixture *fixture)
{
    char error[256] = "";

    if (fixture->destination.match != NULL) {
        fixture->params.destinations = &fixture->destination;
        fixture->params.destination_count = 1;
    }
    assert_int_equal(courier_open(&fixture->params, &fixture->egress, &fixture->courier, error, sizeof error), RC_OK);
}

void fixture_run(const char *command)
{
    int status = system(command);

    if (status != 0)
        fail_msg("%s: status %d", command, status);
}

void fixture_close(struct fixture *fixture)
{
    char command[128];

    courier_close(fixture->courier);
    egress_close(&fixture->egress);
    if (fixture->endpoint_pid > 0) {
        kill(fixture->endpoint_pid, SIGTERM);
        waitpid(fixture->endpoint_pid, NULL, 0);
    }
    if (fixture->peer_fd >= 0)
        close(fixture->peer_fd);
    if (fixture->peer_listen_fd >= 0)
        close(fixture->peer_listen_fd);
    snprintf(command, sizeof command, "rm -r %s", fixture->folder);
    fixture_run(command);
}

void fixture_start_endpoint(struct fixture *fixture)
{
    char log[128];
    char text[16] = "";
    int fds[2];

    snprintf(log, sizeof log, "%s/log", fixture->folder);
    assert_int_equal(pipe(fds), 0);
    fixture->endpoint_pid = fork();
    assert_true(fixture->endpoint_pid >= 0);
    if (fixture->endpoint_pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        execl(fixture_endpoint_path, "endpoint", "--log", log, (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    assert_true(read(fds[0], text, sizeof text - 1) > 0);
    close(fds[0]);
    fixture->endpoint_port = (unsigned)strtoul(text, NULL, 10);
    assert_true(fixture->endpoint_port > 0);
}

void fixture_stop_endpoint(struct fixture *fixture, size_t *ret_line_count, size_t *ret_connection_count)
{
    static bool is_known[CONNECTION_MAX];
    char path[128];
    char line[1024];
    FILE *file;

    kill(fixture->endpoint_pid, SIGTERM);
    waitpid(fixture->endpoint_pid, NULL, 0);
    fixture->endpoint_pid = 0;
    snprintf(path, sizeof path, "%s/log", fixture->folder);
    file = fopen(path, "r");
    assert_non_null(file);
    memset(is_known, 0, sizeof is_known);
    *ret_line_count = 0;
    *ret_connection_count = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        const char *at = strstr(line, "\"connection\":");
        size_t number;

        assert_non_null(at);
        number = strtoul(at + strlen("\"connection\":"), NULL, 10) % CONNECTION_MAX;
        *ret_connection_count += !is_known[number];
        is_known[number] = true;
        ++*ret_line_count;
    }
    fclose(file);
}

void fixture_open_peer(struct fixture *fixture, const char *answer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_bytes = sizeof address;

    fixture->peer_listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(fixture->peer_listen_fd >= 0);
    assert_int_equal(bind(fixture->peer_listen_fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fixture->peer_listen_fd, 16), 0);
    assert_int_equal(getsockname(fixture->peer_listen_fd, (struct sockaddr *)&address, &address_bytes), 0);
    fixture->peer_port = ntohs(address.sin_port);
    fixture->answer = answer;
    fixture->answer_bytes = strlen(answer);
}

static void accept_peer(struct fixture *fixture)
{
    int fd = accept4(fixture->peer_listen_fd, NULL, NULL, SOCK_NONBLOCK);

    if (fd < 0)
        return;
    if (fixture->peer_fd >= 0)
        close(fixture->peer_fd);
    fixture->peer_fd = fd;
    fixture->peer_connection_count++;
}

/* A whole request: its head, and as many bytes of body as that says. */
static bool has_whole_request(const struct fixture *fixture)
{
    const char *end = strstr(fixture->seen, "\r\n\r\n");
    const char *length = strcasestr(fixture->seen, "\r\nContent-Length:");
    size_t body_bytes = 0;

    if (end == NULL)
        return false;
    if (length != NULL && length < end)
        body_bytes = strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
    return fixture->seen_bytes >= (size_t)(end - fixture->seen) + 4 + body_bytes;
}

static void serve_peer(struct fixture *fixture)
{
    ssize_t count;

    if (fixture->seen_end > 0) { /* the next request begins */
        fixture->seen_bytes = 0;
        fixture->seen_end = 0;
    }
    count = recv(fixture->peer_fd, fixture->seen + fixture->seen_bytes, PEER_BYTES - fixture->seen_bytes, 0);
    if (count <= 0) {
        close(fixture->peer_fd);
        fixture->peer_fd = -1;
        return;
    }
    fixture->seen_bytes += (size_t)count;
    fixture->seen[fixture->seen_bytes] = '\0';
    if (!has_whole_request(fixture))
        return;
    fixture->seen_end = fixture->seen_bytes;
    (void)!send(fixture->peer_fd, fixture->answer, fixture->answer_bytes, MSG_NOSIGNAL);
}

struct courier_request fixture_make_request(unsigned port, const char *path)
{
    static char url[1024];

    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", port, path);
    return (struct courier_request){.token = 1, .url = url, .method = "GET", .idempotency_key = "key-1", .attempt = 1};
}

enum rc fixture_send(struct fixture *fixture, const struct courier_request *request)
{
    struct now now = clock_read(&fixture->clock);

    return courier_send(fixture->courier, request, &now);
}

void fixture_turn(struct fixture *fixture, int wait_ms)
{
    struct pollfd pollfds[] = {
        {.fd = courier_get_fd(fixture->courier), .events = POLLIN},
        {.fd = fixture->peer_listen_fd, .events = POLLIN},
        {.fd = fixture->peer_fd, .events = POLLIN},
    };
    int64_t deadline_mono_ms = courier_get_deadline_mono_ms(fixture->courier);
    struct now now = clock_read(&fixture->clock);

    if (deadline_mono_ms < now.mono_ms + wait_ms)
        wait_ms = deadline_mono_ms > now.mono_ms ? (int)(deadline_mono_ms - now.mono_ms) : 0;
    poll(pollfds, 3, wait_ms);
    if (pollfds[2].revents != 0)
        serve_peer(fixture);
    if (pollfds[1].revents != 0)
        accept_peer(fixture);
    now = clock_read(&fixture->clock);
    courier_turn(fixture->courier, &now);
}

struct courier_result fixture_await(struct fixture *fixture)
{
    int64_t end_mono_ms = clock_read(&fixture->clock).mono_ms + FIXTURE_WAIT_MS;
    struct courier_result result;

    while (!courier_take_result(fixture->courier, &result)) {
        if (clock_read(&fixture->clock).mono_ms > end_mono_ms)
            fail_msg("no result within %d ms", FIXTURE_WAIT_MS);
        fixture_turn(fixture, 1000);
    }
    return result;
}

struct courier_result fixture_call(struct fixture *fixture, const struct courier_request *request)
{
    assert_int_equal(fixture_send(fixture, request), RC_OK);
    return fixture_await(fixture);
}

struct courier_result fixture_get(struct fixture *fixture, const char *path)
{
    struct courier_request request = fixture_make_request(fixture->endpoint_port, path);

    return fixture_call(fixture, &request);
}
