#include "state_text.h"

#include "unit_table.h"

#define NONCE_TEXT "00112233445566ff"

static void claim_prints_as_it_reads(void **state)
{
    static const char key[] = ":claim:7:" NONCE_TEXT;
    char printed[STATE_TEXT_CLAIM_MAX_BYTES];
    int64_t epoch = 0;
    uint64_t nonce = 0;

    (void)state;
    assert_int_equal(state_text_parse_claim(key, sizeof key - 1, &epoch, &nonce), RC_OK);
    assert_int_equal(epoch, 7);
    assert_true(nonce == UINT64_C(0x00112233445566ff));
    assert_int_equal(state_text_print_claim(epoch, nonce, printed), sizeof key - 1);
    assert_string_equal(printed, key);
}

struct refused {
    const char *name;
    const char *key;
};

static const struct refused refused_claims[] = {
    {"claim_of_the_highest_number_is_refused", ":claim:9223372036854775807:" NONCE_TEXT},
    {"claim_beyond_what_a_row_holds_is_refused", ":claim:9007199254740993:" NONCE_TEXT},
    {"claim_of_epoch_0_is_refused", ":claim:0:" NONCE_TEXT},
    {"claim_of_a_negative_epoch_is_refused", ":claim:-1:" NONCE_TEXT},
    {"claim_with_a_space_is_refused", ":claim: 1:" NONCE_TEXT},
    {"claim_with_a_short_nonce_is_refused", ":claim:1:0"},
    {"claim_with_a_sign_in_its_nonce_is_refused", ":claim:1:-0112233445566ff"},
    {"claim_without_nonce_is_refused", ":claim:1"},
    {"claim_of_a_prefix_alone_is_refused", ":claim:"},
    {"offsets_are_no_claim", ":offsets"},
};

static void claim_is_refused(void **state)
{
    const struct refused *row = *state;
    int64_t epoch = -3;
    uint64_t nonce = 0;

    assert_int_equal(state_text_parse_claim(row->key, strlen(row->key), &epoch, &nonce), RC_CORRUPT);
    assert_int_equal(epoch, -3);
}

static void offsets_are_found_by_their_stream(void **state)
{
    struct buffer value = {0};
    int64_t offset = -1;

    (void)state;
    state_text_append_offset(&value, TOPIC_TASKS, 0, 12);
    state_text_append_offset(&value, TOPIC_DELAY, 15000, 4);
    state_text_append_offset(&value, TOPIC_DELAY, 5000, 7);
    assert_string_equal(value.data, "tasks=12;delay.15000ms=4;delay.5000ms=7;");
    assert_int_equal(state_text_find_offset(value.data, TOPIC_TASKS, 0, &offset), RC_OK);
    assert_int_equal(offset, 12);
    assert_int_equal(state_text_find_offset(value.data, TOPIC_DELAY, 5000, &offset), RC_OK);
    assert_int_equal(offset, 7);
    assert_int_equal(state_text_find_offset(value.data, TOPIC_CONTROL, 0, &offset), RC_NOT_FOUND);
    buffer_close(&value);
}

/* Taken for a floor, such a number would let every record be skipped. */
static void offset_that_is_none_is_corrupt(void **state)
{
    static const char *const values[] = {"tasks=99999999999999999999;", "tasks=-1;", "tasks=;", "tasks=1"};
    int64_t offset = -1;

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        assert_int_equal(state_text_find_offset(values[i], TOPIC_TASKS, 0, &offset), RC_CORRUPT);
    assert_int_equal(offset, -1);
}

static void claims_count_is_read_from_its_value_and_from_no_other(void **state)
{
    static const char *const others[] = {"",
                                         "{}",
                                         "{\"partition_count\":}",
                                         "{\"partition_count\":-4}",
                                         "{\"partition_count\":4294967300}",
                                         "{\"partition_count\":4"};
    int32_t partition_count = -1;

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(state_text_parse_claim_count(others[i], strlen(others[i]), &partition_count), RC_NOT_FOUND);
        assert_int_equal(partition_count, -1);
    }
    assert_int_equal(state_text_parse_claim_count("{\"partition_count\":16}", 22, &partition_count), RC_OK);
    assert_int_equal(partition_count, 16);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, claim_prints_as_it_reads);
    UNIT_TABLE_TEST(&table, claims_count_is_read_from_its_value_and_from_no_other);
    UNIT_TABLE_ADD(&table, refused_claims, claim_is_refused);
    UNIT_TABLE_TEST(&table, offsets_are_found_by_their_stream);
    UNIT_TABLE_TEST(&table, offset_that_is_none_is_corrupt);
    return unit_table_run(&table);
}
