/* owner: the worker that owns the partition of a business key, or any worker, asked of the consumer group.
 *
 * Each worker tells its admin address in its client id: autohttp@HOST:PORT.
 *
 * Memory:  values.
 * Threads: one at a time.
 * Errors:  RC_UNAVAILABLE: no worker owns the partition, none is there, or the broker cannot be asked; otherwise as
 * link.h.
 */
#ifndef CLI_OWNER_H
#define CLI_OWNER_H

#include "rc.h"
#include "settings.h"
#include <stddef.h>

#define OWNER_ADDRESS_BYTES 256

/* ret_address: HOST:PORT; has OWNER_ADDRESS_BYTES. */
enum rc owner_find(const struct settings *settings, const char *business_type, const char *business_id,
                   char *ret_address, char *errstr, size_t errstr_bytes);
/* Some member of the group. */
enum rc owner_find_any(const struct settings *settings, char *ret_address, char *errstr, size_t errstr_bytes);

#endif
