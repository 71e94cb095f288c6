/* A damaged database: for each kind of file that RocksDB keeps, bits are flipped, bytes cut off or added, files
 * deleted. What the store then serves is right, byte for byte, or it tells; a destroyed store is new again; nothing
 * aborts.
 *
 * TEST_SEED=N repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store.h"

#define PREFIX "test"
#define PARTITION 3
#define PARTITION_COUNT 16
#define ROW_COUNT 2000 /* row i is committed with offset i; in several files */
#define FILE_COUNT 4
#define CASE_COUNT 45 /* for each kind of file */
#define FILE_MAX 64
#define CACHE_BYTES ((size_t)8 * 1024 * 1024)

struct fixture {
    char state_dir[64];
    char keep[96];   /* the undamaged copy */
    char folder[96]; /* of the database */
    struct store_cache *cache;
    struct store *store;
    unsigned seed;
    char errstr[256];
};

static void run(const char *command)
{
    if (system(command) != 0)
        fail_msg("%s", command);
}

static enum rc open_as(struct fixture *fixture, const char *prefix, int32_t partition, const char *cluster_id)
{
    assert_null(fixture->store);
    return store_open(fixture->cache, fixture->state_dir, prefix, partition, PARTITION_COUNT, cluster_id,
                      &fixture->store, fixture->errstr, sizeof fixture->errstr);
}

static enum rc open_own(struct fixture *fixture)
{
    return open_as(fixture, PREFIX, PARTITION, "cluster-a");
}

static void close_own(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
}

static void print_row(int i, char key[32], struct buffer *json)
{
    const struct row row = {
        .id = (uint64_t)i + 1,
        .business_type = "order",
        .business_id = key + strlen("order:"),
        .url = "http://127.0.0.1:1/",
        .method = "POST",
        .retry_type = TASK_RETRY_STEP,
        .step_interval_ms = 1000 + i,
        .status = ROW_SENDING,
        .request_time_ms = 1000,
        .next_retry_time_ms = 2000,
        .has_publish_id = true,
        .src = {COORDS_TASKS, PARTITION, 0, i},
        .epoch = 1,
        .ctl = -1,
        .last_error = "",
    };

    snprintf(key, 32, "order:%d", i);
    buffer_reset(json);
    assert_int_equal(row_encode(&row, json), RC_OK);
}

static void fill(struct fixture *fixture)
{
    struct buffer json = {0};
    char key[32];

    for (int i = 0; i < ROW_COUNT; i++) {
        if (i % (ROW_COUNT / FILE_COUNT) == 0) {
            close_own(fixture); /* flushes: a file */
            assert_int_equal(open_own(fixture), RC_OK);
        }
        print_row(i, key, &json);
        store_create_task(fixture->store, key, strlen(key), (uint64_t)i + 1, json.data, json.len_bytes);
        assert_int_equal(store_commit_apply(fixture->store, i, 1000, fixture->errstr, sizeof fixture->errstr), RC_OK);
    }
    close_own(fixture);
    buffer_close(&json);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    const char *given = getenv("TEST_SEED");
    char command[256];

    assert_non_null(fixture);
    fixture->seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    print_message("TEST_SEED=%u\n", fixture->seed);
    /* In memory if possible: hundreds of databases are written, synced and deleted. */
    snprintf(fixture->state_dir, sizeof fixture->state_dir, "%s/test_store_damage.XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(fixture->state_dir));
    snprintf(fixture->keep, sizeof fixture->keep, "%s/keep", fixture->state_dir);
    snprintf(fixture->folder, sizeof fixture->folder, "%s/%s/%d", fixture->state_dir, PREFIX, PARTITION);
    fixture->cache = store_cache_new(CACHE_BYTES);
    assert_int_equal(open_own(fixture), RC_OK);
    fill(fixture);
    snprintf(command, sizeof command, "cp -r %s %s", fixture->folder, fixture->keep);
    run(command);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[128];

    store_close(fixture->store);
    store_cache_free(fixture->cache);
    snprintf(command, sizeof command, "rm -rf %s", fixture->state_dir);
    run(command);
    free(fixture);
    return 0;
}

/* The undamaged database, and a cache that has no block of it. */
static void restore_copy(struct fixture *fixture)
{
    char command[512];

    close_own(fixture);
    store_cache_free(fixture->cache);
    fixture->cache = store_cache_new(CACHE_BYTES);
    snprintf(command, sizeof command, "rm -rf %s && cp -r %s %s", fixture->folder, fixture->keep, fixture->folder);
    run(command);
}

static bool is_trouble(enum rc rc)
{
    return rc == RC_CORRUPT || rc == RC_STORAGE;
}

static bool count_id(uint64_t id, void *opaque)
{
    int *count = opaque;

    assert_in_range(id, 1, ROW_COUNT);
    ++*count;
    return true;
}

/* True if a read tells damage. What is served is what was written, and of one moment: all rows up to the applied
 * offset, none beyond. */
static bool check_view(struct fixture *fixture)
{
    struct buffer expected = {0};
    struct buffer json = {0};
    int64_t offset = -1;
    int64_t time_ms = 0;
    int count = 0;
    char key[32];
    enum rc rc = store_get_applied_offset(fixture->store, &offset, &time_ms, fixture->errstr, sizeof fixture->errstr);

    for (int i = 0; i < ROW_COUNT && !is_trouble(rc); i++) {
        print_row(i, key, &expected);
        rc = store_task_detail_by_business(fixture->store, key, strlen(key), &json, fixture->errstr,
                                           sizeof fixture->errstr);
        if (is_trouble(rc))
            break;
        assert_int_equal(rc, i <= offset ? RC_OK : RC_NOT_FOUND);
        if (rc == RC_OK)
            assert_string_equal(json.data, expected.data);
    }
    if (!is_trouble(rc))
        rc = store_incomplete_task_id_list(fixture->store, 5000, count_id, &count, fixture->errstr,
                                           sizeof fixture->errstr);
    if (!is_trouble(rc))
        assert_int_equal(count, offset + 1);
    buffer_close(&expected);
    buffer_close(&json);
    return is_trouble(rc);
}

/* Thrown away, it is new and takes rows. */
static void check_rebuilt(struct fixture *fixture)
{
    int64_t offset = 0;
    int64_t time_ms = 0;

    close_own(fixture);
    assert_int_equal(store_destroy(fixture->state_dir, PREFIX, PARTITION, fixture->errstr, sizeof fixture->errstr),
                     RC_OK);
    assert_int_equal(open_own(fixture), RC_OK);
    assert_int_equal(
        store_get_applied_offset(fixture->store, &offset, &time_ms, fixture->errstr, sizeof fixture->errstr),
        RC_NOT_FOUND);
    store_create_task(fixture->store, "order:1", 7, 1, "{}", 2);
    assert_int_equal(store_commit_apply(fixture->store, 1, 1000, fixture->errstr, sizeof fixture->errstr), RC_OK);
}

static void flip_bit(int fd, off_t size, unsigned *seed)
{
    unsigned char byte = 0;
    off_t at = size > 0 ? rand_r(seed) % size : 0;

    if (size == 0)
        return;
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= (unsigned char)(1u << (rand_r(seed) % 8));
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

/* Of ten: six flipped bits, two cuts, one file gone, one page of zeros in the middle. */
static void damage_file(const char *path, unsigned *seed)
{
    static const char zeros[4096];
    struct stat info;
    unsigned kind = (unsigned)rand_r(seed) % 10;
    int fd = open(path, O_RDWR);
    off_t at;

    assert_true(fd >= 0 && fstat(fd, &info) == 0);
    at = info.st_size > 0 ? rand_r(seed) % info.st_size : 0;
    if (kind < 6)
        flip_bit(fd, info.st_size, seed);
    else if (kind < 8)
        assert_int_equal(ftruncate(fd, at), 0);
    else if (kind == 8)
        assert_int_equal(unlink(path), 0);
    else
        assert_true(pwrite(fd, zeros, sizeof zeros, at) > 0);
    close(fd);
}

/* The path of any file whose name starts and ends so; false if there is none. */
static bool choose_file(struct fixture *fixture, const char *start, const char *end, char *ret_path, size_t path_bytes)
{
    char names[FILE_MAX][64];
    size_t count = 0;
    struct dirent *entry;
    DIR *folder = opendir(fixture->folder);

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL && count < FILE_MAX) {
        size_t name_bytes = strlen(entry->d_name);

        if (strncmp(entry->d_name, start, strlen(start)) == 0 && name_bytes >= strlen(end) &&
            strcmp(entry->d_name + name_bytes - strlen(end), end) == 0)
            snprintf(names[count++], sizeof names[0], "%.63s", entry->d_name);
    }
    closedir(folder);
    if (count == 0)
        return false;
    snprintf(ret_path, path_bytes, "%s/%s", fixture->folder, names[(size_t)rand_r(&fixture->seed) % count]);
    return true;
}

static const struct file_kind {
    const char *start;
    const char *end;
    bool must_tell; /* some of the damage hits what the view is made of */
} file_kinds[] = {
    {"0", ".sst", true},     {"MANIFEST-", "", true}, {"CURRENT", "", true}, {"OPTIONS-", "", false},
    {"IDENTITY", "", false}, {"LOG", "", false},      {"0", ".log", false},  {"LOCK", "", false},
};

static void damage_is_told_or_harmless(void **state)
{
    struct fixture *fixture = *state;
    int total = 0;

    for (size_t kind = 0; kind < sizeof file_kinds / sizeof file_kinds[0]; kind++) {
        int told = 0;

        for (int i = 0; i < CASE_COUNT; i++) {
            char path[256];
            bool is_told;

            restore_copy(fixture);
            assert_true(choose_file(fixture, file_kinds[kind].start, file_kinds[kind].end, path, sizeof path));
            damage_file(path, &fixture->seed);
            is_told = open_own(fixture) != RC_OK || check_view(fixture);
            told += is_told;
            if (is_told)
                check_rebuilt(fixture);
        }
        total += CASE_COUNT;
        print_message("%s*%s: %d damaged, %d told\n", file_kinds[kind].start, file_kinds[kind].end, CASE_COUNT, told);
        assert_true(told > 0 || !file_kinds[kind].must_tell);
    }
    assert_true(total >= 300);
}

static void undamaged_copy_serves_every_row(void **state)
{
    struct fixture *fixture = *state;

    restore_copy(fixture);
    assert_int_equal(open_own(fixture), RC_OK);
    assert_false(check_view(fixture));
}

static void condemned_store_is_corrupt_until_destroyed(void **state)
{
    struct fixture *fixture = *state;

    restore_copy(fixture);
    assert_int_equal(open_own(fixture), RC_OK);
    store_condemn(fixture->store);
    for (int i = 0; i < 2; i++) {
        close_own(fixture);
        assert_int_equal(open_own(fixture), RC_CORRUPT);
        assert_non_null(strstr(fixture->errstr, "damage"));
    }
    check_rebuilt(fixture);
}

/* Copied to where another is expected, as by a hand that moved folders. */
static void store_of_another_place_is_corrupt(void **state)
{
    struct fixture *fixture = *state;
    char command[512];

    restore_copy(fixture);
    snprintf(command, sizeof command, "mkdir -p %s/other && cp -r %s %s/%s/4 && cp -r %s %s/other/%d",
             fixture->state_dir, fixture->keep, fixture->state_dir, PREFIX, fixture->keep, fixture->state_dir,
             PARTITION);
    run(command);
    assert_int_equal(open_as(fixture, PREFIX, 4, "cluster-a"), RC_CORRUPT);
    assert_int_equal(open_as(fixture, "other", PARTITION, "cluster-a"), RC_CORRUPT);
    assert_int_equal(open_as(fixture, PREFIX, PARTITION, "cluster-b"), RC_CORRUPT);
    assert_int_equal(open_own(fixture), RC_OK);
    assert_false(check_view(fixture));
}

static void folder_of_something_else_is_told_and_replaced(void **state)
{
    static const char *const contents[] = {"echo x > notes", "echo x > CURRENT", "echo MANIFEST-000009 > CURRENT"};
    struct fixture *fixture = *state;
    char command[512];

    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        enum rc rc;

        close_own(fixture);
        snprintf(command, sizeof command, "rm -rf %s && mkdir %s", fixture->folder, fixture->folder);
        run(command);
        snprintf(command, sizeof command, "cd %s && %s", fixture->folder, contents[i]);
        run(command);
        rc = open_own(fixture);
        assert_true(rc == RC_OK || is_trouble(rc));
        check_rebuilt(fixture);
    }
}

/* Nothing of ours has folders in it: they are left to whoever put them there. */
static void folder_with_a_folder_in_it_is_not_swept(void **state)
{
    struct fixture *fixture = *state;
    char command[512];

    restore_copy(fixture);
    snprintf(command, sizeof command, "rm %s/CURRENT && mkdir %s/CURRENT", fixture->folder, fixture->folder);
    run(command);
    assert_true(is_trouble(open_own(fixture)));
    assert_int_equal(store_destroy(fixture->state_dir, PREFIX, PARTITION, fixture->errstr, sizeof fixture->errstr),
                     RC_STORAGE);
    assert_non_null(strstr(fixture->errstr, fixture->folder));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undamaged_copy_serves_every_row),
        cmocka_unit_test(damage_is_told_or_harmless),
        cmocka_unit_test(condemned_store_is_corrupt_until_destroyed),
        cmocka_unit_test(store_of_another_place_is_corrupt),
        cmocka_unit_test(folder_of_something_else_is_told_and_replaced),
        cmocka_unit_test(folder_with_a_folder_in_it_is_not_swept),
    };

    return cmocka_run_group_tests_name("store_damage", tests, set_up, tear_down);
}
