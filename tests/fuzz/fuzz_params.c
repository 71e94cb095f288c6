/* The settings' file: what is read prints as a file that is read again, and prints the same. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "params.h"

#define PATH_BYTES 64

/* False: refused, and the text says why. */
static bool load(int fd, const char *text, size_t text_bytes, struct params *params)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    char path[PATH_BYTES];

    FUZZ_CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, text, text_bytes, 0) == (ssize_t)text_bytes);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (params_load(path, PARAMS_NO_ENV, params, errstr, sizeof errstr) == RC_OK)
        return true;
    FUZZ_CHECK(errstr[0] != '\0');
    return false;
}

static void check_round(int fd, const struct params *params)
{
    struct params again = {0};
    struct params third = {0};
    struct buffer first = {0};
    struct buffer second = {0};
    struct buffer last = {0};

    params_print(params, &first);
    FUZZ_CHECK(buffer_is_ok(&first) && load(fd, first.data, first.len_bytes, &again));
    params_print(&again, &second);
    FUZZ_CHECK(load(fd, second.data, second.len_bytes, &third));
    params_print(&third, &last);
    FUZZ_CHECK(second.len_bytes == last.len_bytes && memcmp(second.data, last.data, last.len_bytes) == 0);
    buffer_reset(&first);
    params_print_json(params, &first);
    FUZZ_CHECK(buffer_is_ok(&first));
    params_close(&again);
    params_close(&third);
    buffer_close(&first);
    buffer_close(&second);
    buffer_close(&last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    struct params params = {0};

    if (fd < 0)
        fd = memfd_create("params", MFD_CLOEXEC);
    if (load(fd, (const char *)data, size, &params))
        check_round(fd, &params);
    params_close(&params);
    return 0;
}
