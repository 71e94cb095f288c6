/* The limit of open files, as a process of its own finds it: a limit that was lowered cannot be raised again. */
#include "../support/cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"

#define MAX_IN_FLIGHT 64

struct found {
    enum rc rc;
    rlim_t soft_limit;
    char errstr[256];
};

/* What a process finds that starts with these limits. */
static struct found find_under(rlim_t soft, rlim_t hard)
{
    struct params params = {.max_in_flight = MAX_IN_FLIGHT};
    struct rlimit limit = {soft, hard};
    struct found found = {0};
    int fds[2];
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        setrlimit(RLIMIT_NOFILE, &limit);
        found.rc = descriptors_raise_limit(&params, found.errstr, sizeof found.errstr);
        getrlimit(RLIMIT_NOFILE, &limit);
        found.soft_limit = limit.rlim_cur;
        _exit(write(fds[1], &found, sizeof found) == (ssize_t)sizeof found ? 0 : 1);
    }
    assert_true(pid > 0);
    assert_int_equal(read(fds[0], &found, sizeof found), (ssize_t)sizeof found);
    waitpid(pid, NULL, 0);
    close(fds[0]);
    close(fds[1]);
    return found;
}

static void a_limit_that_is_too_low_is_refused_with_need_and_remedy(void **state)
{
    rlim_t need = (rlim_t)descriptors_get_need(MAX_IN_FLIGHT);
    struct found found = find_under(need - 1, need - 1);

    (void)state;
    assert_int_equal(found.rc, RC_INVALID);
    assert_string_equal(found.errstr,
                        "max_in_flight 64 needs 640 open files, the limit is 639: raise it (LimitNOFILE= of "
                        "the unit, ulimit -n) or lower max_in_flight");
}

static void a_limit_that_just_suffices_is_taken(void **state)
{
    rlim_t need = (rlim_t)descriptors_get_need(MAX_IN_FLIGHT);

    (void)state;
    assert_int_equal(find_under(need, need).rc, RC_OK);
}

static void a_soft_limit_is_raised_to_the_hard_one(void **state)
{
    struct found found = find_under(64, 1000);

    (void)state;
    assert_int_equal(found.rc, RC_OK);
    assert_int_equal(found.soft_limit, 1000);
}

static void more_attempts_need_more(void **state)
{
    (void)state;
    assert_int_equal(descriptors_get_need(1024), 2560);
    assert_int_equal(descriptors_get_need(8192), 16896);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_that_is_too_low_is_refused_with_need_and_remedy),
        cmocka_unit_test(a_limit_that_just_suffices_is_taken),
        cmocka_unit_test(a_soft_limit_is_raised_to_the_hard_one),
        cmocka_unit_test(more_attempts_need_more),
    };

    return cmocka_run_group_tests_name("descriptors", tests, NULL, NULL);
}
