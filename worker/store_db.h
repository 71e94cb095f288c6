/* store_db: what the files of the store share: its database, how RocksDB is set up, how keys are told apart, how
 * RocksDB's errors become ours. No other module includes it; a benchmark sets up its bare database by it.
 *
 * Memory:  struct store is made and freed by store.c.
 * Threads: as store.h.
 */
#ifndef WORKER_STORE_DB_H
#define WORKER_STORE_DB_H

#include "rc.h"
#include <rocksdb/c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_INFO_LOG_LEVEL 4 /* fatal only, in RocksDB's numbering */

/* Memory tables of a database: the one written to, those being flushed. A write that would need one more waits. */
#define STORE_WRITE_BUFFER_MAX 4

/* The first byte of a key says what lies there. */
#define SPACE_META 'm'    /* whose database this is */
#define SPACE_APPLIED 'a' /* offset and time of the last commit */
#define SPACE_EPOCH 'e'
#define SPACE_OFFSETS 'o' /* value of the last `:offsets` applied */
#define SPACE_ROW 'r'     /* business key -> row JSON */
#define SPACE_ID 'i'      /* id, big-endian -> business key */
#define SPACE_DEBT 'd'    /* business key -> nothing */

struct key_filter;
struct store_cache;

struct store {
    rocksdb_t *db;
    char *path;
    rocksdb_options_t *options;
    rocksdb_writeoptions_t *write_options; /* no WAL */
    rocksdb_readoptions_t *get_options;
    rocksdb_readoptions_t *scan_options; /* leaves the block cache to the gets */
    rocksdb_writebatch_t *batch;
    struct key_filter *seen; /* keys put since it was opened empty; NULL: it was not, or is loaded */
    int64_t applied_offset;  /* as committed; -1: none */
    int64_t epoch;           /* goes with the next commit */
    bool is_epoch_new;       /* since the last commit */
};

/* Gives. The options hold on to the cache's blocks; the cache is there for as long as the database. */
rocksdb_options_t *store_new_options(const struct store_cache *cache);
/* RocksDB's way of reporting errors stops here: RC_CORRUPT or RC_STORAGE. Takes db_error. */
enum rc store_fail_db(char *db_error, const char *what, char *errstr, size_t errstr_bytes);

#endif
