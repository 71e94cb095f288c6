#include "utf8.h"

#include <stdbool.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The second byte decides whether a sequence is overlong, a surrogate or beyond U+10FFFF. */
static bool is_second_byte(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return is_continuation(second);
    }
}

size_t utf8_get_sequence_bytes(const char *text, size_t text_bytes)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t wanted;

    if (text_bytes == 0)
        return 0;
    if (bytes[0] < 0x80)
        return 1;
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
        return 0;
    wanted = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    if (text_bytes < wanted || !is_second_byte(bytes[0], bytes[1]))
        return 0;
    for (size_t i = 2; i < wanted; i++) {
        if (!is_continuation(bytes[i]))
            return 0;
    }
    return wanted;
}

size_t utf8_get_cut_bytes(const char *text, size_t text_bytes, size_t max_bytes)
{
    size_t cut_bytes = max_bytes;

    if (text_bytes <= max_bytes)
        return text_bytes;
    while (cut_bytes > 0 && is_continuation((unsigned char)text[cut_bytes]))
        cut_bytes--;
    return cut_bytes;
}
