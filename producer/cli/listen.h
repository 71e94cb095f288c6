/* listen: `autohttp listen`: an HTTP endpoint for trying things, with scripted answers (script.h).
 *
 * Memory:  static tables.
 */
#ifndef CLI_LISTEN_H
#define CLI_LISTEN_H

#include "verb.h"

extern const struct verb_group listen_verbs;

#endif
