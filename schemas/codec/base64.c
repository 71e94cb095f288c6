#include "base64.h"

#include <stdint.h>

#define NOT_A_DIGIT 64

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *bytes, size_t byte_count, char *ret_text)
{
    const unsigned char *at = bytes;

    for (; byte_count >= 3; byte_count -= 3, at += 3) {
        uint32_t group = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];

        *ret_text++ = digits[group >> 18];
        *ret_text++ = digits[group >> 12 & 63];
        *ret_text++ = digits[group >> 6 & 63];
        *ret_text++ = digits[group & 63];
    }
    if (byte_count > 0) {
        uint32_t group = (uint32_t)at[0] << 16 | (byte_count == 2 ? (uint32_t)at[1] << 8 : 0);

        ret_text[0] = digits[group >> 18];
        ret_text[1] = digits[group >> 12 & 63];
        ret_text[2] = byte_count == 2 ? digits[group >> 6 & 63] : '=';
        ret_text[3] = '=';
    }
}

static uint32_t get_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : NOT_A_DIGIT;
}

/* Four characters of which the last padding_count are '='. */
static enum rc decode_group(const char *text, size_t padding_count, char *ret_bytes)
{
    uint32_t group = 0;
    size_t byte_count = 3 - padding_count;

    for (size_t i = 0; i < 4; i++) {
        uint32_t digit = i < 4 - padding_count ? get_digit(text[i]) : 0;

        if (digit == NOT_A_DIGIT)
            return RC_INVALID;
        group = group << 6 | digit;
    }
    if (padding_count > 0 && (group & ((UINT32_C(1) << 8 * padding_count) - 1)) != 0)
        return RC_INVALID;
    for (size_t i = 0; i < byte_count; i++)
        ret_bytes[i] = (char)(unsigned char)(group >> (16 - 8 * i));
    return RC_OK;
}

enum rc base64_decode(const char *text, size_t text_bytes, char *ret_bytes, size_t *ret_byte_count)
{
    size_t padding_count = 0;
    size_t byte_count = 0;

    if (text_bytes % 4 != 0)
        return RC_INVALID;
    if (text_bytes > 0 && text[text_bytes - 1] == '=')
        padding_count = text[text_bytes - 2] == '=' ? 2 : 1;
    for (size_t i = 0; i < text_bytes; i += 4) {
        size_t group_padding_count = i + 4 == text_bytes ? padding_count : 0;

        if (decode_group(text + i, group_padding_count, ret_bytes + byte_count) != RC_OK)
            return RC_INVALID;
        byte_count += 3 - group_padding_count;
    }
    *ret_byte_count = byte_count;
    return RC_OK;
}
