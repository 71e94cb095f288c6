/* params_kafka: the entries of `kafka`, passed to librdkafka in their order.
 *
 * Refused are keys that the worker itself controls, by name and with the reason. A secret may come from a file: the key
 * sasl.password_file sets sasl.password to that file's content.
 *
 * Memory:  entries belong to the struct params.
 * Threads: one at a time.
 * Errors:  texts say only why; the caller puts file, line and name in front.
 */
#ifndef WORKER_PARAMS_KAFKA_H
#define WORKER_PARAMS_KAFKA_H

#include "params.h"

#define PARAMS_KAFKA_SECRET_MAX_BYTES ((size_t)64 * 1024)

/* Adds an entry behind the others, from a key as it stands in the file. Reads the file of a <key>_file. */
enum rc params_kafka_add(struct params *params, const char *key, const char *value, struct params_source source,
                         char *why, size_t why_bytes);
/* Sets a key that is no secret, in its place if it is there already. */
enum rc params_kafka_set(struct params *params, const char *key, const char *value, struct params_source source,
                         char *why, size_t why_bytes);
void params_kafka_close(struct params *params);

#endif
