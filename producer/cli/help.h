/* help: what `autohttp --help` prints, from the catalog. Examples come first.
 *
 * Memory:  borrows.
 * Threads: one at a time.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "exits.h"
#include "verb.h"

/* Each prints to stdout and returns EXIT_CODE_OK. */
enum exit_code help_print_all(void);
/* All verbs whose first word is this one. */
enum exit_code help_print_group(const char *first_word);
enum exit_code help_print_verb(const struct verb *verb);
/* For a command line without a verb: the short list on stderr, and EXIT_CODE_USAGE. */
enum exit_code help_refuse_nothing(void);

#endif
