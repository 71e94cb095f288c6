#include "invariant.h"

#include <stdlib.h>

#include "log.h"

void invariant_fail(const char *cond, const char *file, int line)
{
    log_write(
        LOG_LEVEL_ERROR, "invariant_failed",
        (const struct log_field[]){LOG_TEXT("cond", cond), LOG_TEXT("file", file), LOG_INT("line", line), LOG_NONE});
    abort();
}
