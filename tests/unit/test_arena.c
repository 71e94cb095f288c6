#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#include "unit_table.h"

static void texts_are_copied_with_a_nul(void **state)
{
    struct arena arena;

    (void)state;
    assert_true(arena_init(&arena, 16));
    assert_string_equal(arena_copy_text(&arena, "abcdef", 3), "abc");
    assert_string_equal(arena_copy_text(&arena, "", 0), "");
    assert_int_equal(arena.used_bytes, 5);
    free(arena.base);
}

static void taken_memory_is_aligned_after_a_text(void **state)
{
    struct arena arena;
    void *taken;

    (void)state;
    assert_true(arena_init(&arena, 64));
    arena_copy_text(&arena, "abc", 3);
    taken = arena_take(&arena, 8);
    assert_non_null(taken);
    assert_int_equal((uintptr_t)taken % alignof(max_align_t), 0);
    free(arena.base);
}

static void what_does_not_fit_is_refused(void **state)
{
    struct arena arena;

    (void)state;
    assert_true(arena_init(&arena, 4));
    assert_null(arena_copy_text(&arena, "abcd", 4));
    assert_null(arena_take(&arena, 5));
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_non_null(arena_copy_text(&arena, "abc", 3));
    assert_null(arena_copy_text(&arena, "", 0));
    assert_null(arena_take(&arena, 1));
    free(arena.base);
}

static void an_empty_arena_is_still_a_block(void **state)
{
    struct arena arena;

    (void)state;
    assert_true(arena_init(&arena, 0));
    assert_non_null(arena.base);
    free(arena.base);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, texts_are_copied_with_a_nul);
    UNIT_TABLE_TEST(&table, taken_memory_is_aligned_after_a_text);
    UNIT_TABLE_TEST(&table, what_does_not_fit_is_refused);
    UNIT_TABLE_TEST(&table, an_empty_arena_is_still_a_block);
    return unit_table_run(&table);
}
