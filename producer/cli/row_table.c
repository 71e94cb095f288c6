#include "row_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "decimal.h"
#include "moment.h"

#define KEY_COLUMNS 32
#define ID_COLUMNS 18
#define STATUS_COLUMNS 8
#define ATTEMPTS_COLUMNS 8
#define NEXT_COLUMNS 24
#define DEL 0x7f

/* Appends at most text_bytes of text. */
static void append_shown(struct buffer *buffer, const char *text, size_t text_bytes)
{
    for (size_t i = 0; i < text_bytes; i++) {
        unsigned char byte = (unsigned char)text[i];
        buffer_append_char(buffer, byte < ' ' || byte == DEL ? '?' : text[i]);
    }
}

/* Ends a column that began at begin_bytes: spaces up to its width and one more. */
static void end_column(struct buffer *buffer, size_t begin_bytes, size_t columns)
{
    size_t used = 0;

    for (size_t i = begin_bytes; i < buffer->len_bytes; i++) {
        used += ((unsigned char)buffer->data[i] & 0xc0) != 0x80; /* characters, not bytes */
    }
    do {
        buffer_append_char(buffer, ' ');
    } while (buffer_is_ok(buffer) && ++used <= columns);
}

static void add_column(struct buffer *buffer, const char *text, size_t columns)
{
    size_t begin_bytes = buffer->len_bytes;

    buffer_append_text(buffer, text);
    end_column(buffer, begin_bytes, columns);
}

void row_table_print_head(struct buffer *buffer)
{
    add_column(buffer, "TASK", KEY_COLUMNS);
    add_column(buffer, "ID", ID_COLUMNS);
    add_column(buffer, "STATUS", STATUS_COLUMNS);
    add_column(buffer, "ATTEMPTS", ATTEMPTS_COLUMNS);
    add_column(buffer, "NEXT", NEXT_COLUMNS);
    buffer_append_text(buffer, "URL\n");
}

void row_table_print_row(const struct row *row, struct buffer *buffer)
{
    char id[DECIMAL_TEXT_MAX_BYTES];
    char attempts[16];
    char next[MOMENT_TEXT_BYTES];
    size_t begin_bytes = buffer->len_bytes;

    append_shown(buffer, row->business_type, strlen(row->business_type));
    buffer_append_char(buffer, ':');
    append_shown(buffer, row->business_id, strlen(row->business_id));
    end_column(buffer, begin_bytes, KEY_COLUMNS);
    decimal_print(row->id, id);
    add_column(buffer, id, ID_COLUMNS);
    add_column(buffer, row_status_get_name(row->status), STATUS_COLUMNS);
    snprintf(attempts, sizeof attempts, "%" PRIu32, row->attempts);
    add_column(buffer, attempts, ATTEMPTS_COLUMNS);
    add_column(buffer, moment_print(row->next_retry_time_ms, next), NEXT_COLUMNS);
    append_shown(buffer, row->url, strcspn(row->url, "?#"));
    buffer_append_char(buffer, '\n');
}
