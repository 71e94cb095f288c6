#include "key_filter.h"

#include <stdint.h>
#include <stdlib.h>

#include "alloc.h"

#define BIT_COUNT (UINT64_C(1) << 23)
#define WORD_BITS 64
#define PROBE_COUNT 4
#define FNV_OFFSET UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

struct key_filter {
    uint64_t words[BIT_COUNT / WORD_BITS];
};

struct key_filter *key_filter_new(void)
{
    return alloc_zeroed(1, sizeof(struct key_filter));
}

void key_filter_free(struct key_filter *filter)
{
    free(filter);
}

/* FNV-1a; its low bits alone would be weak. */
static uint64_t hash_key(const char *key, size_t key_bytes)
{
    uint64_t hash = FNV_OFFSET;

    for (size_t i = 0; i < key_bytes; i++) {
        hash = (hash ^ (unsigned char)key[i]) * FNV_PRIME;
    }
    return hash ^ hash >> 29;
}

bool key_filter_add(struct key_filter *filter, const char *key, size_t key_bytes)
{
    uint64_t hash = hash_key(key, key_bytes);
    uint64_t step = hash >> 32 | 1;
    bool is_known = true;

    for (int i = 0; i < PROBE_COUNT; i++, hash += step) {
        uint64_t *word = &filter->words[hash % BIT_COUNT / WORD_BITS];
        uint64_t bit = UINT64_C(1) << hash % WORD_BITS;

        is_known = is_known && (*word & bit) != 0;
        *word |= bit;
    }
    return is_known;
}
