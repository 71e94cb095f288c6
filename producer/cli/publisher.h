/* publisher: a libautohttp handle made from the settings, and its answers as enum rc.
 *
 * Memory:  publisher_open() gives, publisher_close() takes; a zeroed one may be closed.
 * Threads: as autohttp.h; the struct must not move while it is open.
 * Errors:  as autohttp.h. "unknown" (appended or not) becomes RC_TIMEOUT.
 */
#ifndef CLI_PUBLISHER_H
#define CLI_PUBLISHER_H

#include "autohttp.h"
#include "rc.h"
#include "reason.h"
#include "settings.h"
#include <stddef.h>
#include <stdint.h>

#define PUBLISHER_TIMEOUT_MS 15000 /* within which a record is acknowledged or given up */
#define PUBLISHER_ERRSTR_BYTES 512

struct publisher {
    autohttp_t *handle;
    struct reason reason;
};

enum rc publisher_open(const struct settings *settings, struct publisher *ret_publisher, char *errstr,
                       size_t errstr_bytes);
void publisher_close(struct publisher *publisher);
/* What a delivery callback leaves for publisher_finish(). */
struct publisher_answer {
    enum autohttp_rc rc;
    uint64_t id;
    int32_t partition;
    int64_t offset;
    char errstr[PUBLISHER_ERRSTR_BYTES];
};

/* A delivery callback; opaque: struct publisher_answer. */
void publisher_take_delivery(const autohttp_delivery_t *delivery, void *opaque);
/* Waits for what was published, and says what is wrong if it takes long for want of a broker. Afterwards every callback
 * has returned. */
void publisher_flush(struct publisher *publisher);
/* After a call that publishes and answered library_rc: waits for its answer and judges it. */
enum rc publisher_finish(struct publisher *publisher, enum autohttp_rc library_rc,
                         const struct publisher_answer *answer, char *errstr, size_t errstr_bytes);
/* RC_OK, or a failure as our code; errstr, which the library has filled, gets the broker's trouble appended. */
enum rc publisher_judge(struct publisher *publisher, enum autohttp_rc library_rc, char *errstr, size_t errstr_bytes);
enum rc publisher_map_rc(enum autohttp_rc library_rc);

#endif
