#include "kafka.h"

#include <string.h>
#include <sys/eventfd.h>
#include <syslog.h>
#include <unistd.h>

#include "log.h"

/* Every client tells of every try to connect, for as long as a broker is away. */
static bool is_about_connection(const char *facility)
{
    return strcmp(facility, "FAIL") == 0 || strcmp(facility, "ERROR") == 0;
}

static enum log_level map_level(int level, const char *facility)
{
    if (level > LOG_WARNING || is_about_connection(facility)) {
        return LOG_LEVEL_DEBUG;
    }
    return level == LOG_WARNING ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR;
}

static void log_line(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    const char *name = client == NULL ? "" : rd_kafka_name(client);

    log_seldom(map_level(level, facility), facility, "kafka_client", LOG_TEXT("client", name),
               LOG_TEXT("facility", facility), LOG_TEXT("text", text));
}

bool kafka_is_connection_error(rd_kafka_resp_err_t err)
{
    return err == RD_KAFKA_RESP_ERR__TRANSPORT || err == RD_KAFKA_RESP_ERR__RESOLVE ||
           err == RD_KAFKA_RESP_ERR__TIMED_OUT || err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

void kafka_log_error(const char *client, rd_kafka_resp_err_t err, const char *text)
{
    enum log_level level = kafka_is_connection_error(err) ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN;

    log_seldom(level, rd_kafka_err2name(err), "kafka_error", LOG_TEXT("client", client),
               LOG_TEXT("code", rd_kafka_err2name(err)), LOG_TEXT("text", text));
}

static enum rc apply_settings(rd_kafka_conf_t *conf, const struct kafka_setting *settings, char *errstr,
                              size_t errstr_bytes)
{
    char why[KAFKA_ERRSTR_BYTES];

    for (; settings->name != NULL; settings++) {
        if (rd_kafka_conf_set(conf, settings->name, settings->value, why, sizeof why) != RD_KAFKA_CONF_OK) {
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "librdkafka %s: %s", rd_kafka_version_str(), why);
        }
    }
    return RC_OK;
}

static enum rc apply_entry(rd_kafka_conf_t *conf, const struct params *params, const struct params_kafka_entry *entry,
                           char *errstr, size_t errstr_bytes)
{
    char why[KAFKA_ERRSTR_BYTES];

    if (rd_kafka_conf_set(conf, entry->key, entry->value, why, sizeof why) == RD_KAFKA_CONF_OK) {
        return RC_OK;
    }
    if (entry->is_secret) { /* librdkafka's text quotes the value */
        (void)rc_fail(RC_INVALID, why, sizeof why, "the value is not accepted");
    }
    if (entry->source.kind == PARAMS_FROM_FILE) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s:%d: kafka: %s: %s", params->file, entry->source.line,
                       entry->key, why);
    }
    return rc_fail(RC_INVALID, errstr, errstr_bytes, "kafka: %s: %s", entry->key, why);
}

static enum rc apply_params(rd_kafka_conf_t *conf, const struct params *params, char *errstr, size_t errstr_bytes)
{
    for (size_t i = 0; i < params->kafka_count; i++) {
        enum rc rc = apply_entry(conf, params, &params->kafka[i], errstr, errstr_bytes);
        if (rc != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

enum rc kafka_open(const struct params *params, rd_kafka_type_t type, const char *client_id,
                   const struct kafka_setting *settings, int events, rd_kafka_t **ret_client, char *errstr,
                   size_t errstr_bytes)
{
    const struct kafka_setting shared[] = {
        {"client.id", client_id},
        {"socket.nagle.disable", "true"}, /* off below 2.10: small requests would wait for acknowledgements */
        {"socket.keepalive.enable", "true"},
        {"allow.auto.create.topics", "false"},
        {"reconnect.backoff.max.ms", "2000"}, /* so long an outage goes on after its end */
        {NULL, NULL},
    };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[KAFKA_ERRSTR_BYTES];
    enum rc rc = apply_settings(conf, shared, errstr, errstr_bytes);

    if (rc == RC_OK) {
        rc = apply_settings(conf, settings, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = apply_params(conf, params, errstr, errstr_bytes);
    }
    if (rc != RC_OK) {
        goto out;
    }
    rd_kafka_conf_set_log_cb(conf, log_line);
    rd_kafka_conf_set_events(conf, events);
    *ret_client = rd_kafka_new(type, conf, why, sizeof why);
    if (*ret_client == NULL) {
        rc = rc_fail(RC_INVALID, errstr, errstr_bytes, "kafka: %s", why);
        goto out;
    }
    conf = NULL; /* the client's now */
out:
    if (conf != NULL) {
        rd_kafka_conf_destroy(conf);
    }
    return rc;
}

int kafka_open_fd(void)
{
    return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

void kafka_wake_fd(int fd)
{
    const uint64_t one = 1;

    /* It can only fail when the counter is at its end, and then the fd is readable. */
    ssize_t written_bytes = write(fd, &one, sizeof one);
    (void)written_bytes;
}

void kafka_clear_fd(int fd)
{
    uint64_t count;

    /* Nothing to read: nobody wrote since. */
    ssize_t read_bytes = read(fd, &count, sizeof count);
    (void)read_bytes;
}

void kafka_watch_queue(rd_kafka_queue_t *queue, int fd)
{
    const uint64_t one = 1;

    rd_kafka_queue_io_event_enable(queue, fd, &one, sizeof one);
}
