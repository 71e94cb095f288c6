/* row_table: rows for people, one a line, in columns wide enough for most: a list may be long and is printed as it
 * comes.
 *
 * Control characters are shown as `?`, so that a row is one line; of a URL the query is left out: it may hold secrets.
 *
 * Memory:  borrows; appends to the caller's buffer.
 * Threads: any.
 */
#ifndef CLI_ROW_TABLE_H
#define CLI_ROW_TABLE_H

#include "buffer.h"
#include "row_json.h"

void row_table_print_head(struct buffer *buffer);
void row_table_print_row(const struct row *row, struct buffer *buffer);

#endif
