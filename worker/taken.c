#include "taken.h"
#include "alloc.h"
#include "invariant.h"
#include "partition.h"
#include "schedule.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAKEN_OVERHEAD_BYTES 1024 /* the structs and list nodes around the bytes of a record */

/* The same 128 bits for the same publication, whoever reads it: what a record without a publish id gets. */
static void derive_publish_id(struct taken *taken, const char *topic_prefix)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digest_bytes = 0;
    char text[TOPICS_PREFIX_MAX_BYTES + 80];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int text_bytes = snprintf(text, sizeof text, "%s\n%llu\n%lld\n", topic_prefix, (unsigned long long)taken->id,
                              (long long)taken->append_time_ms);

    INVARIANT(context != NULL && text_bytes > 0 && (size_t)text_bytes < sizeof text);
    INVARIANT(EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
    INVARIANT(EVP_DigestUpdate(context, text, (size_t)text_bytes) == 1);
    INVARIANT(EVP_DigestUpdate(context, taken->task.key, taken->task.key_bytes) == 1);
    INVARIANT(EVP_DigestFinal_ex(context, digest, &digest_bytes) == 1);
    memcpy(taken->publish_id, digest, HEADER_PUB_BYTES);
    EVP_MD_CTX_free(context);
}

static void copy_record(struct taken *taken, const struct record *record)
{
    taken->own = (struct coords){.partition = record->partition, .offset = record->offset};
    taken->own.topic = record->kind == TOPIC_TASKS     ? COORDS_TASKS
                       : record->kind == TOPIC_CONTROL ? COORDS_CONTROL
                                                       : COORDS_DELAY;
    taken->own.tier_ms = record->kind == TOPIC_DELAY ? record->tier_ms : 0;
    taken->is_tier = record->kind == TOPIC_DELAY;
    taken->is_command = record->kind == TOPIC_CONTROL;
    taken->append_time_ms = record->append_time_ms;
    taken->home = record->partition;
    taken->identity = taken->own;
    if (record->key != NULL) {
        taken->key = alloc_copy(record->key, record->key_bytes);
        taken->key_bytes = record->key_bytes;
    }
    if (record->value != NULL) {
        taken->value = alloc_copy(record->value, record->value_bytes);
        taken->value_bytes = record->value_bytes;
    }
}

/* A record that another worker re-routed keeps the id of its first offset; `of` proves where that was. */
static enum rc read_rerouted_id(struct taken *taken)
{
    const struct coords *of = &taken->header.of;

    if (of->topic != COORDS_TASKS || of->partition == taken->own.partition ||
        taken->header.id != coords_make_id(of->partition, of->offset)) {
        return rc_fail(RC_INVALID, taken->refusal, sizeof taken->refusal,
                       "header autohttp: id and of are not those of a re-routed record");
    }
    taken->id = taken->header.id;
    return RC_OK;
}

static enum rc read_header(struct taken *taken, const struct record *record)
{
    char text[TAKEN_TEXT_MAX_BYTES - 20];

    if (record->has_two_headers) {
        return rc_fail(RC_INVALID, taken->refusal, sizeof taken->refusal, "two headers are named autohttp");
    }
    if (record->header != NULL &&
        header_parse(record->header, record->header_bytes, &taken->header, text, sizeof text) != RC_OK) {
        return rc_fail(RC_INVALID, taken->refusal, sizeof taken->refusal, "header autohttp: %s", text);
    }
    if (taken->is_tier) {
        if (!taken->header.has_id || !taken->header.has_publish_id || taken->header.epoch == 0) {
            return rc_fail(RC_INVALID, taken->refusal, sizeof taken->refusal,
                           "header autohttp: a record of a delay topic needs id, pub and ep");
        }
        taken->id = taken->header.id;
        taken->identity = taken->header.of.topic == COORDS_NONE ? taken->own : taken->header.of;
        return RC_OK;
    }
    taken->id = coords_make_id(taken->own.partition, taken->own.offset);
    taken->header.epoch = 0; /* of a producer it is not read */
    return taken->header.has_id && !taken->is_command ? read_rerouted_id(taken) : RC_OK;
}

static enum rc read_task(struct taken *taken, const struct core *core)
{
    enum rc rc = task_decode(taken->value, taken->value_bytes, &taken->task, taken->refusal, sizeof taken->refusal);

    if (rc != RC_OK) {
        return rc;
    }
    schedule_fill_defaults(core->params, &taken->task);
    taken->home = coords_get_home(taken->task.key, taken->task.key_bytes, core->partition_count);
    if (taken->header.has_publish_id) {
        memcpy(taken->publish_id, taken->header.publish_id, HEADER_PUB_BYTES);
    } else {
        derive_publish_id(taken, core->params->topic_prefix);
    }
    return RC_OK;
}

static void read_value(struct taken *taken, const struct core *core)
{
    enum rc rc;

    if (taken->value == NULL) {
        rc = rc_fail(RC_INVALID, taken->refusal, sizeof taken->refusal, "the record has no value");
    } else if (taken->is_command) {
        rc = control_decode(taken->value, taken->value_bytes, &taken->control, taken->refusal, sizeof taken->refusal);
        if (rc == RC_OK) {
            taken->home = coords_get_home(taken->control.key, taken->control.key_bytes, core->partition_count);
        }
    } else {
        rc = read_task(taken, core);
    }
    INVARIANT((rc == RC_OK) == (taken->refusal[0] == '\0'));
}

struct taken *taken_new(struct core *core, struct stream *stream, const struct record *record)
{
    struct taken *taken = alloc_zeroed(1, sizeof *taken);

    taken->stream = stream;
    copy_record(taken, record);
    if (read_header(taken, record) == RC_OK) {
        read_value(taken, core);
    }
    /* The decoded block is about as large as the record again. */
    taken->memory_bytes = TAKEN_OVERHEAD_BYTES + 2 * (taken->key_bytes + taken->value_bytes);
    taken_count(core, taken);
    return taken;
}

struct taken *taken_new_row(struct row *row)
{
    struct taken *taken = alloc_zeroed(1, sizeof *taken);

    taken->row = *row;
    *row = (struct row){0};
    return taken;
}

void taken_count(struct core *core, struct taken *taken)
{
    INVARIANT(!taken->is_counted);
    taken->is_counted = true;
    core->taken_count++;
    core->taken_bytes += taken->memory_bytes;
}

void taken_uncount(struct core *core, struct taken *taken)
{
    if (taken->is_counted) {
        taken->is_counted = false;
        core->taken_count--;
        core->taken_bytes -= taken->memory_bytes;
    }
}

void taken_set_sent_body(struct core *core, struct taken *taken, char *body, size_t body_bytes)
{
    size_t bytes = body != NULL ? body_bytes : 0;

    if (body == taken->sent_body) {
        return; /* NULL as before: whenever there is no plugin */
    }
    if (taken->is_counted) {
        core->taken_bytes = core->taken_bytes - taken->sent_bytes + bytes;
    }
    taken->memory_bytes = taken->memory_bytes - taken->sent_bytes + bytes;
    free(taken->sent_body);
    taken->sent_body = body;
    taken->sent_bytes = bytes;
}

void taken_free(struct core *core, struct taken *taken)
{
    if (taken == NULL) {
        return;
    }
    INVARIANT(taken->hold.place == 0);
    taken_uncount(core, taken);
    task_close(&taken->task);
    control_close(&taken->control);
    row_close(&taken->row);
    free(taken->key);
    free(taken->value);
    free(taken->sent_body);
    free(taken);
}

struct fence_record taken_get_fence(const struct taken *taken)
{
    struct fence_record fence = {
        .identity = taken->identity,
        .is_tier = taken->is_tier,
        .epoch = taken->header.epoch,
        .id = taken->id,
        .has_publish_id = true,
        .append_time_ms = taken->append_time_ms,
    };

    memcpy(fence.publish_id, taken->publish_id, HEADER_PUB_BYTES);
    return fence;
}

int64_t taken_get_scheduled_ms(const struct taken *taken)
{
    return taken->has_row ? taken->row.next_retry_time_ms : taken->due_time_ms;
}

struct header taken_make_header(const struct taken *taken, uint32_t attempts, int64_t due_time_ms, int64_t epoch)
{
    struct header header = {
        .has_id = true,
        .id = taken->id,
        .attempts = attempts,
        .due_time_ms = due_time_ms,
        .epoch = epoch,
        .has_publish_id = true,
    };

    memcpy(header.publish_id, taken->publish_id, HEADER_PUB_BYTES);
    return header;
}

void taken_init_row(struct taken *taken, int64_t ctl)
{
    row_close(&taken->row);
    taken->row = row_from_task(&taken->task);
    taken->row.id = taken->id;
    taken->row.attempts = taken->header.attempts;
    taken->row.request_time_ms = taken->append_time_ms;
    taken->row.has_publish_id = true;
    taken->row.entered = taken->own.offset;
    taken->row.ctl = ctl;
    taken->row.last_error = "";
    memcpy(taken->row.publish_id, taken->publish_id, HEADER_PUB_BYTES);
}

void taken_print_idempotency_key(const struct taken *taken, char *buf)
{
    if (taken->task.idempotency_key != NULL) {
        snprintf(buf, TASK_IDEMPOTENCY_KEY_MAX_BYTES + 1, "%s", taken->task.idempotency_key);
        return;
    }
    header_print_publish_id(taken->publish_id, buf);
}
