/* start_check: what keeps a worker from starting with its settings, though each of them reads well.
 *
 * Nothing is left behind: folders and the file that are made to try are removed again.
 *
 * Memory:  borrows.
 * Threads: any.
 * Errors:  RC_INVALID, errstr `file:line: name: why`, or `name: why` for what stands in no file.
 */
#ifndef CLI_START_CHECK_H
#define CLI_START_CHECK_H

#include "params.h"
#include "rc.h"
#include <stddef.h>

/* Whether librdkafka takes every entry of `kafka`. */
enum rc start_check_kafka(const struct params *params, char *errstr, size_t errstr_bytes);
/* Whether state_dir is there, or can be made, and can be written, by whoever runs this. */
enum rc start_check_state_dir(const struct params *params, char *errstr, size_t errstr_bytes);

#endif
