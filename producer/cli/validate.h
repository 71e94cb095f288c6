/* validate: `autohttp validate`: judges tasks in files as library and worker would, without a broker.
 *
 * Memory:  static tables.
 */
#ifndef CLI_VALIDATE_H
#define CLI_VALIDATE_H

#include "verb.h"

extern const struct verb_group validate_verbs;

#endif
