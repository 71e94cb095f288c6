#include "decimal.h"

#include <stdbool.h>
#include <string.h>

#define DECIMALS_MAX 3 /* of seconds: milliseconds */

size_t decimal_print(uint64_t value, char *buf)
{
    char digits[DECIMAL_TEXT_MAX_BYTES];
    size_t first = sizeof digits;
    size_t len;

    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    len = sizeof digits - first;
    memcpy(buf, digits + first, len);
    buf[len] = '\0';
    return len;
}

/* False: not a digit, or the number would be above max. */
static bool append_digit(char c, uint64_t max, uint64_t *value)
{
    uint64_t digit = (uint64_t)(unsigned char)c - '0';

    if (digit > 9 || digit > max || *value > max / 10 || *value * 10 > max - digit)
        return false;
    *value = *value * 10 + digit;
    return true;
}

enum rc decimal_parse(const char *text, size_t text_bytes, uint64_t max, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (text_bytes == 0 || (text_bytes > 1 && text[0] == '0'))
        return RC_INVALID;
    for (size_t i = 0; i < text_bytes; i++)
        if (!append_digit(text[i], max, &value))
            return RC_INVALID;
    *ret_value = value;
    return RC_OK;
}

enum rc decimal_parse_seconds(const char *text, size_t text_bytes, int64_t max_ms, int64_t *ret_ms)
{
    const char *point = memchr(text, '.', text_bytes);
    size_t whole_bytes = point != NULL ? (size_t)(point - text) : text_bytes;
    const char *decimals = text + whole_bytes + 1;
    size_t decimal_count = point != NULL ? text_bytes - whole_bytes - 1 : 0;
    uint64_t value_ms = 0;

    if (whole_bytes == 0 || (point != NULL && decimal_count == 0) || decimal_count > DECIMALS_MAX)
        return RC_INVALID;
    for (size_t i = 0; i < whole_bytes; i++)
        if (!append_digit(text[i], (uint64_t)max_ms, &value_ms))
            return RC_INVALID;
    for (size_t i = 0; i < DECIMALS_MAX; i++)
        if (!append_digit(i < decimal_count ? decimals[i] : '0', (uint64_t)max_ms, &value_ms))
            return RC_INVALID;
    *ret_ms = (int64_t)value_ms;
    return RC_OK;
}
