#include "alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

#define DIE_TEXT_MAX_BYTES 512

__attribute__((noreturn, format(printf, 2, 0))) static void end_process(int status, const char *format, va_list args)
{
    char why[DIE_TEXT_MAX_BYTES];

    vsnprintf(why, sizeof why, format, args);
    log_write(LOG_LEVEL_ERROR, "die", (const struct log_field[]){LOG_TEXT("why", why), LOG_NONE});
    _exit(status);
}

void die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    end_process(ALLOC_EXIT_STATUS, format, args);
}

void die_of_config(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    end_process(ALLOC_EXIT_CONFIG, format, args);
}

void *alloc_bytes(size_t byte_count)
{
    void *bytes = malloc(byte_count == 0 ? 1 : byte_count);

    if (bytes == NULL)
        die("out of memory: %zu bytes", byte_count);
    return bytes;
}

void *alloc_zeroed(size_t count, size_t element_bytes)
{
    void *elements = (count == 0 || element_bytes == 0) ? calloc(1, 1) : calloc(count, element_bytes);

    if (elements == NULL)
        die("out of memory: %zu x %zu bytes", count, element_bytes);
    return elements;
}

void *alloc_resize(void *old, size_t count, size_t element_bytes)
{
    void *elements = NULL;

    if (element_bytes != 0 && count > SIZE_MAX / element_bytes)
        die("out of memory: %zu x %zu bytes", count, element_bytes);
    /* realloc(p, 0) may free p and return NULL. */
    elements = realloc(old, count * element_bytes == 0 ? 1 : count * element_bytes);
    if (elements == NULL)
        die("out of memory: %zu x %zu bytes", count, element_bytes);
    return elements;
}

void *alloc_copy(const void *bytes, size_t byte_count)
{
    char *copy = NULL;

    if (byte_count == SIZE_MAX)
        die("out of memory: %zu bytes", byte_count);
    copy = alloc_bytes(byte_count + 1);
    if (byte_count > 0)
        memcpy(copy, bytes, byte_count);
    copy[byte_count] = '\0';
    return copy;
}

char *alloc_text(const char *text)
{
    return text == NULL ? NULL : alloc_copy(text, strlen(text));
}
