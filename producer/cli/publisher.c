#include "publisher.h"

#include <stdio.h>
#include <string.h>

#define TOPIC_TIMEOUT_MS 3000 /* after which a topic that is not there is taken as missing, not as brand new */
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

static void take_log(int level, const char *text, void *opaque)
{
    struct publisher *publisher = opaque;

    reason_keep(&publisher->reason, level, text);
}

static enum autohttp_rc fill_config(const struct settings *settings, autohttp_config_t *config, char *errstr,
                                    size_t errstr_bytes)
{
    const char *const own[][2] = {{"bootstrap.servers", settings->bootstrap},
                                  {"topic_prefix", settings->topic_prefix},
                                  {"client.id", "autohttp-cli"},
                                  {"delivery_timeout_ms", TEXT(PUBLISHER_TIMEOUT_MS)},
                                  {"topic.metadata.propagation.max.ms", TEXT(TOPIC_TIMEOUT_MS)}};
    enum autohttp_rc rc = AUTOHTTP_OK;

    for (size_t i = 0; rc == AUTOHTTP_OK && i < sizeof own / sizeof own[0]; i++) {
        rc = autohttp_config_set(config, own[i][0], own[i][1], errstr, errstr_bytes);
    }
    for (size_t i = 0; rc == AUTOHTTP_OK && i < settings->params.kafka_count; i++) {
        const struct params_kafka_entry *entry = &settings->params.kafka[i];
        if (strcmp(entry->key, "bootstrap.servers") != 0) {
            rc = autohttp_config_set(config, entry->key, entry->value, errstr, errstr_bytes);
        }
    }
    return rc;
}

enum rc publisher_open(const struct settings *settings, struct publisher *ret_publisher, char *errstr,
                       size_t errstr_bytes)
{
    enum rc rc = RC_OK;
    autohttp_config_t *config = autohttp_config_new();

    if (config == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    }
    memset(ret_publisher, 0, sizeof *ret_publisher);
    reason_init(&ret_publisher->reason);
    autohttp_config_set_log_cb(config, take_log, ret_publisher);
    rc = publisher_map_rc(fill_config(settings, config, errstr, errstr_bytes));
    if (rc == RC_OK) {
        ret_publisher->handle = autohttp_new(config, errstr, errstr_bytes);
        rc = ret_publisher->handle != NULL ? RC_OK : RC_INVALID;
    }
    autohttp_config_free(config);
    if (rc != RC_OK) {
        publisher_close(ret_publisher);
    }
    return rc;
}

void publisher_close(struct publisher *publisher)
{
    autohttp_free(publisher->handle, 0);
    publisher->handle = NULL;
    reason_close(&publisher->reason); /* last: the handle's thread may log until it has ended */
}

static const enum rc mapped[] = {
    [AUTOHTTP_OK] = RC_OK,
    [AUTOHTTP_INVALID] = RC_INVALID,
    [AUTOHTTP_UNSUPPORTED] = RC_UNSUPPORTED,
    [AUTOHTTP_TOO_LARGE] = RC_TOO_LARGE,
    [AUTOHTTP_NO_MEMORY] = RC_NO_MEMORY,
    [AUTOHTTP_FULL] = RC_FULL,
    [AUTOHTTP_TIMEOUT] = RC_TIMEOUT,
    [AUTOHTTP_UNKNOWN] = RC_TIMEOUT,
    [AUTOHTTP_UNAVAILABLE] = RC_UNAVAILABLE,
    [AUTOHTTP_DENIED] = RC_DENIED,
    [AUTOHTTP_NOT_FOUND] = RC_UNAVAILABLE, /* the topic: nothing can be published, whatever is asked */
    [AUTOHTTP_CLOSED] = RC_UNAVAILABLE,
    [AUTOHTTP_FATAL] = RC_UNAVAILABLE,
};

enum rc publisher_map_rc(enum autohttp_rc library_rc)
{
    return (size_t)library_rc < sizeof mapped / sizeof mapped[0] ? mapped[library_rc] : RC_UNAVAILABLE;
}

enum rc publisher_judge(struct publisher *publisher, enum autohttp_rc library_rc, char *errstr, size_t errstr_bytes)
{
    size_t used = strlen(errstr);
    enum rc rc = publisher_map_rc(library_rc);

    if (library_rc == AUTOHTTP_NOT_FOUND) {
        snprintf(errstr + used, errstr_bytes - used, "; create the topics with: autohttp topics apply --execute");
        return rc;
    }
    if ((rc != RC_UNAVAILABLE && rc != RC_TIMEOUT) || !reason_append(&publisher->reason, errstr, errstr_bytes)) {
        return rc;
    }
    if (reason_is_denial(&publisher->reason)) {
        return RC_DENIED;
    }
    /* Not sent for want of a broker: that is more than "try again". */
    return library_rc == AUTOHTTP_TIMEOUT ? RC_UNAVAILABLE : rc;
}

void publisher_take_delivery(const autohttp_delivery_t *delivery, void *opaque)
{
    struct publisher_answer *answer = opaque;

    answer->rc = autohttp_delivery_get_rc(delivery);
    answer->id = autohttp_delivery_get_id(delivery);
    answer->partition = autohttp_delivery_get_partition(delivery);
    answer->offset = autohttp_delivery_get_offset(delivery);
    snprintf(answer->errstr, sizeof answer->errstr, "%s", autohttp_delivery_get_errstr(delivery));
}

void publisher_flush(struct publisher *publisher)
{
    if (autohttp_flush(publisher->handle, REASON_TELL_MS) == AUTOHTTP_TIMEOUT) {
        reason_tell(&publisher->reason);
        /* Ends when the library has decided on every record: within its delivery timeout. */
        autohttp_flush(publisher->handle, -1);
    }
}

enum rc publisher_finish(struct publisher *publisher, enum autohttp_rc library_rc,
                         const struct publisher_answer *answer, char *errstr, size_t errstr_bytes)
{
    if (library_rc == AUTOHTTP_OK) {
        publisher_flush(publisher);
        library_rc = answer->rc;
        snprintf(errstr, errstr_bytes, "%s", answer->errstr);
    }
    return publisher_judge(publisher, library_rc, errstr, errstr_bytes);
}
