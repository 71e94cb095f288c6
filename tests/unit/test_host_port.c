/* host_port: which texts name a server, where it would listen, and what may go into a URL. */
#include "host_port.h"

#include <string.h>

#include "unit_table.h"

struct text {
    const char *name;
    const char *text;
    bool is_valid;   /* to be told to others */
    bool is_numeric; /* to listen at */
    bool is_loopback;
    bool is_wildcard;
    const char *printed; /* NULL: as it was */
};

static const struct text texts[] = {
    {"v4", "10.0.0.5:8080", true, true, false, false, NULL},
    {"v4_loopback", "127.0.0.1:80", true, true, true, false, NULL},
    {"all_of_127_is_loopback", "127.255.3.1:80", true, true, true, false, NULL},
    {"localhost_is_a_loopback_address", "localhost:80", true, true, true, false, "127.0.0.1:80"},
    {"v4_wildcard", "0.0.0.0:80", true, true, false, true, NULL},
    {"v6", "[2001:db8::5]:8080", true, true, false, false, NULL},
    {"v6_is_printed_short", "[2001:db8:0:0::5]:8080", true, true, false, false, "[2001:db8::5]:8080"},
    {"v6_loopback", "[::1]:80", true, true, true, false, NULL},
    {"v6_wildcard", "[::]:80", true, true, false, true, NULL},
    {"mapped_loopback", "[::ffff:127.0.0.1]:80", true, true, true, false, NULL},
    {"mapped_wildcard", "[::ffff:0.0.0.0]:80", true, true, false, true, NULL},
    {"mapped_address", "[::ffff:10.0.0.5]:80", true, true, false, false, NULL},
    {"name_is_for_others_only", "worker-1.pay_svc.example:8080", true, false, false, false, NULL},
    {"short_v4_is_a_name", "127.1:80", true, false, false, false, NULL},
    {"v4_beyond_255_is_a_name", "127.256.0.1:80", true, false, false, false, NULL},
    {"port_0_is_for_listening_only", "127.0.0.1:0", false, true, true, false, NULL},
    {"highest_port", "127.0.0.1:65535", true, true, true, false, NULL},
    {"port_beyond", "127.0.0.1:65536", false, false, false, false, NULL},
    {"empty", "", false, false, false, false, NULL},
    {"no_port", "10.0.0.5", false, false, false, false, NULL},
    {"no_host", ":80", false, false, false, false, NULL},
    {"empty_port", "host:", false, false, false, false, NULL},
    {"letters_in_port", "host:80a", false, false, false, false, NULL},
    {"sign_in_port", "host:+80", false, false, false, false, NULL},
    {"path", "host:80/x", false, false, false, false, NULL},
    {"path_before_port", "host/x:80", false, false, false, false, NULL},
    {"user", "user@host:80", false, false, false, false, NULL},
    {"user_and_password", "u:p@host:80", false, false, false, false, NULL},
    {"query", "a?host:80", false, false, false, false, NULL},
    {"fragment", "a#host:80", false, false, false, false, NULL},
    {"backslash", "host\\x:80", false, false, false, false, NULL},
    {"scheme", "ftp://host:80", false, false, false, false, NULL},
    {"space", "ho st:80", false, false, false, false, NULL},
    {"line_break", "host:80\r\nX: 1", false, false, false, false, NULL},
    {"line_break_in_host", "host\r\nX:80", false, false, false, false, NULL},
    {"percent", "h%6fst:80", false, false, false, false, NULL},
    {"beyond_ascii", "h\xc3\xb6st:80", false, false, false, false, NULL},
    {"v6_without_brackets", "::1:80", false, false, false, false, NULL},
    {"v6_half_open", "[::1:80", false, false, false, false, NULL},
    {"v6_only_closed", "::1]:80", false, false, false, false, NULL},
    {"v6_of_nothing", "[]:80", false, false, false, false, NULL},
    {"bracket_alone", "[:80", false, false, false, false, NULL},
    {"v6_with_zone", "[fe80::1%eth0]:80", false, false, false, false, NULL},
    {"name_in_brackets", "[host]:80", false, false, false, false, NULL},
    {"two_ports", "host:80:81", false, false, false, false, NULL},
};

static void text_is_judged(void **state)
{
    const struct text *row = *state;
    struct host_port_address address;
    char printed[HOST_PORT_MAX_BYTES + 1];

    assert_int_equal(host_port_is_valid(row->text), row->is_valid);
    assert_int_equal(host_port_parse(row->text, &address), row->is_numeric);
    if (!row->is_numeric) {
        return;
    }
    assert_int_equal(host_port_is_loopback(&address), row->is_loopback);
    assert_int_equal(host_port_is_wildcard(&address), row->is_wildcard);
    host_port_print(&address, printed);
    assert_string_equal(printed, row->printed != NULL ? row->printed : row->text);
}

static void longest_text_is_taken_and_a_longer_one_is_not(void **state)
{
    char text[HOST_PORT_MAX_BYTES + 2];
    struct host_port_address address;

    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text + HOST_PORT_MAX_BYTES - 3, ":80", sizeof ":80");
    assert_true(host_port_is_valid(text));
    memset(text, 'a', sizeof text);
    memcpy(text + HOST_PORT_MAX_BYTES - 2, ":80", sizeof ":80");
    assert_false(host_port_is_valid(text));
    assert_false(host_port_parse(text, &address));
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, texts, text_is_judged);
    UNIT_TABLE_TEST(&table, longest_text_is_taken_and_a_longer_one_is_not);
    return unit_table_run(&table);
}
