#include "json_scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "excerpt.h"
#include "plain.h"
#include "utf8.h"

#define DECIMALS_MAX 3
#define END_OF_TEXT (-1)

struct scan {
    const char *text;
    const char *at; /* the next byte */
    const char *end;
    const char *name; /* of the top-level member it is in; NULL before the first */
    size_t name_bytes;
    unsigned int value_count;
    char *errstr;
    size_t errstr_bytes;
};

static enum rc scan_value(struct scan *scan, unsigned int depth);

static enum rc fail(const struct scan *scan, const char *reason)
{
    char excerpt[EXCERPT_BYTES];
    size_t position = (size_t)(scan->at - scan->text);

    if (scan->name == NULL)
        return rc_fail(RC_INVALID, scan->errstr, scan->errstr_bytes, "not JSON: %s (byte %zu)", reason, position);
    return rc_fail(RC_INVALID, scan->errstr, scan->errstr_bytes, "field %s: %s (byte %zu)",
                   excerpt_print(scan->name, scan->name_bytes, excerpt), reason, position);
}

static int peek(const struct scan *scan)
{
    return scan->at < scan->end ? (unsigned char)*scan->at : END_OF_TEXT;
}

static bool take(struct scan *scan, char wanted)
{
    if (peek(scan) != wanted)
        return false;
    scan->at++;
    return true;
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\t' || *scan->at == '\r'))
        scan->at++;
}

static bool is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

/* Four hex digits after \u; -1 if they are not. */
static int take_hex4(struct scan *scan)
{
    int value = 0;

    for (int i = 0; i < 4; i++) {
        int byte = peek(scan);
        int lower = byte | 0x20;

        if (is_digit(byte))
            value = value * 16 + byte - '0';
        else if (byte != END_OF_TEXT && lower >= 'a' && lower <= 'f')
            value = value * 16 + lower - 'a' + 10;
        else
            return -1;
        scan->at++;
    }
    return value;
}

static bool is_high_surrogate(int value)
{
    return value >= 0xd800 && value <= 0xdbff;
}

static bool is_low_surrogate(int value)
{
    return value >= 0xdc00 && value <= 0xdfff;
}

/* After "\u". */
static enum rc scan_unicode_escape(struct scan *scan)
{
    int value = take_hex4(scan);

    if (value < 0)
        return fail(scan, "\\u needs four hex digits");
    if (value == 0)
        return fail(scan, "\\u0000 is not allowed");
    if (is_low_surrogate(value))
        return fail(scan, "half a surrogate pair");
    if (!is_high_surrogate(value))
        return RC_OK;
    if (!take(scan, '\\') || !take(scan, 'u') || !is_low_surrogate(take_hex4(scan)))
        return fail(scan, "half a surrogate pair");
    return RC_OK;
}

/* After the backslash. */
static enum rc scan_escape(struct scan *scan)
{
    int byte = peek(scan);

    if (byte == END_OF_TEXT || byte == 0 || strchr("\"\\/bfnrtu", byte) == NULL)
        return fail(scan, "unknown escape");
    scan->at++;
    return byte == 'u' ? scan_unicode_escape(scan) : RC_OK;
}

/* What ended a plain run, other than the closing quote. */
static enum rc scan_special(struct scan *scan)
{
    int byte = peek(scan);
    size_t sequence_bytes;

    if (byte == END_OF_TEXT)
        return fail(scan, "string without its end");
    if (byte == '\\') {
        scan->at++;
        return scan_escape(scan);
    }
    if (byte < 0x20)
        return fail(scan, "raw control character in a string");
    sequence_bytes = utf8_get_sequence_bytes(scan->at, (size_t)(scan->end - scan->at));
    if (sequence_bytes == 0)
        return fail(scan, "invalid UTF-8");
    scan->at += sequence_bytes;
    return RC_OK;
}

static enum rc scan_string(struct scan *scan)
{
    if (!take(scan, '"'))
        return fail(scan, "string expected");
    for (;;) {
        enum rc rc;

        scan->at += plain_get_run_bytes(scan->at, (size_t)(scan->end - scan->at));
        if (take(scan, '"'))
            return RC_OK;
        rc = scan_special(scan);
        if (rc != RC_OK)
            return rc;
    }
}

/* Digits as a number, held at JSON_NUMBER_MAX + 1 once above it; *ret_count is how many there were. */
static int64_t take_digits(struct scan *scan, size_t *ret_count)
{
    const char *first = scan->at;
    int64_t value = 0;

    for (; is_digit(peek(scan)); scan->at++) {
        if (value <= JSON_NUMBER_MAX)
            value = value * 10 + *scan->at - '0';
    }
    *ret_count = (size_t)(scan->at - first);
    return value;
}

/* After the decimal point. */
static enum rc scan_fraction(struct scan *scan, int64_t whole)
{
    const char *first = scan->at;
    const char *last;
    size_t count;

    take_digits(scan, &count);
    if (count == 0)
        return fail(scan, "digit expected after the decimal point");
    for (last = scan->at; last > first && last[-1] == '0'; last--)
        ;
    if (last - first > DECIMALS_MAX)
        return fail(scan, "more than three decimals");
    if (last > first && whole > JSON_NUMBER_MAX / 1000)
        return fail(scan, "number too large for its decimals");
    return RC_OK;
}

static enum rc scan_number(struct scan *scan)
{
    const char *first;
    size_t count;
    int64_t whole;
    enum rc rc = RC_OK;

    take(scan, '-');
    first = scan->at;
    whole = take_digits(scan, &count);
    if (count == 0)
        return fail(scan, "value expected");
    if (count > 1 && *first == '0')
        return fail(scan, "number with a leading zero");
    if (whole > JSON_NUMBER_MAX)
        return fail(scan, "number beyond 9007199254740992");
    if (take(scan, '.'))
        rc = scan_fraction(scan, whole);
    if (rc != RC_OK)
        return rc;
    if (peek(scan) == 'e' || peek(scan) == 'E')
        return fail(scan, "number with an exponent");
    if (scan->at - first > JSON_NUMBER_TEXT_MAX_BYTES)
        return fail(scan, "number with too many digits");
    return RC_OK;
}

static enum rc scan_literal(struct scan *scan, const char *literal)
{
    size_t literal_bytes = strlen(literal);

    if ((size_t)(scan->end - scan->at) < literal_bytes || memcmp(scan->at, literal, literal_bytes) != 0)
        return fail(scan, "value expected");
    scan->at += literal_bytes;
    return RC_OK;
}

/* One "name": value. */
static enum rc scan_member(struct scan *scan, unsigned int depth)
{
    const char *first = scan->at;
    enum rc rc = scan_string(scan);

    if (rc != RC_OK)
        return rc;
    if (depth == 1) {
        scan->name = first + 1;
        scan->name_bytes = (size_t)(scan->at - first) - 2;
    }
    skip_space(scan);
    if (!take(scan, ':'))
        return fail(scan, "colon expected");
    skip_space(scan);
    return scan_value(scan, depth);
}

/* Members of an object or items of an array, after the opening bracket. */
static enum rc scan_list(struct scan *scan, unsigned int depth, char close)
{
    skip_space(scan);
    if (take(scan, close))
        return RC_OK;
    for (;;) {
        enum rc rc = close == '}' ? scan_member(scan, depth) : scan_value(scan, depth);

        if (rc != RC_OK)
            return rc;
        skip_space(scan);
        if (take(scan, close))
            return RC_OK;
        if (!take(scan, ','))
            return fail(scan, "comma or closing bracket expected");
        skip_space(scan);
    }
}

/* depth is that of the list the value stands in. */
static enum rc scan_value(struct scan *scan, unsigned int depth)
{
    int byte = peek(scan);

    if (++scan->value_count > JSON_VALUE_MAX)
        return fail(scan, "too many values");
    switch (byte) {
    case '{':
    case '[':
        if (depth >= JSON_DEPTH_MAX)
            return fail(scan, "nested too deeply");
        scan->at++;
        return scan_list(scan, depth + 1, byte == '{' ? '}' : ']');
    case '"':
        return scan_string(scan);
    case 't':
        return scan_literal(scan, "true");
    case 'f':
        return scan_literal(scan, "false");
    case 'n':
        return scan_literal(scan, "null");
    default:
        return scan_number(scan);
    }
}

enum rc json_scan(const char *text, size_t text_bytes, char *errstr, size_t errstr_bytes)
{
    struct scan scan = {
        .text = text,
        .at = text,
        .end = text + text_bytes,
        .errstr = errstr,
        .errstr_bytes = errstr_bytes,
    };
    enum rc rc;

    skip_space(&scan);
    if (peek(&scan) != '{')
        return fail(&scan, "an object must come first");
    rc = scan_value(&scan, 0);
    if (rc != RC_OK)
        return rc;
    scan.name = NULL;
    skip_space(&scan);
    return scan.at == scan.end ? RC_OK : fail(&scan, "something follows the object");
}
