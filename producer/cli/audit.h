/* audit: the verb `audit`: what became of every task that was published in a range of time.
 *
 * Memory:  tables are static.
 * Threads: one at a time.
 */
#ifndef CLI_AUDIT_H
#define CLI_AUDIT_H

#include "verb.h"

extern const struct verb_group audit_verbs;

#endif
