/* reason: what librdkafka said last about its trouble with the brokers; its error codes say only "transport failure".
 *
 * Memory:  the caller owns the struct; reason_close() releases it; a zeroed one may be closed.
 * Threads: any: librdkafka logs from threads of its own.
 */
#ifndef CLI_REASON_H
#define CLI_REASON_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define REASON_TEXT_BYTES 256

struct reason {
    pthread_mutex_t lock;
    char text[REASON_TEXT_BYTES]; /* "" if nothing was said */
    bool is_open;
};

void reason_init(struct reason *ret_reason);
void reason_close(struct reason *reason);
/* level as in syslog; only errors are kept. */
void reason_keep(struct reason *reason, int level, const char *text);
/* Appends " (text)" to errstr; false if there is nothing to tell. */
bool reason_append(struct reason *reason, char *errstr, size_t errstr_bytes);
/* Whether the broker refused who we are; there is no code for it where requests just time out. */
bool reason_is_denial(struct reason *reason);

#endif
