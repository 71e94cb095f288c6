/* task_verbs: `autohttp task stop`, `retry`, `delete`, by business key.
 *
 * Each publishes a command and waits for the event that answers it; a command whose answer does not come in time stays
 * in its topic and is still carried out.
 *
 * Memory:  static tables.
 */
#ifndef CLI_TASK_VERBS_H
#define CLI_TASK_VERBS_H

#include "verb.h"

extern const struct verb_group task_verbs;

#endif
