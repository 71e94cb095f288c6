#include "random.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

enum autohttp_rc random_fill(void *ret_bytes, size_t byte_count)
{
    unsigned char *next = ret_bytes;

    while (byte_count > 0) {
        ssize_t got = getrandom(next, byte_count, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return AUTOHTTP_UNAVAILABLE;
        }
        next += got;
        byte_count -= (size_t)got;
    }
    return AUTOHTTP_OK;
}
