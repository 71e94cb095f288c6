/* coords: where a Kafka record lies, and the id of a task.
 *
 * Text form, in rows, events and headers: <topic without prefix>-<partition>-<offset>, for example tasks-3-1234,
 * delay.5000ms-3-17, control-0-2. No coordinates: the empty text (in JSON an empty string).
 * An id is the partition (high 16 bits) and offset (low 48 bits) in `tasks` where the task was first published; in JSON
 * a decimal string. In headers an id is <partition>-<offset>.
 *
 * Memory:  values, nothing to free.
 * Threads: any.
 */
#ifndef SCHEMAS_COORDS_H
#define SCHEMAS_COORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rc.h"

#define COORDS_TEXT_MAX_BYTES 80
#define COORDS_PARTITION_MAX 65535
#define COORDS_OFFSET_MAX ((INT64_C(1) << 48) - 1)

enum coords_topic {
    COORDS_NONE = 0, /* no record */
    COORDS_TASKS,
    COORDS_CONTROL,
    COORDS_DELAY, /* a tier; tier_ms says which */
};

struct coords {
    enum coords_topic topic;
    int32_t partition; /* 0..COORDS_PARTITION_MAX */
    int64_t tier_ms;   /* wait of the tier; 0 unless topic is COORDS_DELAY (where 0 is the tier delay.0ms) */
    int64_t offset;    /* 0..COORDS_OFFSET_MAX */
};

bool coords_is_equal(const struct coords *a, const struct coords *b);
/* Writes the text form with a NUL; returns its length without it. buf has COORDS_TEXT_MAX_BYTES. */
size_t coords_print(const struct coords *coords, char *buf);
/* RC_INVALID if the text is not exactly of the form above. text_bytes 0 gives COORDS_NONE. */
enum rc coords_parse(const char *text, size_t text_bytes, struct coords *ret_coords);

uint64_t coords_make_id(int32_t partition, int64_t offset);
int32_t coords_get_id_partition(uint64_t id);
int64_t coords_get_id_offset(uint64_t id);

/* Kafka's murmur2, with its seed: the hash behind a home. */
uint32_t coords_get_murmur2(const void *key, size_t key_bytes);
/* The home of a business key: Java's default partitioner, (murmur2(key) & 0x7fffffff) % partition_count.
 * partition_count >= 1. */
int32_t coords_get_home(const void *key, size_t key_bytes, int32_t partition_count);

#endif
