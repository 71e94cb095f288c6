#include "state_text.h"
#include "coords.h"
#include "decimal.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NONCE_DIGITS 16

size_t state_text_print_claim(int64_t epoch, uint64_t nonce, char buf[STATE_TEXT_CLAIM_MAX_BYTES])
{
    return (size_t)snprintf(buf, STATE_TEXT_CLAIM_MAX_BYTES, STATE_TEXT_CLAIM_PREFIX "%" PRId64 ":%016" PRIx64, epoch,
                            nonce);
}

static enum rc parse_nonce(const char *text, size_t text_bytes, uint64_t *ret_nonce)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t nonce = 0;

    if (text_bytes != NONCE_DIGITS) {
        return RC_CORRUPT;
    }
    for (size_t i = 0; i < text_bytes; i++) {
        const char *digit = memchr(digits, text[i], sizeof digits - 1);

        if (digit == NULL) {
            return RC_CORRUPT;
        }
        nonce = nonce << 4 | (uint64_t)(digit - digits);
    }
    *ret_nonce = nonce;
    return RC_OK;
}

enum rc state_text_parse_claim(const char *key, size_t key_bytes, int64_t *ret_epoch, uint64_t *ret_nonce)
{
    size_t prefix_bytes = strlen(STATE_TEXT_CLAIM_PREFIX);
    const char *epoch_text = key + prefix_bytes;
    const char *colon;
    uint64_t epoch = 0;
    uint64_t nonce = 0;

    if (key_bytes < prefix_bytes || memcmp(key, STATE_TEXT_CLAIM_PREFIX, prefix_bytes) != 0) {
        return RC_CORRUPT;
    }
    colon = memchr(epoch_text, ':', key_bytes - prefix_bytes);
    if (colon == NULL ||
        decimal_parse(epoch_text, (size_t)(colon - epoch_text), STATE_TEXT_EPOCH_MAX, &epoch) != RC_OK || epoch == 0 ||
        parse_nonce(colon + 1, (size_t)(key + key_bytes - colon - 1), &nonce) != RC_OK) {
        return RC_CORRUPT;
    }
    *ret_epoch = (int64_t)epoch;
    *ret_nonce = nonce;
    return RC_OK;
}

enum rc state_text_parse_claim_count(const char *value, size_t value_bytes, int32_t *ret_partition_count)
{
    static const char prefix[] = "{\"partition_count\":";
    size_t prefix_bytes = sizeof prefix - 1;
    uint64_t partition_count = 0;

    if (value_bytes < prefix_bytes + 2 || memcmp(value, prefix, prefix_bytes) != 0 || value[value_bytes - 1] != '}' ||
        decimal_parse(value + prefix_bytes, value_bytes - prefix_bytes - 1, INT32_MAX, &partition_count) != RC_OK) {
        return RC_NOT_FOUND;
    }
    *ret_partition_count = (int32_t)partition_count;
    return RC_OK;
}

size_t state_text_print_name(enum topic_kind kind, int64_t tier_ms, char buf[STATE_TEXT_NAME_MAX_BYTES])
{
    if (kind == TOPIC_DELAY) {
        return (size_t)snprintf(buf, STATE_TEXT_NAME_MAX_BYTES, "delay.%" PRId64 "ms", tier_ms);
    }
    return (size_t)snprintf(buf, STATE_TEXT_NAME_MAX_BYTES, "%s", kind == TOPIC_TASKS ? "tasks" : "control");
}

void state_text_append_offset(struct buffer *value, enum topic_kind kind, int64_t tier_ms, int64_t offset)
{
    char name[STATE_TEXT_NAME_MAX_BYTES];

    state_text_print_name(kind, tier_ms, name);
    buffer_append_text(value, name);
    buffer_append_char(value, '=');
    buffer_append_int64(value, offset);
    buffer_append_char(value, ';');
}

enum rc state_text_find_offset(const char *value, enum topic_kind kind, int64_t tier_ms, int64_t *ret_offset)
{
    char name[STATE_TEXT_NAME_MAX_BYTES];
    size_t name_bytes = state_text_print_name(kind, tier_ms, name);
    const char *end;

    for (; (end = strchr(value, ';')) != NULL; value = end + 1) {
        uint64_t offset = 0;

        if (strncmp(value, name, name_bytes) != 0 || value[name_bytes] != '=') {
            continue;
        }
        if (decimal_parse(value + name_bytes + 1, (size_t)(end - value) - name_bytes - 1, COORDS_OFFSET_MAX, &offset) !=
            RC_OK) {
            return RC_CORRUPT;
        }
        *ret_offset = (int64_t)offset;
        return RC_OK;
    }
    return *value == '\0' ? RC_NOT_FOUND : RC_CORRUPT;
}
