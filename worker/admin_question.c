#include "admin_question.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <utlist.h>

#include "alloc.h"
#include "invariant.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

enum rc questions_open(struct questions *questions, char *errstr, size_t errstr_bytes)
{
    pthread_condattr_t attributes;

    memset(questions, 0, sizeof *questions);
    questions->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (questions->fd < 0)
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "eventfd: %s", strerror(errno));
    clock_init(&questions->clock);
    pthread_mutex_init(&questions->mutex, NULL);
    pthread_condattr_init(&attributes);
    /* Deadlines come from clock.h's monotonic time. */
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&questions->answered, &attributes);
    pthread_condattr_destroy(&attributes);
    return RC_OK;
}

void questions_shut(struct questions *questions)
{
    pthread_mutex_lock(&questions->mutex);
    questions->is_shut = true;
    pthread_cond_broadcast(&questions->answered);
    pthread_mutex_unlock(&questions->mutex);
}

static void free_question(struct admin_question *question)
{
    buffer_close(&question->answer.text);
    free(question);
}

void questions_close(struct questions *questions)
{
    struct admin_question *question;
    struct admin_question *next;

    DL_FOREACH_SAFE(questions->list, question, next)
    {
        free_question(question);
    }
    questions->list = NULL;
    pthread_cond_destroy(&questions->answered);
    pthread_mutex_destroy(&questions->mutex);
    close(questions->fd);
}

static struct timespec get_deadline(const struct questions *questions, int64_t wait_ms)
{
    int64_t deadline_ns =
        questions->clock.start_mono_ns + (clock_read(&questions->clock).mono_ms + wait_ms) * NS_PER_MS;

    return (struct timespec){.tv_sec = deadline_ns / NS_PER_S, .tv_nsec = deadline_ns % NS_PER_S};
}

/* The handler is done with it; the mutex is held. */
static void leave(struct questions *questions, struct admin_question *question)
{
    if (question->is_taken && !question->is_answered) {
        question->is_abandoned = true;
        return;
    }
    if (!question->is_answered)
        DL_DELETE(questions->list, question);
    free_question(question);
}

enum rc question_ask(struct questions *questions, const struct admin_ask *ask, int64_t wait_ms,
                     struct admin_answer *ret_answer)
{
    struct timespec deadline = get_deadline(questions, wait_ms);
    struct admin_question *question = alloc_zeroed(1, sizeof *question);
    enum rc rc = RC_OK;
    int waited = 0;

    question->ask = *ask;
    pthread_mutex_lock(&questions->mutex);
    DL_APPEND(questions->list, question);
    (void)eventfd_write(questions->fd, 1);
    while (!question->is_answered && !questions->is_shut && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&questions->answered, &questions->mutex, &deadline);
    if (question->is_answered) {
        *ret_answer = question->answer;
        question->answer.text = (struct buffer){0};
    } else {
        rc = questions->is_shut ? RC_CLOSED : RC_TIMEOUT;
    }
    leave(questions, question);
    pthread_mutex_unlock(&questions->mutex);
    return rc;
}

struct admin_question *question_take(struct questions *questions)
{
    struct admin_question *question;
    eventfd_t count;

    pthread_mutex_lock(&questions->mutex);
    DL_FOREACH(questions->list, question)
    {
        if (!question->is_taken)
            break;
    }
    if (question != NULL)
        question->is_taken = true;
    else
        (void)eventfd_read(questions->fd, &count); /* under the mutex: no question can come between */
    pthread_mutex_unlock(&questions->mutex);
    return question;
}

void question_answer(struct questions *questions, struct admin_question *question, struct admin_answer *answer)
{
    pthread_mutex_lock(&questions->mutex);
    INVARIANT(question->is_taken && !question->is_answered);
    DL_DELETE(questions->list, question);
    question->answer = *answer;
    answer->text = (struct buffer){0};
    if (question->is_abandoned) {
        free_question(question);
    } else {
        question->is_answered = true;
        pthread_cond_broadcast(&questions->answered);
    }
    pthread_mutex_unlock(&questions->mutex);
}
