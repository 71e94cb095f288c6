#include "script.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "options.h"

#define NUMBER_BYTES 16

struct script_counter {
    char *key;
    uint32_t call_count;
    UT_hash_handle hh;
};

static enum rc parse_status(const char *text, size_t text_bytes, unsigned *ret_status, char *errstr,
                            size_t errstr_bytes)
{
    char number[NUMBER_BYTES] = "";
    char why[128] = "too long";
    int64_t value = 0;
    enum rc rc = RC_INVALID;

    if (text_bytes < sizeof number) {
        memcpy(number, text, text_bytes);
        rc = options_parse_number(number, SCRIPT_STATUS_LOWEST, SCRIPT_STATUS_HIGHEST, &value, why, sizeof why);
    }
    if (rc != RC_OK) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "status: %s", why);
    }
    *ret_status = (unsigned)value;
    return RC_OK;
}

enum rc script_init(const char *text, struct script *ret_script, char *errstr, size_t errstr_bytes)
{
    const char *part = text != NULL ? text : "200";

    memset(ret_script, 0, sizeof *ret_script);
    for (;;) {
        size_t part_bytes = strcspn(part, ",");
        if (ret_script->status_count == SCRIPT_STATUS_MAX) {
            return rc_fail(RC_INVALID, errstr, errstr_bytes, "more than %d statuses", SCRIPT_STATUS_MAX);
        }
        enum rc rc =
            parse_status(part, part_bytes, &ret_script->statuses[ret_script->status_count], errstr, errstr_bytes);
        if (rc != RC_OK) {
            return rc;
        }
        ret_script->status_count++;
        if (part[part_bytes] == '\0') {
            break;
        }
        part += part_bytes + 1;
    }
    pthread_mutex_init(&ret_script->lock, NULL);
    return RC_OK;
}

void script_close(struct script *script)
{
    struct script_counter *counter = NULL;
    struct script_counter *next = NULL;

    HASH_ITER(hh, script->counters, counter, next)
    {
        HASH_DEL(script->counters, counter);
        free(counter->key);
        free(counter);
    }
    memset(script, 0, sizeof *script);
}

/* NULL if there is no memory. */
static struct script_counter *add_counter(struct script *script, const char *key)
{
    struct script_counter *counter = calloc(1, sizeof *counter);

    if (counter == NULL) {
        return NULL;
    }
    counter->key = strdup(key);
    if (counter->key == NULL) {
        free(counter);
        return NULL;
    }
    HASH_ADD_KEYPTR(hh, script->counters, counter->key, strlen(counter->key), counter);
    return counter;
}

uint32_t script_count_call(struct script *script, const char *attempt_header, const char *idempotency_key)
{
    const char *key = idempotency_key != NULL ? idempotency_key : "";
    struct script_counter *counter = NULL;
    char ignored[64];
    int64_t attempt = 0;
    uint32_t call_count = 1;

    if (attempt_header != NULL &&
        options_parse_number(attempt_header, 1, UINT32_MAX, &attempt, ignored, sizeof ignored) == RC_OK) {
        return (uint32_t)attempt;
    }
    pthread_mutex_lock(&script->lock);
    HASH_FIND_STR(script->counters, key, counter);
    if (counter == NULL) {
        counter = add_counter(script, key);
    }
    if (counter != NULL) {
        call_count = ++counter->call_count;
    }
    pthread_mutex_unlock(&script->lock);
    return call_count;
}

/* The number behind `start` in path; -1 if path does not begin so. */
static int64_t get_path_number(const char *path, const char *start, int64_t min, int64_t max)
{
    char ignored[64];
    int64_t value = 0;

    if (strncmp(path, start, strlen(start)) != 0 ||
        options_parse_number(path + strlen(start), min, max, &value, ignored, sizeof ignored) != RC_OK) {
        return -1;
    }
    return value;
}

unsigned script_get_status(const struct script *script, const char *path, uint32_t attempt)
{
    int64_t fixed = get_path_number(path, "/status/", SCRIPT_STATUS_LOWEST, SCRIPT_STATUS_HIGHEST);

    if (fixed >= 0) {
        return (unsigned)fixed;
    }
    return script->statuses[attempt <= script->status_count ? attempt - 1 : script->status_count - 1];
}

int64_t script_get_delay_ms(const char *path)
{
    int64_t delay_ms = get_path_number(path, "/delay/", 0, SCRIPT_DELAY_MAX_MS);

    return delay_ms > 0 ? delay_ms : 0;
}
