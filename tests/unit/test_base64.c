#include "base64.h"

#include <stdlib.h>

#include "unit_table.h"

struct vector { /* RFC 4648 section 10, and bytes that are no text */
    const char *name;
    const char *bytes;
    size_t byte_count;
    const char *text;
};

static const struct vector vectors[] = {
    {"nothing", "", 0, ""},
    {"one_byte_has_two_paddings", "f", 1, "Zg=="},
    {"two_bytes_have_one_padding", "fo", 2, "Zm8="},
    {"three_bytes_have_none", "foo", 3, "Zm9v"},
    {"six_bytes", "foobar", 6, "Zm9vYmFy"},
    {"nul_and_high_bytes", "\x00\xff\xfe\x80", 4, "AP/+gA=="},
};

static const struct {
    const char *name;
    const char *text;
} refused[] = {
    {"unpadded_is_refused", "Zg"},
    {"half_padded_is_refused", "Zg="},
    {"white_space_is_refused", "Zm9v\n"},
    {"url_alphabet_is_refused", "-_-_"},
    {"loose_bits_are_refused", "Zh=="},
    {"loose_bits_of_two_are_refused", "Zm9="},
    {"padding_inside_is_refused", "Zg==Zg=="},
    {"three_paddings_are_refused", "Z==="},
    {"only_padding_is_refused", "===="},
    {"high_byte_is_refused", "Zm9\xe9"},
};

static void vector_goes_both_ways(void **state)
{
    const struct vector *row = *state;
    size_t text_bytes = strlen(row->text);
    char text[16] = "";
    char bytes[16] = "";
    size_t byte_count = 99;

    assert_int_equal(BASE64_TEXT_BYTES(row->byte_count), text_bytes);
    base64_encode(row->bytes, row->byte_count, text);
    assert_memory_equal(text, row->text, text_bytes);
    assert_int_equal(base64_decode(row->text, text_bytes, bytes, &byte_count), RC_OK);
    assert_int_equal(byte_count, row->byte_count);
    assert_memory_equal(bytes, row->bytes, row->byte_count);
}

static void text_is_refused(void **state)
{
    const char *text = ((const char *const *)*state)[1];
    char bytes[16];
    size_t byte_count = 99;

    assert_int_equal(base64_decode(text, strlen(text), bytes, &byte_count), RC_INVALID);
    assert_int_equal(byte_count, 99);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, vectors, vector_goes_both_ways);
    UNIT_TABLE_ADD(&table, refused, text_is_refused);
    return unit_table_run(&table);
}
