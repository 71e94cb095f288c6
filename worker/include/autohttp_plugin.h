/* autohttp_plugin.h: hooks of yours in the worker, as a shared object.
 *
 *   cc -shared -fPIC -o plugin.so plugin.c          then in autohttp.yaml:   plugin: /usr/lib/autohttp/plugin.so
 *
 * The shared object exports one function, autohttp_plugin_get(), which returns one struct of functions. A worker that
 * cannot load it, or that is of another ABI version, does not start (exit status 78). Every function may be NULL, but
 * not all three hooks.
 *
 * Threads: all functions are called by the thread that runs the worker's loop, one at a time. While one runs, nothing
 *          else moves in the worker: never block in it, never wait for the network or a lock that is held for long. A
 *          hook that takes longer than the setting plugin_budget (10 ms), or that fails, is named in log and metrics.
 *          One that does not return makes /livez answer 503, naming the hook; one that crashes ends the process, and
 *          stderr names it.
 *          SIGTERM and SIGINT are blocked; start no process, change no signal handler.
 * Memory:  texts and bytes that you get are yours to read until the function returns. What you give is copied.
 * Texts:   UTF-8, NUL-terminated. errstr: what you print there (errstr_bytes with its NUL) stands in the event, the row
 *          and the log: no secrets.
 * Time:    _ms are milliseconds, of points in time since 1970, 0 if there was none.
 */
#ifndef AUTOHTTP_PLUGIN_H
#define AUTOHTTP_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AUTOHTTP_PLUGIN_ABI 1u
#define AUTOHTTP_PLUGIN_SYMBOL "autohttp_plugin_get"
#define AUTOHTTP_PLUGIN_BODY_MAX_BYTES 65536u /* of a response, shown to on_task_result_valid */

/* What a function returns. Any other value counts as AUTOHTTP_PLUGIN_ERROR. */
enum {
    AUTOHTTP_PLUGIN_OK = 0,
    AUTOHTTP_PLUGIN_INVALID = 1, /* on_task_result_valid: the response is no success. A setter: refused */
    AUTOHTTP_PLUGIN_ERROR = 2    /* the function itself failed: counted, logged */
};

/* Values of get_retry_type and get_status. */
enum { AUTOHTTP_PLUGIN_STEP = 1, AUTOHTTP_PLUGIN_LADDER = 2 };
enum {
    AUTOHTTP_PLUGIN_SENDING = 1,
    AUTOHTTP_PLUGIN_SUCCESS = 2,
    AUTOHTTP_PLUGIN_FAILURE = 3,
    AUTOHTTP_PLUGIN_STOPPED = 4
};

/* A task and its state; valid until the function that it was given to returns. */
typedef struct autohttp_plugin_item autohttp_plugin_item_t;

/* What the worker offers; valid until close() has returned. Functions are only ever added at its end, with a higher
 * AUTOHTTP_PLUGIN_ABI. */
typedef struct autohttp_plugin_host {
    size_t bytes; /* of this struct */
    uint32_t abi; /* AUTOHTTP_PLUGIN_ABI of the worker */

    /* The task. In on_task_building as changed so far; everywhere else as it was published. */
    uint64_t (*get_id)(const autohttp_plugin_item_t *item);
    const char *(*get_business_type)(const autohttp_plugin_item_t *item);
    const char *(*get_business_id)(const autohttp_plugin_item_t *item);
    const char *(*get_url)(const autohttp_plugin_item_t *item);
    const char *(*get_method)(const autohttp_plugin_item_t *item);
    /* Header and body are not at hand (0 names, NULL) when on_task_status_update tells of a command's effect. */
    size_t (*get_header_count)(const autohttp_plugin_item_t *item);
    const char *(*get_header_name)(const autohttp_plugin_item_t *item, size_t i);   /* NULL behind the last */
    const char *(*get_header_value)(const autohttp_plugin_item_t *item, size_t i);  /* NULL behind the last */
    const void *(*get_body)(const autohttp_plugin_item_t *item, size_t *ret_bytes); /* NULL without a body */
    int (*get_retry_type)(const autohttp_plugin_item_t *item);
    size_t (*get_retry_ladder_count)(const autohttp_plugin_item_t *item);
    int64_t (*get_retry_ladder_interval_ms)(const autohttp_plugin_item_t *item, size_t i); /* -1 behind the last */
    int64_t (*get_retry_step_interval_ms)(const autohttp_plugin_item_t *item);             /* 0 of a ladder */
    int64_t (*get_retry_step_time)(const autohttp_plugin_item_t *item);                    /* retries; 0: no limit */

    /* Its state: in the first two hooks as it stood before the attempt that they are about. */
    int64_t (*get_retry_count)(const autohttp_plugin_item_t *item); /* attempts that have ended, less one; never < 0 */
    int (*get_status)(const autohttp_plugin_item_t *item);
    int64_t (*get_request_time_ms)(const autohttp_plugin_item_t *item);
    int64_t (*get_last_retry_time_ms)(const autohttp_plugin_item_t *item);
    int64_t (*get_next_retry_time_ms)(const autohttp_plugin_item_t *item);
    int64_t (*get_success_time_ms)(const autohttp_plugin_item_t *item);

    /* The attempt that the hook is about, from 1; 0 before the first. */
    uint32_t (*get_attempt)(const autohttp_plugin_item_t *item);
    /* As sent in the header Idempotency-Key, without its quotes; "" in on_task_status_update. */
    const char *(*get_idempotency_key)(const autohttp_plugin_item_t *item);

    /* In on_task_building only; elsewhere they refuse. What they are given is judged by the rules for tasks when the
     * hook has returned (names of autohttp's own headers, control characters, lengths, the URL); if anything is
     * refused, the attempt is not sent and counts as failed, with the class `plugin`. The egress policy judges the
     * address that the changed URL leads to; a denied one is tried again on the schedule, with the class `denied`. */
    int (*set_url)(autohttp_plugin_item_t *item, const char *url);
    int (*set_method)(autohttp_plugin_item_t *item, const char *method);
    /* Takes the place of a header of that name, whatever its case; value NULL removes it. */
    int (*set_header)(autohttp_plugin_item_t *item, const char *name, const char *value);
    int (*set_body)(autohttp_plugin_item_t *item, const void *body, size_t body_bytes); /* body NULL: none */
} autohttp_plugin_host_t;

/* An answer, whatever its status. */
typedef struct autohttp_plugin_response {
    size_t bytes; /* of this struct */
    int status;
    const void *body; /* the first AUTOHTTP_PLUGIN_BODY_MAX_BYTES of it as received; NULL if none came */
    size_t body_bytes;
    uint64_t body_received_bytes; /* all that came, 1 MiB at most is taken in */
    int is_body_whole;            /* 0: the connection was closed, too slow, or the body too long, before its end */
} autohttp_plugin_response_t;

typedef struct autohttp_plugin {
    size_t bytes; /* sizeof(autohttp_plugin_t) */
    uint32_t abi; /* AUTOHTTP_PLUGIN_ABI */

    /* Once, before anything else. config: the setting plugin_config, "" if it is not set. What *ret_opaque is set to is
     * handed to every function. Anything but OK: the worker does not start (exit status 78), errstr says why. */
    int (*open)(const autohttp_plugin_host_t *host, const char *config, void **ret_opaque, char *errstr,
                size_t errstr_bytes);
    /* Once, when the worker stops in good order; only if open() was OK, or there is none. */
    void (*close)(void *opaque);

    /* Before every send: may change method, URL, header and body by the host's setters. What is sent changes, never
     * what is stored: the next attempt starts from the task as published. ERROR: nothing is sent, the attempt counts
     * as failed, with the class `plugin` and errstr. */
    int (*on_task_building)(autohttp_plugin_item_t *item, char *errstr, size_t errstr_bytes, void *opaque);

    /* For every response, whatever its status; not if none came. Its answer takes the place of the rules: OK settles
     * the task Success; INVALID retries on the schedule, with the class `body_check` and errstr; ERROR too, with the
     * class `plugin`. Retry-After remains a minimum wait where it is heeded (429, 503, 3xx). */
    int (*on_task_result_valid)(const autohttp_plugin_item_t *item, const autohttp_plugin_response_t *response,
                                char *errstr, size_t errstr_bytes, void *opaque);

    /* When a row that says a task's status was written, read back and applied, and its event acknowledged: Sending (the
     * task waits for its first attempt, or for the next one), Success, Failure, Stopped. A task that is due at once is
     * first told of when its first attempt has ended. err_message: class and text of the last unsuccessful attempt, or
     * why it ended; "" if none. The next attempt of the task starts only after it has returned.
     * After a crash, or when a partition moves, it may be called again for the same status: at least once, not exactly
     * once. A Sending that a later status has overtaken meanwhile is then left out.
     * Of a task that another of the same business key has replaced only id, key and status (Stopped) are known.
     * ERROR changes nothing for the task. */
    int (*on_task_status_update)(const autohttp_plugin_item_t *item, const char *err_message, void *opaque);
} autohttp_plugin_t;

#if defined(__GNUC__)
#define AUTOHTTP_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define AUTOHTTP_PLUGIN_EXPORT
#endif

/* What the shared object exports. The struct must stay as it is until the process ends. */
AUTOHTTP_PLUGIN_EXPORT const autohttp_plugin_t *autohttp_plugin_get(void);

#ifdef __cplusplus
}
#endif
#endif
