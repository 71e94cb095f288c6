/* send: `autohttp send`: one task from options, or many from NDJSON (batch.h).
 *
 * Memory:  static tables.
 */
#ifndef CLI_SEND_H
#define CLI_SEND_H

#include "verb.h"

extern const struct verb_group send_verbs;

#endif
