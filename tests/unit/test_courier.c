/* courier: requests byte for byte, every class of result, limits, reuse, cancelling, TLS. argv[1]: the endpoint
 * program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "courier_fixture.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define OURS "Idempotency-Key: \"key-1\"\r\nAutohttp-Attempt: 1\r\n"
#define AGENT "User-Agent: autohttp/" AUTOHTTP_VERSION "\r\n"
#define ACCEPT "Accept: */*\r\n"

static int set_up(void **state)
{
    struct fixture *fixture = malloc(sizeof *fixture);

    fixture_init(fixture);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    fixture_close(*state);
    free(*state);
    return 0;
}

static struct fixture *open_with_endpoint(void **state)
{
    struct fixture *fixture = *state;

    fixture_open(fixture);
    fixture_start_endpoint(fixture);
    return fixture;
}

static struct fixture *open_with_peer(void **state, const char *answer)
{
    struct fixture *fixture = *state;

    fixture_open(fixture);
    fixture_open_peer(fixture, answer);
    return fixture;
}

/* What went out, without the Host line, which holds the port. */
static void assert_seen(struct fixture *fixture, const char *expected)
{
    char text[PEER_BYTES + 1];
    char *host = strstr(fixture->seen, "Host: ");
    char *host_end;

    assert_non_null(host);
    host_end = strstr(host, "\r\n") + 2;
    snprintf(text, sizeof text, "%.*s%s", (int)(host - fixture->seen), fixture->seen, host_end);
    assert_string_equal(text, expected);
}

/* Requests */

static void get_goes_out_with_key_and_attempt(void **state)
{
    struct fixture *fixture = open_with_peer(state, OK);
    struct courier_request request = fixture_make_request(fixture->peer_port, "/a/../b?q=%20");

    assert_int_equal(fixture_call(fixture, &request).status, 200);
    assert_seen(fixture, "GET /a/../b?q=%20 HTTP/1.1\r\n" AGENT ACCEPT OURS "\r\n");
}

static void headers_go_out_as_given_and_in_order(void **state)
{
    static const struct task_header headers[] = {{"X-One", "1"},           {"x-empty", ""},        {"X-Blank", "  "},
                                                 {"Accept", "text/plain"}, {"USER-AGENT", "mine"}, {"X-One", "2"}};
    struct fixture *fixture = open_with_peer(state, OK);
    struct courier_request request = fixture_make_request(fixture->peer_port, "/");

    request.headers = headers;
    request.header_count = sizeof headers / sizeof headers[0];
    request.attempt = 4294967295u;
    request.idempotency_key = "a\"b\\c";
    fixture_call(fixture, &request);
    assert_seen(fixture,
                "GET / HTTP/1.1\r\nIdempotency-Key: \"a\\\"b\\\\c\"\r\nAutohttp-Attempt: 4294967295\r\n"
                "X-One: 1\r\nx-empty:\r\nX-Blank:\r\nAccept: text/plain\r\nUSER-AGENT: mine\r\nX-One: 2\r\n\r\n");
}

static void post_without_body_says_so(void **state)
{
    struct fixture *fixture = open_with_peer(state, OK);
    struct courier_request request = fixture_make_request(fixture->peer_port, "/");

    request.method = "POST";
    fixture_call(fixture, &request);
    assert_seen(fixture, "POST / HTTP/1.1\r\n" AGENT ACCEPT OURS "Content-Length: 0\r\n\r\n");
}

static void body_goes_with_any_method(void **state)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE", "HEAD"};
    struct fixture *fixture = open_with_peer(state, "HTTP/1.1 200 OK\r\n\r\n");
    char expected[512];

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct courier_request request = fixture_make_request(fixture->peer_port, "/");

        fixture->answer_bytes = strlen(OK);
        fixture->answer = OK;
        request.method = methods[i];
        request.has_body = true;
        request.body = "hello";
        request.body_bytes = 5;
        assert_int_equal(fixture_call(fixture, &request).status, 200);
        snprintf(expected, sizeof expected, "%s / HTTP/1.1\r\n" AGENT ACCEPT OURS "Content-Length: 5\r\n\r\nhello",
                 methods[i]);
        assert_seen(fixture, expected);
    }
}

static void methods_without_body_say_nothing_of_one(void **state)
{
    static const char *const methods[] = {"DELETE", "OPTIONS", "PURGE", "TRACE"};
    struct fixture *fixture = open_with_peer(state, OK);
    char expected[512];

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct courier_request request = fixture_make_request(fixture->peer_port, "/");

        request.method = methods[i];
        assert_int_equal(fixture_call(fixture, &request).status, 200);
        snprintf(expected, sizeof expected, "%s / HTTP/1.1\r\n" AGENT ACCEPT OURS "\r\n", methods[i]);
        assert_seen(fixture, expected);
    }
}

static void head_waits_for_no_body(void **state)
{
    struct fixture *fixture = open_with_peer(state, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    struct courier_request request = fixture_make_request(fixture->peer_port, "/");

    request.method = "HEAD";
    assert_int_equal(fixture_call(fixture, &request).status, 200);
    assert_seen(fixture, "HEAD / HTTP/1.1\r\n" AGENT ACCEPT OURS "\r\n");
    request.has_body = true;
    request.body = "x";
    request.body_bytes = 1;
    assert_int_equal(fixture_call(fixture, &request).status, 200);
    assert_int_equal(fixture->peer_connection_count, 1);
}

static void body_may_hold_any_byte(void **state)
{
    static const char body[] = "\0\r\n\r\n\xff\0end";
    struct fixture *fixture = open_with_peer(state, OK);
    struct courier_request request = fixture_make_request(fixture->peer_port, "/");

    request.method = "POST";
    request.has_body = true;
    request.body = body;
    request.body_bytes = sizeof body - 1;
    fixture_call(fixture, &request);
    assert_true(fixture->seen_bytes > sizeof body);
    assert_memory_equal(fixture->seen + fixture->seen_bytes - (sizeof body - 1), body, sizeof body - 1);
}

static void largest_body_goes_out_without_expect(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);
    struct courier_request request = fixture_make_request(fixture->endpoint_port, "/");
    char *body = calloc(1, TASK_BODY_MAX_BYTES);
    size_t line_count;
    size_t connection_count;
    struct courier_result result;

    request.method = "POST";
    request.has_body = true;
    request.body = body;
    request.body_bytes = TASK_BODY_MAX_BYTES;
    result = fixture_call(fixture, &request);
    free(body);
    assert_int_equal(result.status, 200);
    assert_true(result.duration_ms < 900); /* curl would wait 1 s for a 100 Continue */
    fixture_stop_endpoint(fixture, &line_count, &connection_count);
    assert_int_equal(line_count, 1);
}

static void nothing_of_one_task_reaches_the_next(void **state)
{
    static const struct task_header headers[] = {{"Authorization", "Bearer secret"}, {"Content-Type", "text/x"}};
    struct fixture *fixture = open_with_peer(
        state, "HTTP/1.1 401 No\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\nWWW-Authenticate: Basic\r\n\r\n");
    struct courier_request request = fixture_make_request(fixture->peer_port, "/first?secret=1");

    request.method = "PUT";
    request.headers = headers;
    request.header_count = 2;
    request.has_body = true;
    request.body = "secret body";
    request.body_bytes = 11;
    request.timeout_ms = 5000;
    assert_int_equal(fixture_call(fixture, &request).status, 401);
    request = fixture_make_request(fixture->peer_port, "/second");
    assert_int_equal(fixture_call(fixture, &request).status, 401);
    assert_seen(fixture, "GET /second HTTP/1.1\r\n" AGENT ACCEPT OURS "\r\n");
    request.method = "POST";
    request.has_body = true;
    fixture_call(fixture, &request);
    assert_seen(fixture, "POST /second HTTP/1.1\r\n" AGENT ACCEPT OURS "Content-Length: 0\r\n\r\n");
    assert_int_equal(fixture->peer_connection_count, 1);
}

static void proxy_of_the_environment_is_not_used(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    assert_int_equal(fixture_get(fixture, "/").status, 200);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

/* Answers */

static void answer_tells_status_address_and_time(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);
    struct courier_result result = fixture_get(fixture, "/s/503?delay=50");
    char address[32];

    assert_int_equal(result.class, COURIER_ANSWERED);
    assert_int_equal(result.token, 1);
    assert_int_equal(result.status, 503);
    assert_int_equal(result.retry_after_ms, -1);
    assert_in_range(result.duration_ms, 50, 5000);
    assert_string_equal(result.text, "");
    assert_string_equal(result.phase, "body");
    snprintf(address, sizeof address, "127.0.0.1:%u", fixture->endpoint_port);
    assert_string_equal(result.remote_address, address);
    assert_string_equal(fixture_get(fixture, "/").remote_address, address); /* of a reused connection, too */
}

static void redirect_is_an_answer(void **state)
{
    struct fixture *fixture =
        open_with_peer(state, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    struct courier_request request = fixture_make_request(fixture->peer_port, "/");

    assert_int_equal(fixture_call(fixture, &request).status, 302);
}

static void retry_after_in_seconds_is_told(void **state)
{
    assert_int_equal(fixture_get(open_with_endpoint(state), "/s/429?retry_after=120").retry_after_ms, 120000);
}

static void retry_after_as_a_date_is_told(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);
    /* A far date: capped, so that the number does not depend on today. */
    struct courier_result result = fixture_get(fixture, "/s/503?retry_after=Fri,+31+Dec+2100+23:59:59+GMT");

    assert_int_equal(result.retry_after_ms, INT64_C(366) * 24 * 60 * 60 * 1000);
    assert_int_equal(fixture_get(fixture, "/s/503?retry_after=Fri,+31+Dec+1999+23:59:59+GMT").retry_after_ms, -1);
    assert_int_equal(fixture_get(fixture, "/s/503?retry_after=soon").retry_after_ms, -1);
    assert_int_equal(fixture_get(fixture, "/s/503").retry_after_ms, -1);
}

static void endless_body_ends_with_its_status(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);
    struct courier_result result = fixture_get(fixture, "/endless");

    assert_int_equal(result.class, COURIER_ANSWERED);
    assert_int_equal(result.status, 200);
    assert_true(result.duration_ms < 9000); /* not by the timeout */
}

static void body_cut_short_leaves_the_status(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);
    struct courier_result result = fixture_get(fixture, "/cut");

    assert_int_equal(result.class, COURIER_ANSWERED);
    assert_int_equal(result.status, 200);
}

#define LONG_BODY_BYTES 100000
#define KEEP_BYTES 65536

/* One call for a body of LONG_BODY_BYTES; the answer lies in static memory. */
static struct courier_result call_for_body(struct fixture *fixture, size_t keep_bytes)
{
    static char answer[LONG_BODY_BYTES + 128];
    struct courier_request request = fixture_make_request(fixture->peer_port, "/");
    int head_bytes = snprintf(answer, sizeof answer, "HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n", LONG_BODY_BYTES);

    for (int i = 0; i < LONG_BODY_BYTES; i++)
        answer[head_bytes + i] = (char)('a' + i % 23);
    fixture->answer = answer;
    fixture->answer_bytes = (size_t)head_bytes + LONG_BODY_BYTES;
    request.keep_body_bytes = keep_bytes;
    return fixture_call(fixture, &request);
}

static void keep_body_bytes_keeps_the_beginning_and_tells_the_whole_length(void **state)
{
    struct fixture *fixture = open_with_peer(state, OK);
    struct courier_result result = call_for_body(fixture, KEEP_BYTES);

    assert_int_equal(result.class, COURIER_ANSWERED);
    assert_int_equal(result.body_bytes, KEEP_BYTES);
    assert_int_equal(result.body_received_bytes, LONG_BODY_BYTES);
    assert_true(result.is_body_whole);
    for (int i = 0; i < KEEP_BYTES; i++)
        assert_int_equal(result.body[i], 'a' + i % 23);
}

static void keep_body_bytes_0_keeps_nothing(void **state)
{
    struct fixture *fixture = open_with_peer(state, OK);
    struct courier_result result = call_for_body(fixture, 0);

    assert_int_equal(result.class, COURIER_ANSWERED);
    assert_null(result.body);
    assert_int_equal(result.body_bytes, 0);
    assert_int_equal(result.body_received_bytes, LONG_BODY_BYTES);
}

static void kept_body_of_one_task_does_not_reach_the_next(void **state)
{
    struct fixture *fixture = open_with_peer(state, OK);
    struct courier_request request = fixture_make_request(fixture->peer_port, "/");
    struct courier_result result;

    call_for_body(fixture, KEEP_BYTES);
    fixture->answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    fixture->answer_bytes = strlen(fixture->answer);
    request.keep_body_bytes = KEEP_BYTES;
    result = fixture_call(fixture, &request);
    assert_int_equal(result.body_bytes, 2);
    assert_memory_equal(result.body, "ok", 2);
    assert_int_equal(result.body_received_bytes, 2);
}

static void kept_body_that_was_cut_short_is_told_as_not_whole(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);
    struct courier_request request = fixture_make_request(fixture->endpoint_port, "/cut");
    struct courier_result result;

    request.keep_body_bytes = KEEP_BYTES;
    result = fixture_call(fixture, &request);
    assert_int_equal(result.status, 200);
    assert_false(result.is_body_whole);
}

static void answer_after_early_hints_counts(void **state)
{
    struct fixture *fixture =
        open_with_peer(state, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
    struct courier_request request = fixture_make_request(fixture->peer_port, "/");

    assert_int_equal(fixture_call(fixture, &request).status, 204);
}

/* The folded line would be joined to the freed header of the answer before: seen by ASan. */
static void folded_first_header_of_a_second_answer_is_protocol(void **state)
{
    static const char folded[] = "HTTP/1.1 200 OK\r\n\tfolded: 1\r\nContent-Length: 0\r\n\r\n";
    struct fixture *fixture = open_with_peer(state, "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 0\r\n\r\n");
    struct courier_request request = fixture_make_request(fixture->peer_port, "/");

    assert_int_equal(fixture_call(fixture, &request).status, 200);
    fixture->answer = folded;
    fixture->answer_bytes = sizeof folded - 1;
    assert_int_equal(fixture_call(fixture, &request).class, COURIER_PROTOCOL);
}

static void body_up_to_the_bound_keeps_the_connection(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);
    size_t line_count;
    size_t connection_count;

    for (int i = 0; i < 3; i++)
        assert_int_equal(fixture_get(fixture, "/?body=1048576").status, 200);
    fixture_stop_endpoint(fixture, &line_count, &connection_count);
    assert_int_equal(line_count, 3);
    assert_int_equal(connection_count, 1);
}

/* Classes */

struct class_row {
    const char *name;
    const char *path;
    enum courier_class class;
    const char *phase;
};

static const struct class_row class_rows[] = {
    {"no_answer_is_a_timeout", "/hang", COURIER_TIMEOUT, "first_byte"},
    {"reset_is_a_reset", "/reset", COURIER_RESET, "first_byte"},
    {"close_without_answer_is_a_reset", "/close", COURIER_RESET, "first_byte"},
    {"close_within_the_head_is_a_reset", "/stub", COURIER_RESET, "first_byte"},
    {"other_protocol_is_protocol", "/garbage", COURIER_PROTOCOL, "first_byte"},
    {"endless_head_is_too_large", "/heads", COURIER_TOO_LARGE, "first_byte"},
    {"endless_early_hints_are_too_large", "/informational", COURIER_TOO_LARGE, "first_byte"},
};

#define CLASS_ROW_COUNT (sizeof class_rows / sizeof class_rows[0])

static void class_is_as_the_row_says(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);

    for (size_t i = 0; i < CLASS_ROW_COUNT; i++) {
        struct courier_request request = fixture_make_request(fixture->endpoint_port, class_rows[i].path);
        struct courier_result result;

        request.timeout_ms = class_rows[i].class == COURIER_TIMEOUT ? 100 : 0;
        result = fixture_call(fixture, &request);
        print_message("%s: %s\n", class_rows[i].name, result.text);
        assert_int_equal(result.class, class_rows[i].class);
        assert_string_equal(result.phase, class_rows[i].phase);
        assert_int_equal(result.status, 0);
        assert_true(result.text[0] != '\0');
        assert_true(result.duration_ms < 9000);
    }
}

static void one_endless_header_line_is_too_large(void **state)
{
    static char answer[300000];
    struct fixture *fixture;
    struct courier_request request;

    memset(answer, 'x', sizeof answer - 1);
    memcpy(answer, "HTTP/1.1 200 OK\r\nX-Long: ", strlen("HTTP/1.1 200 OK\r\nX-Long: "));
    fixture = open_with_peer(state, answer);
    request = fixture_make_request(fixture->peer_port, "/");
    assert_int_equal(fixture_call(fixture, &request).class, COURIER_TOO_LARGE);
}

static void refused_connection_is_connect(void **state)
{
    struct fixture *fixture = open_with_peer(state, OK);
    struct courier_request request = fixture_make_request(fixture->peer_port, "/?token=secret");
    struct courier_result result;

    close(fixture->peer_listen_fd);
    fixture->peer_listen_fd = -1;
    result = fixture_call(fixture, &request);
    assert_int_equal(result.class, COURIER_CONNECT);
    assert_string_equal(result.phase, "connect");
    assert_null(strstr(result.text, "secret"));
    assert_true(result.remote_address[0] != '\0');
}

static void unknown_name_is_dns(void **state)
{
    struct fixture *fixture = *state;
    struct courier_request request = fixture_make_request(1, "/");
    struct courier_result result;

    fixture->params.connect_timeout_ms = 10000;
    fixture_open(fixture);
    request.url = "http://no-such-host.invalid/";
    result = fixture_call(fixture, &request);
    assert_int_equal(result.class, COURIER_DNS);
    assert_string_equal(result.phase, "dns");
}

static void denied_address_is_denied_by_any_spelling(void **state)
{
    static const char *const urls[] = {"http://10.0.0.1/", "http://0xa.1/", "http://[::1]:1/",
                                       "http://169.254.169.254/"};
    struct fixture *fixture = *state;
    struct courier_request request = fixture_make_request(1, "/");

    fixture_open(fixture);
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct courier_result result;

        request.url = urls[i];
        result = fixture_call(fixture, &request);
        assert_int_equal(result.class, COURIER_DENIED);
        assert_true(result.text[0] != '\0');
    }
}

static void reused_connection_is_judged_too(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);
    struct egress allowing = fixture->egress;

    assert_int_equal(fixture_get(fixture, "/").class, COURIER_ANSWERED);
    fixture->egress = (struct egress){0}; /* nothing is allowed any more */
    assert_int_equal(fixture_get(fixture, "/").class, COURIER_DENIED);
    fixture->egress = allowing;
    assert_int_equal(fixture_get(fixture, "/").class, COURIER_ANSWERED);
}

static void url_that_cannot_be_called_is_internal(void **state)
{
    static const char *const urls[] = {"ftp://127.0.0.1/", "http://", "nonsense", "http://127.0.0.1:99999/"};
    struct fixture *fixture = *state;
    struct courier_request request = fixture_make_request(1, "/");

    fixture_open(fixture);
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        request.url = urls[i];
        assert_int_equal(fixture_call(fixture, &request).class, COURIER_INTERNAL);
    }
    assert_int_equal(courier_count_in_flight(fixture->courier), 0);
}

static void lack_of_descriptors_is_internal(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);
    struct rlimit limit;
    struct rlimit none;
    struct courier_result result;

    assert_int_equal(fixture_get(fixture, "/").status, 200); /* whatever else is opened once is open now */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
    fixture_open_peer(fixture, OK);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    {
        struct courier_request request = fixture_make_request(fixture->peer_port, "/");
        struct now now = clock_read(&fixture->clock);

        assert_int_equal(fixture_send(fixture, &request), RC_OK);
        courier_turn(fixture->courier, &now);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    result = fixture_await(fixture);
    assert_int_equal(result.class, COURIER_INTERNAL);
    assert_non_null(strstr(result.text, "no socket"));
}

static void class_names_are_those_of_the_metric(void **state)
{
    (void)state;
    assert_string_equal(courier_class_get_name(COURIER_DNS), "dns");
    assert_string_equal(courier_class_get_name(COURIER_TOO_LARGE), "too_large");
    assert_string_equal(courier_class_get_name(COURIER_INTERNAL), "internal");
    assert_string_equal(courier_class_get_name((enum courier_class)99), "");
}

/* Settings */

static void task_timeout_outranks_destination_and_setting(void **state)
{
    struct fixture *fixture = *state;
    struct courier_request request;
    struct courier_result result;

    fixture->destination = (struct params_destination){.match = (char *)"127.0.0.1", .timeout_ms = 60};
    open_with_endpoint(state);
    result = fixture_get(fixture, "/hang");
    assert_int_equal(result.class, COURIER_TIMEOUT);
    assert_in_range(result.duration_ms, 60, 5000);
    request = fixture_make_request(fixture->endpoint_port, "/d/200");
    request.timeout_ms = 9000;
    assert_int_equal(fixture_call(fixture, &request).status, 200);
}

/* Many at once */

/* A connection belongs to its multi: each kind has one of its own, and goes on using it. */
static void attempts_of_slow_lanes_are_kept_apart(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);
    size_t line_count;
    size_t connection_count;

    for (uint64_t token = 1; token <= 6; token++) {
        struct courier_request request = fixture_make_request(fixture->endpoint_port, "/");

        request.token = token;
        request.is_slow = token % 2 == 0;
        assert_int_equal(fixture_call(fixture, &request).status, 200);
    }
    fixture_stop_endpoint(fixture, &line_count, &connection_count);
    assert_int_equal(line_count, 6);
    assert_int_equal(connection_count, 2);
}

static void connections_are_reused(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);
    struct courier_request request = fixture_make_request(fixture->endpoint_port, "/");
    size_t line_count;
    size_t connection_count;

    for (int i = 0; i < 8; i++)
        assert_int_equal(fixture_send(fixture, &request), RC_OK);
    for (int i = 0; i < 400; i++) {
        assert_int_equal(fixture_await(fixture).status, 200);
        assert_int_equal(fixture_send(fixture, &request), RC_OK);
    }
    for (int i = 0; i < 8; i++)
        assert_int_equal(fixture_await(fixture).status, 200);
    fixture_stop_endpoint(fixture, &line_count, &connection_count);
    assert_int_equal(line_count, 408);
    assert_true(connection_count <= 8);
}

static void thousand_in_flight_all_end_once(void **state)
{
    static bool has_ended[1000];
    struct fixture *fixture = *state;
    struct courier_request request;

    fixture->params.max_in_flight = 1000;
    open_with_endpoint(state);
    request = fixture_make_request(fixture->endpoint_port, "/d/300");
    memset(has_ended, 0, sizeof has_ended);
    for (request.token = 0; request.token < 1000; request.token++)
        assert_int_equal(fixture_send(fixture, &request), RC_OK);
    assert_int_equal(fixture_send(fixture, &request), RC_FULL);
    assert_int_equal(courier_count_in_flight(fixture->courier), 1000);
    for (int i = 0; i < 1000; i++) {
        struct courier_result result = fixture_await(fixture);

        assert_int_equal(result.status, 200);
        assert_false(has_ended[result.token]);
        has_ended[result.token] = true;
    }
    assert_int_equal(courier_count_in_flight(fixture->courier), 0);
}

static void full_courier_starts_nothing_until_one_is_taken(void **state)
{
    struct fixture *fixture = *state;
    struct courier_request request;

    fixture->params.max_in_flight = 2;
    open_with_endpoint(state);
    request = fixture_make_request(fixture->endpoint_port, "/");
    assert_int_equal(fixture_send(fixture, &request), RC_OK);
    assert_int_equal(fixture_send(fixture, &request), RC_OK);
    assert_int_equal(fixture_send(fixture, &request), RC_FULL);
    fixture_await(fixture);
    assert_int_equal(fixture_send(fixture, &request), RC_OK);
    fixture_await(fixture);
    fixture_await(fixture);
}

static void canceled_transfer_gives_no_result(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);
    struct courier_request request = fixture_make_request(fixture->endpoint_port, "/hang");
    struct courier_result result;

    request.token = 7;
    assert_int_equal(fixture_send(fixture, &request), RC_OK);
    for (int i = 0; i < 5; i++)
        fixture_turn(fixture, 10);
    assert_false(courier_cancel(fixture->courier, 8));
    assert_true(courier_cancel(fixture->courier, 7));
    assert_false(courier_cancel(fixture->courier, 7));
    assert_int_equal(courier_count_in_flight(fixture->courier), 0);
    assert_false(courier_take_result(fixture->courier, &result));
    assert_int_equal(fixture_get(fixture, "/").status, 200);
}

static void canceled_result_is_not_given(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);
    struct courier_request request = fixture_make_request(fixture->endpoint_port, "/");
    struct courier_result result;

    request.url = "nonsense"; /* its result is there at once */
    for (request.token = 1; request.token <= 3; request.token++)
        assert_int_equal(fixture_send(fixture, &request), RC_OK);
    assert_true(courier_cancel(fixture->courier, 2));
    assert_true(courier_cancel(fixture->courier, 3));
    assert_true(courier_take_result(fixture->courier, &result));
    assert_int_equal(result.token, 1);
    assert_false(courier_take_result(fixture->courier, &result));
}

static void closing_drops_what_is_under_way(void **state)
{
    struct fixture *fixture = open_with_endpoint(state);
    struct courier_request request = fixture_make_request(fixture->endpoint_port, "/hang");

    for (int i = 0; i < 20; i++)
        assert_int_equal(fixture_send(fixture, &request), RC_OK);
    for (int i = 0; i < 5; i++)
        fixture_turn(fixture, 10);
    courier_close(fixture->courier);
    fixture->courier = NULL;
    courier_close(NULL);
}

static void deadline_tells_when_to_turn(void **state)
{
    struct fixture *fixture = *state;
    struct courier_request request = fixture_make_request(1, "/");

    fixture_open(fixture);
    assert_true(courier_get_deadline_mono_ms(fixture->courier) == INT64_MAX);
    request.url = "nonsense";
    fixture_send(fixture, &request);
    assert_true(courier_get_deadline_mono_ms(fixture->courier) <= clock_read(&fixture->clock).mono_ms);
    fixture_await(fixture);
    assert_true(courier_get_deadline_mono_ms(fixture->courier) == INT64_MAX);
}

static void idle_connection_closed_by_the_peer_wakes_once(void **state)
{
    struct fixture *fixture = open_with_peer(state, OK);
    struct courier_request request = fixture_make_request(fixture->peer_port, "/");
    int64_t start_mono_ms;

    assert_int_equal(fixture_call(fixture, &request).status, 200);
    close(fixture->peer_fd);
    fixture->peer_fd = -1;
    fixture_turn(fixture, 1000);
    start_mono_ms = clock_read(&fixture->clock).mono_ms;
    for (int i = 0; i < 3; i++)
        fixture_turn(fixture, 50);
    assert_true(clock_read(&fixture->clock).mono_ms - start_mono_ms >= 100);
    assert_int_equal(fixture_call(fixture, &request).status, 200);
    assert_int_equal(fixture->peer_connection_count, 2);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(get_goes_out_with_key_and_attempt),
        TEST(headers_go_out_as_given_and_in_order),
        TEST(post_without_body_says_so),
        TEST(body_goes_with_any_method),
        TEST(methods_without_body_say_nothing_of_one),
        TEST(head_waits_for_no_body),
        TEST(body_may_hold_any_byte),
        TEST(largest_body_goes_out_without_expect),
        TEST(nothing_of_one_task_reaches_the_next),
        TEST(proxy_of_the_environment_is_not_used),
        TEST(answer_tells_status_address_and_time),
        TEST(redirect_is_an_answer),
        TEST(retry_after_in_seconds_is_told),
        TEST(retry_after_as_a_date_is_told),
        TEST(endless_body_ends_with_its_status),
        TEST(body_cut_short_leaves_the_status),
        TEST(folded_first_header_of_a_second_answer_is_protocol),
        TEST(answer_after_early_hints_counts),
        TEST(body_up_to_the_bound_keeps_the_connection),
        TEST(keep_body_bytes_keeps_the_beginning_and_tells_the_whole_length),
        TEST(keep_body_bytes_0_keeps_nothing),
        TEST(kept_body_of_one_task_does_not_reach_the_next),
        TEST(kept_body_that_was_cut_short_is_told_as_not_whole),
        TEST(class_is_as_the_row_says),
        TEST(one_endless_header_line_is_too_large),
        TEST(refused_connection_is_connect),
        TEST(unknown_name_is_dns),
        TEST(denied_address_is_denied_by_any_spelling),
        TEST(reused_connection_is_judged_too),
        TEST(url_that_cannot_be_called_is_internal),
        TEST(lack_of_descriptors_is_internal),
        TEST(class_names_are_those_of_the_metric),
        TEST(task_timeout_outranks_destination_and_setting),
        TEST(attempts_of_slow_lanes_are_kept_apart),
        TEST(connections_are_reused),
        TEST(thousand_in_flight_all_end_once),
        TEST(full_courier_starts_nothing_until_one_is_taken),
        TEST(canceled_transfer_gives_no_result),
        TEST(canceled_result_is_not_given),
        TEST(closing_drops_what_is_under_way),
        TEST(deadline_tells_when_to_turn),
        TEST(idle_connection_closed_by_the_peer_wakes_once),
#undef TEST
    };

    if (argc < 2)
        return 64;
    fixture_endpoint_path = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
