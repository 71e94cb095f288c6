#include "../support/cmocka_all.h"
#include "heap.h"
#include <stdlib.h>

enum { COUNT = 5000 };

static void elements_leave_in_order_of_time_wherever_others_left_from(void **state)
{
    static struct heap_item items[COUNT];
    struct heap heap = {0};
    unsigned seed = 99;
    int64_t last_ms = -1;
    size_t left = COUNT;

    (void)state;
    print_message("seed %u\n", seed);
    for (size_t i = 0; i < COUNT; i++) {
        items[i] = (struct heap_item){.when_ms = rand_r(&seed) % 1000};
        heap_push(&heap, &items[i]);
    }
    for (size_t i = 0; i < COUNT; i += 3) {
        heap_remove(&heap, &items[i]);
        assert_int_equal(items[i].place, 0);
        left--;
    }
    assert_int_equal(heap.count, left);
    while (heap_get_first(&heap) != NULL) {
        struct heap_item *item = heap_get_first(&heap);

        assert_true(item->when_ms >= last_ms);
        last_ms = item->when_ms;
        heap_remove(&heap, item);
        left--;
    }
    assert_int_equal(left, 0);
    heap_close(&heap);
}

static void element_that_is_not_inside_is_left_alone(void **state)
{
    struct heap heap = {0};
    struct heap_item inside = {.when_ms = 1};
    struct heap_item outside = {.when_ms = 0};

    (void)state;
    heap_push(&heap, &inside);
    heap_remove(&heap, &outside);
    assert_int_equal(heap.count, 1);
    assert_ptr_equal(heap_get_first(&heap), &inside);
    heap_remove(&heap, &inside);
    heap_remove(&heap, &inside);
    assert_null(heap_get_first(&heap));
    heap_close(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_leave_in_order_of_time_wherever_others_left_from),
        cmocka_unit_test(element_that_is_not_inside_is_left_alone),
    };

    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
