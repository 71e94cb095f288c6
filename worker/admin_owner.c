#include "admin_owner.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "admin_group.h"
#include "alloc.h"
#include "clock.h"
#include "invariant.h"
#include "kafka.h"
#include "topics.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

struct admin_owner {
    const struct params *params;
    char *client_id;
    char *group_id;
    char topic[TOPICS_NAME_MAX_BYTES];
    struct clock clock;
    rd_kafka_t *client; /* NULL until the first question; only the thread that asks touches it */

    pthread_mutex_t mutex; /* for all below */
    pthread_cond_t told;   /* is_asking became false */
    bool is_asking;        /* one thread is at the brokers, without the mutex */
    struct admin_members members;
    bool is_known;         /* members are what the brokers told */
    int64_t asked_mono_ms; /* when that was asked */
    uint64_t forgotten_count;
};

enum rc admin_owner_open(const struct params *params, const char *client_id, struct admin_owner **ret_owner,
                         char *errstr, size_t errstr_bytes)
{
    struct admin_owner *owner = alloc_zeroed(1, sizeof *owner);
    pthread_condattr_t attributes;
    int error;

    pthread_condattr_init(&attributes);
    /* Deadlines come from clock.h's monotonic time. */
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    error = pthread_cond_init(&owner->told, &attributes);
    pthread_condattr_destroy(&attributes);
    if (error != 0) {
        free(owner);
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "condition variable: %s", strerror(error));
    }
    pthread_mutex_init(&owner->mutex, NULL);
    clock_init(&owner->clock);
    owner->params = params;
    owner->client_id = alloc_text(client_id);
    owner->group_id = alloc_text(params->group_id[0] == '\0' ? params->topic_prefix : params->group_id);
    topics_print_name(params->topic_prefix, TOPIC_TASKS, 0, owner->topic);
    *ret_owner = owner;
    return RC_OK;
}

void admin_owner_close(struct admin_owner *owner)
{
    if (owner == NULL)
        return;
    if (owner->client != NULL)
        rd_kafka_destroy(owner->client);
    admin_members_close(&owner->members);
    pthread_cond_destroy(&owner->told);
    pthread_mutex_destroy(&owner->mutex);
    free(owner->group_id);
    free(owner->client_id);
    free(owner);
}

void admin_owner_forget(struct admin_owner *owner)
{
    pthread_mutex_lock(&owner->mutex);
    owner->is_known = false;
    owner->forgotten_count++;
    pthread_mutex_unlock(&owner->mutex);
}

static enum rc open_client(struct admin_owner *owner, char *errstr, size_t errstr_bytes)
{
    const struct kafka_setting settings[] = {{NULL, NULL}};

    return kafka_open(owner->params, RD_KAFKA_PRODUCER, owner->client_id, settings, 0, &owner->client, errstr,
                      errstr_bytes);
}

/* The mutex is held, and let go while the brokers are asked. */
static enum rc ask_group(struct admin_owner *owner, int64_t timeout_ms, char *errstr, size_t errstr_bytes)
{
    int64_t asked_mono_ms = clock_read(&owner->clock).mono_ms;
    uint64_t forgotten_count = owner->forgotten_count;
    struct admin_members members = {0};
    enum rc rc = RC_OK;

    owner->is_asking = true;
    pthread_mutex_unlock(&owner->mutex);
    if (owner->client == NULL)
        rc = open_client(owner, errstr, errstr_bytes);
    if (rc == RC_OK)
        rc = admin_group_describe(owner->client, owner->group_id, owner->topic, timeout_ms, &members, errstr,
                                  errstr_bytes);
    pthread_mutex_lock(&owner->mutex);
    owner->is_asking = false;
    pthread_cond_broadcast(&owner->told);
    if (rc != RC_OK) {
        admin_members_close(&members);
        return RC_UNAVAILABLE;
    }
    admin_members_close(&owner->members);
    owner->members = members;
    owner->asked_mono_ms = asked_mono_ms;
    owner->is_known = forgotten_count == owner->forgotten_count;
    return RC_OK;
}

static bool is_fresh(const struct admin_owner *owner)
{
    return owner->is_known && clock_read(&owner->clock).mono_ms - owner->asked_mono_ms < ADMIN_OWNER_KEPT_MS;
}

/* Until nobody asks; false at the deadline. The mutex is held. */
static bool wait_for_the_other(struct admin_owner *owner, int64_t deadline_mono_ms)
{
    int64_t deadline_ns = owner->clock.start_mono_ns + deadline_mono_ms * NS_PER_MS;
    struct timespec deadline = {.tv_sec = deadline_ns / NS_PER_S, .tv_nsec = deadline_ns % NS_PER_S};
    int waited = 0;

    while (owner->is_asking && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&owner->told, &owner->mutex, &deadline);
    return !owner->is_asking;
}

/* After RC_OK owner->members may be read. The mutex is held. */
static enum rc learn_members(struct admin_owner *owner, int64_t timeout_ms, char *errstr, size_t errstr_bytes)
{
    int64_t deadline_mono_ms = clock_read(&owner->clock).mono_ms + timeout_ms;
    int64_t left_ms;

    if (is_fresh(owner))
        return RC_OK;
    if (!wait_for_the_other(owner, deadline_mono_ms))
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "describe group %s: no answer in time", owner->group_id);
    if (is_fresh(owner))
        return RC_OK;
    left_ms = deadline_mono_ms - clock_read(&owner->clock).mono_ms;
    return ask_group(owner, left_ms > 0 ? left_ms : 1, errstr, errstr_bytes);
}

enum rc admin_owner_find(struct admin_owner *owner, int32_t partition, int64_t timeout_ms, char *ret_address,
                         size_t address_bytes, char *errstr, size_t errstr_bytes)
{
    const char *address;
    enum rc rc;

    INVARIANT(address_bytes >= ADMIN_OWNER_ADDRESS_BYTES);
    pthread_mutex_lock(&owner->mutex);
    rc = learn_members(owner, timeout_ms, errstr, errstr_bytes);
    if (rc != RC_OK)
        goto out;
    address = admin_members_get_address(&owner->members, partition);
    if (address == NULL) {
        rc = rc_fail(RC_NOT_FOUND, errstr, errstr_bytes,
                     "no worker of group %s owns partition %" PRId32 " of %s: none is running, or it is starting",
                     owner->group_id, partition, owner->topic);
        goto out;
    }
    snprintf(ret_address, address_bytes, "%s", address);
out:
    pthread_mutex_unlock(&owner->mutex);
    return rc;
}
