#include "params_table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "egress.h"
#include "host_port.h"
#include "params_value.h"
#include "suggest.h"

#define LIMITS_MAX_BYTES 128
#define TIER_RANGE "1ms to 24h"  /* of an element of PARAMS_TYPE_DURATIONS */
#define WAIT_RANGE "0s to 8760h" /* of one of PARAMS_TYPE_WAITS */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The field's name by type, as PARAMS_FIELD_* declares it. */
#define MEMBER_TEXT(name) name
#define MEMBER_NAME(name) name
#define MEMBER_LISTEN(name) name
#define MEMBER_HOST(name) name
#define MEMBER_FILE(name) name
#define MEMBER_MODULE(name) name
#define MEMBER_HOST_PORT(name) name
#define MEMBER_LEVEL(name) name
#define MEMBER_BOOL(name) name
#define MEMBER_COUNT(name) name
#define MEMBER_SIZE(name) name
#define MEMBER_DURATION(name) name##_ms
#define MEMBER_RATE(name) name##_per_h
#define MEMBER_DURATIONS(name) name
#define MEMBER_WAITS(name) name
#define MEMBER_RETRY_TYPE(name) name
#define MEMBER_HOSTS(name) name

#define IS_RELOAD true
#define IS_FIXED false

static const struct params_row ROWS[] = {
#define PARAM(name, TYPE, default_text, min, max, RELOADING, doc)                                                      \
    {"",                                                                                                               \
     #name,                                                                                                            \
     PARAMS_TYPE_##TYPE,                                                                                               \
     default_text,                                                                                                     \
     min,                                                                                                              \
     max,                                                                                                              \
     IS_##RELOADING,                                                                                                   \
     doc,                                                                                                              \
     offsetof(struct params, MEMBER_##TYPE(name))},
#define PARAM_IN(group, name, TYPE, default_text, min, max, RELOADING, doc)                                            \
    {#group,         #name, PARAMS_TYPE_##TYPE,                                                                        \
     default_text,   min,   max,                                                                                       \
     IS_##RELOADING, doc,   offsetof(struct params, MEMBER_##TYPE(group##_##name))},
#include "params.def"
};

static const struct params_row DESTINATION_ROWS[] = {
#define PARAM_DESTINATION(name, TYPE, min, max, doc)                                                                   \
    {"", #name, PARAMS_TYPE_##TYPE, "", min, max, false, doc, offsetof(struct params_destination, MEMBER_##TYPE(name))},
#include "params.def"
};

static const struct params_kafka_rule SECRETS[] = {
#define PARAM_SECRET(key, doc) {key, doc},
#include "params.def"
};

static const struct params_kafka_rule REFUSED[] = {
#define PARAM_REFUSED(key, why) {key, why},
#include "params.def"
};

const struct params_row *params_table_get(size_t i)
{
    return i < COUNT_OF(ROWS) ? &ROWS[i] : NULL;
}

const struct params_row *params_table_get_destination(size_t i)
{
    return i < COUNT_OF(DESTINATION_ROWS) ? &DESTINATION_ROWS[i] : NULL;
}

const struct params_kafka_rule *params_table_get_secret(size_t i)
{
    return i < COUNT_OF(SECRETS) ? &SECRETS[i] : NULL;
}

const struct params_kafka_rule *params_table_get_refused(size_t i)
{
    return i < COUNT_OF(REFUSED) ? &REFUSED[i] : NULL;
}

const struct params_row *params_table_find(const char *group, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(ROWS); i++)
        if (strcmp(ROWS[i].group, group) == 0 && strcmp(ROWS[i].name, name) == 0)
            return &ROWS[i];
    return NULL;
}

const struct params_row *params_table_find_destination(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(DESTINATION_ROWS); i++)
        if (strcmp(DESTINATION_ROWS[i].name, name) == 0)
            return &DESTINATION_ROWS[i];
    return NULL;
}

static const struct params_kafka_rule *find_rule(const struct params_kafka_rule *rules, size_t rule_count,
                                                 const char *key)
{
    for (size_t i = 0; i < rule_count; i++)
        if (strcmp(rules[i].key, key) == 0)
            return &rules[i];
    return NULL;
}

const struct params_kafka_rule *params_table_find_secret(const char *key)
{
    return find_rule(SECRETS, COUNT_OF(SECRETS), key);
}

const struct params_kafka_rule *params_table_find_refused(const char *key)
{
    return find_rule(REFUSED, COUNT_OF(REFUSED), key);
}

bool params_table_is_group(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(ROWS); i++)
        if (ROWS[i].group[0] != '\0' && strcmp(ROWS[i].group, name) == 0)
            return true;
    return false;
}

bool params_table_is_secret(const char *key)
{
    return params_table_find_secret(key) != NULL || strstr(key, "password") != NULL || strstr(key, "secret") != NULL;
}

void params_table_print_name(const struct params_row *row, char *buf)
{
    snprintf(buf, PARAMS_TABLE_NAME_MAX_BYTES, "%s%s%s", row->group, row->group[0] == '\0' ? "" : ".", row->name);
}

void params_table_print_env(const struct params_row *row, char *buf)
{
    snprintf(buf, PARAMS_TABLE_NAME_MAX_BYTES, "AUTOHTTP_%s%s%s", row->group, row->group[0] == '\0' ? "" : "_",
             row->name);
    for (; *buf != '\0'; buf++)
        *buf = (char)toupper((unsigned char)*buf);
}

bool params_table_is_list(const struct params_row *row)
{
    return row->type == PARAMS_TYPE_DURATIONS || row->type == PARAMS_TYPE_WAITS || row->type == PARAMS_TYPE_HOSTS;
}

bool params_table_is_number(const struct params_row *row)
{
    return row->type == PARAMS_TYPE_COUNT || row->type == PARAMS_TYPE_SIZE || row->type == PARAMS_TYPE_DURATION ||
           row->type == PARAMS_TYPE_RATE;
}

typedef enum rc set_cb(void *field, const struct params_row *row, const char *text, char *why, size_t why_bytes);
typedef enum rc check_cb(const char *text, char *why, size_t why_bytes);
typedef void print_cb(struct buffer *buffer, const void *field, bool is_json);
typedef void clear_cb(void *field);

/* What is done with a value of a type; the table of all types stands below its functions. */
struct type {
    const char *name;
    set_cb *set;     /* a list: appends */
    check_cb *check; /* a text's; NULL: every text of fitting length will do */
    print_cb *print;
    bool is_word;    /* needs quotes in JSON; in YAML it reads better without */
    clear_cb *clear; /* NULL: nothing to free */
};

static const struct type *get_type(enum params_type type);

/* Limits are read by the same parsers as values. */
static bool parse_number(enum params_type type, const char *text, int64_t *ret_value)
{
    if (type == PARAMS_TYPE_DURATION)
        return params_value_parse_duration(text, ret_value);
    if (type == PARAMS_TYPE_SIZE)
        return params_value_parse_size(text, ret_value);
    if (type == PARAMS_TYPE_RATE)
        return params_value_parse_rate(text, ret_value);
    return params_value_parse_count(text, ret_value);
}

static enum rc check_limits(const struct params_row *row, int64_t value, const char *what, char *why, size_t why_bytes)
{
    int64_t min = 0;
    int64_t max = INT64_MAX;

    parse_number(row->type, row->min, &min);
    parse_number(row->type, row->max, &max);
    if (value < min || value > max)
        return rc_fail(RC_INVALID, why, why_bytes, "%s must be %s to %s", what, row->min, row->max);
    return RC_OK;
}

static const char *get_form(enum params_type type)
{
    if (type == PARAMS_TYPE_DURATION)
        return PARAMS_VALUE_DURATION_FORM;
    if (type == PARAMS_TYPE_RATE)
        return PARAMS_VALUE_RATE_FORM;
    return type == PARAMS_TYPE_SIZE ? PARAMS_VALUE_SIZE_FORM : PARAMS_VALUE_COUNT_FORM;
}

/* What 0 stands for, if that is no number, as the row's text says it: "0: never". */
static void print_zero(const struct params_row *row, char *buf, size_t buf_bytes)
{
    const char *zero = strstr(row->doc, "0: ");

    buf[0] = '\0';
    if (zero != NULL)
        snprintf(buf, buf_bytes, " (%.*s)", (int)strcspn(zero, "."), zero);
}

static enum rc set_number(void *field, const struct params_row *row, const char *text, char *why, size_t why_bytes)
{
    char limits[LIMITS_MAX_BYTES];
    char zero[LIMITS_MAX_BYTES];
    int64_t value = 0;
    bool is_number = parse_number(row->type, text, &value);

    if (is_number && check_limits(row, value, "it", limits, sizeof limits) == RC_OK) {
        *(int64_t *)field = value;
        return RC_OK;
    }
    print_zero(row, zero, sizeof zero);
    if (is_number)
        return rc_fail(RC_INVALID, why, why_bytes, "%s%s", limits, zero);
    return rc_fail(RC_INVALID, why, why_bytes, "\"%s\" is not %s; it must be %s to %s%s", text, get_form(row->type),
                   row->min, row->max, zero);
}

/* Here and not log_level_get_name(): the command reads settings and has no log. */
static const char *get_level_name(enum log_level level)
{
    static const char *const names[] = {
#define LEVEL_NAME(id, name) [LOG_LEVEL_##id] = name,
        LOG_LEVEL_LIST(LEVEL_NAME)
#undef LEVEL_NAME
    };

    return (size_t)level < COUNT_OF(names) ? names[level] : NULL;
}

static enum rc set_level(void *field, const struct params_row *row, const char *text, char *why, size_t why_bytes)
{
    const char *name = NULL;

    (void)row;
    for (int level = 0; (name = get_level_name((enum log_level)level)) != NULL; level++) {
        if (strcmp(text, name) != 0)
            continue;
        *(enum log_level *)field = (enum log_level)level;
        return RC_OK;
    }
    return rc_fail(RC_INVALID, why, why_bytes, "\"%s\" is not one of debug, info, warn, error", text);
}

static enum rc set_bool(void *field, const struct params_row *row, const char *text, char *why, size_t why_bytes)
{
    bool is_true = strcmp(text, "true") == 0;

    (void)row;
    if (!is_true && strcmp(text, "false") != 0)
        return rc_fail(RC_INVALID, why, why_bytes, "\"%s\" is not one of true, false", text);
    *(bool *)field = is_true;
    return RC_OK;
}

static enum rc set_retry_type(void *field, const struct params_row *row, const char *text, char *why, size_t why_bytes)
{
    (void)row;
    if (task_retry_type_parse(text, field) != RC_OK)
        return rc_fail(RC_INVALID, why, why_bytes, "\"%s\" is not one of step, ladder", text);
    return RC_OK;
}

static enum rc check_name(const char *text, char *why, size_t why_bytes)
{
    for (const char *c = text; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr("._-", *c) == NULL)
            return rc_fail(RC_INVALID, why, why_bytes, "only letters, digits, dot, underscore and hyphen can be in it");
    return RC_OK;
}

static enum rc check_listen(const char *text, char *why, size_t why_bytes)
{
    const char *colon = strrchr(text, ':');
    struct host_port_address address;
    int64_t port = 0;

    if (colon != NULL && params_value_parse_count(colon + 1, &port) && port > UINT16_MAX)
        return rc_fail(RC_INVALID, why, why_bytes, "port %s is not 1..65535 (0: any free one)", colon + 1);
    if (!host_port_parse(text, &address))
        return rc_fail(RC_INVALID, why, why_bytes, "\"%s\" is not address:port, such as 127.0.0.1:8080", text);
    return RC_OK;
}

static enum rc check_host_port(const char *text, char *why, size_t why_bytes)
{
    struct host_port_address address;

    if (text[0] == '\0')
        return RC_OK;
    if (!host_port_is_valid(text))
        return rc_fail(RC_INVALID, why, why_bytes, "\"%s\" is not host:port, such as 10.0.0.5:8080", text);
    if (host_port_parse(text, &address) && host_port_is_wildcard(&address))
        return rc_fail(RC_INVALID, why, why_bytes, "\"%s\" is no address that another can reach", text);
    return RC_OK;
}

static enum rc check_host(const char *text, char *why, size_t why_bytes)
{
    if (strchr(text, '/') != NULL)
        return rc_fail(RC_INVALID, why, why_bytes, "\"%s\": a host name, address or *.suffix, not a range", text);
    return egress_check_entry(text, why, why_bytes);
}

static enum rc check_file(const char *text, char *why, size_t why_bytes)
{
    if (access(text, R_OK) != 0)
        return rc_fail(RC_INVALID, why, why_bytes, "cannot read %s: %m", text);
    return RC_OK;
}

static enum rc check_module(const char *text, char *why, size_t why_bytes)
{
    /* Without a slash the loader would look for the name in the system's folders. */
    if (text[0] != '\0' && text[0] != '/')
        return rc_fail(RC_INVALID, why, why_bytes, "\"%s\" is not an absolute path", text);
    return text[0] == '\0' ? RC_OK : check_file(text, why, why_bytes);
}

static enum rc set_text(void *field, const struct params_row *row, const char *text, char *why, size_t why_bytes)
{
    char **old = field;
    char *copy = NULL;
    enum rc rc = check_limits(row, (int64_t)strlen(text), "its length in bytes", why, why_bytes);

    if (rc == RC_OK && get_type(row->type)->check != NULL)
        rc = get_type(row->type)->check(text, why, why_bytes);
    if (rc != RC_OK)
        return rc;
    copy = strdup(text);
    if (copy == NULL)
        return rc_fail(RC_NO_MEMORY, why, why_bytes, "out of memory");
    free(*old);
    *old = copy;
    return RC_OK;
}

static enum rc check_tier(const struct params_durations *list, int64_t value, const char *text, char *why,
                          size_t why_bytes)
{
    if (value < 1 || value > INT64_C(24) * 3600 * 1000)
        return rc_fail(RC_INVALID, why, why_bytes, "%s must be " TIER_RANGE, text);
    for (size_t i = 0; i < list->count; i++)
        if (list->items_ms[i] == value)
            return rc_fail(RC_INVALID, why, why_bytes, "%s stands there twice", text);
    return RC_OK;
}

static enum rc append_duration(void *field, const struct params_row *row, const char *text, char *why, size_t why_bytes)
{
    struct params_durations *list = field;
    int64_t *items = NULL;
    int64_t value = 0;
    const char *range = row->type == PARAMS_TYPE_DURATIONS ? TIER_RANGE : WAIT_RANGE;
    enum rc rc = check_limits(row, (int64_t)list->count + 1, "the number of elements", why, why_bytes);

    if (rc != RC_OK)
        return rc;
    if (!params_value_parse_duration(text, &value))
        return rc_fail(RC_INVALID, why, why_bytes, "\"%s\" is not " PARAMS_VALUE_DURATION_FORM "; it must be %s", text,
                       range);
    if (row->type == PARAMS_TYPE_DURATIONS)
        rc = check_tier(list, value, text, why, why_bytes);
    else if (value > TASK_WAIT_MAX_MS)
        rc = rc_fail(RC_INVALID, why, why_bytes, "%s must be " WAIT_RANGE, text);
    if (rc != RC_OK)
        return rc;
    items = realloc(list->items_ms, (list->count + 1) * sizeof *items);
    if (items == NULL)
        return rc_fail(RC_NO_MEMORY, why, why_bytes, "out of memory");
    items[list->count] = value;
    list->items_ms = items;
    list->count++;
    return RC_OK;
}

static enum rc append_host(void *field, const struct params_row *row, const char *text, char *why, size_t why_bytes)
{
    struct params_list *list = field;
    char **items = NULL;
    enum rc rc = check_limits(row, (int64_t)list->count + 1, "the number of elements", why, why_bytes);

    if (rc == RC_OK)
        rc = egress_check_entry(text, why, why_bytes);
    if (rc != RC_OK)
        return rc;
    items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (items == NULL)
        return rc_fail(RC_NO_MEMORY, why, why_bytes, "out of memory");
    list->items = items;
    items[list->count] = strdup(text);
    if (items[list->count] == NULL)
        return rc_fail(RC_NO_MEMORY, why, why_bytes, "out of memory");
    list->count++;
    return RC_OK;
}

static void print_duration(struct buffer *buffer, const void *field, bool is_json)
{
    (void)is_json;
    params_value_print_duration(buffer, *(const int64_t *)field);
}

static void print_size(struct buffer *buffer, const void *field, bool is_json)
{
    (void)is_json;
    params_value_print_size(buffer, *(const int64_t *)field);
}

static void print_rate(struct buffer *buffer, const void *field, bool is_json)
{
    (void)is_json;
    params_value_print_rate(buffer, *(const int64_t *)field);
}

static void print_retry_type(struct buffer *buffer, const void *field, bool is_json)
{
    (void)is_json;
    buffer_append_text(buffer, task_retry_type_get_name(*(const enum task_retry_type *)field));
}

static void print_level(struct buffer *buffer, const void *field, bool is_json)
{
    (void)is_json;
    buffer_append_text(buffer, get_level_name(*(const enum log_level *)field));
}

static void print_bool(struct buffer *buffer, const void *field, bool is_json)
{
    (void)is_json;
    buffer_append_text(buffer, *(const bool *)field ? "true" : "false");
}

static void print_count(struct buffer *buffer, const void *field, bool is_json)
{
    (void)is_json;
    buffer_append_int64(buffer, *(const int64_t *)field);
}

static void print_text(struct buffer *buffer, const void *field, bool is_json)
{
    const char *text = *(char *const *)field;

    (void)is_json;
    params_value_print_text(buffer, text == NULL ? "" : text);
}

static void print_element(struct buffer *buffer, enum params_type type, const void *field, bool is_json)
{
    const char *quote = is_json && get_type(type)->is_word ? "\"" : "";

    buffer_append_text(buffer, quote);
    get_type(type)->print(buffer, field, is_json);
    buffer_append_text(buffer, quote);
}

static void print_durations(struct buffer *buffer, const void *field, bool is_json)
{
    const struct params_durations *list = field;

    buffer_append_char(buffer, '[');
    for (size_t i = 0; i < list->count; i++) {
        buffer_append_text(buffer, i == 0 ? "" : ", ");
        print_element(buffer, PARAMS_TYPE_DURATION, &list->items_ms[i], is_json);
    }
    buffer_append_char(buffer, ']');
}

static void print_hosts(struct buffer *buffer, const void *field, bool is_json)
{
    const struct params_list *list = field;

    buffer_append_char(buffer, '[');
    for (size_t i = 0; i < list->count; i++) {
        buffer_append_text(buffer, i == 0 ? "" : ", ");
        print_element(buffer, PARAMS_TYPE_TEXT, &list->items[i], is_json);
    }
    buffer_append_char(buffer, ']');
}

static void clear_text(void *field)
{
    char **text = field;

    free(*text);
    *text = NULL;
}

static void clear_durations(void *field)
{
    struct params_durations *list = field;

    free(list->items_ms);
    *list = (struct params_durations){NULL, 0};
}

static void clear_hosts(void *field)
{
    struct params_list *list = field;

    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct params_list){NULL, 0};
}

static const struct type TYPES[] = {
    [PARAMS_TYPE_TEXT] = {"text", set_text, NULL, print_text, false, clear_text},
    [PARAMS_TYPE_NAME] = {"text", set_text, check_name, print_text, false, clear_text},
    [PARAMS_TYPE_LISTEN] = {"address:port", set_text, check_listen, print_text, false, clear_text},
    [PARAMS_TYPE_HOST_PORT] = {"host:port", set_text, check_host_port, print_text, false, clear_text},
    [PARAMS_TYPE_HOST] = {"host pattern", set_text, check_host, print_text, false, clear_text},
    [PARAMS_TYPE_FILE] = {"file", set_text, check_file, print_text, false, clear_text},
    [PARAMS_TYPE_MODULE] = {"file", set_text, check_module, print_text, false, clear_text},
    [PARAMS_TYPE_LEVEL] = {"level", set_level, NULL, print_level, true, NULL},
    [PARAMS_TYPE_BOOL] = {"true or false", set_bool, NULL, print_bool, false, NULL},
    [PARAMS_TYPE_COUNT] = {"number", set_number, NULL, print_count, false, NULL},
    [PARAMS_TYPE_SIZE] = {"size", set_number, NULL, print_size, true, NULL},
    [PARAMS_TYPE_DURATION] = {"duration", set_number, NULL, print_duration, true, NULL},
    [PARAMS_TYPE_RATE] = {"rate", set_number, NULL, print_rate, true, NULL},
    [PARAMS_TYPE_RETRY_TYPE] = {"step or ladder", set_retry_type, NULL, print_retry_type, true, NULL},
    [PARAMS_TYPE_DURATIONS] = {"list of durations", append_duration, NULL, print_durations, false, clear_durations},
    [PARAMS_TYPE_WAITS] = {"list of durations", append_duration, NULL, print_durations, false, clear_durations},
    [PARAMS_TYPE_HOSTS] = {"list of hosts and ranges", append_host, NULL, print_hosts, false, clear_hosts},
};

static const struct type *get_type(enum params_type type)
{
    return &TYPES[type];
}

const char *params_table_get_type_name(const struct params_row *row)
{
    return get_type(row->type)->name;
}

enum rc params_table_set(void *base, const struct params_row *row, const char *text, char *why, size_t why_bytes)
{
    return get_type(row->type)->set((char *)base + row->offset, row, text, why, why_bytes);
}

void params_table_print_value(const void *base, const struct params_row *row, bool is_json, struct buffer *buffer)
{
    print_element(buffer, row->type, (const char *)base + row->offset, is_json);
}

void params_table_clear(void *base, const struct params_row *row)
{
    clear_cb *clear = get_type(row->type)->clear;

    if (clear != NULL)
        clear((char *)base + row->offset);
}

/* Keeps in *best the nearer of two; a name counts as near within a quarter of its length and one more. */
static void consider(const char *name, const char *candidate, const char **best, size_t *best_distance)
{
    size_t distance = suggest_get_distance(name, candidate);

    if (distance < *best_distance && distance <= 1 + strlen(candidate) / 4) {
        *best = candidate;
        *best_distance = distance;
    }
}

const char *params_table_suggest(const char *group, const char *name)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;

    if (group == NULL) {
        for (size_t i = 0; i < COUNT_OF(DESTINATION_ROWS); i++)
            consider(name, DESTINATION_ROWS[i].name, &best, &best_distance);
        return best;
    }
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        if (strcmp(ROWS[i].group, group) == 0)
            consider(name, ROWS[i].name, &best, &best_distance);
        else if (group[0] == '\0')
            consider(name, ROWS[i].group, &best, &best_distance);
    }
    if (group[0] == '\0') {
        consider(name, "kafka", &best, &best_distance);
        consider(name, "destinations", &best, &best_distance);
    }
    return best;
}
