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
#define REASON_TELL_MS 2000 /* a connection that takes longer is trouble worth telling */

struct reason {
    pthread_mutex_t lock;
    char text[REASON_TEXT_BYTES]; /* "" if nothing was said */
    bool is_open;
    bool is_told;
};

void reason_init(struct reason *ret_reason);
void reason_close(struct reason *reason);
/* level as in syslog; only errors are kept. */
void reason_keep(struct reason *reason, int level, const char *text);
/* Appends " (text)" to errstr; false if there is nothing to tell. */
bool reason_append(struct reason *reason, char *errstr, size_t errstr_bytes);
/* Says once on stderr what the trouble is and that it is still tried; nothing if there is none to tell. */
void reason_tell(struct reason *reason);
/* "h:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)" in short, as
 * "h:1: Connection refused"; any other text up to its " (after". */
void reason_print_short(const char *text, char *buf, size_t buf_bytes);
/* Whether the broker refused who we are; there is no code for it where requests just time out. */
bool reason_is_denial(struct reason *reason);

#endif
