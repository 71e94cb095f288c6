#include "tail.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "coords.h"
#include "follow.h"
#include "link.h"
#include "record_print.h"
#include "say.h"
#include "suggest.h"
#include "topics.h"

#define TOPIC_DEFAULT "events"
#define READ_SLICE_MS 1000
#define NAME_DELAY "delay"

struct tail_values {
    bool is_from_start;
    bool is_to_end;
    int64_t record_max; /* 0: no limit */
    const char *key;
};

struct tail {
    const struct call *call;
    struct link *link;
    struct follow *follow;
    size_t open_count; /* partitions whose end has not been reached */
    int64_t record_count;
};

/* Whether the word names this topic of ours; name is without the prefix. */
static bool is_named(const char *word, const char *name)
{
    size_t delay_bytes = strlen(NAME_DELAY);

    if (strcmp(word, NAME_DELAY) == 0) {
        return strncmp(name, NAME_DELAY, delay_bytes) == 0 && name[delay_bytes] == '.';
    }
    return strcmp(word, name) == 0;
}

static enum rc add_topic(struct tail *tail, const struct rd_kafka_metadata_topic *topic, char *errstr,
                         size_t errstr_bytes)
{
    const struct tail_values *values = tail->call->values;
    bool is_whole = values->is_from_start || values->is_to_end;
    int32_t first = 0;
    int32_t end = topic->partition_cnt;
    enum rc rc = RC_OK;

    if (values->key != NULL && topic->partition_cnt > 0) {
        first = coords_get_home(values->key, strlen(values->key), topic->partition_cnt);
        end = first + 1;
    }
    for (int32_t p = first; rc == RC_OK && p < end; p++) {
        rc = follow_add(tail->follow, topic->topic, p, is_whole ? FOLLOW_FROM_START : FOLLOW_FROM_END, errstr,
                        errstr_bytes);
        tail->open_count += rc == RC_OK;
    }
    return rc;
}

/* Adds what one word names; RC_UNAVAILABLE if the broker has no such topic. */
static enum rc add_word(struct tail *tail, const char *word, const struct rd_kafka_metadata *metadata, char *errstr,
                        size_t errstr_bytes)
{
    const char *prefix = tail->call->settings->topic_prefix;
    size_t before = tail->open_count;
    enum topic_kind kind = TOPIC_TASKS;
    int64_t tier_ms = 0;
    enum rc rc = RC_OK;

    for (int i = 0; rc == RC_OK && i < metadata->topic_cnt; i++) {
        const char *name = metadata->topics[i].topic;
        if (topics_parse_name(prefix, name, &kind, &tier_ms) && is_named(word, name + strlen(prefix) + 1)) {
            rc = add_topic(tail, &metadata->topics[i], errstr, errstr_bytes);
        }
    }
    if (rc == RC_OK && tail->open_count == before) {
        rc = rc_fail(RC_UNAVAILABLE, errstr, errstr_bytes,
                     "topic %s.%s does not exist; create the topics with: autohttp topics apply --execute", prefix,
                     word);
    }
    return rc;
}

static enum rc add_words(struct tail *tail, char *errstr, size_t errstr_bytes)
{
    const struct rd_kafka_metadata *metadata = NULL;
    enum rc rc = link_list_topics(tail->link, &metadata, errstr, errstr_bytes);

    if (rc != RC_OK) {
        return rc;
    }
    for (int i = 0; rc == RC_OK && i < tail->call->word_count; i++) {
        rc = add_word(tail, tail->call->words[i], metadata, errstr, errstr_bytes);
    }
    if (tail->call->word_count == 0) {
        rc = add_word(tail, TOPIC_DEFAULT, metadata, errstr, errstr_bytes);
    }
    rd_kafka_metadata_destroy(metadata);
    return rc;
}

static bool is_wanted(const struct tail_values *values, const struct follow_record *record)
{
    return values->key == NULL || (record->key != NULL && record->key_bytes == strlen(values->key) &&
                                   memcmp(record->key, values->key, record->key_bytes) == 0);
}

static void print_record(struct tail *tail, const struct follow_record *record)
{
    const struct tail_values *values = tail->call->values;
    const char *prefix = tail->call->settings->topic_prefix;
    const char *name = record->topic + strlen(prefix) + 1;
    enum topic_kind kind = TOPIC_TASKS;
    int64_t tier_ms = 0;

    topics_parse_name(prefix, record->topic, &kind, &tier_ms);
    if (tail->call->is_json) {
        record_print_json(record, name);
    } else {
        record_print_text(record, name, kind);
    }
    tail->record_count++;
    if (!values->is_to_end) {
        fflush(stdout); /* whoever follows wants to see it now */
    }
}

static bool is_done(const struct tail *tail)
{
    const struct tail_values *values = tail->call->values;

    return (values->record_max > 0 && tail->record_count >= values->record_max) ||
           (values->is_to_end && tail->open_count == 0) || ferror(stdout);
}

static enum rc read_records(struct tail *tail, char *errstr, size_t errstr_bytes)
{
    struct follow_record record;

    while (!is_done(tail)) {
        enum rc rc = follow_read(tail->follow, READ_SLICE_MS, &record, errstr, errstr_bytes);
        if (rc == RC_TIMEOUT) {
            continue;
        }
        if (rc != RC_OK) {
            return rc;
        }
        if (record.is_end) {
            tail->open_count -= tail->open_count > 0;
        } else if (is_wanted(tail->call->values, &record)) {
            print_record(tail, &record);
        }
    }
    return RC_OK;
}

static enum exit_code check_names(const struct call *call)
{
    static const char *const names[] = {"tasks", "events", "dead", "state", "control", NAME_DELAY};
    const size_t name_count = sizeof names / sizeof names[0];
    enum topic_kind kind = TOPIC_TASKS;
    int64_t tier_ms = 0;
    char full[TOPICS_NAME_MAX_BYTES];

    for (int i = 0; i < call->word_count; i++) {
        const char *word = call->words[i];
        snprintf(full, sizeof full, "%s.%s", call->settings->topic_prefix, word);
        if (strcmp(word, NAME_DELAY) == 0 || topics_parse_name(call->settings->topic_prefix, full, &kind, &tier_ms)) {
            continue;
        }
        const char *near = suggest_find_near(word, names, name_count);
        return say_fail(EXIT_CODE_USAGE,
                        "tail: '%s' is no topic of ours%s%s%s; they are tasks, events, dead, state, control, delay",
                        word, near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
                        near != NULL ? "'?" : "");
    }
    return EXIT_CODE_OK;
}

static enum exit_code run_tail(const struct call *call)
{
    char errstr[SAY_ERRSTR_BYTES] = "";
    struct tail tail = {.call = call};
    enum rc rc = RC_OK;
    enum exit_code code = check_names(call);

    if (code != EXIT_CODE_OK) {
        return code;
    }
    rc = link_open(call->settings, &tail.link, errstr, sizeof errstr);
    if (rc == RC_OK) {
        rc = follow_open(tail.link, &tail.follow, errstr, sizeof errstr);
    }
    if (rc == RC_OK) {
        rc = add_words(&tail, errstr, sizeof errstr);
    }
    if (rc == RC_OK) {
        rc = read_records(&tail, errstr, sizeof errstr);
    }
    follow_close(tail.follow);
    link_close(tail.link);
    return rc == RC_OK ? EXIT_CODE_OK : say_rc(rc, "tail", errstr);
}

static const struct option_spec options[] = {
    {"from-beginning", 0, OPTION_FLAG, offsetof(struct tail_values, is_from_start), NULL,
     "what is kept already comes first", 0, 0, 0},
    {"to-end", 0, OPTION_FLAG, offsetof(struct tail_values, is_to_end), NULL,
     "from the beginning to the end, then exit", 0, 0, 0},
    {"count", 0, OPTION_NUMBER, offsetof(struct tail_values, record_max), "N", "exit after so many records", 1,
     INT64_MAX, 0},
    {"key", 0, OPTION_TEXT, offsetof(struct tail_values, key), "TYPE:ID",
     "only this business key, at its home partition", 0, 0, 0},
};

static const struct verb verbs[] = {
    {"tail", "[tasks|events|dead|state|control|delay|delay.<n>ms]...", "print records as they come (default: events)",
     "  autohttp tail\n"
     "  autohttp tail events --key order:42 --from-beginning\n"
     "  autohttp tail tasks dead --to-end --json\n",
     options, sizeof options / sizeof options[0], sizeof(struct tail_values), 0, VERB_WORDS_ANY, VERB_NEEDS_BROKER,
     run_tail},
};

const struct verb_group tail_verbs = {verbs, sizeof verbs / sizeof verbs[0]};
