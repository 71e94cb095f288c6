#include "form.h"

#include <string.h>

/* What the URL standard leaves as it is in a form. */
static bool is_plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("*-._", c) != NULL;
}

static void append_encoded(struct buffer *form, const char *text)
{
    static const char HEX[] = "0123456789ABCDEF";

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (is_plain(c)) {
            buffer_append_char(form, (char)c);
        } else if (c == ' ') {
            buffer_append_char(form, '+');
        } else {
            const char escape[3] = {'%', HEX[c >> 4], HEX[c & 15]};
            buffer_append(form, escape, sizeof escape);
        }
    }
}

bool form_encode(const char *const *pairs, size_t pair_count, struct buffer *form)
{
    if (pairs == NULL && pair_count > 0) {
        return false;
    }
    for (size_t i = 0; i < pair_count; i++) {
        if (pairs[2 * i] == NULL || pairs[2 * i + 1] == NULL) {
            return false;
        }
        if (i > 0) {
            buffer_append_char(form, '&');
        }
        append_encoded(form, pairs[2 * i]);
        buffer_append_char(form, '=');
        append_encoded(form, pairs[2 * i + 1]);
    }
    return true;
}
