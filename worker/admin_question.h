/* admin_question: the queue of requests that wait for the loop to answer.
 *
 *   asked --taken by the loop--> taken --answered--> the handler wakes and reads the answer
 *     |                            |
 *     +--the handler's time is up--+--> the handler goes; a taken question stays until the loop answers it, unheard
 *
 * So a question that the loop holds is never freed under it, whenever its handler gives up.
 *
 * Memory:  questions_open() fills the caller's struct. A question's texts are its own.
 * Threads: question_ask() by handlers, question_take() and question_answer() by the loop, questions_shut() by who
 * closes; questions_close() when no handler is left.
 */
#ifndef WORKER_ADMIN_QUESTION_H
#define WORKER_ADMIN_QUESTION_H

#include "admin_ask.h"
#include "clock.h"
#include "rc.h"
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct admin_question {
    struct admin_question *prev;
    struct admin_question *next;
    struct admin_ask ask;
    bool is_taken;     /* the loop holds it */
    bool is_answered;  /* answer is set */
    bool is_abandoned; /* its handler has gone: whoever answers frees it */
    struct admin_answer answer;
};

struct questions {
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    struct clock clock;
    int fd;                      /* eventfd; readable while a question may wait */
    bool is_shut;                /* nobody waits any more */
    struct admin_question *list; /* not yet answered, oldest first: utlist */
};

enum rc questions_open(struct questions *questions, char *errstr, size_t errstr_bytes);
/* Wakes all who wait; from now on question_ask() gives RC_CLOSED at once. */
void questions_shut(struct questions *questions);
/* Frees everything, also what the loop took and did not answer. */
void questions_close(struct questions *questions);

/* Asks and waits. RC_OK: *ret_answer, whose text the caller closes; RC_TIMEOUT after wait_ms; RC_CLOSED. */
enum rc question_ask(struct questions *questions, const struct admin_ask *ask, int64_t wait_ms,
                     struct admin_answer *ret_answer);
/* The oldest question that was not taken; NULL if none, and fd is then quiet. */
struct admin_question *question_take(struct questions *questions);
/* Once for each question taken; it is gone afterwards. Takes the answer's text. */
void question_answer(struct questions *questions, struct admin_question *question, struct admin_answer *answer);

#endif
