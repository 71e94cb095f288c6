#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#include "decimal.h"
#include "plain.h"
#include "utf8.h"

#define BUFFER_FIRST_BYTES 512

void buffer_close(struct buffer *buffer)
{
    free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}

void buffer_reset(struct buffer *buffer)
{
    buffer->len_bytes = 0;
    buffer->is_failed = false;
    if (buffer->data != NULL)
        buffer->data[0] = '\0';
}

bool buffer_is_ok(const struct buffer *buffer)
{
    return !buffer->is_failed;
}

/* Room for byte_count more and the NUL. */
static bool make_room(struct buffer *buffer, size_t byte_count)
{
    size_t wanted = buffer->len_bytes + byte_count + 1;
    size_t cap_bytes = buffer->cap_bytes != 0 ? buffer->cap_bytes : BUFFER_FIRST_BYTES;
    char *data;

    if (buffer->is_failed || wanted <= byte_count) {
        buffer->is_failed = true;
        return false;
    }
    if (wanted <= buffer->cap_bytes)
        return true;
    while (cap_bytes < wanted)
        cap_bytes = cap_bytes > SIZE_MAX / 2 ? wanted : cap_bytes * 2;
    data = realloc(buffer->data, cap_bytes);
    if (data == NULL) {
        buffer->is_failed = true;
        return false;
    }
    buffer->data = data;
    buffer->cap_bytes = cap_bytes;
    return true;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t byte_count)
{
    if (!make_room(buffer, byte_count))
        return;
    if (byte_count > 0)
        memcpy(buffer->data + buffer->len_bytes, bytes, byte_count);
    buffer->len_bytes += byte_count;
    buffer->data[buffer->len_bytes] = '\0';
}

void buffer_append_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_append_char(struct buffer *buffer, char c)
{
    buffer_append(buffer, &c, 1);
}

void buffer_append_uint64(struct buffer *buffer, uint64_t value)
{
    char digits[DECIMAL_TEXT_MAX_BYTES];

    buffer_append(buffer, digits, decimal_print(value, digits));
}

void buffer_append_int64(struct buffer *buffer, int64_t value)
{
    if (value < 0)
        buffer_append_char(buffer, '-');
    buffer_append_uint64(buffer, value < 0 ? UINT64_C(0) - (uint64_t)value : (uint64_t)value);
}

/* One byte that may not stand in a JSON string as it is. */
static void append_json_escape(struct buffer *buffer, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    char escape[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};

    switch (byte) {
    case '"':
    case '\\':
        escape[1] = (char)byte;
        break;
    case '\n':
        escape[1] = 'n';
        break;
    case '\r':
        escape[1] = 'r';
        break;
    case '\t':
        escape[1] = 't';
        break;
    default:
        buffer_append(buffer, escape, 6);
        return;
    }
    buffer_append(buffer, escape, 2);
}

/* Bytes at the start of text that go out as they are. */
static size_t get_plain_bytes(const char *text, size_t text_bytes)
{
    size_t i = plain_get_run_bytes(text, text_bytes);

    while (i < text_bytes && (unsigned char)text[i] >= 0x80) {
        size_t sequence_bytes = utf8_get_sequence_bytes(text + i, text_bytes - i);

        if (sequence_bytes == 0)
            break;
        i += sequence_bytes;
        i += plain_get_run_bytes(text + i, text_bytes - i);
    }
    return i;
}

void buffer_append_json_string(struct buffer *buffer, const char *text, size_t text_bytes)
{
    size_t done = 0;

    buffer_append_char(buffer, '"');
    while (done < text_bytes) {
        size_t plain_bytes = get_plain_bytes(text + done, text_bytes - done);

        buffer_append(buffer, text + done, plain_bytes);
        done += plain_bytes;
        if (done == text_bytes)
            break;
        if ((unsigned char)text[done] < 0x80)
            append_json_escape(buffer, (unsigned char)text[done]);
        else
            buffer_append_text(buffer, "\xef\xbf\xbd");
        done++;
    }
    buffer_append_char(buffer, '"');
}

void buffer_append_json_seconds(struct buffer *buffer, int64_t value_ms)
{
    uint64_t magnitude = value_ms < 0 ? UINT64_C(0) - (uint64_t)value_ms : (uint64_t)value_ms;
    unsigned int rest = (unsigned int)(magnitude % 1000);
    char fraction[4] = {'.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10), (char)('0' + rest % 10)};
    size_t fraction_bytes = sizeof fraction;

    if (value_ms < 0)
        buffer_append_char(buffer, '-');
    buffer_append_uint64(buffer, magnitude / 1000);
    if (rest == 0)
        return;
    while (fraction[fraction_bytes - 1] == '0')
        fraction_bytes--;
    buffer_append(buffer, fraction, fraction_bytes);
}
