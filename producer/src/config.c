#include "config.h"

#include "codes.h"
#include "rc.h"
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_FILE_MAX_BYTES 65536
#define FILE_SUFFIX "_file"
/* The first release whose idempotent producer raises no spurious fatal errors. */
#define KAFKA_VERSION_2_3_0 0x02030000

/* Numbers of ours that librdkafka holds under another name. */
static const struct number_setting {
    const char *name;
    const char *kafka_name;
    long long min;
    long long max;
    long long divisor; /* from our unit to librdkafka's, rounding up */
} NUMBER_SETTINGS[] = {
    {"queue_max_count", "queue.buffering.max.messages", 1, 10000000, 1},
    {"queue_max_bytes", "queue.buffering.max.kbytes", 4LL << 20, 1LL << 40, 1024},
    {"delivery_timeout_ms", "message.timeout.ms", 1000, 86400000, 1},
};

static const char *const SECRETS[] = {
    "sasl.password", "ssl.key.password", "ssl.key.pem", "ssl.keystore.password", "sasl.oauthbearer.client.secret",
};

/* Settings that librdkafka knows and a caller may not touch, and why. */
static const struct {
    const char *name;
    const char *reason;
} REFUSED[] = {
    {"acks", "it is always all: nothing less keeps a task"},
    {"request.required.acks", "it is always all: nothing less keeps a task"},
    {"enable.idempotence", "it is chosen by librdkafka's version"},
    {"enable.gapless.guarantee", "it needs nothing that autohttp keeps"},
    {"transactional.id", "transactions are not used"},
    {"partitioner", "a task goes to the home of its business key"},
    {"delivery.report.only.error", "every publish is reported"},
    {"dr_cb", "every publish is reported"},
    {"log.queue", "messages come through autohttp_config_set_log_cb()"},
    {"enabled_events", "the library sets it"},
    {"message.timeout.ms", "set delivery_timeout_ms"},
    {"delivery.timeout.ms", "set delivery_timeout_ms"},
    {"queue.buffering.max.messages", "set queue_max_count"},
    {"queue.buffering.max.kbytes", "set queue_max_bytes"},
};

static const struct {
    const char *name;
    const char *value;
} DEFAULTS[] = {
    {"acks", "all"},
    {"partitioner", "murmur2"}, /* the key is never empty, so this is Java's default partitioner */
    {"compression.type", "lz4"},
    {"linger.ms", "5"},
    {"socket.nagle.disable", "true"},
    {"client.id", "libautohttp"},
    {"topic.metadata.propagation.max.ms",
     "5000"}, /* how long a missing topic may still turn up before it is an error */
    {"log.queue", "true"},
    {"message.timeout.ms", "120000"},
    {"message.max.bytes", "2162688"},
    {"queue.buffering.max.messages", "100000"},
    {"queue.buffering.max.kbytes", "262144"},
};

_Static_assert(TOPICS_TASKS_MAX_MESSAGE_BYTES == 2162688, "message.max.bytes above is that of the topic");

static void drop_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka;
    (void)level;
    (void)facility;
    (void)text;
}

static bool set_defaults(rd_kafka_conf_t *kafka)
{
    char errstr[8];
    const char *idempotence = rd_kafka_version() >= KAFKA_VERSION_2_3_0 ? "true" : "false";

    for (size_t i = 0; i < sizeof DEFAULTS / sizeof DEFAULTS[0]; i++) {
        if (rd_kafka_conf_set(kafka, DEFAULTS[i].name, DEFAULTS[i].value, errstr, sizeof errstr) != RD_KAFKA_CONF_OK) {
            return false;
        }
    }
    return rd_kafka_conf_set(kafka, "enable.idempotence", idempotence, errstr, sizeof errstr) == RD_KAFKA_CONF_OK;
}

autohttp_config_t *autohttp_config_new(void)
{
    autohttp_config_t *config = calloc(1, sizeof *config);

    if (config == NULL) {
        return NULL;
    }
    config->kafka = rd_kafka_conf_new();
    if (config->kafka == NULL || !set_defaults(config->kafka)) {
        autohttp_config_free(config);
        return NULL;
    }
    settings_init(&config->settings);
    snprintf(config->topic_prefix, sizeof config->topic_prefix, "autohttp");
    rd_kafka_conf_set_events(config->kafka, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
    /* librdkafka's own default prints to stderr until the log queue is in place. */
    rd_kafka_conf_set_log_cb(config->kafka, drop_log);
    return config;
}

void autohttp_config_free(autohttp_config_t *config)
{
    if (config == NULL) {
        return;
    }
    if (config->kafka != NULL) {
        rd_kafka_conf_destroy(config->kafka);
    }
    settings_close(&config->settings);
    free(config);
}

void autohttp_config_set_log_cb(autohttp_config_t *config, autohttp_log_cb cb, void *opaque)
{
    config->log_cb = cb;
    config->log_opaque = opaque;
}

void autohttp_config_set_task_building_cb(autohttp_config_t *config, autohttp_task_building_cb cb, void *opaque)
{
    config->settings.building_cb = cb;
    config->settings.building_opaque = opaque;
}

void autohttp_config_set_task_result_valid_cb(autohttp_config_t *config, autohttp_task_result_valid_cb cb, void *opaque)
{
    config->settings.valid_cb = cb;
    config->settings.valid_opaque = opaque;
}

void autohttp_config_set_task_status_update_cb(autohttp_config_t *config, autohttp_task_status_update_cb cb,
                                               void *opaque)
{
    config->settings.update_cb = cb;
    config->settings.update_opaque = opaque;
}

rd_kafka_conf_t *config_make_kafka(const autohttp_config_t *config)
{
    return rd_kafka_conf_dup(config->kafka);
}

static enum rc set_kafka(autohttp_config_t *config, const char *name, const char *value, char *errstr,
                         size_t errstr_bytes)
{
    char kafka_errstr[256] = "";

    if (rd_kafka_conf_set(config->kafka, name, value, kafka_errstr, sizeof kafka_errstr) == RD_KAFKA_CONF_OK) {
        return RC_OK;
    }
    return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: %s", name, kafka_errstr);
}

static enum rc set_topic_prefix(autohttp_config_t *config, const char *value, char *errstr, size_t errstr_bytes)
{
    size_t value_bytes = strlen(value);

    for (size_t i = 0; i < value_bytes; i++) {
        unsigned char c = (unsigned char)value[i];
        if (c > 127 || (!isalnum(c) && strchr("._-", c) == NULL)) {
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "topic_prefix: only letters, digits and ._- are allowed");
        }
    }
    if (value_bytes == 0 || value_bytes >= sizeof config->topic_prefix) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "topic_prefix has %zu bytes, not 1..%zu", value_bytes,
                       sizeof config->topic_prefix - 1);
    }
    memcpy(config->topic_prefix, value, value_bytes + 1);
    return RC_OK;
}

static enum rc set_number(autohttp_config_t *config, const struct number_setting *setting, const char *value,
                          char *errstr, size_t errstr_bytes)
{
    char kafka_value[32];
    char *end = NULL;
    long long number = 0;

    errno = 0;
    number = strtoll(value, &end, 10);
    if (errno != 0 || !isdigit((unsigned char)value[0]) || *end != '\0' || number < setting->min ||
        number > setting->max) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: %.40s is not a number in %lld..%lld", setting->name,
                       value, setting->min, setting->max);
    }
    snprintf(kafka_value, sizeof kafka_value, "%lld", (number + setting->divisor - 1) / setting->divisor);
    return set_kafka(config, setting->kafka_name, kafka_value, errstr, errstr_bytes);
}

/* Fills a text of `capacity` bytes with the file's bytes, without one line end at their end. */
static enum rc read_secret(const char *name, const char *path, char *ret_text, size_t capacity, char *errstr,
                           size_t errstr_bytes)
{
    size_t byte_count = 0;
    int read_errno = 0;
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: %s: %s", name, path, strerror(errno));
    }
    byte_count = fread(ret_text, 1, capacity, file);
    read_errno = ferror(file) ? errno : 0;
    fclose(file);
    if (read_errno != 0) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: %s: %s", name, path, strerror(read_errno));
    }
    if (byte_count == capacity || memchr(ret_text, '\0', byte_count) != NULL) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: %s has a NUL or over %zu bytes", name, path,
                       capacity - 1);
    }
    if (byte_count > 0 && ret_text[byte_count - 1] == '\n') {
        byte_count--;
    }
    ret_text[byte_count] = '\0';
    return RC_OK;
}

static enum rc set_secret(autohttp_config_t *config, const char *name, const char *secret, const char *path,
                          char *errstr, size_t errstr_bytes)
{
    enum rc rc = RC_OK;
    char *text = malloc(SECRET_FILE_MAX_BYTES + 1);

    if (text == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "%s: no memory", name);
    }
    rc = read_secret(name, path, text, SECRET_FILE_MAX_BYTES + 1, errstr, errstr_bytes);
    if (rc == RC_OK && rd_kafka_conf_set(config->kafka, secret, text, NULL, 0) != RD_KAFKA_CONF_OK) {
        /* librdkafka's text might quote the secret */
        rc = rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: librdkafka does not take the content of %s", name, path);
    }
    explicit_bzero(text, SECRET_FILE_MAX_BYTES + 1);
    free(text);
    return rc;
}

/* The librdkafka secret whose name followed by _file is this name; NULL if there is none. */
static const char *find_secret(const char *name)
{
    for (size_t i = 0; i < sizeof SECRETS / sizeof SECRETS[0]; i++) {
        size_t secret_bytes = strlen(SECRETS[i]);
        if (strncmp(name, SECRETS[i], secret_bytes) == 0 && strcmp(name + secret_bytes, FILE_SUFFIX) == 0) {
            return SECRETS[i];
        }
    }
    return NULL;
}

static const struct number_setting *find_number(const char *name)
{
    for (size_t i = 0; i < sizeof NUMBER_SETTINGS / sizeof NUMBER_SETTINGS[0]; i++) {
        if (strcmp(NUMBER_SETTINGS[i].name, name) == 0) {
            return &NUMBER_SETTINGS[i];
        }
    }
    return NULL;
}

static const char *find_refusal(const char *name)
{
    for (size_t i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++) {
        if (strcmp(REFUSED[i].name, name) == 0) {
            return REFUSED[i].reason;
        }
    }
    return NULL;
}

static enum rc set_any(autohttp_config_t *config, const char *name, const char *value, char *errstr,
                       size_t errstr_bytes)
{
    const struct number_setting *number = find_number(name);
    const char *secret = find_secret(name);
    const char *refusal = find_refusal(name);
    enum rc rc = settings_set(&config->settings, name, value, errstr, errstr_bytes);

    if (rc != RC_NOT_FOUND) {
        return rc;
    }
    if (refusal != NULL) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s may not be set: %s", name, refusal);
    }
    if (strcmp(name, "topic_prefix") == 0) {
        return set_topic_prefix(config, value, errstr, errstr_bytes);
    }
    if (number != NULL) {
        return set_number(config, number, value, errstr, errstr_bytes);
    }
    if (secret != NULL) {
        return set_secret(config, name, secret, value, errstr, errstr_bytes);
    }
    return set_kafka(config, name, value, errstr, errstr_bytes);
}

enum autohttp_rc autohttp_config_set(autohttp_config_t *config, const char *name, const char *value, char *errstr,
                                     size_t errstr_bytes)
{
    if (config == NULL || name == NULL || value == NULL) {
        return codes_from_rc(rc_fail(RC_INVALID, errstr, errstr_bytes, "config, name or value is NULL"));
    }
    return codes_from_rc(set_any(config, name, value, errstr, errstr_bytes));
}
