#include "rc.h"

#include <stdarg.h>
#include <stdio.h>

enum rc rc_fail(enum rc rc, char *errstr, size_t errstr_bytes, const char *format, ...)
{
    va_list args;
    int len;

    if (errstr == NULL || errstr_bytes == 0)
        return rc;
    va_start(args, format);
    len = vsnprintf(errstr, errstr_bytes, format, args);
    va_end(args);
    if (len < 0)
        errstr[0] = '\0';
    /* The text goes into JSON: a cut must not leave half a character, so it ends after its last ASCII byte. */
    if (len > 0 && (size_t)len >= errstr_bytes) {
        size_t last = errstr_bytes - 1;

        while (last > 0 && (unsigned char)errstr[last - 1] >= 0x80)
            last--;
        errstr[last] = '\0';
    }
    return rc;
}

const char *rc_get_name(enum rc rc)
{
    static const char *const names[] = {
        [RC_OK] = "ok",
        [RC_INVALID] = "invalid",
        [RC_UNSUPPORTED] = "unsupported",
        [RC_NOT_FOUND] = "not_found",
        [RC_CORRUPT] = "corrupt",
        [RC_STORAGE] = "storage",
        [RC_NO_MEMORY] = "no_memory",
        [RC_FULL] = "full",
        [RC_TIMEOUT] = "timeout",
        [RC_UNAVAILABLE] = "unavailable",
        [RC_TOO_LARGE] = "too_large",
        [RC_DENIED] = "denied",
        [RC_CONFLICT] = "conflict",
        [RC_CLOSED] = "closed",
    };

    if ((size_t)rc >= sizeof names / sizeof names[0])
        return "unknown";
    return names[rc];
}
