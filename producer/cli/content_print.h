/* content_print: headers and body of a task for people, below its row.
 *
 *   header     Content-Type: ***
 *   body       17 bytes
 *
 *   {"amount": 12.50}
 *
 * A body that is no text, or has control characters that a terminal would obey, is printed as base64.
 *
 * Memory:  borrows; appends to the caller's buffer, nothing if the answer has no content and no reason for that.
 * Threads: any.
 */
#ifndef CLI_CONTENT_PRINT_H
#define CLI_CONTENT_PRINT_H

#include "buffer.h"
#include "detail_json.h"

void content_print(const struct detail *detail, struct buffer *buffer);

#endif
