#include "kafka_layout.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

#define OFFSET_EARLIEST (-2) /* in place of a time, ListOffsets takes these (KIP-79) */
#define OFFSET_LATEST (-1)
#define HOW_TO_CREATE "run `autohttp topics apply --execute`"

static int compare_waits(const void *a, const void *b)
{
    int64_t wait_a = *(const int64_t *)a;
    int64_t wait_b = *(const int64_t *)b;

    return (wait_a > wait_b) - (wait_a < wait_b);
}

static int32_t find_partition_count(const struct rd_kafka_metadata *metadata, const char *tasks_name)
{
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (strcmp(metadata->topics[i].topic, tasks_name) == 0 &&
            metadata->topics[i].err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return metadata->topics[i].partition_cnt;
        }
    }
    return 0;
}

static enum rc add_tier(struct kafka_layout *layout, int64_t tier_ms, char *errstr, size_t errstr_bytes)
{
    if (layout->tier_count == TOPICS_TIER_MAX) {
        return rc_fail(RC_CONFLICT, errstr, errstr_bytes, "more than %d delay topics", TOPICS_TIER_MAX);
    }
    layout->tiers_ms[layout->tier_count++] = tier_ms;
    return RC_OK;
}

static enum rc take_topic(const char *topic_prefix, const struct rd_kafka_metadata_topic *topic,
                          struct kafka_layout *layout, bool *is_seen, char *errstr, size_t errstr_bytes)
{
    enum topic_kind kind;
    int64_t tier_ms;

    if (!topics_parse_name(topic_prefix, topic->topic, &kind, &tier_ms)) {
        return RC_OK; /* somebody else's */
    }
    if (topic->err != RD_KAFKA_RESP_ERR_NO_ERROR) { /* being created, or without a leader right now */
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "%s: %s", topic->topic, rd_kafka_err2str(topic->err));
    }
    if (topic->partition_cnt != layout->partition_count) {
        return rc_fail(RC_CONFLICT, errstr, errstr_bytes, "topic %s has %d partitions, not %" PRId32 " as %s.tasks",
                       topic->topic, topic->partition_cnt, layout->partition_count, topic_prefix);
    }
    if (kind != TOPIC_DELAY || tier_ms == 0) {
        is_seen[kind] = true;
    }
    return kind == TOPIC_DELAY ? add_tier(layout, tier_ms, errstr, errstr_bytes) : RC_OK;
}

static enum rc check_seen(const char *topic_prefix, const bool *is_seen, char *errstr, size_t errstr_bytes)
{
    for (enum topic_kind kind = TOPIC_TASKS; kind <= TOPIC_DELAY; kind++) {
        char name[TOPICS_NAME_MAX_BYTES];

        if (!is_seen[kind]) {
            topics_print_name(topic_prefix, kind, 0, name);
            return rc_fail(RC_NOT_FOUND, errstr, errstr_bytes, "topic %s does not exist: %s", name, HOW_TO_CREATE);
        }
    }
    return RC_OK;
}

static enum rc read_topics(rd_kafka_t *consumer, const char *topic_prefix, int timeout_ms, struct kafka_layout *layout,
                           char *errstr, size_t errstr_bytes)
{
    const struct rd_kafka_metadata *metadata = NULL;
    bool is_seen[TOPIC_DELAY + 1] = {false};
    char tasks_name[TOPICS_NAME_MAX_BYTES];
    enum rc rc = RC_OK;
    rd_kafka_resp_err_t err = rd_kafka_metadata(consumer, 1, NULL, &metadata, timeout_ms);

    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "list topics: %s", rd_kafka_err2str(err));
    }
    topics_print_name(topic_prefix, TOPIC_TASKS, 0, tasks_name);
    layout->partition_count = find_partition_count(metadata, tasks_name);
    for (int i = 0; i < metadata->topic_cnt && layout->partition_count > 0 && rc == RC_OK; i++) {
        rc = take_topic(topic_prefix, &metadata->topics[i], layout, is_seen, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = check_seen(topic_prefix, is_seen, errstr, errstr_bytes);
    }
    qsort(layout->tiers_ms, layout->tier_count, sizeof layout->tiers_ms[0], compare_waits);
    rd_kafka_metadata_destroy(metadata);
    return rc;
}

static void add_place(struct kafka_layout *layout, enum topic_kind kind, int64_t tier_ms, int32_t partition)
{
    layout->places[layout->place_count++] = (struct intake_place){
        .kind = kind, .tier_ms = tier_ms, .partition = partition, .committed_offset = -1, .first_offset = -1};
}

static void add_places(struct kafka_layout *layout, const int32_t *partitions, size_t partition_list_count)
{
    size_t topic_count = TOPIC_STATE + 1 + layout->tier_count;

    layout->places = alloc_zeroed(partition_list_count * topic_count + 1, sizeof layout->places[0]);
    for (size_t i = 0; i < partition_list_count; i++) {
        add_place(layout, TOPIC_TASKS, 0, partitions[i]);
        add_place(layout, TOPIC_CONTROL, 0, partitions[i]);
        add_place(layout, TOPIC_STATE, 0, partitions[i]);
        for (size_t tier = 0; tier < layout->tier_count; tier++) {
            add_place(layout, TOPIC_DELAY, layout->tiers_ms[tier], partitions[i]);
        }
    }
}

/* In the order of places. */
static rd_kafka_topic_partition_list_t *list_places(const char *topic_prefix, const struct kafka_layout *layout)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)layout->place_count);

    for (size_t i = 0; i < layout->place_count; i++) {
        const struct intake_place *place = &layout->places[i];
        char name[TOPICS_NAME_MAX_BYTES];

        topics_print_name(topic_prefix, place->kind, place->tier_ms, name);
        rd_kafka_topic_partition_list_add(list, name, place->partition);
    }
    return list;
}

static enum rc check_list(const char *what, rd_kafka_resp_err_t err, const rd_kafka_topic_partition_list_t *list,
                          char *errstr, size_t errstr_bytes)
{
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "%s: %s", what, rd_kafka_err2str(err));
    }
    for (int i = 0; i < list->cnt; i++) {
        if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "%s of %s, partition %" PRId32 ": %s", what,
                           list->elems[i].topic, list->elems[i].partition, rd_kafka_err2str(list->elems[i].err));
        }
    }
    return RC_OK;
}

/* One request to each leader, whatever the number of partitions. */
static enum rc ask_offsets(rd_kafka_t *consumer, rd_kafka_topic_partition_list_t *list, int64_t which, int timeout_ms,
                           char *errstr, size_t errstr_bytes)
{
    for (int i = 0; i < list->cnt; i++) {
        list->elems[i].offset = which;
    }
    return check_list(which == OFFSET_EARLIEST ? "log start" : "log end",
                      rd_kafka_offsets_for_times(consumer, list, timeout_ms), list, errstr, errstr_bytes);
}

static enum rc place_first(const rd_kafka_topic_partition_t *committed, struct intake_place *place, char *errstr,
                           size_t errstr_bytes)
{
    place->committed_offset = committed->offset >= 0 ? committed->offset : -1;
    place->first_offset =
        place->committed_offset > place->log_start_offset ? place->committed_offset : place->log_start_offset;
    if (place->committed_offset > place->log_end_offset) {
        return rc_fail(RC_CONFLICT, errstr, errstr_bytes,
                       "%s, partition %" PRId32 ": committed offset %" PRId64 " is above the log end %" PRId64
                       ": records were lost, or the topic was created anew",
                       committed->topic, committed->partition, place->committed_offset, place->log_end_offset);
    }
    return RC_OK;
}

static enum rc read_offsets(rd_kafka_t *consumer, const char *topic_prefix, int timeout_ms, struct kafka_layout *layout,
                            char *errstr, size_t errstr_bytes)
{
    rd_kafka_topic_partition_list_t *committed = list_places(topic_prefix, layout);
    rd_kafka_topic_partition_list_t *starts = rd_kafka_topic_partition_list_copy(committed);
    rd_kafka_topic_partition_list_t *ends = rd_kafka_topic_partition_list_copy(committed);
    enum rc rc = check_list("committed offset", rd_kafka_committed(consumer, committed, timeout_ms), committed, errstr,
                            errstr_bytes);

    if (rc == RC_OK) {
        rc = ask_offsets(consumer, starts, OFFSET_EARLIEST, timeout_ms, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = ask_offsets(consumer, ends, OFFSET_LATEST, timeout_ms, errstr, errstr_bytes);
    }
    for (size_t i = 0; i < layout->place_count && rc == RC_OK; i++) {
        struct intake_place *place = &layout->places[i];

        place->log_start_offset = starts->elems[i].offset;
        place->log_end_offset = ends->elems[i].offset;
        if (place->kind != TOPIC_STATE) {
            rc = place_first(&committed->elems[i], place, errstr, errstr_bytes);
        }
    }
    rd_kafka_topic_partition_list_destroy(committed);
    rd_kafka_topic_partition_list_destroy(starts);
    rd_kafka_topic_partition_list_destroy(ends);
    return rc;
}

enum rc kafka_layout_read(rd_kafka_t *consumer, const char *topic_prefix, const int32_t *partitions,
                          size_t partition_list_count, int timeout_ms, struct kafka_layout *ret_layout, char *errstr,
                          size_t errstr_bytes)
{
    struct kafka_layout layout = {0};
    enum rc rc = read_topics(consumer, topic_prefix, timeout_ms, &layout, errstr, errstr_bytes);

    if (rc != RC_OK) {
        goto out;
    }
    layout.cluster_id = rd_kafka_clusterid(consumer, timeout_ms); /* known from the topics' answer: no wait */
    add_places(&layout, partitions, partition_list_count);
    if (layout.place_count > 0) {
        rc = read_offsets(consumer, topic_prefix, timeout_ms, &layout, errstr, errstr_bytes);
        if (rc != RC_OK) {
            goto out;
        }
    }
    *ret_layout = layout;
    layout = (struct kafka_layout){0};
out:
    kafka_layout_close(&layout);
    return rc;
}

void kafka_layout_close(struct kafka_layout *layout)
{
    if (layout->cluster_id != NULL) {
        rd_kafka_mem_free(NULL, layout->cluster_id);
    }
    layout->cluster_id = NULL;
    free(layout->places);
    layout->places = NULL;
    layout->place_count = 0;
}
