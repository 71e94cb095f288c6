#include "listen.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "call_log.h"
#include "json_line.h"
#include "listen_endpoint.h"
#include "say.h"
#include "script.h"

#define ADDRESS_DEFAULT "127.0.0.1"
#define URL_BYTES 128

struct listen_values {
    const char *address;
    int64_t port;
    const char *respond;
    int64_t delay_ms;
    struct option_list headers;
    const char *log;
    bool is_quiet;
};

static void print_ready(const char *address, uint16_t port, bool is_json)
{
    char url[URL_BYTES];
    struct buffer line = {0};

    snprintf(url, sizeof url, "http://%s:%u", address, port);
    if (is_json) {
        json_line_begin(&line);
        json_line_add_text(&line, "listening", url);
        json_line_print(&line);
    } else {
        printf("listening on %s\n", url);
    }
    fflush(stdout);
}

/* Blocked before the server's threads start, so that only the wait below takes them. */
static void block_signals(sigset_t *ret_signals)
{
    sigemptyset(ret_signals);
    sigaddset(ret_signals, SIGINT);
    sigaddset(ret_signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, ret_signals, NULL);
    signal(SIGPIPE, SIG_IGN); /* callers hang up when they like */
}

static enum exit_code serve(const struct call *call, struct script *script, struct call_log *log)
{
    const struct listen_values *values = call->values;
    const char *address = values->address != NULL ? values->address : ADDRESS_DEFAULT;
    struct listen_endpoint_options options = {address, (uint16_t)values->port, values->delay_ms, &values->headers};
    char errstr[SAY_ERRSTR_BYTES] = "";
    struct listen_endpoint *endpoint = NULL;
    sigset_t signals;
    int signal_number = 0;

    block_signals(&signals);
    enum rc rc = listen_endpoint_open(&options, script, log, &endpoint, errstr, sizeof errstr);
    if (rc != RC_OK) {
        return say_fail(rc == RC_INVALID ? EXIT_CODE_USAGE : exits_from_rc(rc), "listen: %s", errstr);
    }
    print_ready(address, listen_endpoint_get_port(endpoint), call->is_json);
    sigwait(&signals, &signal_number);
    listen_endpoint_close(endpoint);
    return EXIT_CODE_OK;
}

static enum exit_code run_listen(const struct call *call)
{
    const struct listen_values *values = call->values;
    char errstr[SAY_ERRSTR_BYTES] = "";
    struct script script = {0};
    struct call_log log = {0};
    enum exit_code code = EXIT_CODE_OK;

    if (script_init(values->respond, &script, errstr, sizeof errstr) != RC_OK) {
        return say_fail(EXIT_CODE_USAGE, "listen: --respond: %s", errstr);
    }
    if (call_log_open(values->log, call->is_json, values->is_quiet, &log, errstr, sizeof errstr) != RC_OK) {
        code = say_fail(EXIT_CODE_USAGE, "listen: --log: %s", errstr);
        goto out;
    }
    code = serve(call, &script, &log);
out:
    call_log_close(&log);
    script_close(&script);
    return code;
}

static const struct option_spec options[] = {
    {"port", 0, OPTION_NUMBER, offsetof(struct listen_values, port), "N", "default 0: any free one, printed", 0, 65535,
     0},
    {"address", 0, OPTION_TEXT, offsetof(struct listen_values, address), "IPV4", "default 127.0.0.1", 0, 0, 0},
    {"respond", 0, OPTION_TEXT, offsetof(struct listen_values, respond), "STATUS,...",
     "by attempt of a call, the last repeats (default 200)", 0, 0, 0},
    {"delay", 0, OPTION_NUMBER, offsetof(struct listen_values, delay_ms), "MS", "milliseconds before every answer", 0,
     SCRIPT_DELAY_MAX_MS, 0},
    {"header", 0, OPTION_LIST, offsetof(struct listen_values, headers), "'NAME: VALUE'", "put on every answer", 0, 0,
     0},
    {"log", 0, OPTION_TEXT, offsetof(struct listen_values, log), "FILE", "append every call as NDJSON", 0, 0, 0},
    {"quiet", 0, OPTION_FLAG, offsetof(struct listen_values, is_quiet), NULL, "print no line for a call", 0, 0, 0},
};

static const struct verb verbs[] = {
    {"listen", "", "an HTTP endpoint with scripted answers, for trying things",
     "  autohttp listen --port 8000 --respond 500,503,200\n"
     "  autohttp listen --port 8000 --respond 429,200 --header 'Retry-After: 2' --log calls.ndjson\n"
     "  # /status/404 always answers 404, /delay/1500 waits 1500 ms before the script's answer\n",
     options, sizeof options / sizeof options[0], sizeof(struct listen_values), 0, 0, VERB_NEEDS_NOTHING, run_listen},
};

const struct verb_group listen_verbs = {verbs, sizeof verbs / sizeof verbs[0]};
