#include "task_words.h"

#include <string.h>

#include "say.h"
#include "task_json.h"

static enum exit_code check_part(const char *name, const char *part)
{
    size_t part_bytes = strlen(part);

    if (part_bytes == 0 || part_bytes > TASK_KEY_PART_MAX_BYTES) {
        return say_fail(EXIT_CODE_USAGE, "%s has %zu bytes, not 1..%d", name, part_bytes, TASK_KEY_PART_MAX_BYTES);
    }
    return EXIT_CODE_OK;
}

enum exit_code task_words_check(const char *business_type, const char *business_id)
{
    enum exit_code code = check_part("TYPE", business_type);

    if (code == EXIT_CODE_OK) {
        code = check_part("ID", business_id);
    }
    if (code == EXIT_CODE_OK && strchr(business_type, ':') != NULL) {
        return say_fail(EXIT_CODE_USAGE, "TYPE '%s' has a colon; write TYPE and ID as two words", business_type);
    }
    return code;
}
