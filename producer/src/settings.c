#include "settings.h"

#include "decimal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MS_PER_S 1000

static const struct {
    const char *name;
    size_t field; /* offset of an int64_t in struct settings */
    int64_t min;
    int64_t max;
    bool is_schedule;
} NUMBERS[] = {
    {"timeout_ms", offsetof(struct settings, timeout_ms), TASK_TIMEOUT_MIN_MS, TASK_TIMEOUT_MAX_MS, false},
    {"connect_timeout_ms", offsetof(struct settings, connect_timeout_ms), 1, TASK_TIMEOUT_MAX_MS, false},
    {"save_timeout_ms", offsetof(struct settings, save_timeout_ms), 1, 86400000, false},
    {"response_max", offsetof(struct settings, response_max_bytes), 0, INT64_C(1) << 30, false},
    {"retry_step_default_time", offsetof(struct settings, step_time), 0, TASK_STEP_TIME_MAX, true},
};

/* A setting of one word out of two; the second one is the default. */
static const struct {
    const char *name;
    size_t field; /* offset of a bool */
    const char *yes;
    const char *no;
} CHOICES[] = {
    {"task_add_if_success", offsetof(struct settings, task_add_if_success), "true", "false"},
    {"status_updates", offsetof(struct settings, follows_events), "events", "off"},
};

/* Names that belong to workers, or to libraries that poll; refused, for who sets them expects an effect. */
static const struct {
    const char *name;
    const char *reason;
} REFUSED[] = {
    {"loop_interval", "do not set it: nothing polls, a task is taken the moment it is due"},
    {"auto_clean_enable", "workers clean; set it in their configuration"},
    {"auto_clean_success_time", "workers clean; set it in their configuration"},
    {"auto_clean_failure_time", "workers clean; set it in their configuration"},
    {"auto_clean_stopped_time", "workers clean; set it in their configuration"},
    {"auto_clean_loop_interval", "workers clean; set it in their configuration"},
};

void settings_init(struct settings *settings)
{
    *settings = (struct settings){
        .timeout_ms = 30000,
        .connect_timeout_ms = 5000,
        .save_timeout_ms = 10000,
        .response_max_bytes = (int64_t)16 << 20,
        .retry_type = TASK_RETRY_STEP,
        .step_ms = TASK_STEP_DEFAULT_INTERVAL_MS,
    };
}

void settings_close(struct settings *settings)
{
    free(settings->ca_file);
    settings->ca_file = NULL;
}

enum rc settings_copy(const struct settings *settings, struct settings *ret_copy)
{
    char *ca_file = NULL;

    if (settings->ca_file != NULL && (ca_file = strdup(settings->ca_file)) == NULL) {
        return RC_NO_MEMORY;
    }
    *ret_copy = *settings;
    ret_copy->ca_file = ca_file;
    return RC_OK;
}

static enum rc set_step_interval(struct settings *settings, const char *value, char *errstr, size_t errstr_bytes)
{
    int64_t step_ms = 0;

    if (decimal_parse_seconds(value, strlen(value), TASK_WAIT_MAX_MS, &step_ms) != RC_OK || step_ms < 1) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes,
                       "retry_step_default_interval: %.40s is not a number of seconds in 0.001..%d", value,
                       (int)(TASK_WAIT_MAX_MS / MS_PER_S));
    }
    settings->step_ms = step_ms;
    settings->has_default_schedule = true;
    return RC_OK;
}

/* "60,300,1800"; "" is the empty ladder. */
static enum rc set_ladder(struct settings *settings, const char *value, char *errstr, size_t errstr_bytes)
{
    int64_t ladder_ms[TASK_LADDER_MAX];
    int64_t count = 0;
    const char *next = value;

    while (*next != '\0' || (count > 0 && next[-1] == ',')) {
        size_t wait_bytes = strcspn(next, ",");
        if (count == TASK_LADDER_MAX ||
            decimal_parse_seconds(next, wait_bytes, TASK_WAIT_MAX_MS, &ladder_ms[count]) != RC_OK) {
            return rc_fail(
                RC_INVALID, errstr, errstr_bytes,
                "retry_ladder_default_interval: %.40s is not a list of at most %d numbers of seconds in 0..%d", value,
                TASK_LADDER_MAX, (int)(TASK_WAIT_MAX_MS / MS_PER_S));
        }
        count++;
        next += wait_bytes + (next[wait_bytes] == ',' ? 1 : 0);
    }
    memcpy(settings->ladder_ms, ladder_ms, (size_t)count * sizeof ladder_ms[0]);
    settings->ladder_count = count;
    settings->has_default_schedule = true;
    return RC_OK;
}

static enum rc set_retry_type(struct settings *settings, const char *value, char *errstr, size_t errstr_bytes)
{
    if (task_retry_type_parse(value, &settings->retry_type) != RC_OK) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "retry_type_default: %.40s is neither step nor ladder", value);
    }
    settings->has_default_schedule = true;
    return RC_OK;
}

static enum rc set_ca_file(struct settings *settings, const char *value, char *errstr, size_t errstr_bytes)
{
    char *copy = strdup(value);

    if (copy == NULL) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "ca_file: no memory");
    }
    free(settings->ca_file);
    settings->ca_file = copy;
    return RC_OK;
}

static enum rc set_number(struct settings *settings, size_t i, const char *value, char *errstr, size_t errstr_bytes)
{
    char *end = NULL;
    long long number = 0;

    errno = 0;
    number = strtoll(value, &end, 10);
    if (errno != 0 || value[0] < '0' || value[0] > '9' || *end != '\0' || number < NUMBERS[i].min ||
        number > NUMBERS[i].max) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: %.40s is not a number in %lld..%lld", NUMBERS[i].name,
                       value, (long long)NUMBERS[i].min, (long long)NUMBERS[i].max);
    }
    *(int64_t *)(void *)((char *)settings + NUMBERS[i].field) = number;
    settings->has_default_schedule |= NUMBERS[i].is_schedule;
    return RC_OK;
}

static enum rc set_choice(struct settings *settings, size_t i, const char *value, char *errstr, size_t errstr_bytes)
{
    bool is_yes = strcmp(value, CHOICES[i].yes) == 0;

    if (!is_yes && strcmp(value, CHOICES[i].no) != 0) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: %.40s is neither %s nor %s", CHOICES[i].name, value,
                       CHOICES[i].yes, CHOICES[i].no);
    }
    *(bool *)((char *)settings + CHOICES[i].field) = is_yes;
    return RC_OK;
}

static enum rc set_text(struct settings *settings, const char *name, const char *value, char *errstr,
                        size_t errstr_bytes)
{
    if (strcmp(name, "ca_file") == 0) {
        return set_ca_file(settings, value, errstr, errstr_bytes);
    }
    if (strcmp(name, "retry_type_default") == 0) {
        return set_retry_type(settings, value, errstr, errstr_bytes);
    }
    if (strcmp(name, "retry_step_default_interval") == 0) {
        return set_step_interval(settings, value, errstr, errstr_bytes);
    }
    if (strcmp(name, "retry_ladder_default_interval") == 0) {
        return set_ladder(settings, value, errstr, errstr_bytes);
    }
    return RC_NOT_FOUND;
}

enum rc settings_set(struct settings *settings, const char *name, const char *value, char *errstr, size_t errstr_bytes)
{
    for (size_t i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++) {
        if (strcmp(name, REFUSED[i].name) == 0) {
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s may not be set: %s", name, REFUSED[i].reason);
        }
    }
    for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0]; i++) {
        if (strcmp(name, NUMBERS[i].name) == 0) {
            return set_number(settings, i, value, errstr, errstr_bytes);
        }
    }
    for (size_t i = 0; i < sizeof CHOICES / sizeof CHOICES[0]; i++) {
        if (strcmp(name, CHOICES[i].name) == 0) {
            return set_choice(settings, i, value, errstr, errstr_bytes);
        }
    }
    return set_text(settings, name, value, errstr, errstr_bytes);
}

void settings_fill_schedule(const struct settings *settings, struct task *view)
{
    view->retry_type = settings->retry_type;
    view->has_retry_type = true;
    if (settings->retry_type == TASK_RETRY_LADDER) {
        view->ladder_interval_ms = settings->ladder_ms;
        view->ladder_count = (uint32_t)settings->ladder_count;
        view->has_ladder_interval = true;
        view->step_interval_ms = 0;
        view->step_time = 0;
        return;
    }
    view->step_interval_ms = settings->step_ms;
    view->step_time = settings->step_time;
    view->has_step_interval = true;
    view->has_step_time = true;
}
