#include "settings.h"

#include <stdlib.h>
#include <string.h>

static const char *get_env(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

static const char *first_of(const char *a, const char *b, const char *c)
{
    return a != NULL ? a : b != NULL ? b : c;
}

const char *settings_get_file(const struct settings_options *options)
{
    return first_of(options->config, get_env("AUTOHTTP_CONFIG"), NULL);
}

enum rc settings_load(const struct settings_options *options, struct settings *ret_settings, char *errstr,
                      size_t errstr_bytes)
{
    struct settings settings = {0};
    struct topics topics;
    enum rc rc = params_load(settings_get_file(options), 0, &settings.params, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    settings.bootstrap = first_of(options->bootstrap, get_env("AUTOHTTP_BOOTSTRAP"),
                                  params_get_kafka(&settings.params, "bootstrap.servers"));
    settings.topic_prefix = first_of(options->topic_prefix, settings.params.topic_prefix, NULL);
    /* Unless it is set, the workers' group follows their prefix, also one given here. */
    settings.group_id = settings.params.sources[PARAMS_ID_group_id].kind == PARAMS_FROM_DEFAULT
                            ? settings.topic_prefix
                            : settings.params.group_id;
    rc = topics_init(settings.topic_prefix, 1, 1, NULL, 0, SETTINGS_AUDIT_WINDOW_MS, &topics, errstr, errstr_bytes);
    if (rc != RC_OK) {
        params_close(&settings.params);
        return rc;
    }
    *ret_settings = settings;
    return RC_OK;
}

void settings_close(struct settings *settings)
{
    params_close(&settings->params);
    memset(settings, 0, sizeof *settings);
}

enum rc settings_check_bootstrap(const struct settings *settings, char *errstr, size_t errstr_bytes)
{
    if (settings->bootstrap != NULL) {
        return RC_OK;
    }
    return rc_fail(RC_INVALID, errstr, errstr_bytes,
                   "no broker named: use --bootstrap HOST:PORT, AUTOHTTP_BOOTSTRAP, or kafka: bootstrap.servers in the "
                   "configuration");
}
