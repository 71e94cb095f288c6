#include "params_kafka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "params_secret.h"
#include "params_table.h"

#define FILE_SUFFIX "_file"
#define KEY_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

static enum rc fail_memory(char *why, size_t why_bytes)
{
    return rc_fail(RC_NO_MEMORY, why, why_bytes, "out of memory");
}

/* The key that sasl.password_file sets, to be freed; NULL without a fault if key does not end so. */
static enum rc get_file_base(const char *key, char **ret_base, char *why, size_t why_bytes)
{
    size_t key_bytes = strlen(key);
    size_t suffix_bytes = sizeof FILE_SUFFIX - 1;
    char *base = NULL;

    *ret_base = NULL;
    if (key_bytes <= suffix_bytes || strcmp(key + key_bytes - suffix_bytes, FILE_SUFFIX) != 0)
        return RC_OK;
    base = strndup(key, key_bytes - suffix_bytes);
    if (base == NULL)
        return fail_memory(why, why_bytes);
    if (params_table_find_secret(base) == NULL) {
        free(base);
        return rc_fail(RC_INVALID, why, why_bytes, "only a secret can come from a file, such as sasl.password_file");
    }
    *ret_base = base;
    return RC_OK;
}

static struct params_kafka_entry *find_entry(const struct params *params, const char *key)
{
    for (size_t i = 0; i < params->kafka_count; i++)
        if (strcmp(params->kafka[i].key, key) == 0)
            return &params->kafka[i];
    return NULL;
}

static enum rc check_key(const struct params *params, const char *key, char *why, size_t why_bytes)
{
    const struct params_kafka_rule *refused = params_table_find_refused(key);
    const struct params_kafka_entry *entry = find_entry(params, key);

    if (key[0] == '\0' || key[strspn(key, KEY_CHARACTERS)] != '\0')
        return rc_fail(RC_INVALID, why, why_bytes, "librdkafka has no such key");
    if (refused != NULL)
        return rc_fail(RC_INVALID, why, why_bytes, "the worker itself controls this: %s", refused->text);
    if (entry != NULL && entry->file != NULL)
        return rc_fail(RC_INVALID, why, why_bytes, "%s is set by %s" FILE_SUFFIX " in line %d already", key, key,
                       entry->source.line);
    if (entry != NULL)
        return rc_fail(RC_INVALID, why, why_bytes, "%s is set in line %d already", key, entry->source.line);
    return RC_OK;
}

/* Takes the three texts, also when it fails. */
static enum rc append_entry(struct params *params, char *key, char *value, char *file, struct params_source source)
{
    struct params_kafka_entry *entries = NULL;

    if (key != NULL && value != NULL)
        entries = realloc(params->kafka, (params->kafka_count + 1) * sizeof *entries);
    if (entries == NULL) {
        free(key);
        free(value);
        free(file);
        return RC_NO_MEMORY;
    }
    params->kafka = entries;
    entries[params->kafka_count++] =
        (struct params_kafka_entry){key, value, file, file != NULL || params_table_is_secret(key), source};
    return RC_OK;
}

enum rc params_kafka_add(struct params *params, const char *key, const char *value, struct params_source source,
                         char *why, size_t why_bytes)
{
    char *base = NULL;
    char *secret = NULL;
    char *file = NULL;
    enum rc rc = get_file_base(key, &base, why, why_bytes);

    if (rc == RC_OK)
        rc = check_key(params, base == NULL ? key : base, why, why_bytes);
    if (rc != RC_OK)
        goto out;
    if (base == NULL) {
        rc = append_entry(params, strdup(key), strdup(value), NULL, source);
    } else {
        rc = params_secret_read(params, value, PARAMS_KAFKA_SECRET_MAX_BYTES, &secret, why, why_bytes);
        if (rc != RC_OK)
            goto out;
        file = strdup(value);
        if (file == NULL) {
            rc = fail_memory(why, why_bytes);
            goto out;
        }
        rc = append_entry(params, base, secret, file, source);
        base = NULL;
        secret = NULL;
    }
    if (rc != RC_OK)
        rc = fail_memory(why, why_bytes);
out:
    free(base);
    free(secret);
    return rc;
}

enum rc params_kafka_set(struct params *params, const char *key, const char *value, struct params_source source,
                         char *why, size_t why_bytes)
{
    struct params_kafka_entry *entry = find_entry(params, key);
    char *copy = NULL;

    if (entry == NULL)
        return params_kafka_add(params, key, value, source, why, why_bytes);
    copy = strdup(value);
    if (copy == NULL)
        return fail_memory(why, why_bytes);
    free(entry->value);
    entry->value = copy;
    entry->source = source;
    return RC_OK;
}

void params_kafka_close(struct params *params)
{
    for (size_t i = 0; i < params->kafka_count; i++) {
        struct params_kafka_entry *entry = &params->kafka[i];

        if (entry->is_secret)
            explicit_bzero(entry->value, strlen(entry->value));
        free(entry->key);
        free(entry->value);
        free(entry->file);
    }
    free(params->kafka);
    params->kafka = NULL;
    params->kafka_count = 0;
}
