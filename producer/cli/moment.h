/* moment: the clocks of the command, and points in time as people read them.
 *
 * Memory:  values.
 * Threads: any.
 * Time:    _time_ms and _time_us are wall clock since 1970; _mono_ms never jumps.
 */
#ifndef CLI_MOMENT_H
#define CLI_MOMENT_H

#include "rc.h"
#include <stddef.h>
#include <stdint.h>

#define MOMENT_TEXT_BYTES 48

int64_t moment_get_time_us(void);
int64_t moment_get_time_ms(void);
int64_t moment_get_mono_ms(void);
/* UTC, RFC 3339 with milliseconds: 2026-03-01T12:00:00.250Z; "-" for 0. buf has MOMENT_TEXT_BYTES. */
const char *moment_print(int64_t time_ms, char *buf);
/* Only the time of the day, UTC: 12:00:00.250. */
const char *moment_print_clock(int64_t time_ms, char *buf);
/* Reads RFC 3339 in UTC (2026-03-01T12:00:00Z, decimals allowed) or Unix seconds. RC_INVALID quoting the text. */
enum rc moment_parse(const char *text, int64_t *ret_time_ms, char *errstr, size_t errstr_bytes);

#endif
