/* egress: every range and its borders, every spelling that hides one, and the two lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "egress.h"

struct verdict {
    const char *address;
    bool is_allowed;
};

/* Each range of the default list: the address before it, its first, its last, the one behind it. */
static const struct verdict BORDERS[] = {
    {"0.0.0.0", false},
    {"0.255.255.255", false},
    {"1.0.0.0", true},
    {"9.255.255.255", true},
    {"10.0.0.0", false},
    {"10.255.255.255", false},
    {"11.0.0.0", true},
    {"100.63.255.255", true},
    {"100.64.0.0", false},
    {"100.127.255.255", false},
    {"100.128.0.0", true},
    {"126.255.255.255", true},
    {"127.0.0.0", false},
    {"127.255.255.255", false},
    {"128.0.0.0", true},
    {"169.253.255.255", true},
    {"169.254.0.0", false},
    {"169.254.255.255", false},
    {"169.255.0.0", true},
    {"172.15.255.255", true},
    {"172.16.0.0", false},
    {"172.31.255.255", false},
    {"172.32.0.0", true},
    {"191.255.255.255", true},
    {"192.0.0.0", false},
    {"192.0.0.255", false},
    {"192.0.1.0", true},
    {"192.0.1.255", true},
    {"192.0.2.0", false},
    {"192.0.2.255", false},
    {"192.0.3.0", true},
    {"192.88.98.255", true},
    {"192.88.99.0", false},
    {"192.88.99.255", false},
    {"192.88.100.0", true},
    {"192.167.255.255", true},
    {"192.168.0.0", false},
    {"192.168.255.255", false},
    {"192.169.0.0", true},
    {"198.17.255.255", true},
    {"198.18.0.0", false},
    {"198.19.255.255", false},
    {"198.20.0.0", true},
    {"198.51.99.255", true},
    {"198.51.100.0", false},
    {"198.51.100.255", false},
    {"198.51.101.0", true},
    {"203.0.112.255", true},
    {"203.0.113.0", false},
    {"203.0.113.255", false},
    {"203.0.114.0", true},
    {"223.255.255.255", true},
    {"224.0.0.0", false},
    {"239.255.255.255", false},
    {"240.0.0.0", false},
    {"255.255.255.255", false},
    {"::", false},
    {"::1", false},
    {"::2", false},
    {"::ffff", false},
    {"::255.255.255.255", false},
    {"::1:0:0", true},
    {"64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", true},
    {"64:ff9b::", false},
    {"64:ff9b::ffff:ffff", false},
    {"64:ff9b::1:0:0", true},
    {"64:ff9b:0:ffff:ffff:ffff:ffff:ffff", true},
    {"64:ff9b:1::", false},
    {"64:ff9b:1:ffff:ffff:ffff:ffff:ffff", false},
    {"64:ff9b:2::", true},
    {"ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
    {"100::", false},
    {"100::ffff:ffff:ffff:ffff", false},
    {"100:0:0:1::", true},
    {"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
    {"2001::", false},
    {"2001:0:ffff:ffff:ffff:ffff:ffff:ffff", false},
    {"2001:1::", true},
    {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", true},
    {"2001:db8::", false},
    {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", false},
    {"2001:db9::", true},
    {"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
    {"2002::", false},
    {"2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
    {"2003::", true},
    {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
    {"3fff::", false},
    {"3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", false},
    {"3fff:1000::", true},
    {"5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
    {"5f00::", false},
    {"5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
    {"5f01::", true},
    {"fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
    {"fc00::", false},
    {"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
    {"fe00::", true},
    {"fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
    {"fe80::", false},
    {"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
    {"fec0::", false},
    {"feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
    {"ff00::", false},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
    {"8.8.8.8", true},
    {"2606:4700:4700::1111", true},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct sockaddr_storage to_sockaddr(const char *text)
{
    struct sockaddr_storage storage = {0};
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(443)};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(443)};

    if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1) {
        memcpy(&storage, &ipv4, sizeof ipv4);
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &ipv6.sin6_addr), 1);
        memcpy(&storage, &ipv6, sizeof ipv6);
    }
    return storage;
}

static bool judge(const struct egress *egress, const char *host, const char *address, char *ret_reason)
{
    struct sockaddr_storage storage = to_sockaddr(address);

    ret_reason[0] = '\0';
    return egress_judge(egress, host, (const struct sockaddr *)&storage, ret_reason, EGRESS_REASON_MAX_BYTES);
}

static void check(const struct egress *egress, const char *host, const struct verdict *verdicts, size_t verdict_count)
{
    char reason[EGRESS_REASON_MAX_BYTES];

    for (size_t i = 0; i < verdict_count; i++) {
        bool is_allowed = judge(egress, host, verdicts[i].address, reason);

        if (is_allowed != verdicts[i].is_allowed)
            fail_msg("%s: %s, \"%s\"", verdicts[i].address, is_allowed ? "allowed" : "denied", reason);
        assert_true(is_allowed ? reason[0] == '\0' : strlen(reason) > 10);
    }
}

static struct egress make(const char *const *allow, size_t allow_count, const char *const *deny, size_t deny_count)
{
    struct egress egress = {0};
    char errstr[512] = "";

    if (egress_init(allow, allow_count, deny, deny_count, &egress, errstr, sizeof errstr) != RC_OK)
        fail_msg("%s", errstr);
    return egress;
}

static void default_ranges_are_denied_up_to_their_borders(void **state)
{
    struct egress egress = {0};

    (void)state;
    check(&egress, "public.example", BORDERS, COUNT_OF(BORDERS));
}

static void every_default_range_is_as_its_text_says(void **state)
{
    const struct egress_default_range *range = NULL;
    size_t count = 0;

    (void)state;
    for (; (range = egress_get_default_range(count)) != NULL; count++) {
        struct egress egress = make(&range->text, 1, NULL, 0);

        assert_non_null(egress.allow.entries);
        assert_int_equal(egress.allow.entries[0].range.is_ipv6, range->range.is_ipv6);
        assert_int_equal(egress.allow.entries[0].range.prefix_bits, range->range.prefix_bits);
        assert_memory_equal(egress.allow.entries[0].range.address, range->range.address, 16);
        egress_close(&egress);
    }
    assert_int_equal(count, 30);
}

static void ipv4_inside_ipv6_is_seen_through(void **state)
{
    static const struct verdict mapped[] = {
        {"::ffff:127.0.0.1", false},       {"::ffff:7f00:1", false}, {"::ffff:10.1.2.3", false},
        {"::ffff:169.254.169.254", false}, {"::ffff:8.8.8.8", true}, {"::ffff:168.63.129.16", false},
    };
    struct egress egress = {0};

    (void)state;
    check(&egress, NULL, mapped, COUNT_OF(mapped));
}

/* What the C library makes of a spelling is what the kernel would connect to. */
static void spellings_of_loopback_are_denied_by_their_numbers(void **state)
{
    static const char *const spellings[] = {
        "127.1", "0x7f.1", "017700000001", "2130706433", "0x7f000001", "127.0.1", "0177.0.0.1", "0", "::ffff:7f00:1"};
    struct egress egress = {0};
    char reason[EGRESS_REASON_MAX_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
        struct addrinfo *list = NULL;

        assert_int_equal(getaddrinfo(spellings[i], "80", &hints, &list), 0);
        assert_false(egress_judge(&egress, spellings[i], list->ai_addr, reason, sizeof reason));
        freeaddrinfo(list);
    }
}

static void allowing_a_gateway_range_does_not_allow_what_lies_behind_it(void **state)
{
    static const char *const allow[] = {"64:ff9b::/96", "2002::/16", "::/96"};
    static const struct verdict verdicts[] = {
        {"64:ff9b::808:808", true},    {"64:ff9b::7f00:1", false},
        {"64:ff9b::a9fe:a9fe", false}, {"2002:808:808::1", true},
        {"2002:a00:1::1", false},      {"2002:7f00:1::", false},
        {"2002:a08:808:808::", false}, {"::8.8.8.8", true},
        {"::127.0.0.1", false},        {"::1", true},
    };
    struct egress egress = make(allow, COUNT_OF(allow), NULL, 0);

    (void)state;
    check(&egress, NULL, verdicts, COUNT_OF(verdicts));
    egress_close(&egress);
}

static void allowed_ranges_open_just_themselves(void **state)
{
    static const char *const allow[] = {"127.0.0.0/8", "10.20.0.0/16", "fd12:3456::/32", "192.168.1.7", "::1"};
    static const struct verdict verdicts[] = {
        {"127.0.0.1", true},
        {"::ffff:127.0.0.1", true},
        {"10.20.255.255", true},
        {"10.21.0.0", false},
        {"10.19.255.255", false},
        {"192.168.1.7", true},
        {"192.168.1.8", false},
        {"fd12:3456:7::1", true},
        {"fd12:3457::1", false},
        {"::1", true},
        {"::", false},
    };
    struct egress egress = make(allow, COUNT_OF(allow), NULL, 0);

    (void)state;
    check(&egress, "a.example", verdicts, COUNT_OF(verdicts));
    egress_close(&egress);
}

static void prefix_zero_covers_its_own_family_only(void **state)
{
    static const char *const all_ipv6[] = {"::/0"};
    static const char *const all_ipv4[] = {"0.0.0.0/0"};
    static const struct verdict with_ipv6[] = {{"fd00::1", true}, {"10.0.0.1", false}, {"::ffff:10.0.0.1", false}};
    static const struct verdict with_ipv4[] = {{"fd00::1", false}, {"10.0.0.1", true}, {"::ffff:10.0.0.1", true}};
    struct egress egress = make(all_ipv6, 1, NULL, 0);

    (void)state;
    check(&egress, NULL, with_ipv6, COUNT_OF(with_ipv6));
    egress_close(&egress);
    egress = make(all_ipv4, 1, NULL, 0);
    check(&egress, NULL, with_ipv4, COUNT_OF(with_ipv4));
    egress_close(&egress);
}

static void a_mapped_range_in_a_list_means_the_ipv4_range(void **state)
{
    static const char *const allow[] = {"::ffff:10.0.0.0/104"};
    static const struct verdict verdicts[] = {
        {"10.255.0.1", true}, {"::ffff:10.0.0.1", true}, {"11.0.0.0", true}, {"127.0.0.1", false}};
    struct egress egress = make(allow, 1, NULL, 0);

    (void)state;
    assert_false(egress.allow.entries[0].range.is_ipv6);
    assert_int_equal(egress.allow.entries[0].range.prefix_bits, 8);
    check(&egress, NULL, verdicts, COUNT_OF(verdicts));
    egress_close(&egress);
}

static void metadata_needs_its_exact_address_in_the_allow_list(void **state)
{
    static const struct verdict metadata[] = {
        {"169.254.169.254", false}, {"169.254.170.2", false}, {"fd00:ec2::254", false},
        {"100.100.100.200", false}, {"168.63.129.16", false}, {"::ffff:169.254.169.254", false},
    };
    static const struct verdict opened[] = {
        {"169.254.169.254", true}, {"::ffff:169.254.169.254", true}, {"169.254.170.2", false}};
    static const char *const wide[] = {"0.0.0.0/0", "::/0", "169.254.0.0/16", "*.internal", "meta.internal"};
    static const char *const exact[] = {"169.254.169.254"};
    struct egress egress = make(wide, COUNT_OF(wide), NULL, 0);

    (void)state;
    check(&egress, "meta.internal", metadata, COUNT_OF(metadata));
    egress_close(&egress);
    egress = make(exact, 1, NULL, 0);
    check(&egress, "meta.internal", opened, COUNT_OF(opened));
    egress_close(&egress);
}

static void an_allowed_host_may_have_a_private_address(void **state)
{
    static const char *const allow[] = {"Hooks.Internal.", "*.svc.example"};
    static const struct {
        const char *host;
        bool is_allowed;
    } rows[] = {
        {"hooks.internal", true},
        {"HOOKS.INTERNAL.", true},
        {"xhooks.internal", false},
        {"hooks.internal.example", false},
        {"a.svc.example", true},
        {"a.b.svc.example.", true},
        {"svc.example", false},
        {"asvc.example", false},
        {".svc.example", false},
        {"", false},
        {NULL, false},
    };
    struct egress egress = make(allow, COUNT_OF(allow), NULL, 0);
    char reason[EGRESS_REASON_MAX_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (judge(&egress, rows[i].host, "10.0.0.1", reason) != rows[i].is_allowed)
            fail_msg("host %s", rows[i].host == NULL ? "NULL" : rows[i].host);
    egress_close(&egress);
}

static void the_deny_list_outranks_the_allow_list(void **state)
{
    static const char *const allow[] = {"10.0.0.0/8", "bad.example"};
    static const char *const deny[] = {"10.1.0.0/16", "bad.example", "*.worse.example", "8.8.8.8"};
    static const struct verdict verdicts[] = {
        {"10.0.0.1", true}, {"10.1.0.1", false}, {"8.8.8.8", false}, {"::ffff:8.8.8.8", false}, {"8.8.4.4", true}};
    struct egress egress = make(allow, COUNT_OF(allow), deny, COUNT_OF(deny));
    char reason[EGRESS_REASON_MAX_BYTES];

    (void)state;
    check(&egress, "good.example", verdicts, COUNT_OF(verdicts));
    assert_false(judge(&egress, "bad.example", "8.8.4.4", reason));
    assert_non_null(strstr(reason, "egress_deny"));
    assert_false(judge(&egress, "very.worse.example", "8.8.4.4", reason));
    assert_true(judge(&egress, "worse.example", "8.8.4.4", reason));
    egress_close(&egress);
}

static void a_refusal_names_range_and_setting(void **state)
{
    struct egress egress = {0};
    char reason[EGRESS_REASON_MAX_BYTES];

    (void)state;
    assert_false(judge(&egress, "localhost", "127.0.0.1", reason));
    assert_string_equal(reason, "127.0.0.1 is in 127.0.0.0/8 (loopback), denied by default; egress_allow: [127.0.0.1] "
                                "would allow it");
    assert_false(judge(&egress, NULL, "169.254.169.254", reason));
    assert_non_null(strstr(reason, "metadata"));
    assert_non_null(strstr(reason, "egress_allow: [169.254.169.254]"));
}

static void other_address_families_are_denied(void **state)
{
    struct egress egress = {0};
    struct sockaddr address = {.sa_family = AF_UNIX};
    char reason[EGRESS_REASON_MAX_BYTES] = "";

    (void)state;
    assert_false(egress_judge(&egress, NULL, &address, reason, sizeof reason));
    assert_non_null(strstr(reason, "neither IPv4 nor IPv6"));
    assert_false(egress_judge(&egress, NULL, &address, NULL, 0));
}

static void bad_entries_are_refused(void **state)
{
    static const struct {
        const char *entry;
        const char *why;
    } rows[] = {
        {"10.0.0.1/8", "did you mean 10.0.0.0/8"},
        {"fd00::1/8", "did you mean fd00::/8"},
        {"10.0.0.0/33", "0 to 32"},
        {"10.0.0.0/", "0 to 32"},
        {"10.0.0.0/-1", "0 to 32"},
        {"10.0.0.0/+8", "0 to 32"},
        {"10.0.0.0/0x8", "0 to 32"},
        {"10.0.0.0/8/8", "0 to 32"},
        {"fd00::/129", "0 to 128"},
        {"127.1", "four decimal numbers"},
        {"0x7f.1", "four decimal numbers"},
        {"2130706433", "four decimal numbers"},
        {"0x7f000001", "four decimal numbers"},
        {"127.1.", "four decimal numbers"},
        {"10.0.0", "four decimal numbers"},
        {"256.0.0.1", "four decimal numbers"},
        {"", "is no address"},
        {"*", "is no address"},
        {"*.", "is no address"},
        {"*.*.example", "is no address"},
        {"a..b", "is no address"},
        {".a", "is no address"},
        {"a.*", "is no address"},
        {"http://a", "is no address"},
        {"a:80", "is no address"},
        {"[::1]", "is no address"},
        {"fe80::1%eth0", "is no address"},
        {"b\xc3\xbc"
         "cher.example",
         "is no address"},
        {"host/8", "is no address"},
    };
    char errstr[1024];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct egress egress = {0};

        errstr[0] = '\0';
        if (egress_init(NULL, 0, &rows[i].entry, 1, &egress, errstr, sizeof errstr) != RC_INVALID)
            fail_msg("\"%s\" was taken", rows[i].entry);
        if (strstr(errstr, rows[i].why) == NULL || strstr(errstr, "egress_deny: ") != errstr)
            fail_msg("\"%s\": %s", rows[i].entry, errstr);
        assert_int_equal(egress_check_entry(rows[i].entry, errstr, sizeof errstr), RC_INVALID);
    }
}

static void overlong_entries_are_refused(void **state)
{
    char entry[400];

    (void)state;
    memset(entry, 'a', sizeof entry);
    entry[sizeof entry - 1] = '\0';
    assert_int_equal(egress_check_entry(entry, NULL, 0), RC_INVALID);
    entry[64] = '\0'; /* one label of 64 bytes */
    assert_int_equal(egress_check_entry(entry, NULL, 0), RC_INVALID);
    entry[63] = '\0';
    assert_int_equal(egress_check_entry(entry, NULL, 0), RC_OK);
}

static void closing_an_empty_or_closed_policy_is_safe(void **state)
{
    static const char *const allow[] = {"a.example"};
    struct egress egress = make(allow, 1, NULL, 0);

    (void)state;
    egress_close(&egress);
    egress_close(&egress);
    egress_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default_ranges_are_denied_up_to_their_borders),
        cmocka_unit_test(every_default_range_is_as_its_text_says),
        cmocka_unit_test(ipv4_inside_ipv6_is_seen_through),
        cmocka_unit_test(spellings_of_loopback_are_denied_by_their_numbers),
        cmocka_unit_test(allowing_a_gateway_range_does_not_allow_what_lies_behind_it),
        cmocka_unit_test(allowed_ranges_open_just_themselves),
        cmocka_unit_test(prefix_zero_covers_its_own_family_only),
        cmocka_unit_test(a_mapped_range_in_a_list_means_the_ipv4_range),
        cmocka_unit_test(metadata_needs_its_exact_address_in_the_allow_list),
        cmocka_unit_test(an_allowed_host_may_have_a_private_address),
        cmocka_unit_test(the_deny_list_outranks_the_allow_list),
        cmocka_unit_test(a_refusal_names_range_and_setting),
        cmocka_unit_test(other_address_families_are_denied),
        cmocka_unit_test(bad_entries_are_refused),
        cmocka_unit_test(overlong_entries_are_refused),
        cmocka_unit_test(closing_an_empty_or_closed_policy_is_safe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
