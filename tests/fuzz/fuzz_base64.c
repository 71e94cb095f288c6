/* base64: each sequence of bytes has one text, each accepted text gives it back. */
#include "fuzz.h"

#include "base64.h"

static void check_text(const char *text, size_t text_bytes)
{
    /* Exactly the room that the header asks for. */
    char *bytes = malloc(text_bytes / 4 * 3 + (text_bytes < 4));
    char *again = malloc(text_bytes + 1);
    size_t byte_count = 0;

    FUZZ_CHECK(bytes != NULL && again != NULL);
    if (base64_decode(text, text_bytes, bytes, &byte_count) == RC_OK) {
        FUZZ_CHECK(BASE64_TEXT_BYTES(byte_count) == text_bytes);
        base64_encode(bytes, byte_count, again);
        FUZZ_CHECK(memcmp(again, text, text_bytes) == 0);
    }
    free(bytes);
    free(again);
}

static void check_bytes(const uint8_t *bytes, size_t byte_count)
{
    size_t text_bytes = BASE64_TEXT_BYTES(byte_count);
    char *text = malloc(text_bytes + 1);
    char *again = malloc(text_bytes + 1);
    size_t again_count = 0;

    FUZZ_CHECK(text != NULL && again != NULL);
    base64_encode(bytes, byte_count, text);
    FUZZ_CHECK(base64_decode(text, text_bytes, again, &again_count) == RC_OK);
    FUZZ_CHECK(again_count == byte_count && (byte_count == 0 || memcmp(again, bytes, byte_count) == 0));
    free(text);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_text((const char *)data, size);
    check_bytes(data, size);
    return 0;
}
