#include "params_value.h"

#include <string.h>

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit DURATION_UNITS[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit SIZE_UNITS[] = {{"TiB", INT64_C(1) << 40},
                                         {"GiB", INT64_C(1) << 30},
                                         {"MiB", INT64_C(1) << 20},
                                         {"KiB", INT64_C(1) << 10},
                                         {"B", 1}};

static const struct unit RATE_UNITS[] = {{"/s", 3600}, {"/m", 60}, {"/h", 1}};

#define DURATION_UNIT_COUNT (sizeof DURATION_UNITS / sizeof DURATION_UNITS[0])
#define SIZE_UNIT_COUNT (sizeof SIZE_UNITS / sizeof SIZE_UNITS[0])
#define RATE_UNIT_COUNT (sizeof RATE_UNITS / sizeof RATE_UNITS[0])

/* Moves *text behind its digits; false if there are none or too many. */
static bool read_digits(const char **text, int64_t *ret_value)
{
    const char *c = *text;
    int64_t value = 0;

    for (; *c >= '0' && *c <= '9'; c++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *c - '0', &value))
            return false;
    if (c == *text)
        return false;
    *text = c;
    *ret_value = value;
    return true;
}

/* The unit at *text that ends where a digit or the text's end follows; moves *text behind it. */
static const struct unit *read_unit(const char **text, const struct unit *units, size_t unit_count)
{
    for (size_t i = 0; i < unit_count; i++) {
        size_t name_bytes = strlen(units[i].name);
        const char *behind = NULL;

        if (strncmp(*text, units[i].name, name_bytes) != 0)
            continue;
        behind = *text + name_bytes;
        if (*behind == '\0' || (*behind >= '0' && *behind <= '9')) {
            *text = behind;
            return &units[i];
        }
    }
    return NULL;
}

static bool add_product(int64_t *sum, int64_t value, int64_t factor)
{
    return !__builtin_mul_overflow(value, factor, &value) && !__builtin_add_overflow(*sum, value, sum);
}

bool params_value_parse_duration(const char *text, int64_t *ret_value_ms)
{
    int64_t last_factor = INT64_MAX;
    int64_t sum_ms = 0;
    int64_t value = 0;

    if (!read_digits(&text, &value))
        return false;
    if (*text == '\0') {
        if (!add_product(&sum_ms, value, 1000))
            return false;
        *ret_value_ms = sum_ms;
        return true;
    }
    for (;;) {
        const struct unit *unit = read_unit(&text, DURATION_UNITS, DURATION_UNIT_COUNT);

        if (unit == NULL || unit->factor >= last_factor || !add_product(&sum_ms, value, unit->factor))
            return false;
        if (*text == '\0')
            break;
        last_factor = unit->factor;
        if (!read_digits(&text, &value))
            return false;
    }
    *ret_value_ms = sum_ms;
    return true;
}

/* One number with a unit; `bare` is that of a number without one. */
static bool parse_in_units(const char *text, const struct unit *units, size_t unit_count, const struct unit *bare,
                           int64_t *ret_value)
{
    const struct unit *unit = bare;
    int64_t sum = 0;
    int64_t value = 0;

    if (!read_digits(&text, &value))
        return false;
    if (*text != '\0')
        unit = read_unit(&text, units, unit_count);
    if (unit == NULL || *text != '\0' || !add_product(&sum, value, unit->factor))
        return false;
    *ret_value = sum;
    return true;
}

bool params_value_parse_size(const char *text, int64_t *ret_value_bytes)
{
    return parse_in_units(text, SIZE_UNITS, SIZE_UNIT_COUNT, &SIZE_UNITS[SIZE_UNIT_COUNT - 1], ret_value_bytes);
}

bool params_value_parse_rate(const char *text, int64_t *ret_value_per_h)
{
    return parse_in_units(text, RATE_UNITS, RATE_UNIT_COUNT, &RATE_UNITS[0], ret_value_per_h);
}

bool params_value_parse_count(const char *text, int64_t *ret_value)
{
    int64_t value = 0;

    if (!read_digits(&text, &value) || *text != '\0')
        return false;
    *ret_value = value;
    return true;
}

/* YAML breaks a line at these, too: raw in quotes they would be read back as spaces. */
static const struct {
    const char *raw;
    const char *escaped;
} LINE_BREAKS[] = {{"\xC2\x85", "\\u0085"}, {"\xE2\x80\xA8", "\\u2028"}, {"\xE2\x80\xA9", "\\u2029"}};

/* Bytes of text that were appended. */
static size_t append_escaped(struct buffer *buffer, const char *text)
{
    for (size_t i = 0; i < sizeof LINE_BREAKS / sizeof LINE_BREAKS[0]; i++) {
        size_t raw_bytes = strlen(LINE_BREAKS[i].raw);

        if (strncmp(text, LINE_BREAKS[i].raw, raw_bytes) == 0) {
            buffer_append_text(buffer, LINE_BREAKS[i].escaped);
            return raw_bytes;
        }
    }
    buffer_append_char(buffer, *text);
    return 1;
}

void params_value_print_text(struct buffer *buffer, const char *text)
{
    struct buffer quoted = {0};

    buffer_append_json_string(&quoted, text, strlen(text));
    for (const char *at = quoted.data; at != NULL && *at != '\0';)
        at += append_escaped(buffer, at);
    if (!buffer_is_ok(&quoted))
        buffer->is_failed = true;
    buffer_close(&quoted);
}

void params_value_print_duration(struct buffer *buffer, int64_t value_ms)
{
    int64_t rest = value_ms;

    if (value_ms == 0)
        buffer_append_text(buffer, "0s");
    for (size_t i = 0; i < DURATION_UNIT_COUNT; i++) {
        if (rest < DURATION_UNITS[i].factor)
            continue;
        buffer_append_int64(buffer, rest / DURATION_UNITS[i].factor);
        buffer_append_text(buffer, DURATION_UNITS[i].name);
        rest %= DURATION_UNITS[i].factor;
    }
}

/* The largest unit that leaves no rest. */
static const struct unit *choose_unit(const struct unit *units, size_t unit_count, int64_t value)
{
    size_t i = 0;

    while (i + 1 < unit_count && (value == 0 || value % units[i].factor != 0))
        i++;
    return &units[i];
}

void params_value_print_size(struct buffer *buffer, int64_t value_bytes)
{
    const struct unit *unit = choose_unit(SIZE_UNITS, SIZE_UNIT_COUNT, value_bytes);

    buffer_append_int64(buffer, value_bytes / unit->factor);
    if (unit->factor != 1)
        buffer_append_text(buffer, unit->name);
}

void params_value_print_rate(struct buffer *buffer, int64_t value_per_h)
{
    const struct unit *unit = choose_unit(RATE_UNITS, RATE_UNIT_COUNT, value_per_h);

    buffer_append_int64(buffer, value_per_h / unit->factor);
    buffer_append_text(buffer, unit->name);
}
