/* follower: reads `events` from its end on, in a thread of its own, and tells each change of a task's row to
 * on_task_status_update.
 *
 * It has no consumer group and keeps no position: what happened before it had found the end of the topic, or while no
 * broker could be reached for longer than the topic keeps, is not told. Repeated events are told again.
 *
 * Memory:  follower_open() gives, follower_close() takes, after its thread has ended. Borrows the settings.
 * Threads: open and close by one; callbacks in its own, with all signals blocked.
 */
#ifndef PRODUCER_FOLLOWER_H
#define PRODUCER_FOLLOWER_H

#include "autohttp.h"
#include "rc.h"
#include "settings.h"
#include <stdbool.h>

struct follower;

/* Does not wait for a broker. */
enum rc follower_open(const autohttp_config_t *config, const struct settings *settings, struct follower **ret_follower,
                      char *errstr, size_t errstr_bytes);
/* NULL is fine. */
void follower_close(struct follower *follower);
/* Whether the caller is its callback; false for NULL. */
bool follower_is_own_thread(const struct follower *follower);

#endif
