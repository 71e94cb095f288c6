/* The JSON of an event: what is read prints, and reads back as what prints the same. */
#include "fuzz.h"

#include "event_json.h"

static void encode(const struct event *event, struct buffer *buffer)
{
    FUZZ_CHECK(event_encode(event, buffer) == RC_OK && buffer_is_ok(buffer));
    FUZZ_CHECK(buffer->len_bytes <= EVENT_JSON_MAX_BYTES);
}

static void check_round(const struct event *event)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    struct event again = {0};
    struct buffer first = {0};
    struct buffer second = {0};

    encode(event, &first);
    FUZZ_CHECK(event_decode(first.data, first.len_bytes, &again, errstr, sizeof errstr) == RC_OK);
    encode(&again, &second);
    FUZZ_CHECK(first.len_bytes == second.len_bytes && memcmp(first.data, second.data, first.len_bytes) == 0);
    event_close(&again);
    buffer_close(&first);
    buffer_close(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    struct event event = {0};

    if (event_decode((const char *)data, size, &event, errstr, sizeof errstr) != RC_OK) {
        fuzz_check_errstr(errstr);
        return 0;
    }
    FUZZ_CHECK(size <= EVENT_JSON_MAX_BYTES);
    check_round(&event);
    event_close(&event);
    return 0;
}
