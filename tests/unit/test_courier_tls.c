/* courier over TLS: what is trusted, against `openssl s_server` with certificates made here. argv[1]: the endpoint. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "courier_fixture.h"

struct tls {
    struct fixture fixture;
    pid_t server_pid;
    unsigned port;
    char certificate[96];
    char other_certificate[96];
};

/* Free a moment ago: s_server cannot tell which port it took. */
static unsigned find_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_bytes = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &address_bytes), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static bool can_connect(unsigned port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool is_connected = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;

    close(fd);
    return is_connected;
}

/* A self-signed certificate for an address; its key beside it, in NAME.key. */
static void make_certificate(const char *path, const char *address)
{
    char command[512];

    snprintf(command, sizeof command,
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test "
             "-addext subjectAltName=IP:%s -keyout %s.key -out %s 2>%s.log",
             address, path, path, path);
    fixture_run(command);
}

static void start_server(struct tls *tls, const char *certificate)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    char port[16];
    char key[112];

    tls->port = find_port();
    snprintf(port, sizeof port, "%u", tls->port);
    snprintf(key, sizeof key, "%s.key", certificate);
    tls->server_pid = fork();
    assert_true(tls->server_pid >= 0);
    if (tls->server_pid == 0) {
        execlp("openssl", "openssl", "s_server", "-quiet", "-www", "-4", "-accept", port, "-cert", certificate, "-key",
               key, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; !can_connect(tls->port); i++) {
        assert_true(i < 1000);
        nanosleep(&pause, NULL);
    }
}

static int set_up(void **state)
{
    struct tls *tls = calloc(1, sizeof *tls);

    fixture_init(&tls->fixture);
    snprintf(tls->certificate, sizeof tls->certificate, "%s/cert", tls->fixture.folder);
    snprintf(tls->other_certificate, sizeof tls->other_certificate, "%s/other", tls->fixture.folder);
    make_certificate(tls->certificate, "127.0.0.1");
    make_certificate(tls->other_certificate, "192.0.2.1");
    *state = tls;
    return 0;
}

static int tear_down(void **state)
{
    struct tls *tls = *state;

    fixture_close(&tls->fixture);
    if (tls->server_pid > 0) {
        kill(tls->server_pid, SIGTERM);
        waitpid(tls->server_pid, NULL, 0);
    }
    free(tls);
    return 0;
}

static void trust(struct tls *tls, char *ca_file)
{
    tls->fixture.destination = (struct params_destination){.match = (char *)"127.0.0.1", .ca_file = ca_file};
}

static struct courier_result call_server(struct tls *tls, unsigned port)
{
    struct courier_request request = fixture_make_request(port, "/");
    char url[64];

    snprintf(url, sizeof url, "https://127.0.0.1:%u/?token=secret", port);
    request.url = url;
    return fixture_call(&tls->fixture, &request);
}

static void unknown_authority_is_tls(void **state)
{
    struct tls *tls = *state;
    struct courier_result result;

    start_server(tls, tls->certificate);
    fixture_open(&tls->fixture);
    result = call_server(tls, tls->port);
    assert_int_equal(result.class, COURIER_TLS);
    assert_string_equal(result.phase, "tls");
    assert_true(result.text[0] != '\0');
    assert_null(strstr(result.text, "secret"));
}

static void authority_of_the_destination_is_trusted(void **state)
{
    struct tls *tls = *state;
    struct courier_result result;

    start_server(tls, tls->certificate);
    trust(tls, tls->certificate);
    fixture_open(&tls->fixture);
    result = call_server(tls, tls->port);
    assert_int_equal(result.class, COURIER_ANSWERED);
    assert_int_equal(result.status, 200);
}

static void authority_of_another_is_not_trusted(void **state)
{
    struct tls *tls = *state;

    start_server(tls, tls->certificate);
    trust(tls, tls->other_certificate);
    fixture_open(&tls->fixture);
    assert_int_equal(call_server(tls, tls->port).class, COURIER_TLS);
}

static void certificate_for_another_host_is_tls(void **state)
{
    struct tls *tls = *state;

    start_server(tls, tls->other_certificate);
    trust(tls, tls->other_certificate);
    fixture_open(&tls->fixture);
    assert_int_equal(call_server(tls, tls->port).class, COURIER_TLS);
}

static void missing_ca_file_is_tls(void **state)
{
    struct tls *tls = *state;

    start_server(tls, tls->certificate);
    trust(tls, (char *)"/no/such/file");
    fixture_open(&tls->fixture);
    assert_int_equal(call_server(tls, tls->port).class, COURIER_TLS);
}

static void silent_handshake_is_a_timeout_in_tls(void **state)
{
    struct tls *tls = *state;
    struct courier_result result;

    tls->fixture.params.connect_timeout_ms = 200;
    fixture_open(&tls->fixture);
    fixture_start_endpoint(&tls->fixture); /* it waits for a request that it can read */
    result = call_server(tls, tls->fixture.endpoint_port);
    assert_int_equal(result.class, COURIER_TIMEOUT);
    assert_string_equal(result.phase, "tls");
    assert_in_range(result.duration_ms, 200, 5000);
}

/* The handle that trusted a destination's authority serves other hosts next. */
static void trust_stays_with_its_destination(void **state)
{
    struct tls *tls = *state;
    struct courier_request request = fixture_make_request(1, "/");
    char url[64];

    start_server(tls, tls->certificate);
    trust(tls, tls->certificate);
    fixture_open(&tls->fixture);
    assert_int_equal(call_server(tls, tls->port).class, COURIER_ANSWERED);
    /* The same server by a name that no destination fits. */
    snprintf(url, sizeof url, "https://localhost:%u/", tls->port);
    request.url = url;
    assert_int_equal(fixture_call(&tls->fixture, &request).class, COURIER_TLS);
    assert_int_equal(call_server(tls, tls->port).class, COURIER_ANSWERED);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(unknown_authority_is_tls),
        TEST(authority_of_the_destination_is_trusted),
        TEST(authority_of_another_is_not_trusted),
        TEST(certificate_for_another_host_is_tls),
        TEST(missing_ca_file_is_tls),
        TEST(silent_handshake_is_a_timeout_in_tls),
        TEST(trust_stays_with_its_destination),
#undef TEST
    };

    if (argc < 2)
        return 64;
    fixture_endpoint_path = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
