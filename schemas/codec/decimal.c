#include "decimal.h"

#include <string.h>

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

enum rc decimal_parse(const char *text, size_t text_bytes, uint64_t max, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (text_bytes == 0 || (text_bytes > 1 && text[0] == '0'))
        return RC_INVALID;
    for (size_t i = 0; i < text_bytes; i++) {
        uint64_t digit = (uint64_t)(unsigned char)text[i] - '0';

        if (digit > 9 || value > max / 10 || value * 10 > max - digit || digit > max)
            return RC_INVALID;
        value = value * 10 + digit;
    }
    *ret_value = value;
    return RC_OK;
}
