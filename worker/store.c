#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "decimal.h"
#include "key_filter.h"
#include "store_db.h"

#define CONDEMNED_NAME "condemned"
#define META_FORMAT "autohttp store 1\nprefix=%s\npartitions=%" PRId32 "\npartition=%" PRId32 "\ncluster="
#define META_MAX_BYTES 1024
#define PATH_MAX_BYTES 2048
#define APPLIED_BYTES 16
#define EPOCH_BYTES 8
#define ID_BYTES 8
#define SCAN_READAHEAD_BYTES (256u * 1024)

enum rc store_fail_db(char *db_error, const char *what, char *errstr, size_t errstr_bytes)
{
    enum rc rc = strncmp(db_error, "Corruption", strlen("Corruption")) == 0 ? RC_CORRUPT : RC_STORAGE;

    rc_fail(rc, errstr, errstr_bytes, "%s: %s", what, db_error);
    rocksdb_free(db_error);
    return rc;
}

static void print_int64(int64_t value, char bytes[8])
{
    for (int i = 7; i >= 0; i--) {
        bytes[i] = (char)((uint64_t)value & 0xff);
        value = (int64_t)((uint64_t)value >> 8);
    }
}

static int64_t parse_int64(const char bytes[8])
{
    uint64_t value = 0;

    for (int i = 0; i < 8; i++)
        value = value << 8 | (unsigned char)bytes[i];
    return (int64_t)value;
}

static enum rc print_path(const char *state_dir, const char *topic_prefix, int32_t partition, char path[PATH_MAX_BYTES],
                          char *errstr, size_t errstr_bytes)
{
    /* A prefix is a part of topic names for Kafka, but a folder here. */
    if (topic_prefix[0] == '\0' || strchr(topic_prefix, '/') != NULL || strcmp(topic_prefix, ".") == 0 ||
        strcmp(topic_prefix, "..") == 0)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "topic prefix \"%s\" cannot name a folder", topic_prefix);
    if (snprintf(path, PATH_MAX_BYTES, "%s/%s/%" PRId32, state_dir, topic_prefix, partition) >= PATH_MAX_BYTES)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "state_dir: path is longer than %d bytes", PATH_MAX_BYTES - 1);
    return RC_OK;
}

/* Creates what is missing of the folders above path, then path. */
static enum rc make_folders(const char *path, char *errstr, size_t errstr_bytes)
{
    char part[PATH_MAX_BYTES];
    size_t path_bytes = strlen(path);

    for (size_t i = 1; i <= path_bytes; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return rc_fail(RC_STORAGE, errstr, errstr_bytes, "create folder %s: %s", part, strerror(errno));
    }
    return RC_OK;
}

enum rc store_lock_dir(const char *state_dir, int *ret_fd, char *errstr, size_t errstr_bytes)
{
    char path[PATH_MAX_BYTES];
    char text[PATH_MAX_BYTES + 64];
    int fd;

    if (make_folders(state_dir, text, sizeof text) != RC_OK)
        return rc_fail(RC_STORAGE, errstr, errstr_bytes, "state_dir: %s", text);
    if (snprintf(path, sizeof path, "%s/lock", state_dir) >= (int)sizeof path)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "state_dir: path is longer than %d bytes", PATH_MAX_BYTES - 1);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return rc_fail(RC_STORAGE, errstr, errstr_bytes, "state_dir: open %s: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return rc_fail(RC_CONFLICT, errstr, errstr_bytes, "state_dir: %s: another worker uses it", state_dir);
    }
    *ret_fd = fd;
    return RC_OK;
}

static enum rc open_db(struct store *store, const char *path, char *errstr, size_t errstr_bytes)
{
    char *db_error = NULL;

    store->db = rocksdb_open(store->options, path, &db_error);
    if (db_error != NULL && strstr(db_error, "not linked") != NULL) {
        /* This RocksDB was built without lz4; nothing was created yet. */
        rocksdb_free(db_error);
        db_error = NULL;
        rocksdb_options_set_compression(store->options, rocksdb_no_compression);
        store->db = rocksdb_open(store->options, path, &db_error);
    }
    if (db_error != NULL)
        return store_fail_db(db_error, "open store", errstr, errstr_bytes);
    return RC_OK;
}

/* key_bytes + 1 bytes, to be freed. */
static char *new_db_key(char space, const void *key, size_t key_bytes)
{
    char *db_key = alloc_bytes(key_bytes + 1);

    db_key[0] = space;
    if (key_bytes > 0)
        memcpy(db_key + 1, key, key_bytes);
    return db_key;
}

/* The value, to be freed with rocksdb_free(); RC_NOT_FOUND if there is none. */
static enum rc get(struct store *store, char space, const void *key, size_t key_bytes, char **ret_value,
                   size_t *ret_value_bytes, char *errstr, size_t errstr_bytes)
{
    char *db_error = NULL;
    char *db_key = new_db_key(space, key, key_bytes);

    *ret_value = rocksdb_get(store->db, store->get_options, db_key, key_bytes + 1, ret_value_bytes, &db_error);
    free(db_key);
    if (db_error != NULL)
        return store_fail_db(db_error, "read store", errstr, errstr_bytes);
    return *ret_value != NULL ? RC_OK : RC_NOT_FOUND;
}

static void put(struct store *store, char space, const void *key, size_t key_bytes, const void *value,
                size_t value_bytes)
{
    const char *key_parts[2] = {&space, key};
    const size_t key_sizes[2] = {1, key_bytes};
    const char *value_parts[1] = {value};

    rocksdb_writebatch_putv(store->batch, 2, key_parts, key_sizes, 1, value_parts, &value_bytes);
}

static void drop(struct store *store, char space, const void *key, size_t key_bytes)
{
    const char *key_parts[2] = {&space, key};
    const size_t key_sizes[2] = {1, key_bytes};

    rocksdb_writebatch_deletev(store->batch, 2, key_parts, key_sizes);
}

static enum rc write_batch(struct store *store, char *errstr, size_t errstr_bytes)
{
    char *db_error = NULL;

    rocksdb_write(store->db, store->write_options, store->batch, &db_error);
    if (db_error != NULL)
        return store_fail_db(db_error, "write store", errstr, errstr_bytes);
    rocksdb_writebatch_clear(store->batch);
    return RC_OK;
}

static enum rc write_meta(struct store *store, const char *head, const char *cluster_id, char *errstr,
                          size_t errstr_bytes)
{
    char meta[META_MAX_BYTES];
    int meta_bytes = snprintf(meta, sizeof meta, "%s%s", head, cluster_id);

    if (meta_bytes >= (int)sizeof meta)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "cluster id of %zu bytes", strlen(cluster_id));
    put(store, SPACE_META, NULL, 0, meta, (size_t)meta_bytes);
    return write_batch(store, errstr, errstr_bytes);
}

/* A database without rows, offset and all: only then a missing meta record is no damage. */
static enum rc check_empty(struct store *store, char *errstr, size_t errstr_bytes)
{
    rocksdb_iterator_t *iterator = rocksdb_create_iterator(store->db, store->scan_options);
    char *db_error = NULL;
    enum rc rc = RC_OK;

    rocksdb_iter_seek_to_first(iterator);
    rocksdb_iter_get_error(iterator, &db_error);
    if (db_error != NULL)
        rc = store_fail_db(db_error, "read store", errstr, errstr_bytes);
    else if (rocksdb_iter_valid(iterator))
        rc = rc_fail(RC_CORRUPT, errstr, errstr_bytes, "store without its meta record");
    rocksdb_iter_destroy(iterator);
    return rc;
}

/* Compares the meta record with what is expected; writes it into a new database, and a cluster id once it is known. */
static enum rc check_meta(struct store *store, const char *head, const char *cluster_id, char *errstr,
                          size_t errstr_bytes)
{
    char *meta = NULL;
    size_t meta_bytes = 0;
    size_t head_bytes = strlen(head);
    enum rc rc = get(store, SPACE_META, NULL, 0, &meta, &meta_bytes, errstr, errstr_bytes);

    if (rc == RC_NOT_FOUND) {
        rc = check_empty(store, errstr, errstr_bytes);
        if (rc == RC_OK)
            rc = write_meta(store, head, cluster_id, errstr, errstr_bytes);
        goto out;
    }
    if (rc != RC_OK)
        goto out;
    if (meta_bytes < head_bytes || memcmp(meta, head, head_bytes) != 0) {
        rc = rc_fail(RC_CORRUPT, errstr, errstr_bytes, "store of another prefix, partition, partition count or format");
        goto out;
    }
    if (cluster_id[0] == '\0')
        goto out;
    if (meta_bytes == head_bytes)
        rc = write_meta(store, head, cluster_id, errstr, errstr_bytes);
    else if (meta_bytes - head_bytes != strlen(cluster_id) ||
             memcmp(meta + head_bytes, cluster_id, strlen(cluster_id)) != 0)
        rc = rc_fail(RC_CORRUPT, errstr, errstr_bytes, "store of another Kafka cluster");
out:
    rocksdb_free(meta);
    return rc;
}

/* What commits compare with and add to. */
static enum rc load_position(struct store *store, char *errstr, size_t errstr_bytes)
{
    int64_t time_ms = 0;
    enum rc rc = store_get_epoch(store, &store->epoch, errstr, errstr_bytes);

    if (rc != RC_OK)
        return rc;
    store->applied_offset = -1;
    rc = store_get_applied_offset(store, &store->applied_offset, &time_ms, errstr, errstr_bytes);
    if (rc == RC_NOT_FOUND) {
        store->seen = key_filter_new();
        rc = RC_OK;
    }
    return rc;
}

static struct store *new_store(const struct store_cache *cache)
{
    struct store *store = alloc_zeroed(1, sizeof *store);

    store->options = store_new_options(cache);
    store->write_options = rocksdb_writeoptions_create();
    rocksdb_writeoptions_disable_WAL(store->write_options, 1);
    store->get_options = rocksdb_readoptions_create();
    store->scan_options = rocksdb_readoptions_create();
    rocksdb_readoptions_set_fill_cache(store->scan_options, 0);
    rocksdb_readoptions_set_readahead_size(store->scan_options, SCAN_READAHEAD_BYTES);
    store->batch = rocksdb_writebatch_create();
    return store;
}

static bool print_condemned_path(const char *path, char buf[PATH_MAX_BYTES])
{
    return snprintf(buf, PATH_MAX_BYTES, "%s/" CONDEMNED_NAME, path) < PATH_MAX_BYTES;
}

void store_condemn(struct store *store)
{
    char path[PATH_MAX_BYTES];
    int fd = print_condemned_path(store->path, path) ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

    if (fd >= 0)
        close(fd);
}

static enum rc check_condemned(const char *path, char *errstr, size_t errstr_bytes)
{
    char condemned[PATH_MAX_BYTES];

    if (print_condemned_path(path, condemned) && access(condemned, F_OK) == 0)
        return rc_fail(RC_CORRUPT, errstr, errstr_bytes, "damage was met while it was in use");
    return RC_OK;
}

/* Without a flush: a store that is damaged or not ours stays as it is. */
static void free_store(struct store *store)
{
    if (store->db != NULL)
        rocksdb_close(store->db);
    rocksdb_writebatch_destroy(store->batch);
    rocksdb_readoptions_destroy(store->scan_options);
    rocksdb_readoptions_destroy(store->get_options);
    rocksdb_writeoptions_destroy(store->write_options);
    rocksdb_options_destroy(store->options);
    key_filter_free(store->seen);
    free(store->path);
    free(store);
}

enum rc store_open(struct store_cache *cache, const char *state_dir, const char *topic_prefix, int32_t partition,
                   int32_t partition_count, const char *cluster_id, struct store **ret_store, char *errstr,
                   size_t errstr_bytes)
{
    char path[PATH_MAX_BYTES];
    char head[META_MAX_BYTES];
    struct store *store = NULL;
    enum rc rc = print_path(state_dir, topic_prefix, partition, path, errstr, errstr_bytes);

    if (rc != RC_OK)
        return rc;
    if (snprintf(head, sizeof head, META_FORMAT, topic_prefix, partition_count, partition) >= (int)sizeof head)
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "topic prefix of %zu bytes", strlen(topic_prefix));
    rc = make_folders(path, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = check_condemned(path, errstr, errstr_bytes);
    if (rc != RC_OK)
        return rc;
    store = new_store(cache);
    store->path = alloc_copy(path, strlen(path));
    rc = open_db(store, path, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = check_meta(store, head, cluster_id, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = load_position(store, errstr, errstr_bytes);
    if (rc != RC_OK) {
        free_store(store);
        return rc;
    }
    *ret_store = store;
    return RC_OK;
}

void store_close(struct store *store)
{
    rocksdb_flushoptions_t *flush_options = NULL;
    char *db_error = NULL;

    if (store == NULL)
        return;
    flush_options = rocksdb_flushoptions_create();
    rocksdb_flushoptions_set_wait(flush_options, 1);
    rocksdb_flush(store->db, flush_options, &db_error);
    rocksdb_flushoptions_destroy(flush_options);
    /* What was not flushed is read from `state` again, from the offset that is on disk. */
    rocksdb_free(db_error);
    free_store(store);
}

/* What RocksDB did not know as its own. A database has no folders in it. */
static enum rc remove_folder(const char *path, char *errstr, size_t errstr_bytes)
{
    enum rc rc = RC_OK;
    struct dirent *entry;
    DIR *folder = opendir(path);

    if (folder == NULL)
        return errno == ENOENT ? RC_OK
                               : rc_fail(RC_STORAGE, errstr, errstr_bytes, "open folder %s: %s", path, strerror(errno));
    while ((entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
    if (rmdir(path) != 0)
        rc = rc_fail(RC_STORAGE, errstr, errstr_bytes, "remove folder %s: %s", path, strerror(errno));
    return rc;
}

enum rc store_destroy(const char *state_dir, const char *topic_prefix, int32_t partition, char *errstr,
                      size_t errstr_bytes)
{
    char path[PATH_MAX_BYTES];
    char *db_error = NULL;
    rocksdb_options_t *options;
    enum rc rc = print_path(state_dir, topic_prefix, partition, path, errstr, errstr_bytes);

    if (rc != RC_OK)
        return rc;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return RC_OK;
    options = rocksdb_options_create();
    rocksdb_options_set_info_log_level(options, STORE_INFO_LOG_LEVEL);
    /* Fails if a process has it open, and so keeps its files from being swept below. */
    rocksdb_destroy_db(options, path, &db_error);
    rocksdb_options_destroy(options);
    if (db_error != NULL)
        return store_fail_db(db_error, "destroy store", errstr, errstr_bytes);
    return remove_folder(path, errstr, errstr_bytes);
}

/* A value of fixed size into bytes; RC_NOT_FOUND if there is none. */
static enum rc get_fixed(struct store *store, char space, size_t byte_count, char *ret_bytes, char *errstr,
                         size_t errstr_bytes)
{
    char *value = NULL;
    size_t value_bytes = 0;
    enum rc rc = get(store, space, NULL, 0, &value, &value_bytes, errstr, errstr_bytes);

    if (rc == RC_OK && value_bytes != byte_count)
        rc = rc_fail(RC_CORRUPT, errstr, errstr_bytes, "record '%c' has %zu bytes, not %zu", space, value_bytes,
                     byte_count);
    if (rc == RC_OK)
        memcpy(ret_bytes, value, byte_count);
    rocksdb_free(value);
    return rc;
}

enum rc store_get_applied_offset(struct store *store, int64_t *ret_offset, int64_t *ret_time_ms, char *errstr,
                                 size_t errstr_bytes)
{
    char bytes[APPLIED_BYTES];
    enum rc rc = get_fixed(store, SPACE_APPLIED, sizeof bytes, bytes, errstr, errstr_bytes);

    if (rc != RC_OK)
        return rc;
    *ret_offset = parse_int64(bytes);
    *ret_time_ms = parse_int64(bytes + 8);
    return RC_OK;
}

enum rc store_get_epoch(struct store *store, int64_t *ret_epoch, char *errstr, size_t errstr_bytes)
{
    char bytes[EPOCH_BYTES];
    enum rc rc = get_fixed(store, SPACE_EPOCH, sizeof bytes, bytes, errstr, errstr_bytes);

    if (rc != RC_OK && rc != RC_NOT_FOUND)
        return rc;
    *ret_epoch = rc == RC_OK ? parse_int64(bytes) : 0;
    return RC_OK;
}

/* The id in a row's JSON; STORE_NO_ID of a marker, and of what is no row. Rows are printed flat, the id first: only one
 * printed otherwise, and one whose id is 0, is decoded. */
static uint64_t read_id(const char *json, size_t json_bytes)
{
    static const char start[] = "{\"id\":\"";
    const size_t start_bytes = sizeof start - 1;
    const char *end = json_bytes > start_bytes && memcmp(json, start, start_bytes) == 0
                          ? memchr(json + start_bytes, '"', json_bytes - start_bytes)
                          : NULL;
    struct row row = {0};
    uint64_t id = 0;

    if (end != NULL &&
        decimal_parse(json + start_bytes, (size_t)(end - json) - start_bytes, UINT64_MAX, &id) == RC_OK && id != 0)
        return id;
    id = row_decode(json, json_bytes, &row, NULL, 0) == RC_OK && !row_is_marker(&row) ? row.id : STORE_NO_ID;
    row_close(&row);
    return id;
}

/* Takes the id of the key's row out of the index unless it is kept_id. */
static enum rc drop_old_id(struct store *store, const char *key, size_t key_bytes, uint64_t kept_id, char *errstr,
                           size_t errstr_bytes)
{
    char id_bytes[ID_BYTES];
    char *json = NULL;
    size_t json_bytes = 0;
    enum rc rc = get(store, SPACE_ROW, key, key_bytes, &json, &json_bytes, errstr, errstr_bytes);
    uint64_t id = rc == RC_OK ? read_id(json, json_bytes) : STORE_NO_ID;

    rocksdb_free(json);
    if (id != STORE_NO_ID && id != kept_id) {
        print_int64((int64_t)id, id_bytes);
        drop(store, SPACE_ID, id_bytes, sizeof id_bytes);
    }
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* Whether the key may have a row. While a new database is loaded, most keys come once: the read is spared them. */
static bool may_have_row(struct store *store, const char *key, size_t key_bytes)
{
    return store->seen == NULL || key_filter_add(store->seen, key, key_bytes);
}

static void put_task(struct store *store, const char *key, size_t key_bytes, uint64_t id, const char *row_json,
                     size_t row_json_bytes)
{
    char id_bytes[ID_BYTES];

    if (id != STORE_NO_ID) {
        print_int64((int64_t)id, id_bytes);
        put(store, SPACE_ID, id_bytes, sizeof id_bytes, key, key_bytes);
    }
    put(store, SPACE_ROW, key, key_bytes, row_json, row_json_bytes);
}

void store_create_task(struct store *store, const char *key, size_t key_bytes, uint64_t id, const char *row_json,
                       size_t row_json_bytes)
{
    (void)may_have_row(store, key, key_bytes); /* from now on */
    put_task(store, key, key_bytes, id, row_json, row_json_bytes);
}

enum rc store_update_task(struct store *store, const char *key, size_t key_bytes, uint64_t id, const char *row_json,
                          size_t row_json_bytes, char *errstr, size_t errstr_bytes)
{
    enum rc rc = RC_OK;

    if (may_have_row(store, key, key_bytes))
        rc = drop_old_id(store, key, key_bytes, id, errstr, errstr_bytes);
    if (rc == RC_OK)
        put_task(store, key, key_bytes, id, row_json, row_json_bytes);
    return rc;
}

enum rc store_delete_task(struct store *store, const char *key, size_t key_bytes, char *errstr, size_t errstr_bytes)
{
    enum rc rc = drop_old_id(store, key, key_bytes, STORE_NO_ID, errstr, errstr_bytes);

    if (rc == RC_OK)
        drop(store, SPACE_ROW, key, key_bytes);
    return rc;
}

void store_end_load(struct store *store)
{
    key_filter_free(store->seen);
    store->seen = NULL;
}

void store_set_debt(struct store *store, const char *key, size_t key_bytes, bool is_owed)
{
    if (is_owed)
        put(store, SPACE_DEBT, key, key_bytes, "", 0);
    else
        drop(store, SPACE_DEBT, key, key_bytes);
}

void store_set_offsets(struct store *store, const char *offsets, size_t offsets_bytes)
{
    put(store, SPACE_OFFSETS, NULL, 0, offsets, offsets_bytes);
}

void store_set_epoch(struct store *store, int64_t epoch)
{
    if (epoch <= store->epoch)
        return;
    store->epoch = epoch;
    store->is_epoch_new = true;
}

enum rc store_commit_apply(struct store *store, int64_t applied_offset, int64_t time_ms, char *errstr,
                           size_t errstr_bytes)
{
    char applied[APPLIED_BYTES];
    char epoch[EPOCH_BYTES];
    enum rc rc;

    if (applied_offset == store->applied_offset && !store->is_epoch_new && store_count_batch(store) == 0)
        return RC_OK;
    print_int64(applied_offset, applied);
    print_int64(time_ms, applied + 8);
    put(store, SPACE_APPLIED, NULL, 0, applied, sizeof applied);
    if (store->is_epoch_new) {
        print_int64(store->epoch, epoch);
        put(store, SPACE_EPOCH, NULL, 0, epoch, sizeof epoch);
    }
    rc = write_batch(store, errstr, errstr_bytes);
    if (rc != RC_OK)
        return rc;
    store->applied_offset = applied_offset;
    store->is_epoch_new = false;
    return RC_OK;
}

static uint64_t get_property(struct store *store, const char *name)
{
    uint64_t value = 0;

    (void)rocksdb_property_int(store->db, name, &value); /* one it does not know is 0 */
    return value;
}

bool store_is_busy(struct store *store)
{
    return get_property(store, "rocksdb.num-immutable-mem-table") >= STORE_WRITE_BUFFER_MAX / 2 ||
           get_property(store, "rocksdb.actual-delayed-write-rate") > 0 ||
           get_property(store, "rocksdb.is-write-stopped") > 0;
}

size_t store_count_batch(const struct store *store)
{
    return (size_t)rocksdb_writebatch_count(store->batch);
}

/* A whole value into the caller's buffer. */
static enum rc get_text(struct store *store, char space, const char *key, size_t key_bytes, struct buffer *ret_text,
                        char *errstr, size_t errstr_bytes)
{
    char *value = NULL;
    size_t value_bytes = 0;
    enum rc rc = get(store, space, key, key_bytes, &value, &value_bytes, errstr, errstr_bytes);

    if (rc == RC_OK) {
        buffer_reset(ret_text);
        buffer_append(ret_text, value, value_bytes);
        if (!buffer_is_ok(ret_text))
            die("out of memory: value of %zu bytes", value_bytes);
    }
    rocksdb_free(value);
    return rc;
}

enum rc store_get_offsets(struct store *store, struct buffer *ret_offsets, char *errstr, size_t errstr_bytes)
{
    return get_text(store, SPACE_OFFSETS, NULL, 0, ret_offsets, errstr, errstr_bytes);
}

enum rc store_task_detail_by_business(struct store *store, const char *key, size_t key_bytes,
                                      struct buffer *ret_row_json, char *errstr, size_t errstr_bytes)
{
    return get_text(store, SPACE_ROW, key, key_bytes, ret_row_json, errstr, errstr_bytes);
}

enum rc store_task_detail(struct store *store, uint64_t id, struct buffer *ret_row_json, char *errstr,
                          size_t errstr_bytes)
{
    char id_bytes[ID_BYTES];
    char *key = NULL;
    size_t key_bytes = 0;
    struct buffer json = {0};
    struct row row = {0};
    enum rc rc;

    print_int64((int64_t)id, id_bytes);
    rc = get(store, SPACE_ID, id_bytes, sizeof id_bytes, &key, &key_bytes, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = store_task_detail_by_business(store, key, key_bytes, &json, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = row_decode(json.data, json.len_bytes, &row, errstr, errstr_bytes);
    if (rc != RC_OK)
        goto out;
    /* An entry that was left behind leads to the row of the task that came after. */
    if (row.id != id || row_is_marker(&row)) {
        rc = RC_NOT_FOUND;
        goto out;
    }
    buffer_reset(ret_row_json);
    buffer_append(ret_row_json, json.data, json.len_bytes);
out:
    row_close(&row);
    buffer_close(&json);
    rocksdb_free(key);
    return rc;
}
