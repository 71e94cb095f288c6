#include "endpoint_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct mode modes[] = {
    {"hang", "", NULL, HANG, 0},
    {"close", "", NULL, CLOSE, 0},
    {"reset", "", NULL, RESET, 0},
    {"cut", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it", NULL, CLOSE, 200},
    {"stub", "HTTP/1.1 200 OK\r\nContent-Le", NULL, CLOSE, 0},
    {"garbage", "220 this is not the protocol you expect\r\n\r\n", NULL, CLOSE, 0},
    {"endless", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "40\r\n" X64 "\r\n", KEEP, 200},
    {"heads", "HTTP/1.1 200 OK\r\n", "X-Fill: " X64 "\r\n", KEEP, 0},
    {"informational", "", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", KEEP, 0},
};

const struct mode script_normal = {"", NULL, NULL, KEEP, 200};

static uint64_t hash_bytes(uint64_t hash, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)data[i]) * UINT64_C(1099511628211);
    return hash;
}

bool script_get_header(const char *head, const char *name, char *buf, size_t buf_bytes)
{
    size_t name_bytes = strlen(name);
    const char *line = strstr(head, "\r\n");

    for (; line != NULL && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
        const char *value = line + 2 + name_bytes;
        size_t value_bytes;

        if (strncasecmp(line + 2, name, name_bytes) != 0 || *value != ':')
            continue;
        value += 1 + strspn(value + 1, " \t");
        value_bytes = strcspn(value, "\r");
        snprintf(buf, buf_bytes, "%.*s", (int)value_bytes, value);
        return true;
    }
    return false;
}

uint64_t script_get_hash(const char *head, const char *body, size_t body_bytes)
{
    static const char attempt[] = "Autohttp-Attempt:";
    uint64_t hash = UINT64_C(14695981039346656037);
    const char *line = head;

    while (*line != '\r') {
        size_t line_bytes = strcspn(line, "\r") + 2;

        if (strncasecmp(line, attempt, sizeof attempt - 1) != 0)
            hash = hash_bytes(hash, line, line_bytes);
        line += line_bytes;
    }
    return hash_bytes(hash, body, body_bytes);
}

static void unquote(char *text)
{
    size_t len = strlen(text);

    if (len < 2 || text[0] != '"' || text[len - 1] != '"')
        return;
    memmove(text, text + 1, len - 2);
    text[len - 2] = '\0';
}

const char *script_get_query(const char *path, const char *name, size_t *ret_bytes)
{
    size_t name_bytes = strlen(name);
    const char *at = strchr(path, '?');

    for (; at != NULL; at = strchr(at + 1, '&')) {
        if (strncmp(at + 1, name, name_bytes) != 0 || at[1 + name_bytes] != '=')
            continue;
        at += 2 + name_bytes;
        *ret_bytes = strcspn(at, "&");
        return at;
    }
    return NULL;
}

static int pick_status(const char *list, unsigned long attempt)
{
    int status = (int)strtol(list, NULL, 10);

    for (unsigned long i = 1; i < attempt; i++) {
        list += strspn(list, "0123456789");
        if (*list != ',')
            break;
        list++;
        status = (int)strtol(list, NULL, 10);
    }
    return status;
}

static const struct mode *pick_mode(const char *path)
{
    size_t name_bytes = strcspn(path + 1, "?/");

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strlen(modes[i].name) == name_bytes && strncmp(modes[i].name, path + 1, name_bytes) == 0)
            return &modes[i];
    }
    return &script_normal;
}

long script_plan(struct request *request, const char *statuses, long delay_ms)
{
    const char *path = request->path;
    size_t value_bytes;
    const char *value;

    if (strncmp(path, "/s/", 3) == 0)
        statuses = path + 3;
    if (strncmp(path, "/d/", 3) == 0)
        delay_ms = strtol(path + 3, NULL, 10);
    if ((value = script_get_query(path, "respond", &value_bytes)) != NULL)
        statuses = value;
    if ((value = script_get_query(path, "delay", &value_bytes)) != NULL)
        delay_ms = strtol(value, NULL, 10);
    request->mode = pick_mode(path);
    request->status = request->mode == &script_normal ? pick_status(statuses, request->attempt) : request->mode->status;
    return delay_ms;
}

static bool read_request_line(struct request *request, const char *head)
{
    size_t method_bytes = strcspn(head, " \r");
    const char *path = head + method_bytes + 1;
    size_t path_bytes = strcspn(path, " \r");

    if (head[method_bytes] != ' ' || method_bytes >= sizeof request->method || path[0] != '/')
        return false;
    snprintf(request->method, sizeof request->method, "%.*s", (int)method_bytes, head);
    request->path = strndup(path, path_bytes);
    return request->path != NULL;
}

bool script_read_head(struct request *request, const char *head)
{
    char text[SCRIPT_TEXT_MAX_BYTES] = "";

    if (!read_request_line(request, head))
        return false;
    if (script_get_header(head, "Idempotency-Key", request->idempotency_key, sizeof request->idempotency_key))
        unquote(request->idempotency_key);
    if (script_get_header(head, "Autohttp-Attempt", text, sizeof text))
        request->attempt = strtoul(text, NULL, 10);
    request->is_last = script_get_header(head, "Connection", text, sizeof text) && strcasecmp(text, "close") == 0;
    return true;
}
