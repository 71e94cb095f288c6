#include "log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "utf8.h"

#define VALUE_MAX_BYTES 512 /* of one text, before it is escaped; a longer one ends in ... */
#define CUT_MARK " cut=true"
#define LIMIT_SLOT_COUNT 64

struct line {
    char bytes[LOG_LINE_MAX_BYTES];
    size_t len_bytes; /* leaves room for CUT_MARK and the newline */
    bool is_full;     /* something did not fit */
};

/* How often one msg, or msg/kind, was logged since its window began. */
struct limit {
    char name[64];
    int64_t start_mono_ms;
    int64_t window_ms;
    uint64_t max_count;
    uint64_t count;
};

static const struct limit usual_limit = {.window_ms = LOG_REPEAT_WINDOW_MS, .max_count = LOG_REPEAT_MAX};
static const struct limit seldom_limit = {.window_ms = LOG_SELDOM_WINDOW_MS, .max_count = 1};

_Atomic int log_level_now = LOG_LEVEL_INFO;

static _Atomic int output_fd = STDERR_FILENO;
static pthread_mutex_t limits_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct limit limits[LIMIT_SLOT_COUNT]; /* name "": free */

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&log_level_now, (int)level, memory_order_relaxed);
}

void log_set_fd(int fd)
{
    atomic_store_explicit(&output_fd, fd, memory_order_relaxed);
}

const char *log_level_get_name(enum log_level level)
{
    switch (level) {
#define LEVEL_CASE(id, name)                                                                                           \
    case LOG_LEVEL_##id:                                                                                               \
        return name;
        LOG_LEVEL_LIST(LEVEL_CASE)
#undef LEVEL_CASE
    }
    return "unknown";
}

static void append_bytes(struct line *line, const char *bytes, size_t byte_count)
{
    size_t room = sizeof line->bytes - sizeof CUT_MARK - line->len_bytes;

    if (line->is_full || byte_count > room) {
        line->is_full = true;
        return;
    }
    memcpy(line->bytes + line->len_bytes, bytes, byte_count);
    line->len_bytes += byte_count;
}

static void append_text(struct line *line, const char *text)
{
    append_bytes(line, text, strlen(text));
}

static bool is_bare(const unsigned char *text, size_t text_bytes)
{
    for (size_t i = 0; i < text_bytes; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f || text[i] == '"' || text[i] == '=' || text[i] == '\\')
            return false;
    return text_bytes > 0;
}

/* C0, DEL and the C1 characters: a terminal would obey them. */
static bool is_control(const unsigned char *text, size_t byte_count)
{
    return (byte_count == 1 && (text[0] < ' ' || text[0] == 0x7f)) ||
           (byte_count == 2 && text[0] == 0xc2 && text[1] < 0xa0);
}

static void append_character(struct line *line, const unsigned char *text, size_t byte_count)
{
    char escape[8];

    if (byte_count == 0) {
        append_text(line, "\\ufffd");
    } else if (text[0] == '"' || text[0] == '\\') {
        append_text(line, text[0] == '"' ? "\\\"" : "\\\\");
    } else if (text[0] == '\n' || text[0] == '\r' || text[0] == '\t') {
        append_text(line, text[0] == '\n' ? "\\n" : text[0] == '\r' ? "\\r" : "\\t");
    } else if (is_control(text, byte_count)) {
        snprintf(escape, sizeof escape, "\\u%04x", text[byte_count - 1]);
        append_text(line, escape);
    } else {
        append_bytes(line, (const char *)text, byte_count);
    }
}

static void append_value(struct line *line, const char *value, size_t value_bytes)
{
    const unsigned char *text = (const unsigned char *)value;
    size_t end = value_bytes > VALUE_MAX_BYTES ? VALUE_MAX_BYTES : value_bytes;

    if (end == value_bytes && is_bare(text, value_bytes)) {
        append_bytes(line, value, value_bytes);
        return;
    }
    append_text(line, "\"");
    for (size_t i = 0; i < end;) {
        size_t byte_count = utf8_get_sequence_bytes(value + i, value_bytes - i);

        append_character(line, text + i, byte_count);
        i += byte_count == 0 ? 1 : byte_count;
    }
    append_text(line, end < value_bytes ? "...\"" : "\"");
}

static void append_field(struct line *line, const struct log_field *field)
{
    size_t len_bytes = line->len_bytes;
    const char *text = field->text == NULL ? "" : field->text;
    char number[24];

    append_text(line, " ");
    append_text(line, field->name);
    append_text(line, "=");
    switch (field->kind) {
    case LOG_KIND_NONE:
        break;
    case LOG_KIND_TEXT:
        append_value(line, text,
                     field->text == NULL || field->text_bytes == LOG_TEXT_NUL ? strlen(text) : field->text_bytes);
        break;
    case LOG_KIND_INT:
        snprintf(number, sizeof number, "%" PRId64, field->number);
        append_text(line, number);
        break;
    case LOG_KIND_UINT:
        snprintf(number, sizeof number, "%" PRIu64, field->unsigned_number);
        append_text(line, number);
        break;
    case LOG_KIND_BOOL:
        append_text(line, field->number ? "true" : "false");
        break;
    }
    if (line->is_full)
        line->len_bytes = len_bytes; /* a field is whole or absent, so that no quote stays open */
}

static void append_time(struct line *line)
{
    struct timespec time;
    struct tm parts;
    char text[64];
    size_t len_bytes = 0;

    clock_gettime(CLOCK_REALTIME, &time);
    gmtime_r(&time.tv_sec, &parts);
    len_bytes = strftime(text, sizeof text, "ts=%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + len_bytes, sizeof text - len_bytes, ".%03dZ", (int)(time.tv_nsec / 1000000));
    append_text(line, text);
}

static void write_line(enum log_level level, const char *msg, const struct log_field *fields)
{
    struct line line;
    ssize_t written = 0;

    line.len_bytes = 0;
    line.is_full = false;
    append_time(&line);
    append_field(&line, &LOG_TEXT("level", log_level_get_name(level)));
    append_field(&line, &LOG_TEXT("msg", msg));
    for (; fields->kind != LOG_KIND_NONE && !line.is_full; fields++)
        append_field(&line, fields);
    if (line.is_full) {
        memcpy(line.bytes + line.len_bytes, CUT_MARK, sizeof CUT_MARK - 1);
        line.len_bytes += sizeof CUT_MARK - 1;
    }
    line.bytes[line.len_bytes++] = '\n';
    /* Nobody is left to be told that the log cannot be written. */
    written = write(atomic_load_explicit(&output_fd, memory_order_relaxed), line.bytes, line.len_bytes);
    (void)written;
}

static int64_t read_mono_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* The slot of a name; a free one if it has none; NULL if all are taken: then it is not limited. */
static struct limit *find_limit(const char *name)
{
    struct limit *free_limit = NULL;

    for (size_t i = 0; i < LIMIT_SLOT_COUNT; i++) {
        if (strncmp(limits[i].name, name, sizeof limits[i].name - 1) == 0)
            return &limits[i];
        if (free_limit == NULL && limits[i].name[0] == '\0')
            free_limit = &limits[i];
    }
    return free_limit;
}

/* Counts one line of that name, under the limits of `model`; false if it is to be suppressed. */
static bool limit_admit(const char *name, const struct limit *model, int64_t mono_ms)
{
    struct limit *limit = find_limit(name);

    if (limit == NULL)
        return true;
    if (limit->name[0] == '\0') {
        *limit = *model;
        snprintf(limit->name, sizeof limit->name, "%s", name);
        limit->start_mono_ms = mono_ms;
    }
    limit->count++;
    return limit->count <= limit->max_count;
}

/* Ends windows that are over, or all, and tells what they suppressed. */
static void end_windows(int64_t mono_ms, bool is_final)
{
    for (size_t i = 0; i < LIMIT_SLOT_COUNT; i++) {
        struct limit *limit = &limits[i];

        if (limit->name[0] == '\0' || (!is_final && mono_ms - limit->start_mono_ms < limit->window_ms))
            continue;
        if (limit->count > limit->max_count)
            write_line(LOG_LEVEL_WARN, "log_suppressed",
                       (const struct log_field[]){LOG_TEXT("of", limit->name),
                                                  LOG_UINT("count", limit->count - limit->max_count), LOG_NONE});
        limit->name[0] = '\0';
    }
}

static bool is_admitted(enum log_level level, const char *name, const struct limit *model)
{
    int64_t mono_ms = read_mono_ms();
    bool is_passed;

    if (level <= LOG_LEVEL_DEBUG)
        return true;
    pthread_mutex_lock(&limits_mutex);
    end_windows(mono_ms, false);
    is_passed = limit_admit(name, model, mono_ms);
    pthread_mutex_unlock(&limits_mutex);
    return is_passed;
}

void log_write(enum log_level level, const char *msg, const struct log_field *fields)
{
    if (is_admitted(level, msg, &usual_limit))
        write_line(level, msg, fields);
}

void log_write_seldom(enum log_level level, const char *kind, const char *msg, const struct log_field *fields)
{
    char name[sizeof limits[0].name];

    snprintf(name, sizeof name, "%s/%s", msg, kind);
    if (is_admitted(level, name, &seldom_limit))
        write_line(level, msg, fields);
}

void log_flush(bool is_final)
{
    pthread_mutex_lock(&limits_mutex);
    end_windows(read_mono_ms(), is_final);
    pthread_mutex_unlock(&limits_mutex);
}
