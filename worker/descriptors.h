/* descriptors: whether the process may open as many files as it will need.
 *
 * Every connection is one, and so is every file of RocksDB. Where they run out, attempts fail that an endpoint would
 * have answered, and databases cannot be opened: so a limit that is too low is a reason not to start.
 *
 * Memory:  values.
 * Threads: at the start, before there are others.
 * Errors:  RC_INVALID, errstr naming setting, need and limit.
 */
#ifndef WORKER_DESCRIPTORS_H
#define WORKER_DESCRIPTORS_H

#include "params.h"
#include "rc.h"
#include <stddef.h>
#include <stdint.h>

/* For that many attempts at a time: of each a connection, or a lookup before it, and one kept for the next attempt;
 * and what databases, Kafka and the admin port take. */
int64_t descriptors_get_need(int64_t max_in_flight);
/* Raises the soft limit to the hard one. */
enum rc descriptors_raise_limit(const struct params *params, char *errstr, size_t errstr_bytes);

#endif
