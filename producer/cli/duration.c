#include "duration.h"

#include "decimal.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_MAX INT64_C(10000000000000)

struct unit {
    const char *name;
    int64_t ms;
};

/* From long to short, as duration_print() tries them. */
static const struct unit units[] = {
    {"d", INT64_C(24) * 60 * 60 * 1000}, {"h", 60 * 60 * 1000}, {"m", 60 * 1000}, {"s", 1000}, {"ms", 1},
};

#define UNIT_COUNT (sizeof units / sizeof units[0])
#define UNIT_MAX 8 /* as many amounts as there are units, and some room: their sum cannot wrap */

static bool find_unit(const char *name, size_t name_bytes, int64_t *ret_ms)
{
    if (name_bytes == 0) {
        *ret_ms = 1000;
        return true;
    }
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (strlen(units[i].name) == name_bytes && memcmp(units[i].name, name, name_bytes) == 0) {
            *ret_ms = units[i].ms;
            return true;
        }
    }
    return false;
}

/* One number with its unit; *cursor ends behind it. */
static bool read_amount(const char **cursor, const char *end, int64_t *ret_ms, int64_t *ret_unit_ms)
{
    size_t number_bytes = strspn(*cursor, "0123456789.");
    int64_t thousandths = 0;
    int64_t unit_ms = 0;
    const char *unit = *cursor + number_bytes;

    if (decimal_parse_seconds(*cursor, number_bytes, NUMBER_MAX * 1000, &thousandths) != RC_OK) {
        return false;
    }
    *cursor = unit;
    while (*cursor < end && **cursor >= 'a' && **cursor <= 'z') {
        (*cursor)++;
    }
    if (!find_unit(unit, (size_t)(*cursor - unit), &unit_ms) || thousandths / 1000 > INT64_MAX / unit_ms / UNIT_MAX ||
        thousandths % 1000 * unit_ms % 1000 != 0) {
        return false;
    }
    *ret_ms = thousandths / 1000 * unit_ms + thousandths % 1000 * unit_ms / 1000;
    *ret_unit_ms = *cursor > unit ? unit_ms : 0;
    return true;
}

/* 1h5m: each unit is named and shorter than the one before, as in the configuration; a number alone is seconds. */
static bool parse_part(const char *text, size_t text_bytes, int64_t *ret_ms)
{
    const char *cursor = text;
    const char *end = text + text_bytes;
    int64_t last_unit_ms = INT64_MAX;
    int64_t sum_ms = 0;

    do {
        bool is_first = cursor == text;
        int64_t amount_ms = 0;
        int64_t unit_ms = 0;
        if (!read_amount(&cursor, end, &amount_ms, &unit_ms) || unit_ms >= last_unit_ms ||
            (unit_ms == 0 && !(is_first && cursor == end))) {
            return false;
        }
        last_unit_ms = unit_ms;
        sum_ms += amount_ms;
    } while (cursor < end);
    *ret_ms = sum_ms;
    return true;
}

static enum rc check_part(const char *text, size_t text_bytes, int64_t max_ms, int64_t *ret_ms, char *errstr,
                          size_t errstr_bytes)
{
    char max_text[DURATION_TEXT_BYTES];
    int64_t value_ms = 0;

    if (!parse_part(text, text_bytes, &value_ms)) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "'%.*s' is not a wait: write 500ms, 1.5s, 30, 5m, 1h30m or 1d",
                       (int)text_bytes, text);
    }
    if (value_ms > max_ms) {
        return rc_fail(RC_TOO_LARGE, errstr, errstr_bytes, "'%.*s' is longer than %s", (int)text_bytes, text,
                       duration_print(max_ms, max_text));
    }
    *ret_ms = value_ms;
    return RC_OK;
}

enum rc duration_parse(const char *text, int64_t max_ms, int64_t *ret_ms, char *errstr, size_t errstr_bytes)
{
    return check_part(text, strlen(text), max_ms, ret_ms, errstr, errstr_bytes);
}

enum rc duration_parse_list(const char *text, int64_t max_ms, size_t wait_max, int64_t *ret_ms, size_t *ret_count,
                            char *errstr, size_t errstr_bytes)
{
    size_t count = 0;
    const char *part = text;

    for (;;) {
        size_t part_bytes = strcspn(part, ",");
        if (count == wait_max) {
            return rc_fail(RC_TOO_LARGE, errstr, errstr_bytes, "'%s' has more than %zu waits", text, wait_max);
        }
        enum rc rc = check_part(part, part_bytes, max_ms, &ret_ms[count], errstr, errstr_bytes);
        if (rc != RC_OK) {
            return rc;
        }
        count++;
        if (part[part_bytes] == '\0') {
            *ret_count = count;
            return RC_OK;
        }
        part += part_bytes + 1;
    }
}

const char *duration_print(int64_t value_ms, char *buf)
{
    size_t unit = UNIT_COUNT - 1;

    for (size_t i = 0; i < UNIT_COUNT && value_ms != 0; i++) {
        if (value_ms % units[i].ms == 0) {
            unit = i;
            break;
        }
    }
    if (value_ms == 0) {
        snprintf(buf, DURATION_TEXT_BYTES, "0s");
    } else if (unit == UNIT_COUNT - 1 && value_ms > 1000) {
        snprintf(buf, DURATION_TEXT_BYTES, "%" PRId64 ".%03ds", value_ms / 1000, (int)(value_ms % 1000));
        /* Zeros at the end say nothing: 1.500s is 1.5s. */
        char *last = buf + strlen(buf) - 2;
        while (*last == '0') {
            *last-- = '\0';
        }
        snprintf(last + 1, 2, "s");
    } else {
        snprintf(buf, DURATION_TEXT_BYTES, "%" PRId64 "%s", value_ms / units[unit].ms, units[unit].name);
    }
    return buf;
}
