/* topics_verbs: `autohttp topics plan`, `apply`, `check`: the topics as they must be, against the broker's.
 *
 * A partition count is never changed: who owns a key would change with it. Tiers on the broker that no schedule names
 * any more are only checked for their partition count, since records may still lie in them.
 *
 * Memory:  static tables.
 */
#ifndef CLI_TOPICS_VERBS_H
#define CLI_TOPICS_VERBS_H

#include "verb.h"

extern const struct verb_group topics_verbs;

#endif
