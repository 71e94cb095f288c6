#include "plugin.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "log.h"
#include "plugin_watch.h"

#define WHY_MAX_BYTES 256

/* Faults of one hook that are to be logged. */
struct fault_log {
    uint64_t count; /* since the last line */
    int64_t worst_us;
    int64_t next_mono_ms; /* no line before */
    char why[WHY_MAX_BYTES];
};

struct plugin {
    const struct params *params;
    struct stats *stats;
    const struct clock *clock;
    void *library;
    const autohttp_plugin_t *hooks;
    void *opaque;
    bool is_open; /* close() is to be called */
    struct fault_log errors[STATS_HOOK_COUNT];
    struct fault_log overruns[STATS_HOOK_COUNT];
};

static const char *const hook_names[STATS_HOOK_COUNT] = {
    [STATS_HOOK_BUILDING] = "on_task_building",
    [STATS_HOOK_RESULT_VALID] = "on_task_result_valid",
    [STATS_HOOK_STATUS_UPDATE] = "on_task_status_update",
};

static enum rc load(struct plugin *plugin, const char *path, autohttp_plugin_t const *(**ret_get)(void), char *errstr,
                    size_t errstr_bytes)
{
    plugin->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (plugin->library == NULL) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "plugin %s: cannot be loaded: %s", path, dlerror());
    }
    *(void **)ret_get = dlsym(plugin->library, AUTOHTTP_PLUGIN_SYMBOL);
    if (*ret_get == NULL) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "plugin %s: exports no %s()", path, AUTOHTTP_PLUGIN_SYMBOL);
    }
    return RC_OK;
}

static enum rc check_struct(const autohttp_plugin_t *hooks, const char *path, char *errstr, size_t errstr_bytes)
{
    if (hooks == NULL) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "plugin %s: %s() returned NULL", path, AUTOHTTP_PLUGIN_SYMBOL);
    }
    if (hooks->abi != AUTOHTTP_PLUGIN_ABI) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "plugin %s: its ABI version is %u, this worker's is %u", path,
                       (unsigned)hooks->abi, (unsigned)AUTOHTTP_PLUGIN_ABI);
    }
    if (hooks->bytes != sizeof *hooks) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes,
                       "plugin %s: its struct has %zu bytes, that of ABI version %u has %zu", path, hooks->bytes,
                       (unsigned)hooks->abi, sizeof *hooks);
    }
    if (hooks->on_task_building == NULL && hooks->on_task_result_valid == NULL &&
        hooks->on_task_status_update == NULL) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes,
                       "plugin %s: has none of on_task_building, on_task_result_valid, on_task_status_update", path);
    }
    return RC_OK;
}

static enum rc call_open(struct plugin *plugin, const char *path, char *errstr, size_t errstr_bytes)
{
    char why[WHY_MAX_BYTES] = "";
    int result = AUTOHTTP_PLUGIN_OK;

    plugin_watch_open(path);
    if (plugin->hooks->open != NULL) {
        plugin_watch_enter("open");
        result =
            plugin->hooks->open(&plugin_item_host, plugin->params->plugin_config, &plugin->opaque, why, sizeof why);
        plugin_watch_leave();
        why[sizeof why - 1] = '\0';
    }
    if (result != AUTOHTTP_PLUGIN_OK) {
        return rc_fail(RC_INVALID, errstr, errstr_bytes, "plugin %s: open() gave %d: %s", path, result, why);
    }
    plugin->is_open = true;
    return RC_OK;
}

enum rc plugin_open(const struct params *params, struct stats *stats, const struct clock *clock,
                    struct plugin **ret_plugin, char *errstr, size_t errstr_bytes)
{
    const char *path = params->plugin;
    const autohttp_plugin_t *(*get)(void) = NULL;
    struct plugin *plugin;
    enum rc rc;

    if (path == NULL || path[0] == '\0') {
        *ret_plugin = NULL;
        return RC_OK;
    }
    plugin = alloc_zeroed(1, sizeof *plugin);
    plugin->params = params;
    plugin->stats = stats;
    plugin->clock = clock;
    rc = load(plugin, path, &get, errstr, errstr_bytes);
    if (rc == RC_OK) {
        plugin->hooks = get();
        rc = check_struct(plugin->hooks, path, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = call_open(plugin, path, errstr, errstr_bytes);
    }
    if (rc != RC_OK) {
        plugin_close(plugin);
        return rc;
    }
    log_info("plugin_loaded", LOG_TEXT("file", path), LOG_INT("abi", plugin->hooks->abi));
    *ret_plugin = plugin;
    return RC_OK;
}

static void log_error_count(struct plugin *plugin, enum stats_label_HOOK hook)
{
    struct fault_log *fault = &plugin->errors[hook];

    log_error("plugin_error", LOG_TEXT("hook", hook_names[hook]), LOG_UINT("count", fault->count),
              LOG_TEXT("why", fault->why));
    fault->count = 0;
}

static void log_overrun_count(struct plugin *plugin, enum stats_label_HOOK hook)
{
    struct fault_log *fault = &plugin->overruns[hook];

    log_warn("plugin_overrun", LOG_TEXT("hook", hook_names[hook]), LOG_UINT("count", fault->count),
             LOG_INT("dur_ms", fault->worst_us / 1000), LOG_INT("budget_ms", plugin->params->plugin_budget_ms));
    fault->count = 0;
    fault->worst_us = 0;
}

void plugin_close(struct plugin *plugin)
{
    if (plugin == NULL) {
        return;
    }
    for (int hook = 0; hook < STATS_HOOK_COUNT; hook++) {
        if (plugin->errors[hook].count > 0) {
            log_error_count(plugin, (enum stats_label_HOOK)hook);
        }
        if (plugin->overruns[hook].count > 0) {
            log_overrun_count(plugin, (enum stats_label_HOOK)hook);
        }
    }
    if (plugin->is_open && plugin->hooks->close != NULL) {
        plugin_watch_enter("close");
        plugin->hooks->close(plugin->opaque);
        plugin_watch_leave();
    }
    if (plugin->library != NULL) {
        dlclose(plugin->library);
    }
    free(plugin);
}

bool plugin_has_building(const struct plugin *plugin)
{
    return plugin != NULL && plugin->hooks->on_task_building != NULL;
}

bool plugin_has_result_valid(const struct plugin *plugin)
{
    return plugin != NULL && plugin->hooks->on_task_result_valid != NULL;
}

bool plugin_has_status_update(const struct plugin *plugin)
{
    return plugin != NULL && plugin->hooks->on_task_status_update != NULL;
}

/* Whether a line is due: the first fault at once, those of the next minute together. */
static bool is_log_due(struct plugin *plugin, struct fault_log *fault)
{
    int64_t mono_ms = clock_read(plugin->clock).mono_ms;

    fault->count++;
    if (mono_ms < fault->next_mono_ms) {
        return false;
    }
    fault->next_mono_ms = mono_ms + PLUGIN_LOG_INTERVAL_MS;
    return true;
}

static void note_error(struct plugin *plugin, enum stats_label_HOOK hook, const char *why)
{
    stats_add(&plugin->stats->plugin_errors_total[hook], 1);
    snprintf(plugin->errors[hook].why, sizeof plugin->errors[hook].why, "%s", why);
    if (is_log_due(plugin, &plugin->errors[hook])) {
        log_error_count(plugin, hook);
    }
}

static void note_overrun(struct plugin *plugin, enum stats_label_HOOK hook, int64_t duration_us)
{
    struct fault_log *fault = &plugin->overruns[hook];

    stats_add(&plugin->stats->plugin_overruns_total[hook], 1);
    if (duration_us > fault->worst_us) {
        fault->worst_us = duration_us;
    }
    if (is_log_due(plugin, fault)) {
        log_overrun_count(plugin, hook);
    }
}

static int64_t begin_call(struct plugin *plugin, enum stats_label_HOOK hook)
{
    plugin_watch_enter(hook_names[hook]);
    return clock_read_mono_us(plugin->clock);
}

static void end_call(struct plugin *plugin, enum stats_label_HOOK hook, int64_t start_us)
{
    int64_t duration_us = clock_read_mono_us(plugin->clock) - start_us;

    plugin_watch_leave();
    stats_add(&plugin->stats->plugin_calls_total[hook], 1);
    stats_observe(&plugin->stats->plugin_hook_seconds, duration_us);
    stats_raise(plugin->stats->plugin_hook_max_seconds, duration_us);
    if (duration_us > plugin->params->plugin_budget_ms * 1000) {
        note_overrun(plugin, hook, duration_us);
    }
}

/* What the hook printed, ended whatever it did; else that it printed nothing. */
static void print_failure(int result, char *errstr, size_t errstr_bytes)
{
    errstr[errstr_bytes - 1] = '\0';
    if (errstr[0] == '\0') {
        snprintf(errstr, errstr_bytes, "the hook returned %d", result);
    }
}

enum rc plugin_build(struct plugin *plugin, autohttp_plugin_item_t *item, char *errstr, size_t errstr_bytes)
{
    int64_t start_us;
    enum rc rc;
    int result;

    errstr[0] = '\0';
    item->may_change = true;
    start_us = begin_call(plugin, STATS_HOOK_BUILDING);
    result = plugin->hooks->on_task_building(item, errstr, errstr_bytes, plugin->opaque);
    end_call(plugin, STATS_HOOK_BUILDING, start_us);
    item->may_change = false;
    if (result != AUTOHTTP_PLUGIN_OK) {
        print_failure(result, errstr, errstr_bytes);
        note_error(plugin, STATS_HOOK_BUILDING, errstr);
        return RC_UNAVAILABLE;
    }
    rc = plugin_item_check(item, errstr, errstr_bytes);
    if (rc != RC_OK) {
        note_error(plugin, STATS_HOOK_BUILDING, errstr);
    }
    return rc == RC_OK ? RC_OK : RC_INVALID;
}

enum plugin_verdict plugin_judge(struct plugin *plugin, const autohttp_plugin_item_t *item,
                                 const autohttp_plugin_response_t *response, char *errstr, size_t errstr_bytes)
{
    int64_t start_us;
    int result;

    errstr[0] = '\0';
    start_us = begin_call(plugin, STATS_HOOK_RESULT_VALID);
    result = plugin->hooks->on_task_result_valid(item, response, errstr, errstr_bytes, plugin->opaque);
    end_call(plugin, STATS_HOOK_RESULT_VALID, start_us);
    if (result == AUTOHTTP_PLUGIN_OK) {
        return PLUGIN_VALID;
    }
    print_failure(result, errstr, errstr_bytes);
    if (result == AUTOHTTP_PLUGIN_INVALID) {
        return PLUGIN_INVALID;
    }
    note_error(plugin, STATS_HOOK_RESULT_VALID, errstr);
    return PLUGIN_FAILED;
}

void plugin_tell_status(struct plugin *plugin, const autohttp_plugin_item_t *item, const char *err_message)
{
    int64_t start_us = begin_call(plugin, STATS_HOOK_STATUS_UPDATE);
    int result = plugin->hooks->on_task_status_update(item, err_message, plugin->opaque);

    end_call(plugin, STATS_HOOK_STATUS_UPDATE, start_us);
    if (result != AUTOHTTP_PLUGIN_OK) {
        char why[WHY_MAX_BYTES] = "";

        print_failure(result, why, sizeof why);
        note_error(plugin, STATS_HOOK_STATUS_UPDATE, why);
    }
}
