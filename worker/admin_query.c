#include "admin_query.h"
#include "admin_request.h"
#include "decimal.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LIMIT_DEFAULT 100
#define ALL_STATUSES ((1u << ROW_SENDING) | (1u << ROW_SUCCESS) | (1u << ROW_FAILURE) | (1u << ROW_STOPPED))
#define TIME_MAX_MS INT64_C(253402300799999) /* the year 9999 */

enum parameter {
    CONTENT,
    REVEAL,
    LIST,
    UNTIL,
    STATUS,
    BEFORE,
    TYPE,
    HOST,
    SINCE,
    LIMIT,
    CURSOR,
    PARTITION,
    PARAMETER_COUNT
};

static const char *const names[PARAMETER_COUNT] = {
    [CONTENT] = "content", [REVEAL] = "reveal", [LIST] = "list",     [UNTIL] = "until",
    [STATUS] = "status",   [BEFORE] = "before", [TYPE] = "type",     [HOST] = "host",
    [SINCE] = "since",     [LIMIT] = "limit",   [CURSOR] = "cursor", [PARTITION] = "partition",
};

#define BIT(parameter) (1u << (unsigned)(parameter))
#define OF_TASK (BIT(CONTENT) | BIT(REVEAL))
#define OF_INCOMPLETE (BIT(LIST) | BIT(UNTIL) | BIT(LIMIT) | BIT(CURSOR))
#define OF_TO_CLEAN (BIT(LIST) | BIT(STATUS) | BIT(BEFORE) | BIT(LIMIT) | BIT(CURSOR))
#define OF_FILTER (BIT(STATUS) | BIT(TYPE) | BIT(HOST) | BIT(SINCE) | BIT(LIMIT) | BIT(CURSOR))

static void __attribute__((format(printf, 2, 3))) refuse(struct admin_query *query, const char *format, ...)
{
    va_list args;

    if (query->fault[0] != '\0')
        return;
    va_start(args, format);
    vsnprintf(query->fault, sizeof query->fault, format, args);
    va_end(args);
}

void admin_query_init(struct admin_query *query)
{
    *query = (struct admin_query){.until_ms = INT64_MAX, .before_ms = INT64_MAX, .since_ms = INT64_MIN};
    query->ask.kind = ADMIN_ASK_LIST;
    query->ask.limit = LIMIT_DEFAULT;
}

static enum row_status find_status(const char *text)
{
    for (int status = ROW_SENDING; status <= ROW_STOPPED; status++)
        if (strcmp(text, row_status_get_name((enum row_status)status)) == 0)
            return (enum row_status)status;
    return 0;
}

static bool parse_time(const char *text, int64_t *ret_time_ms)
{
    return decimal_parse_seconds(text, strlen(text), TIME_MAX_MS, ret_time_ms) == RC_OK;
}

static bool parse_cursor(const char *text, struct admin_ask *ask)
{
    const char *dot = strchr(text, '.');
    size_t number_bytes = dot == NULL ? strlen(text) : (size_t)(dot - text);
    size_t hex_bytes = dot == NULL ? 0 : strlen(dot + 1);
    uint64_t partition;

    if (decimal_parse(text, number_bytes, UINT16_MAX, &partition) != RC_OK || hex_bytes % 2 != 0 ||
        hex_bytes / 2 > ADMIN_KEY_MAX_BYTES || (dot != NULL && hex_bytes == 0))
        return false;
    for (size_t i = 0; i < hex_bytes / 2; i++) {
        int high = admin_get_hex(dot[1 + 2 * i]);
        int low = admin_get_hex(dot[2 + 2 * i]);

        if (high < 0 || low < 0)
            return false;
        ask->key[i] = (char)(high * 16 + low);
    }
    ask->key_bytes = hex_bytes / 2;
    ask->partition = (int32_t)partition;
    return true;
}

static bool copy_text(const char *text, char *buf, size_t buf_bytes)
{
    size_t text_bytes = strlen(text);

    if (text_bytes == 0 || text_bytes >= buf_bytes)
        return false;
    memcpy(buf, text, text_bytes + 1);
    return true;
}

static bool set_list(struct admin_query *query, const char *text)
{
    query->is_incomplete = strcmp(text, "incomplete") == 0;
    query->is_to_clean = strcmp(text, "to_clean") == 0;
    return query->is_incomplete || query->is_to_clean;
}

static bool set_status(struct admin_query *query, const char *text)
{
    enum row_status status = find_status(text);

    query->ask.filter.statuses = status == 0 ? 0 : 1u << (unsigned)status;
    return status != 0;
}

static bool set_limit(struct admin_query *query, const char *text)
{
    uint64_t limit;

    if (decimal_parse(text, strlen(text), ADMIN_LIMIT_MAX, &limit) != RC_OK || limit == 0)
        return false;
    query->ask.limit = (uint32_t)limit;
    return true;
}

static bool set_flag(const char *text, bool *ret_flag)
{
    *ret_flag = strcmp(text, "true") == 0;
    return *ret_flag || strcmp(text, "false") == 0;
}

static bool set_partition(struct admin_query *query, const char *text)
{
    uint64_t partition;

    query->has_partition = decimal_parse(text, strlen(text), UINT16_MAX, &partition) == RC_OK;
    query->ask.partition = query->has_partition ? (int32_t)partition : 0;
    return query->has_partition;
}

/* False: the value is not one. */
static bool set_value(struct admin_query *query, enum parameter parameter, const char *text)
{
    struct admin_filter *filter = &query->ask.filter;

    switch (parameter) {
    case CONTENT:
        return set_flag(text, &query->has_content);
    case REVEAL:
        return set_flag(text, &query->is_revealing);
    case LIST:
        return set_list(query, text);
    case UNTIL:
        return parse_time(text, &query->until_ms);
    case STATUS:
        return set_status(query, text);
    case BEFORE:
        return parse_time(text, &query->before_ms);
    case TYPE:
        return copy_text(text, filter->type, sizeof filter->type);
    case HOST:
        return copy_text(text, filter->host, sizeof filter->host);
    case SINCE:
        return parse_time(text, &query->since_ms);
    case LIMIT:
        return set_limit(query, text);
    case PARTITION:
        return set_partition(query, text);
    default:
        return parse_cursor(text, &query->ask);
    }
}

static const char *get_hint(enum parameter parameter)
{
    switch (parameter) {
    case CONTENT:
    case REVEAL:
        return "true or false";
    case LIST:
        return "incomplete or to_clean";
    case STATUS:
        return "sending, success, failure or stopped";
    case LIMIT:
        return "1..1000";
    case CURSOR:
        return "the next_cursor of an answer";
    case PARTITION:
        return "a partition's number";
    case TYPE:
    case HOST:
        return "1..255 bytes";
    default:
        return "Unix seconds with up to three decimals";
    }
}

void admin_query_add(struct admin_query *query, const char *name, const char *value)
{
    struct buffer text = {0};
    unsigned parameter = 0;

    while (parameter < PARAMETER_COUNT && strcmp(name, names[parameter]) != 0)
        parameter++;
    if (parameter == PARAMETER_COUNT) {
        refuse(query, "unknown parameter \"%.60s\"", name);
        return;
    }
    if ((query->given & BIT(parameter)) != 0)
        refuse(query, "parameter %s is given twice", name);
    query->given |= BIT(parameter);
    if (!admin_decode(value == NULL ? "" : value, &text) || !buffer_is_ok(&text) ||
        !set_value(query, (enum parameter)parameter, text.data == NULL ? "" : text.data))
        refuse(query, "parameter %s is not %s", name, get_hint((enum parameter)parameter));
    buffer_close(&text);
}

/* Whether only these are given. */
static bool check_given(struct admin_query *query, unsigned allowed, const char *where)
{
    for (unsigned i = 0; i < PARAMETER_COUNT; i++)
        if ((query->given & BIT(i) & ~allowed) != 0)
            refuse(query, "parameter %s has no meaning %s", names[i], where);
    return query->fault[0] == '\0';
}

bool admin_query_finish_task(struct admin_query *query, bool is_by_id)
{
    if (query->is_revealing && !query->has_content)
        refuse(query, "parameter reveal needs content=true");
    return check_given(query, is_by_id ? OF_TASK | BIT(PARTITION) : OF_TASK,
                       is_by_id ? "for one task" : "for a business key");
}

bool admin_query_finish_list(struct admin_query *query, int64_t now_ms)
{
    struct admin_filter *filter = &query->ask.filter;

    if (query->is_to_clean && (query->given & BIT(STATUS)) == 0)
        refuse(query, "list=to_clean needs status=");
    if (query->is_to_clean && filter->statuses == 1u << ROW_SENDING)
        refuse(query, "list=to_clean: a task that is sending is never cleaned");
    if (query->is_incomplete)
        filter->statuses = 1u << ROW_SENDING;
    if (filter->statuses == 0)
        filter->statuses = ALL_STATUSES;
    if (query->is_to_clean && query->before_ms == INT64_MAX)
        query->before_ms = now_ms;
    filter->next_until_ms = query->until_ms;
    filter->request_min_ms = query->since_ms;
    filter->request_max_ms = query->before_ms;
    if (query->is_incomplete)
        return check_given(query, OF_INCOMPLETE, "with list=incomplete");
    return query->is_to_clean ? check_given(query, OF_TO_CLEAN, "with list=to_clean")
                              : check_given(query, OF_FILTER, "for a list without list=");
}

static void print_escaped(const char *text, struct buffer *buffer)
{
    static const char hex[] = "0123456789ABCDEF";

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("-._~", c) != NULL) {
            buffer_append_char(buffer, (char)c);
        } else {
            buffer_append_char(buffer, '%');
            buffer_append_char(buffer, hex[c >> 4]);
            buffer_append_char(buffer, hex[c & 15]);
        }
    }
}

static void print_text(const char *name, const char *text, struct buffer *buffer)
{
    if (text[0] == '\0')
        return;
    buffer_append_char(buffer, '&');
    buffer_append_text(buffer, name);
    buffer_append_char(buffer, '=');
    print_escaped(text, buffer);
}

static void print_time(const char *name, int64_t time_ms, struct buffer *buffer)
{
    char text[48];

    if (time_ms == INT64_MAX || time_ms == INT64_MIN)
        return;
    snprintf(text, sizeof text, "&%s=%lld.%03d", name, (long long)(time_ms / 1000), (int)(time_ms % 1000));
    buffer_append_text(buffer, text);
}

void admin_query_print_cursor(int32_t partition, const char *key, size_t key_bytes, struct buffer *buffer)
{
    static const char hex[] = "0123456789abcdef";

    buffer_append_int64(buffer, partition);
    if (key_bytes > 0)
        buffer_append_char(buffer, '.');
    for (size_t i = 0; i < key_bytes; i++) {
        buffer_append_char(buffer, hex[(unsigned char)key[i] >> 4]);
        buffer_append_char(buffer, hex[(unsigned char)key[i] & 15]);
    }
}

void admin_query_print_list(const struct admin_query *query, struct buffer *buffer)
{
    const struct admin_ask *ask = &query->ask;

    buffer_append_text(buffer, "/v1/tasks?limit=");
    buffer_append_int64(buffer, ask->limit);
    if (query->is_incomplete || query->is_to_clean)
        print_text("list", query->is_incomplete ? "incomplete" : "to_clean", buffer);
    for (int status = ROW_SENDING; !query->is_incomplete && status <= ROW_STOPPED; status++)
        if (ask->filter.statuses == 1u << (unsigned)status)
            print_text("status", row_status_get_name((enum row_status)status), buffer);
    print_time("until", query->until_ms, buffer);
    print_time("before", query->is_to_clean ? query->before_ms : INT64_MAX, buffer);
    print_time("since", query->since_ms, buffer);
    print_text("type", ask->filter.type, buffer);
    print_text("host", ask->filter.host, buffer);
    buffer_append_text(buffer, "&cursor=");
    admin_query_print_cursor(ask->partition, ask->key, ask->key_bytes, buffer);
}
