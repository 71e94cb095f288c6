/* task_words: the words TYPE ID of the verbs that name one task.
 *
 * Memory:  borrows.
 * Threads: one at a time.
 */
#ifndef CLI_TASK_WORDS_H
#define CLI_TASK_WORDS_H

#include "exits.h"

/* Says on stderr what cannot be a business key. */
enum exit_code task_words_check(const char *business_type, const char *business_id);

#endif
