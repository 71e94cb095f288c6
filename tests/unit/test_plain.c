#include "plain.h"

#include "unit_table.h"

#define BUFFER_BYTES 40

static int is_plain(int byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* Every byte value at every place, in a run of every length, beside bytes just above the limits. */
static void run_ends_at_the_first_byte_that_is_not_plain(void **state)
{
    static const char fillers[] = {' ', '!', '#', '[', ']', '\x7f', 'a'};
    char text[BUFFER_BYTES];

    (void)state;
    for (size_t filler = 0; filler < sizeof fillers; filler++) {
        for (size_t place = 0; place < BUFFER_BYTES; place++) {
            for (int byte = 0; byte < 256; byte++) {
                memset(text, fillers[filler], sizeof text);
                text[place] = (char)byte;
                assert_int_equal(plain_get_run_bytes(text, sizeof text), is_plain(byte) ? sizeof text : place);
            }
        }
    }
}

static void run_never_reads_past_its_end(void **state)
{
    char text[BUFFER_BYTES];

    (void)state;
    memset(text, 'a', sizeof text);
    for (size_t text_bytes = 0; text_bytes < BUFFER_BYTES; text_bytes++) {
        assert_int_equal(plain_get_run_bytes(text, text_bytes), text_bytes);
        text[text_bytes] = '"';
        assert_int_equal(plain_get_run_bytes(text, text_bytes), text_bytes);
        text[text_bytes] = 'a';
    }
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, run_ends_at_the_first_byte_that_is_not_plain);
    UNIT_TABLE_TEST(&table, run_never_reads_past_its_end);
    return unit_table_run(&table);
}
