/* excerpt: a short printable piece of foreign text, to be named in an error text.
 *
 * Everything but printable ASCII becomes '?', so that an errstr can go into logs, headers and JSON as it is.
 *
 * Memory:  written to the caller's buffer.
 * Threads: any.
 */
#ifndef SCHEMAS_EXCERPT_H
#define SCHEMAS_EXCERPT_H

#include <stddef.h>

#define EXCERPT_BYTES 65

/* At most 64 characters, the last three "..." if the text is longer. Returns buf. */
const char *excerpt_print(const char *text, size_t text_bytes, char buf[EXCERPT_BYTES]);

#endif
