/* What the worker does where memory ends: one line that says so, and an exit status that has it restarted. The
 * allocator that fails is the linker's (--wrap). */
#include "unit_table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "log.h"

static bool is_out_of_memory;

void *__real_malloc(size_t byte_count);
void *__real_calloc(size_t count, size_t element_bytes);
void *__real_realloc(void *old, size_t byte_count);
void *__wrap_malloc(size_t byte_count);
void *__wrap_calloc(size_t count, size_t element_bytes);
void *__wrap_realloc(void *old, size_t byte_count);

void *__wrap_malloc(size_t byte_count)
{
    return is_out_of_memory ? NULL : __real_malloc(byte_count);
}

void *__wrap_calloc(size_t count, size_t element_bytes)
{
    return is_out_of_memory ? NULL : __real_calloc(count, element_bytes);
}

void *__wrap_realloc(void *old, size_t byte_count)
{
    return is_out_of_memory ? NULL : __real_realloc(old, byte_count);
}

static void take_bytes(void)
{
    free(alloc_bytes(100));
}

static void take_zeroed(void)
{
    free(alloc_zeroed(10, 10));
}

static void take_more(void)
{
    free(alloc_resize(NULL, 10, 10));
}

static void take_copy(void)
{
    free(alloc_copy("task", 4));
}

static void take_text(void)
{
    free(alloc_text("task"));
}

static void take_more_than_there_is(void)
{
    free(alloc_resize(NULL, SIZE_MAX / 2, 4));
}

struct taker {
    const char *name; /* of the test */
    void (*take)(void);
};

static const struct taker takers[] = {
    {"bytes_that_are_not_to_be_had_end_the_process", take_bytes},
    {"zeroed_elements_that_are_not_to_be_had_end_the_process", take_zeroed},
    {"a_larger_list_that_is_not_to_be_had_ends_the_process", take_more},
    {"a_copy_that_is_not_to_be_had_ends_the_process", take_copy},
    {"a_text_that_is_not_to_be_had_ends_the_process", take_text},
    {"a_size_that_overflows_ends_the_process", take_more_than_there_is},
};

/* The exit status of a process that takes memory where there is none; what it logs. */
static int take_without_memory(void (*take)(void), char *ret_log, size_t log_bytes)
{
    int fds[2];
    int status = 0;
    ssize_t read_bytes;
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        log_set_fd(fds[1]);
        is_out_of_memory = true;
        take();
        _exit(0);
    }
    assert_true(pid > 0);
    close(fds[1]);
    read_bytes = read(fds[0], ret_log, log_bytes - 1);
    ret_log[read_bytes > 0 ? read_bytes : 0] = '\0';
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void process_ends_to_be_restarted(void **state)
{
    const struct taker *row = *state;
    char log[512];

    assert_int_equal(take_without_memory(row->take, log, sizeof log), ALLOC_EXIT_STATUS);
    assert_non_null(strstr(log, "level=error msg=die why=\"out of memory: "));
    assert_non_null(strstr(log, " bytes\""));
}

static void what_is_to_be_had_is_given(void **state)
{
    (void)state;
    for (size_t i = 0; i + 1 < sizeof takers / sizeof takers[0]; i++)
        takers[i].take();
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, takers, process_ends_to_be_restarted);
    UNIT_TABLE_TEST(&table, what_is_to_be_had_is_given);
    return unit_table_run(&table);
}
