/* A store on a disk that fails, at each call that it makes: an I/O error once, no space from there on, nothing may be
 * changed from there on. A process that goes as the worker does (what cannot be opened is thrown away, what cannot be
 * written or read ends it) either ends well or ends with 70 and a text; never does it read a wrong row, and the next
 * process, on a disk that is well again, goes on to the end without another restart.
 *
 * The program runs itself for each call, under tests/support/disk_faults.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store.h"

#define PREFIX "test"
#define PARTITION 3
#define PARTITION_COUNT 16
#define CACHE_BYTES ((size_t)8 * 1024 * 1024)
#define KEY_COUNT 40
#define RECORD_COUNT 400 /* record i is of key i % KEY_COUNT */
#define BATCH_COUNT 50
#define REOPEN_COUNT 200 /* the database is closed and opened again before that record */
#define EXIT_WRONG 1
#define EXIT_FAULT 70 /* of a worker that is to be restarted */
#define PATH_BYTES 128
#ifdef __SANITIZE_ADDRESS__
#define STRIDE 7 /* a process takes ten times as long: of the calls every seventh */
#else
#define STRIDE 1
#endif

static char errstr[256];

/* ---- The process on the failing disk. */

static void end_of_fault(struct store *store, bool is_damaged)
{
    if (is_damaged) {
        store_condemn(store);
    }
    fprintf(stderr, "%s\n", errstr);
    _exit(errstr[0] == '\0' ? EXIT_WRONG : EXIT_FAULT); /* as die() does: nothing more is flushed */
}

static enum rc open_once(struct store_cache *cache, const char *state_dir, struct store **ret_store)
{
    return store_open(cache, state_dir, PREFIX, PARTITION, PARTITION_COUNT, "", ret_store, errstr, sizeof errstr);
}

/* -1: nothing is applied. */
static enum rc read_applied(struct store *store, int64_t *ret_offset)
{
    int64_t time_ms;
    enum rc rc = store_get_applied_offset(store, ret_offset, &time_ms, errstr, sizeof errstr);

    if (rc == RC_NOT_FOUND) {
        *ret_offset = -1;
        rc = RC_OK;
    }
    return rc;
}

/* As partition.c opens it: what cannot be read is thrown away and made anew. */
static struct store *open_store(struct store_cache *cache, const char *state_dir, int64_t *ret_offset)
{
    struct store *store = NULL;

    if (open_once(cache, state_dir, &store) == RC_OK && read_applied(store, ret_offset) == RC_OK) {
        return store;
    }
    store_close(store);
    store = NULL;
    if (store_destroy(state_dir, PREFIX, PARTITION, errstr, sizeof errstr) != RC_OK ||
        open_once(cache, state_dir, &store) != RC_OK || read_applied(store, ret_offset) != RC_OK) {
        end_of_fault(store, false);
    }
    return store;
}

static size_t print_key(int64_t record, char *key, size_t key_bytes)
{
    return (size_t)snprintf(key, key_bytes, "fault:%" PRId64, record % KEY_COUNT);
}

/* Each eleventh record deletes. False: the record is a tombstone. */
static bool make_row(int64_t record, struct buffer *json)
{
    char id[32];
    struct row row = {.id = (uint64_t)record,
                      .business_type = "fault",
                      .business_id = id,
                      .url = "http://127.0.0.1/",
                      .method = "GET",
                      .retry_type = TASK_RETRY_STEP,
                      .status = ROW_SENDING,
                      .last_error = "an error as long as one that an endpoint is likely to have"};

    snprintf(id, sizeof id, "%" PRId64, record % KEY_COUNT);
    if (record % 11 == 10) {
        return false;
    }
    if (row_encode(&row, json) != RC_OK) {
        exit(EXIT_WRONG);
    }
    return true;
}

static void apply(struct store *store, int64_t record)
{
    struct buffer json = {0};
    char key[32];
    size_t key_bytes = print_key(record, key, sizeof key);
    enum rc rc = make_row(record, &json) ? store_update_task(store, key, key_bytes, (uint64_t)record, json.data,
                                                             json.len_bytes, errstr, sizeof errstr)
                                         : store_delete_task(store, key, key_bytes, errstr, sizeof errstr);

    buffer_close(&json);
    if (rc != RC_OK) {
        end_of_fault(store, true);
    }
}

/* The last record of the key up to the applied one decides what must be read. */
static void check_key(struct store *store, int64_t key_number, int64_t applied_offset)
{
    struct buffer expected = {0};
    struct buffer found = {0};
    int64_t record = applied_offset - (applied_offset % KEY_COUNT - key_number + KEY_COUNT) % KEY_COUNT;
    char key[32];
    bool has_row = record >= 0 && make_row(record, &expected);
    enum rc rc = store_task_detail_by_business(store, key, print_key(key_number, key, sizeof key), &found, errstr,
                                               sizeof errstr);

    if (rc != RC_OK && rc != RC_NOT_FOUND) {
        end_of_fault(store, true);
    }
    if (has_row != (rc == RC_OK) || found.len_bytes != expected.len_bytes ||
        (has_row && memcmp(found.data, expected.data, found.len_bytes) != 0)) {
        fprintf(stderr, "after record %" PRId64 ", %s has %.*s\n", applied_offset, key, (int)found.len_bytes,
                rc == RC_OK ? found.data : "");
        exit(EXIT_WRONG);
    }
    buffer_close(&expected);
    buffer_close(&found);
}

static void check_all(struct store *store, int64_t applied_offset)
{
    for (int64_t i = 0; applied_offset >= 0 && i < KEY_COUNT; i++) {
        check_key(store, i, applied_offset);
    }
}

/* From where the database is up to that record; closes it, which writes what is in memory. */
static void go_on_until(struct store_cache *cache, const char *state_dir, int64_t end)
{
    int64_t applied_offset = -1;
    struct store *store = open_store(cache, state_dir, &applied_offset);

    check_all(store, applied_offset);
    for (int64_t record = applied_offset + 1; record < end; record++) {
        apply(store, record);
        if (record % BATCH_COUNT == BATCH_COUNT - 1 &&
            store_commit_apply(store, record, 1000 + record, errstr, sizeof errstr) != RC_OK) {
            end_of_fault(store, false);
        }
    }
    check_all(store, applied_offset >= end ? applied_offset : end - 1);
    store_close(store);
}

static int run_scenario(const char *state_dir)
{
    struct store_cache *cache = store_cache_new(CACHE_BYTES);
    int lock_fd;

    if (store_lock_dir(state_dir, &lock_fd, errstr, sizeof errstr) != RC_OK) {
        end_of_fault(NULL, false);
    }
    go_on_until(cache, state_dir, REOPEN_COUNT);
    go_on_until(cache, state_dir, RECORD_COUNT);
    store_cache_free(cache);
    close(lock_fd);
    return 0;
}

/* ---- The test. */

struct fixture {
    char folder[64];
    char state_dir[PATH_BYTES];
    char count_path[PATH_BYTES];
    const char *kind;
    uint64_t ended_count; /* runs that ended with 70 */
};

static char program[4096];

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    /* In memory, where there is a place for it: hundreds of databases are made, and nothing is to outlive the test. */
    snprintf(fixture->folder, sizeof fixture->folder, "%s/test_store_faults.XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->state_dir, sizeof fixture->state_dir, "%s/state", fixture->folder);
    snprintf(fixture->count_path, sizeof fixture->count_path, "%s/count", fixture->folder);
    *state = fixture;
    return 0;
}

static void remove_folder(const char *path)
{
    char command[PATH_BYTES + 16];

    snprintf(command, sizeof command, "rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    remove_folder(fixture->folder);
    free(fixture);
    return 0;
}

static void set_environment(const struct fixture *fixture, uint64_t at)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, at);
    setenv("DISK_FAULTS_FOLDER", fixture->state_dir, 1);
    setenv("DISK_FAULTS_KIND", fixture->kind, 1);
    setenv("DISK_FAULTS_AT", text, 1);
    setenv("DISK_FAULTS_COUNT", fixture->count_path, 1);
    setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 1);
    setenv("LD_PRELOAD", DISK_FAULTS, 1);
}

/* Its exit status; what it said is in *ret_said. */
static int run_apart(const struct fixture *fixture, uint64_t at, bool is_failing, char *ret_said, size_t said_bytes)
{
    int pipe_fds[2];
    int status = 0;
    size_t len = 0;
    ssize_t got;
    pid_t pid;

    assert_int_equal(pipe(pipe_fds), 0);
    pid = fork();
    if (pid == 0) {
        if (is_failing) {
            set_environment(fixture, at);
        }
        dup2(pipe_fds[1], STDERR_FILENO);
        alarm(60);
        execl(program, program, "scenario", fixture->state_dir, (char *)NULL);
        _exit(127);
    }
    close(pipe_fds[1]);
    while ((got = read(pipe_fds[0], ret_said + len, said_bytes - 1 - len)) > 0) {
        len += (size_t)got;
    }
    ret_said[len] = '\0';
    close(pipe_fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + status;
}

static uint64_t count_calls(const struct fixture *fixture)
{
    uint64_t count = 0;
    int fd = open(fixture->count_path, O_RDONLY);

    assert_true(fd >= 0 && read(fd, &count, sizeof count) == (ssize_t)sizeof count);
    close(fd);
    return count;
}

static void fail_at(struct fixture *fixture, uint64_t at)
{
    char said[2048];
    int status;

    remove_folder(fixture->state_dir);
    status = run_apart(fixture, at, true, said, sizeof said);
    if (status != 0 && (status != EXIT_FAULT || said[0] == '\0')) {
        fail_msg("%s at call %" PRIu64 ": status %d: %s", fixture->kind, at, status, said);
    }
    fixture->ended_count += status == EXIT_FAULT;
    status = run_apart(fixture, 0, false, said, sizeof said);
    if (status != 0) {
        fail_msg("%s at call %" PRIu64 ", then a restart: status %d: %s", fixture->kind, at, status, said);
    }
}

static void fail_at_each_call(struct fixture *fixture, const char *kind)
{
    char said[2048];
    uint64_t call_count;

    fixture->kind = kind;
    assert_int_equal(run_apart(fixture, 0, true, said, sizeof said), 0);
    call_count = count_calls(fixture);
    assert_true(call_count > 50); /* else the calls are not seen */
    for (uint64_t at = 1; at <= call_count; at += STRIDE) {
        fail_at(fixture, at);
    }
    print_message("%s: %" PRIu64 " calls, %" PRIu64 " ended the process\n", kind, call_count, fixture->ended_count);
    assert_true(fixture->ended_count > 0);
}

static void an_io_error_at_any_call_costs_a_restart_at_most(void **state)
{
    fail_at_each_call(*state, "error");
}

static void a_disk_full_from_any_call_on_costs_a_restart_at_most(void **state)
{
    fail_at_each_call(*state, "full");
}

static void a_disk_read_only_from_any_call_on_costs_a_restart_at_most(void **state)
{
    fail_at_each_call(*state, "read_only");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_io_error_at_any_call_costs_a_restart_at_most, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_disk_full_from_any_call_on_costs_a_restart_at_most, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_disk_read_only_from_any_call_on_costs_a_restart_at_most, set_up, tear_down),
    };

    if (argc == 3 && strcmp(argv[1], "scenario") == 0) {
        return run_scenario(argv[2]);
    }
    if (readlink("/proc/self/exe", program, sizeof program - 1) < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
