/* params: the settings, from a YAML file and the environment.
 *
 * params.def is the list: each row is a setting with its type, default, limits and text, and becomes a field of struct
 * params: hold -> hold_ms (durations in ms), memory_bytes -> memory_bytes, topics.partitions -> topics_partitions. Two
 * sections have no row: `kafka` (passed to librdkafka, in order) and `destinations` (a list by host pattern).
 *
 * The environment (AUTOHTTP_HOLD=2s) outranks the file, the file the default. Names in the environment that are no
 * setting are not refused: clusters add AUTOHTTP_* names of their own for a service of that name.
 *
 * Durations: 5s, 200ms, 1m30s, 24h; a bare number is seconds. Sizes: 128MiB, 64KiB, 1GiB; a bare number is bytes.
 * Rates: 10/s, 100/m, 1/h; a bare number is for each second.
 *
 * Memory:  the caller owns the struct; params_load() fills it, params_close() frees what it holds; a zeroed one is
 *          fine.
 * Threads: read-only after params_load(), any; params_take_reloadable() by the thread that reads.
 * Errors:  RC_INVALID with `file:line: name: why`, or `AUTOHTTP_NAME: why`; RC_NOT_FOUND (with errstr: no such file),
 *          RC_NO_MEMORY. On failure *ret_params is as before.
 */
#ifndef WORKER_PARAMS_H
#define WORKER_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "log.h"
#include "rc.h"
#include "task_json.h"

#define PARAMS_FILE_MAX_BYTES (1024 * 1024)
#define PARAMS_ENV_BOOTSTRAP_SERVERS "AUTOHTTP_KAFKA_BOOTSTRAP_SERVERS" /* stands for kafka: bootstrap.servers */

/* What must be there, and what is not to be read. */
enum params_flag {
    PARAMS_NEED_KAFKA = 1,     /* kafka: bootstrap.servers must be set */
    PARAMS_NEED_STATE_DIR = 2, /* state_dir must be set */
    PARAMS_NO_ENV = 4,         /* the environment is ignored */
    PARAMS_FOR_WORKER = PARAMS_NEED_KAFKA | PARAMS_NEED_STATE_DIR,
};

struct params_list {
    char **items;
    size_t count;
};

struct params_durations {
    int64_t *items_ms;
    size_t count;
};

enum params_source_kind {
    PARAMS_FROM_DEFAULT = 0,
    PARAMS_FROM_FILE, /* line is set */
    PARAMS_FROM_ENV,
};

struct params_source {
    enum params_source_kind kind;
    int line; /* from 1 */
};

struct params_kafka_entry {
    char *key;      /* as librdkafka knows it: sasl.password, also for sasl.password_file */
    char *value;    /* a secret's is the file's content without its last newline */
    char *file;     /* where a <key>_file pointed; NULL: the value stood in the configuration */
    bool is_secret; /* not to be printed */
    struct params_source source;
};

struct params_destination {
    char *match;                /* never NULL; exact host or *.suffix */
    int64_t timeout_ms;         /* 0: the setting's */
    int64_t connect_timeout_ms; /* 0: the setting's */
    int64_t max_in_flight;      /* 0: no cap */
    int64_t rate_per_h;         /* 0: no cap */
    char *ca_file;              /* NULL: the system's authorities */
    int line;
};

#define PARAMS_FIELD_TEXT(name) char *name;
#define PARAMS_FIELD_NAME(name) char *name;
#define PARAMS_FIELD_LISTEN(name) char *name;
#define PARAMS_FIELD_MODULE(name) char *name;
#define PARAMS_FIELD_HOST_PORT(name) char *name;
#define PARAMS_FIELD_LEVEL(name) enum log_level name;
#define PARAMS_FIELD_BOOL(name) bool name;
#define PARAMS_FIELD_COUNT(name) int64_t name;
#define PARAMS_FIELD_SIZE(name) int64_t name;
#define PARAMS_FIELD_DURATION(name) int64_t name##_ms;
#define PARAMS_FIELD_DURATIONS(name) struct params_durations name;
#define PARAMS_FIELD_WAITS(name) struct params_durations name;
#define PARAMS_FIELD_RETRY_TYPE(name) enum task_retry_type name;
#define PARAMS_FIELD_HOSTS(name) struct params_list name;

/* PARAMS_ID_hold, PARAMS_ID_topics_partitions, ...: index of sources[]. */
enum params_id {
#define PARAM(name, TYPE, default_text, min, max, RELOADING, doc) PARAMS_ID_##name,
#define PARAM_IN(group, name, TYPE, default_text, min, max, RELOADING, doc) PARAMS_ID_##group##_##name,
#include "params.def"
    PARAMS_COUNT
};

struct params {
    /* A field for each row of params.def, explained there. No text is NULL; an unset one is "". */
#define PARAM(name, TYPE, default_text, min, max, RELOADING, doc) PARAMS_FIELD_##TYPE(name)
#define PARAM_IN(group, name, TYPE, default_text, min, max, RELOADING, doc) PARAMS_FIELD_##TYPE(group##_##name)
#include "params.def"
    struct params_kafka_entry *kafka; /* in the file's order */
    size_t kafka_count;
    struct params_destination *destinations; /* in the file's order */
    size_t destination_count;

    char *admin_token; /* of admin_token_file; NULL: none. Never printed */
    char *file;        /* that was loaded; "" without one */
    struct params_source sources[PARAMS_COUNT];
    struct params_list warnings; /* for the caller to log or print: secrets that others may read */
};

/* path NULL: defaults and environment only. flags: enum params_flag, or-ed. */
enum rc params_load(const char *path, unsigned flags, struct params *ret_params, char *errstr, size_t errstr_bytes);
void params_close(struct params *params);

/* Puts environment settings over what is there; params_load() does this itself. environment: NAME=value texts, NULL at
 * the end. On failure some may have been put. */
enum rc params_apply_env(struct params *params, char *const *environment, char *errstr, size_t errstr_bytes);

/* Takes the values of rows marked RELOAD from fresh (which stays valid, to be closed), and the numbers of
 * `destinations` if their patterns are the same. Appends to changed (may be NULL) the names of FIXED settings, `kafka`
 * and `destinations` that differ and need a restart. */
void params_take_reloadable(struct params *params, const struct params *fresh, struct buffer *changed);

/* Appends valid YAML with the source of each value in a comment; secrets as "***". */
void params_print(const struct params *params, struct buffer *buffer);
/* The same, one JSON object a line: {"name":"hold","value":"5s","source":"default"}; a destination's name is
 * destinations[0].timeout, a kafka key's kafka.<key>. */
void params_print_json(const struct params *params, struct buffer *buffer);
/* Appends the reference of all settings in scdoc(5) syntax; autohttp.yaml.5.scd holds it, a test compares. */
void params_print_reference(struct buffer *buffer);

/* The value of a kafka key; NULL if not set. */
const char *params_get_kafka(const struct params *params, const char *key);
/* The first destination whose pattern fits the host; NULL: none. */
const struct params_destination *params_get_destination(const struct params *params, const char *host);

#endif
