#include "start_check.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIAL_NAME "/.autohttp-check.XXXXXX"

static enum rc fail(const struct params *params, const struct params_source *source, const char *name, const char *why,
                    char *errstr, size_t errstr_bytes)
{
    if (source->kind == PARAMS_FROM_FILE) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s:%d: %s: %s", params->file, source->line, name, why);
    }
    return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: %s", name, why);
}

enum rc start_check_kafka(const struct params *params, char *errstr, size_t errstr_bytes)
{
    char name[256];
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < params->kafka_count; i++) {
        const struct params_kafka_entry *entry = &params->kafka[i];
        if (rd_kafka_conf_set(conf, entry->key, entry->value, why, sizeof why) != RD_KAFKA_CONF_OK) {
            snprintf(name, sizeof name, "kafka.%s", entry->key);
            rc = fail(params, &entry->source, name, why, errstr, errstr_bytes);
        }
    }
    rd_kafka_conf_destroy(conf);
    return rc;
}

/* Makes the folder and what is missing above it. ret_made_bytes: the length of the topmost path that was made; 0: all
 * were there. False, with errno, if one cannot be made. */
static bool make_folders(char *path, size_t *ret_made_bytes)
{
    size_t path_bytes = strlen(path);

    *ret_made_bytes = 0;
    for (size_t i = 1; i <= path_bytes; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        char kept = path[i];
        path[i] = '\0';
        bool is_made = mkdir(path, 0700) == 0;
        bool is_there = is_made || errno == EEXIST;
        path[i] = kept;
        if (!is_there) {
            return false;
        }
        *ret_made_bytes = is_made && *ret_made_bytes == 0 ? i : *ret_made_bytes;
    }
    return true;
}

/* Removes the empty folders from the whole path up to that of made_bytes. */
static void remove_folders(char *path, size_t made_bytes)
{
    for (size_t i = strlen(path); made_bytes > 0 && i >= made_bytes; i--) {
        if (path[i] == '/' || path[i] == '\0') {
            path[i] = '\0';
            rmdir(path);
        }
    }
}

static bool can_write(const char *folder)
{
    char path[PATH_MAX + sizeof TRIAL_NAME];

    snprintf(path, sizeof path, "%s" TRIAL_NAME, folder);
    int fd = mkstemp(path);
    if (fd < 0) {
        return false;
    }
    unlink(path);
    return close(fd) == 0;
}

enum rc start_check_state_dir(const struct params *params, char *errstr, size_t errstr_bytes)
{
    const struct params_source *source = &params->sources[PARAMS_ID_state_dir];
    char path[PATH_MAX];
    char why[PATH_MAX + 128];
    size_t made_bytes = 0;
    int error = 0;

    if (snprintf(path, sizeof path, "%s", params->state_dir) >= (int)sizeof path) {
        return fail(params, source, "state_dir", "the path is too long", errstr, errstr_bytes);
    }
    if (!make_folders(path, &made_bytes) || !can_write(path)) {
        error = errno;
    }
    remove_folders(path, made_bytes);
    if (error != 0) {
        snprintf(why, sizeof why, "cannot write in %s: %s", params->state_dir, strerror(error));
        return fail(params, source, "state_dir", why, errstr, errstr_bytes);
    }
    return RC_OK;
}
