/* text: a caller's text, a pointer with a length or AUTOHTTP_TEXT, copied so that a NUL ends it.
 *
 * Memory:  text_copy() gives; free with free().
 * Threads: any.
 */
#ifndef PRODUCER_TEXT_H
#define PRODUCER_TEXT_H

#include "autohttp.h"
#include <stddef.h>

/* AUTOHTTP_INVALID for NULL or a NUL inside, AUTOHTTP_NO_MEMORY. */
enum autohttp_rc text_copy(const char *text, size_t text_bytes, char **ret_copy);
/* Any bytes, a NUL behind them; NULL if there is no memory. */
void *text_copy_bytes(const void *bytes, size_t byte_count);

#endif
