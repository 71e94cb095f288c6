#include "json_text.h"

#include "utf8.h"
#include <stdbool.h>
#include <string.h>

struct cursor {
    const char *start;
    const char *next;
    const char *end;
    int depth;
};

static bool check_value(struct cursor *cursor);

static int peek(const struct cursor *cursor)
{
    return cursor->next < cursor->end ? (unsigned char)*cursor->next : -1;
}

static bool take(struct cursor *cursor, char c)
{
    if (peek(cursor) != (unsigned char)c) {
        return false;
    }
    cursor->next++;
    return true;
}

static void skip_space(struct cursor *cursor)
{
    while (peek(cursor) == ' ' || peek(cursor) == '\t' || peek(cursor) == '\n' || peek(cursor) == '\r') {
        cursor->next++;
    }
}

static bool check_word(struct cursor *cursor, const char *word)
{
    size_t word_bytes = strlen(word);

    if ((size_t)(cursor->end - cursor->next) < word_bytes || memcmp(cursor->next, word, word_bytes) != 0) {
        return false;
    }
    cursor->next += word_bytes;
    return true;
}

static bool skip_digits(struct cursor *cursor)
{
    const char *first = cursor->next;

    while (peek(cursor) >= '0' && peek(cursor) <= '9') {
        cursor->next++;
    }
    return cursor->next > first;
}

static bool check_number(struct cursor *cursor)
{
    take(cursor, '-');
    if (!take(cursor, '0') && !skip_digits(cursor)) {
        return false;
    }
    if (take(cursor, '.') && !skip_digits(cursor)) {
        return false;
    }
    if (take(cursor, 'e') || take(cursor, 'E')) {
        if (!take(cursor, '+')) {
            take(cursor, '-');
        }
        return skip_digits(cursor);
    }
    return true;
}

static bool check_escape(struct cursor *cursor)
{
    int c = peek(cursor);

    if (c < 0 || strchr("\"\\/bfnrtu", c) == NULL || c == '\0') {
        return false;
    }
    cursor->next++;
    for (int i = 0; c == 'u' && i < 4; i++) {
        int digit = peek(cursor);
        if (digit <= 0 || strchr("0123456789abcdefABCDEF", digit) == NULL) {
            return false;
        }
        cursor->next++;
    }
    return true;
}

static bool check_string(struct cursor *cursor)
{
    if (!take(cursor, '"')) {
        return false;
    }
    while (!take(cursor, '"')) {
        if (peek(cursor) < 0x20) { /* a control character, or the end */
            return false;
        }
        if (take(cursor, '\\')) {
            if (!check_escape(cursor)) {
                return false;
            }
        } else {
            size_t sequence_bytes = utf8_get_sequence_bytes(cursor->next, (size_t)(cursor->end - cursor->next));
            if (sequence_bytes == 0) {
                return false;
            }
            cursor->next += sequence_bytes;
        }
    }
    return true;
}

static bool check_member(struct cursor *cursor)
{
    skip_space(cursor);
    if (!check_string(cursor)) {
        return false;
    }
    skip_space(cursor);
    return take(cursor, ':') && check_value(cursor);
}

/* The items of an array or the members of an object, after its opening bracket. */
static bool check_items(struct cursor *cursor, char close, bool (*check_item)(struct cursor *))
{
    if (++cursor->depth > JSON_TEXT_DEPTH_MAX) {
        return false;
    }
    skip_space(cursor);
    if (!take(cursor, close)) {
        do {
            if (!check_item(cursor)) {
                return false;
            }
        } while (take(cursor, ','));
        if (!take(cursor, close)) {
            return false;
        }
    }
    cursor->depth--;
    return true;
}

static bool check_known(struct cursor *cursor)
{
    switch (peek(cursor)) {
    case '{':
        cursor->next++;
        return check_items(cursor, '}', check_member);
    case '[':
        cursor->next++;
        return check_items(cursor, ']', check_value);
    case '"':
        return check_string(cursor);
    case 't':
        return check_word(cursor, "true");
    case 'f':
        return check_word(cursor, "false");
    case 'n':
        return check_word(cursor, "null");
    default:
        return check_number(cursor);
    }
}

static bool check_value(struct cursor *cursor)
{
    skip_space(cursor);
    if (!check_known(cursor)) {
        return false;
    }
    skip_space(cursor);
    return true;
}

enum rc json_text_check(const char *text, size_t text_bytes, char *errstr, size_t errstr_bytes)
{
    struct cursor cursor = {.start = text, .next = text, .end = text + text_bytes};

    if (!check_value(&cursor) || cursor.next != cursor.end) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "json: byte %zu: not JSON, or over %d levels",
                       (size_t)(cursor.next - cursor.start) + 1, JSON_TEXT_DEPTH_MAX);
    }
    return RC_OK;
}
