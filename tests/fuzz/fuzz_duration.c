/* Durations, sizes and points in time, of the command and of the settings: what is read prints, and reads back as the
 * same value. */
#include "fuzz.h"

#include "duration.h"
#include "moment.h"
#include "options.h"
#include "params_value.h"

#define LIST_MAX 8

static void check_duration(const char *text, int64_t max_ms)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    char printed[DURATION_TEXT_BYTES];
    int64_t value_ms = -1;
    int64_t again_ms = -1;

    if (duration_parse(text, max_ms, &value_ms, errstr, sizeof errstr) != RC_OK) {
        FUZZ_CHECK(errstr[0] != '\0' && value_ms == -1);
        return;
    }
    FUZZ_CHECK(value_ms >= 0 && value_ms <= max_ms);
    FUZZ_CHECK(duration_parse(duration_print(value_ms, printed), max_ms, &again_ms, errstr, sizeof errstr) == RC_OK);
    FUZZ_CHECK(again_ms == value_ms);
}

static void check_list(const char *text)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    int64_t values_ms[LIST_MAX];
    size_t count = 0;

    if (duration_parse_list(text, 1000000, LIST_MAX, values_ms, &count, errstr, sizeof errstr) != RC_OK)
        return;
    FUZZ_CHECK(count >= 1 && count <= LIST_MAX);
    for (size_t i = 0; i < count; i++)
        FUZZ_CHECK(values_ms[i] >= 0 && values_ms[i] <= 1000000);
}

static void check_moment(const char *text)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    char printed[MOMENT_TEXT_BYTES];
    int64_t time_ms = 0;
    int64_t again_ms = 0;

    if (moment_parse(text, &time_ms, errstr, sizeof errstr) != RC_OK || time_ms == 0)
        return;
    FUZZ_CHECK(time_ms > 0);
    FUZZ_CHECK(moment_parse(moment_print(time_ms, printed), &again_ms, errstr, sizeof errstr) == RC_OK);
    FUZZ_CHECK(again_ms == time_ms);
}

static void check_setting(const char *text, bool (*parse)(const char *, int64_t *),
                          void (*print)(struct buffer *, int64_t))
{
    struct buffer printed = {0};
    int64_t value = -1;
    int64_t again = -1;

    if (!parse(text, &value)) {
        FUZZ_CHECK(value == -1);
        return;
    }
    FUZZ_CHECK(value >= 0);
    print(&printed, value);
    FUZZ_CHECK(buffer_is_ok(&printed) && parse(printed.data, &again) && again == value);
    buffer_close(&printed);
}

static void check_number(const char *text)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    int64_t value = 0;

    if (options_parse_number(text, -5, 5000, &value, errstr, sizeof errstr) == RC_OK)
        FUZZ_CHECK(value >= -5 && value <= 5000);
    if (params_value_parse_count(text, &value))
        FUZZ_CHECK(value >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy_text(data, size);

    check_duration(text, INT64_C(365) * 24 * 60 * 60 * 1000);
    check_duration(text, 1500);
    check_list(text);
    check_moment(text);
    check_setting(text, params_value_parse_duration, params_value_print_duration);
    check_setting(text, params_value_parse_size, params_value_print_size);
    check_number(text);
    free(text);
    return 0;
}
