#include "row_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "content_print.h"
#include "detail_json.h"
#include "duration.h"
#include "moment.h"

static void print_time(const char *name, int64_t time_ms)
{
    char text[MOMENT_TEXT_BYTES];

    if (time_ms > 0) {
        printf("%-10s %s\n", name, moment_print(time_ms, text));
    }
}

static void print_schedule(const struct row *row)
{
    char wait[DURATION_TEXT_BYTES];

    printf("%-10s ", "schedule");
    if (row->retry_type == TASK_RETRY_STEP) {
        printf("every %s, ", duration_print(row->step_interval_ms, wait));
        if (row->step_time == 0) {
            printf("without limit\n");
        } else {
            printf("%" PRId64 " times\n", row->step_time);
        }
        return;
    }
    printf("ladder ");
    for (uint32_t i = 0; i < row->ladder_count; i++) {
        printf("%s%s", i > 0 ? "," : "", duration_print(row->ladder_interval_ms[i], wait));
    }
    printf("%s\n", row->ladder_count == 0 ? "without waits" : "");
}

static void print_last(const struct row *row)
{
    if (row->last_status != 0 && row->last_error[0] == '\0') {
        printf("%-10s %" PRId32 "\n", "last", row->last_status);
    } else if (row->last_error[0] != '\0') {
        printf("%-10s %s\n", "last", row->last_error);
    }
}

static void print_all(const struct row *row)
{
    char at[COORDS_TEXT_MAX_BYTES];

    printf("%-10s %s:%s\n", "task", row->business_type, row->business_id);
    if (!row_is_marker(row)) {
        printf("%-10s %" PRIu64 "\n", "id", row->id);
    } else {
        printf("%-10s a stop that found no task\n", "marker");
    }
    printf("%-10s %s\n", "status", row_status_get_name(row->status));
    if (!row_is_marker(row)) {
        printf("%-10s %s %s\n", "call", row->method, row->url);
        print_schedule(row);
        printf("%-10s %" PRIu32 "\n", "attempts", row->attempts);
    }
    print_last(row);
    print_time("request", row->request_time_ms);
    print_time("attempted", row->last_retry_time_ms);
    print_time("next", row->next_retry_time_ms);
    print_time("success", row->success_time_ms);
    if (row->at.topic != COORDS_NONE) {
        coords_print(&row->at, at);
        printf("%-10s %s\n", "at", at);
    }
}

enum rc row_print(const char *json, size_t json_bytes, char *errstr, size_t errstr_bytes)
{
    struct detail detail = {0};
    struct buffer content = {0};
    enum rc rc = detail_decode(json, json_bytes, &detail, errstr, errstr_bytes);

    if (rc == RC_OK) {
        content_print(&detail, &content);
        rc = buffer_is_ok(&content) ? RC_OK : RC_NO_MEMORY;
    }
    if (rc == RC_OK) {
        print_all(&detail.row);
    }
    if (rc == RC_OK && content.len_bytes > 0) {
        fwrite(content.data, 1, content.len_bytes, stdout);
    }
    buffer_close(&content);
    detail_close(&detail);
    return rc;
}
