/* Inline calls over TLS: what is trusted, against `openssl s_server` with certificates made here; Kafka is down, so
 * that what failed is told in the result. SIGPIPE has its default action. */
#include "autohttp.h"
#include "cmocka_all.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRY_COUNT 1000

struct fixture {
    char folder[64];
    char certificate[96];       /* for 127.0.0.1 */
    char other_certificate[96]; /* for another address */
    pid_t server_pid;
    unsigned port;
    autohttp_t *handle;
    autohttp_result_t *result;
};

static void run(const char *command)
{
    assert_int_equal(system(command), 0);
}

/* Self-signed; its key beside it, in NAME.key. */
static void make_certificate(const char *path, const char *address)
{
    char command[512];

    snprintf(command, sizeof command,
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test "
             "-addext subjectAltName=IP:%s -keyout %s.key -out %s 2>%s.log",
             address, path, path, path);
    run(command);
}

/* A socket at a port: bound to a free one with bind, connected to that one with connect. */
static bool try_port(unsigned *port, int (*act)(int, const struct sockaddr *, socklen_t))
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
    socklen_t address_bytes = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool is_done = false;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_done = act(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
              (*port != 0 || getsockname(fd, (struct sockaddr *)&address, &address_bytes) == 0);
    *port = ntohs(address.sin_port);
    close(fd);
    return is_done;
}

static void start_server(struct fixture *fixture, const char *certificate)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    char port[16];
    char key[112];

    assert_true(try_port(&fixture->port, bind));
    snprintf(port, sizeof port, "%u", fixture->port);
    snprintf(key, sizeof key, "%s.key", certificate);
    fixture->server_pid = fork();
    if (fixture->server_pid == 0) {
        execlp("openssl", "openssl", "s_server", "-quiet", "-www", "-4", "-accept", port, "-cert", certificate, "-key",
               key, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; !try_port(&fixture->port, connect); i++) {
        assert_true(i < TRY_COUNT);
        nanosleep(&pause, NULL);
    }
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    signal(SIGPIPE, SIG_DFL);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/autohttp-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->certificate, sizeof fixture->certificate, "%s/cert", fixture->folder);
    snprintf(fixture->other_certificate, sizeof fixture->other_certificate, "%s/other", fixture->folder);
    make_certificate(fixture->certificate, "127.0.0.1");
    make_certificate(fixture->other_certificate, "192.0.2.1");
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[96];

    autohttp_result_free(fixture->result);
    autohttp_free(fixture->handle, 0);
    if (fixture->server_pid > 0) {
        kill(fixture->server_pid, SIGTERM);
        waitpid(fixture->server_pid, NULL, 0);
    }
    snprintf(command, sizeof command, "rm -rf %s", fixture->folder);
    run(command);
    free(fixture);
    return 0;
}

/* A call of the server by a handle that trusts ca_file; NULL: the system's. */
static void call_server(struct fixture *fixture, const char *ca_file)
{
    char url[64];
    autohttp_config_t *config = autohttp_config_new();

    autohttp_config_set(config, "bootstrap.servers", "127.0.0.1:1", NULL, 0);
    autohttp_config_set(config, "save_timeout_ms", "100", NULL, 0);
    if (ca_file != NULL) {
        assert_int_equal(autohttp_config_set(config, "ca_file", ca_file, NULL, 0), AUTOHTTP_OK);
    }
    fixture->handle = autohttp_new(config, NULL, 0);
    autohttp_config_free(config);
    snprintf(url, sizeof url, "https://127.0.0.1:%u/", fixture->port);
    fixture->result = autohttp_get(fixture->handle, "order", "1", url, NULL);
}

static void assert_tls_error(const struct fixture *fixture)
{
    assert_int_equal(autohttp_result_get_outcome(fixture->result), AUTOHTTP_NOT_SAVED);
    assert_int_equal(autohttp_result_get_status_code(fixture->result), 0);
    assert_string_equal(autohttp_result_get_error_class(fixture->result), "tls");
}

static void ca_file_is_trusted(void **state)
{
    struct fixture *fixture = *state;

    start_server(fixture, fixture->certificate);
    call_server(fixture, fixture->certificate);
    assert_string_equal(autohttp_result_get_errstr(fixture->result), "");
    assert_int_equal(autohttp_result_get_outcome(fixture->result), AUTOHTTP_DELIVERED);
    assert_int_equal(autohttp_result_get_status_code(fixture->result), 200);
}

static void unknown_authority_is_tls(void **state)
{
    struct fixture *fixture = *state;

    start_server(fixture, fixture->certificate);
    call_server(fixture, NULL);
    assert_tls_error(fixture);
}

static void authority_of_another_is_not_trusted(void **state)
{
    struct fixture *fixture = *state;

    start_server(fixture, fixture->certificate);
    call_server(fixture, fixture->other_certificate);
    assert_tls_error(fixture);
}

static void certificate_for_another_host_is_tls(void **state)
{
    struct fixture *fixture = *state;

    start_server(fixture, fixture->other_certificate);
    call_server(fixture, fixture->other_certificate);
    assert_tls_error(fixture);
}

static void missing_ca_file_is_tls(void **state)
{
    struct fixture *fixture = *state;

    start_server(fixture, fixture->certificate);
    call_server(fixture, "/no/such/file");
    assert_tls_error(fixture);
}

static void a_call_leaves_the_signals_of_its_thread_as_they_were(void **state)
{
    struct fixture *fixture = *state;
    sigset_t before;
    sigset_t after;

    start_server(fixture, fixture->certificate);
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    call_server(fixture, fixture->certificate);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_int_equal(sigismember(&after, SIGPIPE), sigismember(&before, SIGPIPE));
    sigpending(&after);
    assert_int_equal(sigismember(&after, SIGPIPE), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(ca_file_is_trusted),
        CASE(unknown_authority_is_tls),
        CASE(authority_of_another_is_not_trusted),
        CASE(certificate_for_another_host_is_tls),
        CASE(missing_ca_file_is_tls),
        CASE(a_call_leaves_the_signals_of_its_thread_as_they_were),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
