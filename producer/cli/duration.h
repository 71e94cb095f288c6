/* duration: waits as people write them: 500ms, 1.5s, 30, 5m, 1h30m, 1d, and lists: 1m,5m,30m.
 *
 * A bare number is seconds. At most three decimals, and never finer than a millisecond.
 *
 * Memory:  values.
 * Threads: any.
 * Errors:  RC_INVALID, errstr quoting the text; RC_TOO_LARGE above max_ms or with too many waits.
 */
#ifndef CLI_DURATION_H
#define CLI_DURATION_H

#include "rc.h"
#include <stddef.h>
#include <stdint.h>

#define DURATION_TEXT_BYTES 32

enum rc duration_parse(const char *text, int64_t max_ms, int64_t *ret_ms, char *errstr, size_t errstr_bytes);
/* Waits apart by commas, at least one; ret_ms has room for wait_max. */
enum rc duration_parse_list(const char *text, int64_t max_ms, size_t wait_max, int64_t *ret_ms, size_t *ret_count,
                            char *errstr, size_t errstr_bytes);
/* The shortest exact form, as read back by duration_parse(): 1500 -> 1.5s, 60000 -> 1m, 90000 -> 90s, 250 -> 250ms.
 * buf has DURATION_TEXT_BYTES. */
const char *duration_print(int64_t value_ms, char *buf);

#endif
