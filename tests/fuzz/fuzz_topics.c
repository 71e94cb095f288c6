/* Topic names: a name under the prefix prints back as it was. Any prefix is refused or makes names that read back. */
#include "fuzz.h"

#include "topics.h"

static void check_name(const char *name)
{
    enum topic_kind kind;
    int64_t tier_ms = 0;
    char printed[TOPICS_NAME_MAX_BYTES];

    if (!topics_parse_name("autohttp", name, &kind, &tier_ms))
        return;
    topics_print_name("autohttp", kind, tier_ms, printed);
    FUZZ_CHECK(strcmp(printed, name) == 0);
}

static void check_prefix(const char *prefix)
{
    static struct topics topics; /* large */
    const int64_t wait_ms[] = {27000};
    char errstr[FUZZ_ERRSTR_BYTES] = "";

    if (topics_init(prefix, 4, 1, wait_ms, 1, 1000, &topics, errstr, sizeof errstr) != RC_OK) {
        fuzz_check_errstr(errstr);
        return;
    }
    for (size_t i = 0; i < topics.count; i++) {
        enum topic_kind kind;
        int64_t tier_ms = 0;

        FUZZ_CHECK(topics_parse_name(prefix, topics.list[i].name, &kind, &tier_ms));
        FUZZ_CHECK(kind == topics.list[i].kind && (kind != TOPIC_DELAY || tier_ms == topics.list[i].tier_ms));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy_text(data, size);

    check_name(text);
    check_prefix(text);
    free(text);
    return 0;
}
