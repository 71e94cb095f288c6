#include "task_rules.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base64.h"
#include "excerpt.h"
#include "url.h"
#include "utf8.h"

#define RETRY_TYPE_MAX_BYTES 32
#define POLICY_MAX_BYTES 32

const struct json_field task_fields[TASK_FIELD_COUNT] = {
    [TASK_FIELD_BUSINESS_TYPE] = {"business_type", JSON_TEXT, true, 1, TASK_KEY_PART_MAX_BYTES},
    [TASK_FIELD_BUSINESS_ID] = {"business_id", JSON_TEXT, true, 1, TASK_KEY_PART_MAX_BYTES},
    [TASK_FIELD_URL] = {"url", JSON_TEXT, true, 1, TASK_URL_MAX_BYTES},
    [TASK_FIELD_METHOD] = {"method", JSON_TEXT, false, 1, TASK_METHOD_MAX_BYTES},
    [TASK_FIELD_HEADER] = {"header", JSON_OBJECT, false, 0, 0},
    [TASK_FIELD_BODY] = {"body", JSON_TEXT, false, 0, TASK_BODY_MAX_BYTES},
    [TASK_FIELD_BODY_BASE64] = {"body_base64", JSON_TEXT, false, 0, BASE64_TEXT_BYTES(TASK_BODY_MAX_BYTES)},
    [TASK_FIELD_RETRY_TYPE] = {"retry_type", JSON_TEXT, false, 1, RETRY_TYPE_MAX_BYTES},
    [TASK_FIELD_LADDER_INTERVAL] = {"retry_ladder_interval", JSON_ARRAY, false, 0, TASK_LADDER_MAX},
    [TASK_FIELD_STEP_INTERVAL] = {"retry_step_interval", JSON_SECONDS, false, 1, TASK_WAIT_MAX_MS},
    [TASK_FIELD_STEP_TIME] = {"retry_step_time", JSON_INTEGER, false, 0, TASK_STEP_TIME_MAX},
    [TASK_FIELD_NOT_BEFORE] = {"not_before", JSON_SECONDS, false, 0, TASK_TIME_MAX_MS},
    [TASK_FIELD_TIMEOUT] = {"timeout", JSON_SECONDS, false, TASK_TIMEOUT_MIN_MS, TASK_TIMEOUT_MAX_MS},
    [TASK_FIELD_DUPLICATE] = {"duplicate", JSON_TEXT, false, 1, POLICY_MAX_BYTES},
    [TASK_FIELD_IDEMPOTENCY_KEY] = {"idempotency_key", JSON_TEXT, false, 1, TASK_IDEMPOTENCY_KEY_MAX_BYTES},
    [TASK_FIELD_DEADLINE] = {"deadline", JSON_UNBUILT, false, 0, 0},
    [TASK_FIELD_SUCCESS] = {"success", JSON_UNBUILT, false, 0, 0},
    [TASK_FIELD_SIGN] = {"sign", JSON_UNBUILT, false, 0, 0},
};

const struct json_field task_ladder_wait_field = {"retry_ladder_interval", JSON_SECONDS, false, 0, TASK_WAIT_MAX_MS};

/* autohttp or its HTTP client writes these itself; a second one could smuggle a request or split a body. */
static const char *const reserved_names[] = {
    "Host",    "Content-Length", "Transfer-Encoding", "Connection",       "Keep-Alive", "TE", "Trailer",
    "Upgrade", "Expect",         "Idempotency-Key",   "Autohttp-Attempt",
};

static enum rc check_text_range(enum task_field field, const char *text, char *errstr, size_t errstr_bytes)
{
    if (text == NULL)
        return task_fields[field].is_required
                   ? rc_fail(RC_INVALID, errstr, errstr_bytes, "field %s: missing", task_fields[field].name)
                   : RC_OK;
    return json_check_text(&task_fields[field], strlen(text), errstr, errstr_bytes);
}

static enum rc check_number_range(enum task_field field, int64_t number, char *errstr, size_t errstr_bytes)
{
    return number == 0 ? RC_OK : json_check_number(&task_fields[field], number, errstr, errstr_bytes);
}

static enum rc check_text_ranges(const struct task *task, char *errstr, size_t errstr_bytes)
{
    enum rc rc = check_text_range(TASK_FIELD_BUSINESS_TYPE, task->business_type, errstr, errstr_bytes);

    if (rc == RC_OK)
        rc = check_text_range(TASK_FIELD_BUSINESS_ID, task->business_id, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = check_text_range(TASK_FIELD_URL, task->url, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = check_text_range(TASK_FIELD_METHOD, task->method, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = check_text_range(TASK_FIELD_IDEMPOTENCY_KEY, task->idempotency_key, errstr, errstr_bytes);
    if (rc == RC_OK && task->has_body)
        rc = json_check_text(&task_fields[TASK_FIELD_BODY], task->body_bytes, errstr, errstr_bytes);
    return rc;
}

static enum rc check_ladder_ranges(const struct task *task, char *errstr, size_t errstr_bytes)
{
    enum rc rc = RC_OK;

    if (task->ladder_count > TASK_LADDER_MAX)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field retry_ladder_interval: %u items, at most %d",
                       (unsigned int)task->ladder_count, TASK_LADDER_MAX);
    for (uint32_t i = 0; i < task->ladder_count && rc == RC_OK; i++)
        rc = json_check_number(&task_ladder_wait_field, task->ladder_interval_ms[i], errstr, errstr_bytes);
    return rc;
}

enum rc task_rules_check_ranges(const struct task *task, char *errstr, size_t errstr_bytes)
{
    enum rc rc = check_text_ranges(task, errstr, errstr_bytes);

    if (rc == RC_OK)
        rc = check_ladder_ranges(task, errstr, errstr_bytes);
    if (rc == RC_OK && task->has_step_interval) /* then 0 does not stand for the default */
        rc = json_check_number(&task_fields[TASK_FIELD_STEP_INTERVAL], task->step_interval_ms, errstr, errstr_bytes);
    else if (rc == RC_OK)
        rc = check_number_range(TASK_FIELD_STEP_INTERVAL, task->step_interval_ms, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = check_number_range(TASK_FIELD_STEP_TIME, task->step_time, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = check_number_range(TASK_FIELD_NOT_BEFORE, task->not_before_time_ms, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = check_number_range(TASK_FIELD_TIMEOUT, task->timeout_ms, errstr, errstr_bytes);
    return rc;
}

/* Well-formed UTF-8 without ASCII control characters. */
static bool is_plain_text(const char *text)
{
    size_t text_bytes = strlen(text);
    size_t sequence_bytes;

    for (size_t i = 0; i < text_bytes; i += sequence_bytes) {
        unsigned char byte = (unsigned char)text[i];

        sequence_bytes = byte < 0x80 ? 1 : utf8_get_sequence_bytes(text + i, text_bytes - i);
        if (byte < 0x20 || byte == 0x7f || sequence_bytes == 0)
            return false;
    }
    return true;
}

enum rc task_rules_check_key(const char *business_type, const char *business_id, char *errstr, size_t errstr_bytes)
{
    if (strchr(business_type, ':') != NULL)
        return rc_fail(RC_INVALID, errstr, errstr_bytes,
                       "field business_type: holds a colon, which ends it in the key");
    if (!is_plain_text(business_type))
        return rc_fail(RC_INVALID, errstr, errstr_bytes,
                       "field business_type: holds a control character or invalid UTF-8");
    if (!is_plain_text(business_id))
        return rc_fail(RC_INVALID, errstr, errstr_bytes,
                       "field business_id: holds a control character or invalid UTF-8");
    return RC_OK;
}

static enum rc check_url(const struct task *task, char *errstr, size_t errstr_bytes)
{
    char reason[160] = "";
    struct url url;
    enum rc rc = url_parse(task->url, &url, reason, sizeof reason);

    return rc == RC_OK ? RC_OK : rc_fail(rc, errstr, errstr_bytes, "field url: %s", reason);
}

static enum rc check_method(const struct task *task, char *errstr, size_t errstr_bytes)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    char excerpt[EXCERPT_BYTES];
    const char *method = task->method;

    if (method == NULL)
        return RC_OK;
    if (method[strspn(method, allowed)] != '\0' || method[0] == '-' || method[0] == '_')
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field method: \"%s\" is not an upper-case method name",
                       excerpt_print(method, strlen(method), excerpt));
    if (strcmp(method, "CONNECT") == 0 || strcmp(method, "TRACE") == 0)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field method: %s is not allowed", method);
    if (strcmp(method, "HEAD") == 0 && task->has_body)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field body: HEAD is sent without one");
    return RC_OK;
}

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";

    return text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

static bool is_reserved(const char *name)
{
    if (strncasecmp(name, "Proxy-", 6) == 0)
        return true;
    for (size_t i = 0; i < sizeof reserved_names / sizeof reserved_names[0]; i++) {
        if (strcasecmp(name, reserved_names[i]) == 0)
            return true;
    }
    return false;
}

/* As is_plain_text(), but a tab is allowed (RFC 9110 section 5.5). */
static bool is_header_value(const char *text)
{
    size_t text_bytes = strlen(text);
    size_t sequence_bytes;

    for (size_t i = 0; i < text_bytes; i += sequence_bytes) {
        unsigned char byte = (unsigned char)text[i];

        sequence_bytes = byte < 0x80 ? 1 : utf8_get_sequence_bytes(text + i, text_bytes - i);
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f || sequence_bytes == 0)
            return false;
    }
    return true;
}

static enum rc check_header(const struct task_header *header, char *errstr, size_t errstr_bytes)
{
    char excerpt[EXCERPT_BYTES];

    if (!is_token(header->name))
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field header: name \"%s\" is not an HTTP token",
                       excerpt_print(header->name, strlen(header->name), excerpt));
    excerpt_print(header->name, strlen(header->name), excerpt);
    if (is_reserved(header->name))
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field header: %s is set by autohttp itself", excerpt);
    if (!is_header_value(header->value))
        return rc_fail(RC_INVALID, errstr, errstr_bytes,
                       "field header: value of %s holds a control character or invalid UTF-8", excerpt);
    return RC_OK;
}

/* Names differ in more than case. At most TASK_HEADER_MAX_COUNT, so pairs are few enough. */
static bool is_first_of_name(const struct task_header *headers, size_t i)
{
    for (size_t n = 0; n < i; n++) {
        if (strcasecmp(headers[n].name, headers[i].name) == 0)
            return false;
    }
    return true;
}

static enum rc check_headers(const struct task *task, char *errstr, size_t errstr_bytes)
{
    char excerpt[EXCERPT_BYTES];
    size_t all_bytes = 0;

    if (task->header_count > TASK_HEADER_MAX_COUNT)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field header: %zu names, at most %d", task->header_count,
                       TASK_HEADER_MAX_COUNT);
    for (size_t i = 0; i < task->header_count; i++) {
        const struct task_header *header = &task->headers[i];
        enum rc rc = check_header(header, errstr, errstr_bytes);

        if (rc != RC_OK)
            return rc;
        if (!is_first_of_name(task->headers, i))
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "field header: %s comes twice",
                           excerpt_print(header->name, strlen(header->name), excerpt));
        all_bytes += strlen(header->name) + strlen(header->value);
        if (all_bytes > TASK_HEADERS_MAX_BYTES)
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "field header: names and values over %d bytes",
                           TASK_HEADERS_MAX_BYTES);
    }
    return RC_OK;
}

/* A field of the other schedule would be ignored, which no given field may be. */
static enum rc check_schedule(const struct task *task, char *errstr, size_t errstr_bytes)
{
    if (task->retry_type == TASK_RETRY_LADDER) {
        if (task->step_interval_ms != 0)
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "field retry_step_interval: needs retry_type step");
        if (task->step_time != 0)
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "field retry_step_time: needs retry_type step");
        return RC_OK;
    }
    if (task->retry_type != 0 && task->retry_type != TASK_RETRY_STEP)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field retry_type: must be step or ladder");
    if (task->ladder_count != 0)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "field retry_ladder_interval: needs retry_type ladder");
    return RC_OK;
}

/* It is sent as an RFC 8941 string: printable ASCII; what would need an escape there is left out. */
static enum rc check_idempotency_key(const struct task *task, char *errstr, size_t errstr_bytes)
{
    if (task->idempotency_key == NULL)
        return RC_OK;
    for (const char *at = task->idempotency_key; *at != '\0'; at++) {
        if (*at < 0x20 || *at > 0x7e || *at == '"' || *at == '\\')
            return rc_fail(RC_INVALID, errstr, errstr_bytes,
                           "field idempotency_key: only printable ASCII without \" and \\");
    }
    return RC_OK;
}

enum rc task_rules_check(const struct task *task, char *errstr, size_t errstr_bytes)
{
    enum rc rc = task_rules_check_key(task->business_type, task->business_id, errstr, errstr_bytes);

    if (rc == RC_OK)
        rc = check_url(task, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = check_method(task, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = check_headers(task, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = check_schedule(task, errstr, errstr_bytes);
    if (rc == RC_OK && (unsigned int)task->duplicate > DUPLICATE_REJECT)
        rc = rc_fail(RC_INVALID, errstr, errstr_bytes, "field duplicate: must be ignore, replace or reject");
    if (rc == RC_OK)
        rc = check_idempotency_key(task, errstr, errstr_bytes);
    return rc;
}
