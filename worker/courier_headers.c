#include "courier_headers.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "http_lines.h"

#define KEPT_BYTES ((size_t)16 * 1024)

static struct curl_slist *link_lines(struct courier_headers *headers, size_t count)
{
    char *line = headers->lines.data;

    if (count > headers->node_cap) {
        headers->nodes = alloc_resize(headers->nodes, count, sizeof *headers->nodes);
        headers->node_cap = count;
    }
    for (size_t i = 0; i < count; i++) {
        headers->nodes[i] = (struct curl_slist){.data = line, .next = i + 1 < count ? &headers->nodes[i + 1] : NULL};
        line += strlen(line) + 1;
    }
    return headers->nodes;
}

struct curl_slist *courier_headers_set(struct courier_headers *headers, const struct courier_request *request,
                                       bool has_content)
{
    const struct http_lines_source source = {
        .idempotency_key = request->idempotency_key,
        .attempt = request->attempt,
        .headers = request->headers,
        .header_count = request->header_count,
        .has_content = has_content,
    };
    size_t count = 0;

    if (headers->lines.cap_bytes > KEPT_BYTES)
        buffer_close(&headers->lines);
    buffer_reset(&headers->lines);
    count = http_lines_print(&source, &headers->lines);
    if (!buffer_is_ok(&headers->lines))
        die("out of memory: header lines of a request");
    return link_lines(headers, count);
}

void courier_headers_close(struct courier_headers *headers)
{
    buffer_close(&headers->lines);
    free(headers->nodes);
    *headers = (struct courier_headers){0};
}
