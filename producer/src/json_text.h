/* json_text: whether a text is one JSON value by RFC 8259, nothing around it but white space.
 *
 * For bodies, which belong to the endpoint: numbers of any size and precision, any value at the top, unlike the
 * contracts' own JSON (json_scan.h). Refused beyond the grammar: invalid UTF-8, a byte order mark, more than
 * JSON_TEXT_DEPTH_MAX levels.
 *
 * Memory:  allocates nothing; recursion is bounded.
 * Threads: any.
 * Errors:  RC_INVALID, errstr naming the byte.
 */
#ifndef PRODUCER_JSON_TEXT_H
#define PRODUCER_JSON_TEXT_H

#include "rc.h"
#include <stddef.h>

#define JSON_TEXT_DEPTH_MAX 128

/* text need not end in a NUL. */
enum rc json_text_check(const char *text, size_t text_bytes, char *errstr, size_t errstr_bytes);

#endif
