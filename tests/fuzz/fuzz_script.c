/* The script of `autohttp listen`: first line the script, second line the path, then header values. Every answer is a
 * status that ends a call, every delay bounded. */
#include "fuzz.h"

#include "script.h"

static char *cut_line(char **rest)
{
    char *line = strsep(rest, "\n");

    return line != NULL ? line : "";
}

static void check_script(struct script *script, char *rest)
{
    const char *path = cut_line(&rest);
    const char *attempt_header = cut_line(&rest);
    const char *key = cut_line(&rest);
    uint32_t attempt = script_count_call(script, attempt_header, key);
    unsigned status = script_get_status(script, path, attempt);
    int64_t delay_ms = script_get_delay_ms(path);

    FUZZ_CHECK(attempt >= 1);
    FUZZ_CHECK(status >= SCRIPT_STATUS_LOWEST && status <= SCRIPT_STATUS_HIGHEST);
    FUZZ_CHECK(delay_ms >= 0 && delay_ms <= SCRIPT_DELAY_MAX_MS);
    FUZZ_CHECK(script_count_call(script, NULL, key) <= 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char errstr[FUZZ_ERRSTR_BYTES] = "";
    char *text = fuzz_copy_text(data, size);
    char *rest = text;
    const char *statuses = cut_line(&rest);
    struct script script;

    if (script_init(statuses, &script, errstr, sizeof errstr) == RC_OK) {
        check_script(&script, rest);
        script_close(&script);
    } else {
        FUZZ_CHECK(errstr[0] != '\0');
    }
    free(text);
    return 0;
}
