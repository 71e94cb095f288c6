/* watch: what happens to one business key from now on, as its workers tell it in `events`.
 *
 * The home partition of `events` is read from the log end that watch_open() finds, so a watch opened before a record is
 * published misses nothing of what follows from it.
 *
 * Memory:  watch_open() gives, watch_close() takes; NULL is fine. An event is closed with event_close() by the caller;
 *          its bytes, in watch_get_json(), are borrowed until the next call.
 * Threads: one at a time.
 * Errors:  as link.h; watch_next(): RC_TIMEOUT at the deadline.
 */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "event_json.h"
#include "rc.h"
#include "settings.h"
#include <stddef.h>
#include <stdint.h>

#define WATCH_FOREVER INT64_MAX

struct watch;

enum rc watch_open(const struct settings *settings, const char *business_type, const char *business_id,
                   struct watch **ret_watch, char *errstr, size_t errstr_bytes);
void watch_close(struct watch *watch);
/* The next event of the key; events that cannot be read are passed over. */
enum rc watch_next(struct watch *watch, int64_t deadline_mono_ms, struct event *ret_event, char *errstr,
                   size_t errstr_bytes);
/* The event as it lies in the topic, on one line; NUL-terminated. */
const char *watch_get_json(const struct watch *watch);

#endif
