/* base64: RFC 4648 section 4, strict: padded, no white space, unused bits zero, so every text has one meaning.
 *
 * Memory:  written to the caller's buffer.
 * Threads: any.
 */
#ifndef SCHEMAS_BASE64_H
#define SCHEMAS_BASE64_H

#include <stddef.h>

#include "rc.h"

#define BASE64_TEXT_BYTES(byte_count) (((byte_count) + 2) / 3 * 4) /* without a NUL */

/* Writes BASE64_TEXT_BYTES(byte_count) characters and no NUL. */
void base64_encode(const void *bytes, size_t byte_count, char *ret_text);
/* ret_bytes has room for text_bytes / 4 * 3. RC_INVALID, ret_bytes undefined, if the text is not base64. */
enum rc base64_decode(const char *text, size_t text_bytes, char *ret_bytes, size_t *ret_byte_count);

#endif
