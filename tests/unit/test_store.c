/* The rows of one partition on a real disk: what a clean close keeps, and what a lost tail may lose. Damage:
 * test_store_damage.c. */
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
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "coords.h"
#include "store_fixture.h"

#define PREFIX STORE_FIXTURE_PREFIX
#define PARTITION STORE_FIXTURE_PARTITION
#define PARTITION_COUNT STORE_FIXTURE_PARTITION_COUNT
#define ROW_COUNT 1000  /* half of them flushed before the others */
#define MARKER "marker" /* the business id of a row that is one */
#define MEASURE_COUNT 20000

static void print_row(struct buffer *json, uint64_t id, const char *business_id, enum row_status status,
                      int64_t time_ms)
{
    const struct row row = {
        .id = id,
        .business_type = "order",
        .business_id = business_id,
        .url = "http://127.0.0.1:1/a?x=,\"status\":9",
        .method = "POST",
        .retry_type = TASK_RETRY_STEP,
        .step_interval_ms = 1000,
        .status = status,
        .attempts = 1,
        .request_time_ms = time_ms,
        .last_retry_time_ms = time_ms,
        .next_retry_time_ms = status == ROW_SENDING ? time_ms + 1000 : 0,
        .has_publish_id = strcmp(business_id, MARKER) != 0,
        .entered = 7,
        .src = {COORDS_TASKS, PARTITION, 0, 7},
        .epoch = 1,
        .ctl = -1,
        .last_error = ",\"status\":4,",
    };

    buffer_reset(json);
    assert_int_equal(row_encode(&row, json), RC_OK);
}

static void put_row(struct store_fixture *fixture, uint64_t id, const char *business_id, enum row_status status,
                    int64_t time_ms)
{
    struct buffer json = {0};
    char key[64];
    int key_bytes = snprintf(key, sizeof key, "order:%s", business_id);

    print_row(&json, id, business_id, status, time_ms);
    if (strcmp(business_id, MARKER) == 0)
        id = STORE_NO_ID;
    assert_int_equal(store_update_task(fixture->store, key, (size_t)key_bytes, id, json.data, json.len_bytes,
                                       fixture->errstr, sizeof fixture->errstr),
                     RC_OK);
    buffer_close(&json);
}

static void commit(struct store_fixture *fixture, int64_t offset)
{
    assert_int_equal(store_commit_apply(fixture->store, offset, 5000 + offset, fixture->errstr, sizeof fixture->errstr),
                     RC_OK);
}

static enum rc find(struct store_fixture *fixture, const char *key)
{
    struct buffer json = {0};
    enum rc rc =
        store_task_detail_by_business(fixture->store, key, strlen(key), &json, fixture->errstr, sizeof fixture->errstr);

    buffer_close(&json);
    return rc;
}

/* Whether the id leads to a row of that business id. */
static enum rc find_id(struct store_fixture *fixture, uint64_t id, const char *business_id)
{
    struct buffer json = {0};
    struct row row = {0};
    enum rc rc = store_task_detail(fixture->store, id, &json, fixture->errstr, sizeof fixture->errstr);

    if (rc == RC_OK) {
        assert_int_equal(row_decode(json.data, json.len_bytes, &row, fixture->errstr, sizeof fixture->errstr), RC_OK);
        assert_string_equal(row.business_id, business_id);
        assert_true(row.id == id);
    }
    row_close(&row);
    buffer_close(&json);
    return rc;
}

static int64_t get_offset(struct store_fixture *fixture)
{
    int64_t offset = -1;
    int64_t time_ms = 0;

    if (store_get_applied_offset(fixture->store, &offset, &time_ms, fixture->errstr, sizeof fixture->errstr) == RC_OK)
        assert_int_equal(time_ms, 5000 + offset);
    return offset;
}

static void new_store_has_neither_offset_nor_epoch(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t offset = 0;
    int64_t time_ms = 0;
    int64_t epoch = -1;

    assert_int_equal(
        store_get_applied_offset(fixture->store, &offset, &time_ms, fixture->errstr, sizeof fixture->errstr),
        RC_NOT_FOUND);
    assert_int_equal(store_get_epoch(fixture->store, &epoch, fixture->errstr, sizeof fixture->errstr), RC_OK);
    assert_int_equal(epoch, 0);
    assert_int_equal(find(fixture, "order:1"), RC_NOT_FOUND);
    assert_int_equal(find_id(fixture, 1, ""), RC_NOT_FOUND);
    assert_false(store_is_busy(fixture->store));
}

static void clean_close_loses_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t epoch = 0;

    put_row(fixture, 11, "1", ROW_SENDING, 1000);
    store_set_debt(fixture->store, "order:1", 7, true);
    store_set_epoch(fixture->store, 4);
    commit(fixture, 42);
    store_fixture_reopen(fixture);
    assert_int_equal(get_offset(fixture), 42);
    assert_int_equal(store_get_epoch(fixture->store, &epoch, fixture->errstr, sizeof fixture->errstr), RC_OK);
    assert_int_equal(epoch, 4);
    assert_int_equal(find(fixture, "order:1"), RC_OK);
    assert_int_equal(find_id(fixture, 11, "1"), RC_OK);
}

static void row_comes_back_byte_for_byte(void **state)
{
    struct store_fixture *fixture = *state;
    struct buffer sent = {0};
    struct buffer got = {0};

    print_row(&sent, 11, "1", ROW_SENDING, 1000);
    put_row(fixture, 11, "1", ROW_SENDING, 1000);
    commit(fixture, 1);
    buffer_append_text(&got, "what was there before");
    assert_int_equal(store_task_detail(fixture->store, 11, &got, fixture->errstr, sizeof fixture->errstr), RC_OK);
    assert_int_equal(got.len_bytes, sent.len_bytes);
    assert_memory_equal(got.data, sent.data, sent.len_bytes);
    buffer_close(&sent);
    buffer_close(&got);
}

static void batch_is_not_seen_before_its_commit(void **state)
{
    struct store_fixture *fixture = *state;

    put_row(fixture, 11, "1", ROW_SENDING, 1000);
    assert_int_equal(store_count_batch(fixture->store), 2);
    assert_int_equal(find(fixture, "order:1"), RC_NOT_FOUND);
    assert_int_equal(find_id(fixture, 11, "1"), RC_NOT_FOUND);
    commit(fixture, 1);
    assert_int_equal(store_count_batch(fixture->store), 0);
    assert_int_equal(find(fixture, "order:1"), RC_OK);
}

static void uncommitted_batch_is_gone_after_close(void **state)
{
    struct store_fixture *fixture = *state;

    commit(fixture, 1);
    put_row(fixture, 11, "1", ROW_SENDING, 1000);
    store_fixture_reopen(fixture);
    assert_int_equal(get_offset(fixture), 1);
    assert_int_equal(find(fixture, "order:1"), RC_NOT_FOUND);
}

static void empty_commit_of_the_same_offset_writes_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t offset = 0;
    int64_t time_ms = 0;

    commit(fixture, 9);
    assert_int_equal(store_commit_apply(fixture->store, 9, 777, fixture->errstr, sizeof fixture->errstr), RC_OK);
    assert_int_equal(
        store_get_applied_offset(fixture->store, &offset, &time_ms, fixture->errstr, sizeof fixture->errstr), RC_OK);
    assert_int_equal(time_ms, 5009);
    store_set_epoch(fixture->store, 2);
    assert_int_equal(store_commit_apply(fixture->store, 9, 778, fixture->errstr, sizeof fixture->errstr), RC_OK);
    assert_int_equal(
        store_get_applied_offset(fixture->store, &offset, &time_ms, fixture->errstr, sizeof fixture->errstr), RC_OK);
    assert_int_equal(time_ms, 778);
}

static void epoch_never_falls(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t epoch = 0;

    store_set_epoch(fixture->store, 5);
    store_set_epoch(fixture->store, 3);
    commit(fixture, 1);
    store_fixture_reopen(fixture);
    store_set_epoch(fixture->store, 4);
    commit(fixture, 2);
    assert_int_equal(store_get_epoch(fixture->store, &epoch, fixture->errstr, sizeof fixture->errstr), RC_OK);
    assert_int_equal(epoch, 5);
}

static void offsets_are_kept_with_the_batch(void **state)
{
    struct store_fixture *fixture = *state;
    struct buffer offsets = {0};

    assert_int_equal(store_get_offsets(fixture->store, &offsets, fixture->errstr, sizeof fixture->errstr),
                     RC_NOT_FOUND);
    store_set_offsets(fixture->store, "tasks=1;", strlen("tasks=1;"));
    commit(fixture, 1);
    store_set_offsets(fixture->store, "tasks=7;control=2;", strlen("tasks=7;control=2;"));
    commit(fixture, 2);
    store_fixture_reopen(fixture);
    assert_int_equal(store_get_offsets(fixture->store, &offsets, fixture->errstr, sizeof fixture->errstr), RC_OK);
    assert_string_equal(offsets.data, "tasks=7;control=2;");
    buffer_close(&offsets);
}

static void replaced_task_leaves_the_id_index(void **state)
{
    struct store_fixture *fixture = *state;

    put_row(fixture, 11, "1", ROW_SENDING, 1000);
    commit(fixture, 1);
    put_row(fixture, 12, "1", ROW_SENDING, 2000);
    commit(fixture, 2);
    assert_int_equal(find_id(fixture, 11, "1"), RC_NOT_FOUND);
    assert_int_equal(find_id(fixture, 12, "1"), RC_OK);
}

static void deleted_task_is_gone_with_its_id(void **state)
{
    struct store_fixture *fixture = *state;

    put_row(fixture, 11, "1", ROW_SENDING, 1000);
    commit(fixture, 1);
    assert_int_equal(store_delete_task(fixture->store, "order:1", 7, fixture->errstr, sizeof fixture->errstr), RC_OK);
    commit(fixture, 2);
    assert_int_equal(find(fixture, "order:1"), RC_NOT_FOUND);
    assert_int_equal(find_id(fixture, 11, "1"), RC_NOT_FOUND);
}

static bool append_key(const char *key, size_t key_bytes, void *opaque)
{
    buffer_append(opaque, key, key_bytes);
    buffer_append_char(opaque, ' ');
    return true;
}

static bool append_one_key(const char *key, size_t key_bytes, void *opaque)
{
    append_key(key, key_bytes, opaque);
    return false;
}

static void expect_debts(struct store_fixture *fixture, store_key_cb cb, const char *wanted)
{
    struct buffer keys = {0};

    buffer_append_text(&keys, "");
    assert_int_equal(store_each_debt(fixture->store, cb, &keys, fixture->errstr, sizeof fixture->errstr), RC_OK);
    assert_int_equal(keys.len_bytes, strlen(wanted));
    assert_string_equal(keys.data, wanted);
    buffer_close(&keys);
}

static void debts_are_told_in_order_until_paid(void **state)
{
    struct store_fixture *fixture = *state;

    put_row(fixture, 11, "b", ROW_SENDING, 1000); /* another key space: no debt */
    store_set_debt(fixture->store, "order:b", 7, true);
    store_set_debt(fixture->store, "order:a", 7, true);
    store_set_debt(fixture->store, "order:c", 7, true);
    commit(fixture, 1);
    store_fixture_reopen(fixture);
    expect_debts(fixture, append_key, "order:a order:b order:c ");
    expect_debts(fixture, append_one_key, "order:a ");
    store_set_debt(fixture->store, "order:b", 7, false);
    commit(fixture, 2);
    expect_debts(fixture, append_key, "order:a order:c ");
}

static bool append_id(uint64_t id, void *opaque)
{
    buffer_append_uint64(opaque, id);
    buffer_append_char(opaque, ' ');
    return true;
}

static bool append_one_id(uint64_t id, void *opaque)
{
    append_id(id, opaque);
    return false;
}

static void put_rows_of_each_status(struct store_fixture *fixture)
{
    put_row(fixture, 1, "1", ROW_SENDING, 1000);
    put_row(fixture, 2, "2", ROW_SUCCESS, 1000);
    put_row(fixture, 3, "3", ROW_SENDING, 3000);
    put_row(fixture, 4, "4", ROW_STOPPED, 500);
    put_row(fixture, 5, "5", ROW_SUCCESS, 9000);
    put_row(fixture, 0, MARKER, ROW_STOPPED, 500);
    put_row(fixture, 0, "0", ROW_SENDING, 5000); /* the first record of partition 0 has this id */
    commit(fixture, 1);
}

static void lists_tell_status_and_time(void **state)
{
    struct store_fixture *fixture = *state;
    static const struct {
        bool is_clean_list;
        enum row_status status;
        int64_t time_ms;
        store_id_cb cb;
        const char *ids;
    } rows[] = {
        {false, 0, 1999, append_id, ""},
        {false, 0, 2000, append_id, "1 "},
        {false, 0, 9999, append_id, "0 1 3 "},
        {false, 0, 9999, append_one_id, "0 "},
        {true, ROW_SUCCESS, 999, append_id, ""},
        {true, ROW_SUCCESS, 1000, append_id, "2 "},
        {true, ROW_SUCCESS, 9000, append_id, "2 5 "},
        {true, ROW_STOPPED, 9000, append_id, "4 "},
        {true, ROW_FAILURE, 9000, append_id, ""},
    };

    put_rows_of_each_status(fixture);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buffer ids = {0};
        enum rc rc = rows[i].is_clean_list
                         ? store_task_to_clean_list(fixture->store, rows[i].status, rows[i].time_ms, rows[i].cb, &ids,
                                                    fixture->errstr, sizeof fixture->errstr)
                         : store_incomplete_task_id_list(fixture->store, rows[i].time_ms, rows[i].cb, &ids,
                                                         fixture->errstr, sizeof fixture->errstr);

        assert_int_equal(rc, RC_OK);
        assert_string_equal(ids.data == NULL ? "" : ids.data, rows[i].ids);
        buffer_close(&ids);
    }
}

static void row_that_is_none_ends_a_list_as_corrupt(void **state)
{
    struct store_fixture *fixture = *state;
    struct buffer ids = {0};

    store_create_task(fixture->store, "order:1", 7, 11, "{\"id\":1}", 8);
    commit(fixture, 1);
    assert_int_equal(
        store_incomplete_task_id_list(fixture->store, 9999, append_id, &ids, fixture->errstr, sizeof fixture->errstr),
        RC_CORRUPT);
    assert_int_equal(find_id(fixture, 11, "1"), RC_CORRUPT);
    buffer_close(&ids);
}

static void store_of_another_owner_is_corrupt(void **state)
{
    struct store_fixture *fixture = *state;
    char command[256];

    commit(fixture, 1);
    assert_int_equal(store_fixture_reopen_as(fixture, PREFIX, 8, "cluster-a"), RC_CORRUPT);
    assert_int_equal(store_fixture_reopen_as(fixture, PREFIX, PARTITION_COUNT, "cluster-b"), RC_CORRUPT);
    snprintf(command, sizeof command, "cp -r %s/%s %s/other", fixture->state_dir, PREFIX, fixture->state_dir);
    assert_int_equal(system(command), 0);
    assert_int_equal(store_fixture_reopen_as(fixture, "other", PARTITION_COUNT, "cluster-a"), RC_CORRUPT);
    assert_int_equal(store_fixture_reopen_as(fixture, PREFIX, PARTITION_COUNT, ""), RC_OK);
    assert_int_equal(get_offset(fixture), 1);
}

static void cluster_id_is_noted_once_it_is_known(void **state)
{
    struct store_fixture *fixture = *state;

    store_close(fixture->store);
    fixture->store = NULL;
    assert_int_equal(store_destroy(fixture->state_dir, PREFIX, PARTITION, fixture->errstr, sizeof fixture->errstr),
                     RC_OK);
    assert_int_equal(store_fixture_reopen_as(fixture, PREFIX, PARTITION_COUNT, ""), RC_OK);
    assert_int_equal(store_fixture_reopen_as(fixture, PREFIX, PARTITION_COUNT, "cluster-b"), RC_OK);
    assert_int_equal(store_fixture_reopen_as(fixture, PREFIX, PARTITION_COUNT, "cluster-a"), RC_CORRUPT);
}

static void prefix_cannot_leave_the_state_folder(void **state)
{
    struct store_fixture *fixture = *state;

    assert_int_equal(store_fixture_reopen_as(fixture, "..", PARTITION_COUNT, ""), RC_INVALID);
    assert_int_equal(store_fixture_reopen_as(fixture, "a/b", PARTITION_COUNT, ""), RC_INVALID);
    assert_int_equal(store_destroy(fixture->state_dir, "..", PARTITION, fixture->errstr, sizeof fixture->errstr),
                     RC_INVALID);
}

static void destroyed_store_is_new_again(void **state)
{
    struct store_fixture *fixture = *state;
    char path[128];

    put_row(fixture, 11, "1", ROW_SENDING, 1000);
    commit(fixture, 1);
    /* Not while it is open. */
    assert_int_equal(store_destroy(fixture->state_dir, PREFIX, PARTITION, fixture->errstr, sizeof fixture->errstr),
                     RC_STORAGE);
    assert_int_equal(find(fixture, "order:1"), RC_OK);
    /* A file that RocksDB does not know goes, too. */
    snprintf(path, sizeof path, "%s/%s/%d/stray", fixture->state_dir, PREFIX, PARTITION);
    assert_int_equal(close(open(path, O_CREAT | O_WRONLY, 0600)), 0);
    store_close(fixture->store);
    fixture->store = NULL;
    assert_int_equal(store_destroy(fixture->state_dir, PREFIX, PARTITION, fixture->errstr, sizeof fixture->errstr),
                     RC_OK);
    snprintf(path, sizeof path, "%s/%s/%d", fixture->state_dir, PREFIX, PARTITION);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(store_destroy(fixture->state_dir, PREFIX, PARTITION, fixture->errstr, sizeof fixture->errstr),
                     RC_OK);
    store_fixture_reopen(fixture);
    assert_int_equal(get_offset(fixture), -1);
    assert_int_equal(find(fixture, "order:1"), RC_NOT_FOUND);
}

/* Rows of rising offsets, one commit each hundred; row n belongs to offset n. */
static void fill(struct store_fixture *fixture, int first, int count)
{
    char business_id[16];

    for (int i = first; i < first + count; i++) {
        snprintf(business_id, sizeof business_id, "%d", i);
        put_row(fixture, (uint64_t)i + 1, business_id, ROW_SENDING, i);
        if (i % 100 == 99)
            commit(fixture, i);
    }
}

/* Rows up to the applied offset are there and right, those beyond are not; or damage is told. True if it was told. */
static bool check_view(struct store_fixture *fixture)
{
    int64_t offset = -1;
    int64_t time_ms = 0;
    enum rc rc = store_get_applied_offset(fixture->store, &offset, &time_ms, fixture->errstr, sizeof fixture->errstr);

    if (rc == RC_CORRUPT || rc == RC_STORAGE)
        return true;
    for (int i = 0; i < ROW_COUNT; i++) {
        char business_id[16];

        snprintf(business_id, sizeof business_id, "%d", i);
        rc = find_id(fixture, (uint64_t)i + 1, business_id);
        if (rc == RC_CORRUPT || rc == RC_STORAGE)
            return true;
        assert_int_equal(rc, i <= offset ? RC_OK : RC_NOT_FOUND);
    }
    return false;
}

static void lost_tail_leaves_an_earlier_view(void **state)
{
    struct store_fixture *fixture = *state;
    struct store *writer;
    char command[256];

    fill(fixture, 0, ROW_COUNT / 2);
    store_fixture_reopen(fixture); /* flushed here */
    fill(fixture, ROW_COUNT / 2, ROW_COUNT / 2);
    snprintf(command, sizeof command, "cp -r %s %s.copy", fixture->state_dir, fixture->state_dir);
    assert_int_equal(system(command), 0);
    writer = fixture->store;
    fixture->store = NULL;
    strcat(fixture->state_dir, ".copy");
    store_fixture_reopen(fixture);
    assert_int_equal(get_offset(fixture), ROW_COUNT / 2 - 1);
    assert_false(check_view(fixture));
    store_close(writer);
    snprintf(command, sizeof command, "rm -rf '%.*s'", (int)(strlen(fixture->state_dir) - strlen(".copy")),
             fixture->state_dir);
    assert_int_equal(system(command), 0);
}

static double get_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* No bound is set on the figures: they are printed to be compared. */
static void rates_are_printed(void **state)
{
    struct store_fixture *fixture = *state;
    struct buffer ids = {0};
    char key[32];
    double start_s = get_s();
    double put_s;
    double get_time_s;

    fill(fixture, 0, MEASURE_COUNT);
    put_s = get_s() - start_s;
    start_s = get_s();
    for (int i = 0; i < MEASURE_COUNT; i++) {
        snprintf(key, sizeof key, "order:%d", (i * 7919) % MEASURE_COUNT);
        assert_int_equal(find(fixture, key), RC_OK);
    }
    get_time_s = get_s() - start_s;
    start_s = get_s();
    assert_int_equal(store_task_to_clean_list(fixture->store, ROW_SUCCESS, INT64_MAX, append_id, &ids, fixture->errstr,
                                              sizeof fixture->errstr),
                     RC_OK);
    print_message("rows/s: put %.0f, get %.0f, scan %.0f\n", MEASURE_COUNT / put_s, MEASURE_COUNT / get_time_s,
                  MEASURE_COUNT / (get_s() - start_s));
    buffer_close(&ids);
}

static void folder_is_kept_from_other_workers_and_named_when_it_cannot_be_made(void **state)
{
    char folder[] = "/tmp/autohttp-lock-XXXXXX";
    char path[64];
    char errstr[512] = "";
    int fd = -1;
    int other_fd = -1;

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(store_lock_dir(folder, &fd, errstr, sizeof errstr), RC_OK);
    assert_int_equal(store_lock_dir(folder, &other_fd, errstr, sizeof errstr), RC_CONFLICT);
    assert_non_null(strstr(errstr, "state_dir"));
    close(fd);
    assert_int_equal(store_lock_dir(folder, &fd, errstr, sizeof errstr), RC_OK);
    close(fd);
    assert_int_equal(store_lock_dir("/proc/nope", &fd, errstr, sizeof errstr), RC_STORAGE);
    assert_non_null(strstr(errstr, "/proc/nope"));
    snprintf(path, sizeof path, "%s/lock", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void note_settled(const char *key, size_t key_bytes, const struct row *row, void *opaque)
{
    struct buffer *seen = opaque;

    assert_true(row_is_settled(row));
    buffer_append(seen, key, key_bytes);
    buffer_append_char(seen, ' ');
}

/* In slices of three rows, some added and deleted between them. */
static void a_scan_in_slices_meets_each_settled_row_once(void **state)
{
    struct store_fixture *fixture = *state;
    struct buffer position = {0};
    struct buffer seen = {0};
    bool is_end = false;
    int slice_count = 0;

    for (int i = 0; i < 9; i++) {
        struct buffer json = {0};
        char key[16];
        size_t key_bytes = (size_t)snprintf(key, sizeof key, "t:%d", i);

        print_row(&json, (uint64_t)i + 1, key + 2, i % 3 == 1 ? ROW_SENDING : ROW_FAILURE, 1000);
        store_create_task(fixture->store, key, key_bytes, (uint64_t)i + 1, json.data, json.len_bytes);
        buffer_close(&json);
    }
    assert_int_equal(store_commit_apply(fixture->store, 1, 1000, fixture->errstr, sizeof fixture->errstr), RC_OK);
    for (; !is_end && slice_count < 10; slice_count++) {
        assert_int_equal(store_scan_settled(fixture->store, &position, 3, note_settled, &seen, &is_end, fixture->errstr,
                                            sizeof fixture->errstr),
                         RC_OK);
        if (slice_count == 0) { /* the row where it stands, and one ahead */
            assert_int_equal(position.len_bytes, 3);
            assert_int_equal(store_delete_task(fixture->store, "t:2", 3, fixture->errstr, sizeof fixture->errstr),
                             RC_OK);
            assert_int_equal(store_delete_task(fixture->store, "t:3", 3, fixture->errstr, sizeof fixture->errstr),
                             RC_OK);
            assert_int_equal(store_commit_apply(fixture->store, 2, 1000, fixture->errstr, sizeof fixture->errstr),
                             RC_OK);
        }
    }
    buffer_append_char(&seen, '\0');
    assert_string_equal(seen.data, "t:0 t:2 t:5 t:6 t:8 ");
    assert_int_equal(slice_count, 3);
    buffer_close(&position);
    buffer_close(&seen);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, store_fixture_set_up, store_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_scan_in_slices_meets_each_settled_row_once),
        cmocka_unit_test(folder_is_kept_from_other_workers_and_named_when_it_cannot_be_made),
        CASE(new_store_has_neither_offset_nor_epoch),
        CASE(clean_close_loses_nothing),
        CASE(row_comes_back_byte_for_byte),
        CASE(batch_is_not_seen_before_its_commit),
        CASE(uncommitted_batch_is_gone_after_close),
        CASE(empty_commit_of_the_same_offset_writes_nothing),
        CASE(epoch_never_falls),
        CASE(offsets_are_kept_with_the_batch),
        CASE(replaced_task_leaves_the_id_index),
        CASE(deleted_task_is_gone_with_its_id),
        CASE(debts_are_told_in_order_until_paid),
        CASE(lists_tell_status_and_time),
        CASE(row_that_is_none_ends_a_list_as_corrupt),
        CASE(store_of_another_owner_is_corrupt),
        CASE(cluster_id_is_noted_once_it_is_known),
        CASE(prefix_cannot_leave_the_state_folder),
        CASE(destroyed_store_is_new_again),
        CASE(lost_tail_leaves_an_earlier_view),
        CASE(rates_are_printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
