/* The texts of `state` that are no rows: a claim's key prints as it was read; an offset found lies within a log. */
#include "fuzz.h"

#include "coords.h"
#include "state_text.h"

static void check_claim(const char *key, size_t key_bytes)
{
    char printed[STATE_TEXT_CLAIM_MAX_BYTES];
    int64_t epoch = 0;
    uint64_t nonce = 0;

    if (state_text_parse_claim(key, key_bytes, &epoch, &nonce) != RC_OK)
        return;
    FUZZ_CHECK(epoch >= 1 && epoch <= STATE_TEXT_EPOCH_MAX);
    FUZZ_CHECK(state_text_print_claim(epoch, nonce, printed) == key_bytes && memcmp(printed, key, key_bytes) == 0);
}

static void check_offset(const char *value, enum topic_kind kind, int64_t tier_ms)
{
    struct buffer printed = {0};
    int64_t offset = -1;
    int64_t again = -1;

    if (state_text_find_offset(value, kind, tier_ms, &offset) != RC_OK) {
        FUZZ_CHECK(offset == -1);
        return;
    }
    FUZZ_CHECK(offset >= 0 && offset <= COORDS_OFFSET_MAX);
    state_text_append_offset(&printed, kind, tier_ms, offset);
    FUZZ_CHECK(strstr(value, printed.data) != NULL);
    FUZZ_CHECK(state_text_find_offset(printed.data, kind, tier_ms, &again) == RC_OK && again == offset);
    buffer_close(&printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy_text(data, size);

    check_claim((const char *)data, size);
    check_offset(text, TOPIC_TASKS, 0);
    check_offset(text, TOPIC_CONTROL, 0);
    check_offset(text, TOPIC_DELAY, 5000);
    free(text);
    return 0;
}
