/* Questions between the admin port's threads and the loop: many at once, given up, closed over. Made for TSan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <curl/curl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin.h"
#include "admin_question.h"

#define CLIENT_COUNT 8
#define CALLS_EACH 50

struct client {
    pthread_t thread;
    char address[64];
    int number;
    int call_count;
    long last_status; /* 0: no answer came */
    int good_count;
    char body[256];
};

static struct stats stats;

static size_t take_body(char *bytes, size_t size, size_t count, void *opaque)
{
    strncat(opaque, bytes, size * count < 200 ? size * count : 200);
    return size * count;
}

/* Asks for keys of its own on one kept-alive connection. */
static void *run_client(void *opaque)
{
    struct client *client = opaque;
    CURL *easy = curl_easy_init();
    char url[256];
    char wanted[64];

    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, client->body);
    for (int i = 0; i < client->call_count; i++) {
        client->body[0] = '\0';
        client->last_status = 0;
        snprintf(url, sizeof url, "http://%s/v1/tasks/t/%d-%d", client->address, client->number, i);
        snprintf(wanted, sizeof wanted, "t:%d-%d\n", client->number, i);
        curl_easy_setopt(easy, CURLOPT_URL, url);
        if (curl_easy_perform(easy) == CURLE_OK)
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &client->last_status);
        client->good_count += client->last_status == 200 && strcmp(client->body, wanted) == 0;
    }
    curl_easy_cleanup(easy);
    return NULL;
}

static struct params params = {
    .admin_listen = "127.0.0.1:0", .admin_advertise = "", .topic_prefix = "test", .group_id = ""};

static struct admin *open_admin(void)
{
    struct admin *admin = NULL;
    char errstr[256];

    stats_init(&stats);
    assert_int_equal(admin_open(&params, &stats, &admin, errstr, sizeof errstr), RC_OK);
    return admin;
}

static void start_clients(struct client *clients, int client_count, int call_count, struct admin *admin)
{
    for (int i = 0; i < client_count; i++) {
        memset(&clients[i], 0, sizeof clients[i]);
        clients[i].number = i;
        clients[i].call_count = call_count;
        snprintf(clients[i].address, sizeof clients[i].address, "%s", admin_get_address(admin));
        assert_int_equal(pthread_create(&clients[i].thread, NULL, run_client, &clients[i]), 0);
    }
}

static void wait_readable(int fd)
{
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};

    assert_int_equal(poll(&pollfd, 1, 10000), 1);
}

/* Takes the next question, waiting for it. */
static struct admin_question *take_next(struct admin *admin, const struct admin_ask **ret_ask)
{
    struct admin_question *question = NULL;

    while (!admin_take_question(admin, &question, ret_ask))
        wait_readable(admin_get_fd(admin));
    return question;
}

static void answer_text(struct admin *admin, struct admin_question *question, const char *text, size_t text_bytes)
{
    struct admin_answer answer = {.http_status = 200};

    buffer_append(&answer.text, text, text_bytes);
    admin_answer(admin, question, &answer);
}

static void concurrent_questions_get_their_own_answers(void **state)
{
    struct client clients[CLIENT_COUNT];
    struct admin *admin = open_admin();

    (void)state;
    start_clients(clients, CLIENT_COUNT, CALLS_EACH, admin);
    for (int i = 0; i < CLIENT_COUNT * CALLS_EACH; i++) {
        const struct admin_ask *ask = NULL;
        struct admin_question *question = take_next(admin, &ask);

        admin_note_turn(admin, i);
        admin_set_ready(admin, i % 2 == 0, "turning");
        answer_text(admin, question, ask->key, ask->key_bytes);
    }
    for (int i = 0; i < CLIENT_COUNT; i++) {
        pthread_join(clients[i].thread, NULL);
        assert_int_equal(clients[i].good_count, CALLS_EACH);
    }
    admin_close(admin);
}

/* Also the last: closing frees what was taken and never answered. */
static void close_wakes_those_who_wait(void **state)
{
    struct client clients[CLIENT_COUNT];
    struct admin *admin = open_admin();
    const struct admin_ask *ask = NULL;

    (void)state;
    start_clients(clients, CLIENT_COUNT, 1, admin);
    take_next(admin, &ask);
    admin_close(admin);
    for (int i = 0; i < CLIENT_COUNT; i++) {
        pthread_join(clients[i].thread, NULL);
        assert_true(clients[i].last_status == 503 || clients[i].last_status == 0);
    }
}

static void unanswered_question_is_503_after_five_seconds(void **state)
{
    struct client client;
    struct admin *admin = open_admin();
    const struct admin_ask *ask = NULL;
    struct admin_question *question;
    struct clock clock;

    (void)state;
    clock_init(&clock);
    start_clients(&client, 1, 1, admin);
    question = take_next(admin, &ask);
    pthread_join(client.thread, NULL);
    assert_int_equal(client.last_status, 503);
    assert_non_null(strstr(client.body, "did not answer in time"));
    assert_in_range(clock_read(&clock).mono_ms, 4900, 15000);
    /* The handler has gone; the loop's key is still good, and so is answering. */
    assert_memory_equal(ask->key, "t:0-0", ask->key_bytes);
    answer_text(admin, question, "late", 4);
    admin_close(admin);
}

struct asker {
    struct questions *questions;
    int64_t wait_ms;
    enum rc rc;
    struct admin_answer answer;
};

static void *run_asker(void *opaque)
{
    struct asker *asker = opaque;

    const struct admin_ask ask = {.kind = ADMIN_ASK_KEY, .key = "a:1", .key_bytes = 3};

    asker->rc = question_ask(asker->questions, &ask, asker->wait_ms, &asker->answer);
    return NULL;
}

static void question_given_up_before_it_is_taken_is_never_seen(void **state)
{
    struct questions questions;
    struct asker asker = {.questions = &questions, .wait_ms = 1};
    char errstr[64];

    (void)state;
    assert_int_equal(questions_open(&questions, errstr, sizeof errstr), RC_OK);
    run_asker(&asker);
    assert_int_equal(asker.rc, RC_TIMEOUT);
    assert_null(question_take(&questions));
    questions_close(&questions);
}

static void question_after_shutting_is_refused_at_once(void **state)
{
    struct questions questions;
    struct asker asker = {.questions = &questions, .wait_ms = 60000};
    char errstr[64];

    (void)state;
    assert_int_equal(questions_open(&questions, errstr, sizeof errstr), RC_OK);
    questions_shut(&questions);
    run_asker(&asker);
    assert_int_equal(asker.rc, RC_CLOSED);
    questions_close(&questions);
}

/* Answers race with handlers that give up about then: whoever comes second frees the question. */
static void answer_races_with_giving_up(void **state)
{
    struct questions questions;
    char errstr[64];

    (void)state;
    assert_int_equal(questions_open(&questions, errstr, sizeof errstr), RC_OK);
    for (int i = 0; i < 200; i++) {
        struct asker asker = {.questions = &questions, .wait_ms = 1 + i % 3};
        struct admin_question *question;
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, run_asker, &asker), 0);
        wait_readable(questions.fd);
        question = question_take(&questions);
        if (question != NULL) {
            struct pollfd nothing = {.fd = -1};

            poll(&nothing, 1, i % 4);
            struct admin_answer answer = {.http_status = 200};

            buffer_append_char(&answer.text, 'x');
            question_answer(&questions, question, &answer);
        }
        pthread_join(thread, NULL);
        assert_true(asker.rc == RC_TIMEOUT || (asker.rc == RC_OK && asker.answer.text.len_bytes == 1));
        buffer_close(&asker.answer.text);
        assert_null(question_take(&questions));
    }
    questions_close(&questions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(concurrent_questions_get_their_own_answers),
        cmocka_unit_test(close_wakes_those_who_wait),
        cmocka_unit_test(unanswered_question_is_503_after_five_seconds),
        cmocka_unit_test(question_given_up_before_it_is_taken_is_never_seen),
        cmocka_unit_test(question_after_shutting_is_refused_at_once),
        cmocka_unit_test(answer_races_with_giving_up),
    };

    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
