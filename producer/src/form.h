/* form: name/value pairs as the body of a web form (application/x-www-form-urlencoded).
 *
 * Memory:  borrows the pairs; the buffer is the caller's, its failed allocation is told by buffer_is_ok().
 * Threads: any.
 */
#ifndef PRODUCER_FORM_H
#define PRODUCER_FORM_H

#include "buffer.h"
#include <stdbool.h>
#include <stddef.h>

/* pairs: name, value, name, value ...; 2 * pair_count texts. False if one of them is NULL. */
bool form_encode(const char *const *pairs, size_t pair_count, struct buffer *form);

#endif
