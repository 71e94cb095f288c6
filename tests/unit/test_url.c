#include "url.h"

#include <stdlib.h>

#include "task_json.h"
#include "unit_table.h"

struct accepted {
    const char *name;
    const char *text;
    struct url url;
};

static const struct accepted accepted[] = {
    {"https_has_port_443", "https://pay.example/hook?a=b", {true, "pay.example", 443}},
    {"http_has_port_80", "http://pay.example", {false, "pay.example", 80}},
    {"explicit_port_counts", "https://h:8443/", {true, "h", 8443}},
    {"largest_port", "http://h:65535/", {false, "h", 65535}},
    {"scheme_and_host_in_any_case", "HTTPS://Pay.EXAMPLE/A", {true, "pay.example", 443}},
    {"ipv4", "http://192.0.2.1/", {false, "192.0.2.1", 80}},
    {"ipv4_in_hex_is_normalised", "http://0x7f.1/", {false, "127.0.0.1", 80}},
    {"ipv4_in_decimal_is_normalised", "http://2130706433/", {false, "127.0.0.1", 80}},
    {"ipv6_loses_its_brackets", "http://[2001:DB8::1]:8080/", {false, "2001:db8::1", 8080}},
    {"at_sign_in_path_is_no_user", "http://h/@user", {false, "h", 80}},
    {"percent_encoding_behind_the_host_is_none_in_it", "http://h?a=%41", {false, "h", 80}},
    {"at_sign_in_query_is_no_user", "http://h?x=a@b", {false, "h", 80}},
};

struct refused {
    const char *name;
    const char *text;
    const char *named;
};

static const struct refused refused[] = {
    {"empty_is_refused", "", "empty"},
    {"relative_is_refused", "/hook", ""},
    {"without_scheme_is_refused", "pay.example/hook", ""},
    {"without_host_is_refused", "http:///", ""},
    {"only_a_scheme_is_refused", "http://", ""},
    {"ftp_is_refused", "ftp://h/", "neither http nor https"},
    {"file_is_refused", "file:///etc/passwd", "neither http nor https"},
    {"unknown_scheme_is_refused", "gopherx://h/", "neither http nor https"},
    {"user_is_refused", "https://user@h/", "user info"},
    {"user_and_password_are_refused", "https://user:secret@h/", "user info"},
    {"empty_user_is_refused", "https://@h/", "user info"},
    {"fragment_is_refused", "https://h/#top", "fragment"},
    {"empty_fragment_is_refused", "https://h/#", "fragment"},
    {"space_is_refused", "https://h/a b", "0x20"},
    {"newline_is_refused", "https://h/\n", "0x0a"},
    {"carriage_return_is_refused", "https://h/\rX", "0x0d"},
    {"delete_is_refused", "https://h/\x7f", "0x7f"},
    {"non_ascii_is_refused", "https://h/\xc3\xa9", "0xc3"},
    {"port_zero_is_refused", "https://h:0/", "port 0 is not 1..65535"},
    {"port_beyond_16_bits_is_refused", "https://h:65536/", "port 65536 is not 1..65535"},
    {"port_that_is_a_word_is_refused", "https://h:http/", "port http is not 1..65535"},
    {"host_with_an_encoded_byte_beyond_ascii_is_refused", "http://h%DF/", "percent-encoded"},
    {"host_spelled_with_percent_encoding_is_refused", "https:/%3127.1", "percent-encoded"},
    {"zone_id_is_refused", "http://[fe80::1%25eth0]/", "zone"},
    {"open_bracket_is_refused", "http://[::1/", ""},
    {"escaped_nul_in_host_is_refused", "http://a%00b/", ""},
    {"escaped_newline_in_host_is_refused", "http://a%0ab/", ""},
    {"escaped_slash_in_host_is_refused", "http://a%2fb/", ""},
};

static void url_is_accepted(void **state)
{
    const struct accepted *row = *state;
    struct url url = {0};
    char errstr[160] = "";

    assert_int_equal(url_parse(row->text, &url, errstr, sizeof errstr), RC_OK);
    assert_string_equal(errstr, "");
    assert_int_equal(url.is_https, row->url.is_https);
    assert_string_equal(url.host, row->url.host);
    assert_int_equal(url.port, row->url.port);
}

static void url_is_refused(void **state)
{
    const struct refused *row = *state;
    struct url url = {.port = 7};
    char errstr[160] = "";

    assert_int_equal(url_parse(row->text, &url, errstr, sizeof errstr), RC_INVALID);
    assert_string_not_equal(errstr, "");
    assert_non_null(strstr(errstr, row->named));
    assert_int_equal(url.port, 7);
}

static void length_is_limited(void **state)
{
    char *text = malloc(TASK_URL_MAX_BYTES + 2);
    struct url url;
    char errstr[160] = "";

    (void)state;
    assert_non_null(text);
    memset(text, 'a', TASK_URL_MAX_BYTES + 1);
    memcpy(text, "http://h/", 9);
    text[TASK_URL_MAX_BYTES + 1] = '\0';
    assert_int_equal(url_parse(text, &url, errstr, sizeof errstr), RC_INVALID);
    assert_non_null(strstr(errstr, "8192"));
    text[TASK_URL_MAX_BYTES] = '\0';
    assert_int_equal(url_parse(text, &url, errstr, sizeof errstr), RC_OK);
    free(text);
}

static void long_host_is_refused(void **state)
{
    char text[400];
    struct url url;
    char errstr[160] = "";

    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text, "http://", 7);
    text[7 + URL_HOST_MAX_BYTES] = '\0';
    assert_int_equal(url_parse(text, &url, errstr, sizeof errstr), RC_INVALID);
    text[7 + URL_HOST_MAX_BYTES - 1] = '\0';
    assert_int_equal(url_parse(text, &url, errstr, sizeof errstr), RC_OK);
    assert_int_equal(strlen(url.host), URL_HOST_MAX_BYTES - 1);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, accepted, url_is_accepted);
    UNIT_TABLE_ADD(&table, refused, url_is_refused);
    UNIT_TABLE_TEST(&table, length_is_limited);
    UNIT_TABLE_TEST(&table, long_host_is_refused);
    return unit_table_run(&table);
}
