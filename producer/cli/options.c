#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "suggest.h"

#define HELP_COLUMN 34
#define ERRSTR_BYTES 256

/* What getopt_long wants to have, and from which spec each entry came: code 1 + i means specs[i]. */
struct table {
    const struct option_spec *specs[OPTIONS_MAX];
    void *values[OPTIONS_MAX];
    const char *names[OPTIONS_MAX];
    struct option longs[OPTIONS_MAX + 1];
    char shorts[2 * OPTIONS_MAX + 3];
    size_t count;
};

static void add_spec(struct table *table, const struct option_spec *spec, void *values)
{
    struct option *entry = &table->longs[table->count];
    bool has_value = spec->kind != OPTION_FLAG;

    table->specs[table->count] = spec;
    table->values[table->count] = values;
    table->names[table->count] = spec->name;
    entry->name = spec->name;
    entry->has_arg = has_value ? required_argument : no_argument;
    entry->val = 256 + (int)table->count;
    if (spec->letter != 0) {
        size_t used = strlen(table->shorts);
        snprintf(table->shorts + used, sizeof table->shorts - used, "%c%s", spec->letter, has_value ? ":" : "");
    }
    table->count++;
    if (spec->kind == OPTION_NUMBER || spec->kind == OPTION_DURATION) {
        *(int64_t *)((char *)values + spec->offset) = spec->fallback;
    }
}

static void fill_table(const struct option_group *groups, size_t group_count, struct table *table)
{
    memset(table, 0, sizeof *table);
    /* "+" keeps getopt from reordering argv, ":" from printing: both are done here, with suggestions. */
    memcpy(table->shorts, "+:", 3);
    for (size_t i = 0; i < group_count; i++) {
        for (size_t n = 0; n < groups[i].count && table->count < OPTIONS_MAX; n++) {
            add_spec(table, &groups[i].specs[n], groups[i].values);
        }
    }
}

static bool find_long(const struct table *table, const char *name, size_t name_bytes)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strlen(table->names[i]) == name_bytes && memcmp(table->names[i], name, name_bytes) == 0) {
            return true;
        }
    }
    return false;
}

static enum rc refuse_unknown(const struct table *table, const char *name, size_t name_bytes, char *errstr,
                              size_t errstr_bytes)
{
    char word[SUGGEST_WORD_MAX_BYTES + 1];
    const char *near = NULL;

    snprintf(word, sizeof word, "%.*s", (int)name_bytes, name);
    /* An abbreviation is refused, too, but what it stands for is the best guess. */
    for (size_t i = 0; i < table->count && near == NULL && name_bytes > 1; i++) {
        near = strncmp(table->names[i], word, strlen(word)) == 0 ? table->names[i] : NULL;
    }
    if (near == NULL) {
        near = suggest_find_near(word, table->names, table->count);
    }
    if (near == NULL) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "unknown option --%s", word);
    }
    return rc_fail(RC_INVALID, errstr, errstr_bytes, "unknown option --%s; did you mean --%s?", word, near);
}

/* getopt_long would take an abbreviation: judge the word it is about to read. */
static enum rc check_long(const struct table *table, const char *word, char *errstr, size_t errstr_bytes)
{
    if (strncmp(word, "--", 2) != 0 || word[2] == '\0') {
        return RC_OK;
    }
    size_t name_bytes = strcspn(word + 2, "=");
    if (find_long(table, word + 2, name_bytes)) {
        return RC_OK;
    }
    return refuse_unknown(table, word + 2, name_bytes, errstr, errstr_bytes);
}

enum rc options_parse_number(const char *text, int64_t min, int64_t max, int64_t *ret_value, char *errstr,
                             size_t errstr_bytes)
{
    char *end = NULL;

    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || strspn(text, "-0123456789") != strlen(text)) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "'%s' is not a whole number", text);
    }
    if (errno == ERANGE || value < min || value > max) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s is not in %" PRId64 "..%" PRId64, text, min, max);
    }
    *ret_value = value;
    return RC_OK;
}

static enum rc append_item(struct option_list *list, const char *text, char *errstr, size_t errstr_bytes)
{
    if (list->count == OPTIONS_LIST_MAX) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "given more than %d times", OPTIONS_LIST_MAX);
    }
    list->items[list->count++] = text;
    return RC_OK;
}

static enum rc store_value(const struct option_spec *spec, void *values, const char *text, char *errstr,
                           size_t errstr_bytes)
{
    void *field = (char *)values + spec->offset;

    switch (spec->kind) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return RC_OK;
    case OPTION_TEXT:
        *(const char **)field = text;
        return RC_OK;
    case OPTION_NUMBER:
        return options_parse_number(text, spec->min, spec->max, field, errstr, errstr_bytes);
    case OPTION_DURATION:
        return duration_parse(text, spec->max, field, errstr, errstr_bytes);
    case OPTION_LIST:
        return append_item(field, text, errstr, errstr_bytes);
    }
    return RC_INVALID;
}

static enum rc take_option(const struct table *table, int code, const char *word, char *errstr, size_t errstr_bytes)
{
    char why[ERRSTR_BYTES] = "";

    for (size_t i = 0; i < table->count; i++) {
        const struct option_spec *spec = table->specs[i];
        if (code != table->longs[i].val && (spec->letter == 0 || code != spec->letter)) {
            continue;
        }
        enum rc rc = store_value(spec, table->values[i], optarg, why, sizeof why);
        return rc == RC_OK ? rc : rc_fail(RC_INVALID, errstr, errstr_bytes, "--%s: %s", spec->name, why);
    }
    if (code == ':') {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "option %s wants a value", word);
    }
    if (strncmp(word, "--", 2) == 0) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "option %s takes no value", word);
    }
    return rc_fail(RC_INVALID, errstr, errstr_bytes, "unknown option -%c", optopt);
}

enum rc options_parse(const struct option_group *groups, size_t group_count, int argc, char **argv, bool stop_at_word,
                      char **ret_words, int *ret_word_count, char *errstr, size_t errstr_bytes)
{
    struct table table;
    int count = 0;

    fill_table(groups, group_count, &table);
    optind = 0; /* glibc: forget what an earlier parse left */
    for (int next = 1; next < argc; next = optind) {
        const char *word = argv[next];
        enum rc rc = check_long(&table, word, errstr, errstr_bytes);
        if (rc != RC_OK) {
            return rc;
        }
        int code = getopt_long(argc, argv, table.shorts, table.longs, NULL);
        if (code != -1) {
            rc = take_option(&table, code, word, errstr, errstr_bytes);
            if (rc != RC_OK) {
                return rc;
            }
            continue;
        }
        bool is_rest = strcmp(word, "--") == 0 || stop_at_word;
        do {
            if (optind < argc) {
                ret_words[count++] = argv[optind++];
            }
        } while (is_rest && optind < argc);
    }
    *ret_word_count = count;
    return RC_OK;
}

bool options_is_given(const struct option_spec *spec, const void *values)
{
    const void *field = (const char *)values + spec->offset;

    switch (spec->kind) {
    case OPTION_FLAG:
        return *(const bool *)field;
    case OPTION_TEXT:
        return *(const char *const *)field != NULL;
    case OPTION_NUMBER:
    case OPTION_DURATION:
        return *(const int64_t *)field != spec->fallback;
    case OPTION_LIST:
        return ((const struct option_list *)field)->count > 0;
    }
    return false;
}

void options_print_help(const struct option_spec *specs, size_t count, struct buffer *buffer)
{
    char left[128];
    char line[512];

    for (size_t i = 0; i < count; i++) {
        char letter[5] = "    ";
        if (specs[i].letter != 0) {
            snprintf(letter, sizeof letter, "-%c, ", specs[i].letter);
        }
        snprintf(left, sizeof left, "  %s--%s%s%s", letter, specs[i].name, specs[i].value_name != NULL ? " " : "",
                 specs[i].value_name != NULL ? specs[i].value_name : "");
        snprintf(line, sizeof line, "%-*s %s\n", HELP_COLUMN, left, specs[i].help);
        buffer_append_text(buffer, line);
    }
}
