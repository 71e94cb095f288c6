/* The record header: what is read prints, and reads back as the same. A publish id is its text. */
#include "fuzz.h"

#include "header.h"

static void check_equal(const struct header *a, const struct header *b)
{
    FUZZ_CHECK(a->has_id == b->has_id && a->id == b->id);
    FUZZ_CHECK(a->attempts == b->attempts && a->due_time_ms == b->due_time_ms && a->epoch == b->epoch);
    FUZZ_CHECK(a->has_publish_id == b->has_publish_id);
    FUZZ_CHECK(memcmp(a->publish_id, b->publish_id, sizeof a->publish_id) == 0);
    FUZZ_CHECK(coords_is_equal(&a->of, &b->of));
    FUZZ_CHECK(a->duplicate == b->duplicate && a->status == b->status);
}

static void check_publish_id(const char *text, size_t text_bytes)
{
    uint8_t publish_id[HEADER_PUB_BYTES];
    char printed[2 * HEADER_PUB_BYTES + 1];

    if (header_parse_publish_id(text, text_bytes, publish_id) != RC_OK)
        return;
    header_print_publish_id(publish_id, printed);
    FUZZ_CHECK(text_bytes == sizeof printed - 1 && memcmp(printed, text, text_bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    char printed[HEADER_TEXT_MAX_BYTES];
    struct header header = {0};
    struct header again = {0};
    size_t printed_bytes;

    check_publish_id((const char *)data, size);
    if (header_parse((const char *)data, size, &header, errstr, sizeof errstr) != RC_OK) {
        fuzz_check_errstr(errstr);
        return 0;
    }
    printed_bytes = header_print(&header, printed);
    FUZZ_CHECK(printed_bytes < sizeof printed && printed[printed_bytes] == '\0');
    FUZZ_CHECK(header_parse(printed, printed_bytes, &again, errstr, sizeof errstr) == RC_OK);
    check_equal(&header, &again);
    return 0;
}
