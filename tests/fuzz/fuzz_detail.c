/* The JSON of a row with what its task sends, as another worker or the command reads it: what is there ends, and a
 * detail without content is a row. */
#include "fuzz.h"

#include "detail_json.h"

static void check_text(const char *text)
{
    if (text != NULL)
        FUZZ_CHECK(strlen(text) <= DETAIL_JSON_MAX_BYTES);
}

static void check_content(const struct detail *detail)
{
    for (size_t i = 0; i < detail->header_count; i++) {
        FUZZ_CHECK(detail->headers[i].name != NULL && detail->headers[i].value != NULL);
        check_text(detail->headers[i].name);
        check_text(detail->headers[i].value);
    }
    if (detail->body != NULL)
        FUZZ_CHECK(detail->body_bytes <= TASK_BODY_MAX_BYTES && detail->body[detail->body_bytes] == '\0');
    if (!detail->has_content)
        FUZZ_CHECK(detail->header_count == 0 && detail->body == NULL);
    check_text(detail->content_error);
}

/* The row within is one: it prints, and is read back. */
static void check_row(const struct row *row)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    struct buffer json = {0};
    struct detail again = {0};

    FUZZ_CHECK(row_encode(row, &json) == RC_OK && buffer_is_ok(&json));
    FUZZ_CHECK(detail_decode(json.data, json.len_bytes, &again, errstr, sizeof errstr) == RC_OK);
    FUZZ_CHECK(!again.has_content && again.content_error == NULL && again.row.id == row->id);
    detail_close(&again);
    buffer_close(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    struct detail detail = {0};

    if (detail_decode((const char *)data, size, &detail, errstr, sizeof errstr) != RC_OK) {
        fuzz_check_errstr(errstr);
        return 0;
    }
    FUZZ_CHECK(size <= DETAIL_JSON_MAX_BYTES);
    check_content(&detail);
    check_row(&detail.row);
    detail_close(&detail);
    return 0;
}
