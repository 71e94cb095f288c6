#include "descriptors.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

#define EACH_ATTEMPT 2
#define BASE 512

int64_t descriptors_get_need(int64_t max_in_flight)
{
    return EACH_ATTEMPT * max_in_flight + BASE;
}

enum rc descriptors_raise_limit(const struct params *params, char *errstr, size_t errstr_bytes)
{
    int64_t need = descriptors_get_need(params->max_in_flight);
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "limit of open files: %s", strerror(errno));
    }
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit); /* what is not granted is seen below */
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < (rlim_t)need) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes,
                       "max_in_flight %" PRId64 " needs %" PRId64 " open files, the limit is %" PRIu64
                       ": raise it (LimitNOFILE= of the unit, ulimit -n) or lower max_in_flight",
                       (int64_t)params->max_in_flight, need, (uint64_t)limit.rlim_cur);
    }
    return RC_OK;
}
