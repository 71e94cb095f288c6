#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "store_fixture.h"

#define CACHE_BYTES ((size_t)8 * 1024 * 1024)

enum rc store_fixture_reopen_as(struct store_fixture *fixture, const char *prefix, int32_t partition_count,
                                const char *cluster_id)
{
    store_close(fixture->store);
    fixture->store = NULL;
    return store_open(fixture->cache, fixture->state_dir, prefix, STORE_FIXTURE_PARTITION, partition_count, cluster_id,
                      &fixture->store, fixture->errstr, sizeof fixture->errstr);
}

void store_fixture_reopen(struct store_fixture *fixture)
{
    assert_int_equal(
        store_fixture_reopen_as(fixture, STORE_FIXTURE_PREFIX, STORE_FIXTURE_PARTITION_COUNT, STORE_FIXTURE_CLUSTER),
        RC_OK);
}

int store_fixture_set_up(void **state)
{
    struct store_fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    snprintf(fixture->state_dir, sizeof fixture->state_dir, "/tmp/test_store.XXXXXX");
    assert_non_null(mkdtemp(fixture->state_dir));
    fixture->cache = store_cache_new(CACHE_BYTES);
    store_fixture_reopen(fixture);
    *state = fixture;
    return 0;
}

int store_fixture_tear_down(void **state)
{
    struct store_fixture *fixture = *state;
    char command[128];

    store_close(fixture->store);
    store_cache_free(fixture->cache);
    snprintf(command, sizeof command, "rm -rf '%s'", fixture->state_dir);
    assert_int_equal(system(command), 0);
    free(fixture);
    return 0;
}
