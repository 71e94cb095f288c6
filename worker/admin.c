#include "admin.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <microhttpd.h>

#include "admin_auth.h"
#include "admin_connections.h"
#include "admin_forward.h"
#include "admin_listen.h"
#include "admin_query.h"
#include "admin_question.h"
#include "admin_reply.h"
#include "admin_request.h"
#include "admin_tasks.h"
#include "alloc.h"
#include "host_port.h"
#include "plugin_watch.h"

#define THREAD_COUNT 4
#define CONNECTION_MAX 64u
#define CONNECTION_MAX_EACH 48u /* of one address: it must not shut out those who ask about health */
#define CONNECTION_MEMORY_BYTES ((size_t)32 * 1024) /* request line and headers, and the response's headers */
#define IDLE_TIMEOUT_S 15u
#define REQUEST_MAX_MS 20000 /* for a request to come whole, idling before it included */
#define ANSWER_MAX_MS 60000  /* for it to be answered, and the answer to be taken */
#define CUT_PERIOD_MS 1000
#define TURN_STALE_MS 10000
#define RETRY_AFTER_S "1"
#define AUTH_CHALLENGE "Bearer realm=\"autohttp\""
#define WHY_MAX_BYTES 256
#define TEXT_TYPE "text/plain; charset=utf-8"
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct admin {
    struct MHD_Daemon *daemon;
    int listen_fd; /* the daemon's once it runs */
    char listen_address[HOST_PORT_MAX_BYTES + 1];
    char address[HOST_PORT_MAX_BYTES + 1]; /* where others reach it */
    const char *token;                     /* NULL: none is needed */
    const struct stats *stats;
    struct admin_connections connections;
    int64_t cut_mono_ms; /* when connections were last looked through; the loop's own */
    struct questions questions;
    struct admin_tasks tasks;
    _Atomic int64_t turn_mono_ms; /* of the loop's last turn, by the clock of questions */
    int64_t turn_base_ms;         /* from the loop's monotonic time to that clock; the loop's own */
    bool has_turn_base;
    pthread_mutex_t mutex; /* of the two below */
    bool is_ready;
    char why[WHY_MAX_BYTES];
};

struct route {
    const char *path;
    void (*answer)(struct admin *admin, struct MHD_Connection *connection, struct admin_reply *reply);
    bool is_open; /* without a token: who asks about health holds none, and learns no more than that */
};

/* Health: one word, or with ?verbose why. */
static void set_health(struct admin_reply *reply, struct MHD_Connection *connection, bool is_good, const char *word,
                       const char *why)
{
    /* Also true of a name without a value. */
    bool is_verbose = MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, "verbose", strlen("verbose"),
                                                    NULL, NULL) == MHD_YES;

    reply->http_status = is_good ? 200 : 503;
    reply->content_type = TEXT_TYPE;
    buffer_append_text(&reply->body, word);
    if (is_verbose && why[0] != '\0') {
        buffer_append_text(&reply->body, ": ");
        buffer_append_text(&reply->body, why);
    }
    buffer_append_char(&reply->body, '\n');
}

static int64_t get_turn_age_ms(struct admin *admin)
{
    return clock_read(&admin->questions.clock).mono_ms - atomic_load(&admin->turn_mono_ms);
}

static void answer_livez(struct admin *admin, struct MHD_Connection *connection, struct admin_reply *reply)
{
    int64_t age_ms = get_turn_age_ms(admin);
    const char *hook = plugin_watch_get_hook();
    char why[WHY_MAX_BYTES];

    snprintf(why, sizeof why, "the loop's last turn was %lld ms ago%s%s", (long long)(age_ms > 0 ? age_ms : 0),
             hook != NULL ? "; it is in the plugin's hook " : "", hook != NULL ? hook : "");
    set_health(reply, connection, age_ms < TURN_STALE_MS, age_ms < TURN_STALE_MS ? "alive" : "stuck", why);
}

static void answer_readyz(struct admin *admin, struct MHD_Connection *connection, struct admin_reply *reply)
{
    bool is_ready;
    char why[WHY_MAX_BYTES];

    pthread_mutex_lock(&admin->mutex);
    is_ready = admin->is_ready;
    memcpy(why, admin->why, sizeof why);
    pthread_mutex_unlock(&admin->mutex);
    if (get_turn_age_ms(admin) >= TURN_STALE_MS) {
        is_ready = false;
        snprintf(why, sizeof why, "the loop is stuck");
    }
    set_health(reply, connection, is_ready, is_ready ? "ready" : "not ready", why);
}

static void answer_metrics(struct admin *admin, struct MHD_Connection *connection, struct admin_reply *reply)
{
    (void)connection;
    reply->content_type = METRICS_TYPE;
    stats_print_prometheus(admin->stats, &reply->body);
}

static const struct route routes[] = {
    {"/livez", answer_livez, true},
    {"/readyz", answer_readyz, true},
    {"/metrics", answer_metrics, false},
};

static enum MHD_Result add_parameter(void *opaque, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    admin_query_add(opaque, name, value);
    return MHD_YES;
}

static bool has_header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name) != NULL;
}

/* NULL: the path is none of these. */
static const struct route *find_route(const char *path)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (strcmp(path, routes[i].path) == 0)
            return &routes[i];
    }
    return NULL;
}

static void answer_path(struct admin *admin, struct MHD_Connection *connection, const char *path,
                        struct admin_reply *reply)
{
    const struct route *route = find_route(path);
    struct admin_query query;

    if (route != NULL) {
        route->answer(admin, connection, reply);
        return;
    }
    /* A loop that is stuck anyway must not hold the threads that /livez needs. */
    if (get_turn_age_ms(admin) >= TURN_STALE_MS) {
        admin_reply_set_problem_text(reply, 503, "the worker did not answer in time");
        return;
    }
    admin_query_init(&query);
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_parameter, &query);
    if (!admin_tasks_answer(&admin->tasks, path, &query, has_header(connection, ADMIN_FORWARD_HEADER), reply))
        admin_reply_set_problem_text(reply, 404, "no such path");
}

static enum MHD_Result count_header(void *opaque, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    admin_framing_add(opaque, name, value);
    return MHD_YES;
}

static bool is_open_to_all(const char *path)
{
    const struct route *route = find_route(path);

    return route != NULL && route->is_open;
}

/* Whether the request may be answered; else the reply says why not. */
static bool judge_request(struct admin *admin, struct MHD_Connection *connection, const char *path, const char *method,
                          struct admin_reply *reply)
{
    struct admin_framing framing = {0};
    const char *fault;

    MHD_get_connection_values(connection, MHD_HEADER_KIND, count_header, &framing);
    fault = admin_framing_get_fault(&framing);
    if (fault != NULL) {
        admin_reply_set_problem_text(reply, 400, fault);
    } else if (!admin_host_is_allowed(framing.host, admin->listen_address) &&
               !admin_host_is_allowed(framing.host, admin->address)) {
        admin_reply_set_problem_text(reply, 403, "Host names another server");
    } else if (!is_open_to_all(path) && !admin_auth_is_allowed(admin->token, framing.authorization)) {
        admin_reply_set_problem_text(reply, 401,
                                     "it needs the token of admin_token_file as Authorization: Bearer TOKEN");
    } else if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        admin_reply_set_problem_text(reply, 405, "only GET and HEAD");
    } else {
        return true;
    }
    reply->closes = true;
    return false;
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, const struct admin_reply *reply)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body.len_bytes, reply->body.data, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result;

    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->content_type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (reply->http_status == 401)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, AUTH_CHALLENGE);
    if (reply->http_status == 405)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    if (reply->http_status == 503)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, RETRY_AFTER_S);
    if (reply->closes)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    result = MHD_queue_response(connection, (unsigned)reply->http_status, response);
    MHD_destroy_response(response);
    return result;
}

static int64_t get_mono_ms(const struct admin *admin)
{
    return clock_read(&admin->questions.clock).mono_ms;
}

static void set_deadline(struct admin *admin, struct MHD_Connection *connection, int64_t left_ms)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    admin_connections_set_deadline(&admin->connections, info->socket_context, get_mono_ms(admin) + left_ms);
}

static void on_connection(void *opaque, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct admin *admin = opaque;

    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *socket_context = admin_connections_add(
            &admin->connections, MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd,
            get_mono_ms(admin) + REQUEST_MAX_MS);
    else
        admin_connections_remove(&admin->connections, *socket_context);
}

static void on_completed(void *opaque, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void)state, (void)code;
    set_deadline(opaque, connection, REQUEST_MAX_MS);
}

/* Called when the headers are read; that it answers at once keeps a body, which no request here has, from being read.
 */
static enum MHD_Result on_request(void *opaque, struct MHD_Connection *connection, const char *path, const char *method,
                                  const char *version, const char *upload_data, size_t *upload_data_bytes, void **state)
{
    struct admin *admin = opaque;
    struct admin_reply reply = {.http_status = 200, .content_type = ADMIN_JSON_TYPE};
    enum MHD_Result result;

    (void)version, (void)upload_data, (void)upload_data_bytes, (void)state;
    set_deadline(admin, connection, ANSWER_MAX_MS);
    if (judge_request(admin, connection, path, method, &reply))
        answer_path(admin, connection, path, &reply);
    result = buffer_is_ok(&reply.body) ? send_reply(connection, &reply) : MHD_NO;
    admin_reply_close(&reply);
    return result;
}

/* The path stays raw: it is cut at its slashes before it is decoded. */
static size_t keep_escapes(void *opaque, struct MHD_Connection *connection, char *text)
{
    (void)opaque, (void)connection;
    return strlen(text);
}

static enum rc start_daemon(struct admin *admin, char *errstr, size_t errstr_bytes)
{
    admin->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_request, admin, MHD_OPTION_LISTEN_SOCKET, admin->listen_fd,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREAD_COUNT, MHD_OPTION_CONNECTION_LIMIT, CONNECTION_MAX,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, CONNECTION_MAX_EACH, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY_BYTES, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, admin, MHD_OPTION_NOTIFY_COMPLETED, on_completed, admin,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (admin->daemon == NULL)
        return rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes, "admin server at %s does not start",
                       admin->listen_address);
    admin->listen_fd = -1;
    return RC_OK;
}

/* A numeric one in its short form: so clients send it as Host. */
static void set_address(struct admin *admin, const char *advertise)
{
    struct host_port_address address;

    if (advertise[0] != '\0' && host_port_parse(advertise, &address))
        host_port_print(&address, admin->address);
    else
        snprintf(admin->address, sizeof admin->address, "%s", advertise[0] != '\0' ? advertise : admin->listen_address);
}

enum rc admin_open(const struct params *params, struct stats *stats, struct admin **ret_admin, char *errstr,
                   size_t errstr_bytes)
{
    struct admin *admin = alloc_zeroed(1, sizeof *admin);
    enum rc rc;

    admin->listen_fd = -1;
    admin->stats = stats;
    admin->token = params->admin_token;
    snprintf(admin->why, sizeof admin->why, "starting");
    rc = questions_open(&admin->questions, errstr, errstr_bytes);
    if (rc != RC_OK) {
        free(admin);
        return rc;
    }
    pthread_mutex_init(&admin->mutex, NULL);
    admin_connections_init(&admin->connections);
    rc = admin_listen_open(params->admin_listen, admin->token != NULL, &admin->listen_fd, admin->listen_address, errstr,
                           errstr_bytes);
    set_address(admin, params->admin_advertise);
    if (rc == RC_OK)
        rc = admin_tasks_open(&admin->tasks, &admin->questions, params, admin->address, admin->token, errstr,
                              errstr_bytes);
    if (rc == RC_OK)
        rc = start_daemon(admin, errstr, errstr_bytes);
    if (rc != RC_OK) {
        admin_close(admin);
        return rc;
    }
    *ret_admin = admin;
    return RC_OK;
}

void admin_close(struct admin *admin)
{
    if (admin == NULL)
        return;
    /* Stopping joins the threads, so the handlers that wait must leave first. */
    questions_shut(&admin->questions);
    admin_tasks_shut(&admin->tasks);
    if (admin->daemon != NULL)
        MHD_stop_daemon(admin->daemon);
    if (admin->listen_fd >= 0)
        close(admin->listen_fd);
    admin_tasks_close(&admin->tasks);
    questions_close(&admin->questions);
    admin_connections_close(&admin->connections);
    pthread_mutex_destroy(&admin->mutex);
    free(admin);
}

int admin_get_fd(const struct admin *admin)
{
    return admin->questions.fd;
}

const char *admin_get_address(const struct admin *admin)
{
    return admin->address;
}

bool admin_take_question(struct admin *admin, struct admin_question **ret_question, const struct admin_ask **ret_ask)
{
    struct admin_question *question = question_take(&admin->questions);

    if (question == NULL)
        return false;
    *ret_question = question;
    *ret_ask = &question->ask;
    return true;
}

void admin_answer(struct admin *admin, struct admin_question *question, struct admin_answer *answer)
{
    question_answer(&admin->questions, question, answer);
}

void admin_note_turn(struct admin *admin, int64_t mono_ms)
{
    if (!admin->has_turn_base) {
        admin->turn_base_ms = clock_read(&admin->questions.clock).mono_ms - mono_ms;
        admin->has_turn_base = true;
    }
    atomic_store(&admin->turn_mono_ms, mono_ms + admin->turn_base_ms);
    if (mono_ms - admin->cut_mono_ms >= CUT_PERIOD_MS) {
        admin->cut_mono_ms = mono_ms;
        admin_connections_cut(&admin->connections, mono_ms + admin->turn_base_ms);
    }
}

void admin_set_ready(struct admin *admin, bool is_ready, const char *why)
{
    pthread_mutex_lock(&admin->mutex);
    admin->is_ready = is_ready;
    snprintf(admin->why, sizeof admin->why, "%s", why);
    pthread_mutex_unlock(&admin->mutex);
}
