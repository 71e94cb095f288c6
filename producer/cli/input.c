#include "input.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define CHUNK_BYTES 65536

enum rc input_open(const char *path, struct input *ret_input, char *errstr, size_t errstr_bytes)
{
    FILE *stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");

    if (stream == NULL) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: %s", path, strerror(errno));
    }
    memset(ret_input, 0, sizeof *ret_input);
    ret_input->stream = stream;
    ret_input->path = path;
    return RC_OK;
}

void input_close(struct input *input)
{
    if (input->stream != NULL && input->stream != stdin) {
        fclose(input->stream);
    }
    input->stream = NULL;
    buffer_close(&input->line);
}

static enum rc check_stream(const struct input *input, char *errstr, size_t errstr_bytes)
{
    if (ferror(input->stream)) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "%s: %s", input->path, strerror(errno));
    }
    return RC_OK;
}

enum rc input_read_line(struct input *input, size_t max_bytes, char *errstr, size_t errstr_bytes)
{
    size_t byte_count = 0;
    int c = getc_unlocked(input->stream);

    buffer_reset(&input->line);
    if (c == EOF) {
        enum rc rc = check_stream(input, errstr, errstr_bytes);
        return rc == RC_OK ? RC_NOT_FOUND : rc;
    }
    input->line_number++;
    for (; c != EOF && c != '\n'; c = getc_unlocked(input->stream)) {
        if (byte_count++ < max_bytes) {
            buffer_append_char(&input->line, (char)c);
        }
    }
    if (byte_count > max_bytes) {
        return rc_fail(RC_TOO_LARGE, errstr, errstr_bytes, "%zu bytes, more than %zu", byte_count, max_bytes);
    }
    if (!buffer_is_ok(&input->line)) {
        return rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    }
    return check_stream(input, errstr, errstr_bytes);
}

enum rc input_read_file(const char *path, size_t max_bytes, struct buffer *buffer, char *errstr, size_t errstr_bytes)
{
    char chunk[CHUNK_BYTES];
    struct input input = {0};
    enum rc rc = input_open(path, &input, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    for (;;) {
        size_t byte_count = fread(chunk, 1, sizeof chunk, input.stream);
        if (byte_count == 0) {
            break;
        }
        buffer_append(buffer, chunk, byte_count);
        if (buffer->len_bytes > max_bytes) {
            rc = rc_fail(RC_TOO_LARGE, errstr, errstr_bytes, "%s: more than %zu bytes", path, max_bytes);
            goto out;
        }
    }
    rc = check_stream(&input, errstr, errstr_bytes);
    if (rc == RC_OK && !buffer_is_ok(buffer)) {
        rc = rc_fail(RC_NO_MEMORY, errstr, errstr_bytes, "out of memory");
    }
out:
    input_close(&input);
    return rc;
}
