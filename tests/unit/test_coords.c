#include "coords.h"

#include "unit_table.h"

struct form {
    const char *name;
    const char *text;
    struct coords coords;
};

static const struct form forms[] = {
    {"no_coordinates_are_the_empty_text", "", {COORDS_NONE, 0, 0, 0}},
    {"record_in_tasks", "tasks-3-1234", {COORDS_TASKS, 3, 0, 1234}},
    {"record_in_control", "control-0-2", {COORDS_CONTROL, 0, 0, 2}},
    {"record_in_a_tier", "delay.5000ms-3-17", {COORDS_DELAY, 3, 5000, 17}},
    {"record_in_the_tier_of_no_wait", "delay.0ms-0-0", {COORDS_DELAY, 0, 0, 0}},
    {"largest_values", "tasks-65535-281474976710655", {COORDS_TASKS, 65535, 0, COORDS_OFFSET_MAX}},
};

static const struct {
    const char *name;
    const char *text;
} refused[] = {
    {"only_a_topic_is_refused", "tasks"},
    {"without_offset_is_refused", "tasks-3"},
    {"empty_offset_is_refused", "tasks-3-"},
    {"empty_partition_is_refused", "tasks--3"},
    {"empty_topic_is_refused", "-3-4"},
    {"topic_without_coordinates_of_its_own_is_refused", "state-1-2"},
    {"topic_with_prefix_is_refused", "autohttp.tasks-1-2"},
    {"topic_in_other_case_is_refused", "Tasks-1-2"},
    {"tier_without_unit_is_refused", "delay.5000-1-2"},
    {"tier_without_number_is_refused", "delay.ms-1-2"},
    {"tier_with_leading_zero_is_refused", "delay.05ms-1-2"},
    {"tier_over_a_year_is_refused", "delay.31536000001ms-1-2"},
    {"leading_zero_is_refused", "tasks-01-2"},
    {"sign_is_refused", "tasks-1-+2"},
    {"space_is_refused", "tasks-1-2 "},
    {"partition_beyond_16_bits_is_refused", "tasks-65536-1"},
    {"offset_beyond_48_bits_is_refused", "tasks-1-281474976710656"},
    {"offset_beyond_64_bits_is_refused", "tasks-1-18446744073709551617"},
};

struct vector {
    const char *name;
    const char *key;
    uint32_t hash;
};

static const struct vector vectors[] = {
    {"hash_of_kafka", "kafka", 0xd067cf64},
    {"hash_of_a_long_key", "giberish123456789", 0x8f552b0c},
    {"hash_of_four_bytes", "1234", 0x9fc97b14},
    {"hash_of_three_bytes", "234", 0xe7c009ca},
    {"hash_of_two_bytes", "34", 0x873930da},
    {"hash_of_one_byte", "4", 0x5a4b5ca1},
    {"hash_of_nothing", "", 0x106e08d9},
    {"hash_of_a_business_key", "order:\xe6\xb3\xa8\xe6\x96\x87", 0xe8540457},
};

static void form_goes_both_ways(void **state)
{
    const struct form *row = *state;
    char text[COORDS_TEXT_MAX_BYTES];
    struct coords coords;

    assert_int_equal(coords_print(&row->coords, text), strlen(row->text));
    assert_string_equal(text, row->text);
    assert_int_equal(coords_parse(row->text, strlen(row->text), &coords), RC_OK);
    assert_true(coords_is_equal(&coords, &row->coords));
}

static void text_is_refused(void **state)
{
    const char *text = ((const char *const *)*state)[1];
    struct coords coords = {COORDS_TASKS, 7, 0, 9};
    const struct coords untouched = coords;

    assert_int_equal(coords_parse(text, strlen(text), &coords), RC_INVALID);
    assert_true(coords_is_equal(&coords, &untouched));
}

static void text_with_nul_inside_is_refused(void **state)
{
    struct coords coords;

    (void)state;
    assert_int_equal(coords_parse("tasks-1-2\0", 10, &coords), RC_INVALID);
    assert_int_equal(coords_parse("tasks\0-1-2", 10, &coords), RC_INVALID);
}

static void hash_is_that_of_java(void **state)
{
    const struct vector *row = *state;

    assert_int_equal(coords_get_murmur2(row->key, strlen(row->key)), row->hash);
}

static void home_masks_the_sign_as_java_does(void **state)
{
    (void)state;
    assert_int_equal(coords_get_home("kafka", 5, 16), (0xd067cf64 & 0x7fffffff) % 16);
    assert_int_equal(coords_get_home("kafka", 5, 7), (0xd067cf64 & 0x7fffffff) % 7);
    assert_int_equal(coords_get_home("kafka", 5, 1), 0);
}

static void hash_takes_bytes_as_unsigned(void **state)
{
    (void)state;
    /* Java masks each byte with 0xff; a sign-extended one would change the words before it. */
    assert_int_equal(coords_get_murmur2("\xff\xfe\xfd\xfc\xfb\xfa\xf9", 7), 0xf6176f45);
}

static void every_difference_makes_coordinates_unequal(void **state)
{
    const struct coords base = {COORDS_DELAY, 1, 2, 3};
    const struct coords others[] = {
        {COORDS_TASKS, 1, 2, 3}, {COORDS_DELAY, 9, 2, 3}, {COORDS_DELAY, 1, 9, 3}, {COORDS_DELAY, 1, 2, 9}};

    (void)state;
    assert_true(coords_is_equal(&base, &base));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(coords_is_equal(&base, &others[i]));
}

static void id_holds_partition_and_offset(void **state)
{
    uint64_t id = coords_make_id(65535, COORDS_OFFSET_MAX);

    (void)state;
    assert_true(id == UINT64_MAX);
    id = coords_make_id(1, 5);
    assert_true(id == UINT64_C(281474976710661));
    assert_int_equal(coords_get_id_partition(id), 1);
    assert_int_equal(coords_get_id_offset(id), 5);
    assert_int_equal(coords_get_id_partition(UINT64_MAX), 65535);
    assert_true(coords_get_id_offset(UINT64_MAX) == COORDS_OFFSET_MAX);
    assert_true(coords_make_id(0, 0) == 0);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, forms, form_goes_both_ways);
    UNIT_TABLE_ADD(&table, refused, text_is_refused);
    UNIT_TABLE_TEST(&table, text_with_nul_inside_is_refused);
    UNIT_TABLE_ADD(&table, vectors, hash_is_that_of_java);
    UNIT_TABLE_TEST(&table, home_masks_the_sign_as_java_does);
    UNIT_TABLE_TEST(&table, hash_takes_bytes_as_unsigned);
    UNIT_TABLE_TEST(&table, every_difference_makes_coordinates_unequal);
    UNIT_TABLE_TEST(&table, id_holds_partition_and_offset);
    return unit_table_run(&table);
}
