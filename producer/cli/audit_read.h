/* audit_read: fills an audit's ledger from the topics.
 *
 * What the workers have committed is asked first and the log ends afterwards, so whatever is committed has its row and
 * event before those ends. Then `tasks` is read, by append time, and `state`, `events` and `dead` to their ends. Of
 * `tasks` also what lies up to ten minutes before and after the range: a publish is repeated, and a record that is not
 * at home is copied there, within that.
 *
 * Memory:  borrows all; what it gathers meanwhile is bounded by the range.
 * Threads: one at a time.
 * Errors:  as link.h; RC_NO_MEMORY.
 */
#ifndef CLI_AUDIT_READ_H
#define CLI_AUDIT_READ_H

#include "audit_ledger.h"
#include "rc.h"
#include "settings.h"
#include <stddef.h>
#include <stdint.h>

struct audit_progress {
    const char *topic; /* what is read now, without prefix */
    int64_t done_count;
    int64_t total_count; /* offsets to be read, of all topics */
};

typedef void (*audit_progress_cb)(const struct audit_progress *progress, void *opaque);

struct audit_request {
    const struct settings *settings;
    int64_t since_time_ms;
    int64_t until_time_ms;         /* not included */
    audit_progress_cb progress_cb; /* after every thousand records */
    void *opaque;
};

/* *ret_unreadable_count: rows and events that are none, and were passed over. */
enum rc audit_read(const struct audit_request *request, struct audit_ledger *ledger, int64_t *ret_unreadable_count,
                   char *errstr, size_t errstr_bytes);

#endif
