/* The store port: rows in memory, whose batches outlive their worker as its disk would: whole, up to an earlier commit,
 * or not at all. */
#include "alloc.h"
#include "sim.h"
#include "store.h"
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define KEPT_MAX 200 /* batches that a crash may still take back */

enum op_kind { OP_PUT = 1, OP_DELETE, OP_OWE, OP_PAID };

struct entry {
    UT_hash_handle hh;
    char *key;
    size_t key_bytes;
    char *json; /* NULL: no row */
    size_t json_bytes;
    bool is_owed;
};

struct op {
    enum op_kind kind;
    char *key;
    size_t key_bytes;
    char *json;
    size_t json_bytes;
};

struct batch {
    struct op *ops;
    size_t op_count;
    int64_t applied_offset;
    int64_t time_ms;
    int64_t epoch;
    const char *offsets; /* NULL: unchanged; lives until the process ends */
};

struct view {
    struct entry *entries;
    int64_t applied_offset; /* -1: new */
    int64_t time_ms;
    int64_t epoch;
    const char *offsets; /* NULL: none */
};

struct sim_disk {
    struct view base;
    struct view live; /* base and the batches */
    struct batch *batches;
    size_t batch_count;
    bool is_open;
};

struct store {
    struct sim_node *node;
    struct sim_disk *disk;
    struct batch batch; /* the current one */
};

enum rc store_lock_dir(const char *state_dir, int *ret_fd, char *errstr, size_t errstr_bytes)
{
    (void)state_dir;
    (void)errstr;
    (void)errstr_bytes;
    *ret_fd = -1;
    return RC_OK;
}

struct store_cache *store_cache_new(size_t cache_bytes)
{
    (void)cache_bytes;
    return NULL;
}

void store_cache_free(struct store_cache *cache)
{
    (void)cache;
}

static int compare_keys(const char *left, size_t left_bytes, const char *right, size_t right_bytes)
{
    int order = memcmp(left, right, left_bytes < right_bytes ? left_bytes : right_bytes);

    return order != 0 ? order : (left_bytes > right_bytes) - (left_bytes < right_bytes);
}

static struct entry *get_entry(struct view *view, const char *key, size_t key_bytes)
{
    struct entry *entry = NULL;

    HASH_FIND(hh, view->entries, key, key_bytes, entry);
    if (entry == NULL) {
        entry = alloc_zeroed(1, sizeof *entry);
        entry->key = alloc_copy(key, key_bytes);
        entry->key_bytes = key_bytes;
        HASH_ADD_KEYPTR(hh, view->entries, entry->key, key_bytes, entry);
    }
    return entry;
}

static void apply_op(struct view *view, const struct op *op)
{
    struct entry *entry = get_entry(view, op->key, op->key_bytes);

    switch (op->kind) {
    case OP_PUT:
    case OP_DELETE:
        free(entry->json);
        entry->json = op->kind == OP_PUT ? alloc_copy(op->json, op->json_bytes) : NULL;
        entry->json_bytes = op->json_bytes;
        break;
    case OP_OWE:
    case OP_PAID:
        entry->is_owed = op->kind == OP_OWE;
        break;
    }
}

static void apply_batch(struct view *view, const struct batch *batch)
{
    for (size_t i = 0; i < batch->op_count; i++) {
        apply_op(view, &batch->ops[i]);
    }
    view->applied_offset = batch->applied_offset;
    view->time_ms = batch->time_ms;
    view->epoch = batch->epoch > view->epoch ? batch->epoch : view->epoch;
    view->offsets = batch->offsets != NULL ? batch->offsets : view->offsets;
}

static void clear_view(struct view *view)
{
    struct entry *entry;
    struct entry *next;

    HASH_ITER(hh, view->entries, entry, next)
    {
        HASH_DEL(view->entries, entry);
        free(entry->key);
        free(entry->json);
        free(entry);
    }
    *view = (struct view){.applied_offset = -1};
}

static void copy_view(const struct view *from, struct view *to)
{
    struct entry *entry;
    struct entry *next;

    clear_view(to);
    HASH_ITER(hh, from->entries, entry, next)
    {
        struct entry *mine = get_entry(to, entry->key, entry->key_bytes);

        mine->json = entry->json == NULL ? NULL : alloc_copy(entry->json, entry->json_bytes);
        mine->json_bytes = entry->json_bytes;
        mine->is_owed = entry->is_owed;
    }
    to->applied_offset = from->applied_offset;
    to->time_ms = from->time_ms;
    to->epoch = from->epoch;
    to->offsets = from->offsets;
}

static void flush(struct sim_disk *disk)
{
    copy_view(&disk->live, &disk->base);
    disk->batch_count = 0;
}

static struct sim_disk *get_disk(struct sim_node *node, int32_t partition)
{
    if (node->disks[partition] == NULL) {
        node->disks[partition] = alloc_zeroed(1, sizeof(struct sim_disk));
        node->disks[partition]->base.applied_offset = -1;
        node->disks[partition]->live.applied_offset = -1;
    }
    return node->disks[partition];
}

void sim_disk_crash(struct sim_node *node)
{
    for (int32_t i = 0; i < SIM_PARTITION_MAX; i++) {
        struct sim_disk *disk = node->disks[i];

        if (disk == NULL) {
            continue;
        }
        if (sim.profile.has_lost_disks && sim_chance(300)) {
            clear_view(&disk->base);
            disk->batch_count = 0;
        }
        disk->batch_count = sim_random(disk->batch_count + 1);
        copy_view(&disk->base, &disk->live);
        for (size_t j = 0; j < disk->batch_count; j++) {
            apply_batch(&disk->live, &disk->batches[j]);
        }
        disk->is_open = false;
    }
}

void sim_disk_each_row(struct sim_node *node, int32_t partition, sim_row_cb cb, void *opaque)
{
    struct entry *entry;
    struct entry *next;

    HASH_ITER(hh, get_disk(node, partition)->live.entries, entry, next)
    {
        if (entry->json != NULL) {
            cb(entry->key, entry->key_bytes, entry->json, entry->json_bytes, opaque);
        }
    }
}

enum rc store_open(struct store_cache *cache, const char *state_dir, const char *topic_prefix, int32_t partition,
                   int32_t partition_count, const char *cluster_id, struct store **ret_store, char *errstr,
                   size_t errstr_bytes)
{
    struct store *store = alloc_zeroed(1, sizeof *store);

    (void)cache;
    (void)state_dir;
    (void)topic_prefix;
    (void)partition_count;
    (void)cluster_id;
    (void)errstr;
    (void)errstr_bytes;
    sim_pass_port(sim_current);
    store->node = sim_current;
    store->disk = get_disk(sim_current, partition);
    if (store->disk->is_open) {
        sim_fail("node %d opens the store of partition %d twice", sim_current->number, (int)partition);
    }
    store->disk->is_open = true;
    *ret_store = store;
    return RC_OK;
}

static void drop_batch(struct store *store)
{
    store->batch = (struct batch){0};
}

void store_close(struct store *store)
{
    if (store != NULL) {
        flush(store->disk);
        store->disk->is_open = false;
        free(store);
    }
}

void store_condemn(struct store *store)
{
    sim_fail("node %d condemns a store; none is damaged here", store->node->number);
}

enum rc store_destroy(const char *state_dir, const char *topic_prefix, int32_t partition, char *errstr,
                      size_t errstr_bytes)
{
    struct sim_disk *disk = get_disk(sim_current, partition);

    (void)state_dir;
    (void)topic_prefix;
    (void)errstr;
    (void)errstr_bytes;
    clear_view(&disk->base);
    clear_view(&disk->live);
    disk->batch_count = 0;
    return RC_OK;
}

enum rc store_get_applied_offset(struct store *store, int64_t *ret_offset, int64_t *ret_time_ms, char *errstr,
                                 size_t errstr_bytes)
{
    (void)errstr;
    (void)errstr_bytes;
    if (store->disk->live.applied_offset < 0) {
        return RC_NOT_FOUND;
    }
    *ret_offset = store->disk->live.applied_offset;
    *ret_time_ms = store->disk->live.time_ms;
    return RC_OK;
}

enum rc store_get_epoch(struct store *store, int64_t *ret_epoch, char *errstr, size_t errstr_bytes)
{
    (void)errstr;
    (void)errstr_bytes;
    *ret_epoch = store->disk->live.epoch;
    return RC_OK;
}

enum rc store_get_offsets(struct store *store, struct buffer *ret_offsets, char *errstr, size_t errstr_bytes)
{
    const char *offsets = store->disk->live.offsets;

    (void)errstr;
    (void)errstr_bytes;
    buffer_append_text(ret_offsets, offsets == NULL ? "" : offsets);
    return offsets == NULL ? RC_NOT_FOUND : RC_OK;
}

void store_set_offsets(struct store *store, const char *offsets, size_t offsets_bytes)
{
    store->batch.offsets = alloc_copy(offsets, offsets_bytes);
}

static void add_op(struct store *store, enum op_kind kind, const char *key, size_t key_bytes, const char *json,
                   size_t json_bytes)
{
    struct batch *batch = &store->batch;

    sim_pass_port(store->node);
    batch->ops = alloc_resize(batch->ops, batch->op_count + 1, sizeof *batch->ops);
    batch->ops[batch->op_count++] = (struct op){.kind = kind,
                                                .key = alloc_copy(key, key_bytes),
                                                .key_bytes = key_bytes,
                                                .json = json == NULL ? NULL : alloc_copy(json, json_bytes),
                                                .json_bytes = json_bytes};
}

void store_create_task(struct store *store, const char *key, size_t key_bytes, uint64_t id, const char *row_json,
                       size_t row_json_bytes)
{
    (void)id;
    add_op(store, OP_PUT, key, key_bytes, row_json, row_json_bytes);
}

enum rc store_update_task(struct store *store, const char *key, size_t key_bytes, uint64_t id, const char *row_json,
                          size_t row_json_bytes, char *errstr, size_t errstr_bytes)
{
    (void)errstr;
    (void)errstr_bytes;
    store_create_task(store, key, key_bytes, id, row_json, row_json_bytes);
    return RC_OK;
}

enum rc store_delete_task(struct store *store, const char *key, size_t key_bytes, char *errstr, size_t errstr_bytes)
{
    (void)errstr;
    (void)errstr_bytes;
    add_op(store, OP_DELETE, key, key_bytes, NULL, 0);
    return RC_OK;
}

void store_end_load(struct store *store)
{
    (void)store;
}

void store_set_debt(struct store *store, const char *key, size_t key_bytes, bool is_owed)
{
    add_op(store, is_owed ? OP_OWE : OP_PAID, key, key_bytes, NULL, 0);
}

void store_set_epoch(struct store *store, int64_t epoch)
{
    store->batch.epoch = epoch > store->batch.epoch ? epoch : store->batch.epoch;
}

enum rc store_commit_apply(struct store *store, int64_t applied_offset, int64_t time_ms, char *errstr,
                           size_t errstr_bytes)
{
    struct sim_disk *disk = store->disk;

    (void)errstr;
    (void)errstr_bytes;
    sim_pass_port(store->node);
    store->batch.applied_offset = applied_offset;
    store->batch.time_ms = time_ms;
    apply_batch(&disk->live, &store->batch);
    if (disk->batch_count >= KEPT_MAX) {
        flush(disk);
    } else {
        disk->batches = disk->batches == NULL ? alloc_zeroed(KEPT_MAX, sizeof *disk->batches) : disk->batches;
        disk->batches[disk->batch_count++] = store->batch;
    }
    drop_batch(store);
    sim_pass_port(store->node);
    return RC_OK;
}

bool store_is_busy(struct store *store)
{
    (void)store;
    return false;
}

size_t store_count_batch(const struct store *store)
{
    return store->batch.op_count;
}

enum rc store_task_detail_by_business(struct store *store, const char *key, size_t key_bytes,
                                      struct buffer *ret_row_json, char *errstr, size_t errstr_bytes)
{
    struct entry *entry = NULL;

    (void)errstr;
    (void)errstr_bytes;
    HASH_FIND(hh, store->disk->live.entries, key, key_bytes, entry);
    if (entry == NULL || entry->json == NULL) {
        return RC_NOT_FOUND;
    }
    buffer_append(ret_row_json, entry->json, entry->json_bytes);
    return RC_OK;
}

/* The least key with a row above *position; NULL: none. */
static struct entry *find_next(const struct view *view, const struct buffer *position)
{
    struct entry *next = NULL;

    for (struct entry *entry = view->entries; entry != NULL; entry = entry->hh.next) {
        if (entry->json != NULL &&
            compare_keys(entry->key, entry->key_bytes, position->data, position->len_bytes) > 0 &&
            (next == NULL || compare_keys(entry->key, entry->key_bytes, next->key, next->key_bytes) < 0)) {
            next = entry;
        }
    }
    return next;
}

enum rc store_scan_settled(struct store *store, struct buffer *position, size_t row_count, store_settled_cb cb,
                           void *opaque, bool *ret_is_end, char *errstr, size_t errstr_bytes)
{
    struct entry *entry = NULL;

    for (size_t i = 0; i < row_count; i++) {
        struct row row = {0};

        entry = find_next(&store->disk->live, position);
        if (entry == NULL) {
            break;
        }
        buffer_reset(position);
        buffer_append(position, entry->key, entry->key_bytes);
        if (row_decode(entry->json, entry->json_bytes, &row, errstr, errstr_bytes) != RC_OK) {
            sim_fail("a row in a store cannot be read: %s", errstr);
        }
        if (row_is_settled(&row)) {
            cb(entry->key, entry->key_bytes, &row, opaque);
        }
        row_close(&row);
    }
    *ret_is_end = entry == NULL;
    return RC_OK;
}

/* Nobody asks for ids and lists here. */
enum rc store_task_detail(struct store *store, uint64_t id, struct buffer *ret_row_json, char *errstr,
                          size_t errstr_bytes)
{
    (void)store, (void)id, (void)ret_row_json, (void)errstr_bytes;
    sim_fail("a task was asked for by id: %s", errstr);
}

enum rc store_scan_rows(struct store *store, struct buffer *position, size_t row_count, store_row_cb cb, void *opaque,
                        bool *ret_is_end, char *errstr, size_t errstr_bytes)
{
    (void)store, (void)position, (void)row_count, (void)cb, (void)opaque, (void)ret_is_end, (void)errstr_bytes;
    sim_fail("a list was asked for: %s", errstr);
}

enum rc store_each_debt(struct store *store, store_key_cb cb, void *opaque, char *errstr, size_t errstr_bytes)
{
    struct entry *entry;
    struct entry *next;

    (void)errstr;
    (void)errstr_bytes;
    HASH_ITER(hh, store->disk->live.entries, entry, next)
    {
        if (entry->is_owed && !cb(entry->key, entry->key_bytes, opaque)) {
            break;
        }
    }
    return RC_OK;
}
