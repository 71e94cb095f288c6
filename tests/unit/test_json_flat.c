#include "json_flat.h"

#include <stdio.h>

#include "unit_table.h"

static const struct json_field fields[] = {
    {"id", JSON_TEXT, true, 1, 8},
    {"waits", JSON_ARRAY, false, 0, 3},
    {"count", JSON_INTEGER, true, -1, INT64_C(1) << 53},
    {"time", JSON_SECONDS, false, 0, 100000},
};
#define FIELD_COUNT (sizeof fields / sizeof fields[0])

static const struct json_field item = {"waits", JSON_SECONDS, false, 0, 60000};

static void values_are_those_that_stand_there(void **state)
{
    static const char json[] = "{\"id\":\"a\xc3\xa9\",\"waits\":[0,1.5,60],\"count\":-1,\"time\":99.025}";
    struct json_value values[FIELD_COUNT];
    int64_t waits_ms[3];

    (void)state;
    assert_true(json_flat_read(json, sizeof json - 1, fields, FIELD_COUNT, values));
    assert_int_equal(values[0].text_bytes, 3);
    assert_memory_equal(values[0].text, "a\xc3\xa9", 3);
    assert_int_equal(values[1].number, 3);
    assert_true(json_flat_read_list(&values[1], &item, waits_ms));
    assert_int_equal(waits_ms[0], 0);
    assert_int_equal(waits_ms[1], 1500);
    assert_int_equal(waits_ms[2], 60000);
    assert_int_equal(values[2].number, -1);
    assert_int_equal(values[3].number, 99025);
}

static void what_is_left_out_is_not_given(void **state)
{
    static const char json[] = "{\"id\":\"a\",\"count\":9007199254740992}";
    struct json_value values[FIELD_COUNT];

    (void)state;
    assert_true(json_flat_read(json, sizeof json - 1, fields, FIELD_COUNT, values));
    assert_false(values[1].is_given);
    assert_false(values[3].is_given);
    assert_true(values[2].number == INT64_C(1) << 53);
}

static void empty_list_has_no_items(void **state)
{
    static const char json[] = "{\"id\":\"a\",\"waits\":[],\"count\":1}";
    struct json_value values[FIELD_COUNT];

    (void)state;
    assert_true(json_flat_read(json, sizeof json - 1, fields, FIELD_COUNT, values));
    assert_true(values[1].is_given);
    assert_int_equal(values[1].number, 0);
    assert_true(json_flat_read_list(&values[1], &item, NULL));
}

/* Other forms, allowed or not: the tree's to judge. */
static const struct form {
    const char *name;
    const char *json;
} forms[] = {
    {"nothing", ""},
    {"no_object", "[]"},
    {"without_a_required_member", "{\"id\":\"a\"}"},
    {"other_order", "{\"count\":1,\"id\":\"a\"}"},
    {"member_twice", "{\"id\":\"a\",\"id\":\"b\",\"count\":1}"},
    {"unknown_member", "{\"id\":\"a\",\"count\":1,\"more\":1}"},
    {"name_that_goes_on", "{\"id\":\"a\",\"counts\":1}"},
    {"space", "{\"id\": \"a\",\"count\":1}"},
    {"escape", "{\"id\":\"\\n\",\"count\":1}"},
    {"control", "{\"id\":\"\n\",\"count\":1}"},
    {"invalid_utf8", "{\"id\":\"\xc3\",\"count\":1}"},
    {"text_too_short", "{\"id\":\"\",\"count\":1}"},
    {"text_too_long", "{\"id\":\"123456789\",\"count\":1}"},
    {"text_for_a_number", "{\"id\":\"a\",\"count\":\"1\"}"},
    {"number_for_a_text", "{\"id\":1,\"count\":1}"},
    {"leading_zero", "{\"id\":\"a\",\"count\":01}"},
    {"no_digit", "{\"id\":\"a\",\"count\":-}"},
    {"whole_with_decimals", "{\"id\":\"a\",\"count\":1.0}"},
    {"exponent", "{\"id\":\"a\",\"count\":1e3}"},
    {"below_the_range", "{\"id\":\"a\",\"count\":-2}"},
    {"beyond_what_is_exact", "{\"id\":\"a\",\"count\":9007199254740993}"},
    {"beyond_int64", "{\"id\":\"a\",\"count\":99999999999999999999}"},
    {"point_without_decimals", "{\"id\":\"a\",\"count\":1,\"time\":1.}"},
    {"four_decimals", "{\"id\":\"a\",\"count\":1,\"time\":1.1234}"},
    {"seconds_above_the_range", "{\"id\":\"a\",\"count\":1,\"time\":100.001}"},
    {"too_many_items", "{\"id\":\"a\",\"waits\":[1,2,3,4],\"count\":1}"},
    {"list_without_its_end", "{\"id\":\"a\",\"waits\":[1,2"},
    {"without_the_end", "{\"id\":\"a\",\"count\":1"},
    {"something_behind", "{\"id\":\"a\",\"count\":1} "},
};

static void form_is_left_to_the_tree(void **state)
{
    const struct form *form = *state;
    struct json_value values[FIELD_COUNT];

    assert_false(json_flat_read(form->json, strlen(form->json), fields, FIELD_COUNT, values));
}

static const struct form lists[] = {
    {"item_above_the_range", "61"},  {"item_is_a_text", "\"1\""}, {"no_item_behind_a_comma", "1,"},
    {"space_between_items", "1, 2"}, {"item_is_a_list", "[1"},
};

static void list_is_left_to_the_tree(void **state)
{
    const struct form *form = *state;
    char json[64];
    int json_bytes = snprintf(json, sizeof json, "{\"id\":\"a\",\"waits\":[%s],\"count\":1}", form->json);
    struct json_value values[FIELD_COUNT];
    int64_t waits_ms[3];

    if (json_flat_read(json, (size_t)json_bytes, fields, FIELD_COUNT, values))
        assert_false(json_flat_read_list(&values[1], &item, waits_ms));
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, values_are_those_that_stand_there);
    UNIT_TABLE_TEST(&table, what_is_left_out_is_not_given);
    UNIT_TABLE_TEST(&table, empty_list_has_no_items);
    UNIT_TABLE_ADD(&table, forms, form_is_left_to_the_tree);
    UNIT_TABLE_ADD(&table, lists, list_is_left_to_the_tree);
    return unit_table_run(&table);
}
