/* autohttp-worker: consumes tasks from Kafka, makes their calls, and retries them on their schedule. */
#include "descriptors.h"
#include "log.h"
#include "params.h"
#include "worker.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 64
#define EXIT_UNAVAILABLE 69
#define EXIT_CONFIG 78

static const char usage[] = "Usage: autohttp-worker --config FILE\n"
                            "\n"
                            "  autohttp-worker --config /etc/autohttp/autohttp.yaml\n"
                            "\n"
                            "  --config FILE   settings, see autohttp.yaml(5); `autohttp config check` judges them\n"
                            "  --help          this text\n"
                            "  --version       version\n";

/* Every thread inherits the mask, so signals come to the loop's signalfd only. */
static void block_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* getopt_long takes any unambiguous prefix of a long option; a script must not come to depend on that. */
static int parse_arguments(int argc, char **argv, const char **ret_config)
{
    *ret_config = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        }
        if (strcmp(argv[i], "--version") == 0) {
            printf("autohttp-worker %s\n", AUTOHTTP_VERSION);
            return 0;
        }
        if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
            *ret_config = argv[++i];
        } else if (strncmp(argv[i], "--config=", strlen("--config=")) == 0) {
            *ret_config = argv[i] + strlen("--config=");
        } else {
            fprintf(stderr, "autohttp-worker: unknown argument or missing value: %s\n%s", argv[i], usage);
            return EXIT_USAGE;
        }
    }
    if (*ret_config == NULL) {
        fprintf(stderr, "autohttp-worker: --config FILE is missing\n%s", usage);
        return EXIT_USAGE;
    }
    return -1;
}

static int run(struct params *params)
{
    struct worker *worker = NULL;
    char text[512] = "";
    enum rc rc = descriptors_raise_limit(params, text, sizeof text);
    int status;

    if (rc == RC_OK) {
        rc = worker_open(params, &worker, text, sizeof text);
    }
    if (rc != RC_OK) {
        fprintf(stderr, "autohttp-worker: %s\n", text);
        return rc == RC_INVALID || rc == RC_STORAGE || rc == RC_CONFLICT ? EXIT_CONFIG : EXIT_UNAVAILABLE;
    }
    status = worker_run(worker);
    worker_close(worker);
    return status;
}

int main(int argc, char **argv)
{
    const char *config = NULL;
    struct params params = {0};
    char text[512] = "";
    int status = parse_arguments(argc, argv, &config);

    if (status >= 0) {
        return status;
    }
    if (params_load(config, PARAMS_FOR_WORKER, &params, text, sizeof text) != RC_OK) {
        fprintf(stderr, "autohttp-worker: %s\n", text);
        return EXIT_CONFIG;
    }
    for (size_t i = 0; i < params.warnings.count; i++) {
        log_warn("config", LOG_TEXT("why", params.warnings.items[i]));
    }
    log_set_level(params.log_level);
    block_signals();
    status = run(&params);
    log_flush(true);
    params_close(&params);
    return status;
}
