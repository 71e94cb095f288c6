/* kafka_helper: a thread that makes intake's blocking calls, one after another, so that the loop never waits for them.
 *
 * A question becomes its own answer: the helper fills the second half of the struct and wakes the loop's fd.
 *
 * Memory:  kafka_helper_open() gives, kafka_helper_close() takes (with all questions and answers).
 * kafka_helper_ask() takes the question; kafka_helper_take_answer() gives it back, free with intake_question_free().
 * Threads: the functions are called by the loop's thread only.
 */
#ifndef WORKER_KAFKA_HELPER_H
#define WORKER_KAFKA_HELPER_H

#include "coords.h"
#include "kafka.h"
#include "kafka_layout.h"
#include "params.h"
#include "rc.h"
#include "topics.h"
#include <librdkafka/rdkafka.h>
#include <stddef.h>
#include <stdint.h>

enum intake_question_kind {
    INTAKE_ASK_LAYOUT = 1, /* partitions -> layout */
    INTAKE_ASK_LOG_END,    /* partition of `tasks` -> offset */
    INTAKE_ASK_RECORD,     /* coords -> message */
    INTAKE_ASK_BROKERS,    /* -> rc: whether one answers */
    INTAKE_ASK_TRIM,       /* trims -> their log starts */
    INTAKE_ASK_TOPICS,     /* -> rc: whether no task can be lost on them; offset: compaction lag of `state`, in ms */
    INTAKE_ASK_SEEK, /* topic, partition, offset -> rc; RC_UNAVAILABLE also where the stream is not assigned (yet) */
};

struct intake_question {
    enum intake_question_kind kind;
    uint64_t token;
    int32_t *partitions; /* owned */
    size_t partition_list_count;
    struct coords coords;
    struct intake_trim *trims; /* owned */
    size_t trim_count;
    int64_t audit_window_ms; /* a reload may change the setting: the helper's thread must not read it */
    char topic[TOPICS_NAME_MAX_BYTES];

    enum rc rc; /* of the answer; text goes with all but RC_OK and a record's RC_NOT_FOUND */
    char text[KAFKA_ERRSTR_BYTES];
    struct kafka_layout layout;
    int64_t offset;              /* INTAKE_ASK_SEEK: asked */
    rd_kafka_message_t *message; /* owned */

    struct intake_question *prev;
    struct intake_question *next;
};

struct kafka_helper;

/* consumer: the group's; outlives the helper. fd is woken for each answer. RC_UNAVAILABLE: no thread to be had. */
enum rc kafka_helper_open(const struct params *params, const char *client_id, rd_kafka_t *consumer, int fd,
                          struct kafka_helper **ret_helper, char *errstr, size_t errstr_bytes);
/* Waits for the call under way, at most some seconds. NULL is fine. */
void kafka_helper_close(struct kafka_helper *helper);
void kafka_helper_ask(struct kafka_helper *helper, struct intake_question *question);
/* NULL: none. An answer RC_UNAVAILABLE, RC_CONFLICT or RC_DENIED comes after a pause, as that of a missing topic: it
 * can be asked again at once. */
struct intake_question *kafka_helper_take_answer(struct kafka_helper *helper);
struct intake_question *intake_question_new(enum intake_question_kind kind, uint64_t token);
/* NULL is fine. Before the helper that answered is closed. */
void intake_question_free(struct intake_question *question);

#endif
