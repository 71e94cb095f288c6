/* task_get: `autohttp task get`, by business key or by id, with what the task sends if asked for.
 *
 * By key it asks the admin port of the worker that owns the key, by id that of any worker.
 *
 * Memory:  static tables.
 */
#ifndef CLI_TASK_GET_H
#define CLI_TASK_GET_H

#include "verb.h"

extern const struct verb_group task_get_verbs;

#endif
