#include "kafka_trim.h"

#include <inttypes.h>
#include <string.h>

static rd_kafka_topic_partition_t *add_place(rd_kafka_topic_partition_list_t *list, const char *topic_prefix,
                                             const struct intake_trim *trim)
{
    char name[TOPICS_NAME_MAX_BYTES];

    topics_print_name(topic_prefix, trim->kind, trim->tier_ms, name);
    return rd_kafka_topic_partition_list_add(list, name, trim->partition);
}

static enum rc fail_place(const rd_kafka_topic_partition_t *place, const char *what, char *errstr, size_t errstr_bytes)
{
    return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s %s, partition %" PRId32 ": %s", what, place->topic,
                   place->partition, rd_kafka_err2str(place->err));
}

static bool has_time(const struct intake_trim *trim)
{
    return trim->before_time_ms != INT64_MAX;
}

/* Lowers each trim's offset to the one found in the list, which has a place for each that has a time. */
static enum rc lower_offsets(const rd_kafka_topic_partition_list_t *list, struct intake_trim *trims, size_t trim_count,
                             char *errstr, size_t errstr_bytes)
{
    const rd_kafka_topic_partition_t *place = list->elems;

    for (size_t i = 0; i < trim_count; i++) {
        if (!has_time(&trims[i])) {
            continue;
        }
        if (place->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return fail_place(place, "offset by time of", errstr, errstr_bytes);
        }
        if (place->offset >= 0 && place->offset < trims[i].offset) { /* below 0: none is that young */
            trims[i].offset = place->offset;
        }
        place++;
    }
    return RC_OK;
}

/* Lowers each trim's offset to that of the first record which is not old enough. */
static enum rc limit_by_time(rd_kafka_t *client, const char *topic_prefix, struct intake_trim *trims, size_t trim_count,
                             int timeout_ms, char *errstr, size_t errstr_bytes)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)trim_count);
    rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < trim_count; i++) {
        if (has_time(&trims[i])) {
            add_place(list, topic_prefix, &trims[i])->offset = trims[i].before_time_ms;
        }
    }
    if (list->cnt > 0) {
        err = rd_kafka_offsets_for_times(client, list, timeout_ms);
    }
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rc = rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "offsets by time: %s", rd_kafka_err2str(err));
    } else {
        rc = lower_offsets(list, trims, trim_count, errstr, errstr_bytes);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return rc;
}

static enum rc take_results(rd_kafka_event_t *event, const char *topic_prefix, struct intake_trim *trims,
                            size_t trim_count, char *errstr, size_t errstr_bytes)
{
    const rd_kafka_topic_partition_list_t *list =
        rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event));
    enum rc rc = RC_OK;

    for (size_t i = 0; i < trim_count; i++) {
        char name[TOPICS_NAME_MAX_BYTES];
        const rd_kafka_topic_partition_t *place;

        topics_print_name(topic_prefix, trims[i].kind, trims[i].tier_ms, name);
        place = rd_kafka_topic_partition_list_find((rd_kafka_topic_partition_list_t *)list, name, trims[i].partition);
        if (place != NULL && place->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            trims[i].log_start_offset = place->offset;
        } else if (place != NULL && rc == RC_OK) {
            rc = fail_place(place, "trim", errstr, errstr_bytes);
        }
    }
    return rc;
}

static enum rc delete_records(rd_kafka_t *client, const char *topic_prefix, struct intake_trim *trims,
                              size_t trim_count, int timeout_ms, char *errstr, size_t errstr_bytes)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)trim_count);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DELETERECORDS);
    rd_kafka_DeleteRecords_t *request;
    rd_kafka_event_t *event;
    char text[128];
    enum rc rc;

    for (size_t i = 0; i < trim_count; i++) {
        add_place(list, topic_prefix, &trims[i])->offset = trims[i].offset;
    }
    request = rd_kafka_DeleteRecords_new(list);
    rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, text, sizeof text);
    rd_kafka_DeleteRecords(client, &request, 1, options, queue);
    event = rd_kafka_queue_poll(queue, 2 * timeout_ms); /* the request ends by itself before */
    if (event == NULL) {
        rc = rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "trim: no answer");
    } else if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rc = rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "trim: %s", rd_kafka_event_error_string(event));
    } else {
        rc = take_results(event, topic_prefix, trims, trim_count, errstr, errstr_bytes);
    }
    if (event != NULL) {
        rd_kafka_event_destroy(event);
    }
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_DeleteRecords_destroy(request);
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_partition_list_destroy(list);
    return rc;
}

enum rc kafka_trim(rd_kafka_t *client, const char *topic_prefix, struct intake_trim *trims, size_t trim_count,
                   int timeout_ms, char *errstr, size_t errstr_bytes)
{
    enum rc rc = limit_by_time(client, topic_prefix, trims, trim_count, timeout_ms, errstr, errstr_bytes);

    return rc == RC_OK ? delete_records(client, topic_prefix, trims, trim_count, timeout_ms, errstr, errstr_bytes) : rc;
}
