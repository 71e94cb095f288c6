/* admin: the port that answers operators over HTTP, in its own threads (libmicrohttpd).
 *
 *   GET /metrics                 Prometheus text
 *   GET /livez  /readyz          200 or 503; ?verbose says why
 *   GET /v1/tasks/{type}/{id}    the row, JSON as in row.schema.json; 404, 503 as application/problem+json
 *
 * A handler thread that needs something live puts a question into a queue and waits, at most 5 s; the loop takes it,
 * answers, and never waits for a handler. Nothing here changes state. Loopback only; Host is checked against an allow
 * list.
 *
 * Memory:  admin_open() gives, admin_close() takes. A question is borrowed until it is answered.
 * Threads: admin_take_question() and admin_answer() by the loop; admin_set_* by the loop, read by handlers.
 */
#ifndef WORKER_ADMIN_H
#define WORKER_ADMIN_H

#include "params.h"
#include "rc.h"
#include "stats.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct admin;
struct admin_question; /* one request that waits for the loop */

/* listen: address:port, port 0 for any. */
enum rc admin_open(const char *listen, struct stats *stats, struct admin **ret_admin, char *errstr,
                   size_t errstr_bytes);
/* Wakes and answers those who wait; questions taken before must not be answered afterwards. NULL is fine. */
void admin_close(struct admin *admin);
/* Readable when a question waits. */
int admin_get_fd(const struct admin *admin);
/* address:port it really listens at; borrowed. */
const char *admin_get_address(const struct admin *admin);

/* Takes one question; false if none. ret_key is the business key type:id asked for. */
bool admin_take_question(struct admin *admin, struct admin_question **ret_question, const char **ret_key,
                         size_t *ret_key_bytes);
/* Answers and releases it. http_status 200 with the row's JSON; else a problem whose detail is text. Copies. */
void admin_answer(struct admin *admin, struct admin_question *question, int http_status, const char *text,
                  size_t text_bytes);

/* The loop calls this each turn: when the last is older than 10 s, /livez answers 503 and no question waits any more.
 */
void admin_note_turn(struct admin *admin, int64_t mono_ms);
/* /readyz: why is "" when ready, else the reason. Copies. */
void admin_set_ready(struct admin *admin, bool is_ready, const char *why);

#endif
