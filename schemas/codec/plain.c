#include "plain.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* Of bytes below 0x80, the top bit of each that is below limit. A borrow may mark a byte above a marked one too many,
 * never one too few. */
static uint64_t mark_below(uint64_t word, uint64_t limit)
{
    return (word - EACH_BYTE(limit)) & ~word & EACH_BYTE(0x80);
}

static bool is_plain_word(uint64_t word)
{
    uint64_t marks = word & EACH_BYTE(0x80);

    marks |= mark_below(word, 0x20);
    marks |= mark_below(word ^ EACH_BYTE('"'), 1);
    marks |= mark_below(word ^ EACH_BYTE('\\'), 1);
    return marks == 0;
}

size_t plain_get_run_bytes(const char *text, size_t text_bytes)
{
    size_t i = 0;

    for (; text_bytes - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, text + i, sizeof word);
        if (!is_plain_word(word))
            break;
    }
    while (i < text_bytes && is_plain((unsigned char)text[i]))
        i++;
    return i;
}
