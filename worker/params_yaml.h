/* params_yaml: reads a YAML file into a struct params, refusing what params.def does not know.
 *
 * One document, a mapping. Duplicate keys are refused, which libyaml does not do; aliases are followed, merge keys are
 * not known. Values are texts, whether quoted or not; an empty plain one and null are no values.
 *
 * Memory:  fills the caller's struct, which may be half-filled on failure; params_close() it.
 * Threads: any.
 * Errors:  `file:line: name: why`.
 */
#ifndef WORKER_PARAMS_YAML_H
#define WORKER_PARAMS_YAML_H

#include "params.h"

/* params holds the defaults. */
enum rc params_yaml_read(const char *path, struct params *params, char *errstr, size_t errstr_bytes);

#endif
