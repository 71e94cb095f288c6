#include "topics_verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "buffer.h"
#include "claims.h"
#include "json_line.h"
#include "link.h"
#include "moment.h"
#include "say.h"
#include "topic_rules.h"
#include "topics_admin.h"

#define VISIBLE_TIMEOUT_MS 15000
#define VISIBLE_POLL_MS 50
#define TOPIC_MAX (TOPIC_DELAY + TOPICS_TIER_MAX)

struct topics_values {
    int64_t partition_count;
    int64_t replica_count;
    bool is_execute;
};

enum action {
    ACTION_CREATE = 1,
    ACTION_ALTER,
    ACTION_REFUSE, /* no worker starts over it; a partition count: apply does nothing at all */
    ACTION_LEAVE,  /* copies: apply leaves it, Kafka has a tool of its own for it */
};

struct difference {
    enum action action;
    const char *topic;
    const char *setting;
    const char *wanted;
    const char *found;
    const char *why; /* NULL: it needs no reason */
};

/* Everything one run looks at. */
struct survey {
    struct link *link;
    struct topics wanted;
    struct topic_found found[TOPIC_MAX];
    size_t difference_count;
    size_t refused_count;
    bool is_json;
};

static const char *const action_names[] = {"", "create", "alter", "refuse", "leave"};

#define WHY_COUNT "a partition count is never changed"
#define WHY_CLAIMED "it was claimed with so many, and a partition count is never changed"
#define WHY_COPIES "not changed here: kafka-reassign-partitions does it"

static void print_json(const struct difference *difference)
{
    struct buffer line = {0};

    json_line_begin(&line);
    json_line_add_text(&line, "action", action_names[difference->action]);
    json_line_add_text(&line, "topic", difference->topic);
    json_line_add_text(&line, "setting", difference->setting);
    json_line_add_text(&line, "found", difference->found);
    json_line_add_text(&line, "wanted", difference->wanted);
    if (difference->why != NULL) {
        json_line_add_text(&line, "why", difference->why);
    }
    json_line_print(&line);
}

static void print_difference(struct survey *survey, const struct difference *difference)
{
    survey->difference_count++;
    survey->refused_count += difference->action == ACTION_REFUSE;
    if (survey->is_json) {
        print_json(difference);
    } else if (difference->action == ACTION_CREATE) {
        printf("create  %s  %" PRId32 " partitions, replication factor %d\n", difference->topic,
               survey->wanted.partition_count, survey->wanted.replication_factor);
    } else {
        printf("%s  %s  %s: %s, wanted %s", action_names[difference->action], difference->topic, difference->setting,
               difference->found[0] != '\0' ? difference->found : "unknown", difference->wanted);
        if (difference->why != NULL) {
            printf(" (%s)", difference->why);
        }
        putchar('\n');
    }
}

static void compare_number(struct survey *survey, enum action action, const char *topic, const char *setting,
                           int32_t wanted, int32_t found, const char *why)
{
    char wanted_text[16];
    char found_text[16];
    struct difference difference = {action, topic, setting, wanted_text, found_text, why};

    if (wanted != found) {
        snprintf(wanted_text, sizeof wanted_text, "%" PRId32, wanted);
        snprintf(found_text, sizeof found_text, "%" PRId32, found);
        print_difference(survey, &difference);
    }
}

static void compare_topic(struct survey *survey, size_t i)
{
    const struct topic *topic = &survey->wanted.list[i];
    const struct topic_found *found = &survey->found[i];
    struct difference difference = {ACTION_CREATE, topic->name, "exists", "true", "false", NULL};

    if (!found->exists) {
        print_difference(survey, &difference);
        return;
    }
    compare_number(survey, ACTION_REFUSE, topic->name, "partitions", survey->wanted.partition_count,
                   found->partition_count, WHY_COUNT);
    compare_number(survey, ACTION_LEAVE, topic->name, "replication", survey->wanted.replication_factor,
                   found->replica_count, WHY_COPIES);
    for (size_t n = 0; n < topic->config_count; n++) {
        if (strcmp(topic->configs[n].value, found->values[n]) != 0) {
            difference = (struct difference){
                ACTION_ALTER, topic->name, topic->configs[n].name, topic->configs[n].value, found->values[n], NULL};
            print_difference(survey, &difference);
        }
    }
}

static void compare_all(struct survey *survey)
{
    for (size_t i = 0; i < survey->wanted.count; i++) {
        compare_topic(survey, i);
    }
}

static void print_flaw(const struct topic_flaw *flaw, void *opaque)
{
    struct difference difference = {ACTION_REFUSE, flaw->topic, flaw->setting, flaw->needed, flaw->found, flaw->why};

    print_difference(opaque, &difference);
}

/* What no worker starts over, by the rules that it goes by itself. */
static enum rc judge_found(const struct call *call, struct survey *survey, char *errstr, size_t errstr_bytes)
{
    static struct topic_facts facts[TOPIC_MAX]; /* too large for a stack */
    const struct topic_found *state = &survey->found[TOPIC_STATE];
    int32_t claimed_count = state->partition_count;
    enum rc rc = RC_OK;
    size_t count = 0;

    for (size_t i = 0; i < survey->wanted.count; i++) {
        if (survey->found[i].exists) {
            facts[count++] = survey->found[i].facts;
        }
    }
    topic_rules_judge(facts, count, call->settings->params.audit_window_ms, print_flaw, survey);
    if (state->exists) {
        rc = claims_read_count(survey->link, state->facts.name, state->partition_count, &claimed_count, errstr,
                               errstr_bytes);
    }
    if (rc == RC_OK) {
        compare_number(survey, ACTION_REFUSE, survey->wanted.list[TOPIC_STATE].name, "partitions", claimed_count,
                       state->partition_count, WHY_CLAIMED);
    }
    return rc;
}

/* An option outranks what exists, that the configuration: a prefix keeps its shape. */
static enum rc choose_shape(const struct call *call, struct link *link, int32_t *ret_partition_count,
                            int32_t *ret_replica_count, char *errstr, size_t errstr_bytes)
{
    const struct topics_values *values = call->values;
    int32_t partition_count = (int32_t)call->settings->params.topics_partitions;
    int32_t replica_count = (int32_t)call->settings->params.topics_replication_factor;
    char name[TOPICS_NAME_MAX_BYTES];

    topics_print_name(call->settings->topic_prefix, TOPIC_TASKS, 0, name);
    enum rc rc = link_get_shape(link, name, &partition_count, &replica_count, errstr, errstr_bytes);
    if (rc != RC_OK && rc != RC_NOT_FOUND) {
        return rc;
    }
    *ret_partition_count = values->partition_count > 0 ? (int32_t)values->partition_count : partition_count;
    *ret_replica_count = values->replica_count > 0 ? (int32_t)values->replica_count : replica_count;
    return RC_OK;
}

static enum rc open_survey(const struct call *call, struct survey *survey, char *errstr, size_t errstr_bytes)
{
    const struct params_durations *tiers = &call->settings->params.delay_tiers;
    int32_t partition_count = 0;
    int32_t replica_count = 0;
    enum rc rc = link_open(call->settings, &survey->link, errstr, errstr_bytes);

    survey->is_json = call->is_json;
    if (rc == RC_OK) {
        rc = choose_shape(call, survey->link, &partition_count, &replica_count, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = topics_init(call->settings->topic_prefix, partition_count, (int16_t)replica_count, tiers->items_ms,
                         tiers->count, call->settings->params.audit_window_ms, &survey->wanted, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = topics_admin_add_tiers(survey->link, &survey->wanted, errstr, errstr_bytes);
    }
    if (rc == RC_OK) {
        rc = topics_admin_describe(survey->link, &survey->wanted, survey->found, errstr, errstr_bytes);
    }
    return rc;
}

static bool is_altered(const struct survey *survey, size_t i)
{
    for (size_t n = 0; n < survey->wanted.list[i].config_count; n++) {
        if (strcmp(survey->wanted.list[i].configs[n].value, survey->found[i].values[n]) != 0) {
            return false;
        }
    }
    return true;
}

static enum rc act(struct survey *survey, char *errstr, size_t errstr_bytes)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < survey->wanted.count; i++) {
        const struct topic *topic = &survey->wanted.list[i];
        if (!survey->found[i].exists) {
            rc = topics_admin_create(survey->link, &survey->wanted, topic, errstr, errstr_bytes);
        } else if (!is_altered(survey, i)) {
            rc = topics_admin_alter(survey->link, topic, errstr, errstr_bytes);
        }
    }
    return rc;
}

static bool is_visible(const struct survey *survey)
{
    for (size_t i = 0; i < survey->wanted.count; i++) {
        if (!survey->found[i].exists || !is_altered(survey, i)) {
            return false;
        }
    }
    return true;
}

/* The controller has acknowledged; brokers learn of it a little later: one that lists a topic can ask another for its
 * settings that has not heard of it. Who starts next is to find what was done. */
static enum rc wait_visible(struct survey *survey, char *errstr, size_t errstr_bytes)
{
    static const struct timespec pause = {.tv_nsec = VISIBLE_POLL_MS * 1000000L};
    int64_t deadline_mono_ms = moment_get_mono_ms() + VISIBLE_TIMEOUT_MS;

    while (moment_get_mono_ms() < deadline_mono_ms) {
        enum rc rc = topics_admin_describe(survey->link, &survey->wanted, survey->found, errstr, errstr_bytes);
        if (rc != RC_NOT_FOUND && (rc != RC_OK || is_visible(survey))) {
            return rc;
        }
        nanosleep(&pause, NULL);
    }
    return rc_fail(RC_TIMEOUT, errstr, errstr_bytes, "acknowledged, but not all brokers show it after %d s",
                   VISIBLE_TIMEOUT_MS / 1000);
}

static enum exit_code conclude_plan(const struct survey *survey, bool is_apply)
{
    if (survey->difference_count == 0) {
        say("nothing to do: all %zu topics are as they must be", survey->wanted.count);
    } else if (survey->difference_count > survey->refused_count) {
        say("nothing was changed; %s",
            is_apply ? "add --execute to do it" : "to do it: autohttp topics apply --execute");
    }
    if (survey->refused_count > 0) {
        return say_fail(EXIT_CODE_NO, "partition counts stay for the life of a prefix: take another --topic-prefix");
    }
    return EXIT_CODE_OK;
}

static enum exit_code execute(struct survey *survey)
{
    char errstr[SAY_ERRSTR_BYTES] = "";
    enum rc rc = RC_OK;

    if (survey->refused_count > 0) {
        return say_fail(EXIT_CODE_NO, "nothing was changed: partition counts differ and stay for the life of a prefix");
    }
    rc = act(survey, errstr, sizeof errstr);
    if (rc == RC_OK && survey->difference_count > 0) {
        rc = wait_visible(survey, errstr, sizeof errstr);
    }
    if (rc != RC_OK) {
        return say_rc(rc, "topics apply", errstr);
    }
    say(survey->difference_count > 0 ? "done" : "nothing to do");
    return EXIT_CODE_OK;
}

static enum exit_code conclude_check(const struct survey *survey)
{
    if (survey->refused_count > 0) {
        return say_fail(EXIT_CODE_CONFIG,
                        "no worker starts over what is refused (%zu): `autohttp topics apply --execute` corrects "
                        "settings, a partition count stays for the life of a prefix",
                        survey->refused_count);
    }
    if (survey->difference_count > 0) {
        return say_fail(EXIT_CODE_NO, "%zu differences", survey->difference_count);
    }
    if (survey->is_json) {
        printf("{\"differences\":0,\"topics\":%zu,\"partitions\":%" PRId32 "}\n", survey->wanted.count,
               survey->wanted.partition_count);
        return EXIT_CODE_OK;
    }
    say("all %zu topics are as they must be, %" PRId32 " partitions each", survey->wanted.count,
        survey->wanted.partition_count);
    return EXIT_CODE_OK;
}

enum mode {
    MODE_PLAN,
    MODE_APPLY,
    MODE_CHECK,
};

static enum exit_code run_mode(const struct call *call, enum mode mode)
{
    static struct survey survey; /* too large for a stack */
    const struct topics_values *values = call->values;
    char errstr[SAY_ERRSTR_BYTES] = "";
    enum exit_code code = EXIT_CODE_OK;
    enum rc rc = open_survey(call, &survey, errstr, sizeof errstr);

    if (rc != RC_OK) {
        code = say_rc(rc, "topics", errstr);
        goto out;
    }
    compare_all(&survey);
    if (mode == MODE_CHECK) {
        rc = judge_found(call, &survey, errstr, sizeof errstr);
        code = rc == RC_OK ? conclude_check(&survey) : say_rc(rc, "topics check", errstr);
    } else if (mode == MODE_APPLY && values->is_execute) {
        code = execute(&survey);
    } else {
        code = conclude_plan(&survey, mode == MODE_APPLY);
    }
out:
    link_close(survey.link);
    return code;
}

static enum exit_code run_plan(const struct call *call)
{
    return run_mode(call, MODE_PLAN);
}

static enum exit_code run_apply(const struct call *call)
{
    return run_mode(call, MODE_APPLY);
}

static enum exit_code run_check(const struct call *call)
{
    return run_mode(call, MODE_CHECK);
}

static const struct option_spec options[] = {
    {"partitions", 0, OPTION_NUMBER, offsetof(struct topics_values, partition_count), "N",
     "partitions of each topic, for ever (default: as `tasks` has, else topics.partitions)", 1, 65535, 0},
    {"replication", 0, OPTION_NUMBER, offsetof(struct topics_values, replica_count), "N",
     "copies of each partition (default: as `tasks` has, else topics.replication_factor)", 1, 9, 0},
    {"execute", 0, OPTION_FLAG, offsetof(struct topics_values, is_execute), NULL,
     "act; without it only the plan is printed", 0, 0, 0},
};

#define OPTIONS_WITHOUT_EXECUTE 2

static const struct verb verbs[] = {
    {"topics plan", "", "print what `topics apply` would create and alter", "  autohttp topics plan --partitions 16\n",
     options, OPTIONS_WITHOUT_EXECUTE, sizeof(struct topics_values), 0, 0, VERB_NEEDS_BROKER, run_plan},
    {"topics apply", "", "create the topics and correct their settings",
     "  autohttp topics apply --partitions 16 --replication 3 --execute\n", options, sizeof options / sizeof options[0],
     sizeof(struct topics_values), 0, 0, VERB_NEEDS_BROKER, run_apply},
    {"topics check", "", "name every difference; exit 1 if there is one, 78 if no worker starts over it",
     "  autohttp topics check\n", options, OPTIONS_WITHOUT_EXECUTE, sizeof(struct topics_values), 0, 0,
     VERB_NEEDS_BROKER, run_check},
};

const struct verb_group topics_verbs = {verbs, sizeof verbs / sizeof verbs[0]};
