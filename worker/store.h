/* store: the rows of one partition in RocksDB: a view of `state`, never the only copy.
 *
 * Keys of the database: rows by business key, id -> business key, the applied offset, the highest epoch, the last
 * `:offsets`, debts (keys whose row must be written again because a zombie's came after it). WAL off, one block cache
 * for all stores. Everything that one record of `state` changes goes into one batch with its offset: a lost tail is
 * read again.
 *
 *   store_begin_apply -> any of create/update/delete/set_debt -> store_commit_apply(offset)
 *
 * (many records, one commit). Tasks are reached by seven operations: create_task, delete_task, incomplete_task_id_list,
 * task_to_clean_list, task_detail, task_detail_by_business, update_task.
 *
 * Memory:  store_open() gives, store_close() takes. Values are given in buffers of the caller.
 * Threads: writes by the loop only; reads by any thread while the store is open.
 * Errors:  RC_STORAGE, RC_CORRUPT with errstr: the caller throws the directory away (store_destroy) and restores anew.
 */
#ifndef WORKER_STORE_H
#define WORKER_STORE_H

#include "buffer.h"
#include "rc.h"
#include "row_json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct store_cache; /* shared by all stores of a process */

struct store_cache *store_cache_new(size_t cache_bytes);
void store_cache_free(struct store_cache *cache);

/* Creates state_dir and keeps other processes out of it until *ret_fd is closed. RC_CONFLICT: another worker has it.
 * RC_STORAGE: it cannot be created or written. errstr names the setting. */
enum rc store_lock_dir(const char *state_dir, int *ret_fd, char *errstr, size_t errstr_bytes);

/* Opens or creates <state_dir>/<topic prefix>/<partition>. The database notes prefix, partition count, partition and
 * the id of the `state` topic's cluster (cluster_id, "" if unknown); a directory that names others is RC_CORRUPT. */
enum rc store_open(struct store_cache *cache, const char *state_dir, const char *topic_prefix, int32_t partition,
                   int32_t partition_count, const char *cluster_id, struct store **ret_store, char *errstr,
                   size_t errstr_bytes);
/* Flushes memory tables, then closes. NULL is fine. */
void store_close(struct store *store);
/* Notes beside an open database that it is damaged: whatever opens it next gets RC_CORRUPT. For a process that is about
 * to end because of it; else the next one would open it and meet the same damage, for ever. */
void store_condemn(struct store *store);
/* Removes the directory of a partition that is not open; RC_STORAGE if a process has it open. None there: RC_OK. */
enum rc store_destroy(const char *state_dir, const char *topic_prefix, int32_t partition, char *errstr,
                      size_t errstr_bytes);

/* The offset of the last record of `state` applied, and the wall clock at its commit (for delete.retention.ms);
 * RC_NOT_FOUND for a new database. */
enum rc store_get_applied_offset(struct store *store, int64_t *ret_offset, int64_t *ret_time_ms, char *errstr,
                                 size_t errstr_bytes);
/* The highest epoch of any claim or row applied; 0 if none. Kept in the same batches. */
enum rc store_get_epoch(struct store *store, int64_t *ret_epoch, char *errstr, size_t errstr_bytes);
/* Value of the last `:offsets` applied; RC_NOT_FOUND: none was. */
enum rc store_get_offsets(struct store *store, struct buffer *ret_offsets, char *errstr, size_t errstr_bytes);

#define STORE_NO_ID UINT64_MAX /* the id of a marker; 0 is that of the first record of partition 0 */

/* The current batch. Reads do not see it until store_commit_apply(). create_task: the key has no row. */
void store_create_task(struct store *store, const char *key, size_t key_bytes, uint64_t id, const char *row_json,
                       size_t row_json_bytes);
/* Both take the id of the row that was there at the last commit out of the index if it is another. (So of a key whose
 * task changes twice in one batch, as it may while restoring, an entry stays; it takes space, but leads to no task.) */
enum rc store_update_task(struct store *store, const char *key, size_t key_bytes, uint64_t id, const char *row_json,
                          size_t row_json_bytes, char *errstr, size_t errstr_bytes);
enum rc store_delete_task(struct store *store, const char *key, size_t key_bytes, char *errstr, size_t errstr_bytes);
/* The log was read to its end: a database that was opened empty no longer remembers in memory which keys it has. Twice
 * is safe. */
void store_end_load(struct store *store);
void store_set_debt(struct store *store, const char *key, size_t key_bytes, bool is_owed);
void store_set_offsets(struct store *store, const char *offsets, size_t offsets_bytes);
/* The commit writes it with the batch; one that is not above the highest so far changes nothing. */
void store_set_epoch(struct store *store, int64_t epoch);
/* Writes the batch with the applied offset; an empty batch with an unchanged offset and epoch does nothing. If it
 * fails, the batch is kept and may be committed again. */
enum rc store_commit_apply(struct store *store, int64_t applied_offset, int64_t time_ms, char *errstr,
                           size_t errstr_bytes);
/* RocksDB is behind with its flushes or compactions: soon a commit would wait for them. Whoever can put it off does. */
bool store_is_busy(struct store *store);
/* Puts/deletes in the batch since the last commit. */
size_t store_count_batch(const struct store *store);

/* The row's JSON as it was applied; RC_NOT_FOUND if there is none. */
enum rc store_task_detail_by_business(struct store *store, const char *key, size_t key_bytes,
                                      struct buffer *ret_row_json, char *errstr, size_t errstr_bytes);
enum rc store_task_detail(struct store *store, uint64_t id, struct buffer *ret_row_json, char *errstr,
                          size_t errstr_bytes);

/* Each key owed, in order; cb returns false to end. */
typedef bool (*store_key_cb)(const char *key, size_t key_bytes, void *opaque);
enum rc store_each_debt(struct store *store, store_key_cb cb, void *opaque, char *errstr, size_t errstr_bytes);

/* Goes over row_count rows at most, in key order, from the one after *position (empty: the first) on, and leaves there
 * the key of the last: a pass over all rows can so be made in slices. cb gets the settled ones of them, markers too.
 * *ret_is_end: there are no more rows. */
typedef void (*store_settled_cb)(const char *key, size_t key_bytes, const struct row *row, void *opaque);
enum rc store_scan_settled(struct store *store, struct buffer *position, size_t row_count, store_settled_cb cb,
                           void *opaque, bool *ret_is_end, char *errstr, size_t errstr_bytes);

/* As store_scan_settled(), but every row, undecoded; cb returns false to end after it. */
typedef bool (*store_row_cb)(const char *json, size_t json_bytes, void *opaque);
enum rc store_scan_rows(struct store *store, struct buffer *position, size_t row_count, store_row_cb cb, void *opaque,
                        bool *ret_is_end, char *errstr, size_t errstr_bytes);

/* Lists by scan over a snapshot: ids of unsettled tasks whose next attempt is due at or before time_ms; ids of rows of
 * this status whose request time is at or before time_ms. Markers are no tasks. cb returns false to end. */
typedef bool (*store_id_cb)(uint64_t id, void *opaque);
enum rc store_incomplete_task_id_list(struct store *store, int64_t time_ms, store_id_cb cb, void *opaque, char *errstr,
                                      size_t errstr_bytes);
enum rc store_task_to_clean_list(struct store *store, enum row_status status, int64_t time_ms, store_id_cb cb,
                                 void *opaque, char *errstr, size_t errstr_bytes);

#endif
