/* The strict scanner and cJSON behind it agree; any bytes print as a JSON string that both take. */
#include "fuzz.h"

#include "buffer.h"
#include "json.h"

#define JSON_MAX_BYTES (1024 * 1024)

static enum rc parse(const char *json, size_t json_bytes)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    struct cJSON *root = NULL;
    enum rc rc = json_parse(json, json_bytes, JSON_MAX_BYTES, &root, errstr, sizeof errstr);

    if (rc != RC_OK)
        fuzz_check_errstr(errstr);
    json_close(root);
    return rc;
}

static void check_printed(const char *text, size_t text_bytes)
{
    struct buffer json = {0};

    if (text_bytes > 0 && memchr(text, '\0', text_bytes) != NULL)
        return; /* printed as \u0000, which is refused */
    buffer_append_text(&json, "{\"a\":");
    buffer_append_json_string(&json, text, text_bytes);
    buffer_append_char(&json, '}');
    FUZZ_CHECK(buffer_is_ok(&json));
    FUZZ_CHECK(parse(json.data, json.len_bytes) == RC_OK);
    buffer_close(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    const char *text = (const char *)data;

    FUZZ_CHECK((json_scan(text, size, errstr, sizeof errstr) == RC_OK) == (parse(text, size) == RC_OK));
    check_printed(text, size);
    return 0;
}
