/* verb: one command of `autohttp` as data: its name, what it takes, what it does, and the function that does it.
 *
 * Verbs come in groups, one file pair each; main.c lists the groups. The help is printed from here.
 *
 * Memory:  tables are static; a call borrows from main().
 */
#ifndef CLI_VERB_H
#define CLI_VERB_H

#include "exits.h"
#include "options.h"
#include "settings.h"
#include <stdbool.h>
#include <stddef.h>

#define VERB_WORDS_ANY 1000000

struct call {
    const struct settings *settings; /* NULL if the verb needs none */
    const void *values;              /* the verb's own struct, filled from its options */
    char **words;                    /* what is left of the command line, word_count of them */
    int word_count;
    bool is_json;                          /* --json */
    const struct settings_options *global; /* as given; for verbs that read the configuration themselves */
};

enum verb_needs {
    VERB_NEEDS_NOTHING = 0, /* works without configuration and without a broker */
    VERB_NEEDS_SETTINGS,    /* configuration is read before it runs */
    VERB_NEEDS_BROKER,      /* and it must name a broker */
};

struct verb {
    const char *name;     /* "send", "topics plan" */
    const char *synopsis; /* words after the options; "" if none */
    const char *summary;  /* one line for the list */
    const char *examples; /* lines; the help leads with them */
    const struct option_spec *options;
    size_t option_count;
    size_t values_bytes; /* of the struct the options are offsets into; 0: none */
    int words_min;
    int words_max;
    enum verb_needs needs;
    enum exit_code (*run)(const struct call *call);
};

struct verb_group {
    const struct verb *verbs;
    size_t count;
};

#endif
