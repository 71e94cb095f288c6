/* script: what the endpoint of `listen` answers to which attempt of a call.
 *
 * A script is a list of statuses: attempt n gets the n-th, the last repeats. An attempt's number is its
 * Autohttp-Attempt header; without one it is the count of calls with that Idempotency-Key so far. Two paths stand
 * outside the script: /status/NNN is always answered NNN, and /delay/MS waits before the script's answer.
 *
 * Memory:  the caller owns the struct; script_close() frees; a zeroed one may be closed.
 * Threads: script_count_call() any; the rest is read-only after script_init().
 * Errors:  script_init(): RC_INVALID quoting the text.
 */
#ifndef CLI_SCRIPT_H
#define CLI_SCRIPT_H

#include "rc.h"
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define SCRIPT_STATUS_MAX 256
#define SCRIPT_STATUS_LOWEST 200 /* below are interim answers, which end nothing */
#define SCRIPT_STATUS_HIGHEST 599
#define SCRIPT_DELAY_MAX_MS (10 * 60 * 1000)

struct script_counter;

struct script {
    unsigned statuses[SCRIPT_STATUS_MAX];
    size_t status_count;
    struct script_counter *counters; /* of calls without an attempt number, by Idempotency-Key */
    pthread_mutex_t lock;
};

/* text: 500,503,200; NULL: 200. */
enum rc script_init(const char *text, struct script *ret_script, char *errstr, size_t errstr_bytes);
void script_close(struct script *script);
/* The number of this attempt, from 1. Either may be NULL. */
uint32_t script_count_call(struct script *script, const char *attempt_header, const char *idempotency_key);
unsigned script_get_status(const struct script *script, const char *path, uint32_t attempt);
/* Of /delay/MS, at most SCRIPT_DELAY_MAX_MS; 0 for other paths. */
int64_t script_get_delay_ms(const char *path);

#endif
