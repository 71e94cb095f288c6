/* worker: the loop. One thread, one epoll; everything that decides or keeps state runs in it.
 *
 * A turn: collect what happened (group, acknowledgements, tails, answers) -> decide -> write -> act, with one "now".
 *
 *   worker_open -> worker_run (until SIGTERM or SIGINT) -> worker_close
 *
 * SIGTERM: not ready, no new attempts; what is in flight ends within drain_timeout, is applied and committed; then the
 * group is left. A second signal ends at once. SIGHUP reads the configuration again: reload.h.
 *
 * Memory:  worker_open() gives, worker_close() takes. params are borrowed; SIGHUP changes those that may change.
 * Threads: the caller's becomes the loop. SIGTERM, SIGINT and SIGHUP must be blocked in all threads before
 * worker_open().
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "params.h"
#include "rc.h"
#include <stdbool.h>

struct worker;

enum rc worker_open(struct params *params, struct worker **ret_worker, char *errstr, size_t errstr_bytes);
/* Turns and waits until the worker has stopped. Gives the process's exit status. */
int worker_run(struct worker *worker);
/* One turn, without waiting. False: it has stopped, *ret_status is the process's exit status. */
bool worker_turn(struct worker *worker, int *ret_status);
/* How long the next turn can wait for the ports' fds; 0: not at all. */
int worker_get_wait_ms(struct worker *worker);
/* As SIGTERM does; twice: ends at once. */
void worker_stop(struct worker *worker);
void worker_close(struct worker *worker);

#endif
