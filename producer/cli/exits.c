#include "exits.h"

#include <stddef.h>

static const enum exit_code codes[] = {
    [RC_OK] = EXIT_CODE_OK,
    [RC_INVALID] = EXIT_CODE_DATA,
    [RC_UNSUPPORTED] = EXIT_CODE_DATA,
    [RC_NOT_FOUND] = EXIT_CODE_NO,
    [RC_CORRUPT] = EXIT_CODE_DATA,
    [RC_STORAGE] = EXIT_CODE_BUG,
    [RC_NO_MEMORY] = EXIT_CODE_BUG,
    [RC_FULL] = EXIT_CODE_AGAIN,
    [RC_TIMEOUT] = EXIT_CODE_AGAIN,
    [RC_UNAVAILABLE] = EXIT_CODE_UNAVAILABLE,
    [RC_TOO_LARGE] = EXIT_CODE_DATA,
    [RC_DENIED] = EXIT_CODE_DENIED,
    [RC_CONFLICT] = EXIT_CODE_NO,
    [RC_CLOSED] = EXIT_CODE_UNAVAILABLE,
};

enum exit_code exits_from_rc(enum rc rc)
{
    return (size_t)rc < sizeof codes / sizeof codes[0] ? codes[rc] : EXIT_CODE_BUG;
}
