#include "reason.h"

#include <stdio.h>
#include <string.h>

#include "say.h"

#define LEVEL_ERROR 3
#define THREAD_START "[thrd:"
#define THREAD_END "]: "
#define CONNECT_FAILED " failed: "
#define DETAIL_START " (after "

void reason_init(struct reason *ret_reason)
{
    memset(ret_reason, 0, sizeof *ret_reason);
    pthread_mutex_init(&ret_reason->lock, NULL);
    ret_reason->is_open = true;
}

void reason_close(struct reason *reason)
{
    if (reason->is_open) {
        pthread_mutex_destroy(&reason->lock);
        reason->is_open = false;
    }
}

void reason_keep(struct reason *reason, int level, const char *text)
{
    /* "[thrd:127.0.0.1:9092/bootstrap]: what happened": the thread's name says nothing to a user. */
    const char *thread_end = strncmp(text, THREAD_START, strlen(THREAD_START)) == 0 ? strstr(text, THREAD_END) : NULL;

    if (level > LEVEL_ERROR) {
        return;
    }
    pthread_mutex_lock(&reason->lock);
    snprintf(reason->text, sizeof reason->text, "%s", thread_end != NULL ? thread_end + strlen(THREAD_END) : text);
    pthread_mutex_unlock(&reason->lock);
}

bool reason_append(struct reason *reason, char *errstr, size_t errstr_bytes)
{
    size_t used = strlen(errstr);
    bool has_text = false;

    pthread_mutex_lock(&reason->lock);
    has_text = reason->text[0] != '\0';
    if (has_text && used < errstr_bytes) {
        snprintf(errstr + used, errstr_bytes - used, " (%s)", reason->text);
    }
    pthread_mutex_unlock(&reason->lock);
    return has_text;
}

void reason_print_short(const char *text, char *buf, size_t buf_bytes)
{
    const char *failed = strstr(text, CONNECT_FAILED);
    const char *why = failed != NULL ? failed + strlen(CONNECT_FAILED) : text;
    const char *end = strstr(why, DETAIL_START);
    size_t broker_bytes = failed != NULL ? strcspn(text, "/ ") : 0;

    snprintf(buf, buf_bytes, "%.*s%s%.*s", (int)broker_bytes, text, broker_bytes > 0 ? ": " : "",
             (int)(end != NULL ? (size_t)(end - why) : strlen(why)), why);
}

void reason_tell(struct reason *reason)
{
    char text[REASON_TEXT_BYTES] = "";

    pthread_mutex_lock(&reason->lock);
    if (!reason->is_told) {
        reason_print_short(reason->text, text, sizeof text);
        reason->is_told = text[0] != '\0';
    }
    pthread_mutex_unlock(&reason->lock);
    if (text[0] != '\0') {
        say("%s; still trying", text);
    }
}

bool reason_is_denial(struct reason *reason)
{
    bool is_denial = false;

    pthread_mutex_lock(&reason->lock);
    is_denial = strstr(reason->text, "uthentication") != NULL;
    pthread_mutex_unlock(&reason->lock);
    return is_denial;
}
