/* settings: where the cluster is and what the topics are called. Options outrank the environment, that the file.
 *
 *   --bootstrap      AUTOHTTP_BOOTSTRAP      kafka: bootstrap.servers
 *   --topic-prefix   AUTOHTTP_TOPIC_PREFIX   topic_prefix
 *   --config         AUTOHTTP_CONFIG         the file, the same as the worker's; without one, defaults
 *
 * Memory:  the caller owns the struct; settings_close() frees; a zeroed one is fine. Texts borrow from options,
 *          environment and params.
 * Threads: read-only after loading.
 * Errors:  as params_load(); RC_INVALID also for a prefix that cannot be.
 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "params.h"
#include "rc.h"
#include "topics.h"
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_AUDIT_WINDOW_MS (INT64_C(7) * 24 * 60 * 60 * 1000)

struct settings_options { /* NULL: not given */
    const char *config;
    const char *bootstrap;
    const char *topic_prefix;
};

struct settings {
    struct params params;
    const char *bootstrap; /* NULL: nobody said; settings_check_bootstrap() is for verbs that need it */
    const char *topic_prefix;
    const char *group_id; /* of the workers */
};

enum rc settings_load(const struct settings_options *options, struct settings *ret_settings, char *errstr,
                      size_t errstr_bytes);
void settings_close(struct settings *settings);
/* The file that settings_load() would read; NULL: none. */
const char *settings_get_file(const struct settings_options *options);
/* RC_INVALID, errstr saying how to name a broker, if there is none. */
enum rc settings_check_bootstrap(const struct settings *settings, char *errstr, size_t errstr_bytes);

#endif
