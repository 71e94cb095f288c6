/* Egress: an entry of a list is refused with a reason or covers only what it names; with empty lists no address of a
 * default range passes. The first 16 bytes are an address, the rest an entry. */
#include "fuzz.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "egress.h"

#define ADDRESS_BYTES 16

static bool judge(const struct egress *egress, bool is_ipv6, const uint8_t *bytes)
{
    char reason[EGRESS_REASON_MAX_BYTES] = "";
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    bool is_allowed;

    memcpy(&ipv4.sin_addr, bytes, sizeof ipv4.sin_addr);
    memcpy(&ipv6.sin6_addr, bytes, sizeof ipv6.sin6_addr);
    is_allowed = egress_judge(egress, NULL, is_ipv6 ? (struct sockaddr *)&ipv6 : (struct sockaddr *)&ipv4, reason,
                              sizeof reason);
    FUZZ_CHECK(is_allowed == (reason[0] == '\0') && strlen(reason) < sizeof reason);
    return is_allowed;
}

static bool is_in_range(const struct egress_range *range, const uint8_t *bytes)
{
    for (unsigned bit = 0; bit < range->prefix_bits; bit++) {
        if (((range->address[bit / 8] ^ bytes[bit / 8]) & (0x80u >> bit % 8)) != 0)
            return false;
    }
    return true;
}

static void check_defaults(const uint8_t *bytes)
{
    static const struct egress none;
    const struct egress_default_range *range;

    for (size_t i = 0; (range = egress_get_default_range(i)) != NULL; i++) {
        if (is_in_range(&range->range, bytes))
            FUZZ_CHECK(!judge(&none, range->range.is_ipv6, bytes));
    }
}

/* In both lists, an entry denies: whatever it covers, it can only take away. */
static void check_entry(const char *entry, const uint8_t *bytes)
{
    static const struct egress none;
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    struct egress egress = {0};
    bool is_valid = egress_check_entry(entry, errstr, sizeof errstr) == RC_OK;

    FUZZ_CHECK(is_valid == (errstr[0] == '\0'));
    FUZZ_CHECK((egress_init(&entry, 1, &entry, 1, &egress, errstr, sizeof errstr) == RC_OK) == is_valid);
    if (is_valid) {
        FUZZ_CHECK(!judge(&egress, true, bytes) || judge(&none, true, bytes));
        FUZZ_CHECK(!judge(&egress, false, bytes) || judge(&none, false, bytes));
    }
    egress_close(&egress);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *entry;

    if (size < ADDRESS_BYTES)
        return 0;
    check_defaults(data);
    entry = fuzz_copy_text(data + ADDRESS_BYTES, size - ADDRESS_BYTES);
    check_entry(entry, data);
    FUZZ_CHECK(egress_match_host(entry, entry) || entry[0] == '*' || entry[0] == '\0' || entry[0] == '.');
    free(entry);
    return 0;
}
