/* options: long and short options of a verb, from a table to fields of a struct.
 *
 * Long options are taken whole only: a prefix of one is refused, because it would change its meaning with the next
 * release. Options and words may be mixed; `--` ends the options; a value follows its option or `=`.
 *
 * Memory:  values borrow from argv. The words found are gathered at the front of ret_words, which has room for argc.
 * Threads: one at a time (getopt).
 * Errors:  RC_INVALID, errstr naming the option, its value and the limit, with a suggestion for an unknown one.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "buffer.h"
#include "rc.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_LIST_MAX 128
#define OPTIONS_MAX 40 /* of all groups together */

enum option_kind {
    OPTION_FLAG = 1, /* bool */
    OPTION_TEXT,     /* const char * */
    OPTION_NUMBER,   /* int64_t, min..max */
    OPTION_DURATION, /* int64_t in ms, 0..max */
    OPTION_LIST,     /* struct option_list: may be given again and again */
};

struct option_list {
    const char *items[OPTIONS_LIST_MAX];
    size_t count;
};

struct option_spec {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    enum option_kind kind;
    size_t offset;          /* of the field in the values struct */
    const char *value_name; /* for the help; NULL for a flag */
    const char *help;
    int64_t min;      /* OPTION_NUMBER */
    int64_t max;      /* OPTION_NUMBER, OPTION_DURATION */
    int64_t fallback; /* OPTION_NUMBER, OPTION_DURATION: the field's value if the option is not given */
};

struct option_group {
    const struct option_spec *specs;
    size_t count;
    void *values; /* zeroed by the caller */
};

/* Parses argv[1..argc-1]. With stop_at_word it ends at the first word, and ret_words[0..] are that and all after it. */
enum rc options_parse(const struct option_group *groups, size_t group_count, int argc, char **argv, bool stop_at_word,
                      char **ret_words, int *ret_word_count, char *errstr, size_t errstr_bytes);
/* Whether the option's field differs from what it is without the option. */
bool options_is_given(const struct option_spec *spec, const void *values);
/* Whole decimal numbers only. */
enum rc options_parse_number(const char *text, int64_t min, int64_t max, int64_t *ret_value, char *errstr,
                             size_t errstr_bytes);
/* The options as help lines. */
void options_print_help(const struct option_spec *specs, size_t count, struct buffer *buffer);

#endif
