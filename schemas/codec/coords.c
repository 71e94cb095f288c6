#include "coords.h"

#include <string.h>

#include "decimal.h"
#include "task_json.h"

#define ID_OFFSET_BITS 48

static const char tasks_name[] = "tasks";
static const char control_name[] = "control";
static const char delay_prefix[] = "delay.";
static const char delay_suffix[] = "ms";

bool coords_is_equal(const struct coords *a, const struct coords *b)
{
    return a->topic == b->topic && a->partition == b->partition && a->tier_ms == b->tier_ms && a->offset == b->offset;
}

static size_t put(char *buf, size_t len, const char *text)
{
    size_t text_bytes = strlen(text);

    memcpy(buf + len, text, text_bytes + 1);
    return len + text_bytes;
}

size_t coords_print(const struct coords *coords, char *buf)
{
    size_t len = 0;

    buf[0] = '\0';
    switch (coords->topic) {
    case COORDS_NONE:
        return 0;
    case COORDS_TASKS:
        len = put(buf, len, tasks_name);
        break;
    case COORDS_CONTROL:
        len = put(buf, len, control_name);
        break;
    case COORDS_DELAY:
        len = put(buf, len, delay_prefix);
        len += decimal_print((uint64_t)coords->tier_ms, buf + len);
        len = put(buf, len, delay_suffix);
        break;
    }
    len = put(buf, len, "-");
    len += decimal_print((uint64_t)coords->partition, buf + len);
    len = put(buf, len, "-");
    return len + decimal_print((uint64_t)coords->offset, buf + len);
}

/* delay.<n>ms, all of text. */
static enum rc parse_tier(const char *text, size_t text_bytes, int64_t *ret_tier_ms)
{
    size_t prefix_bytes = sizeof delay_prefix - 1;
    size_t suffix_bytes = sizeof delay_suffix - 1;
    uint64_t tier_ms;

    if (text_bytes < prefix_bytes + suffix_bytes || memcmp(text, delay_prefix, prefix_bytes) != 0 ||
        memcmp(text + text_bytes - suffix_bytes, delay_suffix, suffix_bytes) != 0)
        return RC_INVALID;
    if (decimal_parse(text + prefix_bytes, text_bytes - prefix_bytes - suffix_bytes, TASK_WAIT_MAX_MS, &tier_ms) !=
        RC_OK)
        return RC_INVALID;
    *ret_tier_ms = (int64_t)tier_ms;
    return RC_OK;
}

static enum rc parse_topic(const char *text, size_t text_bytes, struct coords *coords)
{
    if (text_bytes == sizeof tasks_name - 1 && memcmp(text, tasks_name, text_bytes) == 0) {
        coords->topic = COORDS_TASKS;
        return RC_OK;
    }
    if (text_bytes == sizeof control_name - 1 && memcmp(text, control_name, text_bytes) == 0) {
        coords->topic = COORDS_CONTROL;
        return RC_OK;
    }
    coords->topic = COORDS_DELAY;
    return parse_tier(text, text_bytes, &coords->tier_ms);
}

enum rc coords_parse(const char *text, size_t text_bytes, struct coords *ret_coords)
{
    struct coords coords = {0};
    const char *offset_dash;
    const char *partition_dash;
    uint64_t partition;
    uint64_t offset;

    if (text_bytes == 0) {
        *ret_coords = coords;
        return RC_OK;
    }
    offset_dash = memrchr(text, '-', text_bytes);
    if (offset_dash == NULL)
        return RC_INVALID;
    partition_dash = memrchr(text, '-', (size_t)(offset_dash - text));
    if (partition_dash == NULL)
        return RC_INVALID;
    if (decimal_parse(partition_dash + 1, (size_t)(offset_dash - partition_dash - 1), COORDS_PARTITION_MAX,
                      &partition) != RC_OK ||
        decimal_parse(offset_dash + 1, (size_t)(text + text_bytes - offset_dash - 1), COORDS_OFFSET_MAX, &offset) !=
            RC_OK ||
        parse_topic(text, (size_t)(partition_dash - text), &coords) != RC_OK)
        return RC_INVALID;
    coords.partition = (int32_t)partition;
    coords.offset = (int64_t)offset;
    *ret_coords = coords;
    return RC_OK;
}

uint64_t coords_make_id(int32_t partition, int64_t offset)
{
    return ((uint64_t)partition & COORDS_PARTITION_MAX) << ID_OFFSET_BITS | ((uint64_t)offset & COORDS_OFFSET_MAX);
}

int32_t coords_get_id_partition(uint64_t id)
{
    return (int32_t)(id >> ID_OFFSET_BITS);
}

int64_t coords_get_id_offset(uint64_t id)
{
    return (int64_t)(id & COORDS_OFFSET_MAX);
}

uint32_t coords_get_murmur2(const void *key, size_t key_bytes)
{
    const uint32_t multiplier = 0x5bd1e995;
    const unsigned char *bytes = key;
    uint32_t hash = UINT32_C(0x9747b28c) ^ (uint32_t)key_bytes;
    size_t i = 0;

    for (; i + 4 <= key_bytes; i += 4) {
        uint32_t word = (uint32_t)bytes[i] | (uint32_t)bytes[i + 1] << 8 | (uint32_t)bytes[i + 2] << 16 |
                        (uint32_t)bytes[i + 3] << 24;

        word *= multiplier;
        word ^= word >> 24;
        word *= multiplier;
        hash = hash * multiplier ^ word;
    }
    if (i < key_bytes) {
        for (size_t n = key_bytes; n > i; n--)
            hash ^= (uint32_t)bytes[n - 1] << 8 * (n - 1 - i);
        hash *= multiplier;
    }
    hash ^= hash >> 13;
    hash *= multiplier;
    return hash ^ hash >> 15;
}

int32_t coords_get_home(const void *key, size_t key_bytes, int32_t partition_count)
{
    return (int32_t)((coords_get_murmur2(key, key_bytes) & 0x7fffffff) % (uint32_t)partition_count);
}
