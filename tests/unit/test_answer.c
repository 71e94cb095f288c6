/* answer: rows by key, by id and in pages, from a real store; what is not owned or not read is told apart. */
#include "../support/cmocka_all.h"
#include "answer.h"
#include "hand.h"
#include "partition.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROW_COUNT 300

struct fixture {
    struct core core;
    struct partition partition;
    struct partition *owned[2]; /* the second is another worker's */
    struct store_cache *cache;
    char folder[64];
};

static void put_row(struct fixture *fixture, int number)
{
    static const enum row_status statuses[] = {ROW_SENDING, ROW_SUCCESS, ROW_FAILURE};
    char id[16];
    char key[32];
    char url[64];
    char text[256] = "";
    struct buffer json = {0};
    struct row row = {.id = (uint64_t)number + 1,
                      .business_type = number % 2 == 0 ? "even" : "odd",
                      .business_id = id,
                      .url = url,
                      .method = "GET",
                      .retry_type = TASK_RETRY_STEP,
                      .step_interval_ms = 1000,
                      .status = statuses[number % 3],
                      .request_time_ms = 1000 + number,
                      .has_publish_id = true,
                      .ctl = -1,
                      .last_error = ""};

    row.next_retry_time_ms = row.status == ROW_SENDING ? 5000 + number : 0;
    snprintf(id, sizeof id, "%03d", number);
    snprintf(url, sizeof url, "http://h%d.example:81/x", number % 5);
    snprintf(key, sizeof key, "%s:%s", row.business_type, id);
    assert_int_equal(row_encode(&row, &json), RC_OK);
    if (store_update_task(fixture->partition.store, key, strlen(key), row.id, json.data, json.len_bytes, text,
                          sizeof text) != RC_OK) {
        fail_msg("%s", text);
    }
    buffer_close(&json);
}

static int open_store(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof *fixture);
    char text[256] = "";

    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/autohttp-answer-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    fixture->cache = store_cache_new(1024 * 1024);
    if (store_open(fixture->cache, fixture->folder, "p", 0, 2, "", &fixture->partition.store, text, sizeof text) !=
        RC_OK) {
        fail_msg("%s", text);
    }
    for (int i = 0; i < ROW_COUNT; i++) {
        put_row(fixture, i);
    }
    assert_int_equal(store_commit_apply(fixture->partition.store, 1, 1, text, sizeof text), RC_OK);
    clock_init(&fixture->core.clock);
    fixture->partition.phase = PARTITION_RUN;
    fixture->owned[0] = &fixture->partition;
    fixture->core.owned = fixture->owned;
    fixture->core.partition_count = 2;
    *state = fixture;
    return 0;
}

static int close_store(void **state)
{
    struct fixture *fixture = *state;
    char text[256] = "";

    store_close(fixture->partition.store);
    store_destroy(fixture->folder, "p", 0, text, sizeof text);
    store_cache_free(fixture->cache);
    snprintf(text, sizeof text, "%s/p", fixture->folder);
    rmdir(text);
    rmdir(fixture->folder);
    test_free(fixture);
    return 0;
}

static struct admin_ask make_list(uint32_t limit)
{
    return (struct admin_ask){
        .kind = ADMIN_ASK_LIST,
        .limit = limit,
        .filter = {
            .statuses = 0x1e, .next_until_ms = INT64_MAX, .request_min_ms = INT64_MIN, .request_max_ms = INT64_MAX}};
}

static size_t count_rows(const struct buffer *text)
{
    const char *at = text->data;
    size_t count = 0;

    for (; at != NULL && (at = strstr(at, "{\"id\":")) != NULL; at++) {
        count++;
    }
    return count;
}

/* All pages of the partition; checks that none is above its limit. */
static size_t count_list(struct fixture *fixture, struct admin_ask ask)
{
    bool is_end = false;
    size_t count = 0;

    while (!is_end) {
        struct admin_answer answer;

        answer_ask(&fixture->core, &ask, &answer);
        assert_int_equal(answer.http_status, 200);
        assert_true(count_rows(&answer.text) <= ask.limit);
        count += count_rows(&answer.text);
        is_end = answer.is_end;
        memcpy(ask.key, answer.position, answer.position_bytes);
        ask.key_bytes = answer.position_bytes;
        buffer_close(&answer.text);
    }
    return count;
}

static void pages_of_any_size_show_each_row_once(void **state)
{
    static const uint32_t limits[] = {1, 7, 64, 65, ROW_COUNT, 1000};

    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        assert_int_equal(count_list(*state, make_list(limits[i])), ROW_COUNT);
    }
}

static void filters_show_what_they_name(void **state)
{
    struct admin_ask ask = make_list(10);

    ask.filter.statuses = 1u << ROW_SENDING;
    assert_int_equal(count_list(*state, ask), ROW_COUNT / 3);
    ask.filter.next_until_ms = 5000 + 29; /* rows 0, 3 .. 27 */
    assert_int_equal(count_list(*state, ask), 10);
    ask = make_list(1000);
    snprintf(ask.filter.type, sizeof ask.filter.type, "odd");
    assert_int_equal(count_list(*state, ask), ROW_COUNT / 2);
    snprintf(ask.filter.host, sizeof ask.filter.host, "H3.example");
    assert_int_equal(count_list(*state, ask), ROW_COUNT / 10);
    ask = make_list(1000);
    ask.filter.request_min_ms = 1000 + 10;
    ask.filter.request_max_ms = 1000 + 19;
    assert_int_equal(count_list(*state, ask), 10);
}

static void row_is_found_by_key_and_by_id(void **state)
{
    struct fixture *fixture = *state;
    struct admin_ask ask = {.kind = ADMIN_ASK_ID, .id = 18};
    struct admin_answer answer;
    int number = 17;

    answer_ask(&fixture->core, &ask, &answer);
    assert_int_equal(answer.http_status, 200);
    assert_non_null(strstr(answer.text.data, "\"business_id\":\"017\""));
    buffer_close(&answer.text);
    /* Its home is asked, whichever that is. */
    while (coords_get_home(ask.key, ask.key_bytes, 2) != 0 || ask.key_bytes == 0) {
        number++;
        ask.key_bytes = (size_t)snprintf(ask.key, sizeof ask.key, "%s:%03d", number % 2 == 0 ? "even" : "odd", number);
    }
    ask.kind = ADMIN_ASK_KEY;
    answer_ask(&fixture->core, &ask, &answer);
    assert_int_equal(answer.http_status, 200);
    assert_int_equal(answer.partition, 0);
    assert_non_null(strstr(answer.text.data, strchr(ask.key, ':') + 1));
    buffer_close(&answer.text);
}

static void unknown_rows_are_not_found(void **state)
{
    struct fixture *fixture = *state;
    struct admin_ask ask = {.kind = ADMIN_ASK_ID, .id = 100000};
    struct admin_answer answer;

    answer_ask(&fixture->core, &ask, &answer);
    assert_int_equal(answer.http_status, 404);
    buffer_close(&answer.text);
}

static void partitions_of_others_and_unread_ones_are_told_apart(void **state)
{
    struct fixture *fixture = *state;
    struct admin_ask ask = make_list(10);
    struct admin_answer answer;

    ask.partition = 1;
    answer_ask(&fixture->core, &ask, &answer);
    assert_int_equal(answer.http_status, 421);
    buffer_close(&answer.text);
    ask.partition = 2;
    answer_ask(&fixture->core, &ask, &answer);
    assert_int_equal(answer.http_status, 404);
    buffer_close(&answer.text);
    ask.partition = 0;
    fixture->partition.phase = PARTITION_RESTORE;
    answer_ask(&fixture->core, &ask, &answer);
    assert_int_equal(answer.http_status, 503);
    buffer_close(&answer.text);
    fixture->core.partition_count = 0;
    answer_ask(&fixture->core, &ask, &answer);
    assert_int_equal(answer.http_status, 503);
    assert_int_equal(answer.partition_count, 0);
    buffer_close(&answer.text);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)
    const struct CMUnitTest tests[] = {
        CASE(pages_of_any_size_show_each_row_once),
        CASE(filters_show_what_they_name),
        CASE(row_is_found_by_key_and_by_id),
        CASE(unknown_rows_are_not_found),
        CASE(partitions_of_others_and_unread_ones_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
