/* admin_find: asks whoever owns a partition: this worker's loop, or the owner's admin server.
 *
 *   ask the loop --421: another owns it--> ask the group who --> GET from its admin server --200, 404--> answered
 *      ^  |200, 404: answered                  |nobody                  |anything else
 *      |  |503: not read yet                   |                        |
 *      +--+------------- wait a little --------+------------------------+      until the time is up: 503 and why
 *
 * So a partition that moves or is being restored is answered for as soon as it has an owner again. A request that
 * another worker has passed on is answered from the loop or not at all: two workers that take each other for the owner
 * must not pass it to and fro.
 *
 * Memory:  admin_find_open() fills the caller's struct; questions and params are borrowed.
 * Threads: any number of admin threads; they wait.
 */
#ifndef WORKER_ADMIN_FIND_H
#define WORKER_ADMIN_FIND_H

#include "admin_ask.h"
#include "admin_owner.h"
#include "admin_question.h"
#include "params.h"
#include "rc.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADMIN_FIND_CLIENT_ID_BYTES 288 /* of a Kafka client: a word and an address */

struct admin_find {
    struct questions *questions;
    struct admin_owner *owner;
    const char *address; /* where others reach this worker */
    const char *token;   /* sent to other workers; NULL: none */
};

/* How a request may be answered. */
struct admin_reach {
    bool is_forwarded; /* another worker asks */
    int64_t wait_ms;   /* in all */
};

enum rc admin_find_open(struct admin_find *find, struct questions *questions, const struct params *params,
                        const char *address, char *errstr, size_t errstr_bytes);
void admin_find_close(struct admin_find *find);
/* path: what another worker is asked, with its query. *ret_answer has status 200, 404 or 503; its text is the caller's.
 * *ret_is_remote: a list's text is the whole page then. */
void admin_find_ask(struct admin_find *find, const struct admin_ask *ask, const char *path,
                    const struct admin_reach *reach, struct admin_answer *ret_answer, bool *ret_is_remote);

#endif
