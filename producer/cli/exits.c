#include "exits.h"

enum exit_code exits_from_rc(enum rc rc)
{
    switch (rc) {
    case RC_OK:
        return EXIT_CODE_OK;
    case RC_NOT_FOUND:
    case RC_CONFLICT:
        return EXIT_CODE_NO;
    case RC_INVALID:
    case RC_UNSUPPORTED:
    case RC_CORRUPT:
    case RC_TOO_LARGE:
        return EXIT_CODE_DATA;
    case RC_FULL:
    case RC_TIMEOUT:
        return EXIT_CODE_AGAIN;
    case RC_UNAVAILABLE:
    case RC_CLOSED:
        return EXIT_CODE_UNAVAILABLE;
    case RC_DENIED:
        return EXIT_CODE_DENIED;
    case RC_STORAGE:
    case RC_NO_MEMORY:
        break;
    }
    return EXIT_CODE_BUG;
}
