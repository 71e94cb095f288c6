/* claims: which partition count the claims in `state` name: the one that a prefix keeps for life.
 *
 * A claim is the first record of each partition of `state`, and compaction keeps it, since its key is like no other's:
 * so the first of a partition says it, and next to nothing is read.
 *
 * Memory:  values.
 * Threads: one at a time.
 * Errors:  as link.h; RC_TIMEOUT if the broker falls silent.
 */
#ifndef CLI_CLAIMS_H
#define CLI_CLAIMS_H

#include "link.h"
#include "rc.h"
#include <stddef.h>
#include <stdint.h>

/* The count in the first claim found that names another than partition_count; that itself if there is none. Reads
 * `topic`, which has partition_count partitions. */
enum rc claims_read_count(struct link *link, const char *topic, int32_t partition_count, int32_t *ret_claimed_count,
                          char *errstr, size_t errstr_bytes);

#endif
