#include "event_json.h"

#include <stdlib.h>

#include "unit_table.h"

static struct event make_event(void)
{
    struct event event = {
        .kind = EVENT_ATTEMPT,
        .id = UINT64_MAX,
        .business_type = "order",
        .business_id = "1",
        .time_ms = INT64_C(1800000060900),
        .src = {COORDS_DELAY, 3, 60000, 17},
        .status = ROW_SENDING,
        .epoch = 7,
        .attempt = 2,
        .due_time_ms = INT64_C(1800000060200),
        .start_time_ms = INT64_C(1800000060210),
        .duration_ms = 690,
        .http_status = 503,
        .error_class = "status",
        .error_text = "503 \"Service\" Unavailable",
        .remote_address = "192.0.2.7:443",
        .next_time_ms = INT64_C(1800000360900),
        .detail = "",
    };

    return event;
}

static const char event_text[] =
    "{\"kind\":\"attempt\",\"id\":\"18446744073709551615\",\"business_type\":\"order\",\"business_id\":\"1\","
    "\"time\":1800000060.9,\"src\":\"delay.60000ms-3-17\",\"status\":1,\"epoch\":7,\"attempt\":2,"
    "\"due_time\":1800000060.2,\"start_time\":1800000060.21,\"duration\":0.69,\"http_status\":503,"
    "\"error_class\":\"status\",\"error_text\":\"503 \\\"Service\\\" "
    "Unavailable\",\"remote_address\":\"192.0.2.7:443\","
    "\"next_time\":1800000360.9}";

static void assert_same_event(const struct event *a, const struct event *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_true(a->id == b->id);
    assert_string_equal(a->business_type, b->business_type);
    assert_string_equal(a->business_id, b->business_id);
    assert_true(a->time_ms == b->time_ms);
    assert_true(coords_is_equal(&a->src, &b->src));
    assert_int_equal(a->status, b->status);
    assert_true(a->epoch == b->epoch);
    assert_int_equal(a->attempt, b->attempt);
    assert_true(a->due_time_ms == b->due_time_ms);
    assert_true(a->start_time_ms == b->start_time_ms);
    assert_true(a->duration_ms == b->duration_ms);
    assert_int_equal(a->http_status, b->http_status);
    assert_string_equal(a->error_class, b->error_class);
    assert_string_equal(a->error_text, b->error_text);
    assert_string_equal(a->remote_address, b->remote_address);
    assert_true(a->next_time_ms == b->next_time_ms);
    assert_string_equal(a->detail, b->detail);
}

static void assert_round_trip(const struct event *event, const char *wanted)
{
    struct buffer buffer = {0};
    struct event again = {0};
    char errstr[160] = "";

    assert_int_equal(event_encode(event, &buffer), RC_OK);
    if (wanted != NULL)
        assert_string_equal(buffer.data, wanted);
    if (event_decode(buffer.data, buffer.len_bytes, &again, errstr, sizeof errstr) != RC_OK)
        fail_msg("%s: %s", buffer.data, errstr);
    assert_same_event(event, &again);
    event_close(&again);
    event_close(&again);
    buffer_close(&buffer);
}

static void attempt_goes_both_ways(void **state)
{
    struct event event = make_event();

    (void)state;
    assert_round_trip(&event, event_text);
}

static void what_is_unset_is_left_out(void **state)
{
    struct event event = {
        .kind = EVENT_REFUSED,
        .business_type = "",
        .business_id = "",
        .time_ms = 1000,
        .src = {COORDS_TASKS, 3, 0, 9},
        .epoch = 7,
        .duration_ms = -1,
        .error_class = "",
        .error_text = "",
        .remote_address = "",
        .detail = "field url: missing",
    };

    (void)state;
    assert_round_trip(&event,
                      "{\"kind\":\"refused\",\"id\":\"0\",\"business_type\":\"\",\"business_id\":\"\",\"time\":1,"
                      "\"src\":\"tasks-3-9\",\"status\":0,\"epoch\":7,\"detail\":\"field url: missing\"}");
}

static void duration_zero_is_told_from_none(void **state)
{
    struct event event = make_event();

    (void)state;
    event.duration_ms = 0;
    assert_round_trip(&event, NULL);
    event.duration_ms = -1;
    assert_round_trip(&event, NULL);
}

static void every_kind_goes_both_ways(void **state)
{
    struct event event = make_event();

    (void)state;
    for (int i = EVENT_ACCEPTED; i <= EVENT_CLEANED; i++) {
        event.kind = (enum event_kind)i;
        assert_string_not_equal(event_kind_get_name(event.kind), "unknown");
        assert_round_trip(&event, NULL);
    }
    assert_string_equal(event_kind_get_name((enum event_kind)0), "unknown");
    assert_string_equal(event_kind_get_name((enum event_kind)(EVENT_CLEANED + 1)), "unknown");
}

static void texts_that_are_null_are_left_out(void **state)
{
    struct event event = {.kind = EVENT_CLEANED};
    struct buffer buffer = {0};
    struct event again = {0};

    (void)state;
    assert_int_equal(event_encode(&event, &buffer), RC_OK);
    assert_int_equal(event_decode(buffer.data, buffer.len_bytes, &again, NULL, 0), RC_OK);
    assert_string_equal(again.business_id, "");
    assert_string_equal(again.detail, "");
    event_close(&again);
    buffer_close(&buffer);
}

static void long_texts_are_cut_so_that_the_event_stays_readable(void **state)
{
    struct event event = make_event();
    char *text = malloc(20001);
    struct buffer buffer = {0};
    struct event again = {0};
    char errstr[160] = "";

    (void)state;
    assert_non_null(text);
    memset(text, '\xff', 20000); /* each becomes three bytes */
    text[20000] = '\0';
    event.error_text = text;
    event.detail = text;
    memset(text + 10000, 'a', 10000);
    event.error_class = text + 10000;
    event.remote_address = text + 10000;
    assert_int_equal(event_encode(&event, &buffer), RC_OK);
    if (event_decode(buffer.data, buffer.len_bytes, &again, errstr, sizeof errstr) != RC_OK)
        fail_msg("%s", errstr);
    assert_int_equal(strlen(again.error_class), 32);
    event_close(&again);
    buffer_close(&buffer);
    free(text);
}

struct damage {
    const char *name;
    const char *old; /* in event_text */
    const char *new;
    const char *named;
};

static const struct damage damages[] = {
    {"unknown_kind_is_corrupt", "\"attempt\"", "\"retried\"", "field kind: not of its form"},
    {"event_without_kind_is_corrupt", "\"kind\":\"attempt\",", "", "field kind: missing"},
    {"id_as_a_number_is_corrupt", "\"18446744073709551615\"", "7", "field id: must be a string"},
    {"id_with_leading_zero_is_corrupt", "18446744073709551615", "07", "field id: not of its form"},
    {"bad_src_is_corrupt", "delay.60000ms-3-17", "dead-3-17", "field src: not of its form"},
    {"status_five_is_corrupt", "\"status\":1", "\"status\":5", "field status: above"},
    {"negative_duration_is_corrupt", "0.69", "-0.69", "field duration: below"},
    {"http_status_of_four_digits_is_corrupt", "\"http_status\":503", "\"http_status\":1503",
     "field http_status: above"},
    {"unknown_field_is_corrupt", "\"epoch\":7", "\"epoch\":7,\"body\":\"x\"", "field body: unknown"},
    {"field_twice_is_corrupt", "\"epoch\":7", "\"epoch\":7,\"epoch\":7", "field epoch: comes twice"},
};

static void event_is_corrupt(void **state)
{
    const struct damage *row = *state;
    const char *found = strstr(event_text, row->old);
    struct event decoded = {.attempt = 77};
    struct buffer buffer = {0};
    char errstr[160] = "";

    assert_non_null(found);
    buffer_append(&buffer, event_text, (size_t)(found - event_text));
    buffer_append_text(&buffer, row->new);
    buffer_append_text(&buffer, found + strlen(row->old));
    assert_int_equal(event_decode(buffer.data, buffer.len_bytes, &decoded, errstr, sizeof errstr), RC_CORRUPT);
    if (strstr(errstr, row->named) == NULL)
        fail_msg("errstr \"%s\" does not say \"%s\"", errstr, row->named);
    assert_int_equal(decoded.attempt, 77);
    buffer_close(&buffer);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_TEST(&table, attempt_goes_both_ways);
    UNIT_TABLE_TEST(&table, what_is_unset_is_left_out);
    UNIT_TABLE_TEST(&table, duration_zero_is_told_from_none);
    UNIT_TABLE_TEST(&table, every_kind_goes_both_ways);
    UNIT_TABLE_TEST(&table, texts_that_are_null_are_left_out);
    UNIT_TABLE_TEST(&table, long_texts_are_cut_so_that_the_event_stays_readable);
    UNIT_TABLE_ADD(&table, damages, event_is_corrupt);
    return unit_table_run(&table);
}
