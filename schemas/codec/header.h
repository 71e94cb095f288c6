/* header: the record header `autohttp`, one text of name=value pairs.
 *
 *   v=1;id=<p>-<o>;n=<attempts made>;due=<unix ms>;ep=<writer's epoch>;pub=<32 hex>;of=<coordinates>;
 *   dup=<ignore|replace|reject>;st=<1..4>
 *
 * v comes first; the others in any order, each at most once, unknown names refused (a newer writer bumps v). The header
 * is replaced, never appended: a record with two headers named `autohttp` is refused by whoever reads it.
 *
 * Memory:  values, nothing to free.
 * Threads: any.
 * Errors:  RC_INVALID, errstr naming the pair; RC_UNSUPPORTED for another v.
 */
#ifndef SCHEMAS_HEADER_H
#define SCHEMAS_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coords.h"
#include "rc.h"

#define HEADER_NAME "autohttp"
#define HEADER_TEXT_MAX_BYTES 512
#define HEADER_PUB_BYTES 16
#define HEADER_EPOCH_MAX (INT64_C(1) << 53) /* what a row's JSON can hold; there is always one above it */

enum duplicate_policy {
    DUPLICATE_UNSET = 0, /* as the task says, else ignore */
    DUPLICATE_IGNORE,
    DUPLICATE_REPLACE,
    DUPLICATE_REJECT,
};

struct header {
    bool has_id;
    uint64_t id;
    uint32_t attempts;   /* n; 0 if absent */
    int64_t due_time_ms; /* due; 0 if absent */
    int64_t epoch;       /* ep; 0 if absent: epochs start at 1 */
    bool has_publish_id;
    uint8_t publish_id[HEADER_PUB_BYTES];
    struct coords of; /* COORDS_NONE if absent */
    enum duplicate_policy duplicate;
    int32_t status; /* st; 0 if absent */
};

/* Writes the pairs that are set, with a NUL; returns the length without it. buf has HEADER_TEXT_MAX_BYTES. */
size_t header_print(const struct header *header, char *buf);
enum rc header_parse(const char *text, size_t text_bytes, struct header *ret_header, char *errstr, size_t errstr_bytes);

/* 32 lower-case hex digits and a NUL. */
void header_print_publish_id(const uint8_t publish_id[HEADER_PUB_BYTES], char ret_text[2 * HEADER_PUB_BYTES + 1]);
enum rc header_parse_publish_id(const char *text, size_t text_bytes, uint8_t ret_publish_id[HEADER_PUB_BYTES]);
/* "ignore", "replace", "reject"; "" for unset. Parse gives RC_INVALID for anything else, the empty text too. */
const char *duplicate_policy_get_name(enum duplicate_policy policy);
enum rc duplicate_policy_parse(const char *text, size_t text_bytes, enum duplicate_policy *ret_policy);

#endif
