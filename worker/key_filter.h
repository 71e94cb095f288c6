/* key_filter: whether a key may have been added before: a Bloom filter that spares a new database the reads that would
 * find nothing.
 *
 * A key that was added is always told; of those that were not, one in 50 is at a million keys, and more and more
 * beyond.
 *
 * Memory:  heap, 1 MiB; key_filter_new() gives, key_filter_free() takes.
 * Threads: one at a time.
 */
#ifndef WORKER_KEY_FILTER_H
#define WORKER_KEY_FILTER_H

#include <stdbool.h>
#include <stddef.h>

struct key_filter;

struct key_filter *key_filter_new(void);
/* NULL is fine. */
void key_filter_free(struct key_filter *filter);
/* Adds the key. False: it was not added before. */
bool key_filter_add(struct key_filter *filter, const char *key, size_t key_bytes);

#endif
