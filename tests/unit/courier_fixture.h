/* courier_fixture: a courier on the real loop, the endpoint as a child process, and a peer that shows raw bytes.
 *
 * Memory:  fixture_open() and fixture_close() in pairs; the peer is part of the fixture, peer_open() is optional.
 * Threads: one.
 */
#ifndef UNIT_COURIER_FIXTURE_H
#define UNIT_COURIER_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "courier.h"

#define FIXTURE_WAIT_MS 20000 /* longer than any test needs, also under a sanitizer on a busy machine */
#define PEER_BYTES 8192

struct fixture {
    struct params params;
    struct params_destination destination; /* used if its match is set when the courier opens */
    struct egress egress;
    struct clock clock;
    struct courier *courier;
    pid_t endpoint_pid;
    unsigned endpoint_port;
    char folder[64];
    /* The peer: answers each request with `answer`, keeps the bytes of the last. */
    int peer_listen_fd;
    int peer_fd; /* the last connection; -1 without one */
    unsigned peer_port;
    size_t peer_connection_count;
    const char *answer;
    size_t answer_bytes;
    char seen[PEER_BYTES + 1]; /* of the request under way or the last one */
    size_t seen_bytes;
    size_t seen_end; /* bytes of a whole request after which it answers */
};

/* The path of the endpoint program; set by main(). */
extern const char *fixture_endpoint_path;

/* Loopback allowed, 64 in flight, 10 s, no endpoint yet. */
void fixture_init(struct fixture *fixture);
/* Opens the courier with the params and the egress as they are. */
void fixture_open(struct fixture *fixture);
void fixture_close(struct fixture *fixture);
/* Starts the endpoint; it logs to a file in the folder. */
void fixture_start_endpoint(struct fixture *fixture);
/* Stops it and reads its log: lines, and the number of different connections. */
void fixture_stop_endpoint(struct fixture *fixture, size_t *ret_line_count, size_t *ret_connection_count);
void fixture_open_peer(struct fixture *fixture, const char *answer);
/* Runs a program to its end; fails the test unless it exits with 0. */
void fixture_run(const char *command);

/* A GET of path at the endpoint, token 1, ready to be changed; the URL lies in static memory until the next call. */
struct courier_request fixture_make_request(unsigned port, const char *path);
enum rc fixture_send(struct fixture *fixture, const struct courier_request *request);
/* One turn; waits at most wait_ms for something to do. */
void fixture_turn(struct fixture *fixture, int wait_ms);
/* Turns until there is a result. */
struct courier_result fixture_await(struct fixture *fixture);
struct courier_result fixture_call(struct fixture *fixture, const struct courier_request *request);
struct courier_result fixture_get(struct fixture *fixture, const char *path);

#endif
