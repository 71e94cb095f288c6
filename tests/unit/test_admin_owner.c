/* The owner of a partition: what is kept, when the brokers are asked, and by whom. The linker puts a group of the
 * test's own in the brokers' place (--wrap); without one the real question is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin_group.h"
#include "admin_owner.h"
#include "alloc.h"
#include "clock.h"

#define TIMEOUT_MS 5000
#define THREAD_COUNT 4

enum rc __real_admin_group_describe(rd_kafka_t *client, const char *group_id, const char *topic, int64_t timeout_ms,
                                    struct admin_members *ret_members, char *errstr, size_t errstr_bytes);
enum rc __wrap_admin_group_describe(rd_kafka_t *client, const char *group_id, const char *topic, int64_t timeout_ms,
                                    struct admin_members *ret_members, char *errstr, size_t errstr_bytes);

static struct {
    bool is_real;
    enum rc rc;
    const char *client_id;
    int32_t partition;
    atomic_int asked_count;
    atomic_int waiting_count; /* threads about to ask */
    bool holds;               /* the answer waits until THREAD_COUNT threads are there */
    struct admin_owner *forgets;
    char group_id[64];
    char topic[64];
} group;

enum rc __wrap_admin_group_describe(rd_kafka_t *client, const char *group_id, const char *topic, int64_t timeout_ms,
                                    struct admin_members *ret_members, char *errstr, size_t errstr_bytes)
{
    atomic_fetch_add(&group.asked_count, 1);
    if (group.is_real)
        return __real_admin_group_describe(client, group_id, topic, timeout_ms, ret_members, errstr, errstr_bytes);
    assert_non_null(client);
    assert_in_range(timeout_ms, 1, TIMEOUT_MS);
    snprintf(group.group_id, sizeof group.group_id, "%s", group_id);
    snprintf(group.topic, sizeof group.topic, "%s", topic);
    while (group.holds && atomic_load(&group.waiting_count) < THREAD_COUNT)
        sched_yield();
    if (group.forgets != NULL)
        admin_owner_forget(group.forgets);
    admin_members_add(ret_members, group.client_id, group.partition);
    return group.rc == RC_OK ? RC_OK : rc_fail(group.rc, errstr, errstr_bytes, "the coordinator is moving");
}

struct fixture {
    struct params params;
    struct admin_owner *owner;
    char address[ADMIN_OWNER_ADDRESS_BYTES];
    char errstr[512];
};

static void init_params(struct params *params)
{
    params->topic_prefix = alloc_text("shop");
    params->group_id = alloc_text("");
    params->file = alloc_text("");
    params->kafka = alloc_zeroed(1, sizeof params->kafka[0]);
    params->kafka_count = 1;
    params->kafka[0].key = alloc_text("bootstrap.servers");
    params->kafka[0].value = alloc_text("127.0.0.1:1"); /* nobody listens there */
}

static int set_up(void **state)
{
    struct fixture *fixture = alloc_zeroed(1, sizeof *fixture);

    memset(&group, 0, sizeof group);
    group.client_id = "autohttp@10.0.0.7:8080";
    group.partition = 3;
    init_params(&fixture->params);
    assert_int_equal(
        admin_owner_open(&fixture->params, "autohttp", &fixture->owner, fixture->errstr, sizeof fixture->errstr),
        RC_OK);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    admin_owner_close(fixture->owner);
    params_close(&fixture->params);
    free(fixture);
    return 0;
}

static enum rc find(struct fixture *fixture, int32_t partition)
{
    return admin_owner_find(fixture->owner, partition, TIMEOUT_MS, fixture->address, sizeof fixture->address,
                            fixture->errstr, sizeof fixture->errstr);
}

static void address_is_that_of_the_member_with_the_partition(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(find(fixture, 3), RC_OK);
    assert_string_equal(fixture->address, "10.0.0.7:8080");
    assert_string_equal(group.group_id, "shop"); /* no group_id is set */
    assert_string_equal(group.topic, "shop.tasks");
}

static void group_id_outranks_the_prefix(void **state)
{
    struct fixture *fixture = *state;

    admin_owner_close(fixture->owner);
    free(fixture->params.group_id);
    fixture->params.group_id = alloc_text("workers");
    assert_int_equal(admin_owner_open(&fixture->params, "autohttp", &fixture->owner, NULL, 0), RC_OK);
    assert_int_equal(find(fixture, 3), RC_OK);
    assert_string_equal(group.group_id, "workers");
}

static void partition_of_nobody_is_not_found_and_says_so(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(find(fixture, 4), RC_NOT_FOUND);
    assert_string_equal(fixture->errstr, "no worker of group shop owns partition 4 of shop.tasks: none is running, or "
                                         "it is starting");
    assert_string_equal(fixture->address, "");
}

static void description_is_kept_for_every_partition(void **state)
{
    struct fixture *fixture = *state;
    struct clock clock;

    clock_init(&clock);
    assert_int_equal(find(fixture, 3), RC_OK);
    assert_int_equal(find(fixture, 4), RC_NOT_FOUND);
    assert_int_equal(find(fixture, 3), RC_OK);
    if (clock_read(&clock).mono_ms < ADMIN_OWNER_KEPT_MS) /* a machine that stood still asks again, and may */
        assert_int_equal(atomic_load(&group.asked_count), 1);
}

static void description_is_asked_again_when_it_is_old(void **state)
{
    struct fixture *fixture = *state;
    struct clock clock;

    assert_int_equal(find(fixture, 3), RC_OK);
    group.client_id = "autohttp@10.0.0.8:8080";
    clock_init(&clock);
    while (atomic_load(&group.asked_count) == 1) {
        assert_int_equal(find(fixture, 3), RC_OK);
        assert_true(clock_read(&clock).mono_ms < 20 * ADMIN_OWNER_KEPT_MS);
        usleep(1000);
    }
    assert_string_equal(fixture->address, "10.0.0.8:8080");
}

static void forgotten_description_is_asked_again_at_once(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(find(fixture, 3), RC_OK);
    group.client_id = "autohttp@10.0.0.8:8080";
    admin_owner_forget(fixture->owner);
    assert_int_equal(find(fixture, 3), RC_OK);
    assert_string_equal(fixture->address, "10.0.0.8:8080");
}

static void description_asked_before_it_was_forgotten_is_not_kept(void **state)
{
    struct fixture *fixture = *state;

    group.forgets = fixture->owner;
    assert_int_equal(find(fixture, 3), RC_OK);
    group.forgets = NULL;
    assert_int_equal(find(fixture, 3), RC_OK);
    assert_int_equal(atomic_load(&group.asked_count), 2);
}

static void failure_says_why_and_is_not_kept(void **state)
{
    struct fixture *fixture = *state;

    group.rc = RC_UNAVAILABLE;
    assert_int_equal(find(fixture, 3), RC_UNAVAILABLE);
    assert_string_equal(fixture->errstr, "the coordinator is moving");
    group.rc = RC_OK;
    assert_int_equal(find(fixture, 3), RC_OK);
}

static void *find_in_thread(void *opaque)
{
    struct fixture *fixture = opaque;
    char address[ADMIN_OWNER_ADDRESS_BYTES];
    char errstr[512];
    enum rc rc;

    atomic_fetch_add(&group.waiting_count, 1);
    rc = admin_owner_find(fixture->owner, 3, TIMEOUT_MS, address, sizeof address, errstr, sizeof errstr);
    return rc == RC_OK && strcmp(address, "10.0.0.7:8080") == 0 ? fixture : NULL;
}

static void threads_share_one_question(void **state)
{
    struct fixture *fixture = *state;
    pthread_t threads[THREAD_COUNT];
    void *is_right;

    group.holds = true;
    for (size_t i = 0; i < THREAD_COUNT; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, find_in_thread, fixture), 0);
    for (size_t i = 0; i < THREAD_COUNT; i++) {
        assert_int_equal(pthread_join(threads[i], &is_right), 0);
        assert_non_null(is_right);
    }
    assert_int_equal(atomic_load(&group.asked_count), 1);
}

static void thread_that_waits_for_another_gives_up_in_time(void **state)
{
    struct fixture *fixture = *state;
    pthread_t asks;
    void *is_right;

    group.holds = true;
    assert_int_equal(pthread_create(&asks, NULL, find_in_thread, fixture), 0);
    while (atomic_load(&group.asked_count) == 0)
        sched_yield();
    assert_int_equal(admin_owner_find(fixture->owner, 3, 20, fixture->address, sizeof fixture->address, fixture->errstr,
                                      sizeof fixture->errstr),
                     RC_UNAVAILABLE);
    assert_string_equal(fixture->errstr, "describe group shop: no answer in time");
    atomic_store(&group.waiting_count, THREAD_COUNT);
    assert_int_equal(pthread_join(asks, &is_right), 0);
    assert_non_null(is_right);
}

static void brokers_that_do_not_answer_are_told_in_time(void **state)
{
    struct fixture *fixture = *state;
    struct clock clock;

    group.is_real = true;
    clock_init(&clock);
    assert_int_equal(admin_owner_find(fixture->owner, 3, 300, fixture->address, sizeof fixture->address,
                                      fixture->errstr, sizeof fixture->errstr),
                     RC_UNAVAILABLE);
    assert_true(clock_read(&clock).mono_ms < 3000);
    assert_non_null(strstr(fixture->errstr, "describe group shop: "));
}

static void setting_that_librdkafka_refuses_is_named(void **state)
{
    struct fixture *fixture = *state;

    free(fixture->params.kafka[0].key);
    fixture->params.kafka[0].key = alloc_text("no.such.key");
    assert_int_equal(find(fixture, 3), RC_UNAVAILABLE);
    assert_non_null(strstr(fixture->errstr, "no.such.key"));
    assert_int_equal(atomic_load(&group.asked_count), 0);
}

static void owner_that_was_never_asked_closes(void **state)
{
    (void)state; /* set_up and tear_down do it */
    admin_owner_close(NULL);
}

static void members_without_an_address_own_nothing(void **state)
{
    struct admin_members members = {0};

    (void)state;
    assert_null(admin_members_get_address(&members, 0));
    admin_members_add(&members, "rdkafka", 0);
    admin_members_add(&members, "autohttp@", 1);
    admin_members_add(&members, "AUTOHTTP@10.0.0.7:1", 2);
    admin_members_add(&members, "", 3);
    assert_int_equal(members.count, 0);
    admin_members_close(&members);
}

static void each_partition_has_its_members_address(void **state)
{
    struct admin_members members = {0};

    (void)state;
    for (int32_t i = 0; i < 100; i++)
        admin_members_add(&members, i % 2 == 0 ? "autohttp@even:1" : "autohttp@[::1]:8081", i);
    assert_string_equal(admin_members_get_address(&members, 98), "even:1");
    assert_string_equal(admin_members_get_address(&members, 99), "[::1]:8081");
    assert_null(admin_members_get_address(&members, 100));
    admin_members_close(&members);
    assert_null(admin_members_get_address(&members, 98));
    admin_members_close(&members);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(address_is_that_of_the_member_with_the_partition),
        CASE(group_id_outranks_the_prefix),
        CASE(partition_of_nobody_is_not_found_and_says_so),
        CASE(description_is_kept_for_every_partition),
        CASE(description_is_asked_again_when_it_is_old),
        CASE(forgotten_description_is_asked_again_at_once),
        CASE(description_asked_before_it_was_forgotten_is_not_kept),
        CASE(failure_says_why_and_is_not_kept),
        CASE(threads_share_one_question),
        CASE(thread_that_waits_for_another_gives_up_in_time),
        CASE(brokers_that_do_not_answer_are_told_in_time),
        CASE(setting_that_librdkafka_refuses_is_named),
        CASE(owner_that_was_never_asked_closes),
        cmocka_unit_test(members_without_an_address_own_nothing),
        cmocka_unit_test(each_partition_has_its_members_address),
    };

    return cmocka_run_group_tests_name("admin_owner", tests, NULL, NULL);
}
