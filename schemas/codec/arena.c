#include "arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

bool arena_init(struct arena *arena, size_t cap_bytes)
{
    arena->base = malloc(cap_bytes + 1); /* never 0 bytes */
    arena->used_bytes = 0;
    arena->cap_bytes = arena->base != NULL ? cap_bytes : 0;
    return arena->base != NULL;
}

static char *cut(struct arena *arena, size_t byte_count)
{
    char *piece = arena->base + arena->used_bytes;

    if (byte_count > arena->cap_bytes - arena->used_bytes)
        return NULL;
    arena->used_bytes += byte_count;
    return piece;
}

void *arena_take(struct arena *arena, size_t byte_count)
{
    size_t misfit = arena->used_bytes % alignof(max_align_t);

    if (misfit != 0 && cut(arena, alignof(max_align_t) - misfit) == NULL)
        return NULL;
    return cut(arena, byte_count);
}

char *arena_copy_text(struct arena *arena, const char *text, size_t text_bytes)
{
    char *copy = cut(arena, text_bytes + 1);

    if (copy == NULL)
        return NULL;
    memcpy(copy, text, text_bytes);
    copy[text_bytes] = '\0';
    return copy;
}
