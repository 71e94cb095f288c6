/* task_list: `autohttp task list`: the unsettled tasks, those to clean, or those that filters name, of all partitions.
 *
 * Pages are asked of one worker, which asks the owners of the others' partitions, and are printed as they come.
 * Partitions whose owner could not be asked are named on stderr at the end, and the exit code is then 69.
 *
 * Memory:  static tables.
 */
#ifndef CLI_TASK_LIST_H
#define CLI_TASK_LIST_H

#include "verb.h"

extern const struct verb_group task_list_verbs;

#endif
