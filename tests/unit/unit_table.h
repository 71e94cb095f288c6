/* unit_table: cmocka tests made from the rows of a table, each under the row's own name.
 *
 * A row is a struct whose first member is `const char *name`; the test function gets it as *state.
 *
 *   struct unit_table table = {0};
 *   UNIT_TABLE_ADD(&table, rows, row_is_refused);
 *   return unit_table_run(&table);
 */
#ifndef UNIT_TABLE_H
#define UNIT_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define UNIT_TABLE_MAX 512

struct unit_table {
    struct CMUnitTest tests[UNIT_TABLE_MAX];
    size_t count;
};

static inline void unit_table_add(struct unit_table *table, const char *name, CMUnitTestFunction test, void *row)
{
    struct CMUnitTest added = {.name = name, .test_func = test, .initial_state = row};

    if (table->count == UNIT_TABLE_MAX)
        fail_msg("more than %d tests in one program", UNIT_TABLE_MAX);
    table->tests[table->count++] = added;
}

#define UNIT_TABLE_ADD(table, rows, test)                                                                              \
    for (size_t row_index = 0; row_index < sizeof(rows) / sizeof((rows)[0]); row_index++)                              \
    unit_table_add((table), (rows)[row_index].name, (test), (void *)(uintptr_t) & (rows)[row_index])
/* A test that has no table. */
#define UNIT_TABLE_TEST(table, test) unit_table_add((table), #test, (test), NULL)

static inline int unit_table_run(struct unit_table *table)
{
    return _cmocka_run_group_tests("tests", table->tests, table->count, NULL, NULL);
}

#endif
