/* egress: whether the worker may connect to a numeric address, and if not, why. Decides only; no I/O, no names
 * resolved.
 *
 * Asked with the address the kernel will connect to, never with a spelling of it, so 127.1, 0x7f.1 or 2130706433 cannot
 * get past. First rule that fits:
 *
 *   1. the host name or the address is in the deny list (egress_deny)        denied
 *   2. the address is a cloud's metadata service                             denied, unless egress_allow names exactly
 * it
 *   3. the host name or the address is in the allow list (egress_allow)      allowed
 *   4. the address is in a default range (loopback, private, link-local,
 *      documentation, multicast, reserved, ...: egress_get_default_range())  denied
 *   5. anything else                                                         allowed
 *
 * IPv4 inside IPv6: ::ffff:0:0/96 is judged as the IPv4 address it holds and as nothing else, so ::/0 in a list does
 * not cover it. Addresses of ::/96, 64:ff9b::/96 and 2002::/16 carry an IPv4 address too: both the IPv6 address and the
 * one inside must be allowed.
 *
 * A list holds addresses (192.0.2.7), ranges (10.0.0.0/8, fd00::/8), host names (hooks.example) and suffixes
 * (*.example: any name below it, not itself). Names compare without case and without a trailing dot.
 *
 * Memory:  egress_init() copies; egress_close() frees, a zeroed or closed one is fine. A zeroed struct has empty lists.
 * Threads: read-only after init, any.
 * Errors:  egress_init() only.
 */
#ifndef WORKER_EGRESS_H
#define WORKER_EGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rc.h"

struct sockaddr;

#define EGRESS_REASON_MAX_BYTES 256
#define EGRESS_ENTRY_MAX_BYTES 255

struct egress_range {
    bool is_ipv6;
    uint8_t address[16]; /* network order; IPv4 in the first four */
    uint8_t prefix_bits; /* 0..32 or 0..128; the bits behind are zero */
};

struct egress_entry {
    char *host;                /* without "*." and trailing dot; NULL: a range */
    bool is_suffix;            /* names below host, not host itself */
    struct egress_range range; /* host == NULL */
};

struct egress_list {
    struct egress_entry *entries;
    size_t count;
};

struct egress {
    struct egress_list allow;
    struct egress_list deny;
};

struct egress_default_range {
    const char *text; /* "10.0.0.0/8" */
    const char *why;  /* "private" */
    struct egress_range range;
};

/* The texts of the settings egress_allow and egress_deny. RC_INVALID naming setting and entry; RC_NO_MEMORY. */
enum rc egress_init(const char *const *allow, size_t allow_count, const char *const *deny, size_t deny_count,
                    struct egress *ret_egress, char *errstr, size_t errstr_bytes);
void egress_close(struct egress *egress);
/* One entry of a list: RC_OK, or RC_INVALID with errstr. For checking a setting; nothing is kept. */
enum rc egress_check_entry(const char *text, char *errstr, size_t errstr_bytes);

/* host: as the URL has it (brackets already gone); NULL if unknown. False: denied, and ret_reason says what it is and
 * which setting would allow it. Families other than AF_INET and AF_INET6 are denied. ret_reason is not touched if
 * allowed; it may be NULL with reason_bytes 0. */
bool egress_judge(const struct egress *egress, const char *host, const struct sockaddr *address, char *ret_reason,
                  size_t reason_bytes);

/* Range i of the default deny list, NULL behind the last; for documentation and tests. Static storage. */
const struct egress_default_range *egress_get_default_range(size_t i);

/* Whether a host name fits a pattern, exact or *.suffix: without case and trailing dot. Also used for destinations. */
bool egress_match_host(const char *pattern, const char *host);

#endif
