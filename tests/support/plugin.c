/* A plugin that does what a task's business type asks for, and writes down each call in the file plugin_config names.
 *
 *   on_task_building NAME:ID ATTEMPT
 *   on_task_result_valid NAME:ID ATTEMPT STATUS BODY_BYTES RECEIVED_BYTES IS_WHOLE
 *   on_task_status_update NAME:ID ATTEMPT STATUS ERR_MESSAGE
 */
#include "autohttp_plugin.h"
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const autohttp_plugin_host_t *host;
static FILE *file;
static char config_path[1000];

static void note(const char *hook, const autohttp_plugin_item_t *item, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void note(const char *hook, const autohttp_plugin_item_t *item, const char *format, ...)
{
    va_list arguments;

    fprintf(file, "%s %s:%s %u", hook, host->get_business_type(item), host->get_business_id(item),
            (unsigned)host->get_attempt(item));
    va_start(arguments, format);
    vfprintf(file, format, arguments);
    va_end(arguments);
    fputc('\n', file);
    fflush(file);
}

static bool is_type(const autohttp_plugin_item_t *item, const char *type)
{
    return strcmp(host->get_business_type(item), type) == 0;
}

static int change_all(autohttp_plugin_item_t *item)
{
    char url[1024];

    snprintf(url, sizeof url, "%s?changed=%s", host->get_url(item), host->get_method(item));
    if (host->set_url(item, url) != AUTOHTTP_PLUGIN_OK || host->set_method(item, "PUT") != AUTOHTTP_PLUGIN_OK ||
        host->set_header(item, "x-old", NULL) != AUTOHTTP_PLUGIN_OK ||
        host->set_header(item, "x-KEPT", "changed") != AUTOHTTP_PLUGIN_OK) {
        return AUTOHTTP_PLUGIN_ERROR;
    }
    return host->set_body(item, "new\0body", 8);
}

static int flood(autohttp_plugin_item_t *item)
{
    int result = AUTOHTTP_PLUGIN_OK;

    for (int i = 0; i < 1000000 && result == AUTOHTTP_PLUGIN_OK; i++) {
        result = host->set_header(item, "X-Flood", "again and again");
    }
    return AUTOHTTP_PLUGIN_OK; /* it does not care */
}

static int fail(autohttp_plugin_item_t *item, char *errstr, size_t errstr_bytes)
{
    if (is_type(item, "unended")) {
        memset(errstr, 'x', errstr_bytes);
        return AUTOHTTP_PLUGIN_ERROR;
    }
    if (is_type(item, "silent")) {
        return 7;
    }
    snprintf(errstr, errstr_bytes, "there is no key");
    return AUTOHTTP_PLUGIN_ERROR;
}

static void sleep_ms(long duration_ms)
{
    struct timespec rest = {.tv_nsec = duration_ms * 1000000};

    while (nanosleep(&rest, &rest) != 0) {
        continue;
    }
}

/* What goes wrong. */
static int misbehave(autohttp_plugin_item_t *item, char *errstr, size_t errstr_bytes)
{
    if (is_type(item, "reserved")) {
        host->set_header(item, "Host", "elsewhere");
    } else if (is_type(item, "crlf")) {
        host->set_header(item, "X-Split", "a\r\nX-Other: b");
    } else if (is_type(item, "scheme")) {
        host->set_url(item, "ftp://127.0.0.1/");
    } else if (is_type(item, "denied")) {
        host->set_url(item, "http://10.1.2.3/");
    } else if (is_type(item, "flood")) {
        return flood(item);
    } else if (is_type(item, "slow")) {
        sleep_ms(200);
    } else if (is_type(item, "crash")) {
        raise(SIGSEGV);
    } else if (is_type(item, "hang")) {
        for (;;) {
            pause();
        }
    } else if (is_type(item, "fail") || is_type(item, "silent") || is_type(item, "unended")) {
        return fail(item, errstr, errstr_bytes);
    }
    return AUTOHTTP_PLUGIN_OK;
}

static int on_task_building(autohttp_plugin_item_t *item, char *errstr, size_t errstr_bytes, void *opaque)
{
    char signature[512];

    (void)opaque;
    note("on_task_building", item, "%s", "");
    if (is_type(item, "all")) {
        return change_all(item);
    }
    if (is_type(item, "plain")) {
        return AUTOHTTP_PLUGIN_OK;
    }
    snprintf(signature, sizeof signature, "%u %s", (unsigned)host->get_attempt(item), host->get_idempotency_key(item));
    if (host->set_header(item, "X-Signature", signature) != AUTOHTTP_PLUGIN_OK) {
        return AUTOHTTP_PLUGIN_ERROR;
    }
    return misbehave(item, errstr, errstr_bytes);
}

static bool has_error(const autohttp_plugin_response_t *response)
{
    return response->body != NULL && memmem(response->body, response->body_bytes, "error", strlen("error")) != NULL;
}

static int on_task_result_valid(const autohttp_plugin_item_t *item, const autohttp_plugin_response_t *response,
                                char *errstr, size_t errstr_bytes, void *opaque)
{
    (void)opaque;
    note("on_task_result_valid", item, " %d %zu %llu %d", response->status, response->body_bytes,
         (unsigned long long)response->body_received_bytes, response->is_body_whole);
    if (is_type(item, "accept")) {
        return AUTOHTTP_PLUGIN_OK;
    }
    if (is_type(item, "judge_fails")) {
        snprintf(errstr, errstr_bytes, "no judgement");
        return AUTOHTTP_PLUGIN_ERROR;
    }
    if (is_type(item, "check") && has_error(response)) {
        snprintf(errstr, errstr_bytes, "the body holds an error");
        return AUTOHTTP_PLUGIN_INVALID;
    }
    if (response->status < 200 || response->status > 299) {
        snprintf(errstr, errstr_bytes, "not good enough");
        return AUTOHTTP_PLUGIN_INVALID;
    }
    return AUTOHTTP_PLUGIN_OK;
}

/* Once in the life of the file: a worker that is started again is told, and lives. */
static void die_first(void)
{
    char path[1024];
    FILE *mark;

    snprintf(path, sizeof path, "%s.died", config_path);
    mark = fopen(path, "wx");
    if (mark != NULL) {
        fclose(mark);
        raise(SIGKILL);
    }
}

static int on_task_status_update(const autohttp_plugin_item_t *item, const char *err_message, void *opaque)
{
    (void)opaque;
    note("on_task_status_update", item, " %d %s", host->get_status(item), err_message);
    if (is_type(item, "die_telling")) {
        die_first();
    }
    return is_type(item, "update_fails") ? AUTOHTTP_PLUGIN_ERROR : AUTOHTTP_PLUGIN_OK;
}

static int open_plugin(const autohttp_plugin_host_t *given, const char *config, void **ret_opaque, char *errstr,
                       size_t errstr_bytes)
{
    *ret_opaque = &host;
    host = given;
    snprintf(config_path, sizeof config_path, "%s", config);
    file = fopen(config, "a");
    if (file == NULL) {
        snprintf(errstr, errstr_bytes, "cannot write \"%s\"", config);
        return AUTOHTTP_PLUGIN_ERROR;
    }
    return AUTOHTTP_PLUGIN_OK;
}

static void close_plugin(void *opaque)
{
    fputs(opaque == &host ? "close\n" : "close of another\n", file);
    fclose(file);
}

const autohttp_plugin_t *autohttp_plugin_get(void)
{
    static const autohttp_plugin_t functions = {
        .bytes = sizeof functions,
        .abi = AUTOHTTP_PLUGIN_ABI,
        .open = open_plugin,
        .close = close_plugin,
        .on_task_building = on_task_building,
        .on_task_result_valid = on_task_result_valid,
        .on_task_status_update = on_task_status_update,
    };

    return &functions;
}
