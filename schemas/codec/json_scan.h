/* json_scan: whether a text is JSON as strict as the contracts demand, before any parser builds something from it.
 *
 * Accepted: exactly one RFC 8259 object in well-formed UTF-8, white space around it. Refused beyond the grammar: a byte
 * order mark; \u0000 (a C text would end there); escapes that make half a surrogate pair; more than JSON_DEPTH_MAX
 * levels; more than JSON_VALUE_MAX values; numbers that a double or a count of milliseconds could not hold exactly:
 * exponents, integers beyond 2^53, more than three decimals (zeros at the end do not count).
 * Not seen here: duplicate and unknown names, which json.h judges.
 *
 * Memory:  allocates nothing; recursion is bounded by JSON_DEPTH_MAX.
 * Threads: any.
 * Errors:  RC_INVALID; errstr names the top-level field it is in, if any, and the byte.
 */
#ifndef SCHEMAS_JSON_SCAN_H
#define SCHEMAS_JSON_SCAN_H

#include <stddef.h>

#include "rc.h"

#define JSON_DEPTH_MAX 32
#define JSON_VALUE_MAX 1024
#define JSON_NUMBER_MAX (INT64_C(1) << 53)
#define JSON_NUMBER_TEXT_MAX_BYTES 32

/* text need not end in a NUL. */
enum rc json_scan(const char *text, size_t text_bytes, char *errstr, size_t errstr_bytes);

#endif
