/* The JSON of a command: what is read prints, and reads back as what prints the same. */
#include "fuzz.h"

#include "control_json.h"

static void encode(const struct control *control, struct buffer *buffer)
{
    FUZZ_CHECK(control_encode(control, buffer) == RC_OK && buffer_is_ok(buffer));
    FUZZ_CHECK(buffer->len_bytes <= CONTROL_JSON_MAX_BYTES);
}

static void check_round(const struct control *control)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    struct control again = {0};
    struct buffer first = {0};
    struct buffer second = {0};

    encode(control, &first);
    FUZZ_CHECK(control_decode(first.data, first.len_bytes, &again, errstr, sizeof errstr) == RC_OK);
    encode(&again, &second);
    FUZZ_CHECK(first.len_bytes == second.len_bytes && memcmp(first.data, second.data, first.len_bytes) == 0);
    control_close(&again);
    buffer_close(&first);
    buffer_close(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    struct control control = {0};

    if (control_decode((const char *)data, size, &control, errstr, sizeof errstr) != RC_OK) {
        fuzz_check_errstr(errstr);
        return 0;
    }
    FUZZ_CHECK(size <= CONTROL_JSON_MAX_BYTES);
    check_round(&control);
    control_close(&control);
    return 0;
}
