/* courier_headers: the lines of http_lines.h for one request, as the list that curl takes.
 *
 * Lines and list nodes lie in two blocks that are kept from task to task, so that a request costs no allocation for
 * them. curl only reads the list.
 *
 * Memory:  the caller owns the struct; a zeroed one is empty; courier_headers_close() frees.
 * Threads: the loop's.
 */
#ifndef WORKER_COURIER_HEADERS_H
#define WORKER_COURIER_HEADERS_H

#include "buffer.h"
#include "courier.h"
#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

struct courier_headers {
    struct buffer lines;
    struct curl_slist *nodes; /* one for each line, linked in order */
    size_t node_cap;
};

/* Replaces what was there. has_content: curl will send a body, even if an empty one. The list is valid until the next
 * call. */
struct curl_slist *courier_headers_set(struct courier_headers *headers, const struct courier_request *request,
                                       bool has_content);
void courier_headers_close(struct courier_headers *headers);

#endif
