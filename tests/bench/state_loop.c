/* state_loop: the least that restoring costs: a bare loop that consumes `state`, parses each row and puts it into
 * RocksDB, to measure the worker against.
 *
 *   state_loop BOOTSTRAP PREFIX PARTITIONS FOLDER
 *
 * The parser is the codec's, the databases (one for each partition, below FOLDER) are set up as the worker's are. Reads
 * to the ends of all partitions; prints rows, rows per second, CPU microseconds for each row.
 */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <rocksdb/c.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "row_json.h"
#include "store.h"
#include "store_db.h"

#define BATCH_ROWS 500
#define CACHE_BYTES (64u * 1024 * 1024)
#define WAIT_MS 100

struct view {
    rocksdb_t *db;
    rocksdb_writebatch_t *batch;
};

static struct {
    rd_kafka_t *consumer;
    rocksdb_writeoptions_t *write_options;
    struct view *views;
    int32_t partition_count;
    int32_t ended_count;
    unsigned long rows;
} bench;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "state_loop: %s\n", what);
    exit(70);
}

static double read_cpu_s(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double read_mono_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void open_consumer(const char *bootstrap)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[256];

    if (rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, text, sizeof text) != RD_KAFKA_CONF_OK ||
        rd_kafka_conf_set(conf, "group.id", "state_loop", text, sizeof text) != RD_KAFKA_CONF_OK ||
        rd_kafka_conf_set(conf, "enable.auto.commit", "false", text, sizeof text) != RD_KAFKA_CONF_OK ||
        rd_kafka_conf_set(conf, "enable.partition.eof", "true", text, sizeof text) != RD_KAFKA_CONF_OK ||
        rd_kafka_conf_set(conf, "check.crcs", "true", text, sizeof text) != RD_KAFKA_CONF_OK)
        fail(text);
    bench.consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (bench.consumer == NULL)
        fail(text);
    rd_kafka_poll_set_consumer(bench.consumer);
}

static void assign(const char *prefix)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(bench.partition_count);
    char topic[256];

    snprintf(topic, sizeof topic, "%s.state", prefix);
    for (int32_t i = 0; i < bench.partition_count; i++)
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(bench.consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static void open_views(const char *folder)
{
    struct store_cache *cache = store_cache_new(CACHE_BYTES);
    rocksdb_options_t *options = store_new_options(cache);
    char path[1024];
    char *db_error = NULL;

    bench.views = calloc((size_t)bench.partition_count, sizeof *bench.views);
    bench.write_options = rocksdb_writeoptions_create();
    rocksdb_writeoptions_disable_WAL(bench.write_options, 1);
    for (int32_t i = 0; i < bench.partition_count; i++) {
        snprintf(path, sizeof path, "%s/%" PRId32, folder, i);
        bench.views[i].batch = rocksdb_writebatch_create();
        bench.views[i].db = rocksdb_open(options, path, &db_error);
        if (db_error != NULL)
            fail(db_error);
    }
    rocksdb_options_destroy(options);
}

static void write_batch(struct view *view)
{
    char *db_error = NULL;

    rocksdb_write(view->db, bench.write_options, view->batch, &db_error);
    if (db_error != NULL)
        fail(db_error);
    rocksdb_writebatch_clear(view->batch);
}

static void put_row(const rd_kafka_message_t *message)
{
    struct view *view = &bench.views[message->partition];
    struct row row = {0};
    char text[256];

    if (message->key_len > 0 && *(const char *)message->key == ':')
        return; /* a claim */
    if (row_decode(message->payload, message->len, &row, text, sizeof text) != RC_OK)
        fail(text);
    row_close(&row);
    rocksdb_writebatch_put(view->batch, message->key, message->key_len, message->payload, message->len);
    bench.rows++;
    if (rocksdb_writebatch_count(view->batch) >= BATCH_ROWS)
        write_batch(view);
}

static void read_all(void)
{
    while (bench.ended_count < bench.partition_count) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(bench.consumer, WAIT_MS);

        if (message == NULL)
            continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            write_batch(&bench.views[message->partition]);
            bench.ended_count++;
        } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            put_row(message);
        } else {
            fail(rd_kafka_message_errstr(message));
        }
        rd_kafka_message_destroy(message);
    }
}

int main(int argc, char **argv)
{
    double wall_s;

    if (argc != 5)
        return 64;
    bench.partition_count = atoi(argv[3]);
    open_views(argv[4]);
    open_consumer(argv[1]);
    assign(argv[2]);
    wall_s = read_mono_s();
    read_all();
    wall_s = read_mono_s() - wall_s;
    printf("rows=%lu rows_per_s=%.0f cpu_us=%.2f\n", bench.rows, (double)bench.rows / wall_s,
           read_cpu_s() * 1e6 / (double)bench.rows);
    for (int32_t i = 0; i < bench.partition_count; i++)
        rocksdb_close(bench.views[i].db);
    rd_kafka_consumer_close(bench.consumer);
    rd_kafka_destroy(bench.consumer);
    return 0;
}
