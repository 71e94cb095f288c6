/* log, alloc, invariant: lines that a logfmt parser reads back, whatever is in them; ends that leave a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "invariant.h"
#include "log.h"

#define CAPTURE_MAX_BYTES (256 * 1024)

static FILE *output;
static char captured[CAPTURE_MAX_BYTES];

static int open_output(void **state)
{
    (void)state;
    output = tmpfile();
    if (output == NULL)
        return -1;
    log_flush(true);
    log_set_fd(fileno(output));
    log_set_level(LOG_LEVEL_INFO);
    return 0;
}

static int close_output(void **state)
{
    (void)state;
    log_flush(true);
    log_set_fd(STDERR_FILENO);
    fclose(output);
    return 0;
}

/* All that was logged since the last call. */
static const char *capture(void)
{
    ssize_t len_bytes = pread(fileno(output), captured, sizeof captured - 1, 0);

    assert_true(len_bytes >= 0);
    captured[len_bytes] = '\0';
    assert_int_equal(ftruncate(fileno(output), 0), 0);
    lseek(fileno(output), 0, SEEK_SET);
    return captured;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

/* The line behind its time stamp. */
static void assert_line(const char *expected)
{
    const char *line = capture();

    assert_true(strlen(line) > 28);
    assert_string_equal(line + strlen("ts=2026-01-31T12:00:00.250Z "), expected);
}

static void a_line_has_time_level_msg_and_fields(void **state)
{
    const char *line = NULL;
    int year = 0;
    int ms = -1;

    (void)state;
    log_info("attempt_end", LOG_UINT("id", UINT64_C(281474976710661)), LOG_TEXT("host", "pay.example"),
             LOG_INT("status", -503), LOG_BOOL("last", true), LOG_BYTES("key", "a:bcd", 3));
    line = capture();
    assert_int_equal(sscanf(line, "ts=%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%3dZ ", &year, &ms), 2);
    assert_in_range(year, 2025, 2200);
    assert_in_range(ms, 0, 999);
    assert_string_equal(line + 28,
                        "level=info msg=attempt_end id=281474976710661 host=pay.example status=-503 last=true "
                        "key=a:b\n");
}

static void a_line_needs_no_fields(void **state)
{
    (void)state;
    log_warn("no_fields");
    assert_line("level=warn msg=no_fields\n");
}

static void numbers_keep_their_limits(void **state)
{
    (void)state;
    log_error("limits", LOG_INT("min", INT64_MIN), LOG_INT("max", INT64_MAX), LOG_UINT("umax", UINT64_MAX),
              LOG_BOOL("no", 0));
    assert_line("level=error msg=limits min=-9223372036854775808 max=9223372036854775807 umax=18446744073709551615 "
                "no=false\n");
}

static int evaluated;

static const char *evaluate(void)
{
    evaluated++;
    return "x";
}

static void a_disabled_level_writes_nothing_and_evaluates_nothing(void **state)
{
    (void)state;
    evaluated = 0;
    log_debug("quiet", LOG_TEXT("value", evaluate()));
    log_set_level(LOG_LEVEL_ERROR);
    log_warn("quiet", LOG_TEXT("value", evaluate()));
    assert_int_equal(evaluated, 0);
    assert_string_equal(capture(), "");
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("loud", LOG_TEXT("value", evaluate()));
    assert_line("level=debug msg=loud value=x\n");
}

static void values_are_escaped(void **state)
{
    static const struct {
        const char *value;
        const char *expected;
    } rows[] = {
        {"plain-1.2/3:4", "v=plain-1.2/3:4\n"},
        {"", "v=\"\"\n"},
        {NULL, "v=\"\"\n"},
        {"two words", "v=\"two words\"\n"},
        {"a=b", "v=\"a=b\"\n"},
        {"say \"hi\"", "v=\"say \\\"hi\\\"\"\n"},
        {"back\\slash", "v=\"back\\\\slash\"\n"},
        {"line\nlevel=error msg=forged", "v=\"line\\nlevel=error msg=forged\"\n"},
        {"\r\t\x01\x1b[31m\x7f", "v=\"\\r\\t\\u0001\\u001b[31m\\u007f\"\n"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "v=\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"\n"},
        {"c1 \xc2\x9b", "v=\"c1 \\u009b\"\n"},
        {"\xff\xc3", "v=\"\\ufffd\\ufffd\"\n"},
        {"\xc0\xaf", "v=\"\\ufffd\\ufffd\"\n"},
        {"\xed\xa0\x80", "v=\"\\ufffd\\ufffd\\ufffd\"\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        log_info("escape", LOG_TEXT("v", rows[i].value));
        assert_string_equal(strstr(capture(), "v="), rows[i].expected);
    }
    log_info("escape", LOG_BYTES("v", "a\0b", 3));
    assert_string_equal(strstr(capture(), "v="), "v=\"a\\u0000b\"\n");
}

static void long_values_are_cut_between_characters(void **state)
{
    char value[600];
    const char *line = NULL;

    (void)state;
    memset(value, 'a', sizeof value);
    value[sizeof value - 1] = '\0';
    memcpy(value + 511, "\xe2\x82\xac", 3); /* begins at the last byte that is looked at */
    log_info("long", LOG_TEXT("v", value), LOG_INT("after", 1));
    line = capture();
    assert_non_null(strstr(line, "a\xe2\x82\xac...\" after=1\n"));
}

static void a_line_that_is_too_long_ends_with_whole_fields(void **state)
{
    char value[500];
    const char *line = NULL;

    (void)state;
    memset(value, 'b', sizeof value);
    value[sizeof value - 1] = '\0';
    log_info("many", LOG_TEXT("v1", value), LOG_TEXT("v2", value), LOG_TEXT("v3", value), LOG_TEXT("v4", value),
             LOG_TEXT("v5", value), LOG_INT("last", 1));
    line = capture();
    assert_int_equal(count_lines(line), 1);
    assert_true(strlen(line) <= LOG_LINE_MAX_BYTES);
    assert_non_null(strstr(line, "b cut=true\n"));
    assert_null(strstr(line, "last="));
}

static void repeats_are_limited_and_counted(void **state)
{
    const char *text = NULL;

    (void)state;
    for (int i = 0; i < LOG_REPEAT_MAX + 12; i++)
        log_warn("repeated", LOG_INT("i", i));
    log_warn("other");
    text = capture();
    assert_int_equal(count_lines(text), LOG_REPEAT_MAX + 1);
    assert_non_null(strstr(text, "msg=other\n"));
    log_flush(false); /* the window is not over */
    assert_string_equal(capture(), "");
    log_flush(true);
    assert_line("level=warn msg=log_suppressed of=repeated count=12\n");
    log_warn("repeated");
    assert_line("level=warn msg=repeated\n");
}

static void of_each_kind_one_line_goes_out_and_the_rest_are_counted(void **state)
{
    const char *text = NULL;

    (void)state;
    for (int i = 0; i < 5; i++) {
        log_seldom(LOG_LEVEL_WARN, "_TRANSPORT", "client_error", LOG_INT("i", i));
        log_seldom(LOG_LEVEL_WARN, "_SSL", "client_error", LOG_INT("i", i));
    }
    log_warn("client_error");
    assert_int_equal(count_lines(capture()), 3); /* msg alone has a limit of its own */
    log_flush(true);
    text = capture();
    assert_non_null(strstr(text, "level=warn msg=log_suppressed of=client_error/_TRANSPORT count=4\n"));
    assert_non_null(strstr(text, "level=warn msg=log_suppressed of=client_error/_SSL count=4\n"));
    assert_int_equal(count_lines(text), 2);
}

static void seldom_lines_below_the_level_are_not_counted(void **state)
{
    (void)state;
    log_seldom(LOG_LEVEL_DEBUG, "kind", "chatter");
    log_seldom(LOG_LEVEL_DEBUG, "kind", "chatter");
    log_flush(true);
    assert_string_equal(capture(), "");
}

static void debug_lines_are_never_suppressed(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_DEBUG);
    for (int i = 0; i < 3 * LOG_REPEAT_MAX; i++)
        log_debug("chatter");
    assert_int_equal(count_lines(capture()), 3 * LOG_REPEAT_MAX);
}

static void more_messages_than_the_limiter_knows_still_get_out(void **state)
{
    static char names[100][16];

    (void)state;
    for (int i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "msg_%d", i);
        log_info(names[i]);
    }
    assert_int_equal(count_lines(capture()), 100);
}

static void *log_much(void *opaque)
{
    for (int i = 0; i < 200; i++)
        log_debug("thread", LOG_TEXT("name", opaque), LOG_TEXT("end", "END"));
    return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
    pthread_t threads[4];
    const char *text = NULL;
    size_t whole = 0;

    (void)state;
    fcntl(fileno(output), F_SETFL, O_APPEND);
    log_set_level(LOG_LEVEL_DEBUG);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_much, "some name"), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    text = capture();
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1)
        whole += strncmp(line + 28, "level=debug msg=thread name=\"some name\" end=END\n", 48) == 0;
    assert_int_equal(whole, 800);
    assert_int_equal(count_lines(text), 800);
}

/* Runs function in a child; its wait status. */
static int run_child(void (*function)(void))
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        function();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void die_now(void)
{
    die("no %s: %d", "luck", 7);
}

static void overflow_product(void)
{
    free(alloc_resize(NULL, SIZE_MAX / 2, 3));
}

static void break_invariant(void)
{
    int one = 1;

    INVARIANT(one == 1);
    INVARIANT(one == 2);
}

static void die_logs_why_and_exits_70(void **state)
{
    int status = run_child(die_now);

    (void)state;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 70);
    assert_line("level=error msg=die why=\"no luck: 7\"\n");
}

static void an_overflowing_size_dies(void **state)
{
    int status = run_child(overflow_product);

    (void)state;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 70);
    assert_non_null(strstr(capture(), "msg=die why=\"out of memory: "));
}

static void a_broken_invariant_logs_and_aborts(void **state)
{
    int status = run_child(break_invariant);
    const char *line = capture();

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(line, "level=error msg=invariant_failed cond=\"one == 2\" file="));
    assert_int_equal(count_lines(line), 1);
}

static void allocations_are_what_was_asked_for(void **state)
{
    char *copy = alloc_copy("a\0b", 3);
    char *empty = alloc_copy(NULL, 0);
    char *text = alloc_text("text");
    int *numbers = alloc_zeroed(4, sizeof *numbers);
    void *nothing = alloc_bytes(0);

    (void)state;
    assert_memory_equal(copy, "a\0b\0", 4);
    assert_string_equal(empty, "");
    assert_string_equal(text, "text");
    assert_null(alloc_text(NULL));
    for (int i = 0; i < 4; i++)
        assert_int_equal(numbers[i], 0);
    numbers[3] = 9;
    numbers = alloc_resize(numbers, 100, sizeof *numbers);
    assert_int_equal(numbers[3], 9);
    numbers = alloc_resize(numbers, 0, sizeof *numbers);
    assert_non_null(numbers);
    free(copy);
    free(empty);
    free(text);
    free(numbers);
    free(nothing);
}

#define LOG_TEST(function) cmocka_unit_test_setup_teardown(function, open_output, close_output)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(a_line_has_time_level_msg_and_fields),
        LOG_TEST(a_line_needs_no_fields),
        LOG_TEST(numbers_keep_their_limits),
        LOG_TEST(a_disabled_level_writes_nothing_and_evaluates_nothing),
        LOG_TEST(values_are_escaped),
        LOG_TEST(long_values_are_cut_between_characters),
        LOG_TEST(a_line_that_is_too_long_ends_with_whole_fields),
        LOG_TEST(repeats_are_limited_and_counted),
        LOG_TEST(of_each_kind_one_line_goes_out_and_the_rest_are_counted),
        LOG_TEST(seldom_lines_below_the_level_are_not_counted),
        LOG_TEST(debug_lines_are_never_suppressed),
        LOG_TEST(more_messages_than_the_limiter_knows_still_get_out),
        LOG_TEST(lines_of_threads_do_not_mix),
        LOG_TEST(die_logs_why_and_exits_70),
        LOG_TEST(an_overflowing_size_dies),
        LOG_TEST(a_broken_invariant_logs_and_aborts),
        LOG_TEST(allocations_are_what_was_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
