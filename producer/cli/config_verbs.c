#include "config_verbs.h"

#include <curl/curl.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

#include "autohttp.h"
#include "buffer.h"
#include "json_line.h"
#include "listen_endpoint.h"
#include "params.h"
#include "say.h"
#include "start_check.h"

struct config_values {
    bool is_for_worker;
};

static enum exit_code load(const struct call *call, struct params *ret_params)
{
    const struct config_values *values = call->values;
    char errstr[SAY_ERRSTR_BYTES] = "";
    enum rc rc = params_load(settings_get_file(call->global), values->is_for_worker ? PARAMS_FOR_WORKER : 0, ret_params,
                             errstr, sizeof errstr);

    if (rc != RC_OK) {
        return say_fail(EXIT_CODE_CONFIG, "%s", errstr);
    }
    for (size_t i = 0; i < ret_params->warnings.count; i++) {
        say("warning: %s", ret_params->warnings.items[i]);
    }
    return EXIT_CODE_OK;
}

/* What `config check` leaves to the worker's start. */
static const char *get_unjudged(const struct config_values *values)
{
    return values->is_for_worker ? "whether brokers answer, whether the plugin can be loaded"
                                 : "entries of kafka and state_dir (see --for-worker), whether brokers answer, whether "
                                   "the plugin can be loaded";
}

static void print_checked(const char *file, const char *unjudged)
{
    struct buffer line = {0};

    json_line_begin(&line);
    json_line_add_text(&line, "file", file);
    json_line_add_bool(&line, "ok", true);
    json_line_add_text(&line, "not_judged", unjudged);
    json_line_print(&line);
}

static enum exit_code check_start(const struct params *params)
{
    char errstr[SAY_ERRSTR_BYTES] = "";
    enum rc rc = start_check_kafka(params, errstr, sizeof errstr);

    if (rc == RC_OK) {
        rc = start_check_state_dir(params, errstr, sizeof errstr);
    }
    return rc == RC_OK ? EXIT_CODE_OK : say_fail(EXIT_CODE_CONFIG, "%s", errstr);
}

static enum exit_code run_check(const struct call *call)
{
    const struct config_values *values = call->values;
    struct params params = {0};
    enum exit_code code = load(call, &params);

    if (code == EXIT_CODE_OK && values->is_for_worker) {
        code = check_start(&params);
    }
    if (code == EXIT_CODE_OK && call->is_json) {
        print_checked(params.file, get_unjudged(values));
    } else if (code == EXIT_CODE_OK) {
        say("%s: ok; not judged: %s", params.file[0] != '\0' ? params.file : "defaults and environment",
            get_unjudged(values));
    }
    params_close(&params);
    return code;
}

static enum exit_code run_print(const struct call *call)
{
    struct params params = {0};
    struct buffer text = {0};
    enum exit_code code = load(call, &params);

    if (code == EXIT_CODE_OK) {
        (call->is_json ? params_print_json : params_print)(&params, &text);
        if (buffer_is_ok(&text) && text.data != NULL) {
            fputs(text.data, stdout);
        }
    }
    buffer_close(&text);
    params_close(&params);
    return code;
}

static enum exit_code run_version(const struct call *call)
{
    const char *const parts[][2] = {{"autohttp", AUTOHTTP_VERSION},
                                    {"libautohttp", autohttp_version()},
                                    {"librdkafka", rd_kafka_version_str()},
                                    {"libcurl", curl_version_info(CURLVERSION_NOW)->version},
                                    {"libmicrohttpd", listen_endpoint_get_library_version()}};
    const size_t part_count = sizeof parts / sizeof parts[0];
    struct buffer line = {0};

    json_line_begin(&line);
    for (size_t i = 0; i < part_count; i++) {
        json_line_add_text(&line, parts[i][0], parts[i][1]);
        if (!call->is_json) {
            printf("%s %s\n", parts[i][0], parts[i][1]);
        }
    }
    if (call->is_json) {
        json_line_print(&line);
    }
    buffer_close(&line);
    return EXIT_CODE_OK;
}

static const struct option_spec options[] = {
    {"for-worker", 0, OPTION_FLAG, offsetof(struct config_values, is_for_worker), NULL,
     "also refuse what a worker could not start with", 0, 0, 0},
};

static const struct verb verbs[] = {
    {"config check", "", "read the configuration and name what is wrong",
     "  autohttp config check --config /etc/autohttp/autohttp.yaml --for-worker\n", options, 1,
     sizeof(struct config_values), 0, 0, VERB_NEEDS_NOTHING, run_check},
    {"config print", "", "print every setting, its value and where it came from",
     "  autohttp config print --config /etc/autohttp/autohttp.yaml\n", options, 1, sizeof(struct config_values), 0, 0,
     VERB_NEEDS_NOTHING, run_print},
    {"version", "", "print the versions of the command and its libraries", "  autohttp version\n", NULL, 0, 0, 0, 0,
     VERB_NEEDS_NOTHING, run_version},
};

const struct verb_group config_verbs = {verbs, sizeof verbs / sizeof verbs[0]};
