#include "sync.h"

#include "client.h"
#include "codes.h"
#include "rc.h"
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

struct waiter {
    pthread_mutex_t mutex; /* for all below */
    pthread_cond_t reported;
    int reference_count;
    bool is_reported;
    struct autohttp_delivery delivery;
};

/* Monotonic, so that a step of the wall clock neither ends nor prolongs a wait. */
static bool init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    bool is_ok = false;

    if (pthread_condattr_init(&attributes) != 0) {
        return false;
    }
    is_ok =
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 && pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return is_ok;
}

static struct waiter *waiter_new(void)
{
    struct waiter *waiter = calloc(1, sizeof *waiter);

    if (waiter == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&waiter->mutex, NULL) != 0) {
        free(waiter);
        return NULL;
    }
    if (!init_condition(&waiter->reported)) {
        pthread_mutex_destroy(&waiter->mutex);
        free(waiter);
        return NULL;
    }
    waiter->reference_count = 2;
    return waiter;
}

static void waiter_release(struct waiter *waiter)
{
    int left = 0;

    pthread_mutex_lock(&waiter->mutex);
    left = --waiter->reference_count;
    pthread_mutex_unlock(&waiter->mutex);
    if (left > 0) {
        return;
    }
    pthread_cond_destroy(&waiter->reported);
    pthread_mutex_destroy(&waiter->mutex);
    free(waiter);
}

static void waiter_on_delivery(const autohttp_delivery_t *delivery, void *opaque)
{
    struct waiter *waiter = opaque;

    pthread_mutex_lock(&waiter->mutex);
    waiter->delivery = *delivery;
    waiter->is_reported = true;
    pthread_cond_signal(&waiter->reported);
    pthread_mutex_unlock(&waiter->mutex);
    waiter_release(waiter);
}

static struct timespec get_deadline(int timeout_ms)
{
    struct timespec deadline;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += timeout_ms / 1000;
    deadline.tv_nsec += (timeout_ms % 1000) * 1000000L;
    if (deadline.tv_nsec >= 1000000000L) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000L;
    }
    return deadline;
}

/* False if no report came in time; then *ret_delivery is untouched. */
static bool waiter_wait(struct waiter *waiter, int timeout_ms, struct autohttp_delivery *ret_delivery)
{
    struct timespec deadline = get_deadline(timeout_ms < 0 ? 0 : timeout_ms);
    int wait_error = 0;
    bool is_reported = false;

    pthread_mutex_lock(&waiter->mutex);
    while (!waiter->is_reported && wait_error != ETIMEDOUT) {
        wait_error = timeout_ms < 0 ? pthread_cond_wait(&waiter->reported, &waiter->mutex)
                                    : pthread_cond_timedwait(&waiter->reported, &waiter->mutex, &deadline);
    }
    is_reported = waiter->is_reported;
    if (is_reported) {
        *ret_delivery = waiter->delivery;
    }
    pthread_mutex_unlock(&waiter->mutex);
    return is_reported;
}

static enum autohttp_rc wait_for_report(struct waiter *waiter, int timeout_ms, struct autohttp_delivery *ret_delivery,
                                        char *errstr, size_t errstr_bytes)
{
    struct autohttp_delivery delivery;

    if (!waiter_wait(waiter, timeout_ms, &delivery)) {
        rc_fail(RC_TIMEOUT, errstr, errstr_bytes, "no acknowledgement within %d ms; it may still be appended",
                timeout_ms);
        return AUTOHTTP_UNKNOWN;
    }
    if (delivery.rc != AUTOHTTP_OK) {
        rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "%s", delivery.errstr);
        return delivery.rc;
    }
    *ret_delivery = delivery;
    return AUTOHTTP_OK;
}

enum autohttp_rc sync_send(autohttp_t *handle, sync_send_cb send, void *what, int timeout_ms,
                           struct autohttp_delivery *ret_delivery, char *errstr, size_t errstr_bytes)
{
    enum autohttp_rc rc = AUTOHTTP_OK;
    struct waiter *waiter = NULL;

    if (handle == NULL || client_is_own_thread(handle)) {
        rc_fail(RC_INVALID, errstr, errstr_bytes, "handle is NULL, or a callback waits for its own thread");
        return AUTOHTTP_INVALID;
    }
    waiter = waiter_new();
    if (waiter == NULL) {
        return codes_from_rc(rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "no memory to wait"));
    }
    rc = send(handle, what, waiter_on_delivery, waiter, errstr, errstr_bytes);
    if (rc != AUTOHTTP_OK) {
        waiter_release(waiter); /* the callback's: it will not be called */
    } else {
        rc = wait_for_report(waiter, timeout_ms, ret_delivery, errstr, errstr_bytes);
    }
    waiter_release(waiter);
    return rc;
}
