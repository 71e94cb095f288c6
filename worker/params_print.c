#include <stdio.h>
#include <string.h>

#include "params.h"
#include "params_table.h"
#include "params_value.h"

#define PARAMS_PRINT_NAME_MAX_BYTES 256 /* longer kafka keys are cut */

/* "default", "autohttp.yaml:12", "AUTOHTTP_HOLD". */
static void print_source(const struct params *params, struct params_source source, const char *env,
                         struct buffer *buffer)
{
    switch (source.kind) {
    case PARAMS_FROM_DEFAULT:
        buffer_append_text(buffer, "default");
        break;
    case PARAMS_FROM_FILE:
        buffer_append_text(buffer, params->file);
        buffer_append_char(buffer, ':');
        buffer_append_int64(buffer, source.line);
        break;
    case PARAMS_FROM_ENV:
        buffer_append_text(buffer, env);
        break;
    }
}

static void end_yaml_line(const struct params *params, struct params_source source, const char *env,
                          struct buffer *buffer)
{
    buffer_append_text(buffer, "  # ");
    print_source(params, source, env, buffer);
    buffer_append_char(buffer, '\n');
}

static void print_row(const struct params *params, size_t i, struct buffer *buffer)
{
    const struct params_row *row = params_table_get(i);
    char env[PARAMS_TABLE_NAME_MAX_BYTES];

    if (row->group[0] != '\0')
        buffer_append_text(buffer, "  ");
    buffer_append_text(buffer, row->name);
    buffer_append_text(buffer, ": ");
    params_table_print_value(params, row, false, buffer);
    params_table_print_env(row, env);
    end_yaml_line(params, params->sources[i], env, buffer);
}

static void print_rows(const struct params *params, struct buffer *buffer)
{
    const char *group = "";
    const struct params_row *row = NULL;

    for (size_t i = 0; (row = params_table_get(i)) != NULL; i++) {
        if (strcmp(row->group, group) != 0 && row->group[0] != '\0') {
            buffer_append_text(buffer, row->group);
            buffer_append_text(buffer, ":\n");
        }
        group = row->group;
        print_row(params, i, buffer);
    }
}

/* What may be shown of an entry. */
static const char *get_shown(const struct params_kafka_entry *entry)
{
    return entry->file != NULL ? entry->file : entry->is_secret ? "***" : entry->value;
}

static void print_kafka(const struct params *params, struct buffer *buffer)
{
    buffer_append_text(buffer, params->kafka_count == 0 ? "kafka: {}\n" : "kafka:\n");
    for (size_t i = 0; i < params->kafka_count; i++) {
        const struct params_kafka_entry *entry = &params->kafka[i];

        buffer_append_text(buffer, "  ");
        buffer_append_text(buffer, entry->key);
        buffer_append_text(buffer, entry->file == NULL ? ": " : "_file: ");
        params_value_print_text(buffer, get_shown(entry));
        end_yaml_line(params, entry->source, PARAMS_ENV_BOOTSTRAP_SERVERS, buffer);
    }
}

static bool is_set(const struct params_destination *destination, const struct params_row *row)
{
    const void *field = (const char *)destination + row->offset;

    return params_table_is_number(row) ? *(const int64_t *)field != 0 : *(char *const *)field != NULL;
}

static void print_destination(const struct params *params, const struct params_destination *destination,
                              struct buffer *buffer)
{
    const struct params_row *row = NULL;
    struct params_source source = {PARAMS_FROM_FILE, destination->line};

    for (size_t i = 0; (row = params_table_get_destination(i)) != NULL; i++) {
        if (!is_set(destination, row))
            continue;
        buffer_append_text(buffer, i == 0 ? "  - " : "    "); /* the first row, match, is always set */
        buffer_append_text(buffer, row->name);
        buffer_append_text(buffer, ": ");
        params_table_print_value(destination, row, false, buffer);
        end_yaml_line(params, source, "", buffer);
    }
}

void params_print(const struct params *params, struct buffer *buffer)
{
    print_kafka(params, buffer);
    print_rows(params, buffer);
    buffer_append_text(buffer, params->destination_count == 0 ? "destinations: []\n" : "destinations:\n");
    for (size_t i = 0; i < params->destination_count; i++)
        print_destination(params, &params->destinations[i], buffer);
}

/* {"name":"...","value": */
static void begin_json_line(const char *name, struct buffer *buffer)
{
    buffer_append_text(buffer, "{\"name\":");
    params_value_print_text(buffer, name);
    buffer_append_text(buffer, ",\"value\":");
}

static void end_json_line(const struct params *params, struct params_source source, const char *env,
                          struct buffer *buffer)
{
    struct buffer text = {0};

    print_source(params, source, env, &text);
    buffer_append_text(buffer, ",\"source\":");
    buffer_append_json_string(buffer, text.data, text.len_bytes);
    buffer_append_text(buffer, "}\n");
    if (!buffer_is_ok(&text))
        buffer->is_failed = true;
    buffer_close(&text);
}

static void print_kafka_json(const struct params *params, struct buffer *buffer)
{
    for (size_t i = 0; i < params->kafka_count; i++) {
        const struct params_kafka_entry *entry = &params->kafka[i];
        char name[PARAMS_PRINT_NAME_MAX_BYTES];

        snprintf(name, sizeof name, "kafka.%s%s", entry->key, entry->file == NULL ? "" : "_file");
        begin_json_line(name, buffer);
        params_value_print_text(buffer, get_shown(entry));
        end_json_line(params, entry->source, PARAMS_ENV_BOOTSTRAP_SERVERS, buffer);
    }
}

static void print_destination_json(const struct params *params, size_t at, struct buffer *buffer)
{
    const struct params_row *row = NULL;
    struct params_source source = {PARAMS_FROM_FILE, params->destinations[at].line};
    char name[PARAMS_PRINT_NAME_MAX_BYTES];

    for (size_t i = 0; (row = params_table_get_destination(i)) != NULL; i++) {
        if (!is_set(&params->destinations[at], row))
            continue;
        snprintf(name, sizeof name, "destinations[%zu].%s", at, row->name);
        begin_json_line(name, buffer);
        params_table_print_value(&params->destinations[at], row, true, buffer);
        end_json_line(params, source, "", buffer);
    }
}

void params_print_json(const struct params *params, struct buffer *buffer)
{
    const struct params_row *row = NULL;
    char name[PARAMS_TABLE_NAME_MAX_BYTES];
    char env[PARAMS_TABLE_NAME_MAX_BYTES];

    print_kafka_json(params, buffer);
    for (size_t i = 0; (row = params_table_get(i)) != NULL; i++) {
        params_table_print_name(row, name);
        params_table_print_env(row, env);
        begin_json_line(name, buffer);
        params_table_print_value(params, row, true, buffer);
        end_json_line(params, params->sources[i], env, buffer);
    }
    for (size_t i = 0; i < params->destination_count; i++)
        print_destination_json(params, i, buffer);
}

/* scdoc: what would be markup is escaped; `word` becomes bold. */
static void append_scdoc(struct buffer *buffer, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (strchr("_*\\#", *c) != NULL)
            buffer_append_char(buffer, '\\');
        buffer_append_char(buffer, *c == '`' ? '*' : *c);
    }
}

static void append_range(struct buffer *buffer, const struct params_row *row)
{
    if (!params_table_is_number(row))
        return;
    buffer_append_text(buffer, ", ");
    append_scdoc(buffer, row->min);
    buffer_append_text(buffer, " to ");
    append_scdoc(buffer, row->max);
}

static void append_term(struct buffer *buffer, const char *name, const struct params_row *row, bool has_default)
{
    buffer_append_text(buffer, "*");
    append_scdoc(buffer, name);
    buffer_append_text(buffer, "*: ");
    append_scdoc(buffer, params_table_get_type_name(row));
    append_range(buffer, row);
    if (has_default) {
        buffer_append_text(buffer, "; default ");
        append_scdoc(buffer, row->default_text[0] == '\0' ? "empty" : row->default_text);
    }
    buffer_append_text(buffer, "\n\t");
    append_scdoc(buffer, row->doc);
}

static void print_setting_reference(const struct params_row *row, struct buffer *buffer)
{
    char name[PARAMS_TABLE_NAME_MAX_BYTES];
    char env[PARAMS_TABLE_NAME_MAX_BYTES];

    params_table_print_name(row, name);
    append_term(buffer, name, row, true);
    if (!params_table_is_list(row)) {
        params_table_print_env(row, env);
        buffer_append_text(buffer, " Environment: ");
        append_scdoc(buffer, env);
        buffer_append_char(buffer, '.');
    }
    buffer_append_text(buffer, row->is_reloadable ? " Reloadable.\n\n" : "\n\n");
}

static void print_rule_reference(const struct params_kafka_rule *rule, const char *suffix, struct buffer *buffer)
{
    buffer_append_text(buffer, "*");
    append_scdoc(buffer, rule->key);
    append_scdoc(buffer, suffix);
    buffer_append_text(buffer, "*\n\t");
    append_scdoc(buffer, rule->text);
    buffer_append_text(buffer, "\n\n");
}

void params_print_reference(struct buffer *buffer)
{
    const struct params_row *row = NULL;
    const struct params_kafka_rule *rule = NULL;

    buffer_append_text(buffer, "# SETTINGS\n\n");
    for (size_t i = 0; (row = params_table_get(i)) != NULL; i++)
        print_setting_reference(row, buffer);
    buffer_append_text(buffer, "# DESTINATIONS\n\nEach element of *destinations* is a mapping of:\n\n");
    for (size_t i = 0; (row = params_table_get_destination(i)) != NULL; i++) {
        append_term(buffer, row->name, row, false);
        buffer_append_text(buffer, "\n\n");
    }
    buffer_append_text(buffer, "# SECRETS OF KAFKA\n\nEach of these names a file that holds the secret; "
                               "without \\_file the key holds the secret itself.\n\n");
    for (size_t i = 0; (rule = params_table_get_secret(i)) != NULL; i++)
        print_rule_reference(rule, "_file", buffer);
    buffer_append_text(buffer, "# REFUSED KEYS OF KAFKA\n\nThe worker itself controls these:\n\n");
    for (size_t i = 0; (rule = params_table_get_refused(i)) != NULL; i++)
        print_rule_reference(rule, "", buffer);
}
