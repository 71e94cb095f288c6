#include "claims.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "follow.h"
#include "moment.h"
#include "state_text.h"

#define SLICE_MS 500

/* Whether the record settles what its partition says: a claim does, and so does the log's end. */
static bool is_answer(const struct follow_record *record, int32_t *ret_count)
{
    int64_t epoch = 0;
    uint64_t nonce = 0;

    if (record->is_end) {
        return true;
    }
    return record->key != NULL && record->value != NULL &&
           state_text_parse_claim(record->key, record->key_bytes, &epoch, &nonce) == RC_OK &&
           state_text_parse_claim_count(record->value, record->value_bytes, ret_count) == RC_OK;
}

static enum rc read_answers(struct follow *follow, int32_t partition_count, bool *is_answered,
                            int32_t *ret_claimed_count, char *errstr, size_t errstr_bytes)
{
    struct follow_record record;
    int32_t open_count = partition_count;
    int64_t deadline_mono_ms = moment_get_mono_ms() + LINK_TIMEOUT_MS;

    *ret_claimed_count = partition_count;
    while (open_count > 0 && *ret_claimed_count == partition_count) {
        enum rc rc = follow_read(follow, SLICE_MS, &record, errstr, errstr_bytes);
        if (rc == RC_TIMEOUT && moment_get_mono_ms() < deadline_mono_ms) {
            continue;
        }
        if (rc != RC_OK) {
            return rc;
        }
        deadline_mono_ms = moment_get_mono_ms() + LINK_TIMEOUT_MS;
        if (!is_answered[record.partition] && is_answer(&record, ret_claimed_count)) {
            is_answered[record.partition] = true;
            open_count--;
        }
    }
    return RC_OK;
}

enum rc claims_read_count(struct link *link, const char *topic, int32_t partition_count, int32_t *ret_claimed_count,
                          char *errstr, size_t errstr_bytes)
{
    int32_t claimed_count = partition_count;
    struct follow *follow = NULL;
    bool *is_answered = calloc((size_t)partition_count, sizeof *is_answered);
    enum rc rc = is_answered == NULL ? rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory")
                                     : follow_open(link, &follow, errstr, errstr_bytes);

    for (int32_t i = 0; rc == RC_OK && i < partition_count; i++) {
        rc = follow_add(follow, topic, i, FOLLOW_FROM_START, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = read_answers(follow, partition_count, is_answered, &claimed_count, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        *ret_claimed_count = claimed_count;
    }
    follow_close(follow);
    free(is_answered);
    return rc;
}
