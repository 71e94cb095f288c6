#include "admin_tasks.h"

#include <stdio.h>
#include <string.h>

#include "admin_request.h"
#include "clock.h"
#include "coords.h"
#include "row_json.h"

#define LIST_PATH "/v1/tasks"
#define WAIT_MS 5000
#define MISSING_WAIT_MS 3000 /* for a partition of a list: the others are not to wait for it */
#define HTTP_OK 200
#define HTTP_BAD_REQUEST 400
#define HTTP_NOT_FOUND 404
#define HTTP_UNAVAILABLE 503

enum rc admin_tasks_open(struct admin_tasks *tasks, struct questions *questions, const struct params *params,
                         const char *address, const char *token, char *errstr, size_t errstr_bytes)
{
    char client_id[ADMIN_FIND_CLIENT_ID_BYTES];
    enum rc rc = admin_find_open(&tasks->find, questions, params, address, errstr, errstr_bytes);

    tasks->find.token = token;
    snprintf(client_id, sizeof client_id, "autohttp-content@%s", address);
    admin_content_open(params, client_id, &tasks->content);
    return rc;
}

void admin_tasks_shut(struct admin_tasks *tasks)
{
    admin_content_shut(tasks->content);
}

void admin_tasks_close(struct admin_tasks *tasks)
{
    admin_find_close(&tasks->find);
    admin_content_close(tasks->content);
    tasks->content = NULL;
}

/* Appends the member "content" to the row in the body: what the record in `tasks` holds whose coordinates the id is. */
static void add_content(struct admin_tasks *tasks, bool reveals, struct admin_reply *reply)
{
    struct buffer *body = &reply->body;
    struct buffer content = {0};
    struct row row = {0};
    char key[2 * TASK_KEY_PART_MAX_BYTES + 2];
    char text[256] = "";
    struct coords coords;
    enum rc rc = row_decode(body->data, body->len_bytes, &row, text, sizeof text);

    if (rc == RC_OK && row_is_marker(&row))
        rc = rc_fail(RC_NOT_FOUND, text, sizeof text, "a stop that found no task has no content");
    if (rc == RC_OK) {
        coords = (struct coords){.topic = COORDS_TASKS,
                                 .partition = coords_get_id_partition(row.id),
                                 .offset = coords_get_id_offset(row.id)};
        snprintf(key, sizeof key, "%s:%s", row.business_type, row.business_id);
        rc = admin_content_append(tasks->content, &coords, key, reveals, &content, text, sizeof text);
    }
    row_close(&row);
    body->len_bytes--; /* the closing brace */
    buffer_append_text(body, ",\"content\":");
    if (rc == RC_OK) {
        buffer_append(body, content.data, content.len_bytes);
    } else {
        buffer_append_text(body, "null,\"content_error\":");
        buffer_append_json_string(body, text, strlen(text));
    }
    buffer_append_char(body, '}');
    buffer_close(&content);
}

static void reply_row(struct admin_tasks *tasks, const struct admin_query *query, struct admin_answer *answer,
                      struct admin_reply *reply)
{
    const char *text = answer->text.data == NULL ? "" : answer->text.data;

    if (answer->http_status != HTTP_OK) {
        admin_reply_set_problem(reply, answer->http_status, text, answer->text.len_bytes);
        return;
    }
    buffer_append(&reply->body, text, answer->text.len_bytes);
    if (query->has_content)
        add_content(tasks, query->is_revealing, reply);
}

static void answer_key(struct admin_tasks *tasks, const char *path, const struct buffer *key,
                       const struct admin_query *query, bool is_forwarded, struct admin_reply *reply)
{
    const struct admin_reach reach = {is_forwarded, WAIT_MS};
    struct admin_ask ask = {.kind = ADMIN_ASK_KEY, .key_bytes = key->len_bytes};
    struct admin_answer answer;
    bool is_remote;

    memcpy(ask.key, key->data, key->len_bytes); /* at most two parts and a colon: admin_path_parse_key() */
    admin_find_ask(&tasks->find, &ask, path, &reach, &answer, &is_remote);
    if (answer.http_status == HTTP_NOT_FOUND && is_remote) {
        buffer_reset(&answer.text); /* the owner's problem, JSON already */
        buffer_append_text(&answer.text, "no task of this business key");
    }
    reply_row(tasks, query, &answer, reply);
    buffer_close(&answer.text);
}

/* One partition; false: go on with the next. */
static bool ask_for_id(struct admin_tasks *tasks, struct admin_ask *ask, const struct admin_reach *reach,
                       struct admin_answer *answer)
{
    char path[96];
    bool is_remote;

    snprintf(path, sizeof path, "/v1/ids/%llu?partition=%d", (unsigned long long)ask->id, (int)ask->partition);
    buffer_close(&answer->text);
    admin_find_ask(&tasks->find, ask, path, reach, answer, &is_remote);
    return answer->http_status != HTTP_NOT_FOUND;
}

/* An id names the partition in which the task was published: its home, unless it was published to another. */
static void answer_id(struct admin_tasks *tasks, uint64_t id, const struct admin_query *query, bool is_forwarded,
                      struct admin_reply *reply)
{
    int64_t start_mono_ms = clock_read(&tasks->find.questions->clock).mono_ms;
    struct admin_reach reach = {is_forwarded, WAIT_MS};
    struct admin_ask ask = {.kind = ADMIN_ASK_ID, .id = id};
    struct admin_answer answer = {.partition_count = 1};
    bool is_found;

    ask.partition = query->has_partition ? query->ask.partition : coords_get_id_partition(id);
    is_found = ask_for_id(tasks, &ask, &reach, &answer);
    for (int32_t i = 0, first = ask.partition; !is_found && !query->has_partition && i < answer.partition_count; i++) {
        ask.partition = i;
        reach.wait_ms = start_mono_ms + WAIT_MS - clock_read(&tasks->find.questions->clock).mono_ms;
        is_found = i != first && ask_for_id(tasks, &ask, &reach, &answer);
    }
    if (!is_found) {
        buffer_reset(&answer.text);
        buffer_append_text(&answer.text, "no task of this id");
    }
    reply_row(tasks, query, &answer, reply);
    buffer_close(&answer.text);
}

/* The rest of a page after its rows: where it goes on, and which partition is missing. */
static void print_page_end(const struct admin_ask *ask, const struct admin_answer *answer, bool is_missing,
                           struct buffer *body)
{
    bool is_at_end = answer->is_end || is_missing;

    buffer_append_text(body, "],\"next_cursor\":");
    if (is_at_end && ask->partition + 1 >= answer->partition_count) {
        buffer_append_text(body, "null");
    } else {
        buffer_append_char(body, '"');
        if (is_at_end)
            admin_query_print_cursor(ask->partition + 1, NULL, 0, body);
        else
            admin_query_print_cursor(ask->partition, answer->position, answer->position_bytes, body);
        buffer_append_char(body, '"');
    }
    buffer_append_text(body, ",\"missing_partitions\":[");
    if (is_missing)
        buffer_append_int64(body, ask->partition);
    buffer_append_text(body, "]}");
}

static void reply_page(const struct admin_ask *ask, const struct admin_answer *answer, bool is_missing,
                       struct admin_reply *reply)
{
    buffer_append_text(&reply->body, "{\"tasks\":[");
    if (!is_missing)
        buffer_append(&reply->body, answer->text.data, answer->text.len_bytes);
    print_page_end(ask, answer, is_missing, &reply->body);
}

static void answer_list(struct admin_tasks *tasks, const struct admin_query *query, bool is_forwarded,
                        struct admin_reply *reply)
{
    const struct admin_reach reach = {is_forwarded, MISSING_WAIT_MS};
    struct admin_answer answer;
    struct buffer path = {0};
    bool is_remote;

    admin_query_print_list(query, &path);
    admin_find_ask(&tasks->find, &query->ask, path.data, &reach, &answer, &is_remote);
    if (answer.http_status == HTTP_OK && is_remote)
        buffer_append(&reply->body, answer.text.data, answer.text.len_bytes);
    else if (answer.http_status == HTTP_OK)
        reply_page(&query->ask, &answer, false, reply);
    else if (answer.http_status == HTTP_NOT_FOUND)
        admin_reply_set_problem_text(reply, HTTP_BAD_REQUEST, "parameter cursor names no partition");
    else if (is_forwarded || answer.partition_count == 0)
        admin_reply_set_problem(reply, HTTP_UNAVAILABLE, answer.text.data, answer.text.len_bytes);
    else
        reply_page(&query->ask, &answer, true, reply);
    buffer_close(&answer.text);
    buffer_close(&path);
}

enum target_kind {
    TARGET_NONE = 0, /* a path of somebody else */
    TARGET_LIST,
    TARGET_ID,
    TARGET_KEY,
};

struct target {
    enum target_kind kind;
    uint64_t id;
    struct buffer key;
};

/* What the path names; *ret_fault, not NULL, says why it names none of its form. */
static void find_target(const char *path, struct target *target, const char **ret_fault)
{
    if (strcmp(path, LIST_PATH) == 0)
        target->kind = TARGET_LIST;
    else if (admin_path_parse_id(path, &target->id, ret_fault))
        target->kind = TARGET_ID;
    else if (*ret_fault == NULL && admin_path_parse_key(path, &target->key, ret_fault))
        target->kind = TARGET_KEY;
}

static bool finish_query(struct admin_tasks *tasks, enum target_kind kind, struct admin_query *query)
{
    if (kind == TARGET_LIST)
        return admin_query_finish_list(query, clock_read(&tasks->find.questions->clock).time_ms);
    return kind == TARGET_NONE || admin_query_finish_task(query, kind == TARGET_ID);
}

bool admin_tasks_answer(struct admin_tasks *tasks, const char *path, struct admin_query *query, bool is_forwarded,
                        struct admin_reply *reply)
{
    struct target target = {.kind = TARGET_NONE};
    const char *fault = NULL;

    find_target(path, &target, &fault);
    if (fault == NULL && !finish_query(tasks, target.kind, query))
        fault = query->fault;
    if (fault != NULL)
        admin_reply_set_problem_text(reply, HTTP_BAD_REQUEST, fault);
    else if (target.kind == TARGET_LIST)
        answer_list(tasks, query, is_forwarded, reply);
    else if (target.kind == TARGET_ID)
        answer_id(tasks, target.id, query, is_forwarded, reply);
    else if (target.kind == TARGET_KEY)
        answer_key(tasks, path, &target.key, query, is_forwarded, reply);
    buffer_close(&target.key);
    if (fault == NULL && target.kind == TARGET_NONE)
        return false;
    if (reply->http_status == HTTP_OK)
        buffer_append_char(&reply->body, '\n'); /* a problem has its own */
    return true;
}
