/* decimal: unsigned numbers in text, read strictly: digits only, no sign, no space.
 *
 * Memory:  values.
 * Threads: any.
 */
#ifndef SCHEMAS_DECIMAL_H
#define SCHEMAS_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#include "rc.h"

#define DECIMAL_TEXT_MAX_BYTES 21 /* of a uint64_t with its NUL */

/* Writes the digits with a NUL; returns their number. buf has DECIMAL_TEXT_MAX_BYTES. */
size_t decimal_print(uint64_t value, char *buf);
/* A whole number without a leading zero; RC_INVALID if the text is none or it is above max. */
enum rc decimal_parse(const char *text, size_t text_bytes, uint64_t max, uint64_t *ret_value);
/* Seconds with at most three decimals, in milliseconds: 60, 1.5, 007; RC_INVALID as above. A point stands between
 * digits. */
enum rc decimal_parse_seconds(const char *text, size_t text_bytes, int64_t max_ms, int64_t *ret_ms);

#endif
