/* utf8: where a well-formed UTF-8 sequence ends (Unicode 15, table 3-7: no overlong forms, no surrogates).
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef SCHEMAS_UTF8_H
#define SCHEMAS_UTF8_H

#include <stddef.h>

/* Bytes (1..4) of the sequence that starts at text; 0 if text_bytes is 0 or what is there is not well-formed. */
size_t utf8_get_sequence_bytes(const char *text, size_t text_bytes);
/* The longest prefix of text that is at most max_bytes long and does not cut a sequence; text must be well-formed. */
size_t utf8_get_cut_bytes(const char *text, size_t text_bytes, size_t max_bytes);

#endif
