/* How RocksDB is set up for rows: one block cache for the databases of all partitions, small memory tables.
 */
#include <stdlib.h>

#include "alloc.h"
#include "store.h"
#include "store_db.h"

#define WRITE_BUFFER_BYTES (4u * 1024 * 1024)
#define OPEN_FILES_MAX 64
#define INFO_LOG_FILES 1
#define BLOOM_BITS_PER_KEY 10

struct store_cache {
    rocksdb_cache_t *blocks;
};

struct store_cache *store_cache_new(size_t cache_bytes)
{
    struct store_cache *cache = alloc_zeroed(1, sizeof *cache);

    cache->blocks = rocksdb_cache_create_lru(cache_bytes);
    return cache;
}

void store_cache_free(struct store_cache *cache)
{
    if (cache == NULL)
        return;
    rocksdb_cache_destroy(cache->blocks);
    free(cache);
}

static rocksdb_block_based_table_options_t *new_table_options(const struct store_cache *cache)
{
    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();

    rocksdb_block_based_options_set_block_cache(table, cache->blocks);
    /* The table takes the policy. */
    rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_bloom_full(BLOOM_BITS_PER_KEY));
    /* Else indexes and filters of all partitions lie outside the cache's bound. */
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
    rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1);
    return table;
}

rocksdb_options_t *store_new_options(const struct store_cache *cache)
{
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_block_based_table_options_t *table = new_table_options(cache);

    rocksdb_options_set_block_based_table_factory(options, table); /* copies */
    rocksdb_block_based_options_destroy(table);
    rocksdb_options_set_create_if_missing(options, 1);
    rocksdb_options_set_paranoid_checks(options, 1);
    rocksdb_options_set_write_buffer_size(options, WRITE_BUFFER_BYTES);
    rocksdb_options_set_max_write_buffer_number(options, STORE_WRITE_BUFFER_MAX);
    rocksdb_options_set_max_open_files(options, OPEN_FILES_MAX);
    rocksdb_options_set_max_background_jobs(options, 2);
    rocksdb_options_set_info_log_level(options, STORE_INFO_LOG_LEVEL);
    rocksdb_options_set_keep_log_file_num(options, INFO_LOG_FILES);
    rocksdb_options_set_stats_dump_period_sec(options, 0);
    rocksdb_options_set_stats_persist_period_sec(options, 0);
    rocksdb_options_set_compression(options, rocksdb_lz4_compression);
    return options;
}
