/* say: messages for people, on stderr. Data goes to stdout and not through here.
 *
 * Every line begins with the command's name, so that it can be told apart in a script's output.
 *
 * Memory:  borrows its arguments.
 * Threads: any; one call is one write.
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include "exits.h"
#include "rc.h"

#define SAY_ERRSTR_BYTES 512

/* Prints one line. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Prints one line and returns code, so that a failure is one statement. */
enum exit_code say_fail(enum exit_code code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* For a failed call: "what: errstr", or what went wrong by the name of rc if it left no text. */
enum exit_code say_rc(enum rc rc, const char *what, const char *errstr);

#endif
