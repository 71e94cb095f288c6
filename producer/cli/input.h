/* input: files and standard input ("-"), whole or line by line, never more in memory than the limit.
 *
 * Memory:  the caller owns buffers and struct; input_close() frees, a zeroed one is fine.
 * Threads: one at a time.
 * Errors:  RC_INVALID: cannot be opened or read, errstr with path and reason; RC_TOO_LARGE; RC_NO_MEMORY.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "buffer.h"
#include "rc.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct input {
    FILE *stream;
    const char *path; /* as given, for messages */
    struct buffer line;
    int64_t line_number; /* of the line read last, from 1 */
};

enum rc input_open(const char *path, struct input *ret_input, char *errstr, size_t errstr_bytes);
void input_close(struct input *input);
/* The next line without its end, in input->line until the next call. RC_NOT_FOUND at the end of the file, no errstr. A
 * line over max_bytes is skipped to its end and is RC_TOO_LARGE; reading can go on. */
enum rc input_read_line(struct input *input, size_t max_bytes, char *errstr, size_t errstr_bytes);
/* Appends the whole file to buffer. */
enum rc input_read_file(const char *path, size_t max_bytes, struct buffer *buffer, char *errstr, size_t errstr_bytes);

#endif
