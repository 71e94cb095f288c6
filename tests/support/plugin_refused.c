/* A plugin that the worker must refuse: PLUGIN_ABI and PLUGIN_BYTES say how it was compiled, PLUGIN_HOOK what it has.
 */
#include "autohttp_plugin.h"

static int tell(const autohttp_plugin_item_t *item, const char *err_message, void *opaque)
{
    (void)item;
    (void)err_message;
    (void)opaque;
    return AUTOHTTP_PLUGIN_OK;
}

/* Exported, so that there is one symbol of this file whatever its hooks are. */
AUTOHTTP_PLUGIN_EXPORT int plugin_refused_calls(void);

int plugin_refused_calls(void)
{
    return tell(0, "", 0);
}

const autohttp_plugin_t *PLUGIN_SYMBOL(void);

const autohttp_plugin_t *PLUGIN_SYMBOL(void)
{
    static const autohttp_plugin_t functions = {
        .bytes = PLUGIN_BYTES,
        .abi = PLUGIN_ABI,
        .on_task_status_update = PLUGIN_HOOK,
    };

    return &functions;
}
