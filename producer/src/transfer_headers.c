#include "transfer_headers.h"

#include <string.h>
#include <strings.h>

static bool append_line(struct transfer_headers *headers, const char *line)
{
    struct curl_slist *grown = curl_slist_append(headers->list, line);

    if (grown == NULL) {
        return false;
    }
    headers->list = grown;
    return true;
}

static bool append_buffer(struct transfer_headers *headers, struct buffer *line)
{
    bool is_ok = buffer_is_ok(line) && append_line(headers, line->data);

    buffer_close(line);
    return is_ok;
}

static bool append_idempotency_key(struct transfer_headers *headers, const char *key)
{
    struct buffer line = {0};

    buffer_append_text(&line, "Idempotency-Key: \"");
    for (; *key != '\0'; key++) {
        if (*key == '"' || *key == '\\') {
            buffer_append_char(&line, '\\');
        }
        buffer_append_char(&line, *key);
    }
    buffer_append_char(&line, '"');
    return append_buffer(headers, &line);
}

static bool append_task_header(struct transfer_headers *headers, const struct task_header *header)
{
    struct buffer line = {0};

    buffer_append_text(&line, header->name);
    /* "Name:" without a value would make curl leave the header out. */
    if (header->value[strspn(header->value, " \t")] == '\0') {
        buffer_append_char(&line, ';');
    } else {
        buffer_append_text(&line, ": ");
        buffer_append_text(&line, header->value);
    }
    return append_buffer(headers, &line);
}

bool transfer_headers_expects_content(const struct task *task)
{
    return task->has_body || strcmp(task->method, "POST") == 0 || strcmp(task->method, "PUT") == 0 ||
           strcmp(task->method, "PATCH") == 0;
}

bool transfer_headers_set(struct transfer_headers *headers, const struct task *task, const char *idempotency_key)
{
    bool has_content_type = false;

    if (!append_idempotency_key(headers, idempotency_key) || !append_line(headers, "Autohttp-Attempt: 1")) {
        return false;
    }
    for (size_t i = 0; i < task->header_count; i++) {
        has_content_type = has_content_type || strcasecmp(task->headers[i].name, "Content-Type") == 0;
        if (!append_task_header(headers, &task->headers[i])) {
            return false;
        }
    }
    /* curl would call any body a web form. */
    if (transfer_headers_expects_content(task) && !has_content_type && !append_line(headers, "Content-Type:")) {
        return false;
    }
    return append_line(headers, "Expect:");
}

void transfer_headers_close(struct transfer_headers *headers)
{
    curl_slist_free_all(headers->list);
    headers->list = NULL;
}
