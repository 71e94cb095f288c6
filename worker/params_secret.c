#include "params_secret.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOKEN_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"

static enum rc fail_memory(char *why, size_t why_bytes)
{
    return rc_fail(RC_NO_MEMORY, why, why_bytes, "out of memory");
}

enum rc params_secret_warn(struct params *params, const char *format, ...)
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

static enum rc read_secret(int fd, const char *path, size_t max_bytes, char **ret_text, char *why, size_t why_bytes)
{
    char *text = malloc(max_bytes + 1);
    size_t len_bytes = 0;
    ssize_t result = 0;
    enum rc rc = RC_OK;

    if (text == NULL)
        return fail_memory(why, why_bytes);
    while (len_bytes <= max_bytes && (result = read(fd, text + len_bytes, max_bytes + 1 - len_bytes)) > 0)
        len_bytes += (size_t)result;
    if (result < 0)
        rc = rc_fail(RC_INVALID, why, why_bytes, "cannot read %s: %m", path);
    else if (len_bytes > max_bytes)
        rc = rc_fail(RC_INVALID, why, why_bytes, "%s has more than %zu bytes", path, max_bytes);
    else
        rc = trim_secret(text, len_bytes, path, why, why_bytes);
    if (rc == RC_OK) {
        *ret_text = text;
        text = NULL;
    }
    free(text);
    return rc;
}

enum rc params_secret_read(struct params *params, const char *path, size_t max_bytes, char **ret_text, char *why,
                           size_t why_bytes)
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
        params_secret_warn(params, "%s can be read or written by others: mode %04o, 0640 or 0600 is safe", path,
                           (unsigned)(status.st_mode & 07777)) != RC_OK) {
        rc = fail_memory(why, why_bytes);
        goto out;
    }
    rc = read_secret(fd, path, max_bytes, ret_text, why, why_bytes);
out:
    close(fd);
    return rc;
}

enum rc params_secret_read_token(struct params *params, const char *path, char **ret_token, char *why, size_t why_bytes)
{
    char *text = NULL;
    size_t character_count = 0;
    enum rc rc = params_secret_read(params, path, PARAMS_SECRET_TOKEN_MAX_BYTES, &text, why, why_bytes);

    if (rc != RC_OK)
        return rc;
    text[strcspn(text, "\r\n")] = '\0';
    character_count = strspn(text, TOKEN_CHARACTERS);
    if (text[0] == '\0')
        rc = rc_fail(RC_INVALID, why, why_bytes, "the first line of %s is empty", path);
    else if (character_count == 0 || text[character_count + strspn(text + character_count, "=")] != '\0')
        rc = rc_fail(RC_INVALID, why, why_bytes,
                     "the first line of %s is not a token: letters, digits and -._~+/, then only =", path);
    if (rc != RC_OK) {
        params_secret_free(text);
        return rc;
    }
    *ret_token = text;
    return RC_OK;
}

void params_secret_free(char *secret)
{
    if (secret == NULL)
        return;
    explicit_bzero(secret, strlen(secret));
    free(secret);
}
