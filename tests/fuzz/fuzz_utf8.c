/* UTF-8 against a second reading that decodes and encodes again; a cut never parts a sequence. */
#include "fuzz.h"

#include "buffer.h"
#include "excerpt.h"
#include "plain.h"
#include "utf8.h"

/* Bytes that encode a code point; 0 if it is none. */
static size_t encode(uint32_t point, unsigned char *bytes)
{
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t byte_count = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
        return 0;
    for (size_t i = byte_count; i-- > 1; point >>= 6)
        bytes[i] = (unsigned char)(0x80 | (point & 0x3f));
    bytes[0] = (unsigned char)(lead[byte_count] | point);
    return byte_count;
}

/* Decodes without judging, then asks whether encoding gives the same bytes. */
static size_t get_sequence_bytes(const uint8_t *data, size_t size)
{
    unsigned char bytes[4];
    size_t byte_count = size == 0 ? 0 : data[0] < 0x80 ? 1 : data[0] < 0xe0 ? 2 : data[0] < 0xf0 ? 3 : 4;
    uint32_t point;

    if (byte_count == 0 || byte_count > size)
        return 0;
    point = byte_count == 1 ? data[0] : data[0] & (0xffu >> (byte_count + 1));
    for (size_t i = 1; i < byte_count; i++)
        point = point << 6 | (data[i] & 0x3f);
    return encode(point, bytes) == byte_count && memcmp(bytes, data, byte_count) == 0 ? byte_count : 0;
}

static void check_cuts(const char *text, size_t text_bytes)
{
    for (size_t max_bytes = 0; max_bytes <= text_bytes && max_bytes < 64; max_bytes++) {
        size_t cut_bytes = utf8_get_cut_bytes(text, text_bytes, max_bytes);

        FUZZ_CHECK(cut_bytes <= max_bytes && max_bytes - cut_bytes < 4);
        FUZZ_CHECK(cut_bytes == text_bytes || ((unsigned char)text[cut_bytes] & 0xc0) != 0x80);
    }
}

static void check_plain_run(const uint8_t *data, size_t size)
{
    size_t run_bytes = 0;

    while (run_bytes < size && data[run_bytes] >= 0x20 && data[run_bytes] <= 0x7f && data[run_bytes] != '"' &&
           data[run_bytes] != '\\')
        run_bytes++;
    FUZZ_CHECK(plain_get_run_bytes((const char *)data, size) == run_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char excerpt[EXCERPT_BYTES];
    size_t at = 0;

    while (at < size) {
        size_t sequence_bytes = utf8_get_sequence_bytes((const char *)data + at, size - at);

        FUZZ_CHECK(sequence_bytes == get_sequence_bytes(data + at, size - at));
        if (sequence_bytes == 0)
            break;
        at += sequence_bytes;
    }
    check_cuts((const char *)data, at);
    check_plain_run(data, size);
    FUZZ_CHECK(strlen(excerpt_print((const char *)data, size, excerpt)) < sizeof excerpt);
    return 0;
}
