/* mock_kafka: librdkafka's mock cluster of one broker, held open for a test program that tells it what to answer.
 *
 *   mock_kafka PARTITIONS TOPIC...     prints host:port, then answers each line of stdin by a line:
 *
 *   push API RTT_MS CODE...   the next requests of that kind get these errors (0: none), late by RTT_MS   -> ok
 *   left API                  how many of them were not met yet                                            -> a number
 *   topics CODE               metadata of every topic answers with that error; 0: no more                  -> ok
 *   rtt MS                    every answer is late by that                                                 -> ok
 *
 * API and CODE are numbers of Kafka's protocol. Ends at the end of stdin; exit 64: a line that it does not know.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BROKER_ID 1
#define LINE_MAX_BYTES 1024
#define EXIT_USAGE 64

struct server {
    rd_kafka_t *client; /* carries the cluster */
    rd_kafka_mock_cluster_t *cluster;
    char **topics;
    int topic_count;
};

static bool open_server(struct server *server, int partition_count)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[512];

    rd_kafka_conf_set(conf, "log_level", "0", text, sizeof text);
    server->client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (server->client == NULL) {
        fprintf(stderr, "mock_kafka: %s\n", text);
        rd_kafka_conf_destroy(conf);
        return false;
    }
    server->cluster = rd_kafka_mock_cluster_new(server->client, 1);
    for (int i = 0; i < server->topic_count; i++) {
        rd_kafka_mock_topic_create(server->cluster, server->topics[i], partition_count, 1);
    }
    return true;
}

static void close_server(struct server *server)
{
    rd_kafka_mock_cluster_destroy(server->cluster);
    rd_kafka_destroy(server->client);
}

/* words: API RTT_MS CODE... */
static void push(struct server *server, char *words)
{
    int16_t api = (int16_t)strtol(words, &words, 10);
    int rtt_ms = (int)strtol(words, &words, 10);

    for (char *end = words;; words = end) {
        long code = strtol(words, &end, 10);

        if (end == words) {
            return;
        }
        rd_kafka_mock_broker_push_request_error_rtts(server->cluster, BROKER_ID, api, 1, (rd_kafka_resp_err_t)code,
                                                     rtt_ms);
    }
}

static size_t count_left(const struct server *server, const char *words)
{
    size_t count = 0;

    rd_kafka_mock_broker_error_stack_cnt(server->cluster, BROKER_ID, (int16_t)atol(words), &count);
    return count;
}

static void set_topics_error(struct server *server, const char *words)
{
    for (int i = 0; i < server->topic_count; i++) {
        rd_kafka_mock_topic_set_error(server->cluster, server->topics[i], (rd_kafka_resp_err_t)atol(words));
    }
}

/* False: no such line. */
static bool obey(struct server *server, char *line)
{
    if (strncmp(line, "left ", 5) == 0) {
        printf("%zu\n", count_left(server, line + 5));
        return true;
    }
    if (strncmp(line, "push ", 5) == 0) {
        push(server, line + 5);
    } else if (strncmp(line, "topics ", 7) == 0) {
        set_topics_error(server, line + 7);
    } else if (strncmp(line, "rtt ", 4) == 0) {
        rd_kafka_mock_broker_set_rtt(server->cluster, BROKER_ID, atoi(line + 4));
    } else {
        return false;
    }
    puts("ok");
    return true;
}

int main(int argc, char **argv)
{
    struct server server = {.topics = argv + 2, .topic_count = argc - 2};
    char line[LINE_MAX_BYTES];
    int status = EXIT_SUCCESS;

    if (argc < 3 || atoi(argv[1]) < 1) {
        fputs("usage: mock_kafka PARTITIONS TOPIC...\n", stderr);
        return EXIT_USAGE;
    }
    if (!open_server(&server, atoi(argv[1]))) {
        return EXIT_FAILURE;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts(rd_kafka_mock_cluster_bootstraps(server.cluster));
    while (status == EXIT_SUCCESS && fgets(line, sizeof line, stdin) != NULL) {
        status = obey(&server, line) ? EXIT_SUCCESS : EXIT_USAGE;
    }
    close_server(&server);
    return status;
}
