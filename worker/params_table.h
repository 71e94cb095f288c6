/* params_table: the rows of params.def as data, and what is done with one row: find, set, print, suggest.
 *
 * A row describes a field of struct params, or of struct params_destination; `base` is then such a struct.
 *
 * Memory:  rows are static. params_table_set() copies what it is given into base.
 * Threads: any; a base by one at a time.
 * Errors:  texts say only why; the caller puts file, line and name in front.
 */
#ifndef WORKER_PARAMS_TABLE_H
#define WORKER_PARAMS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "params.h"

#define PARAMS_TABLE_NAME_MAX_BYTES 64

enum params_type {
    PARAMS_TYPE_TEXT = 1,
    PARAMS_TYPE_NAME,       /* text of letters, digits, dot, underscore, hyphen */
    PARAMS_TYPE_LISTEN,     /* numeric address:port, or localhost:port */
    PARAMS_TYPE_HOST_PORT,  /* host:port; "" is allowed */
    PARAMS_TYPE_HOST,       /* host name, address or *.suffix */
    PARAMS_TYPE_FILE,       /* path of a file that can be read */
    PARAMS_TYPE_MODULE,     /* absolute path of a file that can be read, or "" */
    PARAMS_TYPE_LEVEL,      /* enum log_level */
    PARAMS_TYPE_BOOL,       /* bool: true or false */
    PARAMS_TYPE_COUNT,      /* int64_t */
    PARAMS_TYPE_SIZE,       /* int64_t, bytes */
    PARAMS_TYPE_DURATION,   /* int64_t, ms */
    PARAMS_TYPE_RATE,       /* int64_t, for each hour */
    PARAMS_TYPE_RETRY_TYPE, /* enum task_retry_type */
    PARAMS_TYPE_DURATIONS,  /* struct params_durations; no value comes twice */
    PARAMS_TYPE_WAITS,      /* struct params_durations, in their order */
    PARAMS_TYPE_HOSTS,      /* struct params_list of host names, suffixes, addresses and ranges */
};

struct params_row {
    const char *group; /* "": top level */
    const char *name;  /* inside the group */
    enum params_type type;
    const char *default_text; /* "" for a list: empty */
    const char *min;          /* as a user would write it */
    const char *max;
    bool is_reloadable;
    const char *doc;
    size_t offset; /* in base */
};

struct params_kafka_rule {
    const char *key;
    const char *text; /* PARAM_SECRET: what it is; PARAM_REFUSED: why */
};

/* Row i, NULL behind the last. The index of a setting is its enum params_id. */
const struct params_row *params_table_get(size_t i);
const struct params_row *params_table_get_destination(size_t i);
const struct params_kafka_rule *params_table_get_secret(size_t i);
const struct params_kafka_rule *params_table_get_refused(size_t i);

/* NULL: no such setting in that group. */
const struct params_row *params_table_find(const char *group, const char *name);
const struct params_row *params_table_find_destination(const char *name);
const struct params_kafka_rule *params_table_find_secret(const char *key);
const struct params_kafka_rule *params_table_find_refused(const char *key);
bool params_table_is_group(const char *name);
/* What stands in `kafka` and must not be shown, also keys that params.def does not know. */
bool params_table_is_secret(const char *key);

/* hold, topics.partitions; AUTOHTTP_TOPICS_PARTITIONS. buf has PARAMS_TABLE_NAME_MAX_BYTES. */
void params_table_print_name(const struct params_row *row, char *buf);
void params_table_print_env(const struct params_row *row, char *buf);
bool params_table_is_list(const struct params_row *row);
/* Its field is an int64_t, and its limits are of its value. */
bool params_table_is_number(const struct params_row *row);
/* "duration", "text", ... for the reference. */
const char *params_table_get_type_name(const struct params_row *row);

/* Parses, checks the limits, then sets the field in place of its old value; of a list: appends an element. */
enum rc params_table_set(void *base, const struct params_row *row, const char *text, char *why, size_t why_bytes);
/* A row's field as YAML: numbers plain, texts quoted, lists in brackets; or so that it is JSON, too. */
void params_table_print_value(const void *base, const struct params_row *row, bool is_json, struct buffer *buffer);
/* Frees the field and sets it to zero. */
void params_table_clear(void *base, const struct params_row *row);

/* The name most like a mistyped one among those of a group (NULL: those of a destination); NULL if none is near. */
const char *params_table_suggest(const char *group, const char *name);

#endif
