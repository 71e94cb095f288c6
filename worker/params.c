#include "params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "egress.h"
#include "host_port.h"
#include "params_kafka.h"
#include "params_secret.h"
#include "params_table.h"
#include "params_yaml.h"

#define WHY_MAX_BYTES 768
#define SOURCE_MAX_BYTES 512

void params_close(struct params *params)
{
    const struct params_row *row = NULL;

    if (params == NULL)
        return;
    for (size_t i = 0; (row = params_table_get(i)) != NULL; i++)
        params_table_clear(params, row);
    params_kafka_close(params);
    for (size_t i = 0; i < params->destination_count; i++) {
        free(params->destinations[i].match);
        free(params->destinations[i].ca_file);
    }
    free(params->destinations);
    for (size_t i = 0; i < params->warnings.count; i++)
        free(params->warnings.items[i]);
    free(params->warnings.items);
    params_secret_free(params->admin_token);
    free(params->file);
    memset(params, 0, sizeof *params);
}

static enum rc set_defaults(struct params *params, char *errstr, size_t errstr_bytes)
{
    const struct params_row *row = NULL;
    char why[WHY_MAX_BYTES];
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && (row = params_table_get(i)) != NULL; i++) {
        if (params_table_is_list(row))
            continue; /* all empty */
        rc = params_table_set(params, row, row->default_text, why, sizeof why);
        if (rc != RC_OK)
            rc_fail(rc, errstr, errstr_bytes, "default of %s: %s", row->name, why);
    }
    return rc;
}

/* Where a setting's value came from, as a prefix of an error. */
static void print_source(const struct params *params, enum params_id id, char *buf, size_t buf_bytes)
{
    const struct params_row *row = params_table_get((size_t)id);
    char name[PARAMS_TABLE_NAME_MAX_BYTES];

    params_table_print_name(row, name);
    if (params->sources[id].kind == PARAMS_FROM_FILE)
        snprintf(buf, buf_bytes, "%s:%d: %s", params->file, params->sources[id].line, name);
    else if (params->sources[id].kind == PARAMS_FROM_ENV)
        params_table_print_env(row, buf);
    else
        snprintf(buf, buf_bytes, "%s%s%s", params->file, params->file[0] == '\0' ? "" : ": ", name);
}

static enum rc fail_setting(const struct params *params, enum params_id id, const char *why, char *errstr,
                            size_t errstr_bytes)
{
    char source[SOURCE_MAX_BYTES];

    print_source(params, id, source, sizeof source);
    return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: %s", source, why);
}

static enum rc check_admin(const struct params *params, char *errstr, size_t errstr_bytes)
{
    struct host_port_address address = {0};
    char why[WHY_MAX_BYTES];

    host_port_parse(params->admin_listen, &address); /* whose row took it */
    if (!host_port_is_loopback(&address) && params->admin_token == NULL) {
        snprintf(why, sizeof why, "\"%s\" is not loopback; any other address needs admin_token_file",
                 params->admin_listen);
        return fail_setting(params, PARAMS_ID_admin_listen, why, errstr, errstr_bytes);
    }
    if (host_port_is_wildcard(&address) && params->admin_advertise[0] == '\0') {
        snprintf(why, sizeof why, "\"%s\" is every address; admin_advertise must say which one others use",
                 params->admin_listen);
        return fail_setting(params, PARAMS_ID_admin_listen, why, errstr, errstr_bytes);
    }
    return RC_OK;
}

static enum rc read_admin_token(struct params *params, char *errstr, size_t errstr_bytes)
{
    char why[WHY_MAX_BYTES];
    enum rc rc = RC_OK;

    if (params->admin_token_file[0] == '\0')
        return RC_OK;
    rc = params_secret_read_token(params, params->admin_token_file, &params->admin_token, why, sizeof why);
    if (rc != RC_OK)
        fail_setting(params, PARAMS_ID_admin_token_file, why, errstr, errstr_bytes);
    return rc;
}

/* What no row can say alone. */
static enum rc check_whole(const struct params *params, unsigned flags, char *errstr, size_t errstr_bytes)
{
    if (params->heartbeat_interval_ms * 3 > params->session_timeout_ms)
        return fail_setting(params,
                            params->sources[PARAMS_ID_heartbeat_interval].kind == PARAMS_FROM_DEFAULT
                                ? PARAMS_ID_session_timeout
                                : PARAMS_ID_heartbeat_interval,
                            "heartbeat_interval must be at most a third of session_timeout", errstr, errstr_bytes);
    if (check_admin(params, errstr, errstr_bytes) != RC_OK)
        return RC_INVALID;
    if ((flags & PARAMS_NEED_KAFKA) != 0 && params_get_kafka(params, "bootstrap.servers") == NULL)
        return rc_fail(RC_INVALID, errstr, errstr_bytes,
                       "%s%skafka.bootstrap.servers: is required, here or as " PARAMS_ENV_BOOTSTRAP_SERVERS,
                       params->file, params->file[0] == '\0' ? "" : ": ");
    if ((flags & PARAMS_NEED_STATE_DIR) != 0 && params->state_dir[0] == '\0')
        return fail_setting(params, PARAMS_ID_state_dir, "is required, here or as AUTOHTTP_STATE_DIR", errstr,
                            errstr_bytes);
    return RC_OK;
}

/* Defaults that are another setting's value. */
static enum rc derive(struct params *params)
{
    char *group_id = NULL;

    if (params->group_id[0] != '\0')
        return RC_OK;
    group_id = strdup(params->topic_prefix);
    if (group_id == NULL)
        return RC_NO_MEMORY;
    free(params->group_id);
    params->group_id = group_id;
    return RC_OK;
}

enum rc params_load(const char *path, unsigned flags, struct params *ret_params, char *errstr, size_t errstr_bytes)
{
    struct params params = {0};
    enum rc rc = RC_OK;

    params.file = strdup(path == NULL ? "" : path);
    if (params.file == NULL)
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    rc = set_defaults(&params, errstr, errstr_bytes);
    if (rc == RC_OK && path != NULL)
        rc = params_yaml_read(path, &params, errstr, errstr_bytes);
    if (rc == RC_OK && (flags & PARAMS_NO_ENV) == 0)
        rc = params_apply_env(&params, environ, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = read_admin_token(&params, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = check_whole(&params, flags, errstr, errstr_bytes);
    if (rc == RC_OK && derive(&params) != RC_OK)
        rc = rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    if (rc == RC_OK)
        *ret_params = params;
    else
        params_close(&params);
    return rc;
}

/* The value of NAME=value if its name is `name`, else NULL. */
static const char *get_value(const char *variable, const char *name)
{
    size_t name_bytes = strlen(name);

    return strncmp(variable, name, name_bytes) == 0 && variable[name_bytes] == '=' ? variable + name_bytes + 1 : NULL;
}

static enum rc apply_row(struct params *params, size_t i, const char *variable, char *errstr, size_t errstr_bytes)
{
    const struct params_row *row = params_table_get(i);
    char name[PARAMS_TABLE_NAME_MAX_BYTES];
    char why[WHY_MAX_BYTES];
    const char *value = NULL;
    enum rc rc = RC_OK;

    params_table_print_env(row, name);
    value = params_table_is_list(row) ? NULL : get_value(variable, name);
    if (value == NULL)
        return RC_OK;
    rc = params_table_set(params, row, value, why, sizeof why);
    if (rc != RC_OK)
        return rc_fail(rc, errstr, errstr_bytes, "%s: %s", name, why);
    params->sources[i] = (struct params_source){PARAMS_FROM_ENV, 0};
    return RC_OK;
}

static enum rc apply_variable(struct params *params, const char *variable, char *errstr, size_t errstr_bytes)
{
    const char *servers = get_value(variable, PARAMS_ENV_BOOTSTRAP_SERVERS);
    char why[WHY_MAX_BYTES];
    enum rc rc = RC_OK;

    if (servers != NULL && servers[0] == '\0')
        return rc_fail(RC_INVALID, errstr, errstr_bytes, PARAMS_ENV_BOOTSTRAP_SERVERS ": has no value");
    if (servers != NULL) {
        rc = params_kafka_set(params, "bootstrap.servers", servers, (struct params_source){PARAMS_FROM_ENV, 0}, why,
                              sizeof why);
        return rc == RC_OK ? RC_OK : rc_fail(rc, errstr, errstr_bytes, PARAMS_ENV_BOOTSTRAP_SERVERS ": %s", why);
    }
    for (size_t i = 0; rc == RC_OK && i < PARAMS_COUNT; i++)
        rc = apply_row(params, i, variable, errstr, errstr_bytes);
    return rc;
}

enum rc params_apply_env(struct params *params, char *const *environment, char *errstr, size_t errstr_bytes)
{
    enum rc rc = RC_OK;

    for (; rc == RC_OK && *environment != NULL; environment++)
        if (strncmp(*environment, "AUTOHTTP_", sizeof "AUTOHTTP_" - 1) == 0)
            rc = apply_variable(params, *environment, errstr, errstr_bytes);
    return rc;
}

static bool is_row_equal(const struct params *left, const struct params *right, const struct params_row *row)
{
    struct buffer left_text = {0};
    struct buffer right_text = {0};
    bool is_equal = false;

    params_table_print_value(left, row, false, &left_text);
    params_table_print_value(right, row, false, &right_text);
    is_equal = buffer_is_ok(&left_text) && buffer_is_ok(&right_text) && left_text.len_bytes == right_text.len_bytes &&
               memcmp(left_text.data, right_text.data, left_text.len_bytes) == 0;
    buffer_close(&left_text);
    buffer_close(&right_text);
    return is_equal;
}

static bool is_kafka_equal(const struct params *left, const struct params *right)
{
    if (left->kafka_count != right->kafka_count)
        return false;
    for (size_t i = 0; i < left->kafka_count; i++)
        if (strcmp(left->kafka[i].key, right->kafka[i].key) != 0 ||
            strcmp(left->kafka[i].value, right->kafka[i].value) != 0)
            return false;
    return true;
}

static bool is_ca_file_equal(const struct params_destination *left, const struct params_destination *right)
{
    bool has_ca_file = left->ca_file != NULL && right->ca_file != NULL;

    return has_ca_file ? strcmp(left->ca_file, right->ca_file) == 0 : left->ca_file == right->ca_file;
}

static bool are_matches_equal(const struct params *left, const struct params *right)
{
    if (left->destination_count != right->destination_count)
        return false;
    for (size_t i = 0; i < left->destination_count; i++)
        if (strcmp(left->destinations[i].match, right->destinations[i].match) != 0)
            return false;
    return true;
}

static void take_destination(struct params_destination *destination, const struct params_destination *fresh)
{
    const struct params_row *row = NULL;

    for (size_t i = 0; (row = params_table_get_destination(i)) != NULL; i++)
        if (params_table_is_number(row))
            *(int64_t *)((char *)destination + row->offset) = *(const int64_t *)((const char *)fresh + row->offset);
}

/* In place: who uses a destination keeps its address. False: more differs than numbers. */
static bool take_destinations(struct params *params, const struct params *fresh)
{
    bool is_all = true;

    if (!are_matches_equal(params, fresh))
        return false;
    for (size_t i = 0; i < params->destination_count; i++) {
        take_destination(&params->destinations[i], &fresh->destinations[i]);
        is_all = is_all && is_ca_file_equal(&params->destinations[i], &fresh->destinations[i]);
    }
    return is_all;
}

/* The same path may hold another token by now. */
static bool is_token_equal(const struct params *left, const struct params *right)
{
    bool has_token = left->admin_token != NULL && right->admin_token != NULL;

    return has_token ? strcmp(left->admin_token, right->admin_token) == 0 : left->admin_token == right->admin_token;
}

static void note_changed(struct buffer *changed, const char *name)
{
    if (changed == NULL)
        return;
    if (changed->len_bytes > 0)
        buffer_append_text(changed, ", ");
    buffer_append_text(changed, name);
}

static void take_row(struct params *params, const struct params *fresh, size_t i)
{
    const struct params_row *row = params_table_get(i);
    void *field = (char *)params + row->offset;
    const void *fresh_field = (const char *)fresh + row->offset;

    if (row->type == PARAMS_TYPE_LEVEL)
        *(enum log_level *)field = *(const enum log_level *)fresh_field;
    else if (row->type == PARAMS_TYPE_BOOL)
        *(bool *)field = *(const bool *)fresh_field;
    else
        *(int64_t *)field = *(const int64_t *)fresh_field;
    params->sources[i] = fresh->sources[i];
}

void params_take_reloadable(struct params *params, const struct params *fresh, struct buffer *changed)
{
    char name[PARAMS_TABLE_NAME_MAX_BYTES];
    const struct params_row *row = NULL;

    for (size_t i = 0; (row = params_table_get(i)) != NULL; i++) {
        params_table_print_name(row, name);
        if (row->is_reloadable)
            take_row(params, fresh, i);
        else if (!is_row_equal(params, fresh, row))
            note_changed(changed, name);
    }
    if (!is_token_equal(params, fresh) && strcmp(params->admin_token_file, fresh->admin_token_file) == 0)
        note_changed(changed, "admin_token_file");
    if (!is_kafka_equal(params, fresh))
        note_changed(changed, "kafka");
    if (!take_destinations(params, fresh))
        note_changed(changed, "destinations");
}

const char *params_get_kafka(const struct params *params, const char *key)
{
    for (size_t i = 0; i < params->kafka_count; i++)
        if (strcmp(params->kafka[i].key, key) == 0)
            return params->kafka[i].value;
    return NULL;
}

const struct params_destination *params_get_destination(const struct params *params, const char *host)
{
    for (size_t i = 0; i < params->destination_count; i++)
        if (egress_match_host(params->destinations[i].match, host))
            return &params->destinations[i];
    return NULL;
}
