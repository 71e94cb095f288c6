/* call_log: the calls that `listen` has seen: a line each on stdout, and NDJSON in a file for a checker.
 *
 *   {"arrived_ms":1772366400250.123,"method":"POST","path":"/charge","attempt":1,"idempotency_key":"9f...",
 *    "body_bytes":12,"body_sha256":"...","status":500}
 *
 * A line is in the file before the answer is sent: no call that a worker knows to be answered is missing.
 * idempotency_key comes without the quotes that the header has, null without the header.
 *
 * Memory:  the caller owns the struct; call_log_close() frees; a zeroed one may be closed. Borrows otherwise.
 * Threads: call_log_add() any; open and close one.
 * Errors:  RC_INVALID: the file cannot be opened.
 */
#ifndef CLI_CALL_LOG_H
#define CLI_CALL_LOG_H

#include "rc.h"
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CALL_LOG_KEY_BYTES 512
#define CALL_LOG_SHA256_TEXT_BYTES 65

struct call_log_entry {
    int64_t arrived_time_us;
    const char *method;
    const char *path;
    uint32_t attempt;
    const char *idempotency_key; /* as in the header; NULL: none */
    size_t body_bytes;
    char body_sha256[CALL_LOG_SHA256_TEXT_BYTES];
    unsigned status;
};

struct call_log {
    FILE *file;    /* NULL: none */
    bool is_json;  /* stdout gets the same lines as the file */
    bool is_quiet; /* stdout gets none */
    pthread_mutex_t lock;
    bool is_open;
};

/* path NULL: no file. An existing file is appended to. */
enum rc call_log_open(const char *path, bool is_json, bool is_quiet, struct call_log *ret_log, char *errstr,
                      size_t errstr_bytes);
void call_log_close(struct call_log *log);
void call_log_add(struct call_log *log, const struct call_log_entry *entry);

#endif
