/* arena: one block from which the texts and arrays of a decoded record are cut.
 *
 * Memory:  arena_init() allocates; the base goes to the decoded struct's block and is freed with free().
 * Threads: one at a time.
 * Errors:  a cut that does not fit gives NULL; who sized the block well never sees that.
 */
#ifndef SCHEMAS_ARENA_H
#define SCHEMAS_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena {
    char *base;
    size_t used_bytes;
    size_t cap_bytes;
};

/* False if the allocation failed. */
bool arena_init(struct arena *arena, size_t cap_bytes);
/* Aligned for any object. Take these before texts, which are cut without gaps. */
void *arena_take(struct arena *arena, size_t byte_count);
/* A copy with a NUL behind it. */
char *arena_copy_text(struct arena *arena, const char *text, size_t text_bytes);

#endif
