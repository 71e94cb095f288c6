/* store_fixture: a store of its own in a folder of its own, for tests of the store.
 *
 * Memory: store_fixture_set_up() gives *state, store_fixture_tear_down() takes it and the folder.
 */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <stdint.h>

#include "store.h"

#define STORE_FIXTURE_PREFIX "test"
#define STORE_FIXTURE_PARTITION 0 /* so that a task's id can be 0 */
#define STORE_FIXTURE_PARTITION_COUNT 16
#define STORE_FIXTURE_CLUSTER "cluster-a"

struct store_fixture {
    char state_dir[64];
    struct store_cache *cache;
    struct store *store; /* NULL while it could not be opened */
    int64_t offset;      /* of the test's last commit */
    char errstr[256];
};

int store_fixture_set_up(void **state);
int store_fixture_tear_down(void **state);
/* Closes the store and opens it as that of another prefix, count or cluster. */
enum rc store_fixture_reopen_as(struct store_fixture *fixture, const char *prefix, int32_t partition_count,
                                const char *cluster_id);
void store_fixture_reopen(struct store_fixture *fixture);

#endif
