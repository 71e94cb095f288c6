/* Connections of the admin port are shut down when their time is over, not before, and none that was closed meanwhile.
 */
#include "../support/cmocka_all.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin_connections.h"

struct fixture {
    struct admin_connections connections;
    int fds[2]; /* ours, the peer's */
    struct admin_connection *connection;
};

static struct fixture fixture;

static int set_up(void **state)
{
    (void)state;
    admin_connections_init(&fixture.connections);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fixture.fds), 0);
    fixture.connection = admin_connections_add(&fixture.connections, fixture.fds[0], 20000);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (fixture.connection != NULL) {
        admin_connections_remove(&fixture.connections, fixture.connection);
    }
    admin_connections_close(&fixture.connections);
    close(fixture.fds[0]);
    close(fixture.fds[1]);
    return 0;
}

static bool is_shut(void)
{
    char byte;

    return recv(fixture.fds[1], &byte, 1, 0) == 0;
}

static void it_is_shut_down_when_its_time_is_over(void **state)
{
    (void)state;
    assert_int_equal(admin_connections_cut(&fixture.connections, 19999), 0);
    assert_false(is_shut());
    assert_int_equal(admin_connections_cut(&fixture.connections, 20000), 1);
    assert_true(is_shut());
}

static void it_is_shut_down_once(void **state)
{
    (void)state;
    assert_int_equal(admin_connections_cut(&fixture.connections, 20000), 1);
    assert_int_equal(admin_connections_cut(&fixture.connections, 40000), 0);
}

static void bytes_that_come_do_not_lengthen_its_time(void **state)
{
    (void)state;
    for (int64_t mono_ms = 0; mono_ms < 20000; mono_ms += 1000) {
        assert_int_equal(send(fixture.fds[1], "G", 1, 0), 1);
        assert_int_equal(admin_connections_cut(&fixture.connections, mono_ms), 0);
    }
    assert_int_equal(admin_connections_cut(&fixture.connections, 20000), 1);
}

static void an_answer_gives_it_new_time(void **state)
{
    (void)state;
    admin_connections_set_deadline(&fixture.connections, fixture.connection, 50000);
    assert_int_equal(admin_connections_cut(&fixture.connections, 49999), 0);
    assert_int_equal(admin_connections_cut(&fixture.connections, 50000), 1);
}

static void one_that_is_closed_is_let_be(void **state)
{
    (void)state;
    admin_connections_remove(&fixture.connections, fixture.connection);
    fixture.connection = NULL;
    assert_int_equal(admin_connections_cut(&fixture.connections, 20000), 0);
    assert_false(is_shut());
}

static void only_those_whose_time_is_over_go(void **state)
{
    int others[2];
    struct admin_connection *later;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, others), 0);
    later = admin_connections_add(&fixture.connections, others[0], 30000);
    assert_int_equal(admin_connections_cut(&fixture.connections, 25000), 1);
    assert_int_equal(send(others[1], "x", 1, MSG_NOSIGNAL), 1);
    assert_true(is_shut());
    admin_connections_remove(&fixture.connections, later);
    close(others[0]);
    close(others[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_shut_down_when_its_time_is_over),
        TEST(it_is_shut_down_once),
        TEST(bytes_that_come_do_not_lengthen_its_time),
        TEST(an_answer_gives_it_new_time),
        TEST(one_that_is_closed_is_let_be),
        TEST(only_those_whose_time_is_over_go),
    };

    return cmocka_run_group_tests_name("admin_connections", tests, NULL, NULL);
}
