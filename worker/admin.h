/* admin: the port that answers operators over HTTP, in its own threads (libmicrohttpd).
 *
 *   GET /metrics                 Prometheus text
 *   GET /livez  /readyz          200 or 503; ?verbose says why
 *   GET /v1/tasks/{type}/{id}    the row, JSON as in row.schema.json
 *   GET /v1/ids/{id}             the same, by the task's id
 *   GET /v1/tasks?...            rows, a page at a time: admin_query.h
 *
 * What is wrong is told as application/problem+json. The formats stand in schemas/admin.openapi.json.
 *
 * A handler thread that needs something live puts a question into a queue and waits, at most 5 s; the loop takes it,
 * answers, and never waits for a handler. What another worker owns is asked of that one: admin_find.h. Nothing here
 * changes state.
 *
 * Host is checked against an allow list. With a token in the settings, without which only loopback is listened at,
 * every request but those about health must show it, and it is shown to the other workers.
 *
 * Memory:  admin_open() gives, admin_close() takes. A question is borrowed until it is answered.
 * Threads: admin_take_question() and admin_answer() by the loop; admin_set_* by the loop, read by handlers.
 */
#ifndef WORKER_ADMIN_H
#define WORKER_ADMIN_H

#include "admin_ask.h"
#include "params.h"
#include "rc.h"
#include "stats.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct admin;
struct admin_question; /* one request that waits for the loop */

/* params: those that begin with admin_; borrowed until admin_close(). */
enum rc admin_open(const struct params *params, struct stats *stats, struct admin **ret_admin, char *errstr,
                   size_t errstr_bytes);
/* Wakes and answers those who wait; questions taken before must not be answered afterwards. NULL is fine. */
void admin_close(struct admin *admin);
/* Readable when a question waits. */
int admin_get_fd(const struct admin *admin);
/* host:port at which others reach it: admin_advertise, else where it listens; borrowed. */
const char *admin_get_address(const struct admin *admin);

/* Takes one question; false if none. *ret_ask lives until it is answered. */
bool admin_take_question(struct admin *admin, struct admin_question **ret_question, const struct admin_ask **ret_ask);
/* Answers and releases it; takes the answer's text. */
void admin_answer(struct admin *admin, struct admin_question *question, struct admin_answer *answer);

/* The loop calls this each turn: when the last is older than 10 s, /livez answers 503 and no question waits any more.
 */
void admin_note_turn(struct admin *admin, int64_t mono_ms);
/* /readyz: why is "" when ready, else the reason. Copies. */
void admin_set_ready(struct admin *admin, bool is_ready, const char *why);

#endif
