/* codec_judge: says whether the C codec takes a JSON, for tests/contracts/check.
 *
 *   codec_judge KIND FILE...   each file is one JSON; exit 0 all valid, 1 not all, 64 usage, 65 unreadable
 *   codec_judge KIND -         each line of stdin is one JSON; exit 0
 *
 * For each JSON it prints a line, "valid" or "invalid REASON".
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

static bool print_verdict(judge_cb judge, const char *json, size_t json_bytes)
{
    char errstr[ERRSTR_BYTES] = "";
    bool is_valid = judge(json, json_bytes, errstr) == RC_OK;

    printf("%s%s\n", is_valid ? "valid" : "invalid ", errstr);
    return is_valid;
}

static int judge_file(judge_cb judge, const char *path)
{
    int exit_code = EXIT_UNREADABLE;
    FILE *file = fopen(path, "rb");
    char *json = malloc(FILE_MAX_BYTES);
    size_t json_bytes;

    if (file == NULL || json == NULL) {
        fprintf(stderr, "codec_judge: cannot read %s\n", path);
        goto out;
    }
    json_bytes = fread(json, 1, FILE_MAX_BYTES, file);
    exit_code = print_verdict(judge, json, json_bytes) ? EXIT_VALID : EXIT_INVALID;
out:
    free(json);
    if (file != NULL)
        fclose(file);
    return exit_code;
}

static int judge_files(judge_cb judge, char **paths)
{
    int exit_code = EXIT_VALID;

    for (; *paths != NULL && exit_code != EXIT_UNREADABLE; paths++) {
        int file_exit_code = judge_file(judge, *paths);

        if (file_exit_code > exit_code)
            exit_code = file_exit_code;
    }
    return exit_code;
}

static int judge_lines(judge_cb judge)
{
    char *line = NULL;
    size_t line_cap_bytes = 0;
    ssize_t line_bytes;

    while ((line_bytes = getline(&line, &line_cap_bytes, stdin)) > 0) {
        if (line[line_bytes - 1] == '\n')
            line_bytes--;
        print_verdict(judge, line, (size_t)line_bytes);
    }
    free(line);
    return EXIT_VALID;
}

int main(int argc, char **argv)
{
    judge_cb judge = argc >= 3 ? find_judge(argv[1]) : NULL;

    if (judge == NULL) {
        fprintf(stderr, "usage: codec_judge task|row|event|control FILE...|-\n");
        return EXIT_USAGE;
    }
    return strcmp(argv[2], "-") == 0 ? judge_lines(judge) : judge_files(judge, argv + 2);
}
