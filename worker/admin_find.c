#include "admin_find.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "admin_forward.h"
#include "clock.h"

#define PAUSE_MS 100
#define OWNER_WAIT_MS 2000
#define HTTP_OK 200
#define HTTP_NOT_FOUND 404
#define HTTP_MISDIRECTED 421
#define HTTP_UNAVAILABLE 503

enum rc admin_find_open(struct admin_find *find, struct questions *questions, const struct params *params,
                        const char *address, char *errstr, size_t errstr_bytes)
{
    char client_id[ADMIN_FIND_CLIENT_ID_BYTES];

    *find = (struct admin_find){.questions = questions, .address = address};
    snprintf(client_id, sizeof client_id, "autohttp-admin@%s", address);
    return admin_owner_open(params, client_id, &find->owner, errstr, errstr_bytes);
}

void admin_find_close(struct admin_find *find)
{
    admin_owner_close(find->owner);
    find->owner = NULL;
}

static void say(struct admin_answer *answer, const char *text)
{
    answer->http_status = HTTP_UNAVAILABLE;
    buffer_reset(&answer->text);
    buffer_append_text(&answer->text, text);
}

static bool is_final(const struct admin_answer *answer)
{
    return answer->http_status == HTTP_OK || answer->http_status == HTTP_NOT_FOUND;
}

/* False: the loop will not answer at all. */
static bool ask_loop(struct admin_find *find, const struct admin_ask *ask, int64_t wait_ms, struct admin_answer *answer)
{
    enum rc rc = question_ask(find->questions, ask, wait_ms, answer);

    if (rc == RC_TIMEOUT)
        say(answer, "the worker did not answer in time");
    else if (rc != RC_OK)
        say(answer, "the worker is stopping");
    return rc == RC_OK;
}

/* What comes over the wire ends with a newline; what the loop answers does not. */
static void drop_newline(struct buffer *text)
{
    if (text->len_bytes > 0 && text->data[text->len_bytes - 1] == '\n')
        text->len_bytes--;
}

/* Replaces the answer by the owner's, or by why there is none. */
static bool ask_owner(struct admin_find *find, const char *path, int64_t wait_ms, struct admin_answer *answer)
{
    char address[256];
    char text[512] = "";
    long http_status = 0;
    int32_t partition = answer->partition;
    enum rc rc = admin_owner_find(find->owner, partition, wait_ms < OWNER_WAIT_MS ? wait_ms : OWNER_WAIT_MS, address,
                                  sizeof address, text, sizeof text);

    if (rc == RC_OK && strcmp(address, find->address) == 0) {
        say(answer, "the partition is about to come to this worker");
        return false;
    }
    buffer_reset(&answer->text);
    if (rc == RC_OK)
        rc = admin_forward_get(address, path, find->token, wait_ms, &http_status, &answer->text, text, sizeof text);
    if (rc == RC_OK && (http_status == HTTP_OK || http_status == HTTP_NOT_FOUND)) {
        answer->http_status = (int)http_status;
        drop_newline(&answer->text);
        return true;
    }
    admin_owner_forget(find->owner);
    if (rc == RC_OK)
        snprintf(text, sizeof text, "partition %d: its owner %s answered %ld", (int)partition, address, http_status);
    say(answer, text);
    return false;
}

static void pause_a_little(void)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};

    nanosleep(&pause, NULL);
}

void admin_find_ask(struct admin_find *find, const struct admin_ask *ask, const char *path,
                    const struct admin_reach *reach, struct admin_answer *ret_answer, bool *ret_is_remote)
{
    int64_t end_mono_ms = clock_read(&find->questions->clock).mono_ms + reach->wait_ms;
    int64_t left_ms = reach->wait_ms;

    *ret_answer = (struct admin_answer){.partition = -1};
    *ret_is_remote = false;
    while (left_ms > 0) {
        buffer_close(&ret_answer->text);
        if (!ask_loop(find, ask, left_ms, ret_answer) || is_final(ret_answer))
            return;
        if (reach->is_forwarded) {
            ret_answer->http_status = HTTP_UNAVAILABLE;
            return;
        }
        left_ms = end_mono_ms - clock_read(&find->questions->clock).mono_ms;
        if (ret_answer->http_status == HTTP_MISDIRECTED && left_ms > 0 && ask_owner(find, path, left_ms, ret_answer)) {
            *ret_is_remote = true;
            return;
        }
        pause_a_little();
        left_ms = end_mono_ms - clock_read(&find->questions->clock).mono_ms;
    }
    ret_answer->http_status = HTTP_UNAVAILABLE;
}
