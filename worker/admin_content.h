/* admin_content: header and body of a task, read from the record that holds them, for whoever looks at a task.
 *
 * Its client is opened by the first question: a worker that nobody asks has none.
 *
 * Memory:  admin_content_open() gives, admin_content_close() takes. params are borrowed until then.
 * Threads: any; one reads at a time, the others wait.
 */
#ifndef WORKER_ADMIN_CONTENT_H
#define WORKER_ADMIN_CONTENT_H

#include "buffer.h"
#include "coords.h"
#include "params.h"
#include "rc.h"
#include <stdbool.h>
#include <stddef.h>

struct admin_content;

void admin_content_open(const struct params *params, const char *client_id, struct admin_content **ret_content);
/* Ends what is being read. NULL is fine. */
void admin_content_close(struct admin_content *content);
/* Appends {"header":{name:value,...},"body":text}: a body that is no text goes as "body_base64", a task without one has
 * neither. Values are "***" unless reveals: they hold credentials. RC_NOT_FOUND: the record is no longer kept.
 * RC_UNAVAILABLE, RC_CORRUPT: errstr says why. */
enum rc admin_content_append(struct admin_content *content, const struct coords *coords, bool reveals,
                             struct buffer *json, char *errstr, size_t errstr_bytes);

#endif
