/* random: bits that nobody can guess, from the system; the one place of the library that draws any.
 *
 * Memory:  the caller's buffer.
 * Threads: any.
 */
#ifndef PRODUCER_RANDOM_H
#define PRODUCER_RANDOM_H

#include "autohttp.h"
#include <stddef.h>

/* AUTOHTTP_UNAVAILABLE if the system gives none (a sandbox without getrandom); ret_bytes is then undefined. */
enum autohttp_rc random_fill(void *ret_bytes, size_t byte_count);

#endif
