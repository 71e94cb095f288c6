#include "catalog.h"

#include <stdio.h>

#include "unit_table.h"

#define LETTER_MAX 128

/* The options a verb is really run with: its own and those of all. */
static const struct option_spec *get_spec(const struct verb *verb, size_t index)
{
    if (index < verb->option_count) {
        return &verb->options[index];
    }
    index -= verb->option_count;
    return index < catalog.option_count ? &catalog.options[index] : NULL;
}

static void check_each(void (*check)(const struct verb *verb))
{
    for (size_t g = 0; g < catalog.group_count; g++) {
        for (size_t i = 0; i < catalog.groups[g]->count; i++) {
            check(&catalog.groups[g]->verbs[i]);
        }
    }
}

static void check_options(const struct verb *verb)
{
    bool is_letter_used[LETTER_MAX] = {false};
    const struct option_spec *spec = NULL;
    size_t count = 0;

    for (; (spec = get_spec(verb, count)) != NULL; count++) {
        for (size_t n = 0; n < count; n++) {
            if (strcmp(get_spec(verb, n)->name, spec->name) == 0) {
                fail_msg("%s: --%s is there twice", verb->name, spec->name);
            }
        }
        if (spec->letter != 0 && is_letter_used[(unsigned char)spec->letter]) {
            fail_msg("%s: -%c is there twice", verb->name, spec->letter);
        }
        is_letter_used[(unsigned char)spec->letter] = true;
        if ((spec->kind == OPTION_FLAG) != (spec->value_name == NULL)) {
            fail_msg("%s: --%s: a flag has no value name, all others one", verb->name, spec->name);
        }
    }
    assert_true(count <= OPTIONS_MAX);
}

static void no_verb_has_an_option_twice(void **state)
{
    (void)state;
    check_each(check_options);
}

static void check_fields(const struct verb *verb)
{
    for (size_t i = 0; i < verb->option_count; i++) {
        if (verb->options[i].offset >= verb->values_bytes) {
            fail_msg("%s: --%s lies outside the verb's values", verb->name, verb->options[i].name);
        }
    }
}

static void every_option_has_a_field(void **state)
{
    (void)state;
    check_each(check_fields);
}

static void check_help(const struct verb *verb)
{
    char start[64];

    snprintf(start, sizeof start, "autohttp %s", verb->name);
    if (strstr(verb->examples, start) == NULL) {
        fail_msg("%s: no example shows it", verb->name);
    }
    assert_true(verb->summary[0] != '\0');
}

static void every_verb_has_an_example_of_itself(void **state)
{
    (void)state;
    check_each(check_help);
}

static void one_and_two_word_verbs_are_found(void **state)
{
    char send[] = "send";
    char topics[] = "topics";
    char plan[] = "plan";
    char *one[] = {send, plan};
    char *two[] = {topics, plan};
    int used = 0;

    (void)state;
    assert_string_equal(catalog_find_verb(one, 2, &used)->name, "send");
    assert_int_equal(used, 1);
    assert_string_equal(catalog_find_verb(two, 2, &used)->name, "topics plan");
    assert_int_equal(used, 2);
    assert_null(catalog_find_verb(two, 1, &used));
}

static void groups_are_told_from_verbs(void **state)
{
    (void)state;
    assert_true(catalog_has_group("topics"));
    assert_true(catalog_has_group("task"));
    assert_false(catalog_has_group("send"));
    assert_false(catalog_has_group("top"));
}

static void names_of_a_group_are_its_second_words(void **state)
{
    const char *names[CATALOG_NAME_MAX];

    (void)state;
    assert_int_equal(catalog_list_names("topics", names), 3);
    assert_string_equal(names[0], "plan");
    assert_string_equal(names[2], "check");
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, no_verb_has_an_option_twice);
    UNIT_TABLE_TEST(&table, every_option_has_a_field);
    UNIT_TABLE_TEST(&table, every_verb_has_an_example_of_itself);
    UNIT_TABLE_TEST(&table, one_and_two_word_verbs_are_found);
    UNIT_TABLE_TEST(&table, groups_are_told_from_verbs);
    UNIT_TABLE_TEST(&table, names_of_a_group_are_its_second_words);
    return unit_table_run(&table);
}
