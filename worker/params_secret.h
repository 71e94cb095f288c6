/* params_secret: secrets that stand in files of their own, and warnings of those that others may read.
 *
 * Memory:  a secret read is the caller's, for params_secret_free().
 * Threads: one at a time.
 * Errors:  texts say only why; the caller puts file, line and name in front.
 */
#ifndef WORKER_PARAMS_SECRET_H
#define WORKER_PARAMS_SECRET_H

#include <stddef.h>

#include "params.h"

#define PARAMS_SECRET_TOKEN_MAX_BYTES ((size_t)1024)

/* The file's content without its last newline; warns of a mode that lets others at it. RC_INVALID: no regular file that
 * can be read, empty, longer than max_bytes, or with a NUL byte. */
enum rc params_secret_read(struct params *params, const char *path, size_t max_bytes, char **ret_text, char *why,
                           size_t why_bytes);
/* The first line of the file, which must be a token as RFC 6750 has it, in a file of at most
 * PARAMS_SECRET_TOKEN_MAX_BYTES. */
enum rc params_secret_read_token(struct params *params, const char *path, char **ret_token, char *why,
                                 size_t why_bytes);
/* Wipes and frees; NULL is fine. */
void params_secret_free(char *secret);
/* Adds a text to params->warnings. */
enum rc params_secret_warn(struct params *params, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
