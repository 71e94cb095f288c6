#include "courier_headers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "invariant.h"

#define FIXED_LINE_COUNT 4 /* Idempotency-Key, Autohttp-Attempt, Content-Type, Expect */
#define FIXED_LINES_BYTES 128
#define KEPT_BYTES ((size_t)16 * 1024)
#define EXPECT_BODY_BYTES ((size_t)512 * 1024) /* curl waits for a 100 Continue only with larger bodies than this */

static size_t get_lines_max_bytes(const struct courier_request *request)
{
    /* The key may double by its escapes. */
    size_t bytes = FIXED_LINES_BYTES + 2 * strlen(request->idempotency_key);

    for (size_t i = 0; i < request->header_count; i++)
        bytes += strlen(request->headers[i].name) + strlen(request->headers[i].value) + sizeof ": ";
    return bytes;
}

static void make_room(struct courier_headers *headers, const struct courier_request *request)
{
    size_t bytes = get_lines_max_bytes(request);
    size_t count = request->header_count + FIXED_LINE_COUNT;

    if (bytes > headers->lines_cap_bytes || (headers->lines_cap_bytes > KEPT_BYTES && bytes <= KEPT_BYTES)) {
        headers->lines = alloc_resize(headers->lines, bytes, 1);
        headers->lines_cap_bytes = bytes;
    }
    if (count > headers->node_cap) {
        headers->nodes = alloc_resize(headers->nodes, count, sizeof *headers->nodes);
        headers->node_cap = count;
    }
    headers->lines_bytes = 0;
    headers->node_count = 0;
    headers->has_content_type = false;
}

static void put(struct courier_headers *headers, const char *bytes, size_t byte_count)
{
    INVARIANT(headers->lines_bytes + byte_count <= headers->lines_cap_bytes);
    memcpy(headers->lines + headers->lines_bytes, bytes, byte_count);
    headers->lines_bytes += byte_count;
}

static void put_text(struct courier_headers *headers, const char *text)
{
    put(headers, text, strlen(text));
}

static void begin_line(struct courier_headers *headers)
{
    struct curl_slist *node = &headers->nodes[headers->node_count];

    INVARIANT(headers->node_count < headers->node_cap);
    *node = (struct curl_slist){.data = headers->lines + headers->lines_bytes};
    if (headers->node_count > 0)
        headers->nodes[headers->node_count - 1].next = node;
    headers->node_count++;
}

static void end_line(struct courier_headers *headers)
{
    put(headers, "", 1);
}

static void put_line(struct courier_headers *headers, const char *line)
{
    begin_line(headers);
    put_text(headers, line);
    end_line(headers);
}

static void put_task_header(struct courier_headers *headers, const struct task_header *header)
{
    begin_line(headers);
    put_text(headers, header->name);
    /* "Name:" without a value would make curl leave the header out. */
    if (header->value[strspn(header->value, " \t")] == '\0') {
        put_text(headers, ";");
    } else {
        put_text(headers, ": ");
        put_text(headers, header->value);
    }
    end_line(headers);
    if (strcasecmp(header->name, "Content-Type") == 0)
        headers->has_content_type = true;
}

static void put_idempotency_key(struct courier_headers *headers, const char *key)
{
    begin_line(headers);
    put_text(headers, "Idempotency-Key: \"");
    for (; *key != '\0'; key++) {
        if (*key == '"' || *key == '\\')
            put(headers, "\\", 1);
        put(headers, key, 1);
    }
    put(headers, "\"", 1);
    end_line(headers);
}

static void put_attempt(struct courier_headers *headers, uint32_t attempt)
{
    char line[sizeof "Autohttp-Attempt: 4294967295"];

    snprintf(line, sizeof line, "Autohttp-Attempt: %u", attempt);
    put_line(headers, line);
}

struct curl_slist *courier_headers_set(struct courier_headers *headers, const struct courier_request *request,
                                       bool has_content)
{
    make_room(headers, request);
    put_idempotency_key(headers, request->idempotency_key);
    put_attempt(headers, request->attempt);
    for (size_t i = 0; i < request->header_count; i++)
        put_task_header(headers, &request->headers[i]);
    /* curl would call any body a web form. */
    if (has_content && !headers->has_content_type)
        put_line(headers, "Content-Type:");
    if (request->body_bytes > EXPECT_BODY_BYTES)
        put_line(headers, "Expect:");
    return headers->nodes;
}

void courier_headers_close(struct courier_headers *headers)
{
    free(headers->lines);
    free(headers->nodes);
    *headers = (struct courier_headers){0};
}
