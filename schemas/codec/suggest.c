#include "suggest.h"

#include <string.h>

static size_t min_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* One row of the table of distances: of the prefix of a that ends at i to every prefix of b. */
static void fill_row(const char *a, size_t i, const char *b, size_t b_bytes, size_t rows[3][SUGGEST_WORD_MAX_BYTES + 1])
{
    const size_t *before_last = rows[(i + 1) % 3];
    const size_t *last = rows[(i + 2) % 3];
    size_t *row = rows[i % 3];

    row[0] = i;
    for (size_t j = 1; j <= b_bytes; j++) {
        size_t replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
        row[j] = min_of(replaced, min_of(last[j], row[j - 1]) + 1);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
            row[j] = min_of(row[j], before_last[j - 2] + 1);
        }
    }
}

size_t suggest_get_distance(const char *a, const char *b)
{
    size_t rows[3][SUGGEST_WORD_MAX_BYTES + 1];
    size_t a_bytes = strlen(a);
    size_t b_bytes = strlen(b);

    if (a_bytes > SUGGEST_WORD_MAX_BYTES || b_bytes > SUGGEST_WORD_MAX_BYTES) {
        return a_bytes + b_bytes;
    }
    for (size_t j = 0; j <= b_bytes; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_bytes; i++) {
        fill_row(a, i, b, b_bytes, rows);
    }
    return rows[a_bytes % 3][b_bytes];
}

const char *suggest_find_near(const char *word, const char *const *candidates, size_t candidate_count)
{
    const char *near = NULL;
    size_t near_distance = (strlen(word) + 2) / 3 + 1;

    for (size_t i = 0; i < candidate_count; i++) {
        size_t distance = suggest_get_distance(word, candidates[i]);
        if (distance < near_distance) {
            near = candidates[i];
            near_distance = distance;
        }
    }
    return near;
}
