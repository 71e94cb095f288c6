/* transfer_headers: the header lines of an inline call, as the list that curl takes.
 *
 * The same lines as a worker sends (worker/courier_headers.h): Idempotency-Key in quotes, Autohttp-Attempt: 1, the
 * task's own; no Content-Type that the task did not name, and no Expect.
 *
 * Memory:  the caller owns the struct; a zeroed one is empty; transfer_headers_close() frees, twice is safe.
 * Threads: one at a time.
 */
#ifndef PRODUCER_TRANSFER_HEADERS_H
#define PRODUCER_TRANSFER_HEADERS_H

#include "buffer.h"
#include "task_json.h"
#include <curl/curl.h>
#include <stdbool.h>

struct transfer_headers {
    struct curl_slist *list;
};

/* False if there is no memory. */
bool transfer_headers_set(struct transfer_headers *headers, const struct task *task, const char *idempotency_key);
void transfer_headers_close(struct transfer_headers *headers);
/* Whether the request announces a length of content, even of none (RFC 9110, 8.6). */
bool transfer_headers_expects_content(const struct task *task);

#endif
