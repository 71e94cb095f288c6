/* Coordinates and whole numbers: each has one text only, so what is read prints as it was. Ids hold what went in. */
#include "fuzz.h"

#include "coords.h"
#include "decimal.h"

static void check_coords(const char *text, size_t text_bytes)
{
    struct coords coords = {0};
    char printed[COORDS_TEXT_MAX_BYTES];

    if (coords_parse(text, text_bytes, &coords) != RC_OK)
        return;
    FUZZ_CHECK(coords_print(&coords, printed) == text_bytes && memcmp(printed, text, text_bytes) == 0);
    if (coords.topic == COORDS_NONE)
        return;
    FUZZ_CHECK(coords_get_id_partition(coords_make_id(coords.partition, coords.offset)) == coords.partition);
    FUZZ_CHECK(coords_get_id_offset(coords_make_id(coords.partition, coords.offset)) == coords.offset);
}

static void check_decimal(const char *text, size_t text_bytes, uint64_t max)
{
    char printed[DECIMAL_TEXT_MAX_BYTES];
    uint64_t value = 0;

    if (decimal_parse(text, text_bytes, max, &value) != RC_OK)
        return;
    FUZZ_CHECK(value <= max);
    FUZZ_CHECK(decimal_print(value, printed) == text_bytes && memcmp(printed, text, text_bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;

    check_coords(text, size);
    check_decimal(text, size, UINT64_MAX);
    check_decimal(text, size, COORDS_OFFSET_MAX);
    check_decimal(text, size, 9);
    for (int32_t partition_count = 1; partition_count < 5; partition_count++) {
        int32_t home = coords_get_home(text, size, partition_count);

        FUZZ_CHECK(home >= 0 && home < partition_count);
    }
    return 0;
}
