/* The seed's DatabaseCallbackInterface, operation by operation, on the store; and its index of ids, which must lead to
 * the task asked for or to none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coords.h"
#include "store_fixture.h"

static void print_row_of(struct buffer *json, uint64_t id, const char *business_id, enum row_status status,
                         int64_t time_ms, const char *url, const char *method)
{
    const struct row row = {
        .id = id == STORE_NO_ID ? 0 : id,
        .business_type = "order",
        .business_id = business_id,
        .url = url,
        .method = method,
        .retry_type = TASK_RETRY_STEP,
        .step_interval_ms = 1000,
        .status = status,
        .request_time_ms = time_ms,
        .next_retry_time_ms = status == ROW_SENDING ? time_ms + 1000 : 0,
        .has_publish_id = id != STORE_NO_ID,
        .src = {COORDS_TASKS, STORE_FIXTURE_PARTITION, 0, 7},
        .epoch = 1,
        .ctl = -1,
        .last_error = "",
    };

    assert_int_equal(row_encode(&row, json), RC_OK);
}

static void print_row(struct buffer *json, uint64_t id, const char *business_id, enum row_status status,
                      int64_t time_ms)
{
    print_row_of(json, id, business_id, status, time_ms, "http://127.0.0.1:1/", "GET");
}

static void create(struct store_fixture *fixture, uint64_t id, const char *business_id, enum row_status status,
                   int64_t time_ms)
{
    struct buffer json = {0};
    char key[64];
    int key_bytes = snprintf(key, sizeof key, "order:%s", business_id);

    print_row(&json, id, business_id, status, time_ms);
    store_create_task(fixture->store, key, (size_t)key_bytes, id, json.data, json.len_bytes);
    buffer_close(&json);
}

static void update(struct store_fixture *fixture, uint64_t id, const char *business_id, enum row_status status,
                   int64_t time_ms)
{
    struct buffer json = {0};
    char key[64];
    int key_bytes = snprintf(key, sizeof key, "order:%s", business_id);

    print_row(&json, id, business_id, status, time_ms);
    assert_int_equal(store_update_task(fixture->store, key, (size_t)key_bytes, id, json.data, json.len_bytes,
                                       fixture->errstr, sizeof fixture->errstr),
                     RC_OK);
    buffer_close(&json);
}

static void remove_task(struct store_fixture *fixture, const char *key)
{
    assert_int_equal(store_delete_task(fixture->store, key, strlen(key), fixture->errstr, sizeof fixture->errstr),
                     RC_OK);
}

static void commit(struct store_fixture *fixture)
{
    fixture->offset++;
    assert_int_equal(store_commit_apply(fixture->store, fixture->offset, 1000, fixture->errstr, sizeof fixture->errstr),
                     RC_OK);
}

/* The status of the task of that business key; 0: none. */
static int get_by_business(struct store_fixture *fixture, const char *key)
{
    struct buffer json = {0};
    struct row row = {0};
    int status = 0;
    enum rc rc =
        store_task_detail_by_business(fixture->store, key, strlen(key), &json, fixture->errstr, sizeof fixture->errstr);

    if (rc == RC_OK) {
        assert_int_equal(row_decode(json.data, json.len_bytes, &row, fixture->errstr, sizeof fixture->errstr), RC_OK);
        status = (int)row.status;
    } else {
        assert_int_equal(rc, RC_NOT_FOUND);
    }
    row_close(&row);
    buffer_close(&json);
    return status;
}

/* The id leads to the task of that business id, or, if that is NULL, to none. */
static void expect_id(struct store_fixture *fixture, uint64_t id, const char *business_id)
{
    struct buffer json = {0};
    struct row row = {0};
    enum rc rc = store_task_detail(fixture->store, id, &json, fixture->errstr, sizeof fixture->errstr);

    assert_int_equal(rc, business_id != NULL ? RC_OK : RC_NOT_FOUND);
    if (rc == RC_OK) {
        assert_int_equal(row_decode(json.data, json.len_bytes, &row, fixture->errstr, sizeof fixture->errstr), RC_OK);
        assert_true(row.id == id);
        assert_string_equal(row.business_id, business_id);
    }
    row_close(&row);
    buffer_close(&json);
}

static bool append_id(uint64_t id, void *opaque)
{
    buffer_append_uint64(opaque, id);
    buffer_append_char(opaque, ' ');
    return true;
}

static void create_task(void **state)
{
    struct store_fixture *fixture = *state;

    create(fixture, 7, "1", ROW_SENDING, 1000);
    commit(fixture);
    assert_int_equal(get_by_business(fixture, "order:1"), ROW_SENDING);
    expect_id(fixture, 7, "1");
}

static void delete_task(void **state)
{
    struct store_fixture *fixture = *state;

    create(fixture, 7, "1", ROW_SUCCESS, 1000);
    create(fixture, 8, "2", ROW_SUCCESS, 1000);
    commit(fixture);
    remove_task(fixture, "order:1");
    remove_task(fixture, "order:none");
    commit(fixture);
    assert_int_equal(get_by_business(fixture, "order:1"), 0);
    expect_id(fixture, 7, NULL);
    expect_id(fixture, 8, "2");
}

static void incomplete_task_id_list(void **state)
{
    struct store_fixture *fixture = *state;
    struct buffer ids = {0};

    create(fixture, 7, "due", ROW_SENDING, 1000);
    create(fixture, 8, "later", ROW_SENDING, 1001);
    create(fixture, 9, "settled", ROW_SUCCESS, 1000);
    create(fixture, STORE_NO_ID, "marker", ROW_STOPPED, 1000);
    commit(fixture);
    assert_int_equal(
        store_incomplete_task_id_list(fixture->store, 2000, append_id, &ids, fixture->errstr, sizeof fixture->errstr),
        RC_OK);
    assert_string_equal(ids.data, "7 ");
    buffer_close(&ids);
}

static void task_to_clean_list(void **state)
{
    struct store_fixture *fixture = *state;
    struct buffer ids = {0};

    create(fixture, 7, "old", ROW_STOPPED, 1000);
    create(fixture, 8, "new", ROW_STOPPED, 1001);
    create(fixture, 9, "other", ROW_SUCCESS, 1000);
    create(fixture, STORE_NO_ID, "marker", ROW_STOPPED, 1000);
    commit(fixture);
    assert_int_equal(store_task_to_clean_list(fixture->store, ROW_STOPPED, 1000, append_id, &ids, fixture->errstr,
                                              sizeof fixture->errstr),
                     RC_OK);
    assert_string_equal(ids.data, "7 ");
    buffer_close(&ids);
}

static void task_detail(void **state)
{
    struct store_fixture *fixture = *state;

    create(fixture, 0, "first", ROW_SENDING, 1000); /* the first record of partition 0 */
    create(fixture, 9, "other", ROW_SENDING, 1000);
    commit(fixture);
    expect_id(fixture, 0, "first");
    expect_id(fixture, 9, "other");
    expect_id(fixture, 1, NULL);
    expect_id(fixture, STORE_NO_ID, NULL);
}

static void task_detail_by_business(void **state)
{
    struct store_fixture *fixture = *state;

    create(fixture, 7, "1", ROW_FAILURE, 1000);
    commit(fixture);
    assert_int_equal(get_by_business(fixture, "order:1"), ROW_FAILURE);
    assert_int_equal(get_by_business(fixture, "order:11"), 0);
    assert_int_equal(get_by_business(fixture, "order:"), 0);
}

static void update_task(void **state)
{
    struct store_fixture *fixture = *state;

    update(fixture, 7, "1", ROW_SENDING, 1000);
    commit(fixture);
    update(fixture, 7, "1", ROW_SUCCESS, 1000);
    commit(fixture);
    assert_int_equal(get_by_business(fixture, "order:1"), ROW_SUCCESS);
    expect_id(fixture, 7, "1");
}

static void default_implement_table_has_no_limit_of_255_bytes_on_url_and_20_on_method(void **state)
{
    struct store_fixture *fixture = *state;
    struct buffer json = {0};
    struct buffer found = {0};
    struct row row = {0};
    char url[400];
    char method[30];

    snprintf(url, sizeof url, "http://127.0.0.1/%0370d", 0);
    snprintf(method, sizeof method, "%s", "AMETHODOFTWENTYFIVELETTER");
    print_row_of(&json, 7, "1", ROW_SENDING, 1000, url, method);
    store_create_task(fixture->store, "order:1", 7, 7, json.data, json.len_bytes);
    commit(fixture);
    assert_int_equal(
        store_task_detail_by_business(fixture->store, "order:1", 7, &found, fixture->errstr, sizeof fixture->errstr),
        RC_OK);
    assert_int_equal(row_decode(found.data, found.len_bytes, &row, NULL, 0), RC_OK);
    assert_string_equal(row.url, url);
    assert_string_equal(row.method, method);
    row_close(&row);
    buffer_close(&found);
    buffer_close(&json);
}

static void default_implement_set_db_is_state_dir_which_keeps_the_rows(void **state)
{
    struct store_fixture *fixture = *state;

    create(fixture, 7, "1", ROW_SENDING, 1000);
    commit(fixture);
    store_fixture_reopen(fixture); /* in the same folder */
    assert_int_equal(get_by_business(fixture, "order:1"), ROW_SENDING);
    expect_id(fixture, 7, "1");
}

static void replaced_task_leaves_no_id_behind(void **state)
{
    struct store_fixture *fixture = *state;

    update(fixture, 7, "1", ROW_SENDING, 1000);
    commit(fixture);
    update(fixture, 8, "1", ROW_SENDING, 1000);
    assert_int_equal(store_count_batch(fixture->store), 3); /* the old id out, the new id and the row in */
    commit(fixture);
    update(fixture, 8, "1", ROW_SUCCESS, 1000);
    assert_int_equal(store_count_batch(fixture->store), 2);
    commit(fixture);
    expect_id(fixture, 7, NULL);
    expect_id(fixture, 8, "1");
}

static void deleted_task_of_id_0_leaves_no_id_behind(void **state)
{
    struct store_fixture *fixture = *state;

    update(fixture, 0, "1", ROW_SENDING, 1000);
    commit(fixture);
    remove_task(fixture, "order:1");
    assert_int_equal(store_count_batch(fixture->store), 2);
    commit(fixture);
    expect_id(fixture, 0, NULL);
}

static void marker_is_not_found_by_id_0(void **state)
{
    struct store_fixture *fixture = *state;

    update(fixture, 0, "1", ROW_SUCCESS, 1000);
    commit(fixture);
    update(fixture, STORE_NO_ID, "1", ROW_STOPPED, 1000);
    commit(fixture);
    expect_id(fixture, 0, NULL);
    assert_int_equal(get_by_business(fixture, "order:1"), ROW_STOPPED);
}

/* Twice in one batch. */
static void entry_left_behind_leads_to_no_other_task(void **state)
{
    struct store_fixture *fixture = *state;

    update(fixture, 7, "1", ROW_SENDING, 1000);
    update(fixture, 8, "1", ROW_SENDING, 1000);
    update(fixture, 0, "2", ROW_SENDING, 1000);
    update(fixture, STORE_NO_ID, "2", ROW_STOPPED, 1000);
    commit(fixture);
    expect_id(fixture, 7, NULL);
    expect_id(fixture, 0, NULL);
    expect_id(fixture, 8, "1");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_fixture_set_up, store_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(create_task),
        CASE(delete_task),
        CASE(incomplete_task_id_list),
        CASE(task_to_clean_list),
        CASE(task_detail),
        CASE(task_detail_by_business),
        CASE(update_task),
        CASE(default_implement_table_has_no_limit_of_255_bytes_on_url_and_20_on_method),
        CASE(default_implement_set_db_is_state_dir_which_keeps_the_rows),
        CASE(replaced_task_leaves_no_id_behind),
        CASE(deleted_task_of_id_0_leaves_no_id_behind),
        CASE(marker_is_not_found_by_id_0),
        CASE(entry_left_behind_leads_to_no_other_task),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
