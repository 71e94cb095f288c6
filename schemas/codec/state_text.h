/* state_text: the texts of `state` that are no rows: the key of a claim, the value of `:offsets`.
 *
 *   :claim:<epoch>:<nonce in 16 hex digits>
 *   tasks=12;control=3;delay.5000ms=7;
 *
 * Read strictly: what another hand wrote must not move an epoch to where none is above it, nor an offset beyond the
 * log.
 *
 * Memory:  values; buffers of the caller.
 * Threads: any.
 * Errors:  RC_CORRUPT: not of that form.
 */
#ifndef SCHEMAS_STATE_TEXT_H
#define SCHEMAS_STATE_TEXT_H

#include "buffer.h"
#include "header.h"
#include "rc.h"
#include "topics.h"
#include <stddef.h>
#include <stdint.h>

#define STATE_TEXT_CLAIM_PREFIX ":claim:"
#define STATE_TEXT_CLAIM_MAX_BYTES 64
#define STATE_TEXT_NAME_MAX_BYTES 64
#define STATE_TEXT_EPOCH_MAX HEADER_EPOCH_MAX

/* With a NUL; returns the length without it. */
size_t state_text_print_claim(int64_t epoch, uint64_t nonce, char buf[STATE_TEXT_CLAIM_MAX_BYTES]);
/* epoch 1..STATE_TEXT_EPOCH_MAX. */
enum rc state_text_parse_claim(const char *key, size_t key_bytes, int64_t *ret_epoch, uint64_t *ret_nonce);

/* What a claim's value says: {"partition_count":16}. RC_NOT_FOUND: of another form. */
enum rc state_text_parse_claim_count(const char *value, size_t value_bytes, int32_t *ret_partition_count);

/* tasks, control, delay.5000ms: how `:offsets` names a stream. With a NUL; returns the length without it. */
size_t state_text_print_name(enum topic_kind kind, int64_t tier_ms, char buf[STATE_TEXT_NAME_MAX_BYTES]);
/* Appends one stream's offset. */
void state_text_append_offset(struct buffer *value, enum topic_kind kind, int64_t tier_ms, int64_t offset);
/* RC_NOT_FOUND if the stream is not in it. The first that names it counts. */
enum rc state_text_find_offset(const char *value, enum topic_kind kind, int64_t tier_ms, int64_t *ret_offset);

#endif
