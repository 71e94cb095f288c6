#include "suggest.h"

#include "unit_table.h"

struct distance {
    const char *name;
    const char *a;
    const char *b;
    size_t distance;
};

static const struct distance distances[] = {
    {"same_word", "send", "send", 0},
    {"one_letter_more", "sennd", "send", 1},
    {"one_letter_less", "snd", "send", 1},
    {"one_letter_replaced", "sand", "send", 1},
    {"neighbours_swapped_count_once", "sned", "send", 1},
    {"everything_differs", "abc", "xyz", 3},
    {"from_nothing", "", "send", 4},
};

static void distance_counts_edits(void **state)
{
    const struct distance *row = *state;

    assert_int_equal(suggest_get_distance(row->a, row->b), row->distance);
    assert_int_equal(suggest_get_distance(row->b, row->a), row->distance);
}

static const char *const verbs[] = {"send", "validate", "task", "tail", "topics", "listen"};

struct near {
    const char *name;
    const char *word;
    const char *found;
};

static const struct near nears[] = {
    {"swapped_letters_find_the_verb", "sned", "send"},
    {"missing_letter_finds_the_verb", "lsten", "listen"},
    {"long_word_may_have_more_mistakes", "valdiaet", "validate"},
    {"nearest_wins", "tasl", "task"},
    {"nothing_near_finds_nothing", "explain", NULL},
    {"single_letter_finds_nothing_longer", "x", NULL},
};

static void near_word_is_found(void **state)
{
    const struct near *row = *state;
    const char *found = suggest_find_near(row->word, verbs, sizeof verbs / sizeof verbs[0]);

    if (row->found == NULL) {
        assert_null(found);
    } else {
        assert_non_null(found);
        assert_string_equal(found, row->found);
    }
}

static void overlong_word_is_never_near(void **state)
{
    char word[SUGGEST_WORD_MAX_BYTES + 2];

    (void)state;
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_null(suggest_find_near(word, verbs, 1));
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, distances, distance_counts_edits);
    UNIT_TABLE_ADD(&table, nears, near_word_is_found);
    UNIT_TABLE_TEST(&table, overlong_word_is_never_near);
    return unit_table_run(&table);
}
