/* courier_destination: what is known of a scheme, host and port: its settings, and the multi that has its connections.
 *
 * Found by the URL's text up to its path, so that the URL is parsed once for each destination and not for each attempt.
 * Two spellings of one destination are two entries, which costs only connections. The least recently used unused one
 * goes when there are more than COURIER_DESTINATION_MAX.
 *
 * Memory:  the caller owns the table; courier_destinations_close() frees, a zeroed one is fine. A destination stays
 *          where it is while its use_count is not 0.
 * Threads: the loop's.
 */
#ifndef WORKER_COURIER_DESTINATION_H
#define WORKER_COURIER_DESTINATION_H

#include "params.h"
#include "rc.h"
#include "url.h"
#include <stddef.h>
#include <stdint.h>

#define COURIER_DESTINATION_MAX 4096
#define COURIER_DESTINATION_BUCKETS 4096

struct courier_destination {
    struct courier_destination *next_in_bucket;
    struct courier_destination *newer; /* by last use */
    struct courier_destination *older;
    uint64_t hash;
    char *prefix; /* as spelled: https://api.example:8443 */
    size_t prefix_bytes;
    struct url url;
    const struct params_destination *params; /* NULL: no element of `destinations` fits */
    size_t use_count;                        /* transfers under way or with a result to be taken */
    uint16_t multi_number[2];                /* where it starts to look for room: while its lane is healthy, slow */
};

struct courier_destinations {
    struct courier_destination *buckets[COURIER_DESTINATION_BUCKETS];
    struct courier_destination *newest;
    struct courier_destination *oldest;
    size_t count;
};

void courier_destinations_close(struct courier_destinations *destinations);
/* Finds or makes it, with its use_count one higher. RC_INVALID: not a URL that may be called. */
enum rc courier_destinations_get(struct courier_destinations *destinations, const struct params *params,
                                 const char *url, struct courier_destination **ret_destination, char *errstr,
                                 size_t errstr_bytes);
/* NULL is fine. */
void courier_destination_release(struct courier_destination *destination);

#endif
