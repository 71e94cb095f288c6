#include "row_json.h"

#include "json.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit_table.h"

static const int64_t ladder[] = {0, 60000, 1500};

static struct row make_row(void)
{
    struct row row = {
        .id = UINT64_MAX,
        .business_type = "order",
        .business_id = "a:\"1\"",
        .url = "https://h/p?q=1",
        .method = "POST",
        .retry_type = TASK_RETRY_LADDER,
        .ladder_interval_ms = ladder,
        .ladder_count = 3,
        .status = ROW_SENDING,
        .attempts = 2,
        .request_time_ms = INT64_C(1800000000125),
        .last_retry_time_ms = INT64_C(1800000060200),
        .next_retry_time_ms = INT64_C(1800000360000),
        .has_publish_id = true,
        .publish_id = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff},
        .entered = COORDS_OFFSET_MAX,
        .src = {COORDS_DELAY, 3, 60000, 17},
        .at = {COORDS_DELAY, 3, 300000, 4},
        .epoch = 7,
        .ctl = -1,
        .last_status = 503,
        .last_error = "status 503",
    };

    return row;
}

static const char row_text[] =
    "{\"id\":\"18446744073709551615\",\"business_type\":\"order\",\"business_id\":\"a:\\\"1\\\"\",\"url\":\"https://h/"
    "p?q=1\","
    "\"method\":\"POST\",\"retry_type\":\"ladder\",\"retry_ladder_interval\":[0,60,1.5],\"retry_count\":1,\"status\":1,"
    "\"attempts\":2,\"request_time\":1800000000.125,\"last_retry_time\":1800000060.2,\"next_retry_time\":1800000360,"
    "\"success_time\":0,\"publish_id\":\"00112233445566778899aabbccddeeff\",\"entered\":281474976710655,"
    "\"src\":\"delay.60000ms-3-17\",\"at\":\"delay.300000ms-3-4\",\"epoch\":7,\"ctl\":-1,\"last_status\":503,"
    "\"last_error\":\"status 503\"}";

static void assert_same_call(const struct row *a, const struct row *b)
{
    assert_true(a->id == b->id);
    assert_string_equal(a->business_type, b->business_type);
    assert_string_equal(a->business_id, b->business_id);
    assert_string_equal(a->url, b->url);
    assert_string_equal(a->method, b->method);
    assert_int_equal(a->retry_type, b->retry_type);
    assert_int_equal(a->ladder_count, b->ladder_count);
    for (uint32_t i = 0; i < a->ladder_count; i++)
        assert_int_equal(a->ladder_interval_ms[i], b->ladder_interval_ms[i]);
    assert_int_equal(a->step_interval_ms, b->step_interval_ms);
    assert_int_equal(a->step_time, b->step_time);
}

static void assert_same_state(const struct row *a, const struct row *b)
{
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->attempts, b->attempts);
    assert_true(a->request_time_ms == b->request_time_ms);
    assert_true(a->last_retry_time_ms == b->last_retry_time_ms);
    assert_true(a->next_retry_time_ms == b->next_retry_time_ms);
    assert_true(a->success_time_ms == b->success_time_ms);
    assert_int_equal(a->has_publish_id, b->has_publish_id);
    assert_memory_equal(a->publish_id, b->publish_id, HEADER_PUB_BYTES);
    assert_true(a->entered == b->entered);
    assert_true(coords_is_equal(&a->src, &b->src));
    assert_true(coords_is_equal(&a->at, &b->at));
    assert_true(a->epoch == b->epoch);
    assert_true(a->ctl == b->ctl);
    assert_int_equal(a->last_status, b->last_status);
    assert_string_equal(a->last_error, b->last_error);
    assert_int_equal(a->displaced_count, b->displaced_count);
    assert_memory_equal(a->displaced, b->displaced, sizeof a->displaced);
}

static void assert_round_trip(const struct row *row)
{
    struct buffer buffer = {0};
    struct row again = {0};
    char errstr[160] = "";

    assert_int_equal(row_encode(row, &buffer), RC_OK);
    if (row_decode(buffer.data, buffer.len_bytes, &again, errstr, sizeof errstr) != RC_OK)
        fail_msg("%s: %s", buffer.data, errstr);
    assert_same_call(row, &again);
    assert_same_state(row, &again);
    row_close(&again);
    row_close(&again);
    buffer_close(&buffer);
}

static void row_is_printed_in_the_order_of_its_fields(void **state)
{
    struct row row = make_row();
    struct buffer buffer = {0};

    (void)state;
    assert_int_equal(row_encode(&row, &buffer), RC_OK);
    assert_string_equal(buffer.data, row_text);
    buffer_close(&buffer);
}

static void row_on_a_ladder_goes_both_ways(void **state)
{
    struct row row = make_row();

    (void)state;
    assert_round_trip(&row);
}

static void row_on_a_step_goes_both_ways(void **state)
{
    struct row row = make_row();

    (void)state;
    row.retry_type = TASK_RETRY_STEP;
    row.ladder_count = 0;
    row.step_interval_ms = 2500;
    row.step_time = TASK_STEP_TIME_MAX;
    row.has_publish_id = false;
    memset(row.publish_id, 0, sizeof row.publish_id);
    assert_round_trip(&row);
}

static void row_that_displaced_others_goes_both_ways(void **state)
{
    struct row row = make_row();

    (void)state;
    row.displaced_count = ROW_DISPLACED_MAX;
    for (uint32_t i = 0; i < ROW_DISPLACED_MAX; i++)
        row.displaced[i][0] = (uint8_t)(i + 1);
    assert_round_trip(&row);
}

static void row_remembers_the_last_tasks_it_displaced(void **state)
{
    struct row row = make_row();
    uint8_t publish_id[HEADER_PUB_BYTES];

    (void)state;
    memcpy(publish_id, row.publish_id, sizeof publish_id);
    for (uint8_t i = 0; i <= ROW_DISPLACED_MAX; i++) {
        struct row next = make_row();

        row.publish_id[0] = i;
        row_displace(&next, &row);
        row = next;
    }
    assert_int_equal(row.displaced_count, ROW_DISPLACED_MAX);
    for (uint8_t i = 0; i <= ROW_DISPLACED_MAX; i++) {
        publish_id[0] = i;
        assert_int_equal(row_has_displaced(&row, publish_id), i > 0);
    }
}

static void assert_displaced_refused(const char *list)
{
    char text[2048];
    struct row row = {0};

    snprintf(text, sizeof text, "%.*s,\"displaced\":%s}", (int)strlen(row_text) - 1, row_text, list);
    assert_int_equal(row_decode(text, strlen(text), &row, NULL, 0), RC_CORRUPT);
}

static void list_of_displaced_tasks_of_another_form_is_refused(void **state)
{
    char longer[512] = "[";

    (void)state;
    for (int i = 0; i <= ROW_DISPLACED_MAX; i++)
        snprintf(longer + strlen(longer), sizeof longer - strlen(longer), "%s\"%032d\"", i > 0 ? "," : "", i);
    snprintf(longer + strlen(longer), sizeof longer - strlen(longer), "]");
    assert_displaced_refused(longer);
    assert_displaced_refused("[]");
    assert_displaced_refused("[1,2]");
    assert_displaced_refused("[\"00112233\"]");
}

static void settled_row_goes_both_ways(void **state)
{
    struct row row = make_row();

    (void)state;
    row.status = ROW_SUCCESS;
    row.success_time_ms = TASK_TIME_MAX_MS;
    row.next_retry_time_ms = 0;
    row.at = (struct coords){0};
    row.last_error = "";
    row.attempts = UINT32_MAX;
    row.ctl = 0;
    assert_round_trip(&row);
}

static void marker_without_a_call_goes_both_ways(void **state)
{
    struct row row = {
        .business_type = "order",
        .business_id = "1",
        .url = "",
        .method = "",
        .status = ROW_STOPPED,
        .request_time_ms = 5,
        .src = {COORDS_CONTROL, 0, 0, 2},
        .epoch = 1,
        .ctl = 2,
        .last_error = "",
    };

    (void)state;
    assert_round_trip(&row);
}

static void texts_that_are_null_are_printed_as_empty(void **state)
{
    struct row row = {.business_type = "a", .business_id = "b", .status = ROW_STOPPED};
    struct buffer buffer = {0};
    struct row again = {0};

    (void)state;
    assert_int_equal(row_encode(&row, &buffer), RC_OK);
    assert_int_equal(row_decode(buffer.data, buffer.len_bytes, &again, NULL, 0), RC_OK);
    assert_string_equal(again.url, "");
    assert_string_equal(again.last_error, "");
    row_close(&again);
    buffer_close(&buffer);
}

static void long_last_error_is_cut_so_that_the_row_stays_readable(void **state)
{
    struct row row = make_row();
    char *last_error = malloc(20001);
    struct buffer buffer = {0};
    struct row again = {0};

    (void)state;
    assert_non_null(last_error);
    memset(last_error, '\xff', 20000); /* each becomes three bytes */
    last_error[20000] = '\0';
    row.last_error = last_error;
    assert_int_equal(row_encode(&row, &buffer), RC_OK);
    assert_int_equal(row_decode(buffer.data, buffer.len_bytes, &again, NULL, 0), RC_OK);
    assert_true(strlen(again.last_error) > 1000);
    row_close(&again);
    buffer_close(&buffer);
    free(last_error);
}

static void retry_count_is_attempts_after_the_first(void **state)
{
    static const struct {
        uint32_t attempts;
        const char *wanted;
    } counts[] = {{0, "\"retry_count\":0"}, {1, "\"retry_count\":0"}, {2, "\"retry_count\":1"}};
    struct row row = make_row();

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct buffer buffer = {0};

        row.attempts = counts[i].attempts;
        assert_int_equal(row_encode(&row, &buffer), RC_OK);
        assert_non_null(strstr(buffer.data, counts[i].wanted));
        buffer_close(&buffer);
    }
}

struct damage {
    const char *name;
    const char *old; /* in row_text */
    const char *new;
    const char *named;
};

static const struct damage damages[] = {
    {"row_without_id_is_corrupt", "\"id\":\"18446744073709551615\",", "", "field id: missing"},
    {"id_beyond_64_bits_is_corrupt", "18446744073709551615", "18446744073709551616", "field id: not of its form"},
    {"id_with_a_sign_is_corrupt", "18446744073709551615", "-1", "field id: not of its form"},
    {"id_as_a_number_is_corrupt", "\"18446744073709551615\"", "5", "field id: must be a string"},
    {"status_zero_is_corrupt", "\"status\":1", "\"status\":0", "field status: below"},
    {"status_five_is_corrupt", "\"status\":1", "\"status\":5", "field status: above"},
    {"negative_attempts_are_corrupt", "\"attempts\":2", "\"attempts\":-2", "field attempts: below"},
    {"attempts_beyond_32_bits_are_corrupt", "\"attempts\":2", "\"attempts\":4294967296", "field attempts: above"},
    {"unknown_retry_type_is_corrupt", "\"ladder\"", "\"rope\"", "field retry_type: not of its form"},
    {"wait_as_a_text_is_corrupt", "[0,60,1.5]", "[0,\"60\",1.5]", "field retry_ladder_interval: must be"},
    {"time_as_a_text_is_corrupt", "1800000000.125", "\"now\"", "field request_time: must be"},
    {"publish_id_too_short_is_corrupt", "00112233445566778899aabbccddeeff", "00", "field publish_id: too short"},
    {"publish_id_not_hex_is_corrupt", "00112233445566778899aabbccddeeff", "0011223344556677889gaabbccddeeff",
     "field publish_id: not of its form"},
    {"src_of_another_topic_is_corrupt", "delay.60000ms-3-17", "state-3-17", "field src: not of its form"},
    {"at_without_offset_is_corrupt", "delay.300000ms-3-4", "delay.300000ms-3", "field at: not of its form"},
    {"offset_beyond_48_bits_is_corrupt", "281474976710655", "281474976710656", "field entered: above"},
    {"ctl_below_none_is_corrupt", "\"ctl\":-1", "\"ctl\":-2", "field ctl: below"},
    {"unknown_field_is_corrupt", "\"epoch\":7", "\"epoch\":7,\"body\":\"x\"", "field body: unknown"},
    {"field_twice_is_corrupt", "\"epoch\":7", "\"epoch\":7,\"epoch\":8", "field epoch: comes twice"},
    {"cut_row_is_corrupt", "\"last_error\":\"status 503\"}", "\"last_error\":\"status", "field last_error: string"},
};

static void row_is_corrupt(void **state)
{
    const struct damage *row = *state;
    const char *found = strstr(row_text, row->old);
    struct row decoded = {.attempts = 77};
    struct buffer buffer = {0};
    char errstr[160] = "";

    assert_non_null(found);
    buffer_append(&buffer, row_text, (size_t)(found - row_text));
    buffer_append_text(&buffer, row->new);
    buffer_append_text(&buffer, found + strlen(row->old));
    assert_int_equal(row_decode(buffer.data, buffer.len_bytes, &decoded, errstr, sizeof errstr), RC_CORRUPT);
    if (strstr(errstr, row->named) == NULL)
        fail_msg("errstr \"%s\" does not say \"%s\"", errstr, row->named);
    assert_int_equal(decoded.attempts, 77);
    buffer_close(&buffer);
}

static void bytes_that_are_no_json_are_corrupt(void **state)
{
    struct row row = {0};

    (void)state;
    assert_int_equal(row_decode("", 0, &row, NULL, 0), RC_CORRUPT);
    assert_int_equal(row_decode("\0\0\0", 3, &row, NULL, 0), RC_CORRUPT);
    row_close(&row);
}

static void row_of_a_task_has_its_key_call_and_schedule(void **state)
{
    const struct task task = {
        .business_type = "order",
        .business_id = "a:\"1\"",
        .url = "https://h/p?q=1",
        .method = "POST",
        .retry_type = TASK_RETRY_LADDER,
        .ladder_interval_ms = ladder,
        .ladder_count = 3,
        .step_interval_ms = 4000,
        .step_time = 5,
    };
    struct row expected = make_row();
    struct row row = row_from_task(&task);

    (void)state;
    expected.id = 0;
    expected.step_interval_ms = 4000;
    expected.step_time = 5;
    assert_same_call(&row, &expected);
    assert_int_equal(row.status, ROW_SENDING);
    assert_true(row_is_marker(&row)); /* until the caller gives it its id and publish id */
    assert_null(row.block);
}

static void statuses_have_names(void **state)
{
    struct row row = {.status = ROW_SENDING};

    (void)state;
    assert_string_equal(row_status_get_name(ROW_SENDING), "sending");
    assert_string_equal(row_status_get_name(ROW_SUCCESS), "success");
    assert_string_equal(row_status_get_name(ROW_FAILURE), "failure");
    assert_string_equal(row_status_get_name(ROW_STOPPED), "stopped");
    assert_string_equal(row_status_get_name((enum row_status)0), "unknown");
    assert_string_equal(row_status_get_name((enum row_status)5), "unknown");
    assert_false(row_is_settled(&row));
    for (int i = ROW_SUCCESS; i <= ROW_STOPPED; i++) {
        row.status = (enum row_status)i;
        assert_true(row_is_settled(&row));
    }
}

/* row_decode() reads most rows without a tree; the tree's judgement counts. */
static void assert_read_alike(const char *json, size_t json_bytes)
{
    struct cJSON *root = NULL;
    struct row expected = {0};
    struct row row = {0};
    enum rc expected_rc = json_parse(json, json_bytes, ROW_JSON_MAX_BYTES, &root, NULL, 0);
    enum rc rc = row_decode(json, json_bytes, &row, NULL, 0);

    if (expected_rc == RC_OK)
        expected_rc = row_decode_tree(root, &expected, NULL, 0);
    if ((rc == RC_OK) != (expected_rc == RC_OK))
        fail_msg("%.*s: %s, by a tree %s", (int)json_bytes, json, rc_get_name(rc), rc_get_name(expected_rc));
    if (rc == RC_OK) {
        assert_same_call(&row, &expected);
        assert_same_state(&row, &expected);
    }
    row_close(&row);
    row_close(&expected);
    json_close(root);
}

static const char mutant_bytes[] = "\"\\,:{}[]-+.0159 eEn\x01\x7f\x80\xc3";

/* Each byte of a row replaced, each left out, each preceded by another; and the row cut short. */
static void assert_mutants_read_alike(const char *json, size_t json_bytes)
{
    char *mutant = malloc(json_bytes + 1);

    assert_non_null(mutant);
    for (size_t i = 0; i < json_bytes; i++) {
        assert_read_alike(json, i);
        memcpy(mutant, json, i);
        memcpy(mutant + i, json + i + 1, json_bytes - i - 1);
        assert_read_alike(mutant, json_bytes - 1);
        for (const char *byte = mutant_bytes; *byte != '\0'; byte++) {
            mutant[i] = *byte;
            memcpy(mutant + i + 1, json + i + 1, json_bytes - i - 1);
            assert_read_alike(mutant, json_bytes);
            memcpy(mutant + i + 1, json + i, json_bytes - i);
            assert_read_alike(mutant, json_bytes + 1);
        }
    }
    free(mutant);
}

static void damaged_row_is_judged_as_by_a_tree(void **state)
{
    struct row row = make_row();
    struct buffer buffer = {0};

    (void)state;
    row.business_id = "a:\xc3\xa9"; /* no escape, so it needs no tree */
    row.has_replaced = true;
    row.replaced_id = 12;
    assert_int_equal(row_encode(&row, &buffer), RC_OK);
    assert_mutants_read_alike(buffer.data, buffer.len_bytes);
    buffer_close(&buffer);
}

static void damaged_row_with_escapes_is_judged_as_by_a_tree(void **state)
{
    (void)state;
    assert_mutants_read_alike(row_text, sizeof row_text - 1);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, row_is_printed_in_the_order_of_its_fields);
    UNIT_TABLE_TEST(&table, row_on_a_ladder_goes_both_ways);
    UNIT_TABLE_TEST(&table, row_on_a_step_goes_both_ways);
    UNIT_TABLE_TEST(&table, row_that_displaced_others_goes_both_ways);
    UNIT_TABLE_TEST(&table, row_remembers_the_last_tasks_it_displaced);
    UNIT_TABLE_TEST(&table, list_of_displaced_tasks_of_another_form_is_refused);
    UNIT_TABLE_TEST(&table, settled_row_goes_both_ways);
    UNIT_TABLE_TEST(&table, marker_without_a_call_goes_both_ways);
    UNIT_TABLE_TEST(&table, texts_that_are_null_are_printed_as_empty);
    UNIT_TABLE_TEST(&table, long_last_error_is_cut_so_that_the_row_stays_readable);
    UNIT_TABLE_TEST(&table, retry_count_is_attempts_after_the_first);
    UNIT_TABLE_ADD(&table, damages, row_is_corrupt);
    UNIT_TABLE_TEST(&table, bytes_that_are_no_json_are_corrupt);
    UNIT_TABLE_TEST(&table, row_of_a_task_has_its_key_call_and_schedule);
    UNIT_TABLE_TEST(&table, statuses_have_names);
    UNIT_TABLE_TEST(&table, damaged_row_is_judged_as_by_a_tree);
    UNIT_TABLE_TEST(&table, damaged_row_with_escapes_is_judged_as_by_a_tree);
    return unit_table_run(&table);
}
