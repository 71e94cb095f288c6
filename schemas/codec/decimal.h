/* decimal: unsigned whole numbers in text, read strictly: digits only, no sign, no leading zero, no space.
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
/* RC_INVALID if the text is not such a number or is above max. */
enum rc decimal_parse(const char *text, size_t text_bytes, uint64_t max, uint64_t *ret_value);

#endif
