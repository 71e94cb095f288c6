/* settings: what a config holds for inline calls and callbacks; librdkafka knows none of it.
 *
 * Memory:  settings_init() fills, settings_close() frees; a zeroed struct may be closed. settings_copy() copies all.
 * Threads: one at a time while it is set; read-only afterwards.
 * Errors:  settings_set(): RC_INVALID or RC_NO_MEMORY, errstr naming the setting; RC_NOT_FOUND without text for a name
 *          that is not one of these.
 */
#ifndef PRODUCER_SETTINGS_H
#define PRODUCER_SETTINGS_H

#include "autohttp.h"
#include "rc.h"
#include "task_json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct settings {
    int64_t timeout_ms;
    int64_t connect_timeout_ms;
    int64_t save_timeout_ms;
    int64_t response_max_bytes;
    char *ca_file; /* NULL: the system's */
    bool task_add_if_success;
    bool follows_events;       /* status_updates = events */
    bool has_default_schedule; /* one of the four below was set */
    enum task_retry_type retry_type;
    int64_t ladder_ms[TASK_LADDER_MAX];
    int64_t ladder_count;
    int64_t step_ms;
    int64_t step_time;
    autohttp_task_building_cb building_cb; /* each cb: NULL if not set */
    void *building_opaque;
    autohttp_task_result_valid_cb valid_cb;
    void *valid_opaque;
    autohttp_task_status_update_cb update_cb;
    void *update_opaque;
};

void settings_init(struct settings *settings);
void settings_close(struct settings *settings);
enum rc settings_copy(const struct settings *settings, struct settings *ret_copy);
enum rc settings_set(struct settings *settings, const char *name, const char *value, char *errstr, size_t errstr_bytes);
/* Gives a task that was made without a schedule the default one, named in full; the view borrows the ladder. */
void settings_fill_schedule(const struct settings *settings, struct task *view);

#endif
