/* plugin: the operator's shared object: loaded at the start, its hooks called, timed and counted.
 *
 * plugin_open() refuses what cannot be used before the worker does anything else; afterwards a hook that fails or takes
 * longer than plugin_budget is counted in the metrics at once and logged at most once a minute for each hook, with how
 * often it happened since. plugin_watch names the hook that runs. What the hooks may do stands in autohttp_plugin.h.
 *
 * Memory:  plugin_open() gives, plugin_close() takes; borrows params, stats and clock. Items are the caller's.
 * Threads: the loop's; the hooks run in it.
 * Errors:  plugin_open(): RC_INVALID, errstr names the file and what is wrong with it.
 */
#ifndef WORKER_PLUGIN_H
#define WORKER_PLUGIN_H

#include "clock.h"
#include "params.h"
#include "plugin_item.h"
#include "rc.h"
#include "stats.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLUGIN_LOG_INTERVAL_MS 60000

struct plugin;

/* What on_task_result_valid made of a response. */
enum plugin_verdict {
    PLUGIN_VALID = 1,
    PLUGIN_INVALID, /* no success, says the hook */
    PLUGIN_FAILED,  /* the hook itself failed */
};

/* params->plugin "": no plugin, *ret_plugin is set to NULL. */
enum rc plugin_open(const struct params *params, struct stats *stats, const struct clock *clock,
                    struct plugin **ret_plugin, char *errstr, size_t errstr_bytes);
/* Logs the faults not logged yet. NULL is fine. */
void plugin_close(struct plugin *plugin);

bool plugin_has_building(const struct plugin *plugin);
bool plugin_has_result_valid(const struct plugin *plugin);
bool plugin_has_status_update(const struct plugin *plugin);

/* on_task_building, then the rules for tasks. RC_OK: item->sent may be sent; else errstr says why not: RC_UNAVAILABLE,
 * the hook failed; RC_INVALID, a change was refused. Call only if the plugin has the hook; so the next two. */
enum rc plugin_build(struct plugin *plugin, autohttp_plugin_item_t *item, char *errstr, size_t errstr_bytes);
/* errstr: what the hook printed, "" if nothing. */
enum plugin_verdict plugin_judge(struct plugin *plugin, const autohttp_plugin_item_t *item,
                                 const autohttp_plugin_response_t *response, char *errstr, size_t errstr_bytes);
void plugin_tell_status(struct plugin *plugin, const autohttp_plugin_item_t *item, const char *err_message);

#endif
