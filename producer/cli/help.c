#include "help.h"

#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "catalog.h"
#include "say.h"

static const char all_examples[] =
    "Examples:\n"
    "  autohttp topics apply --execute\n"
    "  autohttp send https://pay.example/charge -d @order.json --type order --id 42 --ladder 1m,5m,30m --wait\n"
    "  autohttp task get order 42\n"
    "  autohttp task stop order 42 --reason 'customer cancelled'\n"
    "  autohttp listen --port 8000 --respond 500,503,200\n"
    "\n";

/* first_word NULL: all verbs, else those of two words that begin with it. */
static bool is_listed(const struct verb *verb, const char *first_word)
{
    size_t first_bytes = first_word != NULL ? strlen(first_word) : 0;

    return first_word == NULL || (strncmp(verb->name, first_word, first_bytes) == 0 && verb->name[first_bytes] == ' ');
}

typedef void (*verb_cb)(const struct verb *verb, FILE *stream);

static void print_summary(const struct verb *verb, FILE *stream)
{
    fprintf(stream, "  %-16s %s\n", verb->name, verb->summary);
}

static void print_examples(const struct verb *verb, FILE *stream)
{
    fputs(verb->examples, stream);
}

static void print_each(const char *first_word, verb_cb print, FILE *stream)
{
    for (size_t g = 0; g < catalog.group_count; g++) {
        for (size_t i = 0; i < catalog.groups[g]->count; i++) {
            if (is_listed(&catalog.groups[g]->verbs[i], first_word)) {
                print(&catalog.groups[g]->verbs[i], stream);
            }
        }
    }
}

static void print_options(const char *title, const struct option_spec *specs, size_t count)
{
    struct buffer buffer = {0};

    options_print_help(specs, count, &buffer);
    if (count > 0 && buffer_is_ok(&buffer)) {
        printf("\n%s:\n%s", title, buffer.data);
    }
    buffer_close(&buffer);
}

enum exit_code help_print_all(void)
{
    printf("autohttp: HTTP calls that must not be lost, on Kafka\n\n%sCommands:\n", all_examples);
    print_each(NULL, print_summary, stdout);
    print_options("Options of all commands", catalog.options, catalog.option_count);
    printf("\nautohttp COMMAND --help explains one. Options outrank the environment, that the configuration file.\n"
           "Exit: 0 ok, 1 the answer is no, 64 usage, 65 bad data, 69 broker or worker unavailable, 70 bug,\n"
           "75 try again, 77 not allowed, 78 configuration.\n");
    return EXIT_CODE_OK;
}

enum exit_code help_print_group(const char *first_word)
{
    printf("Examples:\n");
    print_each(first_word, print_examples, stdout);
    printf("\nCommands:\n");
    print_each(first_word, print_summary, stdout);
    printf("\nautohttp %s COMMAND --help explains one.\n", first_word);
    return EXIT_CODE_OK;
}

enum exit_code help_print_verb(const struct verb *verb)
{
    printf("autohttp %s: %s\n\nExamples:\n%s\nUsage: autohttp %s [options]%s%s\n", verb->name, verb->summary,
           verb->examples, verb->name, verb->synopsis[0] != '\0' ? " " : "", verb->synopsis);
    print_options("Options", verb->options, verb->option_count);
    print_options("Options of all commands", catalog.options, catalog.option_count);
    return EXIT_CODE_OK;
}

enum exit_code help_refuse_nothing(void)
{
    fprintf(stderr, "autohttp: a command is missing:\n");
    print_each(NULL, print_summary, stderr);
    return say_fail(EXIT_CODE_USAGE, "see: autohttp --help");
}
