/* alloc: heap memory for the worker; a failed allocation ends the process, so no call here returns NULL.
 *
 * Nothing is lost by dying: what matters is in Kafka, and the unit restarts the worker. Sizes that come from outside
 * are limited before they get here.
 *
 * Memory:  every alloc_* call gives; free with free().
 * Threads: any.
 * Errors:  none; die() logs and exits 70.
 */
#ifndef WORKER_ALLOC_H
#define WORKER_ALLOC_H

#include <stddef.h>

#define ALLOC_EXIT_STATUS 70 /* EX_SOFTWARE: restart me */
#define ALLOC_EXIT_CONFIG 78 /* EX_CONFIG: do not */

/* Logs `msg=die why="..."` and ends the process with 70, without atexit handlers: other threads may still run. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* The same with 78: what is wrong needs an operator, and a restart would find it again. */
void die_of_config(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* byte_count 0 gives one byte that may be freed. */
void *alloc_bytes(size_t byte_count);
/* count elements of element_bytes each, all zero; an overflowing product dies. */
void *alloc_zeroed(size_t count, size_t element_bytes);
/* Takes old (may be NULL), gives room for count elements; new bytes are not set. */
void *alloc_resize(void *old, size_t count, size_t element_bytes);
/* A copy of byte_count bytes, followed by a NUL that is not counted. bytes may be NULL when byte_count is 0. */
void *alloc_copy(const void *bytes, size_t byte_count);
/* A copy of a NUL-terminated text; NULL stays NULL. */
char *alloc_text(const char *text);

#endif
