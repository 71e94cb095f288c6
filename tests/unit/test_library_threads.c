/* One handle, many threads: every publish is reported once, every id is another. Meant for ThreadSanitizer, too. */
#include "autohttp.h"
#include "cmocka_all.h"
#include "test_library_broker.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define T AUTOHTTP_TEXT
#define THREAD_COUNT 8
#define TASKS_PER_THREAD 250
#define SYNC_EVERY 50
#define TASK_COUNT (THREAD_COUNT * TASKS_PER_THREAD)
#define WAIT_MS 60000
#define INLINE_EVERY 25

struct shared {
    autohttp_t *handle;
    autohttp_task_t *same_task; /* published by all threads at once */
    atomic_int report_count;
    atomic_int failure_count;
    uint64_t ids[TASK_COUNT + THREAD_COUNT]; /* written by the handle's thread, read after the flush */
};

struct worker {
    pthread_t thread;
    struct shared *shared;
    int number;
};

static void on_delivery(const autohttp_delivery_t *delivery, void *opaque)
{
    struct shared *shared = opaque;

    if (autohttp_delivery_get_rc(delivery) != AUTOHTTP_OK) {
        atomic_fetch_add(&shared->failure_count, 1);
        return;
    }
    shared->ids[atomic_fetch_add(&shared->report_count, 1)] = autohttp_delivery_get_id(delivery);
}

/* A call that fails at once, for nobody listens there, and is saved. */
static enum autohttp_rc call_one(struct worker *worker, const char *business_id)
{
    autohttp_call_t *call = autohttp_call_new();
    autohttp_result_t *result =
        autohttp_get(worker->shared->handle, "inline", business_id, "http://127.0.0.1:1/", call);
    enum autohttp_rc rc = autohttp_result_get_rc(result);

    if (autohttp_result_get_outcome(result) != AUTOHTTP_SAVED) {
        rc = AUTOHTTP_UNKNOWN;
    }
    autohttp_result_free(result);
    autohttp_call_free(call);
    return rc;
}

static enum autohttp_rc publish_one(struct worker *worker, int i)
{
    struct shared *shared = worker->shared;
    char business_id[32];
    autohttp_task_t *task = autohttp_task_new();
    enum autohttp_rc rc = AUTOHTTP_OK;

    snprintf(business_id, sizeof business_id, "%d-%d", worker->number, i);
    autohttp_task_set_business_key(task, "thread", T, business_id, T);
    autohttp_task_set_url(task, "http://127.0.0.1/", T);
    rc = autohttp_publish(shared->handle, task, on_delivery, shared, NULL, 0);
    if (rc == AUTOHTTP_OK && i % SYNC_EVERY == 0) {
        rc = autohttp_publish_sync(shared->handle, task, WAIT_MS, NULL, NULL, 0);
        autohttp_queue_count(shared->handle);
        autohttp_flush(shared->handle, 1);
    }
    autohttp_task_free(task);
    if (rc == AUTOHTTP_OK && i % INLINE_EVERY == 0) {
        rc = call_one(worker, business_id);
    }
    return rc;
}

/* cmocka's assertions work in the main thread only: failures are counted. */
static void *run_worker(void *opaque)
{
    struct worker *worker = opaque;
    struct shared *shared = worker->shared;

    for (int i = 0; i < TASKS_PER_THREAD; i++) {
        if (publish_one(worker, i) != AUTOHTTP_OK) {
            atomic_fetch_add(&shared->failure_count, 1);
        }
    }
    if (autohttp_publish(shared->handle, shared->same_task, on_delivery, shared, NULL, 0) != AUTOHTTP_OK) {
        atomic_fetch_add(&shared->failure_count, 1);
    }
    return NULL;
}

static int compare_ids(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

static void eight_threads_share_a_handle(void **state)
{
    static struct shared shared;
    struct worker workers[THREAD_COUNT];
    struct broker broker;

    (void)state;
    broker_open(&broker);
    shared.handle = broker_make_handle(&broker, NULL, NULL);
    shared.same_task = autohttp_task_new();
    autohttp_task_set_business_key(shared.same_task, "thread", T, "same", T);
    autohttp_task_set_url(shared.same_task, "http://127.0.0.1/", T);
    for (int i = 0; i < THREAD_COUNT; i++) {
        workers[i] = (struct worker){.shared = &shared, .number = i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]), 0);
    }
    for (int i = 0; i < THREAD_COUNT; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    assert_int_equal(autohttp_flush(shared.handle, WAIT_MS), AUTOHTTP_OK);
    assert_int_equal(atomic_load(&shared.failure_count), 0);
    assert_int_equal(atomic_load(&shared.report_count), TASK_COUNT + THREAD_COUNT);
    assert_int_equal(autohttp_queue_count(shared.handle), 0);
    autohttp_free(shared.handle, WAIT_MS);
    qsort(shared.ids, TASK_COUNT + THREAD_COUNT, sizeof shared.ids[0], compare_ids);
    for (int i = 1; i < TASK_COUNT + THREAD_COUNT; i++) {
        assert_true(shared.ids[i - 1] != shared.ids[i]);
    }
    autohttp_task_free(shared.same_task);
    broker_close(&broker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_threads_share_a_handle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
