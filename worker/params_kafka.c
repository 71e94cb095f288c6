#include "params_kafka.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "params_table.h"

#define FILE_SUFFIX "_file"
#define KEY_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

static enum rc fail_memory(char *why, size_t why_bytes)
{
    return rc_fail(RC_NO_MEMORY, why, why_bytes, "out of memory");
}

enum rc params_kafka_warn(struct params *params, const char *format, ...)
{
    struct params_list *list = &params->warnings;
    char **items = realloc(list->items, (list->count + 1) * sizeof *items);
    va_list args;
    int result = 0;

    if (items == NULL)
        return RC_NO_MEMORY;
    list->items = items;
    va_start(args, format);
    result = vasprintf(&items[list->count], format, args);
    va_end(args);
    if (result < 0)
        return RC_NO_MEMORY;
    list->count++;
    return RC_OK;
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

/* Ends the text before its last newline, which editors add and which is not part of a secret. */
static enum rc trim_secret(char *text, size_t len_bytes, const char *path, char *why, size_t why_bytes)
{
    if (memchr(text, '\0', len_bytes) != NULL)
        return rc_fail(RC_INVALID, why, why_bytes, "%s holds a NUL byte", path);
    if (len_bytes > 0 && text[len_bytes - 1] == '\n')
        len_bytes--;
    if (len_bytes > 0 && text[len_bytes - 1] == '\r')
        len_bytes--;
    text[len_bytes] = '\0';
    return len_bytes > 0 ? RC_OK : rc_fail(RC_INVALID, why, why_bytes, "%s is empty", path);
}

static enum rc read_secret(int fd, const char *path, char **ret_text, char *why, size_t why_bytes)
{
    char *text = malloc(PARAMS_KAFKA_SECRET_MAX_BYTES + 1);
    size_t len_bytes = 0;
    ssize_t result = 0;
    enum rc rc = RC_OK;

    if (text == NULL)
        return fail_memory(why, why_bytes);
    while (len_bytes <= PARAMS_KAFKA_SECRET_MAX_BYTES &&
           (result = read(fd, text + len_bytes, PARAMS_KAFKA_SECRET_MAX_BYTES + 1 - len_bytes)) > 0)
        len_bytes += (size_t)result;
    if (result < 0)
        rc = rc_fail(RC_INVALID, why, why_bytes, "cannot read %s: %m", path);
    else if (len_bytes > PARAMS_KAFKA_SECRET_MAX_BYTES)
        rc = rc_fail(RC_INVALID, why, why_bytes, "%s has more than %d bytes", path, PARAMS_KAFKA_SECRET_MAX_BYTES);
    else
        rc = trim_secret(text, len_bytes, path, why, why_bytes);
    if (rc == RC_OK) {
        *ret_text = text;
        text = NULL;
    }
    free(text);
    return rc;
}

static enum rc read_secret_file(struct params *params, const char *path, char **ret_text, char *why, size_t why_bytes)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO without a writer must not hang the start */
    enum rc rc = RC_OK;

    if (fd < 0)
        return rc_fail(RC_INVALID, why, why_bytes, "cannot open %s: %m", path);
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        rc = rc_fail(RC_INVALID, why, why_bytes, "%s is not a regular file", path);
        goto out;
    }
    if ((status.st_mode & (S_IWGRP | S_IRWXO)) != 0 &&
        params_kafka_warn(params, "%s can be read or written by others: mode %04o, 0640 or 0600 is safe", path,
                          (unsigned)(status.st_mode & 07777)) != RC_OK) {
        rc = fail_memory(why, why_bytes);
        goto out;
    }
    rc = read_secret(fd, path, ret_text, why, why_bytes);
out:
    close(fd);
    return rc;
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
        rc = read_secret_file(params, value, &secret, why, why_bytes);
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
