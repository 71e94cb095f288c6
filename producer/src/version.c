#include "autohttp.h"

const char *autohttp_version(void)
{
    return AUTOHTTP_VERSION;
}
