#include "watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "coords.h"
#include "follow.h"
#include "link.h"
#include "moment.h"
#include "task_json.h"
#include "topics.h"

#define SLICE_MS 1000

struct watch {
    struct link *link;
    struct follow *follow;
    char key[2 * TASK_KEY_PART_MAX_BYTES + 2];
    size_t key_bytes;
    struct buffer json;
};

static enum rc start_at_end(struct watch *watch, const char *prefix, char *errstr, size_t errstr_bytes)
{
    char tasks[TOPICS_NAME_MAX_BYTES];
    char events[TOPICS_NAME_MAX_BYTES];
    int32_t partition_count = 0;
    int32_t home = 0;
    int64_t end = 0;
    enum rc rc = RC_OK;

    topics_print_name(prefix, TOPIC_TASKS, 0, tasks);
    topics_print_name(prefix, TOPIC_EVENTS, 0, events);
    rc = link_get_partition_count(watch->link, tasks, &partition_count, errstr, errstr_bytes);
    if (rc != RC_OK) {
        return rc;
    }
    home = coords_get_home(watch->key, watch->key_bytes, partition_count);
    rc = link_get_end(watch->link, events, home, &end, errstr, errstr_bytes);
    if (rc != RC_OK) {
        return rc;
    }
    return follow_add(watch->follow, events, home, end, errstr, errstr_bytes);
}

enum rc watch_open(const struct settings *settings, const char *business_type, const char *business_id,
                   struct watch **ret_watch, char *errstr, size_t errstr_bytes)
{
    enum rc rc = RC_OK;
    struct watch *watch = calloc(1, sizeof *watch);

    if (watch == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    }
    watch->key_bytes = (size_t)snprintf(watch->key, sizeof watch->key, "%s:%s", business_type, business_id);
    if (watch->key_bytes >= sizeof watch->key) {
        rc = rc_fail(RC_INVALID, errstr, errstr_bytes, "business key: longer than %d bytes each part",
                     TASK_KEY_PART_MAX_BYTES);
        goto out;
    }
    rc = link_open(settings, &watch->link, errstr, errstr_bytes);
    if (rc == RC_OK) {
        rc = follow_open(watch->link, &watch->follow, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = start_at_end(watch, settings->topic_prefix, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        *ret_watch = watch;
        watch = NULL;
    }
out:
    watch_close(watch);
    return rc == RC_NOT_FOUND ? RC_UNAVAILABLE : rc; /* it is the topic that is missing, not what was asked for */
}

void watch_close(struct watch *watch)
{
    if (watch == NULL) {
        return;
    }
    follow_close(watch->follow);
    link_close(watch->link);
    buffer_close(&watch->json);
    free(watch);
}

static bool is_ours(const struct watch *watch, const struct follow_record *record)
{
    return !record->is_end && record->key != NULL && record->value != NULL && record->key_bytes == watch->key_bytes &&
           memcmp(record->key, watch->key, watch->key_bytes) == 0;
}

static enum rc decode(struct watch *watch, const struct follow_record *record, struct event *ret_event)
{
    char ignored[128];

    buffer_reset(&watch->json);
    buffer_append(&watch->json, record->value, record->value_bytes);
    return event_decode(record->value, record->value_bytes, ret_event, ignored, sizeof ignored);
}

enum rc watch_next(struct watch *watch, int64_t deadline_mono_ms, struct event *ret_event, char *errstr,
                   size_t errstr_bytes)
{
    struct follow_record record;

    for (;;) {
        int64_t left_ms = deadline_mono_ms - moment_get_mono_ms();
        if (left_ms <= 0) {
            return rc_fail(RC_TIMEOUT, errstr, errstr_bytes, "the time given ran out");
        }
        enum rc rc = follow_read(watch->follow, left_ms < SLICE_MS ? left_ms : SLICE_MS, &record, errstr, errstr_bytes);
        if (rc != RC_OK && rc != RC_TIMEOUT) {
            return rc;
        }
        if (rc == RC_OK && is_ours(watch, &record) && decode(watch, &record, ret_event) == RC_OK) {
            return RC_OK;
        }
    }
}

const char *watch_get_json(const struct watch *watch)
{
    return watch->json.data != NULL ? watch->json.data : "";
}
