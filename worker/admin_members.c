#include "admin_members.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"

void admin_members_close(struct admin_members *members)
{
    for (size_t i = 0; i < members->count; i++)
        free(members->list[i].address);
    free(members->list);
    *members = (struct admin_members){0};
}

void admin_members_add(struct admin_members *members, const char *client_id, int32_t partition)
{
    size_t start_bytes = strlen(ADMIN_MEMBERS_CLIENT_ID_START);

    if (strncmp(client_id, ADMIN_MEMBERS_CLIENT_ID_START, start_bytes) != 0 || client_id[start_bytes] == '\0')
        return;
    members->list = alloc_resize(members->list, members->count + 1, sizeof members->list[0]);
    members->list[members->count++] = (struct admin_member){partition, alloc_text(client_id + start_bytes)};
}

const char *admin_members_get_address(const struct admin_members *members, int32_t partition)
{
    for (size_t i = 0; i < members->count; i++) {
        if (members->list[i].partition == partition)
            return members->list[i].address;
    }
    return NULL;
}
