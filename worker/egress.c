#include "egress.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* As in struct egress_range: IPv4 in the first four bytes. */
struct address {
    bool is_ipv6;
    uint8_t bytes[16];
};

#define V4(bits, ...)                                                                                                  \
    {                                                                                                                  \
        false, {__VA_ARGS__}, bits                                                                                     \
    }
#define V6(bits, ...)                                                                                                  \
    {                                                                                                                  \
        true, {__VA_ARGS__}, bits                                                                                      \
    }

static const struct egress_default_range DEFAULT_RANGES[] = {
    {"0.0.0.0/8", "this network", V4(8, 0)},
    {"10.0.0.0/8", "private", V4(8, 10)},
    {"100.64.0.0/10", "carrier-grade NAT", V4(10, 100, 64)},
    {"127.0.0.0/8", "loopback", V4(8, 127)},
    {"169.254.0.0/16", "link-local", V4(16, 169, 254)},
    {"172.16.0.0/12", "private", V4(12, 172, 16)},
    {"192.0.0.0/24", "protocol assignments", V4(24, 192, 0, 0)},
    {"192.0.2.0/24", "documentation", V4(24, 192, 0, 2)},
    {"192.88.99.0/24", "6to4 relay", V4(24, 192, 88, 99)},
    {"192.168.0.0/16", "private", V4(16, 192, 168)},
    {"198.18.0.0/15", "benchmarking", V4(15, 198, 18)},
    {"198.51.100.0/24", "documentation", V4(24, 198, 51, 100)},
    {"203.0.113.0/24", "documentation", V4(24, 203, 0, 113)},
    {"224.0.0.0/4", "multicast", V4(4, 224)},
    {"240.0.0.0/4", "reserved", V4(4, 240)},
    {"::/128", "unspecified", V6(128, 0)},
    {"::1/128", "loopback", V6(128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)},
    {"::/96", "IPv4-compatible", V6(96, 0)},
    {"64:ff9b::/96", "NAT64", V6(96, 0x00, 0x64, 0xff, 0x9b)},
    {"64:ff9b:1::/48", "local NAT64", V6(48, 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01)},
    {"100::/64", "discard only", V6(64, 0x01, 0x00)},
    {"2001::/32", "Teredo", V6(32, 0x20, 0x01)},
    {"2001:db8::/32", "documentation", V6(32, 0x20, 0x01, 0x0d, 0xb8)},
    {"2002::/16", "6to4", V6(16, 0x20, 0x02)},
    {"3fff::/20", "documentation", V6(20, 0x3f, 0xff)},
    {"5f00::/16", "segment routing", V6(16, 0x5f, 0x00)},
    {"fc00::/7", "unique local", V6(7, 0xfc)},
    {"fe80::/10", "link-local", V6(10, 0xfe, 0x80)},
    {"fec0::/10", "site-local", V6(10, 0xfe, 0xc0)},
    {"ff00::/8", "multicast", V6(8, 0xff)},
};

/* Who reads one of these gets a machine's credentials: a wide range or a host name must not open them by accident. */
static const struct egress_range METADATA[] = {
    V4(32, 169, 254, 169, 254),
    V4(32, 169, 254, 170, 2),
    V4(32, 100, 100, 100, 200),
    V4(32, 168, 63, 129, 16),
    V6(128, 0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54),
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const struct egress_default_range *egress_get_default_range(size_t i)
{
    return i < COUNT_OF(DEFAULT_RANGES) ? &DEFAULT_RANGES[i] : NULL;
}

static bool is_prefix_equal(const uint8_t *left, const uint8_t *right, unsigned bits)
{
    unsigned rest = bits % 8;

    if (memcmp(left, right, bits / 8) != 0)
        return false;
    return rest == 0 || (left[bits / 8] ^ right[bits / 8]) >> (8 - rest) == 0;
}

static bool range_has(const struct egress_range *range, const struct address *address)
{
    return range->is_ipv6 == address->is_ipv6 && is_prefix_equal(range->address, address->bytes, range->prefix_bits);
}

static bool is_mapped(const uint8_t *bytes)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    return memcmp(bytes, mapped, sizeof mapped) == 0;
}

/* ::ffff:a.b.c.d becomes a.b.c.d: the kernel connects to that. */
static void unmap(struct address *address)
{
    if (!address->is_ipv6 || !is_mapped(address->bytes))
        return;
    memmove(address->bytes, address->bytes + 12, 4);
    memset(address->bytes + 4, 0, 12);
    address->is_ipv6 = false;
}

static bool read_sockaddr(const struct sockaddr *sockaddr, struct address *ret_address)
{
    memset(ret_address, 0, sizeof *ret_address);
    if (sockaddr->sa_family == AF_INET) {
        struct sockaddr_in ipv4;

        memcpy(&ipv4, sockaddr, sizeof ipv4); /* the caller's bytes need not be aligned */
        memcpy(ret_address->bytes, &ipv4.sin_addr, 4);
        return true;
    }
    if (sockaddr->sa_family == AF_INET6) {
        struct sockaddr_in6 ipv6;

        memcpy(&ipv6, sockaddr, sizeof ipv6);
        memcpy(ret_address->bytes, &ipv6.sin6_addr, 16);
        ret_address->is_ipv6 = true;
        unmap(ret_address);
        return true;
    }
    return false;
}

/* The IPv4 address that a gateway would make of an IPv6 one; false if it holds none. */
static bool get_inner(const struct address *address, struct address *ret_inner)
{
    static const struct egress_range unspecified_and_loopback = V6(127, 0);
    static const struct egress_range compatible = V6(96, 0);
    static const struct egress_range nat64 = V6(96, 0x00, 0x64, 0xff, 0x9b);
    static const struct egress_range sixtofour = V6(16, 0x20, 0x02);
    size_t at = 0;

    if (range_has(&unspecified_and_loopback, address))
        return false;
    if (range_has(&compatible, address) || range_has(&nat64, address))
        at = 12;
    else if (range_has(&sixtofour, address))
        at = 2;
    else
        return false;
    memset(ret_inner, 0, sizeof *ret_inner);
    memcpy(ret_inner->bytes, address->bytes + at, 4);
    return true;
}

static size_t get_host_bytes(const char *host)
{
    size_t host_bytes = strlen(host);

    return host_bytes > 0 && host[host_bytes - 1] == '.' ? host_bytes - 1 : host_bytes;
}

/* name without "*."; is_suffix: host lies below it. */
static bool host_fits(const char *name, bool is_suffix, const char *host)
{
    size_t name_bytes = get_host_bytes(name);
    size_t host_bytes = get_host_bytes(host);

    if (!is_suffix)
        return name_bytes == host_bytes && strncasecmp(name, host, name_bytes) == 0;
    return host_bytes > name_bytes + 1 && host[host_bytes - name_bytes - 1] == '.' &&
           strncasecmp(host + host_bytes - name_bytes, name, name_bytes) == 0;
}

bool egress_match_host(const char *pattern, const char *host)
{
    bool is_suffix = strncmp(pattern, "*.", 2) == 0;

    return host_fits(is_suffix ? pattern + 2 : pattern, is_suffix, host);
}

static enum rc check_prefix(const struct egress_range *range, const char *text, char *errstr, size_t errstr_bytes)
{
    struct egress_range tidy = *range;
    char address[INET6_ADDRSTRLEN];

    for (unsigned bit = range->prefix_bits; bit < (range->is_ipv6 ? 128u : 32u); bit++)
        tidy.address[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
    if (memcmp(tidy.address, range->address, sizeof tidy.address) == 0)
        return RC_OK;
    inet_ntop(range->is_ipv6 ? AF_INET6 : AF_INET, tidy.address, address, sizeof address);
    return rc_fail(RC_INVALID, errstr, errstr_bytes, "\"%s\" has bits behind its prefix; did you mean %s/%u?", text,
                   address, (unsigned)range->prefix_bits);
}

/* The digits behind the slash; -1 if they are none or above max. */
static int parse_prefix(const char *text, int max)
{
    int bits = 0;

    if (text[0] == '\0' || strlen(text) > 3 || strspn(text, "0123456789") != strlen(text))
        return -1;
    for (; *text != '\0'; text++)
        bits = bits * 10 + (*text - '0');
    return bits > max ? -1 : bits;
}

/* RC_NOT_FOUND: no address in front of the slash, so it is none of ours; RC_INVALID: an address, but a wrong range. */
static enum rc parse_range(const char *text, struct egress_range *ret_range, char *errstr, size_t errstr_bytes)
{
    struct egress_range range = {0};
    char address[EGRESS_ENTRY_MAX_BYTES + 1];
    const char *slash = strchr(text, '/');
    int address_bits = 0;
    int bits = 0;

    snprintf(address, sizeof address, "%.*s", slash == NULL ? EGRESS_ENTRY_MAX_BYTES : (int)(slash - text), text);
    if (inet_pton(AF_INET, address, range.address) != 1) {
        range.is_ipv6 = true;
        if (inet_pton(AF_INET6, address, range.address) != 1)
            return RC_NOT_FOUND;
    }
    address_bits = range.is_ipv6 ? 128 : 32;
    bits = slash == NULL ? address_bits : parse_prefix(slash + 1, address_bits);
    if (bits < 0)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "\"%s\": the prefix must be 0 to %d", text, address_bits);
    if (range.is_ipv6 && is_mapped(range.address) && bits >= 96) {
        memmove(range.address, range.address + 12, 4);
        memset(range.address + 4, 0, 12);
        range.is_ipv6 = false;
        bits -= 96;
    }
    range.prefix_bits = (uint8_t)bits;
    if (check_prefix(&range, text, errstr, errstr_bytes) != RC_OK)
        return RC_INVALID;
    *ret_range = range;
    return RC_OK;
}

/* 2130706433, 0x7f.1, 127.1: addresses to some parsers, names to others. */
static bool is_numeric_spelling(const char *host, size_t host_bytes)
{
    size_t start = host_bytes;

    while (start > 0 && host[start - 1] != '.')
        start--;
    if (host_bytes - start > 2 && strncasecmp(host + start, "0x", 2) == 0)
        return strspn(host + start + 2, "0123456789abcdefABCDEF") >= host_bytes - start - 2;
    return host_bytes > start && strspn(host + start, "0123456789") >= host_bytes - start;
}

/* Labels of 1 to 63 bytes; the underscore is no host name's by the book, but stands in many a cluster's. */
static bool is_host_name(const char *host, size_t host_bytes)
{
    static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t label_bytes = 0;

    if (host_bytes > 253 || strspn(host, characters) < host_bytes)
        return false;
    for (size_t i = 0; i < host_bytes; i++) {
        if (host[i] == '.' && label_bytes == 0)
            return false;
        label_bytes = host[i] == '.' ? 0 : label_bytes + 1;
        if (label_bytes > 63)
            return false;
    }
    return label_bytes > 0;
}

static enum rc check_host(const char *text, const char *host, char *errstr, size_t errstr_bytes)
{
    size_t host_bytes = get_host_bytes(host);

    if (is_numeric_spelling(host, host_bytes))
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "\"%s\": write an address as four decimal numbers or as IPv6",
                       text);
    if (!is_host_name(host, host_bytes))
        return rc_fail(RC_INVALID, errstr, errstr_bytes,
                       "\"%s\" is no address, range (10.0.0.0/8), host name or *.suffix", text);
    return RC_OK;
}

/* Fills all of *ret_entry but host; ret_host borrows from text and is NULL for a range. */
static enum rc parse_entry(const char *text, struct egress_entry *ret_entry, const char **ret_host, char *errstr,
                           size_t errstr_bytes)
{
    struct egress_entry entry = {0};
    const char *host = NULL;
    enum rc rc = RC_OK;

    if (strlen(text) > EGRESS_ENTRY_MAX_BYTES)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "an entry has more than %d bytes", EGRESS_ENTRY_MAX_BYTES);
    rc = parse_range(text, &entry.range, errstr, errstr_bytes);
    if (rc == RC_NOT_FOUND) {
        entry.is_suffix = strncmp(text, "*.", 2) == 0;
        host = entry.is_suffix ? text + 2 : text;
        rc = check_host(text, host, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        *ret_entry = entry;
        *ret_host = host;
    }
    return rc;
}

enum rc egress_check_entry(const char *text, char *errstr, size_t errstr_bytes)
{
    struct egress_entry entry;
    const char *host = NULL;

    return parse_entry(text, &entry, &host, errstr, errstr_bytes);
}

static void list_close(struct egress_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->entries[i].host);
    free(list->entries);
    memset(list, 0, sizeof *list);
}

void egress_close(struct egress *egress)
{
    if (egress == NULL)
        return;
    list_close(&egress->allow);
    list_close(&egress->deny);
}

static enum rc list_add(struct egress_list *list, const char *text, char *errstr, size_t errstr_bytes)
{
    struct egress_entry *entry = &list->entries[list->count];
    const char *host = NULL;
    enum rc rc = parse_entry(text, entry, &host, errstr, errstr_bytes);

    if (rc != RC_OK)
        return rc;
    if (host != NULL) {
        entry->host = strndup(host, get_host_bytes(host));
        if (entry->host == NULL)
            return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    }
    list->count++;
    return RC_OK;
}

static enum rc list_init(const char *setting, const char *const *texts, size_t text_count, struct egress_list *list,
                         char *errstr, size_t errstr_bytes)
{
    char why[2 * EGRESS_ENTRY_MAX_BYTES];

    if (text_count == 0)
        return RC_OK;
    list->entries = calloc(text_count, sizeof *list->entries);
    if (list->entries == NULL)
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "%s: out of memory", setting);
    for (size_t i = 0; i < text_count; i++) {
        enum rc rc = list_add(list, texts[i], why, sizeof why);

        if (rc != RC_OK)
            return rc_fail(rc, errstr, errstr_bytes, "%s: %s", setting, why);
    }
    return RC_OK;
}

enum rc egress_init(const char *const *allow, size_t allow_count, const char *const *deny, size_t deny_count,
                    struct egress *ret_egress, char *errstr, size_t errstr_bytes)
{
    struct egress egress = {0};
    enum rc rc = list_init("egress_allow", allow, allow_count, &egress.allow, errstr, errstr_bytes);

    if (rc == RC_OK)
        rc = list_init("egress_deny", deny, deny_count, &egress.deny, errstr, errstr_bytes);
    if (rc == RC_OK)
        *ret_egress = egress;
    else
        egress_close(&egress);
    return rc;
}

/* The entry that names host or holds address; NULL: none. */
static const struct egress_entry *list_find(const struct egress_list *list, const char *host,
                                            const struct address *address)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct egress_entry *entry = &list->entries[i];
        bool fits = entry->host == NULL ? range_has(&entry->range, address)
                                        : host != NULL && host_fits(entry->host, entry->is_suffix, host);

        if (fits)
            return entry;
    }
    return NULL;
}

static bool list_names_exactly(const struct egress_list *list, const struct egress_range *range)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct egress_entry *entry = &list->entries[i];

        if (entry->host == NULL && entry->range.is_ipv6 == range->is_ipv6 &&
            entry->range.prefix_bits == range->prefix_bits &&
            memcmp(entry->range.address, range->address, sizeof range->address) == 0)
            return true;
    }
    return false;
}

static bool is_metadata(const struct address *address)
{
    for (size_t i = 0; i < COUNT_OF(METADATA); i++)
        if (range_has(&METADATA[i], address))
            return true;
    return false;
}

static const struct egress_default_range *find_default_range(const struct address *address)
{
    for (size_t i = 0; i < COUNT_OF(DEFAULT_RANGES); i++)
        if (range_has(&DEFAULT_RANGES[i].range, address))
            return &DEFAULT_RANGES[i];
    return NULL;
}

/* The rules of the header, in their order. */
static bool judge_address(const struct egress *egress, const char *host, const struct address *address,
                          char *ret_reason, size_t reason_bytes)
{
    const struct egress_default_range *found = NULL;
    struct egress_range self = {address->is_ipv6, {0}, address->is_ipv6 ? 128 : 32};
    char text[INET6_ADDRSTRLEN];

    memcpy(self.address, address->bytes, sizeof self.address);
    inet_ntop(address->is_ipv6 ? AF_INET6 : AF_INET, address->bytes, text, sizeof text);
    if (list_find(&egress->deny, host, address) != NULL) {
        snprintf(ret_reason, reason_bytes, "%s is denied by egress_deny", text);
        return false;
    }
    if (is_metadata(address)) {
        if (list_names_exactly(&egress->allow, &self))
            return true;
        snprintf(ret_reason, reason_bytes, "%s is a cloud metadata address; only egress_allow: [%s] would allow it",
                 text, text);
        return false;
    }
    if (list_find(&egress->allow, host, address) != NULL)
        return true;
    found = find_default_range(address);
    if (found == NULL)
        return true;
    snprintf(ret_reason, reason_bytes, "%s is in %s (%s), denied by default; egress_allow: [%s] would allow it", text,
             found->text, found->why, text);
    return false;
}

bool egress_judge(const struct egress *egress, const char *host, const struct sockaddr *address, char *ret_reason,
                  size_t reason_bytes)
{
    struct address outer;
    struct address inner;

    if (!read_sockaddr(address, &outer)) {
        snprintf(ret_reason, reason_bytes, "address family %d is neither IPv4 nor IPv6", (int)address->sa_family);
        return false;
    }
    if (!judge_address(egress, host, &outer, ret_reason, reason_bytes))
        return false;
    return !get_inner(&outer, &inner) || judge_address(egress, host, &inner, ret_reason, reason_bytes);
}
