/* autohttp: the command. Finds the verb, reads its options and the settings, runs it. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "help.h"
#include "say.h"
#include "suggest.h"

#define WRITTEN_BYTES 256

/* written: the whole command as it was typed; word: the part that is wrong; context: what to ask help of. */
static enum exit_code refuse_word(const char *written, const char *word, const char *const *names, size_t count,
                                  const char *context)
{
    const char *near = suggest_find_near(word, names, count);

    if (near == NULL) {
        return say_fail(EXIT_CODE_USAGE, "unknown command '%s' (see: autohttp%s --help)", written, context);
    }
    return say_fail(EXIT_CODE_USAGE, "unknown command '%s'; did you mean '%s'? (see: autohttp%s --help)", written, near,
                    context);
}

static enum exit_code refuse_verb(char **words, int word_count)
{
    const char *names[CATALOG_NAME_MAX];
    char written[WRITTEN_BYTES];
    char context[WRITTEN_BYTES];
    size_t count = catalog_list_names(words[0], names);

    if (count == 0) {
        count = catalog_list_names(NULL, names);
        return refuse_word(words[0], words[0], names, count, "");
    }
    if (word_count < 2) {
        return say_fail(EXIT_CODE_USAGE, "%s wants one more word: %s %s ... (see: autohttp %s --help)", words[0],
                        words[0], names[0], words[0]);
    }
    snprintf(written, sizeof written, "%s %s", words[0], words[1]);
    snprintf(context, sizeof context, " %s", words[0]);
    return refuse_word(written, words[1], names, count, context);
}

static enum exit_code run_with_settings(const struct verb *verb, const struct catalog_values *global, struct call *call)
{
    char errstr[SAY_ERRSTR_BYTES] = "";
    struct settings settings = {0};
    enum exit_code code = EXIT_CODE_CONFIG;
    enum rc rc = settings_load(&global->settings, &settings, errstr, sizeof errstr);

    if (rc == RC_OK && verb->needs == VERB_NEEDS_BROKER) {
        rc = settings_check_bootstrap(&settings, errstr, sizeof errstr);
    }
    if (rc != RC_OK) {
        say("%s", errstr);
        goto out;
    }
    call->settings = &settings;
    code = verb->run(call);
out:
    settings_close(&settings);
    return code;
}

static enum exit_code check_words(const struct verb *verb, int word_count)
{
    if (word_count >= verb->words_min && word_count <= verb->words_max) {
        return EXIT_CODE_OK;
    }
    return say_fail(EXIT_CODE_USAGE, "%s %s; usage: autohttp %s [options] %s", verb->name,
                    word_count < verb->words_min ? "wants more words" : "takes fewer words", verb->name,
                    verb->synopsis);
}

/* argv[0] is the verb's last word. */
static enum exit_code run_verb(const struct verb *verb, struct catalog_values *global, int argc, char **argv)
{
    char errstr[SAY_ERRSTR_BYTES] = "";
    char **words = calloc((size_t)argc, sizeof *words);
    void *values = calloc(1, verb->values_bytes > 0 ? verb->values_bytes : 1);
    struct option_group option_groups[] = {{verb->options, verb->option_count, values},
                                           {catalog.options, catalog.option_count, global}};
    struct call call = {.values = values, .words = words};
    enum exit_code code = EXIT_CODE_USAGE;

    if (words == NULL || values == NULL) {
        code = say_fail(EXIT_CODE_BUG, "out of memory");
        goto out;
    }
    if (options_parse(option_groups, 2, argc, argv, false, words, &call.word_count, errstr, sizeof errstr) != RC_OK) {
        say("%s: %s (see: autohttp %s --help)", verb->name, errstr, verb->name);
        goto out;
    }
    if (global->is_help) {
        code = help_print_verb(verb);
        goto out;
    }
    code = check_words(verb, call.word_count);
    if (code == EXIT_CODE_OK) {
        call.is_json = global->is_json;
        call.global = &global->settings;
        code = verb->needs != VERB_NEEDS_NOTHING ? run_with_settings(verb, global, &call) : verb->run(&call);
    }
out:
    free(values);
    free(words);
    return code;
}

static bool asks_help(const struct catalog_values *global, char **words, int word_count)
{
    return global->is_help || (word_count > 1 && (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0));
}

static enum exit_code run_words(struct catalog_values *global, char **words, int word_count)
{
    int used = 0;
    const struct verb *verb = NULL;

    if (word_count > 0 && strcmp(words[0], "help") == 0) {
        global->is_help = true;
        words++;
        word_count--;
    }
    if (word_count == 0) {
        return global->is_help ? help_print_all() : help_refuse_nothing();
    }
    verb = catalog_find_verb(words, word_count, &used);
    if (verb != NULL) {
        return run_verb(verb, global, word_count - used + 1, words + used - 1);
    }
    if (catalog_has_group(words[0]) && asks_help(global, words, word_count)) {
        return help_print_group(words[0]);
    }
    return refuse_verb(words, word_count);
}

/* Data that could not be written (a full disk, a closed pipe) is a failure, even at the very end. */
static enum exit_code close_stdout(enum exit_code code)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return code == EXIT_CODE_OK ? say_fail(EXIT_CODE_BUG, "cannot write to stdout") : code;
    }
    return code;
}

int main(int argc, char **argv)
{
    char errstr[SAY_ERRSTR_BYTES] = "";
    struct catalog_values global = {0};
    struct option_group group = {catalog.options, catalog.option_count, &global};
    char **words = calloc((size_t)argc + 1, sizeof *words);
    int word_count = 0;
    enum exit_code code = EXIT_CODE_USAGE;

    if (words == NULL) {
        return say_fail(EXIT_CODE_BUG, "out of memory");
    }
    if (options_parse(&group, 1, argc, argv, true, words, &word_count, errstr, sizeof errstr) != RC_OK) {
        say("%s (see: autohttp --help)", errstr);
        goto out;
    }
    if (global.is_version && word_count == 0) {
        static char version_word[] = "version";
        words[word_count++] = version_word;
    }
    code = close_stdout(run_words(&global, words, word_count));
out:
    free(words);
    return code;
}
