#include "reload.h"
#include "buffer.h"
#include "log.h"

void reload_params(struct params *params)
{
    struct params fresh = {0};
    struct buffer restart = {0};
    char text[512] = "";

    if (params_load(params->file, PARAMS_FOR_WORKER, &fresh, text, sizeof text) != RC_OK) {
        log_error("config_refused", LOG_TEXT("why", text));
        return;
    }
    for (size_t i = 0; i < fresh.warnings.count; i++) {
        log_warn("config", LOG_TEXT("why", fresh.warnings.items[i]));
    }
    params_take_reloadable(params, &fresh, &restart);
    log_set_level(params->log_level);
    log_info("config_reloaded", LOG_TEXT("file", params->file),
             LOG_BYTES("needs_restart", restart.data, restart.len_bytes));
    buffer_close(&restart);
    params_close(&fresh);
}
