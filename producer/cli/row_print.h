/* row_print: a row for people, one field a line; below it what the task sends, if the answer has that.
 *
 * Memory:  borrows.
 * Threads: one at a time.
 * Errors:  as detail_decode().
 */
#ifndef CLI_ROW_PRINT_H
#define CLI_ROW_PRINT_H

#include "rc.h"
#include <stddef.h>

enum rc row_print(const char *json, size_t json_bytes, char *errstr, size_t errstr_bytes);

#endif
