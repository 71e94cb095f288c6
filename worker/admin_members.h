/* admin_members: which worker has which partition of `tasks`, as the consumer group tells it.
 *
 * Each worker tells the address of its admin server in its client.id: autohttp@ADDRESS:PORT. A member with another
 * client.id has no such address; its partitions count as nobody's.
 *
 * Memory:  the caller owns the struct; zeroed is empty and valid; admin_members_close() frees, and leaves it empty.
 * Threads: one at a time.
 */
#ifndef WORKER_ADMIN_MEMBERS_H
#define WORKER_ADMIN_MEMBERS_H

#include <stddef.h>
#include <stdint.h>

#define ADMIN_MEMBERS_CLIENT_ID_START "autohttp@"

struct admin_member {
    int32_t partition;
    char *address; /* owned; without ADMIN_MEMBERS_CLIENT_ID_START */
};

struct admin_members {
    struct admin_member *list; /* one for each partition, in the order added */
    size_t count;
};

void admin_members_close(struct admin_members *members);
/* One partition of the member with this client.id. */
void admin_members_add(struct admin_members *members, const char *client_id, int32_t partition);
/* Of the member that has the partition; NULL: none with an address. Borrowed until the next change. */
const char *admin_members_get_address(const struct admin_members *members, int32_t partition);

#endif
