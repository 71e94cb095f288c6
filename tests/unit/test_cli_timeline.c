#include "timeline.h"

#include "unit_table.h"

#define NOON_MS INT64_C(1772366400000) /* 2026-03-01T12:00:00Z */

struct line {
    const char *name;
    struct event event;
    const char *text;
};

#define EVENT_TEXTS .error_class = "", .error_text = "", .remote_address = "", .detail = ""
#define EVENT_NONE .time_ms = NOON_MS, .duration_ms = -1

static const struct line lines[] = {
    {"success_is_settled",
     {EVENT_TEXTS, .time_ms = NOON_MS, .kind = EVENT_ATTEMPT, .attempt = 3, .http_status = 200, .duration_ms = 8,
      .status = ROW_SUCCESS},
     "12:00:00.000  attempt 3  200 in 8 ms; settled: success"},
    {"retry_tells_its_wait_and_its_status_once",
     {.error_class = "status",
      .error_text = "500 Internal Server Error",
      .remote_address = "",
      .detail = "",
      .time_ms = NOON_MS,
      .kind = EVENT_ATTEMPT,
      .attempt = 1,
      .http_status = 500,
      .duration_ms = 12,
      .status = ROW_SENDING,
      .next_time_ms = NOON_MS + 60000},
     "12:00:00.000  attempt 1  500 in 12 ms; next in 1m, at 12:01:00.000"},
    {"failed_connection_tells_its_class",
     {.error_class = "connect",
      .error_text = "refused",
      .remote_address = "",
      .detail = "",
      .time_ms = NOON_MS,
      .kind = EVENT_ATTEMPT,
      .attempt = 2,
      .duration_ms = 1,
      .status = ROW_FAILURE},
     "12:00:00.000  attempt 2  connect in 1 ms (refused); settled: failure"},
    {"class_is_not_told_twice",
     {.error_class = "dns",
      .error_text = "dns: no such host",
      .remote_address = "",
      .detail = "",
      .time_ms = NOON_MS,
      .kind = EVENT_ATTEMPT,
      .attempt = 1,
      .duration_ms = 3,
      .status = ROW_FAILURE},
     "12:00:00.000  attempt 1  dns in 3 ms (no such host); settled: failure"},
    {"replaced_is_not_told_twice",
     {.error_class = "",
      .error_text = "",
      .remote_address = "",
      .detail = "replaced",
      EVENT_NONE,
      .kind = EVENT_REPLACED,
      .status = ROW_STOPPED},
     "12:00:00.000  replaced"},
    {"duplicate_tells_what_was_done",
     {.error_class = "",
      .error_text = "",
      .remote_address = "",
      .detail = "ignored",
      EVENT_NONE,
      .kind = EVENT_DUPLICATE,
      .status = ROW_SENDING},
     "12:00:00.000  duplicate: ignored"},
    {"stopped_is_settled",
     {EVENT_TEXTS, EVENT_NONE, .kind = EVENT_STOPPED, .status = ROW_STOPPED},
     "12:00:00.000  stopped; settled: stopped"},
    {"accepted_tells_when_it_starts",
     {EVENT_TEXTS, EVENT_NONE, .kind = EVENT_ACCEPTED, .status = ROW_SENDING, .next_time_ms = NOON_MS + 10000},
     "12:00:00.000  accepted; next in 10s, at 12:00:10.000"},
};

static void event_is_told_in_one_line(void **state)
{
    const struct line *row = *state;
    struct buffer buffer = {0};

    timeline_print(&row->event, &buffer);
    assert_string_equal(buffer.data, row->text);
    buffer_close(&buffer);
}

int main(void)
{
    struct unit_table table = {0};

    UNIT_TABLE_ADD(&table, lines, event_is_told_in_one_line);
    return unit_table_run(&table);
}
