/* The JSON of a row: what is read prints, and reads back as what prints the same. */
#include "fuzz.h"

#include "json.h"
#include "row_json.h"

static void encode(const struct row *row, struct buffer *buffer)
{
    FUZZ_CHECK(row_encode(row, buffer) == RC_OK && buffer_is_ok(buffer));
    FUZZ_CHECK(buffer->len_bytes <= ROW_JSON_MAX_BYTES);
}

static void check_round(const struct row *row)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    struct row again = {0};
    struct buffer first = {0};
    struct buffer second = {0};

    encode(row, &first);
    FUZZ_CHECK(row_decode(first.data, first.len_bytes, &again, errstr, sizeof errstr) == RC_OK);
    encode(&again, &second);
    FUZZ_CHECK(first.len_bytes == second.len_bytes && memcmp(first.data, second.data, first.len_bytes) == 0);
    row_close(&again);
    buffer_close(&first);
    buffer_close(&second);
}

/* What is read without a tree is read alike with one. */
static void check_tree(const char *json, size_t json_bytes, const struct row *row)
{
    struct cJSON *root = NULL;
    struct row again = {0};
    struct buffer first = {0};
    struct buffer second = {0};

    FUZZ_CHECK(json_parse(json, json_bytes, ROW_JSON_MAX_BYTES, &root, NULL, 0) == RC_OK);
    FUZZ_CHECK(row_decode_tree(root, &again, NULL, 0) == RC_OK);
    encode(row, &first);
    encode(&again, &second);
    FUZZ_CHECK(first.len_bytes == second.len_bytes && memcmp(first.data, second.data, first.len_bytes) == 0);
    row_close(&again);
    json_close(root);
    buffer_close(&first);
    buffer_close(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    struct row row = {0};

    if (row_decode((const char *)data, size, &row, errstr, sizeof errstr) != RC_OK) {
        fuzz_check_errstr(errstr);
        return 0;
    }
    FUZZ_CHECK(size <= ROW_JSON_MAX_BYTES);
    check_round(&row);
    check_tree((const char *)data, size, &row);
    row_close(&row);
    return 0;
}
