#include "exits.h"

#include "unit_table.h"

struct mapping {
    const char *name;
    enum rc rc;
    enum exit_code code;
};

static const struct mapping mappings[] = {
    {"ok_is_0", RC_OK, 0},
    {"not_found_is_1", RC_NOT_FOUND, 1},
    {"conflict_is_1", RC_CONFLICT, 1},
    {"invalid_is_65", RC_INVALID, 65},
    {"unsupported_is_65", RC_UNSUPPORTED, 65},
    {"too_large_is_65", RC_TOO_LARGE, 65},
    {"corrupt_is_65", RC_CORRUPT, 65},
    {"unavailable_is_69", RC_UNAVAILABLE, 69},
    {"closed_is_69", RC_CLOSED, 69},
    {"no_memory_is_70", RC_NO_MEMORY, 70},
    {"storage_is_70", RC_STORAGE, 70},
    {"full_is_75", RC_FULL, 75},
    {"timeout_is_75", RC_TIMEOUT, 75},
    {"denied_is_77", RC_DENIED, 77},
    {"unknown_number_is_70", (enum rc)999, 70},
};

static void code_has_its_number(void **state)
{
    const struct mapping *row = *state;

    assert_int_equal(exits_from_rc(row->rc), row->code);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, mappings, code_has_its_number);
    return unit_table_run(&table);
}
