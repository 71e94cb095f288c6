/* admin_owner: the address of the admin server of the worker that owns a partition, asked of the consumer group.
 *
 * Its client is opened by the first question, so a worker that is alone never has one. The group's description is kept
 * for ADMIN_OWNER_KEPT_MS; one thread asks for it at a time, the others wait for what that one learns.
 *
 * Memory:  admin_owner_open() gives, admin_owner_close() takes. params are borrowed until then: only settings that a
 * reload leaves alone are read.
 * Threads: admin_owner_find() and admin_owner_forget() any; admin_owner_close() when no thread is in one of them.
 */
#ifndef WORKER_ADMIN_OWNER_H
#define WORKER_ADMIN_OWNER_H

#include "params.h"
#include "rc.h"
#include <stddef.h>
#include <stdint.h>

#define ADMIN_OWNER_ADDRESS_BYTES 256
#define ADMIN_OWNER_KEPT_MS 1000

struct admin_owner;

/* client_id: of its Kafka client. RC_UNAVAILABLE: no memory or threads to be had. */
enum rc admin_owner_open(const struct params *params, const char *client_id, struct admin_owner **ret_owner,
                         char *errstr, size_t errstr_bytes);
/* Waits for the client's threads. NULL is fine. */
void admin_owner_close(struct admin_owner *owner);
/* Address (address:port of its admin server) of the worker to which the group has given this partition of tasks; the
 * caller's own may be the answer. ret_address has address_bytes, at least ADMIN_OWNER_ADDRESS_BYTES. RC_NOT_FOUND: none
 * has it (errstr says so), as at a start or in a rebalance. RC_UNAVAILABLE: the brokers do not answer within
 * timeout_ms, or refuse. */
enum rc admin_owner_find(struct admin_owner *owner, int32_t partition, int64_t timeout_ms, char *ret_address,
                         size_t address_bytes, char *errstr, size_t errstr_bytes);
/* What is kept was wrong: the next question goes to the brokers, also if one is under way now. */
void admin_owner_forget(struct admin_owner *owner);

#endif
