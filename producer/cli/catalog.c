#include "catalog.h"

#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "config_verbs.h"
#include "listen.h"
#include "send.h"
#include "suggest.h"
#include "tail.h"
#include "task_get.h"
#include "task_list.h"
#include "task_verbs.h"
#include "topics_verbs.h"
#include "validate.h"

static const struct option_spec options[] = {
    {"config", 0, OPTION_TEXT, offsetof(struct catalog_values, settings.config), "FILE",
     "the worker's configuration file (AUTOHTTP_CONFIG)", 0, 0, 0},
    {"bootstrap", 0, OPTION_TEXT, offsetof(struct catalog_values, settings.bootstrap), "LIST",
     "brokers, HOST:PORT,... (AUTOHTTP_BOOTSTRAP)", 0, 0, 0},
    {"topic-prefix", 0, OPTION_TEXT, offsetof(struct catalog_values, settings.topic_prefix), "NAME",
     "what topic names begin with (AUTOHTTP_TOPIC_PREFIX)", 0, 0, 0},
    {"json", 0, OPTION_FLAG, offsetof(struct catalog_values, is_json), NULL, "print JSON, one object a line", 0, 0, 0},
    {"help", 'h', OPTION_FLAG, offsetof(struct catalog_values, is_help), NULL, "explain the command", 0, 0, 0},
    {"version", 0, OPTION_FLAG, offsetof(struct catalog_values, is_version), NULL, "print the version", 0, 0, 0},
};

static const struct verb_group *const groups[] = {
    &send_verbs, &validate_verbs, &task_get_verbs, &task_list_verbs, &task_verbs,
    &tail_verbs, &topics_verbs,   &audit_verbs,    &listen_verbs,    &config_verbs,
};

const struct catalog catalog = {groups, sizeof groups / sizeof groups[0], options, sizeof options / sizeof options[0]};

/* Visits all verbs as one list. */
static const struct verb *get_verb(size_t index)
{
    for (size_t g = 0; g < catalog.group_count; g++) {
        if (index < groups[g]->count) {
            return &groups[g]->verbs[index];
        }
        index -= groups[g]->count;
    }
    return NULL;
}

const struct verb *catalog_find_verb(char **words, int word_count, int *ret_used)
{
    char two[2 * SUGGEST_WORD_MAX_BYTES];
    const struct verb *verb = NULL;

    snprintf(two, sizeof two, "%s %s", words[0], word_count > 1 ? words[1] : "");
    for (size_t i = 0; (verb = get_verb(i)) != NULL; i++) {
        if (strcmp(verb->name, words[0]) == 0 || strcmp(verb->name, two) == 0) {
            *ret_used = strchr(verb->name, ' ') != NULL ? 2 : 1;
            return verb;
        }
    }
    return NULL;
}

static bool is_in_group(const struct verb *verb, const char *first_word)
{
    size_t first_bytes = strlen(first_word);

    return strncmp(verb->name, first_word, first_bytes) == 0 && verb->name[first_bytes] == ' ';
}

bool catalog_has_group(const char *first_word)
{
    const char *names[CATALOG_NAME_MAX];

    return catalog_list_names(first_word, names) > 0;
}

size_t catalog_list_names(const char *first_word, const char **ret_names)
{
    static char firsts[CATALOG_NAME_MAX][SUGGEST_WORD_MAX_BYTES];
    const struct verb *verb = NULL;
    size_t count = 0;

    for (size_t i = 0; (verb = get_verb(i)) != NULL && count < CATALOG_NAME_MAX; i++) {
        if (first_word == NULL) {
            snprintf(firsts[count], sizeof firsts[count], "%.*s", (int)strcspn(verb->name, " "), verb->name);
            ret_names[count] = firsts[count];
            count++;
        } else if (is_in_group(verb, first_word)) {
            ret_names[count++] = verb->name + strlen(first_word) + 1;
        }
    }
    return count;
}
