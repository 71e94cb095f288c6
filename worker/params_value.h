/* params_value: durations, sizes, rates and numbers as users write them.
 *
 * A duration is whole numbers with units that fall: 1h30m, 5s, 200ms; a bare number is seconds. A size is one whole
 * number with B, KiB, MiB, GiB or TiB; a bare number is bytes. Powers of 1000 (MB) are refused, because half the world
 * means the other thing by them. A rate is a whole number for each /s, /m or /h; a bare number is for each second.
 *
 * Memory:  values; printing appends to the caller's buffer.
 * Threads: any.
 */
#ifndef WORKER_PARAMS_VALUE_H
#define WORKER_PARAMS_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"

#define PARAMS_VALUE_DURATION_FORM "a duration such as 5s, 200ms, 1m30s or 24h; a bare number is seconds"
#define PARAMS_VALUE_SIZE_FORM "a size such as 128MiB, 64KiB or 1GiB; a bare number is bytes"
#define PARAMS_VALUE_RATE_FORM "a rate such as 10/s, 100/m or 1/h; a bare number is for each second"
#define PARAMS_VALUE_COUNT_FORM "a whole number"

/* False: not of that form, negative, or over INT64_MAX; *ret_value is then untouched. */
bool params_value_parse_duration(const char *text, int64_t *ret_value_ms);
bool params_value_parse_size(const char *text, int64_t *ret_value_bytes);
bool params_value_parse_rate(const char *text, int64_t *ret_value_per_h);
bool params_value_parse_count(const char *text, int64_t *ret_value);

/* In double quotes, as JSON and YAML both read it. */
void params_value_print_text(struct buffer *buffer, const char *text);
/* The shortest text that reads back as the same value: 90000 -> 1m30s, 134217728 -> 128MiB. */
void params_value_print_duration(struct buffer *buffer, int64_t value_ms);
void params_value_print_size(struct buffer *buffer, int64_t value_bytes);
void params_value_print_rate(struct buffer *buffer, int64_t value_per_h);

#endif
