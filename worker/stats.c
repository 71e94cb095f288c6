#include "stats.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "autohttp_"

enum metric_kind {
    METRIC_COUNTER = 1,
    METRIC_GAUGE,
    METRIC_SECONDS,
    METRIC_HISTOGRAM,
};

struct label {
    const char *name; /* "": no label */
    const char *const *values;
    size_t count;
};

struct metric {
    enum metric_kind kind;
    const char *name; /* without PREFIX */
    const char *help;
    const struct label *label_a;
    const struct label *label_b;
    size_t offset; /* in struct stats */
};

#define VALUE_TEXT(ID, VALUE, text) text,
#define STATS_LABEL(ID, label_name, VALUES)                                                                            \
    static const char *const VALUES_##ID[] = {VALUES(VALUE_TEXT)};                                                     \
    static const struct label LABEL_##ID = {label_name, VALUES_##ID, STATS_##ID##_COUNT};
#define STATS_BUCKETS(ID, ...)                                                                                         \
    static const int64_t BOUNDS_##ID[] = {__VA_ARGS__};                                                                \
    _Static_assert(sizeof BOUNDS_##ID / sizeof BOUNDS_##ID[0] <= STATS_BUCKET_MAX, "too many buckets: " #ID);
#include "stats.def"

static const struct metric METRICS[] = {
#define STATS_COUNTER(name, A, B, help)                                                                                \
    {METRIC_COUNTER, #name, help, &LABEL_##A, &LABEL_##B, offsetof(struct stats, name)},
#define STATS_GAUGE(name, A, help) {METRIC_GAUGE, #name, help, &LABEL_##A, &LABEL_NONE, offsetof(struct stats, name)},
#define STATS_SECONDS(name, help) {METRIC_SECONDS, #name, help, &LABEL_NONE, &LABEL_NONE, offsetof(struct stats, name)},
#define STATS_HISTOGRAM(name, BUCKETS, help)                                                                           \
    {METRIC_HISTOGRAM, #name, help, &LABEL_NONE, &LABEL_NONE, offsetof(struct stats, name)},
#include "stats.def"
};

void stats_init(struct stats *stats)
{
    memset(stats, 0, sizeof *stats);
#define STATS_HISTOGRAM(name, BUCKETS, help)                                                                           \
    stats->name.bounds_us = BOUNDS_##BUCKETS;                                                                          \
    stats->name.bound_count = sizeof BOUNDS_##BUCKETS / sizeof BOUNDS_##BUCKETS[0];
#include "stats.def"
}

void stats_raise(struct stats_gauge *gauge, int64_t value)
{
    if (value > stats_get_gauge(gauge))
        stats_set(gauge, value);
}

static void add_relaxed(_Atomic uint64_t *place, uint64_t count)
{
    atomic_store_explicit(place, atomic_load_explicit(place, memory_order_relaxed) + count, memory_order_relaxed);
}

void stats_observe(struct stats_histogram *histogram, int64_t duration_us)
{
    int64_t value = duration_us < 0 ? 0 : duration_us;
    size_t i = 0;

    while (i < histogram->bound_count && value > histogram->bounds_us[i])
        i++;
    add_relaxed(&histogram->counts[i], 1);
    add_relaxed(&histogram->sum_us, (uint64_t)value);
}

uint64_t stats_get_count(const struct stats_histogram *histogram)
{
    uint64_t count = 0;

    for (size_t i = 0; i <= histogram->bound_count; i++)
        count += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
    return count;
}

/* Microseconds as seconds, exactly and without trailing zeros: 1500000 -> 1.5. */
static void print_seconds(struct buffer *buffer, uint64_t us)
{
    char text[32];
    size_t len_bytes = (size_t)snprintf(text, sizeof text, "%llu.%06llu", (unsigned long long)(us / 1000000),
                                        (unsigned long long)(us % 1000000));

    while (text[len_bytes - 1] == '0')
        len_bytes--;
    if (text[len_bytes - 1] == '.')
        len_bytes--;
    buffer_append(buffer, text, len_bytes);
}

static void print_signed_seconds(struct buffer *buffer, int64_t us)
{
    if (us < 0)
        buffer_append_char(buffer, '-');
    print_seconds(buffer, us < 0 ? -(uint64_t)us : (uint64_t)us);
}

static void print_label(struct buffer *buffer, const char *before, const struct label *label, size_t i)
{
    buffer_append_text(buffer, before);
    buffer_append_text(buffer, label->name);
    buffer_append_text(buffer, "=\"");
    buffer_append_text(buffer, label->values[i]);
    buffer_append_text(buffer, "\"");
}

/* autohttp_<name>{a="x",b="y"} and a space. */
static void print_series(struct buffer *buffer, const struct metric *metric, size_t i)
{
    buffer_append_text(buffer, PREFIX);
    buffer_append_text(buffer, metric->name);
    if (metric->label_a->name[0] != '\0') {
        print_label(buffer, "{", metric->label_a, i / metric->label_b->count);
        if (metric->label_b->name[0] != '\0')
            print_label(buffer, ",", metric->label_b, i % metric->label_b->count);
        buffer_append_text(buffer, "}");
    }
    buffer_append_char(buffer, ' ');
}

static void print_values(struct buffer *buffer, const struct metric *metric, const void *field)
{
    for (size_t i = 0; i < metric->label_a->count * metric->label_b->count; i++) {
        print_series(buffer, metric, i);
        if (metric->kind == METRIC_COUNTER)
            buffer_append_uint64(buffer, stats_get((const struct stats_counter *)field + i));
        else if (metric->kind == METRIC_GAUGE)
            buffer_append_int64(buffer, stats_get_gauge((const struct stats_gauge *)field + i));
        else
            print_signed_seconds(buffer, stats_get_gauge((const struct stats_gauge *)field + i));
        buffer_append_char(buffer, '\n');
    }
}

static void print_name(struct buffer *buffer, const char *name, const char *suffix)
{
    buffer_append_text(buffer, PREFIX);
    buffer_append_text(buffer, name);
    buffer_append_text(buffer, suffix);
}

static void print_bucket(struct buffer *buffer, const struct metric *metric, const int64_t *bound_us, uint64_t count)
{
    print_name(buffer, metric->name, "_bucket{le=\"");
    if (bound_us == NULL)
        buffer_append_text(buffer, "+Inf");
    else
        print_seconds(buffer, (uint64_t)*bound_us);
    buffer_append_text(buffer, "\"} ");
    buffer_append_uint64(buffer, count);
    buffer_append_char(buffer, '\n');
}

static void print_histogram(struct buffer *buffer, const struct metric *metric, const struct stats_histogram *histogram)
{
    uint64_t count = 0; /* of one pass: _count must equal the last bucket while the loop goes on counting */

    for (size_t i = 0; i <= histogram->bound_count; i++) {
        count += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
        print_bucket(buffer, metric, i < histogram->bound_count ? &histogram->bounds_us[i] : NULL, count);
    }
    print_name(buffer, metric->name, "_sum ");
    print_seconds(buffer, atomic_load_explicit(&histogram->sum_us, memory_order_relaxed));
    buffer_append_char(buffer, '\n');
    print_name(buffer, metric->name, "_count ");
    buffer_append_uint64(buffer, count);
    buffer_append_char(buffer, '\n');
}

static void print_head(struct buffer *buffer, const char *name, const char *type, const char *help)
{
    buffer_append_text(buffer, "# HELP ");
    print_name(buffer, name, " ");
    buffer_append_text(buffer, help);
    buffer_append_text(buffer, "\n# TYPE ");
    print_name(buffer, name, " ");
    buffer_append_text(buffer, type);
    buffer_append_char(buffer, '\n');
}

void stats_print_prometheus(const struct stats *stats, struct buffer *buffer)
{
    print_head(buffer, "build_info", "gauge", "Version of the worker; always 1.");
    print_name(buffer, "build_info", "{version=\"" AUTOHTTP_VERSION "\"} 1\n");
    for (size_t i = 0; i < sizeof METRICS / sizeof METRICS[0]; i++) {
        const struct metric *metric = &METRICS[i];
        const void *field = (const char *)stats + metric->offset;

        switch (metric->kind) {
        case METRIC_COUNTER:
            print_head(buffer, metric->name, "counter", metric->help);
            print_values(buffer, metric, field);
            break;
        case METRIC_GAUGE:
        case METRIC_SECONDS:
            print_head(buffer, metric->name, "gauge", metric->help);
            print_values(buffer, metric, field);
            break;
        case METRIC_HISTOGRAM:
            print_head(buffer, metric->name, "histogram", metric->help);
            print_histogram(buffer, metric, field);
            break;
        }
    }
}
