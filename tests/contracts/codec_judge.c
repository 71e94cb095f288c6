/* codec_judge: says whether the C codec takes a JSON, for tests/contracts/check.
 *
 *   codec_judge KIND FILE   one JSON; exit 0 valid, 1 invalid with the reason on stdout, 64 usage, 65 unreadable
 *   codec_judge KIND -      one JSON a line on stdin; for each "valid" or "invalid REASON", exit 0
 *
 * KIND is task, row, event or control.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control_json.h"
#include "event_json.h"
#include "row_json.h"
#include "task_json.h"

#define FILE_MAX_BYTES (4u * 1024 * 1024)
#define ERRSTR_BYTES 256

enum exit_code { EXIT_VALID = 0, EXIT_INVALID = 1, EXIT_USAGE = 64, EXIT_UNREADABLE = 65 };

typedef enum rc (*judge_cb)(const char *json, size_t json_bytes, char *errstr);

static enum rc judge_task(const char *json, size_t json_bytes, char *errstr)
{
    struct task task = {0};
    enum rc rc = task_decode(json, json_bytes, &task, errstr, ERRSTR_BYTES);

    task_close(&task);
    return rc;
}

static enum rc judge_row(const char *json, size_t json_bytes, char *errstr)
{
    struct row row = {0};
    enum rc rc = row_decode(json, json_bytes, &row, errstr, ERRSTR_BYTES);

    row_close(&row);
    return rc;
}

static enum rc judge_event(const char *json, size_t json_bytes, char *errstr)
{
    struct event event = {0};
    enum rc rc = event_decode(json, json_bytes, &event, errstr, ERRSTR_BYTES);

    event_close(&event);
    return rc;
}

static enum rc judge_control(const char *json, size_t json_bytes, char *errstr)
{
    struct control control = {0};
    enum rc rc = control_decode(json, json_bytes, &control, errstr, ERRSTR_BYTES);

    control_close(&control);
    return rc;
}

static const struct {
    const char *kind;
    judge_cb judge;
} judges[] = {
    {"task", judge_task},
    {"row", judge_row},
    {"event", judge_event},
    {"control", judge_control},
};

static judge_cb find_judge(const char *kind)
{
    for (size_t i = 0; i < sizeof judges / sizeof judges[0]; i++) {
        if (strcmp(judges[i].kind, kind) == 0)
            return judges[i].judge;
    }
    return NULL;
}

static int judge_file(judge_cb judge, const char *path)
{
    char errstr[ERRSTR_BYTES] = "";
    int exit_code = EXIT_UNREADABLE;
    FILE *file = fopen(path, "rb");
    char *json = malloc(FILE_MAX_BYTES);
    size_t json_bytes;

    if (file == NULL || json == NULL) {
        fprintf(stderr, "codec_judge: cannot read %s\n", path);
        goto out;
    }
    json_bytes = fread(json, 1, FILE_MAX_BYTES, file);
    exit_code = judge(json, json_bytes, errstr) == RC_OK ? EXIT_VALID : EXIT_INVALID;
    puts(exit_code == EXIT_VALID ? "valid" : errstr);
out:
    free(json);
    if (file != NULL)
        fclose(file);
    return exit_code;
}

static int judge_lines(judge_cb judge)
{
    char *line = NULL;
    size_t line_cap_bytes = 0;
    ssize_t line_bytes;

    while ((line_bytes = getline(&line, &line_cap_bytes, stdin)) > 0) {
        char errstr[ERRSTR_BYTES] = "";

        if (line[line_bytes - 1] == '\n')
            line_bytes--;
        if (judge(line, (size_t)line_bytes, errstr) == RC_OK)
            puts("valid");
        else
            printf("invalid %s\n", errstr);
    }
    free(line);
    return EXIT_VALID;
}

int main(int argc, char **argv)
{
    judge_cb judge = argc == 3 ? find_judge(argv[1]) : NULL;

    if (judge == NULL) {
        fprintf(stderr, "usage: codec_judge task|row|event|control FILE|-\n");
        return EXIT_USAGE;
    }
    return strcmp(argv[2], "-") == 0 ? judge_lines(judge) : judge_file(judge, argv[2]);
}
