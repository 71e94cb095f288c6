#include "moment.h"

#include "decimal.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DATE_TEXT_BYTES 24
#define TIME_MAX_MS INT64_C(253402300799000) /* end of year 9999 */

static int64_t get_clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t moment_get_time_us(void)
{
    return get_clock_us(CLOCK_REALTIME);
}

int64_t moment_get_time_ms(void)
{
    return moment_get_time_us() / 1000;
}

int64_t moment_get_mono_ms(void)
{
    return get_clock_us(CLOCK_MONOTONIC) / 1000;
}

static void split(int64_t time_ms, struct tm *ret_parts)
{
    time_t seconds = (time_t)(time_ms / 1000);

    gmtime_r(&seconds, ret_parts);
}

const char *moment_print(int64_t time_ms, char *buf)
{
    struct tm parts;
    char text[DATE_TEXT_BYTES];

    if (time_ms <= 0 || time_ms > TIME_MAX_MS) {
        snprintf(buf, MOMENT_TEXT_BYTES, "-");
        return buf;
    }
    split(time_ms, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(buf, MOMENT_TEXT_BYTES, "%s.%03dZ", text, (int)(time_ms % 1000));
    return buf;
}

const char *moment_print_clock(int64_t time_ms, char *buf)
{
    struct tm parts;
    char text[DATE_TEXT_BYTES];

    split(time_ms < 0 || time_ms > TIME_MAX_MS ? 0 : time_ms, &parts);
    strftime(text, sizeof text, "%H:%M:%S", &parts);
    snprintf(buf, MOMENT_TEXT_BYTES, "%s.%03d", text, (int)(time_ms % 1000));
    return buf;
}

static bool parse_rfc3339(const char *text, int64_t *ret_time_ms)
{
    struct tm parts = {0};
    int64_t last_digit_ms = 0; /* of the seconds, with their fraction */
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    size_t fraction_bytes = end != NULL && *end == '.' ? strcspn(end, "Z") : 0;

    if (end == NULL || strcmp(end + fraction_bytes, "Z") != 0 ||
        decimal_parse_seconds(end - 1, 1 + fraction_bytes, TIME_MAX_MS, &last_digit_ms) != RC_OK) {
        return false;
    }
    *ret_time_ms = (int64_t)timegm(&parts) * 1000 + last_digit_ms % 1000;
    return true;
}

static bool parse_unix(const char *text, int64_t *ret_time_ms)
{
    return decimal_parse_seconds(text, strlen(text), TIME_MAX_MS, ret_time_ms) == RC_OK;
}

enum rc moment_parse(const char *text, int64_t *ret_time_ms, char *errstr, size_t errstr_bytes)
{
    int64_t time_ms = -1;

    if ((!parse_rfc3339(text, &time_ms) && !parse_unix(text, &time_ms)) || time_ms < 0 || time_ms > TIME_MAX_MS) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes,
                       "'%s' is not a point in time: write 2026-03-01T12:00:00Z or Unix seconds", text);
    }
    *ret_time_ms = time_ms;
    return RC_OK;
}
