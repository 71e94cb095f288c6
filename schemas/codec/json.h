/* json: JSON objects read by a table of fields: the one wrapper of cJSON, which no other file includes.
 *
 * json_parse() takes only what json_scan.h accepts. json_read_object() then matches every member with a row of the
 * table: names are case-sensitive; one that is not in the table, comes twice, or has another type or range is refused
 * by name, so nothing is silently ignored. It visits each member once and stops at the first refusal.
 *
 * Memory:  json_parse() gives a tree, freed by json_close(); texts in a json_value borrow from it.
 * Threads: one tree, one thread at a time.
 * Errors:  RC_INVALID, RC_UNSUPPORTED (JSON_UNBUILT), RC_TOO_LARGE, RC_NO_MEMORY; errstr starts "field <name>: " where
 *          there is one.
 */
#ifndef SCHEMAS_JSON_H
#define SCHEMAS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json_scan.h"
#include "rc.h"

struct cJSON;

enum json_type {
    JSON_TEXT = 1, /* a string; min..max are its bytes */
    JSON_INTEGER,  /* a whole number within min..max */
    JSON_SECONDS,  /* a number of seconds; min..max and the value are milliseconds */
    JSON_BOOL,
    JSON_OBJECT,  /* its members are the caller's to read, from node */
    JSON_ARRAY,   /* min..max are its items, to be read from node */
    JSON_UNBUILT, /* part of the contract, but its effect is not built: refused whatever the value */
};

struct json_field {
    const char *name;
    enum json_type type;
    bool is_required;
    int64_t min;
    int64_t max;
};

struct json_value {
    bool is_given;
    const char *text; /* JSON_TEXT: NUL-terminated */
    size_t text_bytes;
    int64_t number;           /* JSON_INTEGER, JSON_SECONDS (ms), JSON_BOOL (0 or 1) */
    const struct cJSON *node; /* JSON_OBJECT, JSON_ARRAY */
};

/* The text is an object of at most max_bytes. */
enum rc json_parse(const char *text, size_t text_bytes, size_t max_bytes, struct cJSON **ret_root, char *errstr,
                   size_t errstr_bytes);
void json_close(struct cJSON *root);
/* Takes the first member of that name out of the object: the caller's to json_close(). NULL if there is none. */
struct cJSON *json_take_member(struct cJSON *object, const char *name);

/* ret_values has a value for each field, in the table's order; zeroed where the object lacks it. */
enum rc json_read_object(const struct cJSON *object, const struct json_field *fields, size_t field_count,
                         struct json_value *ret_values, char *errstr, size_t errstr_bytes);
/* One value by one row of a table; for the items of an array and the members of a map. */
enum rc json_read_value(const struct cJSON *node, const struct json_field *field, struct json_value *ret_value,
                        char *errstr, size_t errstr_bytes);
/* Ranges alone, for values that never were JSON. */
enum rc json_check_text(const struct json_field *field, size_t text_bytes, char *errstr, size_t errstr_bytes);
enum rc json_check_number(const struct json_field *field, int64_t number, char *errstr, size_t errstr_bytes);

/* Walks the items of an array or the members of a map; NULL ends. */
const struct cJSON *json_get_first(const struct cJSON *node);
const struct cJSON *json_get_next(const struct cJSON *node);
size_t json_count(const struct cJSON *node);
const char *json_get_name(const struct cJSON *node);
bool json_is_null(const struct cJSON *node);
/* NULL if it is not a string. */
const char *json_get_text(const struct cJSON *node);

/* Enough for a copy of every text in the tree with its NUL, and of an int64_t or two pointers for each value. */
size_t json_get_copy_bytes(const struct cJSON *root);

#endif
