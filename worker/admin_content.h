/* admin_content: header and body of a task, read from the record that holds them, for whoever looks at a task.
 *
 * Its client is opened by the first question: a worker that nobody asks has none. When the brokers are silent a read
 * waits some seconds for them; those behind it, and all of the next ADMIN_CONTENT_PAUSE_MS, fail with its reason at
 * once, so that no more than one of the server's threads is held.
 *
 * Memory:  admin_content_open() gives, admin_content_close() takes. params are borrowed until then.
 * Threads: any; one reads at a time, the others wait. admin_content_close() when none is in it any more.
 */
#ifndef WORKER_ADMIN_CONTENT_H
#define WORKER_ADMIN_CONTENT_H

#include "buffer.h"
#include "coords.h"
#include "params.h"
#include "rc.h"
#include <stdbool.h>
#include <stddef.h>

#define ADMIN_CONTENT_PAUSE_MS 1000

struct admin_content;

void admin_content_open(const struct params *params, const char *client_id, struct admin_content **ret_content);
/* Ends the read under way; from now on every call is RC_UNAVAILABLE. NULL is fine. */
void admin_content_shut(struct admin_content *content);
/* Waits for the client's threads. NULL is fine. */
void admin_content_close(struct admin_content *content);
/* Appends {"header":{name:value,...},"body":text}: a body that is no text goes as "body_base64", a task without one has
 * neither. Values are "***" unless reveals: they hold credentials. key: the business key whose task it must be, since
 * in a topic that was made anew another task may lie at these coordinates. RC_NOT_FOUND: the record is no longer kept.
 * RC_UNAVAILABLE, RC_CORRUPT: errstr says why, always. */
enum rc admin_content_append(struct admin_content *content, const struct coords *coords, const char *key, bool reveals,
                             struct buffer *json, char *errstr, size_t errstr_bytes);

#endif
