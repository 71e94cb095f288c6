/* autohttp.h: hand over HTTP calls that must not be lost.
 *
 * A task (business key, URL, method, headers, body, retry schedule) is published to Kafka; autohttp's workers call the
 * URL and repeat the call on the task's schedule until it is settled. This library publishes tasks and commands about
 * them. autohttp_get(), autohttp_post_form() and autohttp_post_json() make the first attempt themselves, at once, and
 * publish the task only if it failed.
 *
 *     autohttp_config_t *config = autohttp_config_new();
 *     autohttp_config_set(config, "bootstrap.servers", "127.0.0.1:9092", errstr, sizeof errstr);
 *     autohttp_t *handle = autohttp_new(config, errstr, sizeof errstr);
 *     autohttp_task_t *task = autohttp_task_new();
 *     autohttp_task_set_business_key(task, "order", 5, "42", 2);
 *     autohttp_task_set_url(task, "https://pay.example/charge", AUTOHTTP_TEXT);
 *     autohttp_publish_sync(handle, task, 10000, &id, errstr, sizeof errstr);
 *
 * Texts:   a pointer with its length in bytes, or with AUTOHTTP_TEXT if a NUL ends it; UTF-8. A NUL inside is refused.
 *          What the library gives back is NUL-terminated, and has a length where it may hold a NUL itself.
 * Memory:  every pointer handed in is borrowed for the call; what must be kept is copied. What is given back is freed
 *          with the _free() of its type, or belongs to the object it was asked of; each function says which. Every
 *          _free() takes NULL; a publish, a command, autohttp_config_set() and autohttp_new() refuse it; every other
 *          function must be given an object. When an allocation of this library fails, the call answers
 *          AUTOHTTP_NO_MEMORY and nothing has changed. (librdkafka ends the process when one of its own fails.)
 * Threads: a handle may be used by any number of threads at once; a config, task or command by one at a time, except
 *          that any number may publish the same. Each handle has one thread of its own; every callback of that handle
 *          runs in it, one after the other, with all signals blocked. A callback may publish; it must not block, and
 *          must not call autohttp_flush(), autohttp_free() or a _sync() function on its own handle (refused with
 *          AUTOHTTP_INVALID; autohttp_free() then does nothing).
 *          Inline calls and their callbacks run in the caller's thread instead; see there.
 * Process: the library handles no signals, writes to no stream, never exits. A handle does not survive fork().
 * Time:    durations and points in time are milliseconds; points in time count from 1970-01-01 UTC.
 * Errors:  functions that can fail return enum autohttp_rc. Outputs (ret_...) are written on success only; each may be
 *          NULL unless it is all the call is for. errstr then holds a NUL-terminated text that names field, value and
 *          limit; on success it is left as it was. errstr may be NULL with errstr_bytes 0.
 */
#ifndef AUTOHTTP_H
#define AUTOHTTP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define AUTOHTTP_API __attribute__((visibility("default")))
#else
#define AUTOHTTP_API
#endif

/* In place of a length: the text ends at its NUL. */
#define AUTOHTTP_TEXT ((size_t)-1)
/* A publish id as text: 32 hexadecimal digits. */
#define AUTOHTTP_PUBLISH_ID_BYTES 32
/* The broker took the record and did not say where (possible after a resend); or the record is no task. */
#define AUTOHTTP_ID_UNKNOWN ((uint64_t)-1)

typedef struct autohttp autohttp_t;                   /* a connection to one Kafka cluster and topic prefix */
typedef struct autohttp_config autohttp_config_t;     /* settings for a handle */
typedef struct autohttp_task autohttp_task_t;         /* an HTTP call to be made */
typedef struct autohttp_command autohttp_command_t;   /* which task to stop, retry or delete, and how */
typedef struct autohttp_delivery autohttp_delivery_t; /* what became of one publish; lives during the callback */
typedef struct autohttp_item autohttp_item_t;         /* a task with its state: 17 fields */
typedef struct autohttp_call autohttp_call_t;         /* what an inline call has beyond its address and body */
typedef struct autohttp_result autohttp_result_t;     /* what an inline call came to */

/* Numbers never change; new ones may be added. */
enum autohttp_rc {
    AUTOHTTP_OK = 0,
    AUTOHTTP_INVALID = 1,     /* what was given breaks a rule; errstr names it; nothing was sent */
    AUTOHTTP_UNSUPPORTED = 2, /* well-formed, but this version does not build its effect; nothing was sent */
    AUTOHTTP_TOO_LARGE = 3,   /* over a size limit, the library's or the broker's; not appended */
    AUTOHTTP_NO_MEMORY = 4,   /* nothing has changed */
    AUTOHTTP_FULL = 5,        /* the handle's queue is full: wait for callbacks, then try again; not appended */
    AUTOHTTP_TIMEOUT = 6,     /* the time ran out first; of a publish: certainly not appended */
    AUTOHTTP_UNKNOWN = 7,     /* appended or not, nobody knows: see autohttp_publish_sync() for what to do */
    AUTOHTTP_UNAVAILABLE = 8, /* no broker can be reached or it refuses for now; not appended */
    AUTOHTTP_DENIED = 9,      /* credentials or ACL do not allow it; not appended */
    AUTOHTTP_NOT_FOUND = 10,  /* the topic does not exist; create it with `autohttp topics apply`; not appended */
    AUTOHTTP_CLOSED = 11,     /* autohttp_free() came first; not appended */
    AUTOHTTP_FATAL = 12       /* the handle can do nothing any more: free it, make another; see AUTOHTTP_UNKNOWN */
};

/* "ok", "invalid", ...; "unrecognized" for a number outside the enum. Static storage. */
AUTOHTTP_API const char *autohttp_rc_get_name(int rc);
/* 1 if the same call on the same handle may succeed later, else 0. */
AUTOHTTP_API int autohttp_rc_is_retriable(int rc);
/* 1 if the handle must be freed, else 0. */
AUTOHTTP_API int autohttp_rc_is_fatal(int rc);
/* Of the library that runs, for example "0.1.0". Static storage. */
AUTOHTTP_API const char *autohttp_version(void);

/* The states of a task; rows and events hold the numbers. */
enum autohttp_status {
    AUTOHTTP_STATUS_SENDING = 1, /* not settled: attempts are made or waited for */
    AUTOHTTP_STATUS_SUCCESS = 2,
    AUTOHTTP_STATUS_FAILURE = 3, /* the schedule is used up, or the outcome is final */
    AUTOHTTP_STATUS_STOPPED = 4  /* a person or a program said stop */
};

/* --- configuration ---
 *
 * name                 default    what
 * topic_prefix         autohttp   tasks go to <prefix>.tasks, commands to <prefix>.control
 * queue_max_count      100000     records not yet reported, 1..10000000; one more is answered AUTOHTTP_FULL
 * queue_max_bytes      268435456  their bytes (rounded up to KiB), at least 4 MiB so that every task fits
 * delivery_timeout_ms  120000     a record not acknowledged after so long is given up and reported, 1000..86400000
 * <name>_file          -          the value of a librdkafka secret is read from this file, without its last newline:
 *                                 sasl.password_file, ssl.key.password_file, ssl.keystore.password_file,
 *                                 ssl.key.pem_file, sasl.oauthbearer.client.secret_file
 *
 * Of inline calls, and of callbacks:
 *
 * timeout_ms           30000      of an inline call whose task names none, 1..600000
 * connect_timeout_ms   5000       the part of it for name, connection and TLS
 * save_timeout_ms      10000      how long a failed inline call waits for its publish to be acknowledged
 * response_max         16777216   bytes of a response that are kept, 0..1 GiB; a longer one is an error, never cut
 * ca_file              -          certificates to trust, PEM; default: the system's
 * task_add_if_success  false      true: a call that succeeded at once is published, too, as settled
 * status_updates       off        events: on_task_status_update also hears what workers do; see there
 *
 * Schedule of a task that was given none, when this handle publishes or calls it (not of one read from JSON; times are
 * seconds with up to three decimals). If none of the four is set, a task that is published names no schedule and gets
 * the worker's, by the settings of the same names in autohttp.yaml; an inline call uses the defaults given here:
 *
 * retry_type_default             step   step or ladder
 * retry_step_default_interval    60     wait after each attempt
 * retry_step_default_time        0      number of retries; 0: no limit
 * retry_ladder_default_interval  empty  waits, as in 60,300,1800; empty: Failure after the first failed attempt
 *
 * Refused: loop_interval (nothing polls), auto_clean_* (workers clean: see autohttp.yaml).
 *
 * Every other name goes to librdkafka under its own name: bootstrap.servers, security.protocol, sasl.mechanism,
 * sasl.username, ssl.ca.location, linger.ms (default 5), compression.type (default lz4), client.id, ...
 * Unknown names are refused, and those that would break the promise (acks, partitioner, enable.idempotence, ...).
 */

/* Gives a config with the defaults; NULL if there is no memory. */
AUTOHTTP_API autohttp_config_t *autohttp_config_new(void);
AUTOHTTP_API void autohttp_config_free(autohttp_config_t *config);
/* Both are NUL-terminated. AUTOHTTP_INVALID, errstr naming the setting, if either cannot be. A later call replaces. */
AUTOHTTP_API enum autohttp_rc autohttp_config_set(autohttp_config_t *config, const char *name, const char *value,
                                                  char *errstr, size_t errstr_bytes);

/* What librdkafka has to tell: lost connections, authentication failures. level as in syslog: 3 error, 4 warning,
 * 6 information. text is borrowed for the call. Runs in the handle's thread. Without one, messages are dropped. */
typedef void (*autohttp_log_cb)(int level, const char *text, void *opaque);
AUTOHTTP_API void autohttp_config_set_log_cb(autohttp_config_t *config, autohttp_log_cb cb, void *opaque);

/* --- callbacks of inline calls ---
 *
 * They run in the thread that makes the inline call, in several at once if several call; item and texts are borrowed
 * for the call. They may publish, but not call autohttp_free().
 */

/* on_task_building: may change method, URL, headers and body of what is sent in this attempt, by the setters of task;
 * its other fields have no effect. What is published if the call fails is the task as it was. */
typedef void (*autohttp_task_building_cb)(const autohttp_item_t *item, autohttp_task_t *task, void *opaque);
AUTOHTTP_API void autohttp_config_set_task_building_cb(autohttp_config_t *config, autohttp_task_building_cb cb,
                                                       void *opaque);
/* on_task_result_valid: called for every whole response, whatever its status. 0: success; anything else: failed and to
 * be retried, also a 410; why goes into errstr. Its answer replaces the rules. */
typedef int (*autohttp_task_result_valid_cb)(const autohttp_item_t *item, int status_code, const void *response,
                                             size_t response_bytes, char *errstr, size_t errstr_bytes, void *opaque);
AUTOHTTP_API void autohttp_config_set_task_result_valid_cb(autohttp_config_t *config, autohttp_task_result_valid_cb cb,
                                                           void *opaque);
/* on_task_status_update: after each inline call that was made, once it is saved or not. err_message: why it failed, and
 * why it was not saved; "" if neither.
 *
 * With status_updates = events the handle also reads `events`, in a second thread of its own (signals blocked; it must
 * not call autohttp_free()), and calls this, possibly beside an inline call's, for each change that workers make to any
 * task of the prefix: accepted, each attempt's end, stopped, replaced. An item then has the id, the key, retry_count,
 * status and times; the rest is "" or 0. This starts from now on and is best effort: nothing from before the topic's
 * end was found, repeats are possible, and nothing is told again after a restart. The durable way is a consumer of
 * `events` with a group of its own. */
typedef void (*autohttp_task_status_update_cb)(const autohttp_item_t *item, const char *err_message, void *opaque);
AUTOHTTP_API void autohttp_config_set_task_status_update_cb(autohttp_config_t *config,
                                                            autohttp_task_status_update_cb cb, void *opaque);

/* --- handle --- */

/* Gives a handle; copies what it needs of config, which stays the caller's. Starts threads and connects in the
 * background: it does not wait for a broker and does not fail for want of one. NULL on failure, errstr says why. */
AUTOHTTP_API autohttp_t *autohttp_new(const autohttp_config_t *config, char *errstr, size_t errstr_bytes);
/* Waits up to timeout_ms (negative: until delivery_timeout_ms has decided on all) for what is queued; gives up the
 * rest, whose callbacks come with AUTOHTTP_CLOSED or AUTOHTTP_UNKNOWN; frees. Every callback has returned when it
 * returns; one of status_updates, before the waiting begins. No other thread may be in a call on the handle. */
AUTOHTTP_API void autohttp_free(autohttp_t *handle, int timeout_ms);
/* Sends what is queued without lingering and waits until all is reported and its callbacks have returned.
 * AUTOHTTP_TIMEOUT if some is left after timeout_ms (negative: no limit): it stays queued and will be reported. */
AUTOHTTP_API enum autohttp_rc autohttp_flush(autohttp_t *handle, int timeout_ms);
/* Records accepted whose callback has not returned yet. */
AUTOHTTP_API size_t autohttp_queue_count(const autohttp_t *handle);

/* --- task ---
 *
 * Setters copy and replace what was set before. They judge only what the object cannot hold: a NUL inside a text
 * (AUTOHTTP_INVALID), a body, ladder or header list over its limit (AUTOHTTP_TOO_LARGE). autohttp_task_check() and
 * publishing judge the whole with the rules of the workers, and name the field.
 *
 * Each task has a publish id, 128 random bits, drawn when it is made. Publishing the same object again, for instance
 * after AUTOHTTP_UNKNOWN, carries the same publish id, and the workers take both for one publish. Once published, the
 * next setter draws a new one: a changed task is another task.
 */

/* Gives an empty task; NULL if there is no memory or no random numbers. */
AUTOHTTP_API autohttp_task_t *autohttp_task_new(void);
AUTOHTTP_API void autohttp_task_free(autohttp_task_t *task);
/* Gives a task read from JSON as the topic holds it (schemas/task.schema.json). */
AUTOHTTP_API enum autohttp_rc autohttp_task_from_json(const char *json, size_t json_bytes, autohttp_task_t **ret_task,
                                                      char *errstr, size_t errstr_bytes);
/* Writes the JSON that would be published, and a NUL, into buf. ret_json_bytes: its length without the NUL, told
 * also with AUTOHTTP_TOO_LARGE, which is the answer if buf_bytes is not more than that. buf may be NULL with 0. */
AUTOHTTP_API enum autohttp_rc autohttp_task_to_json(const autohttp_task_t *task, char *buf, size_t buf_bytes,
                                                    size_t *ret_json_bytes, char *errstr, size_t errstr_bytes);
/* Whether it would be published: AUTOHTTP_OK, or the refusal with errstr naming the field. */
AUTOHTTP_API enum autohttp_rc autohttp_task_check(const autohttp_task_t *task, char *errstr, size_t errstr_bytes);

/* The name of the task: type and id, 1..255 bytes each, no colon in the type. Required. */
AUTOHTTP_API enum autohttp_rc autohttp_task_set_business_key(autohttp_task_t *task, const char *business_type,
                                                             size_t business_type_bytes, const char *business_id,
                                                             size_t business_id_bytes);
/* An absolute http or https URL. Required. */
AUTOHTTP_API enum autohttp_rc autohttp_task_set_url(autohttp_task_t *task, const char *url, size_t url_bytes);
/* Default GET, or POST if there is a body. */
AUTOHTTP_API enum autohttp_rc autohttp_task_set_method(autohttp_task_t *task, const char *method, size_t method_bytes);
/* One more HTTP header; at most 100. */
AUTOHTTP_API enum autohttp_rc autohttp_task_add_header(autohttp_task_t *task, const char *name, size_t name_bytes,
                                                       const char *value, size_t value_bytes);
AUTOHTTP_API enum autohttp_rc autohttp_task_clear_headers(autohttp_task_t *task);
/* Any bytes, at most 1 MiB; AUTOHTTP_TEXT is allowed. 0 bytes are a body, too; NULL is none. */
AUTOHTTP_API enum autohttp_rc autohttp_task_set_body(autohttp_task_t *task, const void *body, size_t body_bytes);
/* Retry on a ladder: wait_ms[n] follows the failed attempt n + 1; after the last wait one more attempt, then Failure.
 * At most 64 waits; none means one attempt. */
AUTOHTTP_API enum autohttp_rc autohttp_task_set_ladder(autohttp_task_t *task, const int64_t *wait_ms,
                                                       size_t wait_count);
/* Retry every wait_ms (at least 1), retry_count times; 0: without limit. A task that is given no schedule gets
 * the handle's default one, see autohttp_config_set(), or else the worker's. */
AUTOHTTP_API enum autohttp_rc autohttp_task_set_step(autohttp_task_t *task, int64_t wait_ms, int64_t retry_count);
/* No attempt before this time. 0, the default: at once. */
AUTOHTTP_API enum autohttp_rc autohttp_task_set_not_before(autohttp_task_t *task, int64_t time_ms);
/* Limit of each attempt, 1..600000. 0, the default: the worker's. */
AUTOHTTP_API enum autohttp_rc autohttp_task_set_timeout(autohttp_task_t *task, int64_t timeout_ms);
/* What happens if a task of this business key exists: "ignore" this one (the default), "replace" the old one, which
 * ends Stopped, or "reject" this one to the dead letters. AUTOHTTP_INVALID for anything else. */
AUTOHTTP_API enum autohttp_rc autohttp_task_set_duplicate(autohttp_task_t *task, const char *policy,
                                                          size_t policy_bytes);
/* Sent as Idempotency-Key with every attempt; 1..255 bytes. Default: the publish id. */
AUTOHTTP_API enum autohttp_rc autohttp_task_set_idempotency_key(autohttp_task_t *task, const char *idempotency_key,
                                                                size_t idempotency_key_bytes);
/* For a service that keeps the publish id beside its own data, to publish again after a crash. 32 lower-case
 * hexadecimal digits; AUTOHTTP_INVALID for anything else. */
AUTOHTTP_API enum autohttp_rc autohttp_task_set_publish_id(autohttp_task_t *task, const char *publish_id,
                                                           size_t publish_id_bytes);

/* Getters. Texts belong to the task until its next setter; NULL if not set. */
AUTOHTTP_API const char *autohttp_task_get_business_type(const autohttp_task_t *task);
AUTOHTTP_API const char *autohttp_task_get_business_id(const autohttp_task_t *task);
AUTOHTTP_API const char *autohttp_task_get_url(const autohttp_task_t *task);
/* With the default applied. */
AUTOHTTP_API const char *autohttp_task_get_method(const autohttp_task_t *task);
AUTOHTTP_API size_t autohttp_task_get_header_count(const autohttp_task_t *task);
/* In the order of adding; NULL from header_count on. */
AUTOHTTP_API const char *autohttp_task_get_header_name(const autohttp_task_t *task, size_t index);
AUTOHTTP_API const char *autohttp_task_get_header_value(const autohttp_task_t *task, size_t index);
/* NULL if there is none. */
AUTOHTTP_API const void *autohttp_task_get_body(const autohttp_task_t *task, size_t *ret_body_bytes);
/* 1 ladder, 0 step. */
AUTOHTTP_API int autohttp_task_is_ladder(const autohttp_task_t *task);
AUTOHTTP_API size_t autohttp_task_get_ladder_count(const autohttp_task_t *task);
/* -1 from ladder_count on. */
AUTOHTTP_API int64_t autohttp_task_get_ladder_wait(const autohttp_task_t *task, size_t index);
/* Both 0 of a ladder; 60000 and 0 of a task that was given no schedule. */
AUTOHTTP_API int64_t autohttp_task_get_step_wait(const autohttp_task_t *task);
AUTOHTTP_API int64_t autohttp_task_get_step_retry_count(const autohttp_task_t *task);
AUTOHTTP_API int64_t autohttp_task_get_not_before(const autohttp_task_t *task);
AUTOHTTP_API int64_t autohttp_task_get_timeout(const autohttp_task_t *task);
/* "" if not set. */
AUTOHTTP_API const char *autohttp_task_get_duplicate(const autohttp_task_t *task);
AUTOHTTP_API const char *autohttp_task_get_idempotency_key(const autohttp_task_t *task);
/* 32 hexadecimal digits and a NUL; never NULL. */
AUTOHTTP_API const char *autohttp_task_get_publish_id(const autohttp_task_t *task);

/* --- publishing --- */

/* Called exactly once for each publish that was answered AUTOHTTP_OK, when the outcome is known or time is up. In the
 * handle's thread. delivery is borrowed for the call. */
typedef void (*autohttp_delivery_cb)(const autohttp_delivery_t *delivery, void *opaque);

/* AUTOHTTP_OK: on all in-sync replicas; it will be settled. Anything else as in enum autohttp_rc. */
AUTOHTTP_API enum autohttp_rc autohttp_delivery_get_rc(const autohttp_delivery_t *delivery);
/* Why it failed; "" if it did not. */
AUTOHTTP_API const char *autohttp_delivery_get_errstr(const autohttp_delivery_t *delivery);
/* Of a task: partition * 2^48 + offset. AUTOHTTP_ID_UNKNOWN on failure and for commands. */
AUTOHTTP_API uint64_t autohttp_delivery_get_id(const autohttp_delivery_t *delivery);
/* Of the record in `tasks` or `control`; -1 if not known. */
AUTOHTTP_API int32_t autohttp_delivery_get_partition(const autohttp_delivery_t *delivery);
AUTOHTTP_API int64_t autohttp_delivery_get_offset(const autohttp_delivery_t *delivery);
/* 32 hexadecimal digits; "" for commands. */
AUTOHTTP_API const char *autohttp_delivery_get_publish_id(const autohttp_delivery_t *delivery);

/* Checks and queues the task, returns at once. AUTOHTTP_OK means queued, no more: cb (may be NULL) tells the outcome.
 * With any other answer nothing was queued and cb is not called. The task stays the caller's and may be freed or
 * published again at once. */
AUTOHTTP_API enum autohttp_rc autohttp_publish(autohttp_t *handle, autohttp_task_t *task, autohttp_delivery_cb cb,
                                               void *opaque, char *errstr, size_t errstr_bytes);
/* The same, and waits for the outcome. AUTOHTTP_OK: on all in-sync replicas, it will be settled.
 *
 * AUTOHTTP_UNKNOWN: timeout_ms (negative: no limit but delivery_timeout_ms) ran out while the task is still on its way,
 * or delivery_timeout_ms did after it had been sent. It may be appended, now or later. Publish the same task object
 * again, on this handle or a new one, until the answer is AUTOHTTP_OK: its publish id is the same, so it is settled
 * once. A process that may die meanwhile keeps the publish id (autohttp_task_get_publish_id()) beside its own data. */
AUTOHTTP_API enum autohttp_rc autohttp_publish_sync(autohttp_t *handle, autohttp_task_t *task, int timeout_ms,
                                                    uint64_t *ret_id, char *errstr, size_t errstr_bytes);

/* --- inline calls ---
 *
 * The first attempt is made at once, in the caller's thread, and judged as a worker judges: any 2xx is success, 410 is
 * final, everything else and no answer have failed. A failed call is published with its first attempt made, and the
 * workers go on with attempt 2 on its schedule (a schedule without another attempt, and 410, are published as settled
 * Failure). A call that succeeded is published only with task_add_if_success.
 *
 * A CRASH BEFORE THE RETURN SAVES NOTHING: neither the call nor its failure. Who must not lose the call publishes it.
 * The call runs in your process with your process's rights: no egress policy applies to it. Redirects are not followed;
 * no proxy, netrc or cookies are used. Idempotency-Key and Autohttp-Attempt: 1 are sent as by a worker. Connections are
 * kept and reused by the handle; nothing else is carried from one call to the next.
 *
 * Each gives a result, free it with autohttp_result_free(). NULL stands for a call refused for want of memory before it
 * was made; every autohttp_result_ function takes NULL as just that. Texts end in a NUL. call may be NULL: no headers,
 * the default schedule, no cancelling. Refused in callbacks that run in the handle's thread.
 */

enum autohttp_outcome {
    AUTOHTTP_DELIVERED = 1, /* success; with task_add_if_success see autohttp_result_is_saved() */
    AUTOHTTP_SAVED = 2,     /* failed, and published: workers go on, or it is settled Failure */
    AUTOHTTP_NOT_SAVED =
        3,               /* failed, and not published; errstr names both errors; autohttp_result_save() tries again */
    AUTOHTTP_REFUSED = 4 /* no call was made: rc and errstr say what is wrong */
};

/* Gives the options of a call; NULL if there is no memory. It serves one call at a time, any number in turn. */
AUTOHTTP_API autohttp_call_t *autohttp_call_new(void);
AUTOHTTP_API void autohttp_call_free(autohttp_call_t *call);
/* The task whose headers, schedule, timeout, duplicate and idempotency key the call takes over; set them there. Its
 * publish id is that of the next call. It belongs to the call. */
AUTOHTTP_API autohttp_task_t *autohttp_call_get_task(autohttp_call_t *call);
/* From any thread: the call under way ends at once as failed, class cancelled, and so do all later calls with this
 * object. A publish that it already waits for goes on until save_timeout_ms. */
AUTOHTTP_API void autohttp_call_cancel(autohttp_call_t *call);

AUTOHTTP_API autohttp_result_t *autohttp_get(autohttp_t *handle, const char *business_type, const char *business_id,
                                             const char *url, autohttp_call_t *call);
/* pairs: name, value, name, value, ...: 2 * pair_count texts, encoded by the library. */
AUTOHTTP_API autohttp_result_t *autohttp_post_form(autohttp_t *handle, const char *business_type,
                                                   const char *business_id, const char *url, const char *const *pairs,
                                                   size_t pair_count, autohttp_call_t *call);
/* Refused if json is not one value of RFC 8259 JSON in UTF-8. */
AUTOHTTP_API autohttp_result_t *autohttp_post_json(autohttp_t *handle, const char *business_type,
                                                   const char *business_id, const char *url, const char *json,
                                                   size_t json_bytes, autohttp_call_t *call);

AUTOHTTP_API void autohttp_result_free(autohttp_result_t *result);
AUTOHTTP_API enum autohttp_outcome autohttp_result_get_outcome(const autohttp_result_t *result);
/* Of the refusal or of the publish; AUTOHTTP_OK if neither failed. */
AUTOHTTP_API enum autohttp_rc autohttp_result_get_rc(const autohttp_result_t *result);
/* Why it failed, and why it was not saved; "" if neither. As the result, until it is saved or freed. */
AUTOHTTP_API const char *autohttp_result_get_errstr(const autohttp_result_t *result);
/* "" if the call did not fail; else dns, connect, tls, timeout, reset, too_large, protocol, status, body_check,
 * cancelled, internal. A delivered call has one if its response did not come whole. Static storage. */
AUTOHTTP_API const char *autohttp_result_get_error_class(const autohttp_result_t *result);
/* 0 if no answer came. */
AUTOHTTP_API int autohttp_result_get_status_code(const autohttp_result_t *result);
/* The whole response body, a NUL behind it; NULL if none came, or not whole. Belongs to the result. */
AUTOHTTP_API const void *autohttp_result_get_response(const autohttp_result_t *result, size_t *ret_response_bytes);
/* 1 if the task was published. */
AUTOHTTP_API int autohttp_result_is_saved(const autohttp_result_t *result);
/* Of the task after the call; 0 if it was refused. */
AUTOHTTP_API enum autohttp_status autohttp_result_get_status(const autohttp_result_t *result);
/* When attempt 2 is due; 0 if there is none. */
AUTOHTTP_API int64_t autohttp_result_get_next_retry_time(const autohttp_result_t *result);
/* Of the published task; AUTOHTTP_ID_UNKNOWN if it was not, or see there. */
AUTOHTTP_API uint64_t autohttp_result_get_id(const autohttp_result_t *result);
/* Publishes what was not saved, under the same publish id, as autohttp_publish_sync() does; result changes to what came
 * of it. AUTOHTTP_OK at once if it is saved, AUTOHTTP_INVALID if it was refused. */
AUTOHTTP_API enum autohttp_rc autohttp_result_save(autohttp_t *handle, autohttp_result_t *result, int timeout_ms);

/* --- items ---
 *
 * One getter for each field of a task and its state. Texts belong to the item.
 */

/* Gives an item read from a row as `state` and `autohttp task get --json` hold it (schemas/row.schema.json). It has
 * headers and a body only if the row comes from `task get --json --content`, and header values as shown there. */
AUTOHTTP_API enum autohttp_rc autohttp_item_from_json(const char *json, size_t json_bytes, autohttp_item_t **ret_item,
                                                      char *errstr, size_t errstr_bytes);
/* Only for one that autohttp_item_from_json() gave. */
AUTOHTTP_API void autohttp_item_free(autohttp_item_t *item);
/* 0 before it is published; AUTOHTTP_ID_UNKNOWN as in autohttp_delivery_get_id(). */
AUTOHTTP_API uint64_t autohttp_item_get_id(const autohttp_item_t *item);
AUTOHTTP_API const char *autohttp_item_get_business_type(const autohttp_item_t *item);
AUTOHTTP_API const char *autohttp_item_get_business_id(const autohttp_item_t *item);
AUTOHTTP_API const char *autohttp_item_get_url(const autohttp_item_t *item);
AUTOHTTP_API const char *autohttp_item_get_method(const autohttp_item_t *item);
AUTOHTTP_API size_t autohttp_item_get_header_count(const autohttp_item_t *item);
/* NULL from header_count on. */
AUTOHTTP_API const char *autohttp_item_get_header_name(const autohttp_item_t *item, size_t index);
AUTOHTTP_API const char *autohttp_item_get_header_value(const autohttp_item_t *item, size_t index);
/* NULL if there is none. */
AUTOHTTP_API const void *autohttp_item_get_body(const autohttp_item_t *item, size_t *ret_body_bytes);
/* 1 step, 0 ladder. */
AUTOHTTP_API int autohttp_item_get_retry_type(const autohttp_item_t *item);
AUTOHTTP_API size_t autohttp_item_get_retry_ladder_count(const autohttp_item_t *item);
/* Milliseconds; -1 from ladder_count on. */
AUTOHTTP_API int64_t autohttp_item_get_retry_ladder_interval(const autohttp_item_t *item, size_t index);
/* Milliseconds; both 0 of a ladder. */
AUTOHTTP_API int64_t autohttp_item_get_retry_step_interval(const autohttp_item_t *item);
AUTOHTTP_API int64_t autohttp_item_get_retry_step_time(const autohttp_item_t *item);
/* Attempts after the first. */
AUTOHTTP_API int64_t autohttp_item_get_retry_count(const autohttp_item_t *item);
AUTOHTTP_API enum autohttp_status autohttp_item_get_status(const autohttp_item_t *item);
/* Milliseconds since 1970; 0: none. Start of the first attempt, of the last; due time of the next; when it succeeded.
 */
AUTOHTTP_API int64_t autohttp_item_get_request_time(const autohttp_item_t *item);
AUTOHTTP_API int64_t autohttp_item_get_last_retry_time(const autohttp_item_t *item);
AUTOHTTP_API int64_t autohttp_item_get_next_retry_time(const autohttp_item_t *item);
AUTOHTTP_API int64_t autohttp_item_get_success_time(const autohttp_item_t *item);

/* --- commands ---
 *
 * A command is a record in `control`; the worker that owns the task acts on it. An acknowledgement means that the
 * command was appended; what it did is told in `events` by an event whose src is control-<partition>-<offset>. After
 * AUTOHTTP_UNKNOWN a stop or delete can be sent again without harm; a second retry of a settled task may call again.
 */

/* Gives a command about the task of this business key; NULL if there is no memory or a NUL inside a text. */
AUTOHTTP_API autohttp_command_t *autohttp_command_new(const char *business_type, size_t business_type_bytes,
                                                      const char *business_id, size_t business_id_bytes);
AUTOHTTP_API void autohttp_command_free(autohttp_command_t *command);
/* Goes into the event; at most 1024 bytes. */
AUTOHTTP_API enum autohttp_rc autohttp_command_set_reason(autohttp_command_t *command, const char *reason,
                                                          size_t reason_bytes);
/* Not 0: stop and delete abort a call that is under way; else they act when it has ended, and success wins. retry
 * refuses it. */
AUTOHTTP_API void autohttp_command_set_force(autohttp_command_t *command, int force);

/* stop: the task ends Stopped. retry: its next attempt is due now; a settled task is published anew. delete_task: ends
 * Stopped, then its row is cleaned. Answers and callback as autohttp_publish(). */
AUTOHTTP_API enum autohttp_rc autohttp_stop(autohttp_t *handle, const autohttp_command_t *command,
                                            autohttp_delivery_cb cb, void *opaque, char *errstr, size_t errstr_bytes);
AUTOHTTP_API enum autohttp_rc autohttp_retry(autohttp_t *handle, const autohttp_command_t *command,
                                             autohttp_delivery_cb cb, void *opaque, char *errstr, size_t errstr_bytes);
AUTOHTTP_API enum autohttp_rc autohttp_delete_task(autohttp_t *handle, const autohttp_command_t *command,
                                                   autohttp_delivery_cb cb, void *opaque, char *errstr,
                                                   size_t errstr_bytes);
/* The same, waiting for the acknowledgement as autohttp_publish_sync() does. */
AUTOHTTP_API enum autohttp_rc autohttp_stop_sync(autohttp_t *handle, const autohttp_command_t *command, int timeout_ms,
                                                 int32_t *ret_partition, int64_t *ret_offset, char *errstr,
                                                 size_t errstr_bytes);
AUTOHTTP_API enum autohttp_rc autohttp_retry_sync(autohttp_t *handle, const autohttp_command_t *command, int timeout_ms,
                                                  int32_t *ret_partition, int64_t *ret_offset, char *errstr,
                                                  size_t errstr_bytes);
AUTOHTTP_API enum autohttp_rc autohttp_delete_task_sync(autohttp_t *handle, const autohttp_command_t *command,
                                                        int timeout_ms, int32_t *ret_partition, int64_t *ret_offset,
                                                        char *errstr, size_t errstr_bytes);

#ifdef __cplusplus
}
#endif

#endif
