/* tail: `autohttp tail`: records of the topics as they come, or all there are.
 *
 * Memory:  static tables.
 */
#ifndef CLI_TAIL_H
#define CLI_TAIL_H

#include "verb.h"

extern const struct verb_group tail_verbs;

#endif
