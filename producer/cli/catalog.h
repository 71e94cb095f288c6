/* catalog: every verb there is, and the options that all of them take.
 *
 * Memory:  static.
 * Threads: one at a time.
 */
#ifndef CLI_CATALOG_H
#define CLI_CATALOG_H

#include "options.h"
#include "settings.h"
#include "verb.h"
#include <stdbool.h>
#include <stddef.h>

#define CATALOG_NAME_MAX 64

struct catalog_values { /* of the options that all verbs take */
    struct settings_options settings;
    bool is_json;
    bool is_help;
    bool is_version;
};

struct catalog {
    const struct verb_group *const *groups;
    size_t group_count;
    const struct option_spec *options; /* into struct catalog_values */
    size_t option_count;
};

extern const struct catalog catalog;

/* The verb whose name is the first word or the first two; NULL if there is none. *ret_used: how many it took. */
const struct verb *catalog_find_verb(char **words, int word_count, int *ret_used);
/* Whether some verb has two words and begins with this one. */
bool catalog_has_group(const char *first_word);
/* first_word NULL: the first words of all verbs; else the second words of those that begin with it. ret_names has room
 * for CATALOG_NAME_MAX; returns how many, some more than once. */
size_t catalog_list_names(const char *first_word, const char **ret_names);

#endif
