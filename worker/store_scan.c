/* The lists of store.h: each goes over one key space by an iterator, which shows the database as it was when it began.
 */
#include <string.h>

#include "alloc.h"
#include "store.h"
#include "store_db.h"

/* What a scan of rows looks for and whom it tells. */
struct row_scan {
    enum row_status status;
    int64_t time_ms;
    bool by_next_time; /* compares the next attempt's time, else the request's */
    store_id_cb cb;
    void *opaque;
};

/* False ends the scan; so does *ret_rc other than RC_OK. */
typedef bool (*scan_cb)(const char *key, size_t key_bytes, const char *value, size_t value_bytes, enum rc *ret_rc,
                        char *errstr, size_t errstr_bytes, void *opaque);

/* Moves the iterator to the first record of a key space after *position; empty: to its first. */
static void seek_after(rocksdb_iterator_t *iterator, char space, const struct buffer *position)
{
    struct buffer key = {0};

    buffer_append_char(&key, space);
    if (position->len_bytes > 0) {
        buffer_append(&key, position->data, position->len_bytes);
        buffer_append_char(&key, '\0'); /* the least key that is greater */
    }
    if (!buffer_is_ok(&key))
        die("out of memory: key of a scan");
    rocksdb_iter_seek(iterator, key.data, key.len_bytes);
    buffer_close(&key);
}

/* The records of a key space in key order, as they were when it began: of those after *position at most record_count,
 * and *position then is the key of the last. *ret_is_end: there are no more. */
static enum rc scan(struct store *store, char space, struct buffer *position, size_t record_count, scan_cb cb,
                    void *opaque, bool *ret_is_end, char *errstr, size_t errstr_bytes)
{
    rocksdb_iterator_t *iterator = rocksdb_create_iterator(store->db, store->scan_options);
    enum rc rc = RC_OK;
    char *db_error = NULL;
    bool is_end = false;
    bool goes_on = true;

    seek_after(iterator, space, position);
    for (size_t i = 0; goes_on && i < record_count; i++) {
        size_t key_bytes = 0;
        size_t value_bytes;
        const char *key = rocksdb_iter_valid(iterator) ? rocksdb_iter_key(iterator, &key_bytes) : NULL;

        is_end = key == NULL || key[0] != space;
        if (is_end)
            break;
        buffer_reset(position);
        buffer_append(position, key + 1, key_bytes - 1);
        const char *value = rocksdb_iter_value(iterator, &value_bytes);
        goes_on = cb(key + 1, key_bytes - 1, value, value_bytes, &rc, errstr, errstr_bytes, opaque) && rc == RC_OK;
        rocksdb_iter_next(iterator);
    }
    rocksdb_iter_get_error(iterator, &db_error);
    if (db_error != NULL)
        rc = store_fail_db(db_error, "scan store", errstr, errstr_bytes);
    rocksdb_iter_destroy(iterator);
    if (!buffer_is_ok(position))
        die("out of memory: position of a scan");
    if (rc == RC_OK)
        *ret_is_end = is_end;
    return rc;
}

/* All of them. */
static enum rc scan_all(struct store *store, char space, scan_cb cb, void *opaque, char *errstr, size_t errstr_bytes)
{
    struct buffer position = {0};
    bool is_end;
    enum rc rc = scan(store, space, &position, SIZE_MAX, cb, opaque, &is_end, errstr, errstr_bytes);

    buffer_close(&position);
    return rc;
}

struct debt_scan {
    store_key_cb cb;
    void *opaque;
};

static bool tell_debt(const char *key, size_t key_bytes, const char *value, size_t value_bytes, enum rc *ret_rc,
                      char *errstr, size_t errstr_bytes, void *opaque)
{
    const struct debt_scan *debts = opaque;

    (void)value, (void)value_bytes, (void)ret_rc, (void)errstr, (void)errstr_bytes;
    return debts->cb(key, key_bytes, debts->opaque);
}

enum rc store_each_debt(struct store *store, store_key_cb cb, void *opaque, char *errstr, size_t errstr_bytes)
{
    struct debt_scan debts = {.cb = cb, .opaque = opaque};

    return scan_all(store, SPACE_DEBT, tell_debt, &debts, errstr, errstr_bytes);
}

/* Whether the row may have this status, without decoding it: rows are printed flat, and inside a JSON text the quotes
 * of this pattern would be escaped. A row printed otherwise is decoded. */
static bool may_have_status(const char *json, size_t json_bytes, enum row_status status)
{
    static const char name[] = ",\"status\":";
    const char *at = memmem(json, json_bytes, name, sizeof name - 1);

    return at == NULL || at + sizeof name > json + json_bytes || at[sizeof name - 1] == '0' + (int)status;
}

/* True only if it is: a row printed otherwise is to be decoded. */
static bool is_unsettled_at_sight(const char *json, size_t json_bytes)
{
    return may_have_status(json, json_bytes, ROW_SENDING) && !may_have_status(json, json_bytes, ROW_SUCCESS);
}

static bool tell_row(const char *key, size_t key_bytes, const char *value, size_t value_bytes, enum rc *ret_rc,
                     char *errstr, size_t errstr_bytes, void *opaque)
{
    const struct row_scan *wanted = opaque;
    struct row row = {0};
    bool goes_on = true;

    (void)key, (void)key_bytes;
    if (!may_have_status(value, value_bytes, wanted->status))
        return true;
    *ret_rc = row_decode(value, value_bytes, &row, errstr, errstr_bytes);
    if (*ret_rc != RC_OK)
        return false;
    /* A marker of a stop is no task. */
    if (!row_is_marker(&row) && row.status == wanted->status &&
        (wanted->by_next_time ? row.next_retry_time_ms : row.request_time_ms) <= wanted->time_ms)
        goes_on = wanted->cb(row.id, wanted->opaque);
    row_close(&row);
    return goes_on;
}

struct settled_scan {
    store_settled_cb cb;
    void *opaque;
};

static bool tell_settled(const char *key, size_t key_bytes, const char *json, size_t json_bytes, enum rc *ret_rc,
                         char *errstr, size_t errstr_bytes, void *opaque)
{
    const struct settled_scan *settled = opaque;
    struct row row = {0};

    if (is_unsettled_at_sight(json, json_bytes))
        return true;
    *ret_rc = row_decode(json, json_bytes, &row, errstr, errstr_bytes);
    if (*ret_rc == RC_OK && row_is_settled(&row))
        settled->cb(key, key_bytes, &row, settled->opaque);
    row_close(&row);
    return true;
}

enum rc store_scan_settled(struct store *store, struct buffer *position, size_t row_count, store_settled_cb cb,
                           void *opaque, bool *ret_is_end, char *errstr, size_t errstr_bytes)
{
    struct settled_scan settled = {.cb = cb, .opaque = opaque};

    return scan(store, SPACE_ROW, position, row_count, tell_settled, &settled, ret_is_end, errstr, errstr_bytes);
}

struct any_scan {
    store_row_cb cb;
    void *opaque;
};

static bool tell_any(const char *key, size_t key_bytes, const char *json, size_t json_bytes, enum rc *ret_rc,
                     char *errstr, size_t errstr_bytes, void *opaque)
{
    const struct any_scan *any = opaque;

    (void)key, (void)key_bytes, (void)ret_rc, (void)errstr, (void)errstr_bytes;
    return any->cb(json, json_bytes, any->opaque);
}

enum rc store_scan_rows(struct store *store, struct buffer *position, size_t row_count, store_row_cb cb, void *opaque,
                        bool *ret_is_end, char *errstr, size_t errstr_bytes)
{
    struct any_scan any = {.cb = cb, .opaque = opaque};

    return scan(store, SPACE_ROW, position, row_count, tell_any, &any, ret_is_end, errstr, errstr_bytes);
}

enum rc store_incomplete_task_id_list(struct store *store, int64_t time_ms, store_id_cb cb, void *opaque, char *errstr,
                                      size_t errstr_bytes)
{
    struct row_scan wanted = {ROW_SENDING, time_ms, true, cb, opaque};

    return scan_all(store, SPACE_ROW, tell_row, &wanted, errstr, errstr_bytes);
}

enum rc store_task_to_clean_list(struct store *store, enum row_status status, int64_t time_ms, store_id_cb cb,
                                 void *opaque, char *errstr, size_t errstr_bytes)
{
    struct row_scan wanted = {status, time_ms, false, cb, opaque};

    return scan_all(store, SPACE_ROW, tell_row, &wanted, errstr, errstr_bytes);
}
