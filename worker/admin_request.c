#include "admin_request.h"

#include <string.h>
#include <strings.h>

#include "decimal.h"
#include "task_json.h"

#define TASKS_PATH "/v1/tasks/"
#define IDS_PATH "/v1/ids/"
#define HTTP_PORT ":80" /* clients leave it out */

void admin_framing_add(struct admin_framing *framing, const char *name, const char *value)
{
    if (value == NULL)
        value = "";
    if (strcasecmp(name, "Host") == 0) {
        framing->host_count++;
        framing->host = value;
    } else if (strcasecmp(name, "Content-Length") == 0) {
        framing->content_length_count++;
        framing->has_body = framing->has_body || strcmp(value, "0") != 0;
    } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
        framing->transfer_encoding_count++;
        framing->has_body = true;
    } else if (strcasecmp(name, "Authorization") == 0) {
        framing->authorization_count++;
        framing->authorization = value;
    }
}

const char *admin_framing_get_fault(const struct admin_framing *framing)
{
    if (framing->host_count != 1)
        return framing->host_count == 0 ? "no Host header" : "more than one Host header";
    if (framing->content_length_count > 1)
        return "more than one Content-Length header";
    if (framing->transfer_encoding_count > 1)
        return "more than one Transfer-Encoding header";
    if (framing->content_length_count + framing->transfer_encoding_count > 1)
        return "Content-Length beside Transfer-Encoding";
    if (framing->authorization_count > 1)
        return "more than one Authorization header";
    if (framing->has_body)
        return "a request body is not taken";
    return NULL;
}

/* Whether host is this name and port; port has its colon. */
static bool is_name(const char *host, const char *name, size_t name_bytes, const char *port)
{
    return strncasecmp(host, name, name_bytes) == 0 &&
           (strcmp(host + name_bytes, port) == 0 || (host[name_bytes] == '\0' && strcmp(port, HTTP_PORT) == 0));
}

bool admin_host_is_allowed(const char *host, const char *address)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    const char *port = strrchr(address, ':');

    if (is_name(host, address, (size_t)(port - address), port))
        return true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (is_name(host, names[i], strlen(names[i]), port))
            return true;
    }
    return false;
}

int admin_get_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static const char *decode(const char *part, size_t part_bytes, struct buffer *buffer)
{
    for (size_t i = 0; i < part_bytes; i++) {
        char c = part[i];

        if (c == '%') {
            int high = i + 2 < part_bytes ? admin_get_hex(part[i + 1]) : -1;
            int low = i + 2 < part_bytes ? admin_get_hex(part[i + 2]) : -1;

            if (high < 0 || low < 0)
                return "a percent sign without two hex digits in the path";
            c = (char)(high * 16 + low);
            i += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7f)
            return "a control character in the path";
        buffer_append_char(buffer, c);
    }
    return NULL;
}

bool admin_decode(const char *text, struct buffer *buffer)
{
    return decode(text, strlen(text), buffer) == NULL;
}

/* Appends the decoded part; what is wrong with it, or NULL. */
static const char *decode_part(const char *part, size_t part_bytes, bool may_have_colon, struct buffer *key)
{
    size_t start_bytes = key->len_bytes;
    const char *fault = decode(part, part_bytes, key);

    if (fault != NULL)
        return fault;
    if (!may_have_colon && key->len_bytes > start_bytes &&
        memchr(key->data + start_bytes, ':', key->len_bytes - start_bytes) != NULL)
        return "a colon in the business type";
    if (key->len_bytes - start_bytes > TASK_KEY_PART_MAX_BYTES)
        return "a part of the business key is longer than 255 bytes";
    return NULL;
}

bool admin_path_parse_id(const char *path, uint64_t *ret_id, const char **ret_fault)
{
    const char *digits = path + strlen(IDS_PATH);

    *ret_fault = NULL;
    if (strncmp(path, IDS_PATH, strlen(IDS_PATH)) != 0)
        return false;
    if (decimal_parse(digits, strlen(digits), UINT64_MAX, ret_id) != RC_OK)
        *ret_fault = "an id is a decimal number";
    return *ret_fault == NULL;
}

bool admin_path_parse_key(const char *path, struct buffer *key, const char **ret_fault)
{
    const char *type;
    const char *id;

    *ret_fault = NULL;
    if (strncmp(path, TASKS_PATH, strlen(TASKS_PATH)) != 0)
        return false;
    type = path + strlen(TASKS_PATH);
    id = strchr(type, '/');
    /* Exactly two parts, neither empty. */
    if (id == NULL || id == type || id[1] == '\0' || strchr(id + 1, '/') != NULL)
        return false;
    *ret_fault = decode_part(type, (size_t)(id - type), false, key);
    if (*ret_fault != NULL)
        return false;
    buffer_append_char(key, ':');
    *ret_fault = decode_part(id + 1, strlen(id + 1), true, key);
    return *ret_fault == NULL;
}
