#include "admin_reply.h"

#include <string.h>

#define PROBLEM_TYPE "application/problem+json"

static const char *get_title(int http_status)
{
    switch (http_status) {
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 503:
        return "Service Unavailable";
    default:
        return "Error";
    }
}

void admin_reply_set_problem(struct admin_reply *reply, int http_status, const char *detail, size_t detail_bytes)
{
    const char *title = get_title(http_status);

    reply->http_status = http_status;
    reply->content_type = PROBLEM_TYPE;
    buffer_reset(&reply->body);
    buffer_append_text(&reply->body, "{\"type\":\"about:blank\",\"title\":");
    buffer_append_json_string(&reply->body, title, strlen(title));
    buffer_append_text(&reply->body, ",\"status\":");
    buffer_append_int64(&reply->body, http_status);
    buffer_append_text(&reply->body, ",\"detail\":");
    buffer_append_json_string(&reply->body, detail, detail_bytes);
    buffer_append_text(&reply->body, "}\n");
}

void admin_reply_set_problem_text(struct admin_reply *reply, int http_status, const char *detail)
{
    admin_reply_set_problem(reply, http_status, detail, strlen(detail));
}

void admin_reply_close(struct admin_reply *reply)
{
    buffer_close(&reply->body);
}
