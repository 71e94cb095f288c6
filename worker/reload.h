/* reload: reads the configuration again in a running worker, as SIGHUP asks.
 *
 * Settings marked RELOAD in params.def take their new values at once; those that differ and need a restart are named
 * in the log and keep their old ones. A file that cannot be read or is refused changes nothing: the worker goes on with
 * what it has, and the log says why.
 *
 * Threads: the loop's, between turns: whoever reads a setting twice in a turn sees one value.
 */
#ifndef WORKER_RELOAD_H
#define WORKER_RELOAD_H

#include "params.h"

/* Reads params->file anew. */
void reload_params(struct params *params);

#endif
