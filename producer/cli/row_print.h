/* row_print: a row for people, one field a line.
 *
 * Memory:  borrows.
 * Threads: one at a time.
 * Errors:  as row_decode().
 */
#ifndef CLI_ROW_PRINT_H
#define CLI_ROW_PRINT_H

#include "rc.h"
#include <stddef.h>

enum rc row_print(const char *json, size_t json_bytes, char *errstr, size_t errstr_bytes);

#endif
