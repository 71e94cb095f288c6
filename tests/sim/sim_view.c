#include "sim_view.h"
#include "alloc.h"
#include "header.h"
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct view_row {
    UT_hash_handle hh;
    char *key;
    size_t key_bytes;
    char *json;
    size_t json_bytes;
};

static struct view_row *find(const struct view *view, const char *key, size_t key_bytes)
{
    struct view_row *row = NULL;

    HASH_FIND(hh, view->rows, key, key_bytes, row);
    return row;
}

void view_put(const char *key, size_t key_bytes, const char *json, size_t json_bytes, void *opaque)
{
    struct view *view = opaque;
    struct view_row *row = find(view, key, key_bytes);

    if (row == NULL) {
        row = alloc_zeroed(1, sizeof *row);
        row->key = alloc_copy(key, key_bytes);
        row->key_bytes = key_bytes;
        HASH_ADD_KEYPTR(hh, view->rows, row->key, key_bytes, row);
    }
    free(row->json);
    row->json = alloc_copy(json, json_bytes);
    row->json_bytes = json_bytes;
}

static void delete (struct view *view, const char *key, size_t key_bytes)
{
    struct view_row *row = find(view, key, key_bytes);

    if (row != NULL) {
        HASH_DEL(view->rows, row);
    }
}

static void apply_claim(struct view *view, const struct sim_record *record, int64_t epoch)
{
    if (epoch > view->highest_epoch) {
        view->highest_epoch = epoch;
        view->owner = record->writer;
    }
    if (epoch > view->epochs[record->writer]) {
        view->epochs[record->writer] = epoch;
    }
}

bool view_apply(struct view *view, const struct sim_record *record)
{
    struct header header = {0};

    if (record->header == NULL || header_parse(record->header, record->header_bytes, &header, NULL, 0) != RC_OK) {
        sim_fail("a record of state without a header");
    }
    if (record->key[0] == ':') {
        if (strncmp(record->key, ":claim:", 7) == 0) {
            apply_claim(view, record, header.epoch);
        }
        return false;
    }
    if (header.epoch < view->highest_epoch) {
        return false;
    }
    if (record->value == NULL) {
        delete (view, record->key, record->key_bytes);
    } else {
        view_put(record->key, record->key_bytes, record->value, record->value_bytes, view);
    }
    return true;
}

const char *view_get_row(const struct view *view, const char *key, size_t key_bytes, size_t *ret_json_bytes)
{
    const struct view_row *row = find(view, key, key_bytes);

    *ret_json_bytes = row == NULL ? 0 : row->json_bytes;
    return row == NULL ? NULL : row->json;
}

bool view_counts(const struct view *view, const struct sim_record *record)
{
    struct header header = {0};

    return record->key[0] != ':' && record->header != NULL &&
           header_parse(record->header, record->header_bytes, &header, NULL, 0) == RC_OK &&
           header.epoch >= view->highest_epoch;
}

void view_each(const struct view *view, sim_row_cb cb, void *opaque)
{
    for (const struct view_row *row = view->rows; row != NULL; row = row->hh.next) {
        cb(row->key, row->key_bytes, row->json, row->json_bytes, opaque);
    }
}

int64_t view_get_epoch(const struct view *view, int incarnation)
{
    return view->epochs[incarnation];
}

void view_compare(const struct view *view, const struct view *other, const char *what, int32_t partition)
{
    const struct view_row *row;

    for (row = view->rows; row != NULL; row = row->hh.next) {
        const struct view_row *twin = find(other, row->key, row->key_bytes);

        if (twin == NULL || twin->json_bytes != row->json_bytes ||
            memcmp(twin->json, row->json, row->json_bytes) != 0) {
            sim_fail("I7: partition %d, key %.*s: %s shows %.400s, not %.400s", (int)partition, (int)row->key_bytes,
                     row->key, what, twin == NULL ? "nothing" : twin->json, row->json);
        }
    }
    if (HASH_COUNT(view->rows) != HASH_COUNT(other->rows)) {
        sim_fail("I7: partition %d: %s shows %u rows, not %u", (int)partition, what, HASH_COUNT(other->rows),
                 HASH_COUNT(view->rows));
    }
}
