#include "header.h"

#include <string.h>

#include "decimal.h"
#include "excerpt.h"
#include "task_json.h"

#define HEADER_VERSION "1"

enum pair { PAIR_ID, PAIR_N, PAIR_DUE, PAIR_EP, PAIR_PUB, PAIR_OF, PAIR_DUP, PAIR_ST, PAIR_COUNT };

static const char *const pair_names[PAIR_COUNT] = {
    [PAIR_ID] = "id",   [PAIR_N] = "n",   [PAIR_DUE] = "due", [PAIR_EP] = "ep",
    [PAIR_PUB] = "pub", [PAIR_OF] = "of", [PAIR_DUP] = "dup", [PAIR_ST] = "st",
};

static const char *const policy_names[] = {
    [DUPLICATE_UNSET] = "",
    [DUPLICATE_IGNORE] = "ignore",
    [DUPLICATE_REPLACE] = "replace",
    [DUPLICATE_REJECT] = "reject",
};

#define POLICY_COUNT (sizeof policy_names / sizeof policy_names[0])

const char *duplicate_policy_get_name(enum duplicate_policy policy)
{
    return (size_t)policy < POLICY_COUNT ? policy_names[policy] : "";
}

enum rc duplicate_policy_parse(const char *text, size_t text_bytes, enum duplicate_policy *ret_policy)
{
    for (size_t i = DUPLICATE_IGNORE; i < POLICY_COUNT; i++) {
        if (strlen(policy_names[i]) == text_bytes && memcmp(policy_names[i], text, text_bytes) == 0) {
            *ret_policy = (enum duplicate_policy)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

void header_print_publish_id(const uint8_t publish_id[HEADER_PUB_BYTES], char ret_text[2 * HEADER_PUB_BYTES + 1])
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < HEADER_PUB_BYTES; i++) {
        ret_text[2 * i] = hex[publish_id[i] >> 4];
        ret_text[2 * i + 1] = hex[publish_id[i] & 15];
    }
    ret_text[2 * HEADER_PUB_BYTES] = '\0';
}

static int get_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

enum rc header_parse_publish_id(const char *text, size_t text_bytes, uint8_t ret_publish_id[HEADER_PUB_BYTES])
{
    uint8_t publish_id[HEADER_PUB_BYTES];

    if (text_bytes != sizeof publish_id * 2)
        return RC_INVALID;
    for (size_t i = 0; i < sizeof publish_id; i++) {
        int high = get_hex_digit(text[2 * i]);
        int low = get_hex_digit(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return RC_INVALID;
        publish_id[i] = (uint8_t)(high << 4 | low);
    }
    memcpy(ret_publish_id, publish_id, sizeof publish_id);
    return RC_OK;
}

/* ;<name>= */
static size_t put_name(char *buf, size_t len, enum pair pair)
{
    size_t name_bytes = strlen(pair_names[pair]);

    buf[len++] = ';';
    memcpy(buf + len, pair_names[pair], name_bytes);
    len += name_bytes;
    buf[len++] = '=';
    return len;
}

static size_t put_number(char *buf, size_t len, enum pair pair, uint64_t value)
{
    if (value == 0)
        return len;
    len = put_name(buf, len, pair);
    return len + decimal_print(value, buf + len);
}

static size_t put_id(char *buf, size_t len, uint64_t id)
{
    len = put_name(buf, len, PAIR_ID);
    len += decimal_print((uint64_t)coords_get_id_partition(id), buf + len);
    buf[len++] = '-';
    return len + decimal_print((uint64_t)coords_get_id_offset(id), buf + len);
}

size_t header_print(const struct header *header, char *buf)
{
    static const char version[] = "v=" HEADER_VERSION;
    size_t len = sizeof version - 1;

    memcpy(buf, version, sizeof version);
    if (header->has_id)
        len = put_id(buf, len, header->id);
    len = put_number(buf, len, PAIR_N, header->attempts);
    len = put_number(buf, len, PAIR_DUE, (uint64_t)header->due_time_ms);
    len = put_number(buf, len, PAIR_EP, (uint64_t)header->epoch);
    if (header->has_publish_id) {
        len = put_name(buf, len, PAIR_PUB);
        header_print_publish_id(header->publish_id, buf + len);
        len += sizeof header->publish_id * 2;
    }
    if (header->of.topic != COORDS_NONE) {
        len = put_name(buf, len, PAIR_OF);
        len += coords_print(&header->of, buf + len);
    }
    if (header->duplicate != DUPLICATE_UNSET) {
        const char *name = duplicate_policy_get_name(header->duplicate);

        len = put_name(buf, len, PAIR_DUP);
        memcpy(buf + len, name, strlen(name));
        len += strlen(name);
    }
    len = put_number(buf, len, PAIR_ST, (uint64_t)header->status);
    buf[len] = '\0';
    return len;
}

static enum rc parse_id(const char *value, size_t value_bytes, struct header *header)
{
    const char *dash = memchr(value, '-', value_bytes);
    uint64_t partition;
    uint64_t offset;

    if (dash == NULL || decimal_parse(value, (size_t)(dash - value), COORDS_PARTITION_MAX, &partition) != RC_OK ||
        decimal_parse(dash + 1, (size_t)(value + value_bytes - dash - 1), COORDS_OFFSET_MAX, &offset) != RC_OK)
        return RC_INVALID;
    header->has_id = true;
    header->id = coords_make_id((int32_t)partition, (int64_t)offset);
    return RC_OK;
}

static enum rc parse_number(const char *value, size_t value_bytes, uint64_t min, uint64_t max, uint64_t *ret_number)
{
    enum rc rc = decimal_parse(value, value_bytes, max, ret_number);

    return rc == RC_OK && *ret_number < min ? RC_INVALID : rc;
}

static enum rc parse_of(const char *value, size_t value_bytes, struct header *header)
{
    return value_bytes == 0 ? RC_INVALID : coords_parse(value, value_bytes, &header->of);
}

static enum rc parse_value(enum pair pair, const char *value, size_t value_bytes, struct header *header)
{
    uint64_t number = 0;
    enum rc rc = RC_INVALID;

    switch (pair) {
    case PAIR_ID:
        return parse_id(value, value_bytes, header);
    case PAIR_N:
        rc = parse_number(value, value_bytes, 0, UINT32_MAX, &number);
        header->attempts = (uint32_t)number;
        return rc;
    case PAIR_DUE:
        rc = parse_number(value, value_bytes, 0, TASK_TIME_MAX_MS, &number);
        header->due_time_ms = (int64_t)number;
        return rc;
    case PAIR_EP:
        rc = parse_number(value, value_bytes, 1, HEADER_EPOCH_MAX, &number);
        header->epoch = (int64_t)number;
        return rc;
    case PAIR_PUB:
        header->has_publish_id = true;
        return header_parse_publish_id(value, value_bytes, header->publish_id);
    case PAIR_OF:
        return parse_of(value, value_bytes, header);
    case PAIR_DUP:
        return duplicate_policy_parse(value, value_bytes, &header->duplicate);
    case PAIR_ST:
        rc = parse_number(value, value_bytes, 1, 4, &number);
        header->status = (int32_t)number;
        return rc;
    case PAIR_COUNT:
        break;
    }
    return rc;
}

static enum pair find_pair(const char *name, size_t name_bytes)
{
    for (size_t i = 0; i < PAIR_COUNT; i++) {
        if (strlen(pair_names[i]) == name_bytes && memcmp(pair_names[i], name, name_bytes) == 0)
            return (enum pair)i;
    }
    return PAIR_COUNT;
}

/* One name=value; *seen holds a bit for each pair met. */
static enum rc parse_pair(const char *text, size_t text_bytes, unsigned int *seen, struct header *header, char *errstr,
                          size_t errstr_bytes)
{
    char excerpt[EXCERPT_BYTES];
    const char *equals = memchr(text, '=', text_bytes);
    enum pair pair = equals == NULL ? PAIR_COUNT : find_pair(text, (size_t)(equals - text));

    if (pair == PAIR_COUNT)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "header " HEADER_NAME ": unknown pair \"%s\"",
                       excerpt_print(text, text_bytes, excerpt));
    if ((*seen & 1u << pair) != 0)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "header " HEADER_NAME ": %s comes twice", pair_names[pair]);
    *seen |= 1u << pair;
    if (parse_value(pair, equals + 1, (size_t)(text + text_bytes - equals - 1), header) != RC_OK)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "header " HEADER_NAME ": invalid pair \"%s\"",
                       excerpt_print(text, text_bytes, excerpt));
    return RC_OK;
}

/* v=<n>, which comes first. */
static enum rc check_version(const char *text, size_t text_bytes, char *errstr, size_t errstr_bytes)
{
    char excerpt[EXCERPT_BYTES];

    if (text_bytes < 2 || memcmp(text, "v=", 2) != 0)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "header " HEADER_NAME ": does not start with v=");
    if (text_bytes != 3 || text[2] != HEADER_VERSION[0])
        return rc_fail(RC_UNSUPPORTED, errstr, errstr_bytes, "header " HEADER_NAME ": version \"%s\" is not known",
                       excerpt_print(text + 2, text_bytes - 2, excerpt));
    return RC_OK;
}

enum rc header_parse(const char *text, size_t text_bytes, struct header *ret_header, char *errstr, size_t errstr_bytes)
{
    struct header header = {0};
    unsigned int seen = 0;
    bool is_first = true;
    const char *rest = text;
    const char *end = text + text_bytes;
    enum rc rc;

    if (text_bytes >= HEADER_TEXT_MAX_BYTES)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "header " HEADER_NAME ": %zu bytes, at most %d", text_bytes,
                       HEADER_TEXT_MAX_BYTES - 1);
    while (rest != NULL) {
        const char *semicolon = memchr(rest, ';', (size_t)(end - rest));
        size_t pair_bytes = (size_t)((semicolon != NULL ? semicolon : end) - rest);

        rc = is_first ? check_version(rest, pair_bytes, errstr, errstr_bytes)
                      : parse_pair(rest, pair_bytes, &seen, &header, errstr, errstr_bytes);
        if (rc != RC_OK)
            return rc;
        is_first = false;
        rest = semicolon != NULL ? semicolon + 1 : NULL;
    }
    *ret_header = header;
    return RC_OK;
}
