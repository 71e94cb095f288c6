#include "params_yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

#include "params_kafka.h"
#include "params_secret.h"
#include "params_table.h"

#define WHY_MAX_BYTES 768

/* One file on its way into params. */
struct reader {
    const char *path;
    yaml_document_t *document;
    struct params *params;
    bool is_exposed; /* others may read the file */
    char *errstr;
    size_t errstr_bytes;
};

static int get_line(const yaml_node_t *node)
{
    return (int)node->start_mark.line + 1;
}

static struct params_source get_source(const yaml_node_t *node)
{
    return (struct params_source){PARAMS_FROM_FILE, get_line(node)};
}

/* group: the section that name stands in, "" at the top level. */
static enum rc fail_at(struct reader *reader, enum rc rc, const yaml_node_t *node, const char *group, const char *name,
                       const char *why)
{
    return rc_fail(rc, reader->errstr, reader->errstr_bytes, "%s:%d: %s%s%s: %s", reader->path, get_line(node), group,
                   group[0] == '\0' ? "" : ".", name, why);
}

static bool is_null(const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;

    return node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

/* NULL, with the text set, unless node is a scalar with a value. */
static const char *get_text(struct reader *reader, const yaml_node_t *node, const char *group, const char *name)
{
    const char *why = NULL;

    if (node->type != YAML_SCALAR_NODE)
        why = "must be a single value, not a list or mapping";
    else if (is_null(node))
        why = "has no value";
    else if (strlen((const char *)node->data.scalar.value) != node->data.scalar.length)
        why = "must not hold a NUL character";
    if (why != NULL) {
        fail_at(reader, RC_INVALID, node, group, name, why);
        return NULL;
    }
    return (const char *)node->data.scalar.value;
}

/* Key and value of pair i of a mapping. */
static enum rc get_pair(struct reader *reader, const yaml_node_t *mapping, size_t i, const char *group,
                        const char **ret_name, const yaml_node_t **ret_key, const yaml_node_t **ret_value)
{
    const yaml_node_pair_t *pairs = mapping->data.mapping.pairs.start;
    const yaml_node_t *key = yaml_document_get_node(reader->document, pairs[i].key);
    char why[WHY_MAX_BYTES];

    *ret_key = key;
    *ret_value = yaml_document_get_node(reader->document, pairs[i].value);
    *ret_name = get_text(reader, key, group, "key");
    if (*ret_name == NULL)
        return RC_INVALID;
    for (size_t n = 0; n < i; n++) {
        const yaml_node_t *earlier = yaml_document_get_node(reader->document, pairs[n].key);

        if (strcmp((const char *)earlier->data.scalar.value, *ret_name) != 0)
            continue;
        snprintf(why, sizeof why, "stands in line %d already", get_line(earlier));
        return fail_at(reader, RC_INVALID, key, group, *ret_name, why);
    }
    return RC_OK;
}

static size_t get_pair_count(const yaml_node_t *mapping)
{
    return (size_t)(mapping->data.mapping.pairs.top - mapping->data.mapping.pairs.start);
}

static enum rc fail_unknown(struct reader *reader, const yaml_node_t *key, const char *group, const char *name,
                            const char *suggestion)
{
    char why[WHY_MAX_BYTES];

    if (group[0] == '\0' && strcmp(name, "loop_interval") == 0)
        return fail_at(reader, RC_INVALID, key, group, name,
                       "remove this line: nothing polls, a task is taken the moment it is due");
    if (group[0] == '\0' && strcmp(name, "task_add_if_success") == 0)
        return fail_at(reader, RC_INVALID, key, group, name,
                       "it is a setting of the library, about calls made at once: see libautohttp(3)");
    if (suggestion != NULL)
        snprintf(why, sizeof why, "no such setting; did you mean %s?", suggestion);
    else
        snprintf(why, sizeof why, "no such setting; autohttp.yaml(5) lists all");
    return fail_at(reader, RC_INVALID, key, group, name, why);
}

/* One scalar into a field of base. */
static enum rc read_value(struct reader *reader, const yaml_node_t *node, void *base, const struct params_row *row,
                          const char *group)
{
    char why[WHY_MAX_BYTES];
    const char *text = get_text(reader, node, group, row->name);
    enum rc rc = RC_OK;

    if (text == NULL)
        return RC_INVALID;
    rc = params_table_set(base, row, text, why, sizeof why);
    return rc == RC_OK ? RC_OK : fail_at(reader, rc, node, group, row->name, why);
}

static enum rc read_list(struct reader *reader, const yaml_node_t *node, const struct params_row *row)
{
    const yaml_node_item_t *item = NULL;

    if (node->type != YAML_SEQUENCE_NODE)
        return fail_at(reader, RC_INVALID, node, row->group, row->name, "must be a list: [a, b]");
    for (item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        enum rc rc =
            read_value(reader, yaml_document_get_node(reader->document, *item), reader->params, row, row->group);

        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

static enum rc read_row(struct reader *reader, const yaml_node_t *node, const struct params_row *row)
{
    size_t id = (size_t)(row - params_table_get(0));

    reader->params->sources[id] = get_source(node);
    return params_table_is_list(row) ? read_list(reader, node, row)
                                     : read_value(reader, node, reader->params, row, row->group);
}

static enum rc read_group(struct reader *reader, const yaml_node_t *node, const char *group)
{
    const yaml_node_t *key = NULL;
    const yaml_node_t *value = NULL;
    const char *name = NULL;
    enum rc rc = RC_OK;

    if (node->type != YAML_MAPPING_NODE)
        return fail_at(reader, RC_INVALID, node, "", group, "must be a mapping");
    for (size_t i = 0; rc == RC_OK && i < get_pair_count(node); i++) {
        const struct params_row *row = NULL;

        rc = get_pair(reader, node, i, group, &name, &key, &value);
        if (rc != RC_OK)
            break;
        row = params_table_find(group, name);
        rc = row == NULL ? fail_unknown(reader, key, group, name, params_table_suggest(group, name))
                         : read_row(reader, value, row);
    }
    return rc;
}

static enum rc read_kafka_entry(struct reader *reader, const yaml_node_t *key, const yaml_node_t *value,
                                const char *name)
{
    char why[WHY_MAX_BYTES];
    const char *text = get_text(reader, value, "kafka", name);
    enum rc rc = RC_OK;

    if (text == NULL)
        return RC_INVALID;
    rc = params_kafka_add(reader->params, name, text, get_source(key), why, sizeof why);
    if (rc == RC_OK && reader->is_exposed && params_table_is_secret(name) &&
        reader->params->kafka[reader->params->kafka_count - 1].file == NULL)
        rc = params_secret_warn(reader->params, "%s:%d: kafka.%s: others can read this file; use %s_file or mode 0640",
                                reader->path, get_line(key), name, name);
    return rc == RC_OK ? RC_OK : fail_at(reader, rc, key, "kafka", name, rc == RC_NO_MEMORY ? "out of memory" : why);
}

static enum rc read_kafka(struct reader *reader, const yaml_node_t *node)
{
    const yaml_node_t *key = NULL;
    const yaml_node_t *value = NULL;
    const char *name = NULL;
    enum rc rc = RC_OK;

    if (node->type != YAML_MAPPING_NODE)
        return fail_at(reader, RC_INVALID, node, "", "kafka", "must be a mapping of librdkafka's settings");
    for (size_t i = 0; rc == RC_OK && i < get_pair_count(node); i++) {
        rc = get_pair(reader, node, i, "kafka", &name, &key, &value);
        if (rc == RC_OK)
            rc = read_kafka_entry(reader, key, value, name);
    }
    return rc;
}

static enum rc read_destination_fields(struct reader *reader, const yaml_node_t *node,
                                       struct params_destination *destination)
{
    const yaml_node_t *key = NULL;
    const yaml_node_t *value = NULL;
    const char *name = NULL;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < get_pair_count(node); i++) {
        const struct params_row *row = NULL;

        rc = get_pair(reader, node, i, "destinations", &name, &key, &value);
        if (rc != RC_OK)
            break;
        row = params_table_find_destination(name);
        rc = row == NULL ? fail_unknown(reader, key, "destinations", name, params_table_suggest(NULL, name))
                         : read_value(reader, value, destination, row, "destinations");
    }
    return rc;
}

/* An element that can never be reached is a mistake of the file. */
static enum rc check_destination(struct reader *reader, const yaml_node_t *node, size_t at)
{
    const struct params_destination *destinations = reader->params->destinations;
    char why[WHY_MAX_BYTES];

    if (destinations[at].match == NULL)
        return fail_at(reader, RC_INVALID, node, "destinations", "match", "is required");
    for (size_t i = 0; i < at; i++) {
        if (strcasecmp(destinations[i].match, destinations[at].match) != 0)
            continue;
        snprintf(why, sizeof why, "\"%.255s\" stands in line %d already, and the first that fits counts",
                 destinations[at].match, destinations[i].line);
        return fail_at(reader, RC_INVALID, node, "destinations", "match", why);
    }
    return RC_OK;
}

static enum rc read_destination(struct reader *reader, const yaml_node_t *node)
{
    struct params *params = reader->params;
    struct params_destination *destinations = NULL;
    size_t at = params->destination_count;
    enum rc rc = RC_OK;

    if (node->type != YAML_MAPPING_NODE)
        return fail_at(reader, RC_INVALID, node, "", "destinations", "each element must be a mapping with match");
    destinations = realloc(params->destinations, (at + 1) * sizeof *destinations);
    if (destinations == NULL)
        return fail_at(reader, RC_NO_MEMORY, node, "", "destinations", "out of memory");
    params->destinations = destinations;
    destinations[at] = (struct params_destination){.line = get_line(node)};
    params->destination_count++;
    rc = read_destination_fields(reader, node, &destinations[at]);
    return rc == RC_OK ? check_destination(reader, node, at) : rc;
}

static enum rc read_destinations(struct reader *reader, const yaml_node_t *node)
{
    const yaml_node_item_t *item = NULL;
    enum rc rc = RC_OK;

    if (node->type != YAML_SEQUENCE_NODE)
        return fail_at(reader, RC_INVALID, node, "", "destinations", "must be a list of mappings with match");
    for (item = node->data.sequence.items.start; rc == RC_OK && item < node->data.sequence.items.top; item++)
        rc = read_destination(reader, yaml_document_get_node(reader->document, *item));
    return rc;
}

static enum rc read_setting(struct reader *reader, const yaml_node_t *key, const yaml_node_t *value, const char *name)
{
    const struct params_row *row = params_table_find("", name);

    if (row != NULL)
        return read_row(reader, value, row);
    if (strcmp(name, "kafka") == 0)
        return read_kafka(reader, value);
    if (strcmp(name, "destinations") == 0)
        return read_destinations(reader, value);
    if (params_table_is_group(name))
        return read_group(reader, value, name);
    return fail_unknown(reader, key, "", name, params_table_suggest("", name));
}

static enum rc read_root(struct reader *reader)
{
    const yaml_node_t *root = yaml_document_get_root_node(reader->document);
    const yaml_node_t *key = NULL;
    const yaml_node_t *value = NULL;
    const char *name = NULL;
    enum rc rc = RC_OK;

    if (root == NULL || (root->type == YAML_SCALAR_NODE && is_null(root)))
        return RC_OK; /* an empty file is one without settings */
    if (root->type != YAML_MAPPING_NODE)
        return rc_fail(RC_INVALID, reader->errstr, reader->errstr_bytes,
                       "%s:%d: the file must be a mapping of settings", reader->path, get_line(root));
    for (size_t i = 0; rc == RC_OK && i < get_pair_count(root); i++) {
        rc = get_pair(reader, root, i, "", &name, &key, &value);
        if (rc == RC_OK)
            rc = read_setting(reader, key, value, name);
    }
    return rc;
}

static enum rc fail_syntax(struct reader *reader, const yaml_parser_t *parser)
{
    return rc_fail(parser->error == YAML_MEMORY_ERROR ? RC_NO_MEMORY : RC_INVALID, reader->errstr, reader->errstr_bytes,
                   "%s:%zu: not valid YAML: %s%s%s", reader->path, parser->problem_mark.line + 1,
                   parser->problem == NULL ? "cannot be read" : parser->problem, parser->context == NULL ? "" : " ",
                   parser->context == NULL ? "" : parser->context);
}

/* Only one document is allowed: what stands behind the first would be ignored. */
static enum rc check_end(struct reader *reader, yaml_parser_t *parser)
{
    yaml_document_t second;
    const yaml_node_t *root = NULL;
    enum rc rc = RC_OK;

    if (!yaml_parser_load(parser, &second))
        return fail_syntax(reader, parser);
    root = yaml_document_get_root_node(&second);
    if (root != NULL)
        rc = rc_fail(RC_INVALID, reader->errstr, reader->errstr_bytes, "%s:%d: a second document is not allowed",
                     reader->path, get_line(root));
    yaml_document_delete(&second);
    return rc;
}

static enum rc read_stream(struct reader *reader, FILE *file)
{
    yaml_parser_t parser;
    yaml_document_t document;
    enum rc rc = RC_OK;

    if (!yaml_parser_initialize(&parser))
        return rc_fail(RC_NO_MEMORY, reader->errstr, reader->errstr_bytes, "%s: out of memory", reader->path);
    yaml_parser_set_input_file(&parser, file);
    if (!yaml_parser_load(&parser, &document)) {
        rc = fail_syntax(reader, &parser);
        yaml_parser_delete(&parser);
        return rc;
    }
    reader->document = &document;
    rc = read_root(reader);
    if (rc == RC_OK && yaml_document_get_root_node(&document) != NULL)
        rc = check_end(reader, &parser);
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    return rc;
}

enum rc params_yaml_read(const char *path, struct params *params, char *errstr, size_t errstr_bytes)
{
    struct reader reader = {path, NULL, params, false, errstr, errstr_bytes};
    struct stat status;
    FILE *file = fopen(path, "re");
    enum rc rc = RC_OK;

    if (file == NULL)
        return rc_fail(errno == ENOENT ? RC_NOT_FOUND : RC_INVALID, errstr, errstr_bytes, "%s: cannot be opened: %m",
                       path);
    if (fstat(fileno(file), &status) != 0 || S_ISDIR(status.st_mode)) {
        rc = rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: is not a file", path);
        goto out;
    }
    if (status.st_size > PARAMS_FILE_MAX_BYTES) {
        rc = rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: has more than %d bytes", path, PARAMS_FILE_MAX_BYTES);
        goto out;
    }
    reader.is_exposed = S_ISREG(status.st_mode) && (status.st_mode & S_IROTH) != 0;
    rc = read_stream(&reader, file);
out:
    fclose(file);
    return rc;
}
