#include "excerpt.h"

#include <string.h>

const char *excerpt_print(const char *text, size_t text_bytes, char buf[EXCERPT_BYTES])
{
    static const char tail[] = "...";
    size_t len = text_bytes < EXCERPT_BYTES ? text_bytes : EXCERPT_BYTES - 1;

    for (size_t i = 0; i < len; i++)
        buf[i] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
    buf[len] = '\0';
    if (len < text_bytes)
        memcpy(buf + EXCERPT_BYTES - sizeof tail, tail, sizeof tail);
    return buf;
}
