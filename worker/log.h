/* log: one logfmt line for each thing worth an operator's attention.
 *
 *   ts=2026-01-31T12:00:00.250Z level=info msg=attempt_end id=281474976710661 host=pay.example attempt=3 status=503
 *   log_info("attempt_end", LOG_UINT("id", id), LOG_TEXT("host", host), LOG_INT("status", 503));
 *
 * Never bodies, header values, query strings or secrets: the caller's duty, as is keeping msg a fixed word with fixed
 * keys. A line is one write(2), at most LOG_LINE_MAX_BYTES; a longer one is cut and ends in cut=true. Values are quoted
 * when they need it, and control characters and broken UTF-8 never get through.
 *
 * Repeats: of one msg at info or above, LOG_REPEAT_MAX lines go out in LOG_REPEAT_WINDOW_MS; the rest are counted, and
 * the count follows as `msg=log_suppressed of=<msg> count=<n>` once the window is over and something is logged or
 * log_flush() is called. Debug lines are not limited: who asks for them wants all.
 *
 * Seldom: what others say as often as they like (librdkafka, while a broker is away) goes by log_seldom(): of one msg
 * and kind, one line in LOG_SELDOM_WINDOW_MS; the rest are counted as `of=<msg>/<kind>`.
 *
 * Memory:  nothing kept but counts; msg and fields are borrowed.
 * Threads: any. log_set_* may be called while others log.
 * Time:    reads the wall clock itself; nothing is decided from it but the limit on repeats.
 * Cost:    a disabled level is one compare; its fields are not evaluated.
 */
#ifndef WORKER_LOG_H
#define WORKER_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_MAX_BYTES 2048
#define LOG_REPEAT_MAX 50
#define LOG_REPEAT_WINDOW_MS 10000
#define LOG_SELDOM_WINDOW_MS 60000

/* The names as they stand in a line and in the setting log_level. */
#define LOG_LEVEL_LIST(X)                                                                                              \
    X(DEBUG, "debug")                                                                                                  \
    X(INFO, "info")                                                                                                    \
    X(WARN, "warn")                                                                                                    \
    X(ERROR, "error")

enum log_level {
#define LOG_LEVEL_ENUM(id, name) LOG_LEVEL_##id,
    LOG_LEVEL_LIST(LOG_LEVEL_ENUM)
#undef LOG_LEVEL_ENUM
};

enum log_kind {
    LOG_KIND_NONE = 0, /* no field: ends the list that the macros build */
    LOG_KIND_TEXT,
    LOG_KIND_INT,
    LOG_KIND_UINT,
    LOG_KIND_BOOL,
};

struct log_field {
    const char *name;
    enum log_kind kind;
    const char *text; /* LOG_KIND_TEXT; NULL prints as an empty value */
    size_t text_bytes;
    int64_t number; /* LOG_KIND_INT, _BOOL */
    uint64_t unsigned_number;
};

#define LOG_TEXT_NUL SIZE_MAX /* text_bytes of a NUL-terminated text */

#define LOG_TEXT(field, value) ((struct log_field){(field), LOG_KIND_TEXT, (value), LOG_TEXT_NUL, 0, 0})
#define LOG_BYTES(field, value, value_bytes) ((struct log_field){(field), LOG_KIND_TEXT, (value), (value_bytes), 0, 0})
#define LOG_INT(field, value) ((struct log_field){(field), LOG_KIND_INT, NULL, 0, (value), 0})
#define LOG_UINT(field, value) ((struct log_field){(field), LOG_KIND_UINT, NULL, 0, 0, (value)})
#define LOG_BOOL(field, value) ((struct log_field){(field), LOG_KIND_BOOL, NULL, 0, (value) ? 1 : 0, 0})
#define LOG_NONE ((struct log_field){NULL, LOG_KIND_NONE, NULL, 0, 0, 0})

/* log_info("msg") or log_info("msg", LOG_TEXT("host", host), ...). */
#define log_debug(...) LOG_AT(LOG_LEVEL_DEBUG, __VA_ARGS__, LOG_NONE)
#define log_info(...) LOG_AT(LOG_LEVEL_INFO, __VA_ARGS__, LOG_NONE)
#define log_warn(...) LOG_AT(LOG_LEVEL_WARN, __VA_ARGS__, LOG_NONE)
#define log_error(...) LOG_AT(LOG_LEVEL_ERROR, __VA_ARGS__, LOG_NONE)

/* log_seldom(LOG_LEVEL_WARN, kind, "msg", ...): kind is a text of few values, such as an error's name. */
#define log_seldom(level, kind, ...) LOG_SELDOM_AT(level, kind, __VA_ARGS__, LOG_NONE)

#define LOG_SELDOM_AT(level, kind, msg, ...)                                                                           \
    do {                                                                                                               \
        if (log_is_enabled(level))                                                                                     \
            log_write_seldom((level), (kind), (msg), (const struct log_field[]){__VA_ARGS__});                         \
    } while (0)

#define LOG_AT(level, msg, ...)                                                                                        \
    do {                                                                                                               \
        if (log_is_enabled(level))                                                                                     \
            log_write((level), (msg), (const struct log_field[]){__VA_ARGS__});                                        \
    } while (0)

/* The lowest level written; read without a lock. Use log_set_level(). */
extern _Atomic int log_level_now;

static inline bool log_is_enabled(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&log_level_now, memory_order_relaxed);
}

/* LOG_LEVEL_INFO until set. */
void log_set_level(enum log_level level);
/* Where lines go, 2 (stderr) until set; borrowed. */
void log_set_fd(int fd);
/* Whatever the level; fields end with LOG_NONE. Use the macros. */
void log_write(enum log_level level, const char *msg, const struct log_field *fields);
void log_write_seldom(enum log_level level, const char *kind, const char *msg, const struct log_field *fields);
/* Writes the counts of suppressed repeats whose window is over, or of all with is_final: call it at exit. */
void log_flush(bool is_final);
const char *log_level_get_name(enum log_level level);

#endif
