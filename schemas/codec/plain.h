/* plain: the run of ASCII that a JSON string holds as it is, found eight bytes at a time: most of most bodies.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef SCHEMAS_PLAIN_H
#define SCHEMAS_PLAIN_H

#include <stddef.h>

/* How many bytes at the start of text are neither a control, nor " nor \, nor above 0x7f. */
size_t plain_get_run_bytes(const char *text, size_t text_bytes);

#endif
