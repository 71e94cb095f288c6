/* config_verbs: `autohttp config check`, `config print`, `version`: what this installation is set to, and is.
 *
 * Memory:  static tables.
 */
#ifndef CLI_CONFIG_VERBS_H
#define CLI_CONFIG_VERBS_H

#include "verb.h"

extern const struct verb_group config_verbs;

#endif
