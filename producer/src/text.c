#include "text.h"

#include <stdlib.h>
#include <string.h>

void *text_copy_bytes(const void *bytes, size_t byte_count)
{
    char *copy = NULL;

    if (byte_count == SIZE_MAX) {
        return NULL;
    }
    copy = malloc(byte_count + 1);
    if (copy == NULL) {
        return NULL;
    }
    if (byte_count > 0) {
        memcpy(copy, bytes, byte_count);
    }
    copy[byte_count] = '\0';
    return copy;
}

enum autohttp_rc text_copy(const char *text, size_t text_bytes, char **ret_copy)
{
    char *copy = NULL;

    if (text == NULL) {
        return AUTOHTTP_INVALID;
    }
    if (text_bytes == AUTOHTTP_TEXT) {
        text_bytes = strlen(text);
    }
    if (memchr(text, '\0', text_bytes) != NULL) {
        return AUTOHTTP_INVALID;
    }
    copy = text_copy_bytes(text, text_bytes);
    if (copy == NULL) {
        return AUTOHTTP_NO_MEMORY;
    }
    *ret_copy = copy;
    return AUTOHTTP_OK;
}
