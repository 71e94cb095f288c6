#include <ctype.h>
#include <string.h>

#include "params.h"
#include "params_table.h"
#include "params_value.h"

static void append_quoted(struct buffer *buffer, const char *text)
{
    buffer_append_json_string(buffer, text, strlen(text));
}

/* "  # default", "  # autohttp.yaml:12", "  # AUTOHTTP_HOLD" and the end of the line. */
static void append_source(struct buffer *buffer, const struct params *params, struct params_source source,
                          const char *env)
{
    buffer_append_text(buffer, "  # ");
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
    params_table_print_value(params, row, buffer);
    params_table_print_env(row, env);
    append_source(buffer, params, params->sources[i], env);
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

static void print_kafka(const struct params *params, struct buffer *buffer)
{
    buffer_append_text(buffer, params->kafka_count == 0 ? "kafka: {}\n" : "kafka:\n");
    for (size_t i = 0; i < params->kafka_count; i++) {
        const struct params_kafka_entry *entry = &params->kafka[i];

        buffer_append_text(buffer, "  ");
        buffer_append_text(buffer, entry->key);
        buffer_append_text(buffer, entry->file == NULL ? ": " : "_file: ");
        append_quoted(buffer, entry->file != NULL ? entry->file : entry->is_secret ? "***" : entry->value);
        append_source(buffer, params, entry->source, PARAMS_ENV_BOOTSTRAP_SERVERS);
    }
}

static bool is_set(const struct params_destination *destination, const struct params_row *row)
{
    const void *field = (const char *)destination + row->offset;

    return row->type == PARAMS_TYPE_DURATION ? *(const int64_t *)field != 0 : *(char *const *)field != NULL;
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
        params_table_print_value(destination, row, buffer);
        if (i == 0)
            append_source(buffer, params, source, "");
        else
            buffer_append_char(buffer, '\n');
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
    bool is_number =
        row->type == PARAMS_TYPE_COUNT || row->type == PARAMS_TYPE_SIZE || row->type == PARAMS_TYPE_DURATION;

    if (!is_number)
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
    if (row->is_reloadable)
        buffer_append_text(buffer, " Reloadable.");
    if (!params_table_is_list(row)) {
        params_table_print_env(row, env);
        buffer_append_text(buffer, " Environment: ");
        append_scdoc(buffer, env);
        buffer_append_char(buffer, '.');
    }
    buffer_append_text(buffer, "\n\n");
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
