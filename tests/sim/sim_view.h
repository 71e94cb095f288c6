/* sim_view: the rows of one partition as a replay of `state` gives them, by the rule of the design.
 *
 * Memory:  the caller's struct, zeroed is empty; what it holds lives until the process ends.
 * Threads: one.
 */
#ifndef SIM_SIM_VIEW_H
#define SIM_SIM_VIEW_H

#include "sim.h"

struct view_row;

struct view {
    struct view_row *rows;
    int64_t highest_epoch;
    int owner;                           /* incarnation that wrote the first claim of the highest epoch */
    int64_t epochs[SIM_INCARNATION_MAX]; /* by incarnation: its last claim */
};

/* True: a row or tombstone that counts; a claim, an offset or a zombie's row does not. */
bool view_apply(struct view *view, const struct sim_record *record);
/* The key's row; NULL: none. */
const char *view_get_row(const struct view *view, const char *key, size_t key_bytes, size_t *ret_json_bytes);
/* Of the incarnation's last claim; 0: none. */
/* Whether it is a row or tombstone that view_apply() would take. */
bool view_counts(const struct view *view, const struct sim_record *record);
/* Calls cb with every row. */
void view_each(const struct view *view, sim_row_cb cb, void *opaque);
int64_t view_get_epoch(const struct view *view, int incarnation);
/* A sim_row_cb: opaque is the view. */
void view_put(const char *key, size_t key_bytes, const char *json, size_t json_bytes, void *opaque);
/* Ends the run (I7) if other has not the same rows. */
void view_compare(const struct view *view, const struct view *other, const char *what, int32_t partition);

#endif
