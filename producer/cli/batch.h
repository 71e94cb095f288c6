/* batch: publishes the tasks of an NDJSON file, one a line, or only judges them.
 *
 * A bad line is told with its number and passed over. With JSON, stdout has one object a line of the input in the order
 * of the answers, and a summary at the end; progress and errors go to stderr.
 *
 * Memory:  borrows.
 * Threads: one at a time.
 */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include "exits.h"
#include "settings.h"
#include <stdbool.h>

/* EXIT_CODE_DATA if a line was bad; else what the first failed publish means; else EXIT_CODE_OK. */
enum exit_code batch_run(const struct settings *settings, const char *path, bool is_dry_run, bool is_json);

#endif
